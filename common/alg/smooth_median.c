/* The median over a box, many voxels of a row at a time.
 *
 * Voxels become whole numbers in the same order (16, 32 or 64 bits), so that one comparison fits all
 * types. A small window is thinned out: of half of its voxels and two more, the least and the greatest
 * can not be the median and go, another voxel comes in, and so on (Paeth, Graphics Gems 1990). In a
 * large one, or where voxels are missing, the median is found bit by bit: it is the greatest number
 * that no more than half of the voxels are below. */
#include <stdlib.h>
#include <string.h>

#include "clones.h"
#include "smooth_inside.h"

enum { BLOCK = 128 };

static size_t key_bytes(enum voxel_type type)
{
	return voxel_size(type) <= 2 ? 2 : voxel_size(type);
}

static size_t layer_bytes(const struct smooth_plan *p)
{
	return smooth_padded(p) * key_bytes(p->measured.type);
}

/* Thinning takes some compare-and-swaps for each pair of voxels, the search some comparisons for each
 * bit and voxel: with this window both take as long. */
static bool small(const struct smooth_plan *p)
{
	return smooth_window(p) < 24 * voxel_size(p->measured.type);
}

/* The window's rows, their masks; the voxels that are left; a row of results. */
static size_t scratch_bytes(const struct smooth_plan *p)
{
	return smooth_window(p) * (sizeof(void *) + sizeof(uint8_t *)) +
	       ((small(p) ? smooth_window(p) / 2 + 2 : 0) * BLOCK + p->size[0]) * sizeof(int64_t);
}

/* ---- voxels and keys ---- */

#define KEYS(NAME, T, K, EXPR, BACK) \
	static void key_##NAME(const void *src, size_t n, void *dst) \
	{ \
		const T *v = src; \
		K *to = dst; \
		for (size_t i = 0; i < n; i++) { \
			T x = v[i]; \
			to[i] = (K)(EXPR); \
		} \
	} \
	static void voxel_##NAME(const void *src, size_t n, void *dst) \
	{ \
		const K *v = src; \
		T *to = dst; \
		for (size_t i = 0; i < n; i++) { \
			K x = v[i]; \
			to[i] = (T)(BACK); \
		} \
	}

/* bits of a float, made to run with its value; int32_t in the place of float */
#define ORDER32 (x < 0 ? x ^ INT32_MAX : x)
#define ORDER64 (x < 0 ? x ^ INT64_MAX : x)

KEYS(uint8, uint8_t, int16_t, x, x)
KEYS(int8, int8_t, int16_t, x + 128, x - 128)
KEYS(uint16, uint16_t, int16_t, x - 32768, x + 32768)
KEYS(uint32, uint32_t, int32_t, x - 2147483648U, (uint32_t)x + 2147483648U)
KEYS(float, int32_t, int32_t, ORDER32, ORDER32)
KEYS(double, int64_t, int64_t, ORDER64, ORDER64)

static void to_keys(const void *src, enum voxel_type type, size_t n, void *dst)
{
	switch (type) {
	case VOXEL_UINT8: key_uint8(src, n, dst); break;
	case VOXEL_INT8: key_int8(src, n, dst); break;
	case VOXEL_UINT16: key_uint16(src, n, dst); break;
	case VOXEL_UINT32: key_uint32(src, n, dst); break;
	case VOXEL_FLOAT: key_float(src, n, dst); break;
	case VOXEL_DOUBLE: key_double(src, n, dst); break;
	default: memcpy(dst, src, n * voxel_size(type));
	}
}

static void to_voxels(const void *src, enum voxel_type type, size_t n, void *dst)
{
	switch (type) {
	case VOXEL_UINT8: voxel_uint8(src, n, dst); break;
	case VOXEL_INT8: voxel_int8(src, n, dst); break;
	case VOXEL_UINT16: voxel_uint16(src, n, dst); break;
	case VOXEL_UINT32: voxel_uint32(src, n, dst); break;
	case VOXEL_FLOAT: voxel_float(src, n, dst); break;
	case VOXEL_DOUBLE: voxel_double(src, n, dst); break;
	default: memcpy(dst, src, n * voxel_size(type));
	}
}

/* ---- layers ---- */

/* What was not measured becomes the greatest key: nothing is above it, so it is never counted. */
#define PREPARE(K, MAX) \
	static void border_##K(const struct smooth *s, struct smooth_layer *l) \
	{ \
		const struct smooth_plan *p = &s->p; \
		size_t nx = p->size[0], ny = p->size[1], rx = p->radius[0], ry = p->radius[1]; \
		size_t row = smooth_padded_row(p); \
		K *plane = l->voxels; \
		for (size_t y = 0; y < ny; y++) { \
			K *to = plane + (y + ry) * row + rx; \
			to_keys((char *)l->source + y * nx * voxel_size(p->measured.type), \
			        p->measured.type, nx, to); \
			for (size_t k = 1; k <= rx; k++) { \
				to[-(ptrdiff_t)k] = to[smooth_place(p->border, -(int64_t)k, nx)]; \
				to[nx - 1 + k] = to[smooth_place(p->border, (int64_t)(nx - 1 + k), nx)]; \
			} \
		} \
		for (size_t k = 1; k <= ry; k++) { \
			memcpy(plane + (ry - k) * row, \
			       plane + (ry + smooth_place(p->border, -(int64_t)k, ny)) * row, row * sizeof(K)); \
			memcpy(plane + (ry + ny - 1 + k) * row, \
			       plane + (ry + smooth_place(p->border, (int64_t)(ny - 1 + k), ny)) * row, \
			       row * sizeof(K)); \
		} \
		for (size_t i = 0; !l->whole && i < smooth_padded(p); i++) \
			if (!l->mask[i]) \
				plane[i] = MAX; \
	}

PREPARE(int16_t, INT16_MAX)
PREPARE(int32_t, INT32_MAX)
PREPARE(int64_t, INT64_MAX)

static void prepare(const struct smooth *s, struct smooth_layer *l)
{
	switch (key_bytes(s->p.measured.type)) {
	case 2: border_int16_t(s, l); break;
	case 4: border_int32_t(s, l); break;
	default: border_int64_t(s, l);
	}
}

/* ---- a row ---- */

#define MEDIAN(K, U, MIN) \
	static inline void swap_##K(K *restrict a, K *restrict b, size_t n) \
	{ \
		for (size_t i = 0; i < n; i++) { \
			K lo = a[i] < b[i] ? a[i] : b[i], hi = a[i] < b[i] ? b[i] : a[i]; \
			a[i] = lo; \
			b[i] = hi; \
		} \
	} \
	/* taps: an odd number of rows, each from voxel `at` on */ \
	VOL_CLONES static void thin_##K(const K *const *tap, size_t taps, size_t at, size_t n, K *left, K *out) \
	{ \
		size_t m = (taps + 3) / 2, next; \
		if (taps == 1) { \
			memcpy(out, tap[0] + at, n * sizeof(K)); \
			return; \
		} \
		for (next = 0; next < m; next++) \
			memcpy(left + next * BLOCK, tap[next] + at, n * sizeof(K)); \
		for (;; m--) { \
			for (size_t i = 0; i < m / 2; i++) \
				swap_##K(left + i * BLOCK, left + (m - 1 - i) * BLOCK, n); \
			for (size_t i = 1; i < (m + 1) / 2; i++) \
				swap_##K(left, left + i * BLOCK, n); \
			for (size_t i = m / 2; i < m - 1; i++) \
				swap_##K(left + i * BLOCK, left + (m - 1) * BLOCK, n); \
			if (next == taps) \
				break; \
			memcpy(left, tap[next++] + at, n * sizeof(K)); \
		} \
		memcpy(out, left + BLOCK, n * sizeof(K)); \
	} \
	/* by itself: in search_ gcc would interchange the loops, and lose the vectors */ \
	VOL_CLONES static void count_##K(const K *restrict v, const K *restrict trial, size_t n, \
	                                 K *restrict below) \
	{ \
		for (size_t i = 0; i < n; i++) { \
			K one = v[i] < trial[i] ? 1 : 0; \
			below[i] = (K)(below[i] + one); \
		} \
	} \
	/* half: how many voxels of the window lie below its median */ \
	VOL_CLONES static void search_##K(const K *const *tap, size_t taps, size_t at, size_t n, int bits, \
	                                  const K *restrict half, K *restrict out) \
	{ \
		K trial[BLOCK], below[BLOCK]; \
		for (size_t i = 0; i < n; i++) \
			out[i] = bits == 8 ? 0 : MIN; \
		for (int bit = bits - 1; bit >= 0; bit--) { \
			for (size_t i = 0; i < n; i++) { \
				trial[i] = (K)((U)out[i] + (U)((U)1 << bit)); \
				below[i] = 0; \
			} \
			for (size_t k = 0; k < taps; k++) \
				count_##K(tap[k] + at, trial, n, below); \
			for (size_t i = 0; i < n; i++) \
				out[i] = below[i] <= half[i] ? trial[i] : out[i]; \
		} \
	} \
	/* true when there are gaps among them */ \
	VOL_CLONES static bool halves_##K(const uint8_t *const *mask, size_t taps, size_t at, size_t n, \
	                                  K *restrict half) \
	{ \
		K least = (K)taps; \
		for (size_t i = 0; i < n; i++) \
			half[i] = 0; \
		for (size_t k = 0; k < taps; k++) \
			for (size_t i = 0; i < n; i++) \
				half[i] = (K)(half[i] + (mask[k] ? mask[k][at + i] : 1)); \
		for (size_t i = 0; i < n; i++) { \
			least = half[i] < least ? half[i] : least; \
			half[i] /= 2; \
		} \
		return least < (K)taps; \
	} \
	static void work_##K(const struct smooth *s, size_t z, void *scratch, void *result) \
	{ \
		const struct smooth_plan *p = &s->p; \
		enum voxel_type type = p->measured.type; \
		size_t taps = smooth_window(p), nx = p->size[0]; \
		const K **tap = scratch; \
		const uint8_t **mask = (const uint8_t **)(tap + taps); \
		K *out = (K *)(mask + taps), *left = out + nx, half[BLOCK]; \
		int bits = 8 * (int)voxel_size(type); \
		bool whole = smooth_whole(s, z); \
		for (size_t y = 0; y < p->size[1]; y++) { \
			window(s, z, y, (const void **)tap, mask, sizeof(K)); \
			for (size_t at = 0; at < nx; at += BLOCK) { \
				size_t n = nx - at < BLOCK ? nx - at : BLOCK; \
				bool gaps = !whole && halves_##K(mask, taps, at, n, half); \
				if (!gaps && small(p)) { \
					thin_##K(tap, taps, at, n, left, out + at); \
					continue; \
				} \
				for (size_t i = 0; !gaps && i < n; i++) \
					half[i] = (K)(taps / 2); \
				search_##K(tap, taps, at, n, bits, half, out + at); \
			} \
			to_voxels(out, type, nx, (char *)result + y * nx * voxel_size(type)); \
		} \
	}

/* The rows of the window of row y, and their masks: where voxel 0 has its neighbour. */
static void window(const struct smooth *s, size_t z, size_t y, const void **tap, const uint8_t **mask, size_t bytes)
{
	const struct smooth_plan *p = &s->p;
	int64_t reach = (int64_t)p->radius[2];
	size_t i = 0;

	for (int64_t k = -reach; k <= reach; k++) {
		const struct smooth_layer *l = smooth_layer_at(s, (int64_t)z + k);

		for (size_t dy = 0; dy <= 2 * p->radius[1]; dy++)
			for (size_t dx = 0; dx <= 2 * p->radius[0]; dx++, i++) {
				size_t at = (y + dy) * smooth_padded_row(p) + dx;

				tap[i] = (const char *)l->voxels + at * bytes;
				mask[i] = l->whole ? NULL : l->mask + at;
			}
	}
}

MEDIAN(int16_t, uint16_t, INT16_MIN)
MEDIAN(int32_t, uint32_t, INT32_MIN)
MEDIAN(int64_t, uint64_t, INT64_MIN)

static void work(const struct smooth *s, size_t z, void *scratch, void *result)
{
	switch (key_bytes(s->p.measured.type)) {
	case 2: work_int16_t(s, z, scratch, result); break;
	case 4: work_int32_t(s, z, scratch, result); break;
	default: work_int64_t(s, z, scratch, result);
	}
}

const struct smooth_filter smooth_median = {layer_bytes, scratch_bytes, prepare, work};
