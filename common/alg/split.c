#include "split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ONE_SIDE  0.85
#define VALLEY_MM 50.0  /* how far the middle between the lungs may lie from the body's */
#define BAND_MM   40.0
#define WHOLE     0.90  /* of what lies together in a slice, when this much is on one side */
#define CROSSING  100   /* cost of a voxel of lung; a column away from the middle costs 1 */

enum { BELOW = 1, ABOVE = 2, BOTH = 3 }; /* the middle, by x */

struct split {
	const struct split_plan *p;
	double middle;                    /* between the lungs */
	struct components work;
	size_t nx, ny, words, lo, width;  /* the band: columns lo to lo + width - 1 */
	uint32_t *cost, *before;          /* of the paths to each column of the band */
	int8_t *step;                     /* ny rows of width: where the path comes from */
	uint32_t *path;                   /* of each row, the column; what is above it is one side */
	uint64_t *joint;
};

/* ---- whole components ---- */

static uint64_t below(const struct component_run *r, double middle)
{
	double end = floor(middle) + 1;

	if (r->lo >= end)
		return 0;
	return r->hi <= end ? r->hi - r->lo : (uint64_t)end - r->lo;
}

/* side[number], one of the three. NULL out of memory. */
static uint8_t *find_sides(const struct split *s, struct components *c, const bool *keep,
                           const struct bitmask *mask)
{
	uint64_t *count = calloc(c->n + (size_t)1, sizeof *count);
	uint8_t *side = calloc(c->n + (size_t)1, 1);
	bool good = count && side;

	for (size_t z = 0; good && z < mask->size[2]; z++) {
		size_t n;
		const struct component_run *run = components_runs(c, z, bitmask_at_slice(mask, z), &n);

		good = run;
		for (size_t i = 0; good && i < n; i++)
			if (keep[run[i].label])
				count[run[i].label] += below(&run[i], s->middle);
	}
	for (uint32_t i = 1; good && i <= c->n; i++) {
		double share = (double)count[i] / (double)c->at[i].size;

		if (keep[i])
			side[i] = share > ONE_SIDE ? BELOW : share < 1 - ONE_SIDE ? ABOVE : BOTH;
	}
	free(count);
	if (good)
		return side;
	free(side);
	return NULL;
}

/* The column that the fewest voxels of the lungs have, not far from the body's middle, and of several
 * the nearest to it. */
static int find_valley(struct split *s, struct components *c, const bool *keep, const struct bitmask *mask)
{
	int64_t *change = calloc(s->nx + 1, sizeof *change), sum = 0, least = INT64_MAX;
	double reach = VALLEY_MM / s->p->spacing[0], off = INFINITY;
	bool good = change;

	s->middle = s->p->middle;
	for (size_t z = 0; good && z < mask->size[2]; z++) {
		size_t n;
		const struct component_run *run = components_runs(c, z, bitmask_at_slice(mask, z), &n);

		good = run;
		for (size_t i = 0; good && i < n; i++)
			if (keep[run[i].label]) {
				change[run[i].lo]++;
				change[run[i].hi]--;
			}
	}
	for (size_t x = 0; good && x < s->nx; x++) {
		double away = fabs((double)x - s->p->middle);

		sum += change[x];
		if (away > reach || sum > least || (sum == least && away >= off))
			continue;
		least = sum;
		off = away;
		s->middle = (double)x;
	}
	free(change);
	return good ? 0 : -1;
}

/* ---- the path through one slice ---- */

static void begin_band(struct split *s)
{
	double reach = BAND_MM / s->p->spacing[0], lo = s->middle - reach, hi = s->middle + reach;

	s->lo = lo > 0 ? (size_t)lo : 0;
	s->width = (hi < (double)s->nx - 1 ? (size_t)hi : s->nx - 1) - s->lo + 1;
}

static void find_path(struct split *s, const uint64_t *slice, size_t row)
{
	for (size_t y = 0; y < s->ny; y++) {
		uint32_t *swap = s->before;

		s->before = s->cost;
		s->cost = swap;
		for (size_t i = 0; i < s->width; i++) {
			size_t x = s->lo + i;
			uint32_t here = (uint32_t)fabs((double)x - s->middle), best = 0;
			int from = 0;

			if (slice[y * row + x / 64] >> x % 64 & 1)
				here += CROSSING;
			if (y > 0) {
				best = s->before[i];
				for (int d = -1; d <= 1; d += 2)
					if ((d > 0 ? i + 1 < s->width : i > 0) && s->before[i + (size_t)(ptrdiff_t)d] < best) {
						best = s->before[i + (size_t)(ptrdiff_t)d];
						from = d;
					}
			}
			s->cost[i] = best + here;
			s->step[y * s->width + i] = (int8_t)from;
		}
	}
	size_t at = 0;

	for (size_t i = 1; i < s->width; i++)
		if (s->cost[i] < s->cost[at])
			at = i;
	for (size_t y = s->ny; y-- > 0;) {
		s->path[y] = (uint32_t)(s->lo + at);
		at = (size_t)((ptrdiff_t)at + s->step[y * s->width + at]);
	}
}

/* Runs of the slice that are of components with both lungs, to their sides of the path. */
static int cut_slice(struct split *s, uint64_t *side_below, uint64_t *side_above)
{
	const size_t one[3] = {s->nx, s->ny, 1};
	const struct component_run *run;
	uint64_t *count;
	size_t n, row = s->words / s->ny;

	find_path(s, s->joint, row);
	if (components_begin(&s->work, one, 8, false) < 0 || components_add(&s->work, s->joint) < 0 ||
	    components_end(&s->work) < 0 || !(run = components_runs(&s->work, 0, s->joint, &n)) ||
	    !(count = calloc(s->work.n + (size_t)1, sizeof *count)))
		return -1;
	for (size_t i = 0; i < n; i++)
		count[run[i].label] += below(&run[i], s->path[run[i].y]);
	for (size_t i = 0; i < n; i++) {
		double share = (double)count[run[i].label] / (double)s->work.at[run[i].label].size;
		uint32_t at = share > WHOLE ? run[i].hi : share < 1 - WHOLE ? 0 : s->path[run[i].y] + 1;

		words_set(side_below + run[i].y * row, run[i].lo, at < run[i].hi ? at : run[i].hi);
		words_set(side_above + run[i].y * row, at > run[i].lo ? at : run[i].lo, run[i].hi);
	}
	free(count);
	return 0;
}

/* One slice of the mask to its two sides. */
static int split_slice(struct split *s, struct components *c, size_t z, const uint8_t *side, uint64_t *mask,
                       uint64_t *left)
{
	size_t n, row = s->words / s->ny;
	const struct component_run *run = components_runs(c, z, mask, &n);
	uint64_t *side_below = s->p->left_is_up ? mask : left, *side_above = s->p->left_is_up ? left : mask;
	bool both = false;

	if (!run)
		return -1;
	memset(mask, 0, s->words * sizeof *mask);
	memset(left, 0, s->words * sizeof *left);
	memset(s->joint, 0, s->words * sizeof *left);
	for (size_t i = 0; i < n; i++) {
		uint64_t *to[] = {NULL, side_below, side_above, s->joint};
		uint8_t which = side[run[i].label];

		if (which)
			words_set(to[which] + run[i].y * row, run[i].lo, run[i].hi);
		both = both || which == BOTH;
	}
	return both ? cut_slice(s, side_below, side_above) : 0;
}

int split_sides(const struct split_plan *p, struct components *c, const bool *keep, struct bitmask *mask,
                struct bitmask *left, bool *cut)
{
	struct split s = {.p = p, .nx = mask->size[0], .ny = mask->size[1], .words = mask->slice};
	uint8_t *side = NULL;
	int rc = -1;

	if (find_valley(&s, c, keep, mask) == 0)
		side = find_sides(&s, c, keep, mask);
	begin_band(&s);
	s.cost = malloc(s.width * sizeof *s.cost);
	s.before = malloc(s.width * sizeof *s.before);
	s.step = malloc(s.width * s.ny);
	s.path = malloc(s.ny * sizeof *s.path);
	s.joint = malloc(s.words * sizeof *s.joint);
	*cut = false;
	if (side && s.cost && s.before && s.step && s.path && s.joint) {
		for (uint32_t i = 1; i <= c->n; i++)
			*cut = *cut || side[i] == BOTH;
		rc = 0;
	}
	for (size_t z = 0; rc == 0 && z < mask->size[2]; z++)
		rc = split_slice(&s, c, z, side, bitmask_at_slice(mask, z), bitmask_at_slice(left, z));
	components_free(&s.work);
	free(side);
	free(s.cost);
	free(s.before);
	free(s.step);
	free(s.path);
	free(s.joint);
	return rc;
}
