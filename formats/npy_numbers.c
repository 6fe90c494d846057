/* npy_numbers.c - the numbers that an array may hold and a volume may not, as those that it may. */
#include <stdint.h>
#include <string.h>

#include "npy.h"

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
		if (to == VOXEL_INT32)
			EACH(int64_t, int32_t, s[i]);
		else if (to == VOXEL_UINT32)
			EACH(int64_t, uint32_t, s[i]);
		else
			EACH(int64_t, double, s[i]);
		break;
	case NPY_UINT64:
		if (to == VOXEL_UINT32)
			EACH(uint64_t, uint32_t, s[i]);
		else
			EACH(uint64_t, double, s[i]);
		break;
	}
}

/* Has a double all digits of this magnitude? 53 bits, wherever they are. */
static bool fits_double(uint64_t x)
{
	return x >> 53 == 0 || x >> __builtin_ctzll(x) >> 53 == 0;
}

struct range {
	bool negative, over_int32, over_uint32, fits;
	bool odd_minus;
	uint64_t odd; /* with its sign, one that does not fit a double */
};

static void widen(struct range *r, const void *numbers, size_t n, bool is_signed)
{
	const uint64_t *u = numbers;

	for (size_t i = 0; i < n; i++) {
		bool minus = is_signed && (int64_t)u[i] < 0;
		uint64_t x = minus ? -u[i] : u[i];

		r->negative |= minus;
		r->over_int32 |= x > (uint64_t)INT32_MAX + minus;
		r->over_uint32 |= x > UINT32_MAX;
		if (r->fits && !fits_double(x)) {
			r->fits = false;
			r->odd = x;
			r->odd_minus = minus;
		}
	}
}

int npy_choose_type(struct vol_in *raw, bool is_signed, enum voxel_type *to, struct vol_err *err)
{
	struct range r = {.fits = true};
	struct vol_slab slab;
	int got;

	while ((got = vol_next(raw, &slab, err)) > 0)
		widen(&r, slab.voxels, slab.n, is_signed);
	if (got < 0)
		return -1;
	vol_rewind(raw);
	if (is_signed && !r.over_int32)
		*to = VOXEL_INT32;
	else if (!r.negative && !r.over_uint32)
		*to = VOXEL_UINT32;
	else if (r.fits)
		*to = VOXEL_DOUBLE;
	else
		return vol_fail(err, vol_in_name(raw), "holds %s such as %s%llu, which fit neither 32 bits nor a double: save "
		                "them as another type", is_signed ? "int64" : "uint64", r.odd_minus ? "-" : "",
		                (unsigned long long)r.odd);
	return 0;
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
