/* meant.h - decimals that floats stand for. */
#ifndef VOL_MEANT_H
#define VOL_MEANT_H

/* meant - the shortest decimal d for which d * unit, rounded to float, is x: 2.2 for the float
 * 2.2000000476837158, 90 for that of pi/2 with the unit pi/180. */
double meant(float x, double unit);

#endif
