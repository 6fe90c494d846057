/* From stored words to numbers (common/alg/bits.c), against a reference that takes one bit after
 * the other: all of bits allocated, stored, high bit and sign. */
#include <stdlib.h>

#include "alg/bits.h"
#include "tap.h"

enum { N = 67 }; /* no multiple of any vector's width */

static uint64_t state = 7;

static uint32_t draw(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 32);
}

/* DICOM PS3.5, 8.1.1, to the letter: the value's bit 0 is the cell's bit high + 1 - stored. */
static int64_t slow(uint32_t cell, unsigned stored, unsigned high, bool is_signed)
{
	int64_t value = 0;

	for (unsigned b = 0; b < stored; b++) {
		int64_t weight = (int64_t)1 << b;

		if (is_signed && b + 1 == stored)
			weight = -weight;
		if (cell >> (high + 1 - stored + b) & 1)
			value += weight;
	}
	return value;
}

static void put(void *buf, unsigned allocated, size_t i, uint32_t cell)
{
	if (allocated == 8)
		((uint8_t *)buf)[i] = (uint8_t)cell;
	else if (allocated == 16)
		((uint16_t *)buf)[i] = (uint16_t)cell;
	else
		((uint32_t *)buf)[i] = cell;
}

static int64_t get(const void *buf, unsigned allocated, bool is_signed, size_t i)
{
	if (allocated == 8)
		return is_signed ? ((const int8_t *)buf)[i] : ((const uint8_t *)buf)[i];
	if (allocated == 16)
		return is_signed ? ((const int16_t *)buf)[i] : ((const uint16_t *)buf)[i];
	return is_signed ? ((const int32_t *)buf)[i] : (int64_t)((const uint32_t *)buf)[i];
}

/* Words worth a look first, then random ones. */
static uint32_t cell_at(size_t i, unsigned stored, unsigned high)
{
	unsigned low = high + 1 - stored;

	switch (i) {
	case 0: return 0;
	case 1: return UINT32_MAX;
	case 2: return (uint32_t)1 << high;                             /* the sign alone */
	case 3: return ~((uint32_t)1 << high);
	case 4: return (uint32_t)1 << low;                              /* one */
	case 5: return ((uint32_t)1 << high) - ((uint32_t)1 << low);    /* the greatest */
	case 6: return high < 31 ? UINT32_MAX << (high + 1) : 0;        /* what lies above alone */
	case 7: return low ? UINT32_MAX >> (32 - low) : 0;              /* what lies below alone */
	default: return draw();
	}
}

/* One combination with n words; true when all come out right and no word beside them changed. */
static bool one(unsigned allocated, unsigned stored, unsigned high, bool is_signed, size_t n)
{
	uint32_t buf[N + 1], cell[N + 1];
	bool good = true;

	for (size_t i = 0; i <= N; i++) {
		cell[i] = cell_at(i, stored, high);
		put(buf, allocated, i, cell[i]);
	}
	bits_settle(buf, n, allocated, stored, high, is_signed);
	for (size_t i = 0; i < n; i++)
		good = good && get(buf, allocated, is_signed, i) == slow(cell[i], stored, high, is_signed);
	for (size_t i = n; i <= N; i++)
		good = good && get(buf, allocated, false, i) == slow(cell[i], allocated, allocated - 1, false);
	return good;
}

static void settle(unsigned allocated, bool is_signed)
{
	static const size_t sizes[] = {0, 1, 2, 15, 16, 33, N};
	int wrong = 0, tried = 0;

	for (unsigned stored = 1; stored <= allocated; stored++)
		for (unsigned high = stored - 1; high < allocated; high++)
			for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++, tried++)
				if (!one(allocated, stored, high, is_signed, sizes[k]) && !wrong++)
					printf("# %u allocated, %u stored, high bit %u, %zu words\n", allocated, stored,
					       high, sizes[k]);
	is_int(wrong, 0, "%u bits, %s: %d combinations of stored, high and length", allocated,
	       is_signed ? "signed" : "unsigned", tried);
}

/* All words of 16 bits, for the combinations that scanners use. */
static void every_word(unsigned stored, unsigned high, bool is_signed)
{
	uint16_t *buf = malloc(65536 * sizeof *buf);
	int wrong = 0;

	for (size_t i = 0; i < 65536; i++)
		buf[i] = (uint16_t)i;
	bits_settle(buf, 65536, 16, stored, high, is_signed);
	for (uint32_t i = 0; i < 65536; i++)
		wrong += get(buf, 16, is_signed, i) != slow(i, stored, high, is_signed);
	is_int(wrong, 0, "all 16-bit words, %u stored, high bit %u, %s", stored, high,
	       is_signed ? "signed" : "unsigned");
	free(buf);
}

static void full(void)
{
	int wrong = 0;

	for (unsigned allocated = 8; allocated <= 32; allocated *= 2)
		for (unsigned stored = 1; stored <= allocated; stored++)
			for (unsigned high = stored - 1; high < allocated; high++)
				wrong += bits_full(allocated, stored, high) != (stored == allocated);
	is_int(wrong, 0, "words are full when all bits are stored, and only then");
}

static void swap(void)
{
	uint16_t words[N];
	unsigned char *bytes = (unsigned char *)words;
	int wrong = 0;

	for (size_t n = 0; n <= sizeof words; n++) {
		for (size_t i = 0; i < sizeof words; i++)
			bytes[i] = (unsigned char)(i * 7 + 1);
		bits_swap(words, n);
		for (size_t i = 0; i < sizeof words; i++) {
			size_t from = i / 2 * 2 + 1 < n ? i ^ 1 : i; /* an odd last byte, and all after it, stay */

			wrong += bytes[i] != (unsigned char)(from * 7 + 1);
		}
	}
	is_int(wrong, 0, "bytes of words are swapped, up to n and no further");
}

static void range(void)
{
	int16_t s[N];
	uint16_t u[N];
	int wrong = 0;

	for (int k = 0; k < 2000; k++) {
		size_t n = (size_t)k % (N + 1);
		int64_t lo = 40000 - (int64_t)(draw() % 80000), hi = lo + (int64_t)(draw() % 200) - 100;
		int64_t want[4] = {lo, hi, lo, hi}, got[4] = {lo, hi, lo, hi};
		unsigned mask = k % 3 ? 0xffff : 0xff;

		for (size_t i = 0; i < n; i++) {
			u[i] = (uint16_t)(draw() & mask);
			s[i] = (int16_t)(draw() & mask);
			if (k % 5 == 0 && i == draw() % n)
				s[i] = draw() & 1 ? INT16_MIN : INT16_MAX;
			want[0] = s[i] < want[0] ? s[i] : want[0];
			want[1] = s[i] > want[1] ? s[i] : want[1];
			want[2] = u[i] < want[2] ? u[i] : want[2];
			want[3] = u[i] > want[3] ? u[i] : want[3];
		}
		bits_range_int16(s, n, &got[0], &got[1]);
		bits_range_uint16(u, n, &got[2], &got[3]);
		wrong += memcmp(got, want, sizeof got) != 0;
	}
	is_int(wrong, 0, "ranges are widened by what is there, and only by that");
	for (int k = 0; k < 2; k++) {
		int64_t lo = INT64_MAX, hi = INT64_MIN;

		s[0] = INT16_MIN;
		s[1] = INT16_MAX;
		u[0] = UINT16_MAX;
		u[1] = 0;
		if (k)
			bits_range_uint16(u, 2, &lo, &hi);
		else
			bits_range_int16(s, 2, &lo, &hi);
		ok(lo == (k ? 0 : -32768) && hi == (k ? 65535 : 32767), "the extremes of the type, %s",
		   k ? "unsigned" : "signed");
	}
}

int main(void)
{
	for (unsigned allocated = 8; allocated <= 32; allocated *= 2) {
		settle(allocated, false);
		settle(allocated, true);
	}
	for (int is_signed = 0; is_signed < 2; is_signed++) {
		every_word(16, 15, is_signed);
		every_word(12, 11, is_signed);
		every_word(12, 15, is_signed);
		every_word(10, 12, is_signed);
		every_word(1, 0, is_signed);
		every_word(1, 15, is_signed);
	}
	full();
	swap();
	range();
	return done();
}
