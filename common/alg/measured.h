/* measured.h - which voxels were measured: not padding, and finite. */
#ifndef ALG_MEASURED_H
#define ALG_MEASURED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voxel.h"

/* What marks a voxel as not measured: a value within pad_lo..pad_hi (closed; NAN, NAN: none does), and
 * in float and double whatever is not finite. */
struct measured {
	enum voxel_type type;
	double pad_lo, pad_hi;
};

/* measured_possible - can there be voxels that were not measured at all? */
bool measured_possible(const struct measured *m);

/* measured_mask - dst[i] = 1 where voxel i of n was measured, else 0. Returns how many were. */
size_t measured_mask(const struct measured *m, const void *src, size_t n, uint8_t *dst);

/* measured_settle - after n results were computed: what was not measured (mask 0) is as it was in src
 * again, and a result that happens to lie in the padding range goes to the nearest number outside of
 * it, so that the mark keeps its meaning. mask NULL: all were measured. */
void measured_settle(const struct measured *m, const void *src, const uint8_t *mask, size_t n, void *result);

#endif
