#include "straight.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/keys.h"
#include "io/slices.h"

/* Of one voxel's distance: what is that near to a voxel lies on it. */
static const double ON = 1e-6;

struct maker {
	const struct straight *plan;
	struct vol_in *in;
	struct vol_head from;       /* as the slices came */
	struct vol_slices slices;
	enum voxel_type type;       /* of the result */
	bool padded;
	double pad_lo, pad_hi;      /* what was not measured, in the slices */
	double pad;                 /* what is written there */
	bool physical;              /* the result's voxels are not stored values, which slices of their own slopes do not share */
	struct vol_rescale pairs;   /* then: one a slice */
	double least, most;         /* of whole numbers: the type's range */
	char *held[2];              /* slice i of all in i % 2 */
	size_t base, all;           /* the volume's first slice, of all; slices of all volumes */
	size_t taken;               /* slices */
	double *line, *sum, *weight; /* a row of a slice; of the result */
	char *row;                  /* of the result */
	size_t row_bytes, at;       /* in it; bytes of it that were given away */
	size_t k, y;                /* the row to be made next */
};

void straight_free(struct straight *s)
{
	free(s->shift);
	free(s->below);
	free(s->weight);
	memset(s, 0, sizeof *s);
}

/* ---- one row ---- */

static void put(char *to, enum voxel_type type, size_t i, double v)
{
	switch (type) {
	case VOXEL_UINT8: ((uint8_t *)to)[i] = (uint8_t)v; break;
	case VOXEL_INT8: ((int8_t *)to)[i] = (int8_t)v; break;
	case VOXEL_UINT16: ((uint16_t *)to)[i] = (uint16_t)v; break;
	case VOXEL_INT16: ((int16_t *)to)[i] = (int16_t)v; break;
	case VOXEL_UINT32: ((uint32_t *)to)[i] = (uint32_t)v; break;
	case VOXEL_INT32: ((int32_t *)to)[i] = (int32_t)v; break;
	case VOXEL_FLOAT: ((float *)to)[i] = (float)v; break;
	default: ((double *)to)[i] = v;
	}
}

/* The voxel before x and what of the next one: what is next to a voxel is on it. */
static int64_t voxel_before(double x, double *part)
{
	double whole = floor(x + ON);

	*part = x - whole;
	if (*part < ON)
		*part = 0;
	return (int64_t)whole;
}

/* Add w times what `line` has `by` voxels further, where it was measured. */
static void add_line(struct maker *m, int64_t by, double w)
{
	int64_t n = (int64_t)m->plan->grid.size[0], nx = (int64_t)m->from.grid.size[0];
	int64_t first = by < 0 ? -by : 0, end = nx - by < n ? nx - by : n;

	for (int64_t x = first; x < end; x++) {
		if (isnan(m->line[x + by]))
			continue;
		m->sum[x] += w * m->line[x + by];
		m->weight[x] += w;
	}
}

/* A row of a slice, NAN where it was not measured. */
static void take_line(struct maker *m, size_t i, size_t y)
{
	size_t all = m->base + i;
	size_t nx = (size_t)m->from.grid.size[0];

	for (size_t x = 0; x < nx; x++) {
		double v = voxel_get(m->held[all % 2], m->from.type, y * nx + x);

		if (m->padded && v >= m->pad_lo && v <= m->pad_hi)
			m->line[x] = NAN;
		else
			m->line[x] = m->physical ? m->pairs.slope[all] * v + m->pairs.intercept[all] : v;
	}
}

static void add_slice(struct maker *m, size_t i, double w)
{
	const double *shift = m->plan->shift[i];
	double part_x, part_y;
	int64_t by = voxel_before((double)m->plan->lo[0] - shift[0], &part_x);
	int64_t y = voxel_before((double)(m->plan->lo[1] + (int64_t)m->y) - shift[1], &part_y);

	for (int below = 0; below < 2; below++, y++) {
		double wy = w * (below ? part_y : 1 - part_y);

		if (wy == 0 || y < 0 || y >= (int64_t)m->from.grid.size[1])
			continue;
		take_line(m, i, (size_t)y);
		add_line(m, by, wy * (1 - part_x));
		if (part_x > 0)
			add_line(m, by + 1, wy * part_x);
	}
}

/* A measured value that is not the one for what was not. */
static double measured(const struct maker *m, double v)
{
	if (m->physical)
		return v;
	v = rint(v);
	if (!m->padded || v < m->pad_lo || v > m->pad_hi)
		return v;
	return m->pad_hi < m->most && v - m->pad_lo >= m->pad_hi - v ? m->pad_hi + 1 : m->pad_lo > m->least ? m->pad_lo - 1 : v;
}

static void make_row(struct maker *m)
{
	size_t n = (size_t)m->plan->grid.size[0], i = m->plan->below[m->k];
	double w = m->plan->weight[m->k];

	memset(m->sum, 0, n * sizeof *m->sum);
	memset(m->weight, 0, n * sizeof *m->weight);
	add_slice(m, i, 1 - w);
	if (w > 0)
		add_slice(m, i + 1, w);
	for (size_t x = 0; x < n; x++)
		put(m->row, m->type, x, m->weight[x] >= 0.5 - ON ? measured(m, m->sum[x] / m->weight[x]) : m->pad);
}

/* ---- the reader ---- */

/* Take slices until number i is held. */
static int take_to(struct maker *m, size_t i, struct vol_err *err)
{
	while (m->taken <= i) {
		const void *voxels;

		if (vol_slices_next(&m->slices, &voxels, err) <= 0)
			return -1;
		memcpy(m->held[m->taken % 2], voxels, m->slices.numbers * m->slices.size);
		m->taken++;
	}
	return 0;
}

static ssize_t read_rows(void *ctx, void *buf, size_t n, struct vol_err *err)
{
	struct maker *m = ctx;
	size_t got = 0;

	while (got < n && m->k < m->plan->m) {
		size_t part = m->row_bytes - m->at < n - got ? m->row_bytes - m->at : n - got;

		if (m->at == 0) {
			if (take_to(m, m->base + m->plan->below[m->k] + (m->plan->weight[m->k] > 0), err) < 0)
				return -1;
			make_row(m);
		}
		memcpy((char *)buf + got, m->row + m->at, part);
		got += part;
		m->at += part;
		if (m->at < m->row_bytes)
			continue;
		m->at = 0;
		if (++m->y == m->plan->grid.size[1]) {
			m->y = 0;
			m->k++;
		}
		if (m->k == m->plan->m && m->base + m->plan->n < m->all) {
			m->base += m->plan->n;
			m->k = 0;
		}
	}
	return (ssize_t)got;
}

static int finish_rows(void *ctx, struct vol_err *err)
{
	struct maker *m = ctx;
	const void *voxels;
	int got;

	while ((got = vol_slices_next(&m->slices, &voxels, err)) > 0)
		;
	return got;
}

static void close_rows(void *ctx)
{
	struct maker *m = ctx;

	vol_slices_end(&m->slices);
	vol_close(m->in);
	vol_head_free(&m->from);
	rescale_free(&m->pairs);
	free(m->held[0]);
	free(m->held[1]);
	free(m->line);
	free(m->sum);
	free(m->weight);
	free(m->row);
	free(m);
}

static const struct vol_source rows_source = {read_rows, NULL, finish_rows, close_rows};

/* ---- the header ---- */

static bool needs_padding(const struct straight *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->shift[i][0] != 0 || p->shift[i][1] != 0)
			return true;
	return false;
}

/* Air, in stored units; NAN where that is not known. */
static double air(const struct vol_head *head, const struct vol_rescale *pairs)
{
	const char *unit = key_get(head, "rescale.unit");

	return unit && strcmp(unit, "HU") == 0 && pairs->n == 1 ? floor((-1024 - pairs->intercept[0]) / pairs->slope[0]) : NAN;
}

/* A value that no voxel has: below those there can be, and no more than air; in a wider type where this one ends before. */
static int choose_padding(struct maker *m, struct vol_head *head, double no_more, struct vol_err *err)
{
	static const enum voxel_type wider[] = {VOXEL_INT16, VOXEL_INT32};
	double lo, hi, least, most, value;

	voxel_is_integer(head->type, &least, &most);
	if (key_stored_range(head, &lo, &hi, vol_in_name(m->in), err) <= 0) {
		lo = least;
		hi = most;
	}
	value = no_more < lo && no_more >= least ? no_more : lo - 1;
	for (size_t i = 0; value < least; i++) {
		if (i == sizeof wider / sizeof *wider)
			return vol_fail(err, vol_in_name(m->in), "every 32-bit value can be one that was measured: none is "
			                "left for what was not");
		voxel_is_integer(wider[i], &least, &most);
		if (hi > most)
			least = INFINITY;
		else
			head->type = wider[i];
	}
	m->pad = m->pad_lo = m->pad_hi = value; /* which no voxel of the slices has */
	m->padded = true;
	return key_set(head, err, "padding", "%.0f", value);
}

/* Slopes differ: values, as floats. Not measured is a power of two (which floats hold exactly) below all there can be. */
static int make_physical(struct maker *m, struct vol_head *head, struct vol_err *err)
{
	const char *unit = key_get(head, "rescale.unit");
	char name[64];
	double lo, hi, least = 0;

	voxel_is_integer(head->type, &lo, &hi);
	for (size_t i = 0; i < m->pairs.n; i++)
		least = fmin(least, m->pairs.intercept[i] + fmin(m->pairs.slope[i] * lo, m->pairs.slope[i] * hi));
	m->pad = -exp2(ceil(log2(1 - least)));
	m->physical = true;
	snprintf(name, sizeof name, "%s", unit ? unit : "");
	head->type = VOXEL_FLOAT;
	key_drop(head, "stored.range");
	key_drop(head, "padding");
	if (key_rescaled(head, NAN, NAN, unit ? name : NULL, err) < 0)
		return -1;
	return m->padded || needs_padding(m->plan) ? key_set(head, err, "padding", "%.0f", m->pad) : 0;
}

static int follow(struct maker *m, struct vol_head *head, struct vol_err *err)
{
	const char *name = vol_in_name(m->in);
	bool mixed = m->plan->m != m->plan->n;
	int found = key_padding(head, &m->pad_lo, &m->pad_hi, name, err);

	if (found < 0 || key_rescale(head, &m->pairs, name, err) < 0)
		return -1;
	for (size_t k = 0; k < m->plan->m; k++)
		mixed = mixed || m->plan->weight[k] > 0;
	m->all = (size_t)vol_head_slices(head);
	m->padded = found > 0;
	m->pad = m->padded ? m->pad_lo : 0;
	if (m->pairs.n > 1 && mixed) {
		if (make_physical(m, head, err) < 0)
			return -1;
	} else if (!m->padded && needs_padding(m->plan) && choose_padding(m, head, air(head, &m->pairs), err) < 0) {
		return -1;
	}
	m->type = head->type;
	voxel_is_integer(m->type, &m->least, &m->most);
	head->grid = m->plan->grid;
	key_drop(head, "source");
	return vol_head_check(head, name, err) < 0 ? -1 : key_source(head, err);
}

static int allocate(struct maker *m, struct vol_err *err)
{
	size_t slice = (size_t)vol_head_slice_bytes(&m->from), n = (size_t)m->plan->grid.size[0];

	m->row_bytes = n * voxel_size(m->type);
	m->held[0] = malloc(slice);
	m->held[1] = malloc(slice);
	m->line = malloc((size_t)m->from.grid.size[0] * sizeof *m->line);
	m->sum = malloc(n * sizeof *m->sum);
	m->weight = malloc(n * sizeof *m->weight);
	m->row = malloc(m->row_bytes);
	if (!m->held[0] || !m->held[1] || !m->line || !m->sum || !m->weight || !m->row)
		return vol_fail(err, vol_in_name(m->in), "out of memory");
	return vol_slices_begin(&m->slices, m->in, &m->from, err);
}

struct vol_in *straight_open(const struct straight *plan, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	struct maker *m = calloc(1, sizeof *m);

	if (!m) {
		vol_fail(err, vol_in_name(in), "out of memory");
		vol_close(in);
		return NULL;
	}
	m->plan = plan;
	m->in = in;
	if (vol_head_copy(&m->from, head, err) < 0 || follow(m, head, err) < 0 || allocate(m, err) < 0) {
		close_rows(m);
		return NULL;
	}
	return vol_open_source(&rows_source, m, vol_in_name(in), head, false, err);
}
