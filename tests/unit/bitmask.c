/* Bit masks: packing, shifting, boxes, against the same done voxel by voxel. */
#include <stdlib.h>

#include "alg/bitmask.h"
#include "tap.h"

static uint32_t state = 1;

static uint32_t number(uint32_t below)
{
	state = state * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(state >> 8) * below >> 24);
}

static uint8_t *noise(size_t n, uint32_t percent)
{
	uint8_t *b = malloc(n + 1);

	for (size_t i = 0; i < n; i++)
		b[i] = number(100) < percent;
	return b;
}

static void test_rows(void)
{
	static const size_t widths[] = {1, 7, 8, 9, 63, 64, 65, 100, 128, 200};

	for (size_t k = 0; k < sizeof widths / sizeof *widths; k++) {
		size_t nx = widths[k], n = nx * 3, words = bitmask_row_words(nx) * 3;
		uint8_t *bytes = noise(n, 40), *back = malloc(n), *painted = malloc(n);
		uint64_t *w = malloc(words * 8), *v = malloc(words * 8);
		bool good = true, clean = true, shifted = true;
		uint64_t count = 0;

		bitmask_pack(bytes, nx, 3, w);
		bitmask_unpack(w, nx, 3, 7, back);
		memset(painted, 9, n);
		bitmask_paint(w, nx, 3, 7, painted);
		for (size_t i = 0; i < n; i++) {
			good = good && back[i] == 7 * bytes[i] && painted[i] == (bytes[i] ? 7 : 9);
			count += bytes[i];
		}
		ok(good, "%zu wide: to bits and back", nx);
		is_int(words_count(w, words), count, "... count");
		words_not(v, w, nx, 3);
		is_int(words_count(v, words), n - count, "... not, with clean ends");
		for (size_t y = 0; y < 3; y++)
			clean = clean && !(w[(y + 1) * bitmask_row_words(nx) - 1] & ~bitmask_tail(nx));
		ok(clean, "... clean ends");
		for (int64_t by = -(int64_t)nx - 70; by <= (int64_t)nx + 70; by++) {
			words_shift(v, w, nx, by);
			bitmask_unpack(v, nx, 1, 1, back);
			for (int64_t x = 0; x < (int64_t)nx; x++)
				shifted = shifted && back[x] == (x - by >= 0 && x - by < (int64_t)nx ? bytes[x - by] : 0);
			shifted = shifted && !(v[bitmask_row_words(nx) - 1] & ~bitmask_tail(nx));
		}
		ok(shifted, "... shifts");
		good = true;
		for (size_t lo = 0; lo <= nx; lo++)
			for (size_t hi = lo; hi <= nx; hi++) {
				memset(v, 0, words * 8);
				words_set(v, lo, hi);
				bitmask_unpack(v, nx, 1, 1, back);
				for (size_t x = 0; x < nx; x++)
					good = good && back[x] == (x >= lo && x < hi);
			}
		ok(good, "... runs are set");
		free(bytes);
		free(back);
		free(painted);
		free(w);
		free(v);
	}
}

static void test_words(void)
{
	uint64_t a[3] = {0xf0, ~UINT64_C(0), 1}, b[3] = {0x3c, 0xff, 2}, r[3];

	memcpy(r, a, sizeof r);
	words_and(r, b, 3);
	ok(r[0] == 0x30 && r[1] == 0xff && r[2] == 0, "and");
	memcpy(r, a, sizeof r);
	words_or(r, b, 3);
	ok(r[0] == 0xfc && r[1] == ~UINT64_C(0) && r[2] == 3, "or");
	memcpy(r, a, sizeof r);
	words_minus(r, b, 3);
	ok(r[0] == 0xc0 && r[1] == ~UINT64_C(0xff) && r[2] == 1, "minus");
	memcpy(r, a, sizeof r);
	words_xor(r, b, 3);
	ok(r[0] == 0xcc && r[1] == ~UINT64_C(0xff) && r[2] == 3, "xor");
	ok(words_any(a, 3) && !words_any((uint64_t[]){0, 0}, 2), "any");
}

static void test_volume(void)
{
	const uint64_t size[3] = {70, 6, 5};
	struct bitmask a, b;
	uint8_t *bytes = noise(70 * 6 * 5, 30);
	size_t lo[3], hi[3];
	bool good = true;

	ok(bitmask_new(&a, size) == 0 && bitmask_new(&b, size) == 0, "two masks");
	for (size_t z = 0; z < 5; z++)
		bitmask_pack(bytes + z * 420, 70, 6, bitmask_at_slice(&a, z));
	for (int64_t z = -6; z <= 6; z += 3)
		for (int64_t y = -7; y <= 7; y += 2)
			for (int64_t x = -71; x <= 71; x += 5) {
				bitmask_shift(&b, &a, (int64_t[]){x, y, z});
				for (int64_t i = 0; i < 70 * 6 * 5; i++) {
					int64_t xx = i % 70 - x, yy = i / 70 % 6 - y, zz = i / 420 - z;
					bool in = xx >= 0 && xx < 70 && yy >= 0 && yy < 6 && zz >= 0 && zz < 5;

					good = good && bitmask_get(&b, i % 70, i / 70 % 6, i / 420) ==
					                       (in && bytes[(zz * 6 + yy) * 70 + xx]);
				}
			}
	ok(good, "shifted along three axes");
	memset(a.word, 0, a.slice * 5 * 8);
	ok(!bitmask_box(&a, lo, hi), "an empty mask has no box");
	words_set(bitmask_at_row(&a, 4, 1), 66, 68);
	words_set(bitmask_at_row(&a, 2, 3), 5, 6);
	ok(bitmask_box(&a, lo, hi) && lo[0] == 5 && hi[0] == 67 && lo[1] == 2 && hi[1] == 4 && lo[2] == 1 && hi[2] == 3,
	   "box");
	is_int(bitmask_count(&a), 3, "count");
	bitmask_free(&a);
	bitmask_free(&b);
	free(bytes);
	ok(bitmask_new(&a, (uint64_t[]){UINT64_C(1) << 40, UINT64_C(1) << 40, 8}) < 0, "more than memory can be");
}

int main(void)
{
	test_rows();
	test_words();
	test_volume();
	return done();
}
