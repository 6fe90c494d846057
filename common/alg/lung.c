#include "lung.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "box.h"
#include "components.h"
#include "fill.h"
#include "select.h"
#include "split.h"

#define AIR_HU      (-320.0)
#define GAS_HU      (-950.0) /* the limit of emphysema (Gevenois et al. 1995): few lungs are mostly below */
#define GAS_SHARE   0.75
#define BODY_MM     3.0      /* half of the thickness from which a solid part is body */
#define TUBE_MM     2.0      /* half of the width up to which a way from outside is none */
#define LUNG_ML     20.0     /* smaller components are no lung */
#define LUNG_SHARE  0.01     /* ... nor those below this share of the largest */
#define HOLE_MM2    700.0    /* a nodule is up to 30 mm wide */

/* What is round enough, and near enough to the middle, to be the trachea; and how it may go on. */
#define TRACHEA_MIN_MM2  30.0
#define TRACHEA_MAX_MM2  700.0
#define TRACHEA_GAS      0.3    /* share of its pixels; few, where pixels are wide */
#define TRACHEA_OFF_MM   35.0
#define TRACHEA_LONG_MM  25.0
#define AIRWAY_MAX_MM2   900.0
#define AIRWAY_MERGED_MM 40.0

struct lung {
	struct lung_plan p;
	size_t size[3];
	struct bitmask air;     /* then the right lung */
	struct bitmask gas;     /* then the left lung */
	size_t z;
	double middle;          /* sum of the body's middles along x, over the slices that have one */
	size_t middles;
	uint8_t *bytes;         /* a slice */
	uint64_t *t[3];         /* slices of words */
	struct components work; /* of one slice */
};

static size_t reach(const struct lung *l, int axis, double mm)
{
	return (size_t)(mm / l->p.spacing[axis] + 1e-9);
}

static double pixel_mm2(const struct lung *l)
{
	return l->p.spacing[0] * l->p.spacing[1];
}

struct lung *lung_new(const struct lung_plan *plan)
{
	struct lung *l = calloc(1, sizeof *l);

	if (!l)
		return NULL;
	l->p = *plan;
	if (bitmask_new(&l->air, plan->size) < 0 || bitmask_new(&l->gas, plan->size) < 0) {
		lung_free(l);
		return NULL;
	}
	memcpy(l->size, l->air.size, sizeof l->size);
	l->bytes = malloc(l->size[0] * l->size[1]);
	for (int i = 0; i < 3; i++)
		l->t[i] = malloc(l->air.slice * sizeof(uint64_t));
	if (!l->bytes || !l->t[0] || !l->t[1] || !l->t[2]) {
		lung_free(l);
		return NULL;
	}
	return l;
}

void lung_free(struct lung *l)
{
	if (!l)
		return;
	bitmask_free(&l->air);
	bitmask_free(&l->gas);
	free(l->bytes);
	for (int i = 0; i < 3; i++)
		free(l->t[i]);
	components_free(&l->work);
	free(l);
}

/* The components of one slice, in l->work. */
static int find_in_slice(struct lung *l, const uint64_t *slice, int connectivity)
{
	const size_t one[3] = {l->size[0], l->size[1], 1};

	return components_begin(&l->work, one, connectivity, false) < 0 ||
			       components_add(&l->work, slice) < 0 || components_end(&l->work) < 0
		       ? -1
		       : 0;
}

/* Voxels of row `row` within lo <= x < hi. */
static uint64_t count_within(const uint64_t *row, size_t lo, size_t hi)
{
	uint64_t n = 0;

	for (size_t i = lo / 64; i * 64 < hi; i++) {
		uint64_t w = row[i];

		if (i == lo / 64)
			w &= ~UINT64_C(0) << lo % 64;
		if (hi < i * 64 + 64)
			w &= (UINT64_C(1) << (hi - i * 64)) - 1;
		n += (uint64_t)__builtin_popcountll(w);
	}
	return n;
}

/* count[number] of each component in l->work: voxels of the slice `of` that it has. NULL: memory. */
static uint64_t *count_in_slice(struct lung *l, const uint64_t *slice, const uint64_t *of)
{
	size_t n;
	const struct component_run *run = components_runs(&l->work, 0, slice, &n);
	uint64_t *count = calloc(l->work.n + (size_t)1, sizeof *count);

	for (size_t i = 0; run && count && i < n; i++)
		count[run[i].label] += count_within(of + run[i].y * l->air.row, run[i].lo, run[i].hi);
	if (run)
		return count;
	free(count);
	return NULL;
}

/* ---- one slice as it comes ---- */

static void select_to(struct lung *l, const void *voxels, double lo, double hi, uint64_t *words)
{
	select_range(voxels, l->p.type, l->size[0] * l->size[1], lo, hi, l->bytes);
	bitmask_pack(l->bytes, l->size[0], l->size[1], words);
}

/* Does the component of this slice hold a corner of it? Row ends that runs of it reach. */
static int mark_corners(struct lung *l, const uint64_t *slice, bool *corner)
{
	size_t n;
	const struct component_run *run = components_runs(&l->work, 0, slice, &n);

	for (size_t i = 0; run && i < n; i++)
		if ((run[i].y == 0 || run[i].y == l->size[1] - 1) && (run[i].lo == 0 || run[i].hi == l->size[0]))
			corner[run[i].label] = true;
	return run ? 0 : -1;
}

/* A ring of one value around the field of view, that no key tells of: it is air as well. */
static int ring_to_air(struct lung *l, const void *voxels, uint64_t *air, uint64_t *gas)
{
	size_t nx = l->size[0], ny = l->size[1], corner[4] = {0, nx - 1, nx * (ny - 1), nx * ny - 1};
	double v = voxel_get(voxels, l->p.type, 0);
	bool *keep;
	int rc;

	for (int i = 1; i < 4; i++)
		if (voxel_get(voxels, l->p.type, corner[i]) != v)
			return 0;
	if (v <= AIR_HU)
		return 0;
	select_to(l, voxels, v, v, l->t[0]);
	if (find_in_slice(l, l->t[0], 4) < 0)
		return -1;
	keep = calloc(l->work.n + (size_t)1, sizeof *keep);
	rc = keep ? mark_corners(l, l->t[0], keep) : -1;
	if (rc == 0)
		rc = components_pick(&l->work, 0, l->t[0], keep, l->t[0]);
	free(keep);
	words_or(air, l->t[0], l->air.slice);
	words_or(gas, l->t[0], l->air.slice);
	return rc;
}

/* t[0]: the air outside. */
static int find_outside(struct lung *l, const uint64_t *air, const uint64_t *gas)
{
	size_t rx = reach(l, 0, TUBE_MM), ry = reach(l, 1, TUBE_MM);
	uint64_t *out = l->t[0], *count;
	bool *keep;
	int rc = -1;

	memcpy(out, air, l->air.slice * sizeof *out);
	box_erode(out, l->size[0], l->size[1], rx, ry);
	if (find_in_slice(l, out, 4) < 0)
		return -1;
	keep = calloc(l->work.n + (size_t)1, sizeof *keep);
	count = count_in_slice(l, out, gas);
	if (keep && count && mark_corners(l, out, keep) == 0) {
		for (uint32_t i = 1; i <= l->work.n; i++)
			keep[i] = keep[i] || ((l->work.at[i].faces & FACES_IN_PLANE) &&
			                      count[i] * 2 > l->work.at[i].size);
		rc = components_pick(&l->work, 0, out, keep, out);
		box_dilate(out, l->size[0], l->size[1], rx + 1, ry + 1);
		words_and(out, air, l->air.slice);
	}
	free(keep);
	free(count);
	return rc;
}

/* t[1]: the body: what is thick enough, and what is solid and close to that. */
static void find_body(struct lung *l, const uint64_t *air)
{
	size_t nx = l->size[0], ny = l->size[1], rx = reach(l, 0, BODY_MM), ry = reach(l, 1, BODY_MM);
	uint64_t *body = l->t[1];

	words_not(body, air, nx, ny);
	box_erode(body, nx, ny, rx, ry);
	box_dilate(body, nx, ny, rx + 2, ry + 2);
	words_minus(body, air, l->air.slice);
}

/* Air of an edge that is not outside: a lung goes on there, as if the body came after it. So all close
 * to it on that edge is body in t[1]. */
static void add_cut_edge(struct lung *l, const uint64_t *air)
{
	size_t nx = l->size[0], ny = l->size[1], row = l->air.row;
	uint64_t *near = l->t[2], *body = l->t[1], last = UINT64_C(1) << (nx - 1) % 64;

	for (size_t y = 0; y < ny; y++) {
		const uint64_t *a = air + y * row;
		uint64_t *n = near + y * row;

		memset(n, 0, row * sizeof *n);
		n[0] |= a[0] & 1;
		n[row - 1] |= a[row - 1] & last;
		if (y == 0 || y == ny - 1)
			words_or(n, a, row);
	}
	if (!words_any(near, l->air.slice))
		return;
	box_dilate(near, nx, ny, reach(l, 0, 2 * BODY_MM) + 1, reach(l, 1, 2 * BODY_MM) + 1);
	words_minus(near, l->t[0], l->air.slice);
	words_or(body, near, row);
	words_or(body + (ny - 1) * row, near + (ny - 1) * row, row);
	for (size_t y = 0; y < ny; y++) {
		body[y * row] |= near[y * row] & 1;
		body[y * row + row - 1] |= near[y * row + row - 1] & last;
	}
}

/* t[1]: from the body (which t[1] holds), the voxels that lie between parts of it along x and y. */
static void find_inside(struct lung *l)
{
	size_t row = l->air.row, ny = l->size[1], first, last;
	uint64_t *in = l->t[1], *seen = l->t[2];

	/* t[2]: what has body before it along y; then t[1] gets what has body after it */
	memcpy(seen, in, l->air.slice * sizeof *in);
	for (size_t y = 1; y < ny; y++)
		words_or(seen + y * row, seen + (y - 1) * row, row);
	for (size_t y = 0; y < ny; y++) {
		uint64_t *r = in + y * row;
		size_t a = 0, b = row;

		while (a < b && !r[a])
			a++;
		if (a == b) {
			memset(seen + y * row, 0, row * sizeof *seen);
			continue;
		}
		while (!r[b - 1])
			b--;
		first = a * 64 + (size_t)__builtin_ctzll(r[a]);
		last = b * 64 - 1 - (size_t)__builtin_clzll(r[b - 1]);
		l->middle += (double)(first + last) / 2 * (double)(last - first + 1);
		l->middles += last - first + 1;
	}
	for (size_t y = 0; y < ny; y++) {
		/* between the ends along x: all but the columns before the first and after the last */
		uint64_t *r = in + y * row, *s = seen + y * row;
		size_t a = 0, b = row;

		while (a < b && !r[a])
			s[a++] = 0;
		while (b > a && !r[b - 1])
			s[--b] = 0;
		if (a == b)
			continue;
		s[a] &= ~UINT64_C(0) << __builtin_ctzll(r[a]);
		s[b - 1] &= ~UINT64_C(0) >> __builtin_clzll(r[b - 1]);
	}
	for (size_t y = ny - 1; y-- > 0;)
		words_or(in + y * row, in + (y + 1) * row, row);
	words_and(in, seen, l->air.slice);
}

int lung_add(struct lung *l, const void *voxels)
{
	uint64_t *air = bitmask_at_slice(&l->air, l->z), *gas = bitmask_at_slice(&l->gas, l->z);
	size_t words = l->air.slice;

	select_to(l, voxels, -INFINITY, AIR_HU, air);
	select_to(l, voxels, -INFINITY, GAS_HU, gas);
	if (!isnan(l->p.pad_lo)) {
		select_to(l, voxels, l->p.pad_lo, l->p.pad_hi, l->t[0]);
		words_or(air, l->t[0], words);
		words_or(gas, l->t[0], words);
	}
	if (ring_to_air(l, voxels, air, gas) < 0 || find_outside(l, air, gas) < 0)
		return -1;
	find_body(l, air);
	words_minus(air, l->t[0], words);
	add_cut_edge(l, air);
	find_inside(l);
	words_and(air, l->t[1], words);
	l->z++;
	return 0;
}

/* ---- which components are lungs ---- */

static uint64_t *count_gas(struct lung *l, struct components *c)
{
	uint64_t *count = calloc(c->n + (size_t)1, sizeof *count);

	for (size_t z = 0; count && z < l->size[2]; z++) {
		const uint64_t *gas = bitmask_at_slice(&l->gas, z);
		size_t n;
		const struct component_run *run = components_runs(c, z, bitmask_at_slice(&l->air, z), &n);

		if (!run) {
			free(count);
			return NULL;
		}
		for (size_t i = 0; i < n; i++)
			count[run[i].label] += count_within(gas + run[i].y * l->air.row, run[i].lo, run[i].hi);
	}
	return count;
}

/* keep: the lungs among the components, by size; gas (may be NULL): what of each is gas. */
static void choose(const struct lung *l, const struct components *c, const uint64_t *gas, bool *keep)
{
	uint64_t largest = 0;

	for (uint32_t i = 1; i <= c->n; i++) {
		keep[i] = (double)c->at[i].size * l->p.voxel_mm3 >= LUNG_ML * 1000 &&
		          (!gas || (double)gas[i] < GAS_SHARE * (double)c->at[i].size);
		if (keep[i] && c->at[i].size > largest)
			largest = c->at[i].size;
	}
	for (uint32_t i = 1; i <= c->n; i++)
		keep[i] = keep[i] && (double)c->at[i].size >= LUNG_SHARE * (double)largest;
}

static int choose_by_gas(struct lung *l, struct components *c, bool *keep, struct lung_found *f)
{
	uint64_t *gas = count_gas(l, c), all = 0, thin = 0;

	if (!gas)
		return -1;
	choose(l, c, gas, keep);
	for (uint32_t i = 1; i <= c->n; i++) {
		all += keep[i] ? c->at[i].size : 0;
		thin += keep[i] ? gas[i] : 0;
	}
	f->gas = all ? (double)thin / (double)all : 0;
	free(gas);
	return 0;
}

/* ---- airways: taken out of l->air ---- */

/* Slice i from the head on. */
static size_t from_head(const struct lung *l, size_t i)
{
	return l->p.head_is_up ? l->size[2] - 1 - i : i;
}

/* A way from slice to slice. */
struct way {
	uint64_t *last, *next;  /* slices of words: where it is, where it goes on */
	double widest;          /* pixels; shrinks slowly where the way does */
	double merged_mm;       /* how far it has run inside of a lung's component */
	uint64_t pixels;
};

/* next, of components that are too large to be airway: a wall was too thin, and a lung's slice and the
 * airway's are one. Then the way is the gas that lies below it, and what surrounds that. */
static int go_on_merged(struct lung *l, struct way *w, size_t z, const bool *large)
{
	uint64_t *merged = l->t[2];
	const uint64_t *air = bitmask_at_slice(&l->air, z);
	size_t nx = l->size[0], ny = l->size[1], words = l->air.slice;
	size_t rx = (size_t)(1.5 / l->p.spacing[0]), ry = (size_t)(1.5 / l->p.spacing[1]);

	if (components_pick(&l->work, 0, air, large, merged) < 0)
		return -1;
	box_dilate(w->last, nx, ny, 1, 1);
	words_and(w->last, merged, words);
	words_and(w->last, bitmask_at_slice(&l->gas, z), words);
	w->merged_mm += l->p.spacing[2];
	if (w->merged_mm > AIRWAY_MERGED_MM || (double)words_count(w->last, words) > w->widest)
		return 0;
	box_dilate(w->last, nx, ny, rx ? rx : 1, ry ? ry : 1);
	words_and(w->last, merged, words);
	words_or(w->next, w->last, words);
	return 0;
}

/* From w->last to w->next, in slice z. 1; 0 where the way ends; -1 out of memory. */
static int go_on(struct lung *l, struct way *w, size_t z)
{
	const uint64_t *air = bitmask_at_slice(&l->air, z);
	double most = fmin(AIRWAY_MAX_MM2 / pixel_mm2(l), 1.5 * w->widest + 60 / pixel_mm2(l));
	bool *narrow, *large, merged = false;
	uint64_t *count;
	int rc = -1;

	if (find_in_slice(l, air, 4) < 0 || !(count = count_in_slice(l, air, w->last)))
		return -1;
	narrow = calloc(l->work.n + (size_t)1, sizeof *narrow);
	large = calloc(l->work.n + (size_t)1, sizeof *large);
	for (uint32_t i = 1; narrow && large && i <= l->work.n; i++) {
		narrow[i] = count[i] && (double)l->work.at[i].size <= most;
		large[i] = count[i] && !narrow[i];
		merged = merged || large[i];
	}
	if (narrow && large)
		rc = components_pick(&l->work, 0, air, narrow, w->next);
	if (rc == 0 && words_any(w->next, l->air.slice))
		w->merged_mm = 0;
	if (rc == 0 && merged)
		rc = go_on_merged(l, w, z, large);
	free(count);
	free(narrow);
	free(large);
	if (rc < 0)
		return -1;
	w->pixels = words_count(w->next, l->air.slice);
	w->widest = fmax(0.98 * w->widest, (double)w->pixels);
	memcpy(w->last, w->next, l->air.slice * sizeof *w->last);
	return w->pixels > 0;
}

/* Follow the way that begins with `seed` in slice i (from the head). take: take it out of l->air, to
 * its end; else only see how far it goes, up to TRACHEA_LONG_MM. Slices; -1 out of memory. */
static int follow(struct lung *l, size_t i, const uint64_t *seed, bool take, uint64_t *taken)
{
	struct way w = {.last = l->t[0], .next = l->t[1]};
	int slices = 0, rc = 1;

	memcpy(w.last, seed, l->air.slice * sizeof *seed);
	memcpy(w.next, seed, l->air.slice * sizeof *seed);
	w.pixels = words_count(seed, l->air.slice);
	w.widest = (double)w.pixels;
	while (rc > 0) {
		slices++;
		if (take) {
			words_minus(bitmask_at_slice(&l->air, from_head(l, i)), w.next, l->air.slice);
			*taken += w.pixels;
		} else if (slices * l->p.spacing[2] >= TRACHEA_LONG_MM) {
			break;
		}
		if (++i == l->size[2])
			break;
		rc = go_on(l, &w, from_head(l, i));
	}
	return rc < 0 ? -1 : slices;
}

/* Is component k of the slice in l->work round, near the middle, and full of gas? */
static bool is_trachea(const struct lung *l, uint32_t k, const uint64_t *gas)
{
	const struct component *c = &l->work.at[k];
	double w = (double)(c->hi[0] - c->lo[0] + 1), h = (double)(c->hi[1] - c->lo[1] + 1);
	double mm2 = (double)c->size * pixel_mm2(l), ratio = w * l->p.spacing[0] / (h * l->p.spacing[1]);
	double off = ((double)(c->lo[0] + c->hi[0]) / 2 - l->middle) * l->p.spacing[0];

	return mm2 >= TRACHEA_MIN_MM2 && mm2 <= TRACHEA_MAX_MM2 && ratio > 0.4 && ratio < 2.5 &&
	       (double)c->size > 0.5 * w * h && fabs(off) <= TRACHEA_OFF_MM &&
	       (double)gas[k] >= TRACHEA_GAS * (double)c->size;
}

/* Take out the ways that begin in slice i and are long enough. Slices of the longest; -1 out of memory. */
static int begin_airway(struct lung *l, size_t i, uint64_t *seed, uint64_t *taken)
{
	uint64_t *slice = bitmask_at_slice(&l->air, from_head(l, i)), *gas;
	int longest = 0;
	bool *wanted;
	uint32_t n;

	if (find_in_slice(l, slice, 4) < 0 ||
	    !(gas = count_in_slice(l, slice, bitmask_at_slice(&l->gas, from_head(l, i)))))
		return -1;
	n = l->work.n;
	wanted = calloc(n + (size_t)1, sizeof *wanted);
	for (uint32_t k = 1; wanted && k <= n; k++)
		wanted[k] = is_trachea(l, k, gas);
	free(gas);
	for (uint32_t k = 1; wanted && k <= n && longest == 0; k++) {
		bool *keep;
		int slices = -1;

		if (!wanted[k])
			continue;
		/* following uses l->work, so the components of this slice are found again */
		keep = calloc(n + (size_t)1, sizeof *keep);
		if (keep && find_in_slice(l, slice, 4) == 0) {
			keep[k] = true;
			if (components_pick(&l->work, 0, slice, keep, seed) == 0)
				slices = follow(l, i, seed, false, taken);
		}
		free(keep);
		if (slices >= 0 && slices * l->p.spacing[2] >= TRACHEA_LONG_MM)
			longest = slices = follow(l, i, seed, true, taken);
		if (slices < 0)
			longest = -1;
	}
	longest = wanted ? longest : -1;
	free(wanted);
	return longest;
}

/* From the head down to the lungs' middle. */
static int find_airways(struct lung *l, size_t until, struct lung_found *f)
{
	uint64_t *seed = malloc(l->air.slice * sizeof *seed), taken = 0;
	int slices = seed ? 0 : -1;

	for (size_t i = 0; slices >= 0 && i < until;) {
		slices = begin_airway(l, i, seed, &taken);
		f->trachea_slices += slices > 0 ? slices : 0;
		i += slices > 0 ? (size_t)slices : 1;
	}
	f->airway_ml = (double)taken * l->p.voxel_mm3 / 1000;
	free(seed);
	return slices < 0 ? -1 : 0;
}

/* The middle of the lungs along z, counted from the head. */
static size_t lungs_middle(const struct lung *l, const struct components *c, const bool *keep)
{
	double sum = 0, all = 0;

	for (uint32_t i = 1; i <= c->n; i++)
		if (keep[i]) {
			double z = ((double)c->at[i].lo[2] + (double)c->at[i].hi[2]) / 2;

			sum += z * (double)c->at[i].size;
			all += (double)c->at[i].size;
		}
	if (all == 0)
		return 0;
	return from_head(l, (size_t)(sum / all));
}

/* ---- sides and holes ---- */

static int pick_all(struct lung *l, struct components *c, const bool *keep)
{
	for (size_t z = 0; z < l->size[2]; z++) {
		uint64_t *slice = bitmask_at_slice(&l->air, z);

		if (components_pick(c, z, slice, keep, slice) < 0)
			return -1;
	}
	return 0;
}

static int fill_small(struct lung *l, uint64_t *slice)
{
	const size_t one[3] = {l->size[0], l->size[1], 1};
	bool *hole, any = false;
	int rc = 0;

	if (!words_any(slice, l->air.slice))
		return 0;
	if (components_begin(&l->work, one, 4, true) < 0 || components_add(&l->work, slice) < 0 ||
	    components_end(&l->work) < 0 || !(hole = calloc(l->work.n + (size_t)1, sizeof *hole)))
		return -1;
	for (uint32_t i = 1; i <= l->work.n; i++) {
		const struct component *c = &l->work.at[i];

		hole[i] = !(c->faces & FACES_IN_PLANE) && (double)c->size * pixel_mm2(l) <= HOLE_MM2;
		any = any || hole[i];
	}
	if (any)
		rc = components_join(&l->work, 0, slice, hole, slice);
	free(hole);
	return rc;
}

static void measure(const struct lung *l, struct lung_found *f)
{
	size_t nx = l->size[0], ny = l->size[1], nz = l->size[2], row = l->air.row;
	double end[2], x = l->p.spacing[1] * l->p.spacing[2], y = l->p.spacing[0] * l->p.spacing[2];

	f->right_ml = (double)bitmask_count(&l->air) * l->p.voxel_mm3 / 1000;
	f->left_ml = (double)bitmask_count(&l->gas) * l->p.voxel_mm3 / 1000;
	for (int e = 0; e < 2; e++) {
		size_t z = e ? nz - 1 : 0;

		end[e] = (double)(words_count(bitmask_at_slice(&l->air, z), l->air.slice) +
		                  words_count(bitmask_at_slice(&l->gas, z), l->air.slice)) * pixel_mm2(l);
	}
	f->top_mm2 = end[l->p.head_is_up];
	f->bottom_mm2 = end[!l->p.head_is_up];
	for (size_t z = 0; z < nz; z++)
		for (size_t i = 0; i < ny; i++)
			for (int side = 0; side < 2; side++) {
				const uint64_t *r = bitmask_at_row(side ? &l->gas : &l->air, i, z);

				if (i == 0 || i == ny - 1)
					f->edge_mm2 += (double)words_count(r, row) * y;
				f->edge_mm2 += (double)((r[0] & 1) + (r[row - 1] >> (nx - 1) % 64 & 1)) * x;
			}
}

int lung_end(struct lung *l, struct lung_found *f)
{
	struct components c = {0};
	struct split_plan sides = {.left_is_up = l->p.left_is_up, .spacing = {l->p.spacing[0], l->p.spacing[1]}};
	bool *keep = NULL;
	int rc = -1;

	memset(f, 0, sizeof *f);
	l->middle = l->middles ? l->middle / (double)l->middles : (double)(l->size[0] - 1) / 2;
	if (components_of(&c, &l->air, 6, false) < 0 || !(keep = calloc(c.n + (size_t)1, sizeof *keep)) ||
	    choose_by_gas(l, &c, keep, f) < 0 || pick_all(l, &c, keep) < 0 ||
	    find_airways(l, lungs_middle(l, &c, keep), f) < 0)
		goto end;
	free(keep);
	/* what is left where airways were taken out goes too */
	keep = NULL;
	if (components_of(&c, &l->air, 6, false) < 0 || !(keep = calloc(c.n + (size_t)1, sizeof *keep)))
		goto end;
	choose(l, &c, NULL, keep);
	sides.middle = l->middle;
	if (split_sides(&sides, &c, keep, &l->air, &l->gas, &f->split) < 0)
		goto end;
	rc = 0;
	for (size_t z = 0; rc == 0 && z < l->size[2]; z++) {
		uint64_t *right = bitmask_at_slice(&l->air, z), *left = bitmask_at_slice(&l->gas, z);

		if (fill_small(l, right) < 0 || fill_small(l, left) < 0)
			rc = -1;
		words_minus(left, right, l->air.slice);
	}
	measure(l, f);
end:
	free(keep);
	components_free(&c);
	return rc;
}

bool lung_doubt(const struct lung_found *f, char *what, size_t size)
{
	double least = fmin(f->right_ml, f->left_ml), all = f->right_ml + f->left_ml;

	if (all == 0)
		snprintf(what, size, "no lung found");
	else if (least < 0.1 * all)
		snprintf(what, size, "one lung only: right %.0f ml, left %.0f ml", f->right_ml, f->left_ml);
	else if (all < 200 || all > 12000)
		snprintf(what, size, "the lungs have %.0f ml, not 200 to 12000", all);
	else if (f->gas > 0.6)
		snprintf(what, size, "%.0f %% of the lungs are as thin as air: it may have leaked in from outside",
		         100 * f->gas);
	else if (f->edge_mm2 > 500)
		snprintf(what, size, "the edges of the slices cut off a lung, over %.0f mm2", f->edge_mm2);
	else if (f->top_mm2 > 100 || f->bottom_mm2 > 100)
		snprintf(what, size, "the volume's ends cut off the lungs: %.0f mm2 at the head's end, %.0f mm2 at "
		         "the feet's", f->top_mm2, f->bottom_mm2);
	else
		return false;
	return true;
}

void lung_masks(struct lung *l, struct bitmask **right, struct bitmask **left)
{
	*right = &l->air;
	*left = &l->gas;
}
