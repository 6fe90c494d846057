/* statistics.h - the statistics of volumes in files: what alg/measure.h does, for each region. */
#ifndef VOL_STATISTICS_H
#define VOL_STATISTICS_H

#include "alg/groups.h"
#include "runs.h"

struct statistics_how {
	const char *mask;           /* NULL: all voxels */
	bool by_label, by_entry;    /* a group for each label of the mask; for each entry of the list axis */
	const struct measure_what *what;
	void (*progress)(void *ctx, uint64_t done, uint64_t total); /* NULL for none */
};

/* statistics_read - measure all regions of the open r into g, which the caller zeroed and frees with groups_free.
 * Without by_label there is a group for each entry (label 1 with a mask, else 0) also when none of its voxels counts.
 * 0, or -1 with err. */
int statistics_read(struct runs *r, const struct statistics_how *how, struct groups *g, struct vol_err *err);

/* The voxels of several volumes together. All zero to begin with. */
struct statistics_total {
	struct measure m;         /* after statistics_total_end: owned until statistics_total_free */
	char unit[64];            /* "": not stated */
	/* inside */
	bool listed;              /* m.values holds every number */
	size_t volumes;
};

/* statistics_total_add - what was measured of the open r, all its voxels in one group, comes to the total. -1 with err
 * when it is in another unit than those before. */
int statistics_total_add(struct statistics_total *t, const struct runs *r, const struct measure *m,
                         const struct measure_what *what, struct vol_err *err);

/* statistics_total_end - t->m is complete. Percentiles are exact for every type: unless all volumes are of 8 or 16 bits
 * (or every value was listed) the n files, those that were added, are read four times more. 0, or -1 with err. */
int statistics_total_end(struct statistics_total *t, char **path, size_t n, const struct statistics_how *how,
                         struct vol_err *err);
void statistics_total_free(struct statistics_total *t);

#endif
