/* stats.h - least, greatest, mean and standard deviation of a row of voxels, in one pass.
 *
 * The numbers are taken in blocks counted from the first one that counts, each block summed in
 * doubles and joined to those before by Chan, Golub and LeVeque's update (1983): the same bits
 * however the row was divided over the calls, and no cancellation for values far from zero. */
#ifndef ALG_STATS_H
#define ALG_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "voxel.h"

enum { STATS_BLOCK = 4096 };

struct stats {
	uint64_t n;          /* numbers that count */
	uint64_t padding;    /* left out: within the padding range */
	uint64_t not_finite; /* left out: NaN or infinite */
	double min, max, mean; /* NaN while n is 0 */
	double sd;           /* of the population: divided by n. Set by stats_end */
	/* inside */
	double pad_lo, pad_hi, m2, block[STATS_BLOCK];
	size_t filled;
};

/* stats_begin - pad_lo..pad_hi (closed) is left out; NAN, NAN: nothing is. */
void stats_begin(struct stats *s, double pad_lo, double pad_hi);
void stats_add(struct stats *s, const void *voxels, enum voxel_type type, size_t n);
void stats_end(struct stats *s);

#endif
