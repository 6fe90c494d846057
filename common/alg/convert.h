/* convert.h - rows of voxels of any type to float or double and back.
 *
 * Back into integers: the nearest whole number, halves away from zero; what lies beyond the type
 * becomes its least or greatest value, NaN becomes 0, and both are counted. Nothing wraps. */
#ifndef ALG_CONVERT_H
#define ALG_CONVERT_H

#include <stddef.h>
#include <stdint.h>

#include "voxel.h"

/* convert_to_float, convert_to_double - n numbers of src. To float the 32-bit integers and doubles
 * are rounded to the nearest. */
void convert_to_float(const void *src, enum voxel_type type, size_t n, float *dst);
void convert_to_double(const void *src, enum voxel_type type, size_t n, double *dst);

/* convert_from_float, convert_from_double - to n numbers of type. Returns how many did not fit: beyond
 * an integer's range (after rounding) or NaN; for float, finite doubles that become infinite. */
size_t convert_from_float(const float *src, size_t n, enum voxel_type type, void *dst);
size_t convert_from_double(const double *src, size_t n, enum voxel_type type, void *dst);

#endif
