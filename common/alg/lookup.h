/* lookup.h - functions of one voxel as tables of all numbers that 8 or 16 bits can be. */
#ifndef ALG_LOOKUP_H
#define ALG_LOOKUP_H

#include <stddef.h>

#include "voxel.h"

/* lookup_size - how many numbers the type has: 2^8, 2^16, or 0 for a wider type.
 * lookup_patterns - all of them in the order of a table; the caller's to free. NULL: out of memory. */
size_t lookup_size(enum voxel_type type);
void *lookup_patterns(enum voxel_type type);

/* lookup_apply - n numbers of `from` to n of `to`; the table has a number of `to` for each pattern. */
void lookup_apply(const void *table, enum voxel_type from, enum voxel_type to, const void *src, size_t n,
                  void *dst);

#endif
