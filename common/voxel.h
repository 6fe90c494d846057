/* voxel.h - the eight kinds of number a voxel can be. Little-endian in every buffer and stream. */
#ifndef VOL_VOXEL_H
#define VOL_VOXEL_H

#include <stdbool.h>
#include <stddef.h>

/* One byte order in memory and on the pipe keeps every kernel free of a second path. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "volpipe needs a little-endian machine");

enum voxel_type {
	VOXEL_UINT8,
	VOXEL_INT8,
	VOXEL_UINT16,
	VOXEL_INT16,
	VOXEL_UINT32,
	VOXEL_INT32,
	VOXEL_FLOAT,
	VOXEL_DOUBLE,
	VOXEL_TYPES
};

/* voxel_size - bytes in one number of this type. */
size_t voxel_size(enum voxel_type type);

/* voxel_name - the name that NRRD and our options use: "int16", "float". Static. */
const char *voxel_name(enum voxel_type type);

/* voxel_is_integer - true for the six integer types; lo and hi (may be NULL) get the closed
 * range of values that the type can hold. For float and double: false, the finite range. */
bool voxel_is_integer(enum voxel_type type, double *lo, double *hi);

/* voxel_get - element i of an array of the type, as a double: exact for every type. */
double voxel_get(const void *voxels, enum voxel_type type, size_t i);

#endif
