#include "tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pair {
	double value;
	uint64_t count; /* 0: free */
};

struct tally {
	struct pair *slot;  /* a power of two, at least half of them free */
	size_t slots, used;
	uint64_t padding, not_finite;
};

struct tally *tally_new(void)
{
	struct tally *t = calloc(1, sizeof *t);

	if (!t)
		return NULL;
	t->slots = 1024;
	t->slot = calloc(t->slots, sizeof *t->slot);
	if (t->slot)
		return t;
	free(t);
	return NULL;
}

void tally_free(struct tally *t)
{
	if (!t)
		return;
	free(t->slot);
	free(t);
}

uint64_t tally_padding(const struct tally *t)
{
	return t->padding;
}

uint64_t tally_not_finite(const struct tally *t)
{
	return t->not_finite;
}

static struct pair *find(const struct tally *t, double v)
{
	uint64_t bits;
	size_t i;

	memcpy(&bits, &v, sizeof bits);
	/* Fibonacci hashing: whole numbers differ in their high bits only */
	i = (size_t)((bits ^ bits >> 32) * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (t->slots - 1);
	while (t->slot[i].count && t->slot[i].value != v)
		i = (i + 1) & (t->slots - 1);
	return &t->slot[i];
}

static bool grow(struct tally *t)
{
	struct pair *old = t->slot;
	size_t n = t->slots;

	t->slot = calloc(2 * n, sizeof *t->slot);
	if (!t->slot) {
		t->slot = old;
		return false;
	}
	t->slots = 2 * n;
	for (size_t i = 0; i < n; i++)
		if (old[i].count)
			*find(t, old[i].value) = old[i];
	free(old);
	return true;
}

static bool add_one(struct tally *t, double v, uint64_t count)
{
	struct pair *p = find(t, v + 0.0);

	if (p->count) {
		p->count += count;
		return true;
	}
	if (t->used == TALLY_MAX || (2 * (t->used + 1) > t->slots && !grow(t)))
		return false;
	p = find(t, v + 0.0);
	p->value = v + 0.0;
	p->count = count;
	t->used++;
	return true;
}

bool tally_add(struct tally *t, const void *voxels, enum voxel_type type, size_t n, double pad_lo, double pad_hi)
{
	double last = NAN;
	uint64_t run = 0;

	for (size_t i = 0; i < n; i++) {
		double v = voxel_get(voxels, type, i);

		if (v == last) {
			run++;
			continue;
		}
		if (v >= pad_lo && v <= pad_hi) {
			t->padding++;
		} else if (!isfinite(v)) {
			t->not_finite++;
		} else {
			if (run && !add_one(t, last, run))
				return false;
			last = v;
			run = 1;
		}
	}
	return !run || add_one(t, last, run);
}

static int compare(const void *a, const void *b)
{
	double x = ((const struct pair *)a)->value, y = ((const struct pair *)b)->value;

	return (x > y) - (x < y);
}

bool tally_distribution(const struct tally *t, struct distribution *d)
{
	struct pair *all = malloc((t->used + 1) * sizeof *all);

	memset(d, 0, sizeof *d);
	d->value = malloc((t->used + 1) * sizeof *d->value);
	d->count = malloc((t->used + 1) * sizeof *d->count);
	if (!all || !d->value || !d->count) {
		free(all);
		distribution_free(d);
		return false;
	}
	for (size_t i = 0; i < t->slots; i++)
		if (t->slot[i].count)
			all[d->n++] = t->slot[i];
	qsort(all, d->n, sizeof *all, compare);
	for (size_t i = 0; i < d->n; i++) {
		d->value[i] = all[i].value;
		d->count[i] = all[i].count;
	}
	free(all);
	return true;
}
