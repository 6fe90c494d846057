#include "stats.h"

#include <math.h>
#include <string.h>

void stats_begin(struct stats *s, double pad_lo, double pad_hi)
{
	memset(s, 0, sizeof *s);
	s->pad_lo = pad_lo;
	s->pad_hi = pad_hi;
	s->min = s->max = s->mean = s->sd = NAN;
}

/* Eight sums side by side: quick, and always in this order. */
static double sum(const double *v, size_t n, double centre, int power)
{
	double part[8] = {0};

	for (size_t i = 0; i < n; i++) {
		double d = v[i] - centre;

		part[i & 7] += power == 2 ? d * d : d;
	}
	return ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
}

static void join_block(struct stats *s)
{
	double n = (double)s->filled, before = (double)s->n, mean, delta;

	if (s->filled == 0)
		return;
	mean = sum(s->block, s->filled, 0, 1) / n;
	/* sums of large numbers round: what is left is in reach of a second look */
	mean += sum(s->block, s->filled, mean, 1) / n;
	if (s->n == 0) {
		s->min = s->max = s->block[0];
		s->mean = mean;
	}
	delta = mean - s->mean;
	s->m2 += sum(s->block, s->filled, mean, 2) + delta * delta * before * n / (before + n);
	s->mean += delta * n / (before + n);
	for (size_t i = 0; i < s->filled; i++) {
		s->min = s->block[i] < s->min ? s->block[i] : s->min;
		s->max = s->block[i] > s->max ? s->block[i] : s->max;
	}
	s->n += s->filled;
	s->filled = 0;
}

static void add_one(struct stats *s, double v)
{
	if (v >= s->pad_lo && v <= s->pad_hi) {
		s->padding++;
	} else if (!isfinite(v)) {
		s->not_finite++;
	} else {
		s->block[s->filled++] = v;
		if (s->filled == STATS_BLOCK)
			join_block(s);
	}
}

void stats_add(struct stats *s, const void *voxels, enum voxel_type type, size_t n)
{
#define ADD(TYPE, T) \
	case TYPE: \
		for (size_t i = 0; i < n; i++) \
			add_one(s, ((const T *)voxels)[i]); \
		break
	switch (type) {
	ADD(VOXEL_UINT8, uint8_t);
	ADD(VOXEL_INT8, int8_t);
	ADD(VOXEL_UINT16, uint16_t);
	ADD(VOXEL_INT16, int16_t);
	ADD(VOXEL_UINT32, uint32_t);
	ADD(VOXEL_INT32, int32_t);
	ADD(VOXEL_FLOAT, float);
	ADD(VOXEL_DOUBLE, double);
	case VOXEL_TYPES: break;
	}
#undef ADD
}

void stats_end(struct stats *s)
{
	join_block(s);
	if (s->n)
		s->sd = sqrt(s->m2 / (double)s->n);
}
