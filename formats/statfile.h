/* statfile.h - the files that volstat --json writes: statistics of one volume or region a line. */
#ifndef VOL_STATFILE_H
#define VOL_STATFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "alg/distribution.h"
#include "err.h"

/* One object. */
struct statrow {
	char unit[64], name[128];      /* "": not stated */
	bool has_label, has_values;
	int64_t label;
	uint64_t padding, not_finite;
	struct moments moments;
	struct distribution values;    /* with has_values: the member "histogram"; owned */
};

/* All zero to begin with. */
struct statrows {
	struct statrow *row; /* owned */
	size_t n;
};

/* statfile_merge - read the objects of a file (NULL or "-": stdin), and join each to the row in `rows` with the same
 * label (or with none), or add a row for it: counts, extremes, means and standard deviations as moments_join does,
 * or from the joined distributions where both have one. 0; -1 with err when the file is not such, or its unit
 * is not that of the row. */
int statfile_merge(const char *path, struct statrows *rows, struct vol_err *err);
void statrows_free(struct statrows *rows);

#endif
