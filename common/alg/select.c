#include "select.h"

#include <math.h>
#include <string.h>

#include "clones.h"

#define KERNELS(NAME, T) \
	VOL_CLONES static void nonzero_##NAME(const void *restrict src, size_t n, uint8_t *restrict dst) \
	{ \
		const T *restrict v = src; \
		for (size_t i = 0; i < n; i++) \
			dst[i] = v[i] != 0; \
	} \
	VOL_CLONES static void range_##NAME(const void *restrict src, size_t n, double lo, double hi, \
	                                    uint8_t *restrict dst) \
	{ \
		const T *restrict v = src; \
		const T least = (T)lo, most = (T)hi; \
		for (size_t i = 0; i < n; i++) \
			dst[i] = (v[i] >= least) & (v[i] <= most); \
	}

KERNELS(uint8, uint8_t)
KERNELS(int8, int8_t)
KERNELS(uint16, uint16_t)
KERNELS(int16, int16_t)
KERNELS(uint32, uint32_t)
KERNELS(int32, int32_t)
KERNELS(float, float)
KERNELS(double, double)

#define EACH_TYPE(CALL) \
	switch (type) { \
	case VOXEL_UINT8: CALL(uint8); break; \
	case VOXEL_INT8: CALL(int8); break; \
	case VOXEL_UINT16: CALL(uint16); break; \
	case VOXEL_INT16: CALL(int16); break; \
	case VOXEL_UINT32: CALL(uint32); break; \
	case VOXEL_INT32: CALL(int32); break; \
	case VOXEL_FLOAT: CALL(float); break; \
	case VOXEL_DOUBLE: \
	case VOXEL_TYPES: CALL(double); break; \
	}

void select_nonzero(const void *src, enum voxel_type type, size_t n, uint8_t *dst)
{
#define CALL(NAME) nonzero_##NAME(src, n, dst)
	EACH_TYPE(CALL)
#undef CALL
}

void select_range(const void *src, enum voxel_type type, size_t n, double lo, double hi, uint8_t *dst)
{
	double least, most;

	if (voxel_is_integer(type, &least, &most)) {
		lo = fmax(ceil(lo), least);
		hi = fmin(floor(hi), most);
	} else if (type == VOXEL_FLOAT) {
		float f = (float)lo, t = (float)hi;

		lo = f < lo ? nextafterf(f, INFINITY) : f;
		hi = t > hi ? nextafterf(t, -INFINITY) : t;
	}
	if (!(lo <= hi)) {
		memset(dst, 0, n);
		return;
	}
#define CALL(NAME) range_##NAME(src, n, lo, hi, dst)
	EACH_TYPE(CALL)
#undef CALL
}

#define KEEP(BITS) \
	static size_t keep_##BITS(const void *src, size_t n, const uint8_t *sel, void *dst) \
	{ \
		const uint##BITS##_t *v = src; \
		uint##BITS##_t *d = dst; \
		size_t k = 0; \
		for (size_t i = 0; i < n; i++) { \
			d[k] = v[i]; \
			k += sel[i]; \
		} \
		return k; \
	}

KEEP(8)
KEEP(16)
KEEP(32)
KEEP(64)

size_t select_keep(const void *src, size_t size, size_t n, const uint8_t *sel, void *dst)
{
	switch (size) {
	case 1: return keep_8(src, n, sel, dst);
	case 2: return keep_16(src, n, sel, dst);
	case 4: return keep_32(src, n, sel, dst);
	default: return keep_64(src, n, sel, dst);
	}
}
