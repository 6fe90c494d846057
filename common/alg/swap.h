/* swap.h - numbers in the other byte order. */
#ifndef ALG_SWAP_H
#define ALG_SWAP_H

#include <stddef.h>

/* swap_copy - n numbers of `size` bytes (1, 2, 4 or 8) from `from` to `to`, the bytes of each reversed.
 * The two do not overlap; both aligned to the size. */
void swap_copy(void *restrict to, const void *restrict from, size_t n, size_t size);

#endif
