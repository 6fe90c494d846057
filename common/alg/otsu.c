#include "otsu.h"

#include <math.h>
#include <string.h>

static int exact(enum voxel_type type)
{
	return voxel_size(type) <= 2;
}

void otsu_begin(struct otsu *o, enum voxel_type type, double least, double most)
{
	o->type = type;
	o->least = least;
	o->most = most;
	if (exact(type))
		voxel_is_integer(type, &o->least, &o->most);
	memset(o->count, 0, sizeof o->count);
}

static void add_exact(struct otsu *o, const void *voxels, size_t n)
{
	const uint8_t *u8 = voxels;
	const int8_t *i8 = voxels;
	const uint16_t *u16 = voxels;
	const int16_t *i16 = voxels;

	switch (o->type) {
	case VOXEL_UINT8:
		for (size_t i = 0; i < n; i++)
			o->count[u8[i]]++;
		break;
	case VOXEL_INT8:
		for (size_t i = 0; i < n; i++)
			o->count[i8[i] + 128]++;
		break;
	case VOXEL_UINT16:
		for (size_t i = 0; i < n; i++)
			o->count[u16[i]]++;
		break;
	default:
		for (size_t i = 0; i < n; i++)
			o->count[i16[i] + 32768]++;
		break;
	}
}

void otsu_add(struct otsu *o, const void *voxels, size_t n, double pad_lo, double pad_hi)
{
	double scale = (OTSU_BINS - 1) / (o->most - o->least);

	if (exact(o->type) && isnan(pad_lo)) {
		add_exact(o, voxels, n);
		return;
	}
	if (exact(o->type))
		scale = 1;
	for (size_t i = 0; i < n; i++) {
		double v = voxel_get(voxels, o->type, i);

		if (isfinite(v) && !(v >= pad_lo && v <= pad_hi))
			o->count[(size_t)fmin((v - o->least) * scale + (exact(o->type) ? 0 : 0.5), OTSU_BINS - 1)]++;
	}
}

double otsu_end(const struct otsu *o)
{
	double all = 0, sum = 0, below = 0, low = 0, best = -1, first = -1, most = -1;
	size_t at = 0;

	for (size_t i = 0; i < OTSU_BINS; i++) {
		if (!o->count[i])
			continue;
		all += (double)o->count[i];
		sum += (double)o->count[i] * (double)i;
		first = first < 0 ? (double)i : first;
		most = (double)i;
	}
	if (first == most)
		return NAN;
	for (size_t i = 0; i < OTSU_BINS; i++) {
		double d, between;

		if (!o->count[i])
			continue; /* the same classes as before */
		low += (double)o->count[i];
		below += (double)o->count[i] * (double)i;
		if (low == all)
			break;
		d = below / low - (sum - below) / (all - low);
		between = low * (all - low) * d * d;
		if (between > best) {
			best = between;
			at = i;
		}
	}
	if (exact(o->type))
		return o->least + (double)at;
	return o->least + (double)at * ((o->most - o->least) / (OTSU_BINS - 1));
}
