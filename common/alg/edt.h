/* edt.h - the distance of every voxel of a box from the nearest that is set. */
#ifndef ALG_EDT_H
#define ALG_EDT_H

#include <stddef.h>
#include <stdint.h>

/* edt_squared - exact squared Euclidean distances, one axis after the other, by the lower envelope of
 * parabolas (Felzenszwalb and Huttenlocher, Theory of Computing 8, 2012).
 *
 *   set       size[0] * size[1] * size[2] bytes, x fastest: 1 where a voxel is set
 *   spacing   mm along x, y, z; the axes perpendicular
 *   distance  as many floats, in mm^2; infinite everywhere when no voxel is set
 *
 * 0; -1 out of memory (a few rows are needed). */
int edt_squared(const uint8_t *set, const size_t size[3], const double spacing[3], float *distance);

#endif
