#include "extremes.h"

#include <float.h>
#include <math.h>
#include <stdint.h>

#include "clones.h"

enum { LANES = 32 }; /* side by side: one number after the other could not be vectorised without changing its order */

/* LEAST, GREATEST: the range of what counts; COUNTS(x): does it? */
#define EXTREMES(NAME, T, LEAST, GREATEST, COUNTS) \
	static VOL_CLONES void extremes_##NAME(const T *v, size_t n, double *lo, double *hi) \
	{ \
		T least[LANES], greatest[LANES]; \
		size_t i = 0; \
		for (size_t k = 0; k < LANES; k++) { \
			least[k] = GREATEST; \
			greatest[k] = LEAST; \
		} \
		for (; i + LANES <= n; i += LANES) \
			for (size_t k = 0; k < LANES; k++) { \
				T x = v[i + k], down = COUNTS(x) ? x : GREATEST, up = COUNTS(x) ? x : LEAST; \
				least[k] = down < least[k] ? down : least[k]; \
				greatest[k] = up > greatest[k] ? up : greatest[k]; \
			} \
		for (; i < n; i++) { \
			T x = v[i], down = COUNTS(x) ? x : GREATEST, up = COUNTS(x) ? x : LEAST; \
			least[0] = down < least[0] ? down : least[0]; \
			greatest[0] = up > greatest[0] ? up : greatest[0]; \
		} \
		for (size_t k = 0; k < LANES; k++) \
			if (least[k] <= greatest[k]) { \
				*lo = fmin(*lo, least[k]); \
				*hi = fmax(*hi, greatest[k]); \
			} \
	}

#define ALWAYS(x) 1
#define FINITE(x) ((x) - (x) == 0)

EXTREMES(u8, uint8_t, 0, UINT8_MAX, ALWAYS)
EXTREMES(i8, int8_t, INT8_MIN, INT8_MAX, ALWAYS)
EXTREMES(u16, uint16_t, 0, UINT16_MAX, ALWAYS)
EXTREMES(i16, int16_t, INT16_MIN, INT16_MAX, ALWAYS)
EXTREMES(u32, uint32_t, 0, UINT32_MAX, ALWAYS)
EXTREMES(i32, int32_t, INT32_MIN, INT32_MAX, ALWAYS)
EXTREMES(float, float, -FLT_MAX, FLT_MAX, FINITE)
EXTREMES(double, double, -DBL_MAX, DBL_MAX, FINITE)

/* One after the other, where some are left out. */
static void around(double *lo, double *hi, const void *voxels, enum voxel_type type, size_t n, double pad_lo,
                   double pad_hi)
{
	for (size_t i = 0; i < n; i++) {
		double x = voxel_get(voxels, type, i);

		if (isfinite(x) && !(x >= pad_lo && x <= pad_hi)) {
			*lo = fmin(*lo, x);
			*hi = fmax(*hi, x);
		}
	}
}

void extremes_add(double *lo, double *hi, const void *voxels, enum voxel_type type, size_t n, double pad_lo,
                  double pad_hi)
{
	if (pad_lo <= pad_hi) {
		around(lo, hi, voxels, type, n, pad_lo, pad_hi);
		return;
	}
	switch (type) {
	case VOXEL_UINT8: extremes_u8(voxels, n, lo, hi); break;
	case VOXEL_INT8: extremes_i8(voxels, n, lo, hi); break;
	case VOXEL_UINT16: extremes_u16(voxels, n, lo, hi); break;
	case VOXEL_INT16: extremes_i16(voxels, n, lo, hi); break;
	case VOXEL_UINT32: extremes_u32(voxels, n, lo, hi); break;
	case VOXEL_INT32: extremes_i32(voxels, n, lo, hi); break;
	case VOXEL_FLOAT: extremes_float(voxels, n, lo, hi); break;
	case VOXEL_DOUBLE: extremes_double(voxels, n, lo, hi); break;
	case VOXEL_TYPES: break;
	}
}
