#include "bspline.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "clones.h"
#include "fold.h"

size_t bspline_start(size_t n, enum bspline_ends ends, size_t reach, double *w)
{
	size_t count = n < reach + 1 ? n : reach + 1;
	double power = 1;

	for (size_t k = 0; k < count; k++)
		w[k] = 0;
	/* p[0] is the sum of z^j s[-j]; 64 terms are beyond any double */
	for (long j = 0; j < 64; j++, power *= BSPLINE_POLE) {
		size_t at = (size_t)fold(-j, (long)n, ends == BSPLINE_MIRROR ? FOLD_MIRROR : FOLD_REFLECT);

		if (at < count)
			w[at] += power;
	}
	return count;
}

void bspline_end(enum bspline_ends ends, double *last, double *before)
{
	const double z = BSPLINE_POLE;

	*last = ends == BSPLINE_MIRROR ? z / (z * z - 1) : z / (z - 1);
	*before = ends == BSPLINE_MIRROR ? z * *last : 0;
}

enum { LANES = 16, BAND = 1024 };

#define FILTERS(T, REACH) \
	VOL_CLONES static void forth_##T(T *restrict row, const T *restrict prev, size_t n) \
	{ \
		const T z = (T)BSPLINE_POLE; \
		for (size_t i = 0; i < n; i++) \
			row[i] += z * prev[i]; \
	} \
	VOL_CLONES static void back_##T(T *restrict row, const T *restrict next, size_t n) \
	{ \
		const T z = (T)BSPLINE_POLE; \
		for (size_t i = 0; i < n; i++) \
			row[i] = z * (next[i] - row[i]); \
	} \
	/* a block of the width of a cache line or two: the loop over it has no bounds to look up */ \
	VOL_CLONES static void narrow_##T(T *rows, size_t count) \
	{ \
		const T z = (T)BSPLINE_POLE; \
		T now[LANES]; \
		memcpy(now, rows, sizeof now); \
		for (size_t k = 1; k < count; k++) { \
			T *row = rows + k * LANES; \
			for (size_t i = 0; i < LANES; i++) \
				now[i] = row[i] + z * now[i]; \
			memcpy(row, now, sizeof now); \
		} \
	} \
	VOL_CLONES static void narrow_back_##T(T *rows, size_t count) \
	{ \
		const T z = (T)BSPLINE_POLE; \
		T now[LANES]; \
		memcpy(now, rows + (count - 1) * LANES, sizeof now); \
		for (size_t k = count - 1; k-- > 0;) { \
			T *row = rows + k * LANES; \
			for (size_t i = 0; i < LANES; i++) \
				now[i] = z * (now[i] - row[i]); \
			memcpy(row, now, sizeof now); \
		} \
	} \
	VOL_CLONES static void ends_##T(T *rows, size_t count, size_t stride, size_t width, const double *start, \
	                                size_t used) \
	{ \
		for (size_t i = 0; i < width; i++) { \
			T p = 0; \
			for (size_t k = 0; k < used && k < count; k++) \
				p += (T)start[k] * rows[k * stride + i]; \
			rows[i] = p; \
		} \
	} \
	void bspline_filter_##T(T *rows, size_t count, size_t stride, size_t width, enum bspline_ends ends) \
	{ \
		double start[REACH + 1], last, before; \
		size_t used = bspline_start(count, ends, REACH, start); \
		T *end = rows + (count - 1) * stride; \
		bool narrow = width == LANES && stride == LANES; \
		ends_##T(rows, count, stride, width, start, used); \
		if (narrow) \
			narrow_##T(rows, count); \
		for (size_t k = 1; !narrow && k < count; k++) \
			forth_##T(rows + k * stride, rows + (k - 1) * stride, width); \
		bspline_end(ends, &last, &before); \
		for (size_t i = 0; i < width; i++) \
			end[i] = (T)last * end[i] + (T)before * (end - stride)[i]; \
		if (narrow) \
			narrow_back_##T(rows, count); \
		for (size_t k = count - 1; !narrow && k-- > 0;) \
			back_##T(rows + k * stride, rows + (k + 1) * stride, width); \
	} \
	int bspline_volume_##T(T *v, const size_t n[3]) \
	{ \
		size_t plane = n[0] * n[1], rows = n[1] * n[2]; \
		T *lanes = malloc(n[0] * LANES * sizeof *lanes); \
		if (!lanes) \
			return -1; \
		for (size_t r = 0; r < rows && n[0] > 1; r += LANES) { \
			size_t some = rows - r < LANES ? rows - r : LANES; \
			memset(lanes, 0, n[0] * LANES * sizeof *lanes); \
			for (size_t l = 0; l < some; l++) \
				for (size_t x = 0; x < n[0]; x++) \
					lanes[x * LANES + l] = v[(r + l) * n[0] + x]; \
			bspline_filter_##T(lanes, n[0], LANES, LANES, BSPLINE_MIRROR); \
			for (size_t l = 0; l < some; l++) \
				for (size_t x = 0; x < n[0]; x++) \
					v[(r + l) * n[0] + x] = lanes[x * LANES + l]; \
		} \
		free(lanes); \
		for (size_t z = 0; z < n[2] && n[1] > 1; z++) \
			bspline_filter_##T(v + z * plane, n[1], n[0], n[0], BSPLINE_MIRROR); \
		for (size_t i = 0; i < plane && n[2] > 1; i += BAND) \
			bspline_filter_##T(v + i, n[2], plane, plane - i < BAND ? plane - i : BAND, BSPLINE_MIRROR); \
		return 0; \
	}

FILTERS(float, BSPLINE_REACH_FLOAT)
FILTERS(double, BSPLINE_REACH_DOUBLE)
