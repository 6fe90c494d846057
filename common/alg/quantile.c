#include "quantile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "distribution.h"

enum { STEP = 16, BINS = 1 << STEP };

struct want {
	uint64_t prefix; /* the high bits found so far */
	uint64_t left;   /* the rank among the numbers that begin so */
	double fraction; /* of the way to the next want; of the first of two */
};

struct quantile {
	enum voxel_type type;
	const double *percent;
	size_t percents;
	double pad_lo, pad_hi;
	unsigned bits, done;   /* of a key; known */
	uint64_t n;
	struct want *want;     /* two a percentile */
	uint64_t *prefix;      /* those of the wants, ascending, each once */
	size_t prefixes;
	uint64_t **count;      /* a histogram of the next 16 bits for each prefix */
	uint16_t *first;       /* by the 16 highest bits: 1 + index of the first prefix that begins so; 0: none */
};

int quantile_passes(enum voxel_type type)
{
	return (int)voxel_size(type) * 8 / STEP;
}

static void free_counts(struct quantile *q)
{
	for (size_t i = 0; i < q->prefixes; i++) {
		free(q->count[i]);
		q->count[i] = NULL;
	}
}

static bool new_counts(struct quantile *q)
{
	for (size_t i = 0; i < q->prefixes; i++) {
		q->count[i] = calloc(BINS, sizeof **q->count);
		if (!q->count[i])
			return false;
	}
	return true;
}

struct quantile *quantile_new(enum voxel_type type, const double *percent, size_t percents, double pad_lo,
                              double pad_hi)
{
	struct quantile *q = calloc(1, sizeof *q);

	if (!q)
		return NULL;
	q->type = type;
	q->percent = percent;
	q->percents = percents;
	q->pad_lo = pad_lo;
	q->pad_hi = pad_hi;
	q->bits = (unsigned)(8 * voxel_size(type));
	q->want = calloc(2 * percents + 1, sizeof *q->want);
	q->prefix = calloc(2 * percents + 1, sizeof *q->prefix);
	q->count = calloc(2 * percents + 1, sizeof *q->count);
	q->first = calloc(BINS, sizeof *q->first);
	q->prefixes = 1;
	if (q->want && q->prefix && q->count && q->first && new_counts(q))
		return q;
	quantile_free(q);
	return NULL;
}

void quantile_free(struct quantile *q)
{
	if (!q)
		return;
	if (q->count)
		free_counts(q);
	free(q->want);
	free(q->prefix);
	free(q->count);
	free(q->first);
	free(q);
}

/* ---- keys: unsigned numbers in the order of the voxels ---- */

static inline uint32_t key_uint32(uint32_t u)
{
	return u;
}

static inline uint32_t key_int32(uint32_t u)
{
	return u ^ 1u << 31;
}

static inline uint32_t key_float(uint32_t u)
{
	return u >> 31 ? ~u : u | 1u << 31;
}

static inline uint64_t key_double(uint64_t u)
{
	return u >> 63 ? ~u : u | UINT64_C(1) << 63;
}

static double number_of(uint64_t key, enum voxel_type type)
{
	uint32_t u = (uint32_t)key;
	double d;
	float f;

	switch (type) {
	case VOXEL_UINT32: return (double)key;
	case VOXEL_INT32: return (double)key - 2147483648.0;
	case VOXEL_FLOAT:
		u = u >> 31 ? u & ~(1u << 31) : ~u;
		memcpy(&f, &u, sizeof f);
		return f + 0.0f; /* no -0 */
	default:
		key = key >> 63 ? key & ~(UINT64_C(1) << 63) : ~key;
		memcpy(&d, &key, sizeof d);
		return d + 0.0;
	}
}

/* ---- a pass ---- */

static inline void count_key(struct quantile *q, uint64_t key)
{
	uint64_t prefix;
	size_t i;

	if (q->done == 0) {
		q->count[0][key >> (q->bits - STEP)]++;
		return;
	}
	i = q->first[key >> (q->bits - STEP)];
	if (i == 0)
		return;
	prefix = key >> (q->bits - q->done);
	for (i--; i < q->prefixes && q->prefix[i] < prefix; i++)
		continue;
	if (i < q->prefixes && q->prefix[i] == prefix)
		q->count[i][key >> (q->bits - q->done - STEP) & (BINS - 1)]++;
}

void quantile_add(struct quantile *q, const void *voxels, size_t n)
{
	const double lo = q->pad_lo, hi = q->pad_hi;

#define ADD(TYPE, NAME, T, U) \
	case TYPE: \
		for (size_t i = 0; i < n; i++) { \
			double v = (double)((const T *)voxels)[i]; \
			U bits; \
			if (!isfinite(v) || (v >= lo && v <= hi)) \
				continue; \
			memcpy(&bits, (const T *)voxels + i, sizeof bits); \
			count_key(q, key_##NAME(bits)); \
		} \
		break
	switch (q->type) {
	ADD(VOXEL_UINT32, uint32, uint32_t, uint32_t);
	ADD(VOXEL_INT32, int32, int32_t, uint32_t);
	ADD(VOXEL_FLOAT, float, float, uint32_t);
	ADD(VOXEL_DOUBLE, double, double, uint64_t);
	default: break;
	}
#undef ADD
}

/* ---- between passes ---- */

static void find_ranks(struct quantile *q)
{
	for (size_t i = 0; i < BINS; i++)
		q->n += q->count[0][i];
	for (size_t i = 0; q->n && i < q->percents; i++) {
		uint64_t rank[2];

		q->want[2 * i].fraction = percentile_place(q->n, q->percent[i], rank);
		q->want[2 * i].left = rank[0];
		q->want[2 * i + 1].left = rank[1];
	}
}

static const uint64_t *counts_of(const struct quantile *q, uint64_t prefix)
{
	size_t i = 0;

	while (q->prefix[i] != prefix)
		i++;
	return q->count[i];
}

/* To the bin that holds the rank. False: there are not as many numbers as there were. */
static bool descend(struct want *w, const uint64_t *count)
{
	uint64_t bin = 0;

	while (bin < BINS && w->left >= count[bin])
		w->left -= count[bin++];
	w->prefix = w->prefix << STEP | bin;
	return bin < BINS;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void list_prefixes(struct quantile *q)
{
	size_t n = 2 * q->percents;

	for (size_t i = 0; i < n; i++)
		q->prefix[i] = q->want[i].prefix;
	qsort(q->prefix, n, sizeof *q->prefix, compare);
	q->prefixes = 0;
	for (size_t i = 0; i < n; i++)
		if (i == 0 || q->prefix[i] != q->prefix[q->prefixes - 1])
			q->prefix[q->prefixes++] = q->prefix[i];
	memset(q->first, 0, BINS * sizeof *q->first);
	for (size_t i = q->prefixes; i-- > 0;)
		q->first[q->prefix[i] >> (q->done - STEP)] = (uint16_t)(i + 1);
}

int quantile_next(struct quantile *q)
{
	if (q->done == 0)
		find_ranks(q);
	if (q->n == 0 || q->percents == 0)
		return 0;
	for (size_t i = 0; i < 2 * q->percents; i++)
		if (!descend(&q->want[i], counts_of(q, q->want[i].prefix)))
			return -1;
	free_counts(q);
	q->done += STEP;
	list_prefixes(q);
	if (q->done == q->bits)
		return 0;
	return new_counts(q) ? 1 : -1;
}

double quantile_get(const struct quantile *q, size_t i)
{
	const struct want *w = &q->want[2 * i];

	if (q->n == 0)
		return NAN;
	return percentile_mix(number_of(w[0].prefix, q->type), number_of(w[1].prefix, q->type), w[0].fraction);
}
