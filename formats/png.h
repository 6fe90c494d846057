/* png.h - writing a picture of few colours as PNG (ISO/IEC 15948). */
#ifndef VOL_PNG_H
#define VOL_PNG_H

#include <stdint.h>

#include "io/outfile.h"

/* png_write - one byte a pixel, rows from the top: its index in a palette of n colours (red, green, blue). 0, or -1
 * with err. */
int png_write(struct outfile *out, unsigned width, unsigned height, const uint8_t *pixel, const uint8_t palette[][3],
              unsigned n, struct vol_err *err);

#endif
