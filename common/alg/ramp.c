#include "ramp.h"

#include <stdint.h>
#include <stdlib.h>

#include "clones.h"
#include "convert.h"

enum { BLOCK = 1024 };

struct ramp_map {
	struct ramp ramp;
	enum voxel_type from, to;
	void *table;          /* the results for all 2^8 or 2^16 bit patterns, in order; NULL: none */
};

/* ---- the formula ---- */

static inline double value(const struct ramp *r, double x)
{
	int none = (x != x) | ((x >= r->pad_lo) & (x <= r->pad_hi));
	double y = (x - r->sub) / r->div + r->add;

	y = y < r->lo ? r->lo : y;
	y = y > r->hi ? r->hi : y;
	y = y * r->mul + r->plus;
	return none ? r->fill : y;
}

double ramp_value(const struct ramp *r, double x)
{
	return value(r, x);
}

VOL_CLONES static void values(const struct ramp *ramp, double *v, size_t n)
{
	const struct ramp r = *ramp;

	for (size_t i = 0; i < n; i++)
		v[i] = value(&r, v[i]);
}

static void work_out(const struct ramp_map *m, const void *src, size_t n, void *dst)
{
	for (size_t at = 0, some; at < n; at += some) {
		double v[BLOCK];

		some = n - at < BLOCK ? n - at : BLOCK;
		convert_to_double((const char *)src + at * voxel_size(m->from), m->from, some, v);
		values(&m->ramp, v, some);
		convert_from_double(v, some, m->to, (char *)dst + at * voxel_size(m->to));
	}
}

/* ---- tables ---- */

#define LOOK_UP(S, D) \
	static void look_up_##S##_##D(const void *restrict table, const void *restrict src, size_t n, \
	                              void *restrict dst) \
	{ \
		const uint##S##_t *restrict v = src; \
		const uint##D##_t *restrict t = table; \
		uint##D##_t *restrict d = dst; \
		for (size_t i = 0; i < n; i++) \
			d[i] = t[v[i]]; \
	}

LOOK_UP(8, 8)
LOOK_UP(8, 16)
LOOK_UP(8, 32)
LOOK_UP(8, 64)
LOOK_UP(16, 8)
LOOK_UP(16, 16)
LOOK_UP(16, 32)
LOOK_UP(16, 64)

typedef void look_up_fn(const void *, const void *, size_t, void *);

static look_up_fn *look_up(size_t from, size_t to)
{
	switch (to) {
	case 1: return from == 1 ? look_up_8_8 : look_up_16_8;
	case 2: return from == 1 ? look_up_8_16 : look_up_16_16;
	case 4: return from == 1 ? look_up_8_32 : look_up_16_32;
	default: return from == 1 ? look_up_8_64 : look_up_16_64;
	}
}

static int make_table(struct ramp_map *m)
{
	size_t from = voxel_size(m->from), n = (size_t)1 << 8 * from;
	char *all = malloc(n * from);

	m->table = malloc(n * voxel_size(m->to));
	if (!all || !m->table) {
		free(all);
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		if (from == 1)
			((uint8_t *)all)[i] = (uint8_t)i;
		else
			((uint16_t *)all)[i] = (uint16_t)i;
	}
	work_out(m, all, n, m->table);
	free(all);
	return 0;
}

struct ramp_map *ramp_map_new(const struct ramp *r, enum voxel_type from, enum voxel_type to)
{
	struct ramp_map *m = calloc(1, sizeof *m);

	if (!m)
		return NULL;
	m->ramp = *r;
	m->from = from;
	m->to = to;
	if (voxel_size(from) <= 2 && make_table(m) < 0) {
		ramp_map_free(m);
		return NULL;
	}
	return m;
}

void ramp_map_apply(const struct ramp_map *m, const void *src, size_t n, void *dst)
{
	if (m->table)
		look_up(voxel_size(m->from), voxel_size(m->to))(m->table, src, n, dst);
	else
		work_out(m, src, n, dst);
}

void ramp_map_free(struct ramp_map *m)
{
	if (!m)
		return;
	free(m->table);
	free(m);
}
