/* tilt.h - how a head lies in its grid, and the rotation that sets it upright.
 *
 * Upright is: the head's left-right axis along the grid's axis that is nearest to left-right, its
 * front-back axis along the one nearest to front-back. Angles in degrees; yaw: positive when the
 * face is turned to the patient's left; roll: positive when the head leans to the right shoulder. */
#ifndef ALG_TILT_H
#define ALG_TILT_H

#include <stdbool.h>

#include "grid.h"
#include "measured.h"

struct tilt_plan {
	const void *volume;       /* size[0] * size[1] * size[2] numbers */
	struct measured measured; /* their type; what was not measured is not of the head */
	struct vol_grid grid;
	double threshold;         /* the head is above it */
	bool recipe;              /* ellipses as OpenCV fits them, slice by slice, and no more */
	bool symmetry;            /* by the plane of symmetry, else by ellipses */
};

/* What one slice says. NAN where it says nothing. */
struct tilt_slice {
	double angle;             /* of the slice alone: yaw; for the recipe, counter-clockwise to upright */
	double area;              /* of the head, mm^2 */
	double elongation;        /* 1 - short axis over long axis */
	double x, y, minor, major; /* recipe: the ellipse, in pixels, as floats hold it */
};

struct tilt {
	double yaw, roll;
	double spread;            /* ellipses: median distance of the slices' angles from yaw, weighted alike */
	double likeness;          /* symmetry: correlation of the head with its mirror image */
	double pivot[3];          /* the point that stays, mm, LPS */
	double back[4][4];        /* mm: from where a point is when upright to where it was */
	struct grid_affine map;   /* the same from index to index, for turn.h */
};

/* tilt_is_axial - do the slices lie across the head-feet axis? */
bool tilt_is_axial(const struct vol_grid *g);

/* tilt_find - slice: grid.size[2] of them, filled.
 *
 * By ellipses: of each slice the largest part above the threshold with its holes filled (headmask.h), and
 * the axis of its ellipse of inertia that is nearest to front-back; then the median over slices,
 * weighted by area times elongation, so that discs and stray parts have no say.
 * 0; 1 when there is no head; -1 out of memory. */
int tilt_find(const struct tilt_plan *p, struct tilt_slice *slice, struct tilt *t);

/* tilt_recipe_slice - slice z in 8 bits, as the tutorials turn it: by its ellipse, or as it is when
 * there is none. work: as large as the result, nx * ny bytes. */
void tilt_recipe_slice(const void *volume, enum voxel_type type, size_t nx, size_t ny, size_t z,
                       const struct tilt_slice *s, uint8_t *work, uint8_t *to);

#endif
