/* ranks.h - exact percentiles of any number of voxels of any type, in little memory.
 *
 * Radix selection: numbers are counted by the 16 highest bits of a key that sorts as they do, and in
 * the next pass, among those that begin like a wanted one, by the next 16. Types of 8 and 16 bits
 * need one pass over the voxels, of 32 two, of 64 four. At most 2 MiB. */
#ifndef ALG_RANKS_H
#define ALG_RANKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voxel.h"

enum { RANKS_PERCENTILES = 2, RANKS_WANTED = 2 * RANKS_PERCENTILES };

struct ranks {
	uint64_t n;                  /* numbers that count: finite, and not padding */
	/* inside */
	enum voxel_type type;
	double pad_lo, pad_hi, percent[RANKS_PERCENTILES];
	unsigned bits, done;         /* of a key; dealt with */
	size_t histograms;
	uint64_t *count;             /* RANKS_WANTED histograms of 65536 */
	uint64_t prefix[RANKS_WANTED], left[RANKS_WANTED]; /* left: the rank among those of the prefix */
};

/* ranks_begin - to find two percentiles, each within 0..100, among numbers of the type; pad_lo..pad_hi
 * (closed) is left out, NAN, NAN: nothing is. False: out of memory. ranks_free gives it back. */
bool ranks_begin(struct ranks *r, enum voxel_type type, double pad_lo, double pad_hi,
                 const double percent[RANKS_PERCENTILES]);

/* ranks_add - n more numbers; every pass gets the same ones, in any order. */
void ranks_add(struct ranks *r, const void *voxels, size_t n);

/* ranks_again - after all numbers were added: is another pass needed? */
bool ranks_again(struct ranks *r);

/* ranks_get - after the last pass: the percentile with this index, interpolated linearly between the
 * two numbers next to it (Hyndman and Fan 1996, definition 7: what numpy.percentile does). NaN when
 * nothing counted. */
double ranks_get(const struct ranks *r, int index);
void ranks_free(struct ranks *r);

#endif
