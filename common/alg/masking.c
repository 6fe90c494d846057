#include "masking.h"

#include <stdlib.h>
#include <string.h>

#include "clones.h"
#include "select.h"

#define KEEP(NAME, T) \
	VOL_CLONES static void keep_##NAME(const void *src, size_t n, const uint8_t *restrict keep, \
	                                   double fill, void *dst) \
	{ \
		const T *v = src; \
		const T other = (T)fill; \
		T *d = dst; \
		for (size_t i = 0; i < n; i++) \
			d[i] = keep[i] ? v[i] : other; \
	}

KEEP(uint8, uint8_t)
KEEP(int8, int8_t)
KEEP(uint16, uint16_t)
KEEP(int16, int16_t)
KEEP(uint32, uint32_t)
KEEP(int32, int32_t)
KEEP(float, float)
KEEP(double, double)

void masking_keep(const void *src, enum voxel_type type, size_t n, const uint8_t *keep, double fill,
                  void *dst)
{
	switch (type) {
	case VOXEL_UINT8: keep_uint8(src, n, keep, fill, dst); break;
	case VOXEL_INT8: keep_int8(src, n, keep, fill, dst); break;
	case VOXEL_UINT16: keep_uint16(src, n, keep, fill, dst); break;
	case VOXEL_INT16: keep_int16(src, n, keep, fill, dst); break;
	case VOXEL_UINT32: keep_uint32(src, n, keep, fill, dst); break;
	case VOXEL_INT32: keep_int32(src, n, keep, fill, dst); break;
	case VOXEL_FLOAT: keep_float(src, n, keep, fill, dst); break;
	case VOXEL_DOUBLE:
	case VOXEL_TYPES: keep_double(src, n, keep, fill, dst); break;
	}
}

/* A label: digits, up to 2^32 - 1. */
static bool label(const char **text, double *x)
{
	char *end;
	unsigned long long n;

	if (**text < '0' || **text > '9')
		return false;
	n = strtoull(*text, &end, 10);
	*text = end;
	*x = (double)n;
	return n <= UINT32_MAX;
}

bool masking_labels_parse(const char *text, struct masking_labels *l)
{
	size_t most = sizeof l->range / sizeof *l->range;

	for (l->n = 0; l->n < most; text++) {
		if (!label(&text, &l->range[l->n].lo))
			return false;
		l->range[l->n].hi = l->range[l->n].lo;
		if (*text == '-' && (text++, !label(&text, &l->range[l->n].hi)))
			return false;
		if (l->range[l->n].hi < l->range[l->n].lo)
			return false;
		l->n++;
		if (*text == '\0')
			return true;
		if (*text != ',')
			return false;
	}
	return false;
}

VOL_CLONES static void either(uint8_t *restrict dst, const uint8_t *restrict src, size_t n)
{
	for (size_t i = 0; i < n; i++)
		dst[i] |= src[i];
}

void masking_select(const void *src, enum voxel_type type, size_t n, const struct masking_labels *l,
                    uint8_t *scratch, uint8_t *dst)
{
	if (l->n == 0) {
		select_nonzero(src, type, n, dst);
		return;
	}
	select_range(src, type, n, l->range[0].lo, l->range[0].hi, dst);
	for (size_t i = 1; i < l->n; i++) {
		select_range(src, type, n, l->range[i].lo, l->range[i].hi, scratch);
		either(dst, scratch, n);
	}
}
