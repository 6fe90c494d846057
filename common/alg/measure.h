/* measure.h - the statistics of one set of voxels: count, extremes, mean, standard deviation, percentiles.
 *
 *     measure_begin(&m, &what, type, pad_lo, pad_hi);
 *     do
 *             measure_add(&m, ...) for all voxels, the same in every pass
 *     while (measure_next(&m) > 0);
 *
 * One pass for types of 8 and 16 bits, without percentiles, and where all different values are wanted;
 * else as many as quantile.h needs.
 *
 * The numbers of a small set are kept until its end: there may be a measure for each of tens of thousands of labels. Only
 * from MEASURE_KEPT numbers on (MEASURE_KEPT_SMALL of 8 or 16 bits) they are counted, in 0.5 to 1.5 MiB, with percentiles
 * of larger types up to 1 MiB for each. */
#ifndef ALG_MEASURE_H
#define ALG_MEASURE_H

#include "distribution.h"
#include "voxel.h"

enum { MEASURE_PERCENTS = 64, MEASURE_KEPT = 1 << 20, MEASURE_KEPT_SMALL = 1 << 15 };

struct measure_what {
	double percent[MEASURE_PERCENTS]; /* each 0..100 */
	size_t percents;
	bool values;                      /* every different value and its count, at most TALLY_MAX */
	bool small_values;                /* the same, but only of types of 8 and 16 bits */
};

struct measure {
	struct moments moments;
	uint64_t padding, not_finite;     /* left out */
	double percentile[MEASURE_PERCENTS]; /* NaN when nothing counted */
	struct distribution values;       /* where they were wanted, else empty; owned */
	/* inside */
	const struct measure_what *what;
	enum voxel_type type;
	double pad_lo, pad_hi;
	bool done, counting;
	void *kept;
	size_t n_kept, room;
	struct histogram *histogram;
	struct tally *tally;
	struct stats *stats;
	struct quantile *quantile;
};

/* measure_passes - how often the voxels are needed. */
int measure_passes(const struct measure_what *what, enum voxel_type type);

/* measure_begin - what is borrowed until measure_free; pad_lo..pad_hi (closed) is left out, NAN, NAN: nothing. */
void measure_begin(struct measure *m, const struct measure_what *what, enum voxel_type type, double pad_lo,
                   double pad_hi);

/* measure_add - n numbers. False: too many different values (TALLY_MAX), or no memory for them. */
bool measure_add(struct measure *m, const void *voxels, size_t n);

/* measure_next - after all voxels: 1 when they are needed again, 0 when all is known, -1 when memory ran out or the
 * voxels were not the same as before. */
int measure_next(struct measure *m);
void measure_free(struct measure *m);

/* measure_of - what a distribution says: moments, percentiles; takes over its arrays. */
void measure_of(struct measure *m, const struct measure_what *what, struct distribution *d);

#endif
