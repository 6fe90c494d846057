#include "entries.h"

#include <math.h>
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
		if (used + len + 2 > 64) {
			what[0] = '\0';
			return false;
		}
		used += (size_t)sprintf(what + used, "%s%.*s", k ? " " : "", (int)len, w);
	}
	for (uint64_t k = 0; k <= i; k++)
		w = word(&s, &len);
	if (len >= 64) {
		what[0] = '\0';
		return false;
	}
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
		vol_warn(subject, "vol.axis does not have a name, a unit and one value for each of %llu entries; dropped",
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

/* What key says of entry i: its own, or that of the last one before it which stands for several (NEX). */
static const char *numbered_of(const struct vol_head *h, int key, uint64_t i)
{
	const char *value = NULL, *nex;
	size_t len = strlen(numbered[key]);
	uint64_t last = 0;

	for (size_t k = 0; k < h->keys.n; k++) {
		uint64_t at = strncmp(h->keys.name[k], numbered[key], len) ? UINT64_MAX :
			strtoull(h->keys.name[k] + len, NULL, 10);

		if (at <= i && (!value || at >= last)) {
			value = h->keys.value[k];
			last = at;
		}
	}
	nex = value ? numbered_get(h, NEX, last) : NULL;
	return value && (last == i || (nex && strtoull(nex, NULL, 10) > i - last)) ? value : NULL;
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
	key_drop(h, "nifti.dim");
	h->list = 0;
	return 0;
}

/* ---- do they fit together? ---- */

typedef unsigned long long ull;

static int same_shape(const struct vol_head *a, const char *name, const struct vol_head *first,
                      const char *first_name, bool stack, struct vol_err *err)
{
	if (a->channels != first->channels)
		return vol_fail(err, name, "voxels are of %u numbers, of %s of %u", a->channels, first_name,
		                first->channels);
	if (a->type != first->type)
		return vol_fail(err, name, "is %s, %s is %s: make them the same with volcast --type",
		                voxel_name(a->type), first_name, voxel_name(first->type));
	if (stack && entries_in(a) != entries_in(first))
		return vol_fail(err, name, "has a list axis of %llu, %s of %llu", (ull)entries_in(a), first_name,
		                (ull)entries_in(first));
	for (int k = 0; k < (stack ? 2 : 3); k++)
		if (a->grid.size[k] != first->grid.size[k])
			return vol_fail(err, name, "is of %llu x %llu x %llu voxels, %s of %llu x %llu x %llu%s",
			                (ull)a->grid.size[0], (ull)a->grid.size[1], (ull)a->grid.size[2],
			                first_name, (ull)first->grid.size[0], (ull)first->grid.size[1],
			                (ull)first->grid.size[2],
			                stack ? "" : ": put it on that grid with volresample --like");
	return 0;
}

static int same_place(const struct vol_head *a, const char *name, const struct vol_head *first,
                      const char *first_name, struct vol_err *err)
{
	double mm = grid_corner_distance(&a->grid, &first->grid);

	return mm <= ENTRIES_MM ? 0 : vol_fail(err, name, "lies up to %.4g mm off the grid of %s: put it there "
	                                       "with volresample --like", mm, first_name);
}

/* Does a begin one step after the `before` slices that begin with first? If not: by how much it misses. */
static int continues(const struct vol_head *a, const char *name, const struct vol_head *first,
                     uint64_t before, const char *before_name, struct vol_err *err)
{
	const double *dz = first->grid.direction[2], step = grid_spacing(&first->grid, 2);
	struct vol_grid want = first->grid;
	double mm, slices = 0;

	want.size[2] = a->grid.size[2];
	for (int w = 0; w < 3; w++)
		want.origin[w] += (double)before * dz[w];
	mm = grid_corner_distance(&a->grid, &want);
	if (mm <= ENTRIES_MM)
		return 0;
	for (int w = 0; w < 3; w++)
		slices += (a->grid.origin[w] - want.origin[w]) * dz[w] / (step * step);
	for (int w = 0; w < 3; w++)
		want.origin[w] += slices * dz[w];
	if (!(grid_corner_distance(&a->grid, &want) <= ENTRIES_MM))
		return vol_fail(err, name, "does not continue %s: it lies up to %.4g mm off, and not along the "
		                           "slice axis alone", before_name, mm);
	if (slices > 0)
		return vol_fail(err, name, "there is a gap of %.4g mm between it and %s (slices are %.4g mm apart)",
		                slices * step, before_name, step);
	if (-slices > (double)before + (double)a->grid.size[2] - 0.5)
		return vol_fail(err, name, "lies before %s: give them in the order of their slices", before_name);
	return vol_fail(err, name, "overlaps %s by %.4g mm (slices are %.4g mm apart)", before_name,
	                -slices * step, step);
}

static const char *or_unknown(const char *s)
{
	return s ? s : "not known";
}

static int same_key(const struct vol_head *a, const char *name, const struct vol_head *first,
                    const char *first_name, const char *key, const char *what, struct vol_err *err)
{
	const char *x = key_get(a, key), *y = key_get(first, key);

	if (x == y || (x && y && strcmp(x, y) == 0))
		return 0;
	return vol_fail(err, name, "%s is %.40s, of %s %.40s: they cannot be one volume", what, or_unknown(x),
	                first_name, or_unknown(y));
}

static int same_meaning(const struct vol_head *a, const char *name, const struct vol_head *first,
                        const char *first_name, struct vol_err *err)
{
	const char *x = key_get(a, "labels"), *y = key_get(first, "labels");

	if (same_key(a, name, first, first_name, "unit", "the unit of its values", err) < 0 ||
	    same_key(a, name, first, first_name, "rescale.unit", "the unit after the rescale", err) < 0)
		return -1;
	if (!key_get(a, "rescale") != !key_get(first, "rescale"))
		return vol_fail(err, name, "has %s vol.rescale, %s has %s: run volhu on both",
		                key_get(a, "rescale") ? "a" : "no", first_name, key_get(first, "rescale") ? "one" : "none");
	if (x && y && strcmp(x, y) != 0)
		return vol_fail(err, name, "its labels have other names than those of %s", first_name);
	return 0;
}

/* ---- the keys of the joined volume ---- */

struct join {
	struct vol_head *to;
	const struct vol_head *part;
	const char *const *name;
	size_t n;
	bool stack;
};

static bool starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* What is dealt with elsewhere. */
static bool is_special(const struct join *j, const char *key)
{
	return starts(key, "vol.history.") || strcmp(key, "vol.rescale") == 0 ||
	       (!j->stack && (strcmp(key, "vol.axis") == 0 || is_numbered(key)));
}

static void tell_dropped(const struct join *j, size_t i, const char *key)
{
	if (strcmp(key, "vol.padding") == 0 || strcmp(key, "vol.axis") == 0)
		vol_warn(j->name[i], "%s is not that of %s; dropped", key, j->name[0]);
	else
		vol_note(j->name[i], "%s is not that of %s; dropped", key, j->name[0]);
}

static void keep_common(const struct join *j)
{
	struct vol_head *to = j->to;

	for (size_t k = to->keys.n; k-- > 0;)
		for (size_t i = 1; i < j->n && !is_special(j, to->keys.name[k]); i++) {
			const char *value = key_get_full(&j->part[i], to->keys.name[k]);

			if (value && strcmp(value, to->keys.value[k]) == 0)
				continue;
			tell_dropped(j, i, to->keys.name[k]);
			key_drop_full(to, to->keys.name[k]);
			break;
		}
	/* marked in a later one only: as far as anyone knows, measured in the first */
	for (size_t i = 1; i < j->n; i++)
		if (key_get(&j->part[i], "padding") && !key_get(&j->part[0], "padding")) {
			tell_dropped(j, i, "vol.padding");
			break;
		}
}

static int join_axis(const struct join *j, struct vol_err *err)
{
	char what[64], value[64], first[64], *text = NULL;
	size_t len, said = 0;
	FILE *f = open_memstream(&text, &len);
	int rc = 0;

	if (!f)
		return vol_fail(err, "header", "out of memory");
	for (size_t i = 0; i < j->n; i++) {
		const char *rest = key_get(&j->part[i], "axis");

		if (!entries_axis(&j->part[i], 0, what, value))
			continue;
		if (said == 0)
			fputs(strcpy(first, what), f);
		if (strcmp(first, what) != 0)
			break;
		word(&rest, &len);
		word(&rest, &len);
		fputs(rest, f);
		said++;
	}
	key_drop(j->to, "axis");
	if (fclose(f) != 0)
		rc = vol_fail(err, "header", "out of memory");
	else if (said == j->n)
		rc = key_set(j->to, err, "axis", "%s", text);
	else if (said)
		vol_warn("", "vol.axis does not say the same axis for all volumes; dropped");
	free(text);
	return rc;
}

static int join_numbered(const struct join *j, struct vol_err *err)
{
	uint64_t before = 0;

	drop_numbered(j->to);
	for (size_t i = 0; i < j->n; i++) {
		const struct vol_keys *keys = &j->part[i].keys;

		for (size_t k = 0; k < keys->n; k++)
			for (int d = 0; d < NUMBERED; d++)
				if (starts(keys->name[k], numbered[d]) &&
				    numbered_set(j->to, d, before + strtoull(keys->name[k] + strlen(numbered[d]), NULL, 10),
				                 keys->value[k], err) < 0)
					return -1;
		before += entries_in(&j->part[i]);
	}
	return 0;
}

/* The pairs of all slices, in the order in which they are written. */
static void order_pairs(const struct join *j, const struct vol_rescale *r, struct vol_rescale *all)
{
	uint64_t rounds = j->stack ? entries_in(&j->part[0]) : 1;

	all->n = 0;
	for (uint64_t e = 0; e < rounds; e++)
		for (size_t i = 0; i < j->n; i++) {
			size_t slices = (size_t)(vol_head_slices(&j->part[i]) / rounds);

			for (size_t k = 0; k < slices; k++, all->n++) {
				size_t from = r[i].n == 1 ? 0 : (size_t)e * slices + k;

				all->slope[all->n] = r[i].slope[from];
				all->intercept[all->n] = r[i].intercept[from];
			}
		}
}

static int join_pairs(const struct join *j, const struct vol_rescale *r, struct vol_err *err)
{
	/* more would not fit a header anyhow, and a header may claim any number of slices */
	enum { MOST = 4 << 20 };
	struct vol_rescale all = {0};
	uint64_t slices = vol_head_slices(j->to);
	int rc;

	if (slices > MOST)
		return vol_fail(err, "", "slope and intercept differ, for %llu slices: run volhu first", (ull)slices);
	all.slope = calloc((size_t)slices, sizeof(double));
	all.intercept = calloc((size_t)slices, sizeof(double));
	if (all.slope && all.intercept) {
		order_pairs(j, r, &all);
		rc = key_set_rescale(j->to, &all, err);
	} else {
		rc = vol_fail(err, "", "out of memory");
	}
	rescale_free(&all);
	return rc;
}

static int join_rescale(const struct join *j, struct vol_err *err)
{
	struct vol_rescale *r = calloc(j->n, sizeof *r);
	bool plain = true;
	int rc = r ? 0 : vol_fail(err, "", "out of memory");

	for (size_t i = 0; rc == 0 && i < j->n; i++) {
		rc = key_rescale(&j->part[i], &r[i], j->name[i], err);
		rescale_simplify(&r[i]);
		plain = plain && rc == 0 && r[i].n <= 1 &&
			(r[i].n == 0 || (r[i].slope[0] == r[0].slope[0] && r[i].intercept[0] == r[0].intercept[0]));
	}
	if (rc == 0)
		rc = plain ? key_set_rescale(j->to, &r[0], err) : join_pairs(j, r, err);
	for (size_t i = 0; r && i < j->n; i++)
		rescale_free(&r[i]);
	free(r);
	return rc;
}

static int add_size(uint64_t *sum, uint64_t more, const char *name, struct vol_err *err)
{
	return __builtin_add_overflow(*sum, more, sum) ? vol_fail(err, name, "is too large") : 0;
}

int entries_join(struct vol_head *to, const struct vol_head *part, const char *const *name, size_t n,
                 bool stack, struct vol_err *err)
{
	const struct join j = {to, part, name, n, stack};
	uint64_t total = stack ? part[0].grid.size[2] : entries_in(&part[0]);

	vol_head_init(to);
	for (size_t i = 1; i < n; i++) {
		if (same_shape(&part[i], name[i], &part[0], name[0], stack, err) < 0 ||
		    (stack ? continues(&part[i], name[i], &part[0], total, name[i - 1], err)
			   : same_place(&part[i], name[i], &part[0], name[0], err)) < 0 ||
		    same_meaning(&part[i], name[i], &part[0], name[0], err) < 0 ||
		    add_size(&total, stack ? part[i].grid.size[2] : entries_in(&part[i]), name[i], err) < 0)
			return -1;
	}
	if (vol_head_copy(to, &part[0], err) < 0)
		return -1;
	to->digest[0] = '\0';
	*(stack ? &to->grid.size[2] : &to->list) = total;
	if (vol_head_check(to, "output", err) < 0)
		return -1;
	keep_common(&j);
	if (!stack)
		key_drop(to, "nifti.dim");
	if (!stack && (join_axis(&j, err) < 0 || join_numbered(&j, err) < 0))
		return -1;
	return join_rescale(&j, err);
}

int entries_set_axis(struct vol_head *h, const char *axis, const char *subject, struct vol_err *err)
{
	uint64_t words = words_in(axis);

	if (words != entries_in(h) + 2)
		return vol_fail(err, subject, "'%.200s' has to be a name, a unit and a value for each of %llu volumes",
		                axis, (ull)entries_in(h));
	return key_set(h, err, "axis", "%s", axis);
}
