/* segment.h - a mask of what is lung, body, head, brain or bone in a CT; thresholds of any volume.
 *
 * The result is uint8 labels on the same grid: 1, for lungs 1 right and 2 left. Lungs after alg/lung.h, the recipe
 * after alg/recipe.h, what is solid after alg/solid.h; list axes entry by entry. */
#ifndef VOL_SEGMENT_H
#define VOL_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "io/vol.h"

enum segment_mode {
	SEGMENT_LUNG,
	SEGMENT_BODY,
	SEGMENT_HEAD,
	SEGMENT_BRAIN,
	SEGMENT_BONE,
	SEGMENT_THRESHOLD,
	SEGMENT_OTSU
};

/* Their names, NULL-ended. */
extern const char *const segment_names[];

/* All zero but for what is said. */
struct segment {
	/* the caller's */
	enum segment_mode mode;
	double range[2];            /* THRESHOLD: both ends count */
	double distance;            /* mm to widen the result by; not with OTSU */
	bool as_recipe, no_fill;    /* LUNG: the recipe's mask; without the filling of its slices */
	bool check;                 /* what is not plausible is an error */
	/* the result's */
	bool implausible;           /* that error it was */
	/* inside */
	const char *name;
	struct vol_head head;       /* of the input */
	double pad_lo, pad_hi;
	uint8_t *bytes;             /* a slice */
};

/* segment_head - check what the volume allows, and turn its header into the mask's. -1 with err.
 * segment_run - take all voxels, put the mask: notes of what was found, warnings (or with `check` an error)
 * for what is doubtful. OTSU looks twice: what is not a file is kept in one. -1 with err. */
int segment_head(struct segment *s, struct vol_in *in, struct vol_head *head, struct vol_err *err);
int segment_run(struct segment *s, struct vol_in *in, struct vol_out *out, struct vol_err *err);
void segment_free(struct segment *s);

#endif
