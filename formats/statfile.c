#include "statfile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "json_in.h"

static void row_free(struct statrow *row)
{
	distribution_free(&row->values);
}

void statrows_free(struct statrows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		row_free(&rows->row[i]);
	free(rows->row);
	rows->row = NULL;
	rows->n = 0;
}

/* ---- one object ---- */

static bool count_value(struct json *j, uint64_t *count)
{
	double x;

	if (!json_number(j, &x) || !(x >= 0 && x < 0x1p53 && x == floor(x)))
		return false;
	*count = (uint64_t)x;
	return true;
}

/* A number, or null for none. */
static bool real_value(struct json *j, double *x)
{
	*x = NAN;
	return json_null(j) || json_number(j, x);
}

/* "" for null. */
static bool text_value(struct json *j, char *buf, size_t size)
{
	buf[0] = '\0';
	return json_null(j) || json_string(j, buf, size);
}

/* [[value, count], ...], values ascending. */
static bool histogram_value(struct json *j, struct distribution *d)
{
	size_t room = 0;

	if (!json_open(j, '['))
		return false;
	while (json_more(j, ']')) {
		double v;
		uint64_t count;
		bool good = json_open(j, '[') && json_more(j, ']') && json_number(j, &v) && json_more(j, ']') &&
		            count_value(j, &count) && !json_more(j, ']') && !j->bad;

		if (!good || count == 0 || (d->n && !(v > d->value[d->n - 1])))
			return false;
		if (d->n == room) {
			double *value = realloc(d->value, (room = room ? 2 * room : 256) * sizeof *value);
			uint64_t *counts = value ? realloc(d->count, room * sizeof *counts) : NULL;

			d->value = value ? value : d->value;
			d->count = counts ? counts : d->count;
			if (!counts)
				return false;
		}
		d->value[d->n] = v;
		d->count[d->n++] = count;
	}
	return !j->bad;
}

/* One member. False when it is not what its name promises; *seen gets a bit for each that must be there. */
static bool member(struct json *j, const char *name, struct statrow *row, double *sd, unsigned *seen)
{
	struct moments *m = &row->moments;
	double *const real[] = {&m->min, &m->max, &m->mean, sd};
	static const char *const reals[] = {"min", "max", "mean", "sd"};
	double label;

	for (unsigned i = 0; i < 4; i++)
		if (strcmp(name, reals[i]) == 0) {
			*seen |= 2u << i;
			return real_value(j, real[i]);
		}
	if (strcmp(name, "count") == 0) {
		*seen |= 1;
		return count_value(j, &m->n);
	}
	if (strcmp(name, "padding") == 0)
		return count_value(j, &row->padding);
	if (strcmp(name, "not_finite") == 0)
		return count_value(j, &row->not_finite);
	if (strcmp(name, "unit") == 0)
		return text_value(j, row->unit, sizeof row->unit);
	if (strcmp(name, "name") == 0)
		return text_value(j, row->name, sizeof row->name);
	if (strcmp(name, "label") == 0) {
		if (!real_value(j, &label) || (!isnan(label) && !(label == floor(label) && fabs(label) < 0x1p53)))
			return false;
		row->has_label = !isnan(label);
		row->label = row->has_label ? (int64_t)label : 0;
		return true;
	}
	if (strcmp(name, "histogram") == 0) {
		distribution_free(&row->values);
		row->has_values = true;
		return histogram_value(j, &row->values);
	}
	json_skip(j);
	return !j->bad;
}

/* What the numbers say together. */
static const char *check(struct statrow *row, double sd, unsigned seen)
{
	struct moments *m = &row->moments;
	uint64_t n = 0;

	if (seen != 31)
		return "lacks one of count, min, max, mean and sd";
	if (m->n && !(m->min <= m->mean && m->mean <= m->max && sd >= 0))
		return "has min, mean, max and sd that do not go together";
	m->m2 = m->n ? sd * sd * (double)m->n : 0;
	for (size_t i = 0; i < row->values.n; i++)
		n += row->values.count[i];
	if (row->has_values && n != m->n)
		return "has a histogram that does not add up to its count";
	return NULL;
}

static int read_row(struct json *j, struct statrow *row, const char *subject, size_t number, struct vol_err *err)
{
	char name[32], wrong[96] = "";
	unsigned seen = 0;
	double sd = NAN;
	const char *why;

	memset(row, 0, sizeof *row);
	if (json_open(j, '{'))
		while (!wrong[0] && json_more(j, '}'))
			if (!json_key(j, name, sizeof name) || !member(j, name, row, &sd, &seen))
				snprintf(wrong, sizeof wrong, "has a wrong member '%s'", j->bad ? "" : name);
	why = j->bad ? "is no JSON" : wrong[0] ? wrong : check(row, sd, seen);
	if (!why)
		return 0;
	row_free(row);
	return vol_fail(err, subject, "object %zu %s: not what volstat --json writes", number, why);
}

/* ---- joining ---- */

static bool same_key(const struct statrow *a, const struct statrow *b)
{
	return a->has_label == b->has_label && a->label == b->label;
}

static int join(struct statrow *row, const struct statrow *more, const char *subject, struct vol_err *err)
{
	if (strcmp(row->unit, more->unit) != 0)
		return vol_fail(err, subject, "is about values in %s, those before in %s: these cannot be joined",
		                more->unit[0] ? more->unit : "an unknown unit", row->unit[0] ? row->unit : "an unknown unit");
	row->padding += more->padding;
	row->not_finite += more->not_finite;
	row->has_values = row->has_values && more->has_values;
	if (!row->name[0])
		memcpy(row->name, more->name, sizeof row->name);
	if (row->has_values) {
		if (!distribution_join(&row->values, &more->values))
			return vol_fail(err, subject, "out of memory");
		row->moments = distribution_moments(&row->values);
	} else {
		distribution_free(&row->values);
		moments_join(&row->moments, &more->moments);
	}
	return 0;
}

static int add_row(struct statrows *rows, struct statrow *new, const char *subject, struct vol_err *err)
{
	struct statrow *more;
	int rc;

	for (size_t i = 0; i < rows->n; i++)
		if (same_key(&rows->row[i], new)) {
			rc = join(&rows->row[i], new, subject, err);
			row_free(new);
			return rc;
		}
	more = realloc(rows->row, (rows->n + 1) * sizeof *more);
	if (!more) {
		row_free(new);
		return vol_fail(err, subject, "out of memory");
	}
	rows->row = more;
	more[rows->n++] = *new;
	return 0;
}

/* ---- a file ---- */

static char *read_all(struct bytes *b, size_t *n, struct vol_err *err)
{
	size_t room = 1 << 16;
	char *text = malloc(room);
	ssize_t got = 1;

	*n = 0;
	while (text && (got = bytes_read(b, text + *n, room - *n, err)) > 0) {
		*n += (size_t)got;
		if (*n == room) {
			char *more = realloc(text, room *= 2);

			if (!more)
				free(text);
			text = more;
		}
	}
	if (!text)
		vol_fail(err, bytes_name(b), "out of memory");
	if (got >= 0)
		return text;
	free(text);
	return NULL;
}

int statfile_merge(const char *path, struct statrows *rows, struct vol_err *err)
{
	struct bytes *b = bytes_open(path, err);
	struct statrow row;
	struct json j;
	size_t n, count = 0;
	char *text;
	int rc = 0;

	if (!b)
		return -1;
	text = read_all(b, &n, err);
	if (text) {
		json_begin(&j, text, n);
		while (rc == 0 && !json_done(&j)) {
			rc = read_row(&j, &row, bytes_name(b), ++count, err);
			if (rc == 0)
				rc = add_row(rows, &row, bytes_name(b), err);
		}
		if (rc == 0 && count == 0)
			rc = vol_fail(err, bytes_name(b), "holds no JSON object: not what volstat --json writes");
	}
	free(text);
	bytes_close(b);
	return text ? rc : -1;
}
