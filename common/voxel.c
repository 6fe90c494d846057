#include "voxel.h"

#include <float.h>
#include <stdint.h>

static const struct {
	const char *name;
	size_t size;
	bool integer;
	double lo, hi;
} types[VOXEL_TYPES] = {
	[VOXEL_UINT8] = {"uint8", 1, true, 0, UINT8_MAX},
	[VOXEL_INT8] = {"int8", 1, true, INT8_MIN, INT8_MAX},
	[VOXEL_UINT16] = {"uint16", 2, true, 0, UINT16_MAX},
	[VOXEL_INT16] = {"int16", 2, true, INT16_MIN, INT16_MAX},
	[VOXEL_UINT32] = {"uint32", 4, true, 0, UINT32_MAX},
	[VOXEL_INT32] = {"int32", 4, true, INT32_MIN, INT32_MAX},
	[VOXEL_FLOAT] = {"float", 4, false, -FLT_MAX, FLT_MAX},
	[VOXEL_DOUBLE] = {"double", 8, false, -DBL_MAX, DBL_MAX},
};

size_t voxel_size(enum voxel_type type)
{
	return types[type].size;
}

const char *voxel_name(enum voxel_type type)
{
	return types[type].name;
}

bool voxel_is_integer(enum voxel_type type, double *lo, double *hi)
{
	if (lo)
		*lo = types[type].lo;
	if (hi)
		*hi = types[type].hi;
	return types[type].integer;
}

double voxel_get(const void *voxels, enum voxel_type type, size_t i)
{
	switch (type) {
	case VOXEL_UINT8: return ((const uint8_t *)voxels)[i];
	case VOXEL_INT8: return ((const int8_t *)voxels)[i];
	case VOXEL_UINT16: return ((const uint16_t *)voxels)[i];
	case VOXEL_INT16: return ((const int16_t *)voxels)[i];
	case VOXEL_UINT32: return ((const uint32_t *)voxels)[i];
	case VOXEL_INT32: return ((const int32_t *)voxels)[i];
	case VOXEL_FLOAT: return ((const float *)voxels)[i];
	case VOXEL_DOUBLE:
	case VOXEL_TYPES: break;
	}
	return ((const double *)voxels)[i];
}
