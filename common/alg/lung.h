/* lung.h - the lungs of a CT in HU: right and left, without the airways that lead to them.
 *
 *     struct lung *l = lung_new(&plan);
 *     for each slice: lung_add(l, voxels)
 *     lung_end(l, &found);
 *     for each slice: lung_slice(l, z, labels)
 *     lung_free(l);
 *
 * The order of Hu, Hoffman and Reinhardt (IEEE TMI 20, 2001): threshold, airways, left from right,
 * smoothing of what is enclosed; each step made so that what breaks it elsewhere does not here:
 *
 *   air       HU <= -320; and padding, and a ring of one value around the field of view
 *   outside   of each slice: air that reaches an edge of it, by a way wider than a tube; air at an edge
 *             that is no corner's and is not as thin as air (<= -950 HU) is a lung cut by the edge
 *   body      of each slice: what is thicker than 6 mm; lungs lie between parts of it along x and along
 *             y. So neither what is in a table or under it nor the ends of the volume matter
 *   lungs     components (6 neighbours) of the air left; gas (three quarters <= -950 HU) is none
 *   airways   from the head down: round and near the middle, then by overlap from slice to slice for as
 *             long as it stays narrow
 *   sides     components that lie on both sides of the body's middle are cut in each slice where they
 *             cross, along the path from front to back through the fewest voxels of lung
 *   holes     of each lung in each slice, up to 700 mm2: vessels, and nodules (to 30 mm); not the domes
 *             of the diaphragm
 *
 * Memory: two bits a voxel, 4 bytes a run. Slices are axial: x runs along left-right, z along head-feet. */
#ifndef ALG_LUNG_H
#define ALG_LUNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bitmask.h"
#include "voxel.h"

enum { LUNG_RIGHT = 1, LUNG_LEFT = 2 };

struct lung_plan {
	uint64_t size[3];
	enum voxel_type type;
	double spacing[3];     /* mm */
	double voxel_mm3;
	bool left_is_up;       /* x grows to the patient's left */
	bool head_is_up;       /* z grows to the head */
	double pad_lo, pad_hi; /* what was never measured; NAN, NAN: nothing is */
};

struct lung_found {
	double right_ml, left_ml, airway_ml;
	double gas;              /* share of the lungs' air at or below -950 HU */
	double edge_mm2, top_mm2, bottom_mm2; /* cut by the in-plane edges, the head's end, the feet's end */
	bool split;              /* lungs that touched were cut apart */
	int trachea_slices;      /* through which it was followed */
};

struct lung;

/* lung_new - NULL out of memory. Nothing large is touched before slices come. */
struct lung *lung_new(const struct lung_plan *plan);
void lung_free(struct lung *l);

/* lung_add - the next slice, nx * ny numbers of the plan's type. -1 out of memory. */
int lung_add(struct lung *l, const void *voxels);

/* lung_end - after the last slice: find the lungs. -1 out of memory. */
int lung_end(struct lung *l, struct lung_found *found);

/* lung_doubt - is there something that lungs are not, or should not be? Then what says it: none, one
 * only (a tenth of both is too little for a second), volume (200 ml to 12 l), outside air that leaked in
 * (60 % gas), cut by the edges of the slices (500 mm2) or the ends of the volume (100 mm2). */
bool lung_doubt(const struct lung_found *f, char *what, size_t size);

/* lung_masks - the result, right and left; the lung's own, good until lung_free. May be changed. */
void lung_masks(struct lung *l, struct bitmask **right, struct bitmask **left);

#endif
