/* ellipsoid.h - erosion and dilation of a mask by a ball or an ellipsoid, slice by slice.
 *
 * Exact: a voxel is in the dilation when a set voxel's centre lies within the ellipsoid around its own.
 * The squared distance splits by axes (Saito and Toriwaki 1994): per row, per column, then over the
 * slices within reach, which a ring holds; memory does not grow with the number of slices.
 *
 * What lies outside of the volume is not known and changes nothing: a dilation gets nothing from there,
 * and an erosion takes nothing off at the border (scipy's binary_erosion with border_value=1). */
#ifndef ALG_ELLIPSOID_H
#define ALG_ELLIPSOID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ellipsoid;

/* Where the slices come from: the next one, nx * ny bytes of 1 and 0. 0, or -1 to give up. */
typedef int ellipsoid_source_fn(void *ctx, uint8_t *slice);

/* ellipsoid_new - for slices of size[0] x size[1], size[2] of them.
 *
 *   reach    the ellipsoid's half axes in voxels, along x, y, z; 0: nothing along that axis. Lengths
 *            that come out equal but for rounding (1e-5 of the reach) count as within
 *   erode    erosion; else dilation
 *   source   is asked for size[2] slices, in order, as ellipsoid_next needs them
 *
 * NULL out of memory. */
struct ellipsoid *ellipsoid_new(const size_t size[3], const double reach[3], bool erode, ellipsoid_source_fn *source,
                      void *ctx);

/* ellipsoid_next - the next slice of the result; a ellipsoid_source_fn itself, so that one can be put after
 * another (an opening is an erosion, then a dilation). 0; -1 when the source gave up. */
int ellipsoid_next(void *ellipsoid, uint8_t *slice);

void ellipsoid_free(struct ellipsoid *b);

#endif
