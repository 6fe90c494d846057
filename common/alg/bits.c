#include "bits.h"

void bits_swap(void *buf, size_t n)
{
	uint16_t *p = buf;

	for (size_t i = 0; i < n / 2; i++)
		p[i] = __builtin_bswap16(p[i]);
}

bool bits_full(unsigned allocated, unsigned stored, unsigned high)
{
	return stored == allocated && high + 1 == allocated;
}

/* The stored bits to the top, which drops what lies above; then down again, which drops what lies
 * below and, for signed words, draws the sign along. Right shifts of negative numbers are
 * arithmetic in every compiler we build with. */
#define SETTLE(SIGNED, UNSIGNED)                                                                   \
	do {                                                                                       \
		if (is_signed) {                                                                   \
			SIGNED *p = buf;                                                           \
			for (size_t i = 0; i < n; i++)                                             \
				p[i] = (SIGNED)((SIGNED)((UNSIGNED)p[i] << up) >> down);           \
		} else {                                                                           \
			UNSIGNED *p = buf;                                                         \
			for (size_t i = 0; i < n; i++)                                             \
				p[i] = (UNSIGNED)((UNSIGNED)(p[i] << up) >> down);                 \
		}                                                                                  \
	} while (0)

void bits_settle(void *buf, size_t n, unsigned allocated, unsigned stored, unsigned high, bool is_signed)
{
	unsigned up = allocated - 1 - high, down = allocated - stored;

	if (bits_full(allocated, stored, high))
		return;
	if (allocated == 8)
		SETTLE(int8_t, uint8_t);
	else if (allocated == 16)
		SETTLE(int16_t, uint16_t);
	else
		SETTLE(int32_t, uint32_t);
}

/* the inner extremes in the array's own type, so that they vectorise */
#define RANGE(TYPE)                                                                                \
	do {                                                                                       \
		TYPE least = v[0], most = v[0];                                                    \
		for (size_t i = 1; i < n; i++) {                                                   \
			least = v[i] < least ? v[i] : least;                                       \
			most = v[i] > most ? v[i] : most;                                          \
		}                                                                                  \
		*lo = least < *lo ? least : *lo;                                                   \
		*hi = most > *hi ? most : *hi;                                                     \
	} while (0)

void bits_range_int16(const int16_t *v, size_t n, int64_t *lo, int64_t *hi)
{
	if (n)
		RANGE(int16_t);
}

void bits_range_uint16(const uint16_t *v, size_t n, int64_t *lo, int64_t *hi)
{
	if (n)
		RANGE(uint16_t);
}
