/* bounds.h - the smallest box around chosen voxels. */
#ifndef ALG_BOUNDS_H
#define ALG_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grid.h"

/* Closed: the first and the last index along x, y, z. All zero: nothing yet. */
struct bounds {
	bool any;
	uint64_t lo[3], hi[3];
};

/* bounds_add - widen by the voxels of slice z that are chosen: sel of nx * ny, nonzero is. */
void bounds_add(struct bounds *b, const uint8_t *sel, size_t nx, size_t ny, uint64_t z);

/* bounds_within - the voxels whose middle lies within lo..hi mm (LPS, closed, to a ten-thousandth of a
 * millimetre) along each axis of patient space. Infinite ends are open. */
void bounds_within(struct bounds *b, const struct vol_grid *g, const double lo[3], const double hi[3]);

#endif
