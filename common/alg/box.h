/* box.h - widen and narrow the set voxels of one slice by a box: the rough, fast morphology on words.
 *
 * A slice of nx * ny voxels as bitmask.h lays it out. Each pass doubles its reach, so that the work
 * grows with the logarithm of the box. In place. */
#ifndef ALG_BOX_H
#define ALG_BOX_H

#include <stddef.h>
#include <stdint.h>

/* box_dilate - set all voxels within rx columns and ry rows of a set one. */
void box_dilate(uint64_t *slice, size_t nx, size_t ny, size_t rx, size_t ry);

/* box_erode - keep the voxels whose box is set; what lies beyond the slice's edges counts as set. */
void box_erode(uint64_t *slice, size_t nx, size_t ny, size_t rx, size_t ry);

#endif
