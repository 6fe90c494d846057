/* slices.h - reading a volume a whole slice at a time. */
#ifndef VOL_SLICES_H
#define VOL_SLICES_H

#include "vol.h"

struct vol_slices {
	struct vol_in *in;
	size_t numbers, size;   /* numbers in a slice (voxels times channels); bytes of one number */
	struct vol_slab slab;
	size_t used;            /* numbers of the slab that are dealt with */
	char *buf;              /* a slice that came in parts; owned */
	const char *name;       /* vol_in_name; for messages */
};

/* vol_slices_begin - read slices of `in`, whose header is head (as it was opened). Both stay the
 * caller's; no vol_next on `in` from here on. -1 when a slice does not fit in memory. */
int vol_slices_begin(struct vol_slices *s, struct vol_in *in, const struct vol_head *head,
                     struct vol_err *err);

/* vol_slices_next - the next slice, in stream order through all list entries. *voxels: all its
 * numbers, aligned to 16 bytes, good until the next call. 1; 0 at the end, as vol_next; -1. */
int vol_slices_next(struct vol_slices *s, const void **voxels, struct vol_err *err);

/* vol_slices_skip - n slices less to read. 1; 0 when the volume ends before; -1. */
int vol_slices_skip(struct vol_slices *s, uint64_t n, struct vol_err *err);

void vol_slices_end(struct vol_slices *s);

#endif
