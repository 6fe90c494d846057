/* runs.h - the voxels of a volume by region: all, those where a mask is not 0, or label by label.
 *
 * Both volumes may be in any format. They are read in step, some 64 KiB at a time, as often as needed. */
#ifndef VOL_RUNS_H
#define VOL_RUNS_H

#include "io/vol.h"

struct runs {
	struct vol_head head, mask_head;
	const char *name, *mask_name; /* of the readers, for messages */
	/* inside */
	struct vol_in *in, *mask;
	bool by_label, used;
};

/* runs_open - path, and mask (NULL: none) on the same grid, of one number a voxel. by_label: the mask's numbers
 * are labels. 0; -1 with err, and then nothing is held. */
int runs_open(struct runs *r, const char *path, const char *mask, bool by_label, struct vol_err *err);

/* runs_repeat - before the first runs_read: there will be more than one. */
int runs_repeat(struct runs *r, struct vol_err *err);

/* runs_progress - the hook of vol_progress, for the volume. */
void runs_progress(struct runs *r, void (*hook)(void *ctx, uint64_t done, uint64_t total));

/* What runs_read calls for each run of neighbours of one region: n numbers of entry `entry` of the list axis
 * (0 without one), with this label (1 in a plain mask, 0 without a mask; never 0 with one). -1 with err ends it. */
typedef int runs_fn(void *ctx, uint64_t entry, int64_t label, const void *voxels, size_t n, struct vol_err *err);

/* runs_read - all voxels, in order. 0, or -1 with err. */
int runs_read(struct runs *r, runs_fn *run, void *ctx, struct vol_err *err);

void runs_close(struct runs *r);

#endif
