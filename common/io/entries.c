#include "entries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"

uint64_t entries_in(const struct vol_head *h)
{
	return h->list ? h->list : 1;
}

/* ---- vol.axis: name, unit, values, with blanks between ---- */

static const char *word(const char **s, size_t *n)
{
	const char *w;

	*s += strspn(*s, " \t");
	w = *s;
	*n = strcspn(w, " \t");
	*s += *n;
	return w;
}

static uint64_t words_in(const char *s)
{
	uint64_t n = 0;
	size_t len;

	while (word(&s, &len), len)
		n++;
	return n;
}

bool entries_axis(const struct vol_head *h, uint64_t i, char *what, char *value)
{
	const char *s = key_get(h, "axis"), *w = "";
	uint64_t n = s ? words_in(s) : 0;
	size_t len = 0, used = 0;

	what[0] = value[0] = '\0';
	if (n != entries_in(h) + 2)
		return false;
	for (int k = 0; k < 2; k++) {
		w = word(&s, &len);
		if (used + len + 2 > 64)
			break;
		used += (size_t)sprintf(what + used, "%s%.*s", k ? " " : "", (int)len, w);
	}
	for (uint64_t k = 0; k <= i; k++)
		w = word(&s, &len);
	if (len < 64)
		sprintf(value, "%.*s", (int)len, w);
	return true;
}

static int take_axis(struct vol_head *h, uint64_t i, const char *subject, struct vol_err *err)
{
	const char *axis = key_get(h, "axis");
	char what[64], value[64];

	if (!axis || (h->list == 0 && words_in(axis) == 3))
		return 0;
	if (entries_axis(h, i, what, value))
		return key_set(h, err, "axis", "%s %s", what, value);
	if (words_in(axis) > 2) {
		vol_warn(subject, "vol.axis does not have one value for each of %llu entries; dropped",
		         (unsigned long long)entries_in(h));
		key_drop(h, "axis");
	}
	return 0;
}

/* ---- diffusion: keys whose names end in the number of the entry, of four digits or more ---- */

static const char *const numbered[] = {"DWMRI_gradient_", "DWMRI_B-matrix_", "DWMRI_NEX_"};
enum { NUMBERED = sizeof numbered / sizeof *numbered, NEX = 2 };

static const char *numbered_get(const struct vol_head *h, int key, uint64_t i)
{
	char name[64];

	snprintf(name, sizeof name, "%s%04llu", numbered[key], (unsigned long long)i);
	return key_get_full(h, name);
}

static int numbered_set(struct vol_head *h, int key, uint64_t i, const char *value, struct vol_err *err)
{
	char name[64];

	snprintf(name, sizeof name, "%s%04llu", numbered[key], (unsigned long long)i);
	return key_set_full(h, name, value, err);
}

static bool is_numbered(const char *name)
{
	for (int k = 0; k < NUMBERED; k++)
		if (strncmp(name, numbered[k], strlen(numbered[k])) == 0)
			return true;
	return false;
}

static bool has_numbered(const struct vol_head *h)
{
	for (size_t i = 0; i < h->keys.n; i++)
		if (is_numbered(h->keys.name[i]))
			return true;
	return false;
}

static void drop_numbered(struct vol_head *h)
{
	for (size_t i = h->keys.n; i-- > 0;)
		if (is_numbered(h->keys.name[i]))
			key_drop_full(h, h->keys.name[i]);
}

/* What key says of entry i: its own, or that of an entry before it which stands for several (NEX). */
static const char *numbered_of(const struct vol_head *h, int key, uint64_t i)
{
	for (uint64_t k = i + 1; k-- > 0;) {
		const char *value = numbered_get(h, key, k), *nex = numbered_get(h, NEX, k);

		if (value)
			return k == i || (nex && strtoull(nex, NULL, 10) > i - k) ? value : NULL;
	}
	return NULL;
}

static int take_numbered(struct vol_head *h, uint64_t i, struct vol_err *err)
{
	char *kept[NEX] = {NULL};
	int rc = 0;

	if (!has_numbered(h))
		return 0;
	for (int k = 0; k < NEX; k++) {
		const char *value = numbered_of(h, k, i);

		kept[k] = value ? strdup(value) : NULL;
		if (value && !kept[k])
			rc = vol_fail(err, "header", "out of memory");
	}
	drop_numbered(h);
	for (int k = 0; k < NEX; k++) {
		if (rc == 0 && kept[k])
			rc = numbered_set(h, k, 0, kept[k], err);
		free(kept[k]);
	}
	return rc;
}

/* ---- one entry ---- */

int entries_take(struct vol_head *h, uint64_t i, const char *subject, struct vol_err *err)
{
	size_t nz = (size_t)h->grid.size[2];
	struct vol_rescale r;
	int rc = 0;

	if (key_rescale(h, &r, subject, err) < 0)
		return -1;
	if (r.n > 1) {
		memmove(r.slope, r.slope + i * nz, nz * sizeof *r.slope);
		memmove(r.intercept, r.intercept + i * nz, nz * sizeof *r.intercept);
		r.n = nz;
		rescale_simplify(&r);
		rc = key_set_rescale(h, &r, err);
	}
	rescale_free(&r);
	if (rc < 0 || take_axis(h, i, subject, err) < 0 || take_numbered(h, i, err) < 0)
		return -1;
	h->list = 0;
	return 0;
}
