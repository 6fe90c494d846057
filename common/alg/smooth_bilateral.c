/* The bilateral filter: each neighbour weighs by its distance in space and in value. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clones.h"
#include "convert.h"
#include "smooth_inside.h"

static bool in_float(const struct smooth_plan *p)
{
	return voxel_size(p->measured.type) <= 2 || p->measured.type == VOXEL_FLOAT;
}

static size_t number_bytes(const struct smooth_plan *p)
{
	return in_float(p) ? sizeof(float) : sizeof(double);
}

static size_t layer_bytes(const struct smooth_plan *p)
{
	return smooth_padded(p) * number_bytes(p);
}

/* A row of sums, one of weights. */
static size_t scratch_bytes(const struct smooth_plan *p)
{
	return 2 * p->size[0] * number_bytes(p);
}

static inline uint32_t bits_of(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof bits);
	return bits;
}

static inline float float_of(uint32_t bits)
{
	float x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

/* exp(x) for x <= 0, to 2e-7 of the result (0 below 1e-37), by 2^whole * 2^part; of additions and
 * multiplications only, so that all machines agree. Comparisons are made on the bits, which run
 * against the value of a negative float: one of floats would keep the loop from being vectorised. */
static inline float exp_below(float x)
{
	const uint32_t limit = 0xc2f80000; /* -124 */
	uint32_t y = bits_of(x * 1.44269504F), inside = y < limit ? ~(uint32_t)0 : 0;
	float at = float_of(y & inside), part, sum;
	int32_t whole = (int32_t)(at - 0.5F);

	part = (at - (float)whole) * 0.693147181F;
	sum = 1 + part * (1 + part * (0.5F + part * (0.166666667F + part * (0.0416666667F + part *
	      (0.00833333333F + part * 0.00138888889F)))));
	return sum * float_of((uint32_t)(whole + 127) << 23 & inside);
}

/* In units of sigma, squared. */
static double distance(const struct smooth_plan *p, int64_t dx, int64_t dy, int64_t dz)
{
	double step[3] = {(double)dx, (double)dy, (double)dz}, sum = 0;

	for (int i = 0; i < 3; i++)
		if (p->sigma[i] > 0)
			sum += step[i] * step[i] / (p->sigma[i] * p->sigma[i]);
	return sum;
}

#define BILATERAL(T, TO, FROM) \
	VOL_CLONES static void tap_##T(const T *restrict v, const uint8_t *restrict mask, const T *restrict c, \
	                               size_t n, float space, T scale, T *restrict sum, T *restrict weight) \
	{ \
		if (!mask) \
			for (size_t i = 0; i < n; i++) { \
				T d = v[i] - c[i]; \
				float w = exp_below((float)(d * d * scale) + space); \
				sum[i] += (T)w * d; \
				weight[i] += (T)w; \
			} \
		else \
			for (size_t i = 0; i < n; i++) { \
				T d = v[i] - c[i]; \
				float w = exp_below((float)(d * d * scale) + space) * (float)mask[i]; \
				sum[i] += (T)w * d; \
				weight[i] += (T)w; \
			} \
	} \
	static void prepare_##T(const struct smooth *s, struct smooth_layer *l) \
	{ \
		const struct smooth_plan *p = &s->p; \
		size_t nx = p->size[0], ny = p->size[1], rx = p->radius[0], ry = p->radius[1]; \
		size_t row = smooth_padded_row(p); \
		T *plane = l->voxels; \
		for (size_t y = 0; y < ny + 2 * ry; y++) { \
			T *to = plane + y * row + rx; \
			size_t from = smooth_place(p->border, (int64_t)y - (int64_t)ry, ny); \
			TO((char *)l->source + from * nx * voxel_size(p->measured.type), p->measured.type, nx, to); \
			for (size_t k = 1; k <= rx; k++) { \
				to[-(ptrdiff_t)k] = to[smooth_place(p->border, -(int64_t)k, nx)]; \
				to[nx - 1 + k] = to[smooth_place(p->border, (int64_t)(nx - 1 + k), nx)]; \
			} \
		} \
		/* NaN and infinities would survive a weight of 0 */ \
		for (size_t i = 0; !l->whole && i < smooth_padded(p); i++) \
			if (!l->mask[i]) \
				plane[i] = 0; \
	} \
	static void work_##T(const struct smooth *s, size_t z, void *scratch, void *result) \
	{ \
		const struct smooth_plan *p = &s->p; \
		int64_t r[3] = {(int64_t)p->radius[0], (int64_t)p->radius[1], (int64_t)p->radius[2]}; \
		size_t n = p->size[0], row = smooth_padded_row(p), size = voxel_size(p->measured.type); \
		T *sum = scratch, *weight = sum + n, scale = (T)(-0.5 / (p->edge * p->edge)); \
		for (size_t y = 0; y < p->size[1]; y++) { \
			const T *c = (T *)smooth_layer_at(s, (int64_t)z)->voxels + (y + p->radius[1]) * row + \
			             p->radius[0]; \
			memset(sum, 0, 2 * n * sizeof(T)); \
			for (int64_t dz = -r[2]; dz <= r[2]; dz++) { \
				const struct smooth_layer *l = smooth_layer_at(s, (int64_t)z + dz); \
				for (int64_t dy = -r[1]; dy <= r[1]; dy++) \
					for (int64_t dx = -r[0]; dx <= r[0]; dx++) { \
						double d = distance(p, dx, dy, dz); \
						size_t at = (size_t)((int64_t)y + r[1] + dy) * row + (size_t)(r[0] + dx); \
						if (d <= 4 + 1e-9) \
							tap_##T((T *)l->voxels + at, l->whole ? NULL : l->mask + at, c, \
							        n, (float)(-0.5 * d), scale, sum, weight); \
					} \
			} \
			/* a voxel weighs at least itself, if it was measured */ \
			for (size_t x = 0; x < n; x++) \
				sum[x] = weight[x] > 0 ? c[x] + sum[x] / weight[x] : c[x]; \
			FROM(sum, n, p->measured.type, (char *)result + y * n * size); \
		} \
	}

BILATERAL(float, convert_to_float, convert_from_float)
BILATERAL(double, convert_to_double, convert_from_double)

static void prepare(const struct smooth *s, struct smooth_layer *l)
{
	if (in_float(&s->p))
		prepare_float(s, l);
	else
		prepare_double(s, l);
}

static void work(const struct smooth *s, size_t z, void *scratch, void *result)
{
	if (in_float(&s->p))
		work_float(s, z, scratch, result);
	else
		work_double(s, z, scratch, result);
}

const struct smooth_filter smooth_bilateral = {layer_bytes, scratch_bytes, prepare, work};
