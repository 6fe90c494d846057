#include "bitmask.h"

#include <stdlib.h>
#include <string.h>

#include "clones.h"
#include "grid.h"

int bitmask_new(struct bitmask *m, const uint64_t size[3])
{
	uint64_t row = size[0] / 64 + (size[0] % 64 != 0), slice, words, bytes;

	memset(m, 0, sizeof *m);
	if (!size_mul(row, size[1], &slice) || !size_mul(slice, size[2], &words) ||
	    !size_mul(words, 8, &bytes) || bytes > PTRDIFF_MAX)
		return -1;
	m->word = malloc((size_t)bytes);
	if (!m->word)
		return -1;
	for (int i = 0; i < 3; i++)
		m->size[i] = (size_t)size[i];
	m->row = (size_t)row;
	m->slice = (size_t)slice;
	return 0;
}

void bitmask_free(struct bitmask *m)
{
	free(m->word);
	memset(m, 0, sizeof *m);
}

/* ---- bytes and bits ---- */

/* Byte i is 1 or 0: the product moves it to bit 56 + i, and no two terms meet on the way there. */
static inline uint64_t pack8(const uint8_t *b)
{
	uint64_t v;

	memcpy(&v, b, 8);
	return v * UINT64_C(0x0102040810204080) >> 56;
}

static inline uint64_t pack_tail(const uint8_t *b, size_t n)
{
	uint64_t w = 0;

	for (size_t i = 0; i < n; i++)
		w |= (uint64_t)(b[i] & 1) << i;
	return w;
}

void bitmask_pack(const uint8_t *bytes, size_t nx, size_t rows, uint64_t *words)
{
	for (; rows; rows--, bytes += nx) {
		size_t x = 0;

		for (; x + 64 <= nx; x += 64) {
			uint64_t w = 0;

			for (unsigned i = 0; i < 64; i += 8)
				w |= pack8(bytes + x + i) << i;
			*words++ = w;
		}
		if (x < nx) {
			uint64_t w = 0;
			unsigned i = 0;

			for (; x + 8 <= nx; x += 8, i += 8)
				w |= pack8(bytes + x) << i;
			if (x < nx)
				w |= pack_tail(bytes + x, nx - x) << i;
			*words++ = w;
		}
	}
}

/* Eight bits to eight bytes of 0 or 1: each byte keeps its own bit of a copy of all eight; adding
 * 127 carries a bit that is left to the top of its byte. */
static inline uint64_t unpack8(uint64_t bits)
{
	uint64_t v = (bits & 255) * UINT64_C(0x0101010101010101) & UINT64_C(0x8040201008040201);

	return (v + UINT64_C(0x7f7f7f7f7f7f7f7f)) >> 7 & UINT64_C(0x0101010101010101);
}

void bitmask_unpack(const uint64_t *words, size_t nx, size_t rows, uint8_t value, uint8_t *bytes)
{
	for (; rows; rows--, bytes += nx) {
		uint64_t w = 0;
		size_t x = 0;

		for (; x + 8 <= nx; x += 8) {
			uint64_t v;

			w = x % 64 ? w >> 8 : *words++;
			v = unpack8(w) * value;
			memcpy(bytes + x, &v, 8);
		}
		if (x < nx) {
			w = x % 64 ? w >> 8 : *words++;
			for (; x < nx; x++, w >>= 1)
				bytes[x] = w & 1 ? value : 0;
		}
	}
}

void bitmask_paint(const uint64_t *words, size_t nx, size_t rows, uint8_t value, uint8_t *bytes)
{
	for (; rows; rows--, bytes += nx)
		for (size_t x = 0; x < nx; x += 64)
			for (uint64_t w = *words++; w; w &= w - 1)
				bytes[x + (size_t)__builtin_ctzll(w)] = value;
}

/* ---- words ---- */

/* Clones of functions that other files call do not link under clang 14: the clones are static. */

VOL_CLONES static void all_and(uint64_t *dst, const uint64_t *src, size_t n)
{
	for (size_t i = 0; i < n; i++)
		dst[i] &= src[i];
}

VOL_CLONES static void all_or(uint64_t *dst, const uint64_t *src, size_t n)
{
	for (size_t i = 0; i < n; i++)
		dst[i] |= src[i];
}

VOL_CLONES static void all_xor(uint64_t *dst, const uint64_t *src, size_t n)
{
	for (size_t i = 0; i < n; i++)
		dst[i] ^= src[i];
}

VOL_CLONES static void all_minus(uint64_t *dst, const uint64_t *src, size_t n)
{
	for (size_t i = 0; i < n; i++)
		dst[i] &= ~src[i];
}

/* Counts in the bits of a word (Warren, Hacker's Delight, 5-1): this vectorises where the processor
 * has no instruction for it. */
static inline uint64_t count_bits(uint64_t w)
{
	w -= w >> 1 & UINT64_C(0x5555555555555555);
	w = (w & UINT64_C(0x3333333333333333)) + (w >> 2 & UINT64_C(0x3333333333333333));
	w = (w + (w >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	w += w >> 8;
	w += w >> 16;
	return (w + (w >> 32)) & 127;
}

VOL_CLONES static uint64_t all_count(const uint64_t *w, size_t n)
{
	uint64_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += count_bits(w[i]);
	return count;
}

void words_and(uint64_t *dst, const uint64_t *src, size_t n)
{
	all_and(dst, src, n);
}

void words_or(uint64_t *dst, const uint64_t *src, size_t n)
{
	all_or(dst, src, n);
}

void words_xor(uint64_t *dst, const uint64_t *src, size_t n)
{
	all_xor(dst, src, n);
}

void words_minus(uint64_t *dst, const uint64_t *src, size_t n)
{
	all_minus(dst, src, n);
}

uint64_t words_count(const uint64_t *w, size_t n)
{
	return all_count(w, n);
}

bool words_any(const uint64_t *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (w[i])
			return true;
	return false;
}

void words_not(uint64_t *dst, const uint64_t *src, size_t nx, size_t rows)
{
	size_t row = bitmask_row_words(nx);
	uint64_t tail = bitmask_tail(nx);

	for (; rows; rows--, dst += row, src += row) {
		for (size_t i = 0; i < row; i++)
			dst[i] = ~src[i];
		dst[row - 1] &= tail;
	}
}

void words_set(uint64_t *row, size_t lo, size_t hi)
{
	size_t a = lo / 64, b;
	uint64_t first = ~UINT64_C(0) << lo % 64, last;

	if (lo >= hi)
		return;
	b = (hi - 1) / 64;
	last = ~UINT64_C(0) >> (63 - (hi - 1) % 64);
	if (a == b) {
		row[a] |= first & last;
		return;
	}
	row[a] |= first;
	for (size_t i = a + 1; i < b; i++)
		row[i] = ~UINT64_C(0);
	row[b] |= last;
}

void words_shift(uint64_t *restrict dst, const uint64_t *restrict src, size_t nx, int64_t by)
{
	uint64_t far = by < 0 ? -(uint64_t)by : (uint64_t)by;
	size_t row = bitmask_row_words(nx), words = (size_t)(far / 64);
	unsigned bits = far % 64;

	if (far >= nx) {
		memset(dst, 0, row * 8);
		return;
	}
	if (by >= 0) {
		for (size_t i = 0; i < row; i++) {
			uint64_t w = i >= words ? src[i - words] << bits : 0;

			if (bits && i > words)
				w |= src[i - words - 1] >> (64 - bits);
			dst[i] = w;
		}
		dst[row - 1] &= bitmask_tail(nx);
		return;
	}
	for (size_t i = 0; i < row; i++) {
		uint64_t w = i + words < row ? src[i + words] >> bits : 0;

		if (bits && i + words + 1 < row)
			w |= src[i + words + 1] << (64 - bits);
		dst[i] = w;
	}
}

/* ---- whole volumes ---- */

/* Is at - by within 0..size-1? Then *from is it. */
static bool source(size_t at, int64_t by, size_t size, size_t *from)
{
	if (by >= 0 ? at < (uint64_t)by : size - at <= -(uint64_t)by)
		return false;
	*from = (size_t)((int64_t)at - by);
	return true;
}

void bitmask_shift(struct bitmask *to, const struct bitmask *from, const int64_t by[3])
{
	for (size_t z = 0; z < to->size[2]; z++)
		for (size_t y = 0; y < to->size[1]; y++) {
			uint64_t *dst = bitmask_at_row(to, y, z);
			size_t yy, zz;

			if (source(y, by[1], to->size[1], &yy) && source(z, by[2], to->size[2], &zz))
				words_shift(dst, bitmask_at_row(from, yy, zz), to->size[0], by[0]);
			else
				memset(dst, 0, to->row * 8);
		}
}

uint64_t bitmask_count(const struct bitmask *m)
{
	return words_count(m->word, m->slice * m->size[2]);
}

bool bitmask_box(const struct bitmask *m, size_t lo[3], size_t hi[3])
{
	size_t x0 = m->size[0], x1 = 0;
	bool found = false;

	for (size_t z = 0; z < m->size[2]; z++)
		for (size_t y = 0; y < m->size[1]; y++) {
			const uint64_t *w = bitmask_at_row(m, y, z);
			size_t a = 0, b = m->row;

			while (a < b && !w[a])
				a++;
			if (a == b)
				continue;
			while (!w[b - 1])
				b--;
			a = a * 64 + (size_t)__builtin_ctzll(w[a]);
			b = b * 64 - 1 - (size_t)__builtin_clzll(w[b - 1]);
			x0 = a < x0 ? a : x0;
			x1 = b > x1 ? b : x1;
			lo[1] = !found || y < lo[1] ? y : lo[1];
			hi[1] = !found || y > hi[1] ? y : hi[1];
			lo[2] = found ? lo[2] : z;
			hi[2] = z;
			found = true;
		}
	if (found) {
		lo[0] = x0;
		hi[0] = x1;
	}
	return found;
}
