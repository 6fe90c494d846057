#include "groups.h"

#include <stdlib.h>
#include <string.h>

static int order(const struct group *g, uint64_t entry, int64_t label)
{
	if (g->entry != entry)
		return g->entry < entry ? -1 : 1;
	return (g->label > label) - (g->label < label);
}

static struct group *insert(struct groups *g, size_t at, uint64_t entry, int64_t label)
{
	struct group *new;

	if (g->n == GROUPS_MAX)
		return NULL;
	if (g->n == g->room) {
		size_t room = g->room ? 2 * g->room : 16;
		struct group **more = realloc(g->group, room * sizeof *more);

		if (!more)
			return NULL;
		g->group = more;
		g->room = room;
	}
	new = calloc(1, sizeof *new);
	if (!new)
		return NULL;
	new->entry = entry;
	new->label = label;
	measure_begin(&new->measure, g->what, g->type, g->pad_lo, g->pad_hi);
	memmove(g->group + at + 1, g->group + at, (g->n - at) * sizeof *g->group);
	g->group[at] = new;
	g->n++;
	return new;
}

struct group *groups_at(struct groups *g, uint64_t entry, int64_t label)
{
	size_t lo = 0, hi = g->n;

	/* neighbours are mostly alike */
	if (g->last < g->n && order(g->group[g->last], entry, label) == 0)
		return g->group[g->last];
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (order(g->group[mid], entry, label) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	g->last = lo;
	if (lo < g->n && order(g->group[lo], entry, label) == 0)
		return g->group[lo];
	return insert(g, lo, entry, label);
}

int groups_next(struct groups *g)
{
	int all = 0;

	for (size_t i = 0; i < g->n; i++) {
		int one = measure_next(&g->group[i]->measure);

		if (one < 0)
			return -1;
		all |= one;
	}
	return all;
}

void groups_free(struct groups *g)
{
	for (size_t i = 0; i < g->n; i++) {
		measure_free(&g->group[i]->measure);
		free(g->group[i]);
	}
	free(g->group);
	g->group = NULL;
	g->n = g->room = 0;
}
