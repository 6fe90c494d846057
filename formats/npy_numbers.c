/* npy_numbers.c - the numbers that an array may hold and a volume may not, as those that it may. */
#include <stdint.h>
#include <string.h>

#include "npy.h"
#include "recast.h"

/* IEEE 754's binary16, of which every one is a float too. */
static float half(uint16_t h)
{
	uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, rest = h & 1023, bits;
	float f;

	if (exponent == 0) {
		f = (float)rest * 0x1p-24f;
		return sign ? -f : f;
	}
	bits = sign | (exponent == 31 ? 255 : exponent + 112) << 23 | rest << 13;
	memcpy(&f, &bits, sizeof f);
	return f;
}

#define EACH(FROM, TO, EXPRESSION) \
	do { \
		const FROM *s = src; \
		TO *d = dst; \
		for (size_t i = 0; i < n; i++) \
			d[i] = (TO)(EXPRESSION); \
	} while (0)

void npy_convert(enum npy_from from, enum voxel_type to, size_t bytes, const void *src, size_t n, void *dst)
{
	switch (from) {
	case NPY_AS_IT_IS: memcpy(dst, src, n * bytes); break;
	case NPY_TRUTH: EACH(uint8_t, uint8_t, s[i] != 0); break;
	case NPY_HALF: EACH(uint16_t, float, half(s[i])); break;
	case NPY_INT64:
	case NPY_UINT64: recast_wide(recast_how(from == NPY_INT64, to), src, n, dst); break;
	}
}

/* ---- a few numbers ---- */

static double number_at(const struct npy_head *h, const unsigned char *p)
{
	uint64_t bits = 0;
	double d;
	float f;

	for (uint64_t i = 0; i < h->bytes; i++)
		bits = bits << 8 | p[h->big ? i : h->bytes - 1 - i];
	if (h->kind == 'i')
		return (double)((int64_t)(bits << (64 - 8 * h->bytes)) >> (64 - 8 * h->bytes));
	if (h->kind != 'f')
		return (double)bits;
	if (h->bytes == 2)
		return half((uint16_t)bits);
	if (h->bytes == 4) {
		uint32_t low = (uint32_t)bits;

		memcpy(&f, &low, sizeof f);
		return f;
	}
	memcpy(&d, &bits, sizeof d);
	return d;
}

int npy_doubles(const struct vol_source *source, void *ctx, const struct npy_head *h, double *x, size_t n,
                const char *subject, struct vol_err *err)
{
	size_t columns = h->dims == 2 ? (size_t)h->shape[1] : 1, rows = n / columns;

	for (size_t i = 0; i < n; i++) {
		unsigned char p[8];
		ssize_t got = source->read(ctx, p, (size_t)h->bytes, err);

		if (got < 0)
			return -1;
		if ((uint64_t)got < h->bytes)
			return vol_fail(err, subject, "ends early");
		x[h->fortran && h->dims == 2 ? i % rows * columns + i / rows : i] = number_at(h, p);
	}
	return source->finish(ctx, err);
}
