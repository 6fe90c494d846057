#include "ramp.h"

#include <stdlib.h>

#include "clones.h"
#include "convert.h"
#include "lookup.h"

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

static int make_table(struct ramp_map *m)
{
	size_t n = lookup_size(m->from);
	void *all = lookup_patterns(m->from);

	m->table = malloc(n * voxel_size(m->to));
	if (!all || !m->table) {
		free(all);
		return -1;
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
		lookup_apply(m->table, m->from, m->to, src, n, dst);
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
