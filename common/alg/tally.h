/* tally.h - how often each different number occurs, for types with too many values to count each. */
#ifndef ALG_TALLY_H
#define ALG_TALLY_H

#include "distribution.h"
#include "voxel.h"

enum { TALLY_MAX = 1 << 20 }; /* different numbers, at most: 32 MiB */

struct tally;

struct tally *tally_new(void); /* NULL: out of memory */
void tally_free(struct tally *t); /* NULL is fine */

/* tally_add - n numbers of the type; those within pad_lo..pad_hi (closed; NAN, NAN: none) and what is not
 * finite are only counted. -0 is 0. False: more than TALLY_MAX different ones, or no memory. */
bool tally_add(struct tally *t, const void *voxels, enum voxel_type type, size_t n, double pad_lo, double pad_hi);

uint64_t tally_padding(const struct tally *t);
uint64_t tally_not_finite(const struct tally *t);

/* tally_distribution - what was counted. False: out of memory. */
bool tally_distribution(const struct tally *t, struct distribution *d);

#endif
