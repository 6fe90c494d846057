#include "convert.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "clones.h"

#define TO(NAME, S, D) \
	VOL_CLONES static void NAME(const void *restrict src, size_t n, D *restrict dst) \
	{ \
		const S *restrict v = src; \
		for (size_t i = 0; i < n; i++) \
			dst[i] = (D)v[i]; \
	}

TO(uint8_float, uint8_t, float)
TO(int8_float, int8_t, float)
TO(uint16_float, uint16_t, float)
TO(int16_float, int16_t, float)
TO(uint32_float, uint32_t, float)
TO(int32_float, int32_t, float)
TO(double_float, double, float)
TO(uint8_double, uint8_t, double)
TO(int8_double, int8_t, double)
TO(uint16_double, uint16_t, double)
TO(int16_double, int16_t, double)
TO(uint32_double, uint32_t, double)
TO(int32_double, int32_t, double)
TO(float_double, float, double)

void convert_to_float(const void *src, enum voxel_type type, size_t n, float *dst)
{
	switch (type) {
	case VOXEL_UINT8: uint8_float(src, n, dst); break;
	case VOXEL_INT8: int8_float(src, n, dst); break;
	case VOXEL_UINT16: uint16_float(src, n, dst); break;
	case VOXEL_INT16: int16_float(src, n, dst); break;
	case VOXEL_UINT32: uint32_float(src, n, dst); break;
	case VOXEL_INT32: int32_float(src, n, dst); break;
	case VOXEL_DOUBLE: double_float(src, n, dst); break;
	case VOXEL_FLOAT:
	case VOXEL_TYPES: memcpy(dst, src, n * sizeof *dst); break;
	}
}

void convert_to_double(const void *src, enum voxel_type type, size_t n, double *dst)
{
	switch (type) {
	case VOXEL_UINT8: uint8_double(src, n, dst); break;
	case VOXEL_INT8: int8_double(src, n, dst); break;
	case VOXEL_UINT16: uint16_double(src, n, dst); break;
	case VOXEL_INT16: int16_double(src, n, dst); break;
	case VOXEL_UINT32: uint32_double(src, n, dst); break;
	case VOXEL_INT32: int32_double(src, n, dst); break;
	case VOXEL_FLOAT: float_double(src, n, dst); break;
	case VOXEL_DOUBLE:
	case VOXEL_TYPES: memcpy(dst, src, n * sizeof *dst); break;
	}
}

/* C holds every D exactly. The part after the point of a number that is cut off is exact too: adding
 * a half before the cut would round what lies just below a half up. */
#define FROM(NAME, C, D, MIN, MAX) \
	VOL_CLONES static size_t NAME(const C *restrict v, size_t n, D *restrict dst) \
	{ \
		const C least = MIN, most = MAX; \
		size_t bad = 0; \
		for (size_t i = 0; i < n; i++) { \
			C x = v[i], whole, part; \
			int nan = x != x; \
			x = nan ? 0 : x; \
			/* half a step beyond the ends still rounds to them, or saturates there */ \
			int out = (x <= least - (C)0.5) | (x >= most + (C)0.5); \
			x = x < least ? least : x > most ? most : x; \
			whole = (C)(int64_t)x; \
			part = x - whole; \
			whole += (C)(part >= (C)0.5) - (C)(part <= (C)-0.5); \
			dst[i] = (D)whole; \
			bad += (size_t)(nan | out); \
		} \
		return bad; \
	}

/* through int32_t where it reaches: the vector units have that conversion */
#define FROM_SMALL(NAME, C, D, MIN, MAX) \
	VOL_CLONES static size_t NAME(const C *restrict v, size_t n, D *restrict dst) \
	{ \
		const C least = MIN, most = MAX; \
		uint32_t bad = 0; \
		for (size_t i = 0; i < n; i++) { \
			C x = v[i], part; \
			int32_t nan = x != x, out, whole; \
			x = nan ? 0 : x; \
			out = (x <= least - (C)0.5) | (x >= most + (C)0.5); \
			x = x < least ? least : x; \
			x = x > most ? most : x; \
			whole = (int32_t)x; \
			part = x - (C)whole; \
			whole += (part >= (C)0.5) - (part <= (C)-0.5); \
			dst[i] = (D)whole; \
			bad += (uint32_t)(nan | out); \
		} \
		return bad; \
	}

FROM_SMALL(float_uint8, float, uint8_t, 0, UINT8_MAX)
FROM_SMALL(float_int8, float, int8_t, INT8_MIN, INT8_MAX)
FROM_SMALL(float_uint16, float, uint16_t, 0, UINT16_MAX)
FROM_SMALL(float_int16, float, int16_t, INT16_MIN, INT16_MAX)
FROM_SMALL(double_uint8, double, uint8_t, 0, UINT8_MAX)
FROM_SMALL(double_int8, double, int8_t, INT8_MIN, INT8_MAX)
FROM_SMALL(double_uint16, double, uint16_t, 0, UINT16_MAX)
FROM_SMALL(double_int16, double, int16_t, INT16_MIN, INT16_MAX)
FROM_SMALL(double_int32, double, int32_t, INT32_MIN, INT32_MAX)
FROM(double_uint32, double, uint32_t, 0, UINT32_MAX)

enum { BLOCK = 1024 };

size_t convert_from_float(const float *src, size_t n, enum voxel_type type, void *dst)
{
	size_t bad = 0;

	switch (type) {
	case VOXEL_UINT8: return float_uint8(src, n, dst);
	case VOXEL_INT8: return float_int8(src, n, dst);
	case VOXEL_UINT16: return float_uint16(src, n, dst);
	case VOXEL_INT16: return float_int16(src, n, dst);
	case VOXEL_DOUBLE: convert_to_double(src, VOXEL_FLOAT, n, dst); return 0;
	case VOXEL_UINT32:
	case VOXEL_INT32: break;
	case VOXEL_FLOAT:
	case VOXEL_TYPES: memcpy(dst, src, n * sizeof *src); return 0;
	}
	/* a float cannot hold the ends of these two */
	for (size_t at = 0, some; at < n; at += some) {
		double wide[BLOCK];

		some = n - at < BLOCK ? n - at : BLOCK;
		convert_to_double(src + at, VOXEL_FLOAT, some, wide);
		bad += convert_from_double(wide, some, type, (char *)dst + at * voxel_size(type));
	}
	return bad;
}

size_t convert_from_double(const double *src, size_t n, enum voxel_type type, void *dst)
{
	size_t bad = 0;

	switch (type) {
	case VOXEL_UINT8: return double_uint8(src, n, dst);
	case VOXEL_INT8: return double_int8(src, n, dst);
	case VOXEL_UINT16: return double_uint16(src, n, dst);
	case VOXEL_INT16: return double_int16(src, n, dst);
	case VOXEL_UINT32: return double_uint32(src, n, dst);
	case VOXEL_INT32: return double_int32(src, n, dst);
	case VOXEL_FLOAT: break;
	case VOXEL_DOUBLE:
	case VOXEL_TYPES: memcpy(dst, src, n * sizeof *src); return 0;
	}
	convert_to_float(src, VOXEL_DOUBLE, n, dst);
	for (size_t i = 0; i < n; i++)
		bad += isfinite(src[i]) && fabs(src[i]) > FLT_MAX && isinf(((float *)dst)[i]);
	return bad;
}
