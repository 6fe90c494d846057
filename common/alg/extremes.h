/* extremes.h - the least and the greatest number of a row. */
#ifndef ALG_EXTREMES_H
#define ALG_EXTREMES_H

#include <stddef.h>

#include "voxel.h"

/* extremes_add - bring *lo and *hi (NaN at first) to those of n more numbers. Those within pad_lo..pad_hi (closed; NAN,
 * NAN: none) and what is not finite do not count. */
void extremes_add(double *lo, double *hi, const void *voxels, enum voxel_type type, size_t n, double pad_lo,
                  double pad_hi);

#endif
