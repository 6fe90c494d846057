#include "ranks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEP = 16, BINS = 1 << STEP };

/* ---- keys: unsigned numbers in the order of the voxels ---- */

static uint64_t key_of(const void *voxels, enum voxel_type type, size_t i)
{
	switch (type) {
	case VOXEL_UINT8: return ((const uint8_t *)voxels)[i];
	case VOXEL_INT8: return (uint64_t)(((const int8_t *)voxels)[i] - INT8_MIN);
	case VOXEL_UINT16: return ((const uint16_t *)voxels)[i];
	case VOXEL_INT16: return (uint64_t)(((const int16_t *)voxels)[i] - INT16_MIN);
	case VOXEL_UINT32: return ((const uint32_t *)voxels)[i];
	case VOXEL_INT32: return (uint64_t)((int64_t)((const int32_t *)voxels)[i] - INT32_MIN);
	case VOXEL_FLOAT: {
		uint32_t u = ((const uint32_t *)voxels)[i];

		return u >> 31 ? (uint32_t)~u : u | 1u << 31;
	}
	case VOXEL_DOUBLE:
	case VOXEL_TYPES: break;
	}
	uint64_t u = ((const uint64_t *)voxels)[i];

	return u >> 63 ? ~u : u | UINT64_C(1) << 63;
}

static double number_of(uint64_t key, enum voxel_type type)
{
	double lo;

	if (voxel_is_integer(type, &lo, NULL))
		return lo + (double)key;
	if (type == VOXEL_FLOAT) {
		uint32_t u = (uint32_t)key;
		float f;

		u = u >> 31 ? u & ~(1u << 31) : (uint32_t)~u;
		memcpy(&f, &u, sizeof f);
		return f;
	}
	uint64_t u = key >> 63 ? key & ~(UINT64_C(1) << 63) : ~key;
	double d;

	memcpy(&d, &u, sizeof d);
	return d;
}

/* ---- passes ---- */

bool ranks_begin(struct ranks *r, enum voxel_type type, double pad_lo, double pad_hi,
                 const double percent[RANKS_PERCENTILES])
{
	memset(r, 0, sizeof *r);
	r->type = type;
	r->pad_lo = pad_lo;
	r->pad_hi = pad_hi;
	memcpy(r->percent, percent, sizeof r->percent);
	r->bits = (unsigned)(8 * voxel_size(type));
	if (r->bits < STEP)
		r->bits = STEP;
	r->histograms = 1;
	r->count = calloc((size_t)RANKS_WANTED * BINS, sizeof *r->count);
	return r->count;
}

void ranks_add(struct ranks *r, const void *voxels, size_t n)
{
	unsigned shift = r->bits - r->done - STEP;

	for (size_t i = 0; i < n; i++) {
		double v = voxel_get(voxels, r->type, i);
		uint64_t key = key_of(voxels, r->type, i) >> shift;

		if (!isfinite(v) || (v >= r->pad_lo && v <= r->pad_hi))
			continue;
		for (size_t h = 0; h < r->histograms; h++)
			r->count[h * BINS + key % BINS] += key / BINS == r->prefix[h];
	}
}

/* The two order statistics on either side of a percentile, and how far it lies from the first. */
static double between(const struct ranks *r, int index, uint64_t rank[2])
{
	double place = (double)(r->n - 1) * (r->percent[index] / 100), down = floor(place);

	rank[0] = (uint64_t)down;
	rank[1] = rank[0] + (rank[0] + 1 < r->n);
	return place - down;
}

/* Go down to the bin that holds the rank that is left. */
static void descend(struct ranks *r, size_t wanted, const uint64_t *count)
{
	uint64_t *left = &r->left[wanted];
	uint64_t bin = 0;

	while (bin + 1 < BINS && *left >= count[bin])
		*left -= count[bin++];
	r->prefix[wanted] = r->prefix[wanted] << STEP | bin;
}

bool ranks_again(struct ranks *r)
{
	bool first = r->done == 0;

	if (first) {
		for (size_t i = 0; i < BINS; i++)
			r->n += r->count[i];
		if (r->n == 0)
			return false;
		for (int i = 0; i < RANKS_PERCENTILES; i++)
			between(r, i, &r->left[2 * i]);
	}
	for (size_t w = 0; w < RANKS_WANTED; w++)
		descend(r, w, r->count + (first ? 0 : w * BINS));
	r->done += STEP;
	r->histograms = RANKS_WANTED;
	memset(r->count, 0, (size_t)RANKS_WANTED * BINS * sizeof *r->count);
	return r->done < r->bits;
}

double ranks_get(const struct ranks *r, int index)
{
	uint64_t rank[2];
	double t, a, b;

	if (r->n == 0)
		return NAN;
	t = between(r, index, rank);
	a = number_of(r->prefix[2 * index], r->type);
	b = number_of(r->prefix[2 * index + 1], r->type);
	if (t == 0 || a == b)
		return a;
	/* from the nearer end: the result is never beyond the other */
	return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

void ranks_free(struct ranks *r)
{
	free(r->count);
	r->count = NULL;
}
