/* statistics.h - the statistics of volumes in files: what alg/measure.h does, for each region. */
#ifndef VOL_STATISTICS_H
#define VOL_STATISTICS_H

#include "alg/groups.h"
#include "regions.h"

struct statistics_how {
	const char *mask;           /* NULL: all voxels */
	bool by_label, by_entry;    /* a group for each label of the mask; for each entry of the list axis */
	const struct measure_what *what;
	void (*progress)(void *ctx, uint64_t done, uint64_t total); /* NULL for none */
};

/* statistics_read - measure all regions of the open r into g, which the caller zeroed and frees with groups_free.
 * Without by_label there is a group for each entry (label 1 with a mask, else 0) also when none of its voxels counts.
 * 0, or -1 with err. */
int statistics_read(struct regions *r, const struct statistics_how *how, struct groups *g, struct vol_err *err);

/* statistics_percentiles - those of all voxels of n volumes together, exact for every type: the files are read
 * four times. percentile: how->what->percents of them. 0, or -1 with err. */
int statistics_percentiles(char **path, size_t n, const struct statistics_how *how, double *percentile,
                           struct vol_err *err);

#endif
