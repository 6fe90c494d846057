/* ramp.h - values along a straight line between two ends: normalised, windowed, clamped.
 *
 *     y = (x - sub) / div + add;  clamped to lo..hi;  result = y * mul + plus
 *
 * in double, in this order, rounded once to the type of the result (integers: to the nearest, halves
 * away from zero, saturated). With sub = LO, div = HI - LO, lo = 0, hi = 1 that is the usual
 * normalisation; with add = 0.5 and the centre and width of a window, DICOM PS3.3, C.11.2.1.2. */
#ifndef ALG_RAMP_H
#define ALG_RAMP_H

#include <stddef.h>

#include "voxel.h"

struct ramp {
	double sub, div, add;   /* div is not 0 */
	double lo, hi;          /* infinite: no end there */
	double mul, plus;
	double pad_lo, pad_hi;  /* numbers in this closed range were never measured; NAN: none */
	double fill;            /* the result for those, and for NaN */
};

struct ramp_map;

/* ramp_map_new - a ramp for numbers of type `from` to type `to`. For types of 8 and 16 bits all
 * results are worked out here, once. NULL: out of memory. */
struct ramp_map *ramp_map_new(const struct ramp *r, enum voxel_type from, enum voxel_type to);

/* ramp_map_apply - n numbers; src and dst do not overlap. The same bits on every machine. */
void ramp_map_apply(const struct ramp_map *m, const void *src, size_t n, void *dst);
void ramp_map_free(struct ramp_map *m);

/* ramp_value - the result for one number, before it is rounded to a type. */
double ramp_value(const struct ramp *r, double x);

#endif
