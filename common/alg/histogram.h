/* histogram.h - exact counts: one for each value of a small integer type, or of bins of equal width.
 *
 * The bins are those of numpy.histogram: bin i holds edge[i] <= number < edge[i + 1], the last one its
 * upper edge too, and the edges are numpy.linspace's. */
#ifndef ALG_HISTOGRAM_H
#define ALG_HISTOGRAM_H

#include "distribution.h"
#include "voxel.h"

/* ---- one count a value: the 8- and 16-bit types ---- */

enum { HISTOGRAM_LANES = 4 };

struct histogram {
	enum voxel_type type;
	size_t values;         /* 256 or 65536; the first stands for the least value of the type */
	uint64_t *count;       /* owned; complete after histogram_end */
	/* inside: counts side by side, so that equal neighbours do not wait for each other */
	uint32_t *lane[HISTOGRAM_LANES];
	uint64_t in_lanes;     /* numbers counted there, below 2^32 */
};

/* histogram_fits - is the type one of 8 or 16 bits? */
bool histogram_fits(enum voxel_type type);

/* histogram_begin - of numbers of such a type; 512 KiB, and 1 MiB more for long rows, of which only what
 * the values touch is backed by memory. False: out of memory. histogram_free gives it back. */
bool histogram_begin(struct histogram *h, enum voxel_type type);

/* histogram_add - n more numbers, about 1 ns each. histogram_end - that was all. */
void histogram_add(struct histogram *h, const void *voxels, size_t n);
void histogram_end(struct histogram *h);
void histogram_free(struct histogram *h);

/* histogram_distribution - the values that occur. False: out of memory. */
bool histogram_distribution(const struct histogram *h, struct distribution *d);

/* ---- bins of equal width ---- */

struct bins {
	size_t n;
	double *edge;          /* n + 1, ascending; owned */
	uint64_t *count;       /* n; owned */
	uint64_t below, above; /* numbers beyond the edges */
	uint64_t padding, not_finite; /* left out, see bins_add */
};

enum { BINS_MAX = 1 << 20 };

/* bins_even - n bins (1..BINS_MAX) from lo to hi, as numpy.histogram(bins=n, range=(lo, hi)) makes them; where
 * lo == hi, half a unit to both sides of it. bins_wide - bins of `width` from a multiple of it (lo itself with
 * `from_lo`) until hi lies in one; edges are lo + i * width. -1: more than BINS_MAX, edges that doubles cannot tell
 * apart, or no memory; nothing is held then. bins_free gives it back. */
int bins_even(struct bins *b, double lo, double hi, size_t n);
int bins_wide(struct bins *b, double lo, double hi, double width, bool from_lo);
void bins_free(struct bins *b);

/* bins_add - count n numbers of the type. Numbers within pad_lo..pad_hi (closed; NAN, NAN: none) and what is
 * not finite is left out. bins_add_distribution - the same for pairs, none of which is left out. */
void bins_add(struct bins *b, const void *voxels, enum voxel_type type, size_t n, double pad_lo, double pad_hi);
void bins_add_distribution(struct bins *b, const struct distribution *d);

#endif
