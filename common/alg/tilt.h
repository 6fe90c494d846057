/* tilt.h - how a head lies in its grid, and the rotation that sets it upright.
 *
 * Upright is: the head's left-right axis along the grid's axis that is nearest to left-right, its
 * front-back axis along the one nearest to front-back. Angles in degrees; yaw: positive when the
 * face is turned to the patient's left; roll: positive when the head leans to the right shoulder. */
#ifndef ALG_TILT_H
#define ALG_TILT_H

#include <stdbool.h>

#include "grid.h"
#include "headmask.h"
#include "measured.h"

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
	struct grid_affine back;  /* mm: from where a point is when upright to where it was */
};

struct tilt_plan {
	struct measured measured; /* the voxels' type; what was not measured is not of the head */
	struct vol_grid grid;
	double threshold;         /* the head is above it */
	bool symmetry;            /* by the plane of symmetry, else by ellipses */
	bool recipe;              /* only tilt_recipe of each slice; there is no tilt_end */
};

struct tilt_finder {
	struct tilt_plan plan;
	double axes[3][3];        /* left, back, up: what counts as upright */
	struct headmask mask;     /* of the latest slice */
	struct bitmask head;      /* symmetry: of all */
	uint64_t n;               /* slices so far, through all list entries */
	struct tilt_slice *slice; /* of each */
	size_t room;
	double weight, middle[3]; /* of the head's voxels, sums of their indices */
};

/* tilt_is_axial - do the slices lie across the head-feet axis? */
bool tilt_is_axial(const struct vol_grid *g);

/* tilt_begin, tilt_add, tilt_end, tilt_free - add all slices in order, through all list entries (one
 * entry for symmetry), then ask. volume: for symmetry all voxels again, else NULL.
 *
 * By ellipses: of each slice the largest part above the threshold with its holes filled (headmask.h), and
 * the axis of its ellipse of inertia that is nearest to front-back; then the median over slices,
 * weighted by area times elongation, so that discs and stray parts have no say.
 * By symmetry: midplane.h.
 *
 * 0; -1 out of memory; tilt_end also 1: there is no head. tilt_free also after a tilt_begin that failed. */
int tilt_begin(struct tilt_finder *f, const struct tilt_plan *p);
int tilt_add(struct tilt_finder *f, const void *slice);
int tilt_end(struct tilt_finder *f, const void *volume, struct tilt *t);
void tilt_free(struct tilt_finder *f);

/* tilt_recipe - one slice as the tutorials turn it: its values' low 8 bits, the ellipse that OpenCV fits to the
 * largest outline in them, and those bytes turned by it into `to` (nx * ny), or as they are when there is no
 * ellipse (angle NAN). to NULL: only the ellipse. 0; -1 out of memory. */
int tilt_recipe(const void *slice, enum voxel_type type, size_t nx, size_t ny, struct tilt_slice *s, uint8_t *to);

#endif
