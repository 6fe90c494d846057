/* grid.h - where the voxels are: a lattice of voxel centres in patient space.
 *
 * Patient space is DICOM's LPS, in mm: x grows to the patient's left, y to the back, z to the
 * head. Index order is x (columns), y (rows), z (slices). */
#ifndef VOL_GRID_H
#define VOL_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct vol_grid {
	uint64_t size[3];       /* voxels along x, y, z */
	double direction[3][3]; /* [axis][L,P,S]: mm in patient space for one step along the axis */
	double origin[3];       /* centre of voxel 0,0,0 in mm, LPS */
};

/* size_mul - *out = a * b; false when it does not fit 64 bits (then *out is untouched). */
bool size_mul(uint64_t a, uint64_t b, uint64_t *out);

/* grid_check - 0 when the sizes are positive and the matrix is finite and can be inverted; else
 * -1 with err about `subject`. */
int grid_check(const struct vol_grid *g, const char *subject, struct vol_err *err);

/* grid_spacing - length in mm of one step along the axis 0..2. */
double grid_spacing(const struct vol_grid *g, int axis);

/* grid_point - the place in mm, LPS, of the (possibly fractional) index i[3]. */
void grid_point(const struct vol_grid *g, const double i[3], double mm[3]);

/* grid_det - determinant of the direction matrix, mm^3; negative for a left-handed index order. */
double grid_det(const struct vol_grid *g);

/* grid_shear_mm - how far, in mm, the worst corner lies from where a grid with the same spacing
 * and perpendicular axes (Gram-Schmidt from x, then y) would put it. 0 for a plain box. */
double grid_shear_mm(const struct vol_grid *g);

/* grid_corner_distance - the greatest distance in mm between the same corner voxels of two grids
 * of the same sizes (centres of the eight corner voxels; along an axis of one voxel, one step out). */
double grid_corner_distance(const struct vol_grid *a, const struct vol_grid *b);

/* An affine map of three numbers: row w of m gives result w from x, y, z and 1. */
struct grid_affine {
	double m[3][4];
};

/* grid_affine_identity, grid_affine_of - the map that changes nothing; index to mm of a grid. */
struct grid_affine grid_affine_identity(void);
struct grid_affine grid_affine_of(const struct vol_grid *g);

/* grid_affine_after - first b, then a. grid_affine_invert - false when it cannot be inverted. */
struct grid_affine grid_affine_after(const struct grid_affine *a, const struct grid_affine *b);
bool grid_affine_invert(const struct grid_affine *a, struct grid_affine *inverse);

/* grid_affine_apply - out = a(in); they may be the same array. */
void grid_affine_apply(const struct grid_affine *a, const double in[3], double out[3]);

/* grid_resized - g over the same field of view in other sizes: the outer edges of the outermost voxels stay
 * where they are. grid_respaced - in another spacing, with sizes given: the middles of both fields of
 * view coincide, directions stay. */
struct vol_grid grid_resized(const struct vol_grid *g, const uint64_t size[3]);
struct vol_grid grid_respaced(const struct vol_grid *g, const uint64_t size[3], const double spacing[3]);

/* grid_framed - the grid whose voxel 0,0,0 is voxel lo of g (which may lie outside of g), in the given sizes. */
struct vol_grid grid_framed(const struct vol_grid *g, const int64_t lo[3], const uint64_t size[3]);

#endif
