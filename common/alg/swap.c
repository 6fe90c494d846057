#include "swap.h"

#include <stdint.h>
#include <string.h>

#define SWAP(TYPE, TURN) \
	do { \
		const TYPE *f = from; \
		TYPE *t = to; \
		for (size_t i = 0; i < n; i++) \
			t[i] = TURN(f[i]); \
	} while (0)

void swap_copy(void *restrict to, const void *restrict from, size_t n, size_t size)
{
	switch (size) {
	case 2: SWAP(uint16_t, __builtin_bswap16); break;
	case 4: SWAP(uint32_t, __builtin_bswap32); break;
	case 8: SWAP(uint64_t, __builtin_bswap64); break;
	default: memcpy(to, from, n * size); break;
	}
}
