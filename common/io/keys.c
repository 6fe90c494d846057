#include "keys.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char history[] = "vol.history.";

/* by name, and history lines by number after all else */
static int compare(const char *a, const char *b)
{
	size_t n = sizeof history - 1;
	bool ha = strncmp(a, history, n) == 0, hb = strncmp(b, history, n) == 0;

	if (ha != hb)
		return ha ? 1 : -1;
	if (ha) {
		unsigned long na = strtoul(a + n, NULL, 10), nb = strtoul(b + n, NULL, 10);

		if (na != nb)
			return na < nb ? -1 : 1;
	}
	return strcmp(a, b);
}

static size_t position(const struct vol_keys *k, const char *name, bool *found)
{
	size_t lo = 0, hi = k->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = compare(k->name[mid], name);

		if (c == 0) {
			*found = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*found = false;
	return lo;
}

static char *full_name(const char *name, char buf[256])
{
	snprintf(buf, 256, "vol.%s", name);
	return buf;
}

const char *key_get_full(const struct vol_head *h, const char *name)
{
	bool found;
	size_t i = position(&h->keys, name, &found);

	return found ? h->keys.value[i] : NULL;
}

const char *key_get(const struct vol_head *h, const char *name)
{
	char buf[256];

	return key_get_full(h, full_name(name, buf));
}

static int no_memory(struct vol_err *err)
{
	return vol_fail(err, "header", "out of memory");
}

int key_set_full(struct vol_head *h, const char *name, const char *value, struct vol_err *err)
{
	struct vol_keys *k = &h->keys;
	bool found;
	size_t i = position(k, name, &found);
	char *v = strdup(value);

	if (!v)
		return no_memory(err);
	if (found) {
		free(k->value[i]);
		k->value[i] = v;
		return 0;
	}
	char *n = strdup(name);
	char **names = realloc(k->name, (k->n + 1) * sizeof *names);

	if (names)
		k->name = names;
	char **values = realloc(k->value, (k->n + 1) * sizeof *values);

	if (values)
		k->value = values;
	if (!n || !names || !values) {
		free(n);
		free(v);
		return no_memory(err);
	}
	memmove(names + i + 1, names + i, (k->n - i) * sizeof *names);
	memmove(values + i + 1, values + i, (k->n - i) * sizeof *values);
	names[i] = n;
	values[i] = v;
	k->n++;
	return 0;
}

int key_set(struct vol_head *h, struct vol_err *err, const char *name, const char *fmt, ...)
{
	char buf[256], *value = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&value, fmt, ap);
	va_end(ap);
	if (n < 0)
		return no_memory(err);
	n = key_set_full(h, full_name(name, buf), value, err);
	free(value);
	return n;
}

void key_drop_full(struct vol_head *h, const char *name)
{
	struct vol_keys *k = &h->keys;
	bool found;
	size_t i = position(k, name, &found);

	if (!found)
		return;
	free(k->name[i]);
	free(k->value[i]);
	k->n--;
	memmove(k->name + i, k->name + i + 1, (k->n - i) * sizeof *k->name);
	memmove(k->value + i, k->value + i + 1, (k->n - i) * sizeof *k->value);
}

void key_drop(struct vol_head *h, const char *name)
{
	char buf[256];

	key_drop_full(h, full_name(name, buf));
}

/* Next number of a blank-separated list; advances *s. 1 read, 0 end, -1 not a number. */
static int next_number(const char **s, double *x)
{
	char word[64];
	size_t n;

	*s += strspn(*s, " \t");
	n = strcspn(*s, " \t");
	if (n == 0)
		return 0;
	if (n >= sizeof word)
		return -1;
	memcpy(word, *s, n);
	word[n] = '\0';
	*s += n;
	return vol_parse_number(word, x) ? 1 : -1;
}

void rescale_free(struct vol_rescale *r)
{
	free(r->slope);
	free(r->intercept);
	memset(r, 0, sizeof *r);
}

static int rescale_alloc(struct vol_rescale *r, size_t n, struct vol_err *err)
{
	r->slope = calloc(n, sizeof *r->slope);
	r->intercept = calloc(n, sizeof *r->intercept);
	if (!r->slope || !r->intercept) {
		rescale_free(r);
		return no_memory(err);
	}
	r->n = n;
	return 0;
}

int key_rescale(const struct vol_head *h, struct vol_rescale *r, const char *subject,
                struct vol_err *err)
{
	const char *s = key_get(h, "rescale");
	uint64_t slices = vol_head_slices(h);
	size_t words = 0;
	int got;
	double x;

	memset(r, 0, sizeof *r);
	if (!s)
		return 0;
	for (const char *p = s; (got = next_number(&p, &x)) != 0; words++)
		if (got < 0 || !isfinite(x))
			return vol_fail(err, subject, "vol.rescale has a bad number");
	if (words != 2 && (words % 2 || words / 2 != slices))
		return vol_fail(err, subject, "vol.rescale has %zu numbers, not 2 or 2 for each of %llu slices",
		                words, (unsigned long long)slices);
	if (rescale_alloc(r, words / 2, err) < 0)
		return -1;
	for (size_t i = 0; i < r->n; i++) {
		next_number(&s, &r->slope[i]);
		next_number(&s, &r->intercept[i]);
		if (r->slope[i] == 0) {
			rescale_free(r);
			return vol_fail(err, subject, "vol.rescale has slope 0");
		}
	}
	return 0;
}

void rescale_simplify(struct vol_rescale *r)
{
	for (size_t i = 1; i < r->n; i++)
		if (r->slope[i] != r->slope[0] || r->intercept[i] != r->intercept[0])
			return;
	r->n = r->n ? 1 : 0;
}

int key_scaling(const struct vol_head *h, const char *subject, double *slope, double *intercept, struct vol_err *err)
{
	const char *unit = key_get(h, "unit");
	struct vol_rescale r;

	*slope = 1;
	*intercept = 0;
	if (!unit || strcmp(unit, "stored") != 0)
		return 0;
	if (key_rescale(h, &r, subject, err) < 0)
		return -1;
	rescale_simplify(&r);
	if (r.n > 0) {
		/* those that differ by slice are told apart by their first */
		*slope = r.slope[0];
		*intercept = r.intercept[0];
	}
	rescale_free(&r);
	return 0;
}

int key_set_rescale(struct vol_head *h, const struct vol_rescale *r, struct vol_err *err)
{
	char *text = NULL, a[32], b[32];
	size_t len = 0;
	FILE *f;
	int rc;

	if (r->n == 0) {
		key_drop(h, "rescale");
		return 0;
	}
	f = open_memstream(&text, &len);
	if (!f)
		return no_memory(err);
	for (size_t i = 0; i < r->n; i++)
		fprintf(f, "%s%s %s", i ? " " : "", vol_number(a, r->slope[i]),
		        vol_number(b, r->intercept[i]));
	rc = fclose(f) == 0 ? key_set_full(h, "vol.rescale", text, err) : no_memory(err);
	free(text);
	return rc;
}

int key_padding(const struct vol_head *h, double *lo, double *hi, const char *subject,
                struct vol_err *err)
{
	const char *s = key_get(h, "padding");
	double swap, extra;
	int second;

	if (!s)
		return 0;
	if (next_number(&s, lo) != 1)
		return vol_fail(err, subject, "vol.padding is not a value or a range");
	second = next_number(&s, hi);
	if (second == 0)
		*hi = *lo;
	if (second < 0 || next_number(&s, &extra) != 0)
		return vol_fail(err, subject, "vol.padding is not a value or a range");
	if (*lo > *hi) {
		swap = *lo;
		*lo = *hi;
		*hi = swap;
	}
	return 1;
}

int key_stored_range(const struct vol_head *h, double *lo, double *hi, const char *subject,
                     struct vol_err *err)
{
	const char *s = key_get(h, "stored.range");
	double extra;

	if (!s)
		return 0;
	if (next_number(&s, lo) != 1 || next_number(&s, hi) != 1 || next_number(&s, &extra) != 0 || !(*lo <= *hi))
		return vol_fail(err, subject, "vol.stored.range is not LO HI");
	return 1;
}

bool key_window(const struct vol_head *h, double *centre, double *width)
{
	const char *s = key_get(h, "window");

	return s && next_number(&s, centre) == 1 && next_number(&s, width) == 1;
}

bool key_label(const struct vol_head *h, int64_t label, char *name, size_t size)
{
	const char *line = key_get(h, "labels");

	*name = '\0';
	for (; line && *line; line += strcspn(line, "\n"), line += *line == '\n') {
		char *rest;
		long long n = strtoll(line, &rest, 10);

		if (rest != line && n == label && *rest == ' ') {
			snprintf(name, size, "%.*s", (int)strcspn(rest + 1, "\n"), rest + 1);
			return true;
		}
	}
	return false;
}

int key_rescaled(struct vol_head *h, double slope, double intercept, const char *unit,
                 struct vol_err *err)
{
	const char *window = key_get(h, "window");
	double centre, width;
	char c[32], w[32];

	key_drop(h, "rescale");
	key_drop(h, "rescale.unit");
	if (window && isfinite(slope) && next_number(&window, &centre) == 1 &&
	    next_number(&window, &width) == 1) {
		if (key_set(h, err, "window", "%s %s", vol_number(c, slope * centre + intercept),
		            vol_number(w, fabs(slope) * width)) < 0)
			return -1;
	} else {
		key_drop(h, "window");
	}
	if (unit)
		return key_set(h, err, "unit", "%s", unit);
	key_drop(h, "unit");
	return 0;
}

int key_source(struct vol_head *h, struct vol_err *err)
{
	const struct vol_grid *g = &h->grid;
	char b[12][32];

	if (key_get(h, "source"))
		return 0;
	for (int i = 0; i < 12; i++)
		vol_number(b[i], i < 9 ? g->direction[i / 3][i % 3] : g->origin[i - 9]);
	return key_set(h, err, "source", "%llu %llu %llu (%s,%s,%s) (%s,%s,%s) (%s,%s,%s) (%s,%s,%s)",
	               (unsigned long long)g->size[0], (unsigned long long)g->size[1],
	               (unsigned long long)g->size[2], b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7],
	               b[8], b[9], b[10], b[11]);
}

int key_source_grid(const struct vol_head *h, struct vol_grid *g, const char *subject, struct vol_err *err)
{
	const char *s = key_get(h, "source"), *at;
	double x[15], extra;
	char text[1024];

	if (!s)
		return 0;
	snprintf(text, sizeof text, "%s", s);
	for (char *c = text; *c; c++)
		*c = strchr("(,)", *c) ? ' ' : *c;
	at = text;
	for (int i = 0; i < 15; i++)
		if (next_number(&at, &x[i]) != 1 || !isfinite(x[i]))
			return vol_fail(err, subject, "vol.source is not a grid");
	if (strlen(s) >= sizeof text || next_number(&at, &extra) != 0)
		return vol_fail(err, subject, "vol.source is not a grid");
	for (int a = 0; a < 3; a++) {
		/* 2^53: from there on a double does not tell neighbours apart */
		if (!(x[a] >= 1 && x[a] < 9007199254740992.0) || x[a] != floor(x[a]))
			return vol_fail(err, subject, "vol.source has the size %g", x[a]);
		g->size[a] = (uint64_t)x[a];
		g->origin[a] = x[12 + a];
		for (int w = 0; w < 3; w++)
			g->direction[a][w] = x[3 + 3 * a + w];
	}
	return grid_check(g, subject, err) < 0 ? -1 : 1;
}

int key_transform(const struct vol_head *h, struct grid_affine *now_to_read, const char *subject, struct vol_err *err)
{
	const char *s = key_get(h, "transform");
	double m[16], extra;

	*now_to_read = grid_affine_identity();
	if (!s)
		return 0;
	for (int i = 0; i < 16; i++)
		if (next_number(&s, &m[i]) != 1 || !isfinite(m[i]))
			return vol_fail(err, subject, "vol.transform is not 16 numbers");
	if (next_number(&s, &extra) != 0)
		return vol_fail(err, subject, "vol.transform is not 16 numbers");
	if (m[12] != 0 || m[13] != 0 || m[14] != 0 || m[15] != 1)
		return vol_fail(err, subject, "vol.transform does not end with 0 0 0 1");
	memcpy(now_to_read->m, m, sizeof now_to_read->m);
	return 1;
}

int key_moved(struct vol_head *h, const struct grid_affine *back, const char *subject, struct vol_err *err)
{
	struct grid_affine before, now;
	char text[12 * 32 + 16] = "", number[32];
	size_t used = 0;

	if (key_transform(h, &before, subject, err) < 0)
		return -1;
	now = grid_affine_after(&before, back);
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 4; k++)
			used += (size_t)snprintf(text + used, sizeof text - used, "%s ", vol_number(number, now.m[i][k]));
	return key_set(h, err, "transform", "%s0 0 0 1", text);
}

int key_history(struct vol_head *h, const char *line, struct vol_err *err)
{
	const struct vol_keys *k = &h->keys;
	size_t n = sizeof history - 1;
	unsigned long last = 0;
	char name[64];

	/* history sorts last: the last key, if any, is its newest line */
	if (k->n && strncmp(k->name[k->n - 1], history, n) == 0)
		last = strtoul(k->name[k->n - 1] + n, NULL, 10);
	snprintf(name, sizeof name, "history.%lu", last + 1);
	return key_set(h, err, name, "%s%s%s", line, h->digest[0] ? "; read sha256:" : "", h->digest);
}
