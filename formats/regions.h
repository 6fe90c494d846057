/* regions.h - the voxels of a volume by region: all, those where a mask is not 0, or label by label.
 *
 * Both volumes may be in any format. They are read in step, some 64 KiB at a time, as often as needed. */
#ifndef VOL_REGIONS_H
#define VOL_REGIONS_H

#include "io/vol.h"

struct regions {
	struct vol_head head, mask_head;
	const char *name, *mask_name; /* of the readers, for messages */
	/* inside */
	struct vol_in *in, *mask;
	bool by_label, used;
};

/* regions_open - path, and mask (NULL: none) on the same grid, of one number a voxel. by_label: the mask's numbers
 * are labels. 0; -1 with err, and then nothing is held. */
int regions_open(struct regions *r, const char *path, const char *mask, bool by_label, struct vol_err *err);

/* regions_repeat - before the first regions_read: there will be more than one. */
int regions_repeat(struct regions *r, struct vol_err *err);

/* What regions_read calls for each run of neighbours of one region: n numbers of entry `entry` of the list axis
 * (0 without one), with this label (1 in a plain mask, 0 without a mask; never 0 with one). -1 with err ends it. */
typedef int regions_fn(void *ctx, uint64_t entry, int64_t label, const void *voxels, size_t n, struct vol_err *err);

/* regions_read - all voxels, in order. 0, or -1 with err. */
int regions_read(struct regions *r, regions_fn *run, void *ctx, struct vol_err *err);

void regions_close(struct regions *r);

#endif
