#include "regions.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void regions_free(struct regions *r)
{
	free(r->at);
	free(r->slot);
	memset(r, 0, sizeof *r);
}

/* ---- label to region ---- */

static size_t place(const struct regions *r, uint32_t label)
{
	size_t i = (label * 2654435769U) & (r->slots - 1);

	while (r->slot[i] && r->at[r->slot[i] - 1].label != label)
		i = (i + 1) & (r->slots - 1);
	return i;
}

static bool grow(struct regions *r)
{
	size_t room = r->room ? 2 * r->room : 64;
	struct region *at = realloc(r->at, room * sizeof *at);

	if (!at)
		return false;
	r->at = at;
	r->room = room;
	free(r->slot);
	r->slots = 2 * room;
	r->slot = calloc(r->slots, sizeof *r->slot);
	for (size_t i = 0; r->slot && i < r->n; i++)
		r->slot[place(r, r->at[i].label)] = (uint32_t)i + 1;
	return r->slot;
}

static struct region *find(struct regions *r, uint32_t label)
{
	size_t i;

	if (r->n == r->room && !grow(r))
		return NULL;
	i = place(r, label);
	if (!r->slot[i]) {
		r->at[r->n++] = (struct region){.label = label, .lo = {UINT64_MAX, UINT64_MAX, UINT64_MAX},
		                                .min = INFINITY, .max = -INFINITY};
		r->slot[i] = (uint32_t)r->n;
	}
	return &r->at[r->slot[i] - 1];
}

/* ---- counting ---- */

static void count_values(struct region *g, const void *image, enum voxel_type type, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		double v = voxel_get(image, type, i), d;

		if (!isfinite(v))
			continue;
		/* sums of what differs from one value of the region: no cancellation far from zero */
		if (g->values++ == 0)
			g->shift = v;
		d = v - g->shift;
		g->sum1 += d;
		g->sum2 += d * d;
		g->min = v < g->min ? v : g->min;
		g->max = v > g->max ? v : g->max;
	}
}

static void count_run(struct region *g, size_t from, size_t to, uint64_t y, uint64_t z)
{
	uint64_t lo[3] = {from, y, z}, hi[3] = {to - 1, y, z};
	double n = (double)(to - from);

	g->voxels += to - from;
	g->sum[0] += n * ((double)from + (double)(to - 1)) / 2;
	g->sum[1] += n * (double)y;
	g->sum[2] += n * (double)z;
	for (int k = 0; k < 3; k++) {
		g->lo[k] = lo[k] < g->lo[k] ? lo[k] : g->lo[k];
		g->hi[k] = hi[k] > g->hi[k] ? hi[k] : g->hi[k];
	}
}

int regions_row(struct regions *r, const void *labels, enum voxel_type type, size_t nx, uint64_t y,
                uint64_t z, const void *image, enum voxel_type image_type, const char **why)
{
	for (size_t from = 0, to; from < nx; from = to) {
		double label = voxel_get(labels, type, from);
		struct region *g;

		for (to = from + 1; to < nx && voxel_get(labels, type, to) == label; to++)
			;
		if (label == 0)
			continue;
		if (!(label > 0 && label <= UINT32_MAX && label == floor(label))) {
			*why = "is not a whole number from 0 to 4294967295";
			return -1;
		}
		g = find(r, (uint32_t)label);
		if (!g) {
			*why = "out of memory";
			return -1;
		}
		count_run(g, from, to, y, z);
		if (image)
			count_values(g, image, image_type, from, to);
	}
	return 0;
}

static int by_label(const void *a, const void *b)
{
	uint32_t x = ((const struct region *)a)->label, y = ((const struct region *)b)->label;

	return (x > y) - (x < y);
}

void regions_end(struct regions *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct region *g = &r->at[i];
		double n = (double)g->values, off = g->sum1 / n, variance = g->sum2 / n - off * off;

		for (int k = 0; k < 3; k++)
			g->centroid[k] = g->sum[k] / (double)g->voxels;
		if (g->values) {
			g->mean = g->shift + off;
			g->sd = variance > 0 ? sqrt(variance) : 0;
		} else {
			g->min = g->max = g->mean = g->sd = NAN;
		}
	}
	if (r->n)
		qsort(r->at, r->n, sizeof *r->at, by_label);
}
