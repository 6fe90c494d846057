/* quantile.h - exact percentiles of any number of 32- or 64-bit numbers, in little memory.
 *
 * Radix selection: numbers are counted by the 16 highest bits of a key that sorts as they do; then, in
 * another pass over the same numbers, those that begin like a wanted one by the next 16 bits. 32-bit
 * types need two passes, double needs four. (8- and 16-bit types: see histogram.h, one pass.) */
#ifndef ALG_QUANTILE_H
#define ALG_QUANTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voxel.h"

struct quantile;

/* quantile_new - for numbers of a 32- or 64-bit type and `percents` percentiles (each 0..100; borrowed
 * until quantile_free). Numbers within pad_lo..pad_hi (closed; NAN, NAN: none) and what is not finite do
 * not count. Memory: 512 KiB, then up to 1 MiB a percentile. NULL: out of memory. */
struct quantile *quantile_new(enum voxel_type type, const double *percent, size_t percents, double pad_lo,
                              double pad_hi);
void quantile_free(struct quantile *q); /* NULL is fine */

/* quantile_passes - how many passes the type needs. */
int quantile_passes(enum voxel_type type);

/* quantile_add - n numbers; every pass gets the same ones, in any order. */
void quantile_add(struct quantile *q, const void *voxels, size_t n);

/* quantile_next - after all numbers of a pass: 1 when another pass is needed, 0 when the percentiles are
 * found; -1 when memory ran out, or the numbers were not those of the pass before. */
int quantile_next(struct quantile *q);

/* quantile_get - percentile i, after the last pass; NaN when nothing counted. percentile_place and
 * percentile_mix of distribution.h say what it is. */
double quantile_get(const struct quantile *q, size_t i);

#endif
