/* turn.h - a volume seen through an affine map, interpolated, on its own lattice. */
#ifndef ALG_TURN_H
#define ALG_TURN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grid.h"
#include "measured.h"

enum turn_kernel {
	TURN_NEAREST, /* of two as near, the one with the greater index */
	TURN_LINEAR,
	TURN_CATMULL  /* cubic convolution with a = -1/2: passes through the voxels (Keys 1981) */
};

struct turn {
	const void *volume;       /* size[0] * size[1] * size[2] numbers of measured.type */
	size_t size[3];
	struct measured measured;
	enum turn_kernel kernel;
	struct grid_affine map;   /* from an index of the result to an index of the volume */
	double fill;
};

/* turn_map - of a grid whose patient is moved: `back` leads from where a point is then to where it was, mm. False
 * when the grid cannot be inverted. */
bool turn_map(const struct vol_grid *g, const struct grid_affine *back, struct grid_affine *map);

/* turn_is_flat - does every slice come out of the same slice alone? turn_flat - then slice z as a turn of
 * that slice, a volume of one (to be given to turn_slice as slice 0). */
bool turn_is_flat(const struct grid_affine *map, const uint64_t size[3]);
struct turn turn_flat(const struct turn *t, const void *slice, uint64_t z);

/* turn_slice - slice z of the result, size[0] * size[1] numbers of the volume's type.
 *
 * Up to half a voxel beyond its outermost voxel centres the volume goes on as there. Voxels that were
 * not measured have no weight: where they take half of it or more (in linear interpolation), and outside of
 * the volume, the result is `fill`. Near such voxels the cubic kernel gives way to the linear one.
 * Integers are rounded, and held within their type's range. The same bits on every machine. */
void turn_slice(const struct turn *t, size_t z, void *result);

/* turn_recipe - an 8-bit slice turned by `degrees` (counter-clockwise, x to the right, y down) about (x,
 * y), linear, 0 outside: the fixed-point arithmetic of OpenCV's warpAffine with getRotationMatrix2D, of
 * which the results are the same numbers. */
void turn_recipe(const uint8_t *from, size_t nx, size_t ny, double x, double y, double degrees, uint8_t *to);

#endif
