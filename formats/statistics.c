#include "statistics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "alg/convert.h"
#include "alg/quantile.h"
#include "alg/tally.h"
#include "io/keys.h"

/* What vol.padding marks; NAN, NAN when nothing is. */
static int find_padding(const struct runs *r, double *lo, double *hi, struct vol_err *err)
{
	int found = key_padding(&r->head, lo, hi, r->name, err);

	if (found == 0)
		*lo = *hi = NAN;
	return found;
}

/* ---- one volume ---- */

struct sink {
	const struct runs *r;
	const struct statistics_how *how;
	struct groups *g;
};

static int add_run(void *ctx, uint64_t entry, int64_t label, const void *voxels, size_t n, struct vol_err *err)
{
	struct sink *s = ctx;
	struct group *group = groups_at(s->g, s->how->by_entry ? entry : 0, label);

	if (!group && s->g->n == GROUPS_MAX)
		return vol_fail(err, s->r->mask_name ? s->r->mask_name : s->r->name, "more than %d regions: is this a "
		                "label volume?", GROUPS_MAX);
	if (!group)
		return vol_fail(err, s->r->name, "out of memory");
	if (measure_add(&group->measure, voxels, n))
		return 0;
	if (s->how->what->values && voxel_size(s->r->head.type) > 2)
		return vol_fail(err, s->r->name, "more than %d different values: too many to list (volcast --type int16 "
		                                 "rounds them, volhist --bins counts them in bins)", TALLY_MAX);
	return vol_fail(err, s->r->name, "out of memory");
}

/* Regions in which no voxel was found are told too. */
static int fill_in(struct sink *s, struct vol_err *err)
{
	uint64_t entries = s->how->by_entry && s->r->head.list ? s->r->head.list : 1;

	for (uint64_t i = 0; i < entries && !s->how->by_label; i++)
		if (add_run(s, i, s->how->mask ? 1 : 0, NULL, 0, err) < 0)
			return -1;
	return 0;
}

int statistics_read(struct runs *r, const struct statistics_how *how, struct groups *g, struct vol_err *err)
{
	struct sink s = {r, how, g};
	int more = 1;

	g->what = how->what;
	g->type = r->head.type;
	if (find_padding(r, &g->pad_lo, &g->pad_hi, err) < 0)
		return -1;
	if (measure_passes(how->what, g->type) > 1 && runs_repeat(r, err) < 0)
		return -1;
	runs_progress(r, how->progress);
	while (more > 0) {
		if (runs_read(r, add_run, &s, err) < 0 || fill_in(&s, err) < 0)
			return -1;
		more = groups_next(g);
	}
	return more == 0 ? 0 : vol_fail(err, r->name, "was changed while it was read, or memory ran out");
}

/* ---- many together ---- */

struct common {
	enum voxel_type type;
	struct quantile *q;
	double pad_lo, pad_hi;
};

static int add_double(void *ctx, uint64_t entry, int64_t label, const void *voxels, size_t n, struct vol_err *err)
{
	enum { PART = 1024 };
	struct common *c = ctx;
	double v[PART];

	(void)entry;
	(void)label;
	(void)err;
	for (size_t done = 0; done < n; done += PART) {
		size_t part = n - done < PART ? n - done : PART;

		convert_to_double((const char *)voxels + done * voxel_size(c->type), c->type, part, v);
		/* each volume has a padding of its own */
		for (size_t i = 0; i < part; i++)
			if (v[i] >= c->pad_lo && v[i] <= c->pad_hi)
				v[i] = NAN;
		quantile_add(c->q, v, part);
	}
	return 0;
}

static int add_volume(struct common *c, const char *path, const struct statistics_how *how, struct vol_err *err)
{
	struct runs r;
	int rc;

	if (runs_open(&r, path, how->mask, false, err) < 0)
		return -1;
	runs_progress(&r, how->progress);
	c->type = r.head.type;
	rc = find_padding(&r, &c->pad_lo, &c->pad_hi, err);
	if (rc >= 0)
		rc = runs_read(&r, add_double, c, err);
	runs_close(&r);
	return rc;
}

static int find_percentiles(char **path, size_t n, const struct statistics_how *how, double *percentile, struct vol_err *err)
{
	const struct measure_what *what = how->what;
	struct common c = {.q = quantile_new(VOXEL_DOUBLE, what->percent, what->percents, NAN, NAN)};
	int more = 1;

	if (!c.q)
		return vol_fail(err, "", "out of memory");
	while (more > 0) {
		for (size_t i = 0; i < n; i++)
			if (add_volume(&c, path[i], how, err) < 0) {
				quantile_free(c.q);
				return -1;
			}
		more = quantile_next(c.q);
	}
	for (size_t i = 0; more == 0 && i < what->percents; i++)
		percentile[i] = quantile_get(c.q, i);
	quantile_free(c.q);
	return more == 0 ? 0 : vol_fail(err, "", "a volume was changed while it was read, or memory ran out");
}

int statistics_total_add(struct statistics_total *t, const struct runs *r, const struct measure *m,
                         const struct measure_what *what, struct vol_err *err)
{
	const char *unit = key_get(&r->head, "unit");

	if (!unit)
		unit = "";
	if (t->volumes && strcmp(t->unit, unit) != 0)
		return vol_fail(err, r->name, "is in %s, the volumes before in %s: --total cannot join them",
		                *unit ? unit : "an unknown unit", t->unit[0] ? t->unit : "an unknown unit");
	if (!t->volumes++) {
		snprintf(t->unit, sizeof t->unit, "%s", unit);
		t->m.moments = (struct moments){0, NAN, NAN, NAN, 0};
		t->listed = true;
	}
	t->m.padding += m->padding;
	t->m.not_finite += m->not_finite;
	moments_join(&t->m.moments, &m->moments);
	t->listed = t->listed && (what->values || voxel_size(r->head.type) <= 2);
	if (t->listed && !distribution_join(&t->m.values, &m->values))
		return vol_fail(err, r->name, "out of memory");
	return 0;
}

int statistics_total_end(struct statistics_total *t, char **path, size_t n, const struct statistics_how *how,
                         struct vol_err *err)
{
	if (t->listed) {
		measure_of(&t->m, how->what, &t->m.values);
		return 0;
	}
	distribution_free(&t->m.values);
	return how->what->percents ? find_percentiles(path, n, how, t->m.percentile, err) : 0;
}

void statistics_total_free(struct statistics_total *t)
{
	measure_free(&t->m);
}
