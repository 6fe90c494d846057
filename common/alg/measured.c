#include "measured.h"

#include <math.h>
#include <string.h>

#include "convert.h"
#include "select.h"

enum { BLOCK = 1024 };

static bool has_padding(const struct measured *m)
{
	return m->pad_lo <= m->pad_hi;
}

bool measured_possible(const struct measured *m)
{
	return has_padding(m) || !voxel_is_integer(m->type, NULL, NULL);
}

static void finite_mask(const struct measured *m, const void *src, size_t n, uint8_t *dst)
{
	double hi, lo;

	if (voxel_is_integer(m->type, &lo, &hi))
		memset(dst, 1, n);
	else
		select_range(src, m->type, n, lo, hi, dst);
}

size_t measured_mask(const struct measured *m, const void *src, size_t n, uint8_t *dst)
{
	size_t bytes = voxel_size(m->type), count = 0;
	uint8_t padding[BLOCK];

	finite_mask(m, src, n, dst);
	for (size_t at = 0, some; has_padding(m) && at < n; at += some) {
		some = n - at < BLOCK ? n - at : BLOCK;
		select_range((const char *)src + at * bytes, m->type, some, m->pad_lo, m->pad_hi, padding);
		for (size_t i = 0; i < some; i++)
			dst[at + i] &= !padding[i];
	}
	for (size_t i = 0; i < n; i++)
		count += dst[i];
	return count;
}

static double next_below(const struct measured *m)
{
	switch (m->type) {
	case VOXEL_FLOAT: return nextafterf((float)m->pad_lo, -INFINITY);
	case VOXEL_DOUBLE: return nextafter(m->pad_lo, -INFINITY);
	default: return ceil(m->pad_lo) - 1;
	}
}

static double next_above(const struct measured *m)
{
	switch (m->type) {
	case VOXEL_FLOAT: return nextafterf((float)m->pad_hi, INFINITY);
	case VOXEL_DOUBLE: return nextafter(m->pad_hi, INFINITY);
	default: return floor(m->pad_hi) + 1;
	}
}

/* The nearest number of the type outside of the padding; x itself where there is none. */
static double step_out(const struct measured *m, double x)
{
	double lo, hi, below = next_below(m), above = next_above(m);

	voxel_is_integer(m->type, &lo, &hi);
	if (below < lo)
		return above > hi ? x : above;
	return above > hi || x - below <= above - x ? below : above;
}

void measured_settle(const struct measured *m, const void *src, const uint8_t *mask, size_t n, void *result)
{
	size_t bytes = voxel_size(m->type);
	char *to = result;
	const char *from = src;
	uint8_t padding[BLOCK];

	for (size_t i = 0; mask && i < n; i++)
		if (!mask[i])
			memcpy(to + i * bytes, from + i * bytes, bytes);
	for (size_t at = 0, some; has_padding(m) && at < n; at += some) {
		some = n - at < BLOCK ? n - at : BLOCK;
		select_range(to + at * bytes, m->type, some, m->pad_lo, m->pad_hi, padding);
		for (size_t i = 0; i < some; i++)
			if (padding[i] && (!mask || mask[at + i])) {
				double x = step_out(m, voxel_get(result, m->type, at + i));

				convert_from_double(&x, 1, m->type, to + (at + i) * bytes);
			}
	}
}
