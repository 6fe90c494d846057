/* upright.h - a head found in a volume stream, and the volume turned so that the head is upright.
 *
 * The angles after alg/tilt.h, the voxels after alg/turn.h. Slice by slice, the volume read twice, where no value
 * moves from one slice to another; else the volume is held. */
#ifndef VOL_UPRIGHT_H
#define VOL_UPRIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "alg/tilt.h"
#include "alg/turn.h"
#include "io/vol.h"

/* All zero but for what is said. */
struct upright {
	/* the caller's */
	bool symmetry;              /* by the plane of symmetry, else by ellipses */
	bool as_recipe;             /* slice by slice, after tilt_recipe; the next four have no say */
	const char *like;           /* turn as this stream was turned; NULL: measure */
	bool grid_only;             /* turn the grid, not the voxels: upright_head alone; the caller copies the voxels */
	int kernel;                 /* enum turn_kernel; -1: linear, or nearest for labels */
	double fill;                /* NAN: the padding, else -1024 for HU, else 0 */
	double threshold;           /* the head is above it */
	bool any_unit;              /* the threshold is not meant in HU */
	int threads;
	void (*progress)(void *what, uint64_t done, uint64_t total); /* NULL: none; with "slices" */
	/* the result's */
	struct tilt tilt;           /* but for like and as_recipe */
	struct tilt_finder find;    /* its slices */
	/* inside */
	struct vol_head shape;      /* as it was opened: type, grid and list; without keys */
	struct grid_affine back;    /* mm: from where a point is then to where it was */
	struct turn turn;
	char *volume;               /* all voxels; NULL where slices are enough */
	bool flat;                  /* each slice comes out of itself alone */
};

/* upright_measure - only the angles, in u->tilt (not as_recipe) and u->find.slice: takes all voxels of in.
 * Notes of what was found, warnings of what is doubtful. -1 with err, also when there is no head. */
int upright_measure(struct upright *u, struct vol_in *in, const struct vol_head *head, struct vol_err *err);

/* upright_head - check what the volume allows, measure, and turn its header into the result's; what is not a
 * file is kept in one meanwhile, or in memory. upright_run - take all voxels, put the result's. -1 with err. */
int upright_head(struct upright *u, struct vol_in *in, struct vol_head *head, struct vol_err *err);
int upright_run(struct upright *u, struct vol_in *in, struct vol_out *out, struct vol_err *err);
void upright_free(struct upright *u);

#endif
