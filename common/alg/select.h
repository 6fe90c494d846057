/* select.h - which voxels of a row count: one byte each, 1 or 0. */
#ifndef ALG_SELECT_H
#define ALG_SELECT_H

#include <stddef.h>
#include <stdint.h>

#include "voxel.h"

/* select_nonzero - 1 where the number is not 0 (NaN counts as not 0: it is no label either way). */
void select_nonzero(const void *src, enum voxel_type type, size_t n, uint8_t *dst);

/* select_range - 1 where lo <= number <= hi; infinite ends are open; NaN is outside. Exact for every
 * type: the ends are drawn in to the type's own numbers first. */
void select_range(const void *src, enum voxel_type type, size_t n, double lo, double hi, uint8_t *dst);

/* select_keep - the numbers of `size` bytes (1, 2, 4 or 8) that are selected (1 in sel), one behind
 * the other, to dst, which has room for n. Returns how many there are. */
size_t select_keep(const void *src, size_t size, size_t n, const uint8_t *sel, void *dst);

#endif
