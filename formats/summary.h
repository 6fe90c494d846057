/* summary.h - what the voxels of one volume or a whole data set are like, in a JSON file:
 *
 *     {"count": 1000, "min": -1024, "max": 3071, "mean": 40.5, "sd": 310,
 *      "percentiles": {"0.5": -990, "99.5": 850}}
 *
 * as volstat writes it. Other members are read over. */
#ifndef VOL_SUMMARY_H
#define VOL_SUMMARY_H

#include <stddef.h>

#include "err.h"

enum { SUMMARY_PERCENTILES = 256 };

struct summary {
	double count, min, max, mean, sd; /* NaN: not in the file */
	size_t n;                         /* percentiles */
	double percent[SUMMARY_PERCENTILES], value[SUMMARY_PERCENTILES];
};

/* summary_read - read the file. -1 with err when it cannot be, is no JSON, or has none of these. */
int summary_read(struct summary *s, const char *path, struct vol_err *err);

/* summary_percentile - the value of a percentile; 0 and 100 are min and max where those are not
 * listed. NaN: it is not in the file. */
double summary_percentile(const struct summary *s, double percent);

#endif
