/* The Gaussian: along z from the voxels as they came, then x, row by row; then y. */
#include <stdlib.h>
#include <string.h>

#include "clones.h"
#include "convert.h"
#include "smooth_inside.h"

/* In float up to 16 bits, whose numbers it holds with 8 bits to spare; else in double. */
static bool in_float(const struct smooth_plan *p)
{
	return voxel_size(p->measured.type) <= 2;
}

static size_t layer_bytes(const struct smooth_plan *p)
{
	(void)p;
	return 0;
}

/* The plane of sums and that of weights; two rows, and one with a border. */
static size_t scratch_bytes(const struct smooth_plan *p)
{
	return (2 * p->size[0] * p->size[1] + 2 * p->size[0] + smooth_padded_row(p)) *
	       (in_float(p) ? sizeof(float) : sizeof(double));
}

#define GAUSS(T, KERNEL, TO, FROM) \
	/* acc += k * (a + b), over a row */ \
	VOL_CLONES static void add_pair_##T(T *restrict acc, T k, const T *a, const T *b, size_t n) \
	{ \
		for (size_t i = 0; i < n; i++) \
			acc[i] += k * (a[i] + b[i]); \
	} \
	VOL_CLONES static void add_one_##T(T *restrict acc, T k, const T *a, size_t n) \
	{ \
		for (size_t i = 0; i < n; i++) \
			acc[i] = k * a[i]; \
	} \
	/* what was not measured (it may be NaN) counts as 0 */ \
	VOL_CLONES static void blank_##T(T *restrict v, const uint8_t *restrict mask, size_t n) \
	{ \
		for (size_t i = 0; i < n; i++) \
			v[i] = mask[i] ? v[i] : 0; \
	} \
	VOL_CLONES static void divide_##T(T *restrict v, const T *restrict weight, size_t n) \
	{ \
		for (size_t i = 0; i < n; i++) \
			v[i] = weight[i] > 0 ? v[i] / weight[i] : 0; \
	} \
	/* row y of a slice, or its weights */ \
	static void row_##T(const struct smooth *s, int64_t z, size_t y, bool weights, T *to) \
	{ \
		const struct smooth_layer *l = smooth_layer_at(s, z); \
		size_t n = s->p.size[0], size = voxel_size(s->p.measured.type); \
		if (weights && l->whole) { \
			for (size_t i = 0; i < n; i++) \
				to[i] = 1; \
		} else if (weights) { \
			TO(l->mask + y * n, VOXEL_UINT8, n, to); \
		} else { \
			TO((const char *)l->voxels + y * n * size, s->p.measured.type, n, to); \
			if (!l->whole) \
				blank_##T(to, l->mask + y * n, n); \
		} \
	} \
	/* z, then x: from the layers to a plane */ \
	static void zx_##T(const struct smooth *s, size_t z, bool weights, T *rows, T *plane) \
	{ \
		const struct smooth_plan *p = &s->p; \
		size_t n = p->size[0], rx = p->radius[0]; \
		int64_t at = (int64_t)z; \
		T *a = rows, *b = rows + n, *line = rows + 2 * n; \
		for (size_t y = 0; y < p->size[1]; y++) { \
			T *to = plane + y * n; \
			row_##T(s, at, y, weights, a); \
			add_one_##T(line + rx, s->KERNEL[2][0], a, n); \
			for (size_t k = 1; k <= p->radius[2]; k++) { \
				row_##T(s, at - (int64_t)k, y, weights, a); \
				row_##T(s, at + (int64_t)k, y, weights, b); \
				add_pair_##T(line + rx, s->KERNEL[2][k], a, b, n); \
			} \
			for (size_t k = 1; k <= rx; k++) { \
				line[rx - k] = line[rx + smooth_place(p->border, -(int64_t)k, n)]; \
				line[rx + n - 1 + k] = line[rx + smooth_place(p->border, (int64_t)(n - 1 + k), n)]; \
			} \
			add_one_##T(to, s->KERNEL[0][0], line + rx, n); \
			for (size_t k = 1; k <= rx; k++) \
				add_pair_##T(to, s->KERNEL[0][k], line + rx - k, line + rx + k, n); \
		} \
	} \
	static void y_##T(const struct smooth *s, size_t y, const T *plane, T *to) \
	{ \
		const struct smooth_plan *p = &s->p; \
		size_t n = p->size[0]; \
		add_one_##T(to, s->KERNEL[1][0], plane + y * n, n); \
		for (size_t k = 1; k <= p->radius[1]; k++) { \
			size_t below = smooth_place(p->border, (int64_t)y - (int64_t)k, p->size[1]); \
			size_t above = smooth_place(p->border, (int64_t)(y + k), p->size[1]); \
			add_pair_##T(to, s->KERNEL[1][k], plane + below * n, plane + above * n, n); \
		} \
	} \
	static void work_##T(const struct smooth *s, size_t z, void *scratch, void *result) \
	{ \
		const struct smooth_plan *p = &s->p; \
		size_t n = p->size[0], slice = n * p->size[1], size = voxel_size(p->measured.type); \
		T *sums = scratch, *weights = sums + slice, *rows = weights + slice; \
		bool whole = smooth_whole(s, z); \
		zx_##T(s, z, false, rows, sums); \
		if (!whole) \
			zx_##T(s, z, true, rows, weights); \
		for (size_t y = 0; y < p->size[1]; y++) { \
			y_##T(s, y, sums, rows); \
			if (!whole) { \
				y_##T(s, y, weights, rows + n); \
				divide_##T(rows, rows + n, n); \
			} \
			FROM(rows, n, p->measured.type, (char *)result + y * n * size); \
		} \
	}

GAUSS(float, kernel, convert_to_float, convert_from_float)
GAUSS(double, kernel_double, convert_to_double, convert_from_double)

static void work(const struct smooth *s, size_t z, void *scratch, void *result)
{
	if (in_float(&s->p))
		work_float(s, z, scratch, result);
	else
		work_double(s, z, scratch, result);
}

const struct smooth_filter smooth_gauss = {layer_bytes, scratch_bytes, NULL, work};
