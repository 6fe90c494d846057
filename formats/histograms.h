/* histograms.h - histograms of volumes in files, over one axis. */
#ifndef VOL_HISTOGRAMS_H
#define VOL_HISTOGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alg/chart.h"
#include "err.h"

struct histograms_how {
	const char *mask;          /* NULL: all voxels; any format, on the grid of each volume */
	size_t bins;               /* that many from the least to the greatest number, or over the range; 0: not said */
	double width;              /* of a bin, edges being multiples of it, or counted from the range's start; 0 */
	bool has_range, total;     /* total: one histogram of all volumes */
	double range[2];           /* closed */
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
};

/* One volume. */
struct histogram_series {
	char *name;                /* owned; NULL with `total` */
	uint64_t counted;          /* numbers that count, also those beyond the range */
	uint64_t padding, not_finite, below, above;
	uint64_t *count;           /* for each value or bin; owned */
};

struct histograms {
	char unit[64];             /* "": not stated */
	size_t n;                  /* values, or bins */
	double *value;             /* without bins: whole numbers that occur, ascending; else NULL. Owned */
	double first, last;        /* then: the least and the greatest of them, or that the range lets in */
	double *edge;              /* with bins: n + 1, as histogram.h makes them; else NULL. Owned */
	struct histogram_series *series; /* owned */
	size_t volumes;            /* series */
};

/* histograms_read - of n paths (NULL or "-": stdin). With neither bins nor a width every value of volumes of integers is
 * counted (of 32-bit ones up to TALLY_MAX of them); 256 bins when there are floating-point volumes among them. Voxels in
 * vol.padding, NaN and infinities are left out. Volumes of 8 and 16 bits are read once; others twice when bins are
 * wanted and no range is given. 0; -1 with err, and then nothing is held. */
int histograms_read(struct histograms *h, char **path, size_t n, const struct histograms_how *how, struct vol_err *err);
/* histograms_axis - the columns of a chart, at most `most`. histograms_columns - the counts of one series in them: a
 * new array of axis->n. NULL: out of memory. */
struct chart_axis histograms_axis(const struct histograms *h, size_t most);
double *histograms_columns(const struct histograms *h, size_t series, const struct chart_axis *axis);

void histograms_free(struct histograms *h);

#endif
