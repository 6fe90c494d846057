/* within.h - all voxels of a volume that a mask selects, as often as one needs to see them. */
#ifndef VOL_WITHIN_H
#define VOL_WITHIN_H

#include "beside.h"

struct within {
	struct vol_in *in, *mask; /* mask: NULL: all voxels */
	struct vol_head head, mask_head;
};

/* within_open - hold `in` (see vol_hold), whose header is head, and the mask, a volume in any format
 * on the same grid: where it is not 0. A mask without a list goes for every entry of one. mask_path
 * NULL: no mask. `in` stays the caller's. */
int within_open(struct within *w, struct vol_in *in, const struct vol_head *head,
                const char *mask_path, struct vol_err *err);

/* What is done with n of them. */
typedef void within_fn(void *ctx, const void *voxels, size_t n);

/* within_each - from the first voxel to the last, in order, in runs of any length. `in` is rewound
 * afterwards. */
int within_each(struct within *w, within_fn *fn, void *ctx, struct vol_err *err);
void within_close(struct within *w);

#endif
