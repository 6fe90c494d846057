#include "histogram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clones.h"

/* ---- one count a value ---- */

enum { LONG_ROW = 4096 }; /* numbers from which on lanes pay */

bool histogram_fits(enum voxel_type type)
{
	return voxel_size(type) <= 2;
}

bool histogram_begin(struct histogram *h, enum voxel_type type)
{
	memset(h, 0, sizeof *h);
	h->type = type;
	h->values = (size_t)1 << 8 * voxel_size(type);
	h->count = calloc(h->values, sizeof *h->count);
	return h->count;
}

void histogram_free(struct histogram *h)
{
	free(h->count);
	free(h->lane[0]);
	memset(h, 0, sizeof *h);
}

static void fold(struct histogram *h)
{
	if (h->in_lanes == 0)
		return;
	for (size_t i = 0; i < h->values; i++)
		for (int k = 0; k < HISTOGRAM_LANES; k++) {
			h->count[i] += h->lane[k][i];
			h->lane[k][i] = 0;
		}
	h->in_lanes = 0;
}

/* Room for lanes; without it all goes the plain way. */
static bool want_lanes(struct histogram *h)
{
	if (!h->lane[0]) {
		uint32_t *all = calloc(HISTOGRAM_LANES * h->values, sizeof *all);

		if (!all)
			return false;
		for (int k = 0; k < HISTOGRAM_LANES; k++)
			h->lane[k] = all + (size_t)k * h->values;
	}
	return true;
}

/* T: as stored; flip: the bit that brings its least value to bin 0. */
#define COUNT(NAME, T, FLIP) \
	static void row_##NAME(struct histogram *h, const void *voxels, size_t n) \
	{ \
		const T *v = voxels; \
		uint64_t *c = h->count; \
		for (size_t i = 0; i < n; i++) \
			c[(T)(v[i] ^ FLIP)]++; \
	} \
	static void long_row_##NAME(struct histogram *h, const void *voxels, size_t n) \
	{ \
		const T *v = voxels; \
		uint32_t *restrict a = h->lane[0], *restrict b = h->lane[1]; \
		uint32_t *restrict c = h->lane[2], *restrict d = h->lane[3]; \
		size_t i = 0; \
		for (; i + 4 <= n; i += 4) { \
			a[(T)(v[i] ^ FLIP)]++; \
			b[(T)(v[i + 1] ^ FLIP)]++; \
			c[(T)(v[i + 2] ^ FLIP)]++; \
			d[(T)(v[i + 3] ^ FLIP)]++; \
		} \
		for (; i < n; i++) \
			a[(T)(v[i] ^ FLIP)]++; \
	}

COUNT(u8, uint8_t, 0)
COUNT(i8, uint8_t, 0x80)
COUNT(u16, uint16_t, 0)
COUNT(i16, uint16_t, 0x8000)

void histogram_add(struct histogram *h, const void *voxels, size_t n)
{
	bool lanes = n >= LONG_ROW && want_lanes(h);

	if (lanes && h->in_lanes + n > UINT32_MAX)
		fold(h);
	if (lanes)
		h->in_lanes += n;
#define ROW(TYPE, NAME) \
	case TYPE: \
		if (lanes) \
			long_row_##NAME(h, voxels, n); \
		else \
			row_##NAME(h, voxels, n); \
		break
	switch (h->type) {
	ROW(VOXEL_UINT8, u8);
	ROW(VOXEL_INT8, i8);
	ROW(VOXEL_UINT16, u16);
	ROW(VOXEL_INT16, i16);
	default: break;
	}
#undef ROW
}

void histogram_end(struct histogram *h)
{
	fold(h);
}

bool histogram_distribution(const struct histogram *h, struct distribution *d)
{
	size_t n = 0;
	double lo;

	voxel_is_integer(h->type, &lo, NULL);
	for (size_t i = 0; i < h->values; i++)
		n += h->count[i] != 0;
	memset(d, 0, sizeof *d);
	d->value = malloc((n + 1) * sizeof *d->value);
	d->count = malloc((n + 1) * sizeof *d->count);
	if (!d->value || !d->count) {
		distribution_free(d);
		return false;
	}
	for (size_t i = 0; i < h->values; i++) {
		if (!h->count[i])
			continue;
		d->value[d->n] = lo + (double)i;
		d->count[d->n++] = h->count[i];
	}
	return true;
}

/* ---- bins of equal width ---- */

void bins_free(struct bins *b)
{
	free(b->edge);
	free(b->count);
	memset(b, 0, sizeof *b);
}

static int room(struct bins *b, double n)
{
	memset(b, 0, sizeof *b);
	if (!(n >= 1 && n <= BINS_MAX))
		return -1;
	b->n = (size_t)n;
	b->edge = malloc((b->n + 1) * sizeof *b->edge);
	b->count = calloc(b->n, sizeof *b->count);
	if (b->edge && b->count)
		return 0;
	bins_free(b);
	return -1;
}

static int ascending(struct bins *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (!(b->edge[i] < b->edge[i + 1]) || !isfinite(b->edge[i + 1] - b->edge[0])) {
			bins_free(b);
			return -1;
		}
	return 0;
}

int bins_even(struct bins *b, double lo, double hi, size_t n)
{
	double step;

	if (room(b, (double)n) < 0)
		return -1;
	if (lo == hi) {
		lo -= 0.5;
		hi += 0.5;
	}
	step = (hi - lo) / (double)n;
	for (size_t i = 0; i < n; i++)
		b->edge[i] = (double)i * step + lo;
	b->edge[n] = hi;
	return ascending(b);
}

int bins_wide(struct bins *b, double lo, double hi, double width, bool from_lo)
{
	double first = from_lo ? lo : floor(lo / width) * width, n = ceil((hi - first) / width);

	/* a greatest number on an edge lies in the bin above, but for one that the user drew */
	if (!from_lo && first + n * width <= hi)
		n++;
	if (room(b, n) < 0)
		return -1;
	for (size_t i = 0; i <= b->n; i++)
		b->edge[i] = first + (double)i * width;
	return ascending(b);
}

/* The bin of a number within the edges: by division, put right by the edges themselves. */
static inline size_t bin_of(const struct bins *b, double norm, double x)
{
	size_t i = (size_t)((x - b->edge[0]) * norm);

	if (i >= b->n)
		i = b->n - 1;
	while (i > 0 && x < b->edge[i])
		i--;
	while (i + 1 < b->n && x >= b->edge[i + 1])
		i++;
	return i;
}

static inline void add_one(struct bins *b, double norm, double x, uint64_t count)
{
	if (x < b->edge[0])
		b->below += count;
	else if (x > b->edge[b->n])
		b->above += count;
	else
		b->count[bin_of(b, norm, x)] += count;
}

static double norm_of(const struct bins *b)
{
	return (double)b->n / (b->edge[b->n] - b->edge[0]);
}

/* Looks at one number after the other: for those that are left out or near an edge. */
static inline void add_checked(struct bins *b, double norm, double x, double pad_lo, double pad_hi)
{
	if (x >= pad_lo && x <= pad_hi)
		b->padding++;
	else if (!isfinite(x))
		b->not_finite++;
	else
		add_one(b, norm, x, 1);
}

enum { BLOCK = 256 };

/* The bins of a block of numbers by division alone; -1 and n for those beyond, and -1 for NaN. */
#define GUESS(NAME, T) \
	static VOL_CLONES void guess_##NAME(const T *v, size_t n, double first, double norm, double bins, int32_t *bin) \
	{ \
		for (size_t i = 0; i < n; i++) { \
			double t = ((double)v[i] - first) * norm; \
			t = t > -1 ? t : -1; \
			bin[i] = (int32_t)(t < bins ? t : bins); \
		} \
	}

/* Most are right; what is not is found by the edges. Padding comes first, it may lie anywhere. */
#define ADD(NAME, T) \
	GUESS(NAME, T) \
	static void add_##NAME(struct bins *b, const void *voxels, size_t n, double pad_lo, double pad_hi) \
	{ \
		const T *v = voxels; \
		const double norm = norm_of(b), *edge = b->edge; \
		const int32_t bins = (int32_t)b->n; \
		const bool plain = !(pad_lo <= pad_hi); \
		uint64_t *count = b->count; \
		int32_t bin[BLOCK]; \
		for (size_t done = 0, part; done < n; done += part, v += part) { \
			part = n - done < BLOCK ? n - done : BLOCK; \
			guess_##NAME(v, part, edge[0], norm, bins, bin); \
			for (size_t i = 0; i < part; i++) { \
				double x = v[i]; \
				int32_t k = bin[i]; \
				if (plain && k >= 0 && k < bins && x >= edge[k] && x < edge[k + 1]) \
					count[k]++; \
				else \
					add_checked(b, norm, x, pad_lo, pad_hi); \
			} \
		} \
	}

ADD(u8, uint8_t)
ADD(i8, int8_t)
ADD(u16, uint16_t)
ADD(i16, int16_t)
ADD(u32, uint32_t)
ADD(i32, int32_t)
ADD(float, float)
ADD(double, double)

void bins_add(struct bins *b, const void *voxels, enum voxel_type type, size_t n, double pad_lo, double pad_hi)
{
	switch (type) {
	case VOXEL_UINT8: add_u8(b, voxels, n, pad_lo, pad_hi); break;
	case VOXEL_INT8: add_i8(b, voxels, n, pad_lo, pad_hi); break;
	case VOXEL_UINT16: add_u16(b, voxels, n, pad_lo, pad_hi); break;
	case VOXEL_INT16: add_i16(b, voxels, n, pad_lo, pad_hi); break;
	case VOXEL_UINT32: add_u32(b, voxels, n, pad_lo, pad_hi); break;
	case VOXEL_INT32: add_i32(b, voxels, n, pad_lo, pad_hi); break;
	case VOXEL_FLOAT: add_float(b, voxels, n, pad_lo, pad_hi); break;
	case VOXEL_DOUBLE: add_double(b, voxels, n, pad_lo, pad_hi); break;
	case VOXEL_TYPES: break;
	}
}

void bins_add_distribution(struct bins *b, const struct distribution *d)
{
	const double norm = norm_of(b);

	for (size_t i = 0; i < d->n; i++)
		add_one(b, norm, d->value[i], d->count[i]);
}
