#include "histograms.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alg/extremes.h"
#include "alg/histogram.h"
#include "alg/tally.h"
#include "io/keys.h"
#include "statistics.h"

enum { DEFAULT_BINS = 256 };

/* What is known of a volume before there are bins. */
struct source {
	const char *path;
	struct runs runs;          /* only while open */
	bool open, listed;         /* listed: values holds its numbers */
	struct distribution values;
	double lo, hi;             /* NaN: no number, or not looked for */
};

struct reading {
	const struct histograms_how *how;
	struct histograms *h;
	struct source *source;
	size_t n;
	struct bins bins;
};

static bool is_integer(const struct source *s)
{
	return voxel_is_integer(s->runs.head.type, NULL, NULL);
}

static int check_unit(struct histograms *h, const struct source *s, bool first, struct vol_err *err)
{
	const char *unit = key_get(&s->runs.head, "unit");

	if (!unit)
		unit = "";
	if (first)
		snprintf(h->unit, sizeof h->unit, "%s", unit);
	else if (strcmp(unit, h->unit) != 0)
		return vol_fail(err, s->runs.name, "is in %s, the volumes before in %s: they have no axis in common",
		                *unit ? unit : "an unknown unit", h->unit[0] ? h->unit : "an unknown unit");
	return 0;
}

/* ---- first: the numbers themselves, or only how far they go ---- */

/* The padding of an open volume; NAN, NAN: none. */
static int find_padding(const struct source *s, double pad[2], struct vol_err *err)
{
	int found = key_padding(&s->runs.head, &pad[0], &pad[1], s->runs.name, err);

	if (found == 0)
		pad[0] = pad[1] = NAN;
	return found;
}

static int list_numbers(struct reading *r, struct source *s, struct histogram_series *series, struct vol_err *err)
{
	const struct measure_what what = {.values = true};
	struct statistics_how how = {.mask = r->how->mask, .what = &what, .progress = r->how->progress};
	struct groups g = {0};
	struct measure *m;
	int rc = statistics_read(&s->runs, &how, &g, err);

	if (rc == 0) {
		m = &g.group[0]->measure;
		s->lo = m->moments.min;
		s->hi = m->moments.max;
		s->values = m->values;
		memset(&m->values, 0, sizeof m->values);
		series->counted += m->moments.n;
		series->padding += m->padding;
		series->not_finite += m->not_finite;
	}
	groups_free(&g);
	return rc;
}

struct sink {
	struct source *source;
	struct bins *bins;
	double pad[2];
};

static int add_extremes(void *ctx, uint64_t entry, int64_t label, const void *voxels, size_t n, struct vol_err *err)
{
	struct sink *s = ctx;

	(void)entry;
	(void)label;
	(void)err;
	extremes_add(&s->source->lo, &s->source->hi, voxels, s->source->runs.head.type, n, s->pad[0], s->pad[1]);
	return 0;
}

static int find_extremes(struct reading *r, struct source *s, struct vol_err *err)
{
	struct sink sink = {.source = s};

	if (find_padding(s, sink.pad, err) < 0 || runs_repeat(&s->runs, err) < 0)
		return -1;
	runs_progress(&s->runs, r->how->progress);
	return runs_read(&s->runs, add_extremes, &sink, err);
}

static int begin(struct reading *r, size_t i, bool *binned, struct vol_err *err)
{
	const struct histograms_how *how = r->how;
	struct source *s = &r->source[i];
	struct histogram_series *series = &r->h->series[how->total ? 0 : i];

	s->lo = s->hi = NAN;
	if (runs_open(&s->runs, s->path, how->mask, false, err) < 0)
		return -1;
	s->open = true;
	if (check_unit(r->h, s, i == 0, err) < 0)
		return -1;
	if (!how->total && !(series->name = strdup(s->runs.name)))
		return vol_fail(err, s->runs.name, "out of memory");
	if (!is_integer(s))
		*binned = true;
	s->listed = histogram_fits(s->runs.head.type) || (is_integer(s) && !how->bins && how->width == 0);
	if (s->listed && list_numbers(r, s, series, err) < 0)
		return -1;
	if (!s->listed && !how->has_range && find_extremes(r, s, err) < 0)
		return -1;
	/* one of very many files must not stay open, the standard input cannot be opened again */
	if (r->n == 1 || (!s->listed && strcmp(s->path, "-") == 0))
		return 0;
	runs_close(&s->runs);
	s->open = false;
	return 0;
}

/* ---- then: the axis ---- */

static int make_bins(struct reading *r, struct vol_err *err)
{
	const struct histograms_how *how = r->how;
	double lo = NAN, hi = NAN;
	int rc;

	for (size_t i = 0; i < r->n; i++) {
		lo = fmin(lo, r->source[i].lo);
		hi = fmax(hi, r->source[i].hi);
	}
	if (isnan(lo)) {
		lo = 0;
		hi = 1;
	}
	if (how->has_range) {
		lo = how->range[0];
		hi = how->range[1];
	}
	if (how->width > 0)
		rc = bins_wide(&r->bins, lo, hi, how->width, how->has_range);
	else
		rc = bins_even(&r->bins, lo, hi, how->bins ? how->bins : DEFAULT_BINS);
	if (rc < 0)
		return vol_fail(err, "", "bins from %g to %g: over %d of them, or too narrow for double: give other --bins, "
		                "--width or --range", lo, hi, BINS_MAX);
	r->h->n = r->bins.n;
	r->h->edge = r->bins.edge;
	r->bins.edge = NULL; /* it is the histograms' from here on */
	return 0;
}

static int make_values(struct reading *r, struct vol_err *err)
{
	struct distribution all = {0};
	size_t first = 0, last;

	for (size_t i = 0; i < r->n; i++)
		if (!distribution_join(&all, &r->source[i].values)) {
			distribution_free(&all);
			return vol_fail(err, r->source[i].path, "out of memory");
		}
	last = all.n;
	if (r->how->has_range) {
		while (first < last && all.value[first] < r->how->range[0])
			first++;
		while (last > first && all.value[last - 1] > r->how->range[1])
			last--;
	}
	memmove(all.value, all.value + first, (last - first) * sizeof *all.value);
	free(all.count);
	r->h->value = all.value;
	r->h->n = last - first;
	/* no integer type goes beyond these */
	r->h->first = r->how->has_range ? fmax(ceil(r->how->range[0]), INT32_MIN) : r->h->n ? all.value[0] : 0;
	r->h->last = r->how->has_range ? fmin(floor(r->how->range[1]), UINT32_MAX) : r->h->n ? all.value[r->h->n - 1] : 0;
	if (r->h->last < r->h->first) /* a range between two whole numbers */
		r->h->last = r->h->first;
	return 0;
}

/* ---- last: the counts ---- */

static void count_values(const struct histograms *h, const struct distribution *d, const double *range,
                         struct histogram_series *s)
{
	size_t k = 0;

	for (size_t i = 0; i < d->n; i++) {
		if (range && d->value[i] < range[0]) {
			s->below += d->count[i];
		} else if (range && d->value[i] > range[1]) {
			s->above += d->count[i];
		} else {
			while (h->value[k] < d->value[i])
				k++;
			s->count[k] += d->count[i];
		}
	}
}

static int add_run(void *ctx, uint64_t entry, int64_t label, const void *voxels, size_t n, struct vol_err *err)
{
	struct sink *s = ctx;

	(void)entry;
	(void)label;
	(void)err;
	bins_add(s->bins, voxels, s->source->runs.head.type, n, s->pad[0], s->pad[1]);
	return 0;
}

static int count_voxels(struct reading *r, struct source *s, struct vol_err *err)
{
	struct sink sink = {.source = s, .bins = &r->bins};
	int rc;

	if (!s->open && runs_open(&s->runs, s->path, r->how->mask, false, err) < 0)
		return -1;
	s->open = true;
	rc = find_padding(s, sink.pad, err);
	runs_progress(&s->runs, r->how->progress);
	if (rc >= 0)
		rc = runs_read(&s->runs, add_run, &sink, err);
	runs_close(&s->runs);
	s->open = false;
	return rc;
}

static int count(struct reading *r, size_t i, struct vol_err *err)
{
	struct histograms *h = r->h;
	struct source *s = &r->source[i];
	struct histogram_series *series = &h->series[r->how->total ? 0 : i];
	struct bins *b = &r->bins;

	if (!series->count)
		series->count = calloc(h->n + 1, sizeof *series->count);
	if (!series->count)
		return vol_fail(err, s->path, "out of memory");
	if (h->value) {
		count_values(h, &s->values, r->how->has_range ? r->how->range : NULL, series);
		return 0;
	}
	memset(b->count, 0, b->n * sizeof *b->count);
	b->below = b->above = b->padding = b->not_finite = 0;
	b->edge = h->edge;
	if (s->listed)
		bins_add_distribution(b, &s->values);
	else if (count_voxels(r, s, err) < 0)
		return -1;
	b->edge = NULL;
	for (size_t k = 0; k < h->n; k++) {
		series->count[k] += b->count[k];
		series->counted += s->listed ? 0 : b->count[k];
	}
	series->counted += s->listed ? 0 : b->below + b->above;
	series->below += b->below;
	series->above += b->above;
	series->padding += b->padding;
	series->not_finite += b->not_finite;
	return 0;
}

static int read_all(struct reading *r, struct vol_err *err)
{
	bool binned = r->how->bins || r->how->width > 0;

	for (size_t i = 0; i < r->n; i++)
		if (begin(r, i, &binned, err) < 0)
			return -1;
	if ((binned ? make_bins(r, err) : make_values(r, err)) < 0)
		return -1;
	for (size_t i = 0; i < r->n; i++)
		if (count(r, i, err) < 0)
			return -1;
	return 0;
}

int histograms_read(struct histograms *h, char **path, size_t n, const struct histograms_how *how, struct vol_err *err)
{
	struct reading r = {.how = how, .h = h, .n = n};
	int rc = -1;

	memset(h, 0, sizeof *h);
	h->volumes = how->total ? 1 : n;
	h->series = calloc(h->volumes, sizeof *h->series);
	r.source = calloc(n, sizeof *r.source);
	if (h->series && r.source) {
		for (size_t i = 0; i < n; i++)
			r.source[i].path = path[i];
		rc = read_all(&r, err);
	} else {
		vol_fail(err, "", "out of memory");
	}
	for (size_t i = 0; r.source && i < n; i++) {
		if (r.source[i].open)
			runs_close(&r.source[i].runs);
		distribution_free(&r.source[i].values);
	}
	free(r.source);
	r.bins.edge = NULL;
	bins_free(&r.bins);
	if (rc < 0)
		histograms_free(h);
	return rc;
}

struct chart_axis histograms_axis(const struct histograms *h, size_t most)
{
	if (h->edge)
		return chart_axis_bins(h->edge[0], h->edge[h->n], h->n, most);
	return chart_axis_values(h->first, h->last, most);
}

double *histograms_columns(const struct histograms *h, size_t series, const struct chart_axis *axis)
{
	double *column = calloc(axis->n, sizeof *column);

	if (column && h->edge)
		chart_add_bins(axis, h->series[series].count, h->n, column);
	else if (column)
		chart_add_values(axis, h->value, h->series[series].count, h->n, column);
	return column;
}

void histograms_free(struct histograms *h)
{
	for (size_t i = 0; h->series && i < h->volumes; i++) {
		free(h->series[i].name);
		free(h->series[i].count);
	}
	free(h->series);
	free(h->value);
	free(h->edge);
	memset(h, 0, sizeof *h);
}
