#include "versus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "io/keys.h"

/* One of the two volumes. */
struct side {
	struct vol_in *in;
	struct vol_head *head;
	struct vol_rescale rescale; /* as it is applied: n is 0 when the numbers are taken as they are */
	struct vol_slab slab;
	size_t used;                /* numbers of the slab that are dealt with */
	char *held;                 /* one entry of the list, whole; only for a turned B */
	struct compare_run run;     /* of the held voxels: what they are, and mean */
};

/* ---- what is compared ---- */

static int open_side(struct side *s, const char *path, struct vol_err *err)
{
	s->in = format_open(path, s->head, err);
	if (!s->in)
		return -1;
	return key_rescale(s->head, &s->rescale, vol_in_name(s->in), err);
}

static void close_side(struct side *s)
{
	vol_close(s->in);
	rescale_free(&s->rescale);
	free(s->held);
}

static bool is_stored(const struct side *s)
{
	const char *unit = key_get(s->head, "unit");

	return unit && strcmp(unit, "stored") == 0;
}

/* The unit of what comes out of the rescale, or of what is there; NULL: not known. */
static const char *unit_of(const struct side *s)
{
	return key_get(s->head, is_stored(s) ? "rescale.unit" : "unit");
}

/* Compare what the voxels mean, when both sides tell; else what is in the files. Returns the unit
 * for the report. */
static const char *settle_units(struct side *a, struct side *b)
{
	const char *ua = unit_of(a), *ub = unit_of(b);

	for (int i = 0; i < 2; i++) {
		struct side *s = i ? b : a, *other = i ? a : b;

		if (!is_stored(s) || s->rescale.n)
			continue;
		if (!is_stored(other))
			vol_warn(vol_in_name(s->in), "values are stored units without a rescale: "
			                             "compared as they are");
		rescale_free(&a->rescale);
		rescale_free(&b->rescale);
		return "stored";
	}
	if (!is_stored(a))
		rescale_free(&a->rescale);
	if (!is_stored(b))
		rescale_free(&b->rescale);
	if (ua && ub && strcmp(ua, ub) != 0)
		vol_warn("", "units differ: %s and %s", ua, ub);
	return ua ? ua : ub;
}

/* ---- the voxels ---- */

/* Get the side a slab to work on: 1; 0 at the end. */
static int pull(struct side *s, struct vol_err *err)
{
	int got;

	if (s->slab.n > s->used)
		return 1;
	s->used = 0;
	got = vol_next(s->in, &s->slab, err);
	if (got <= 0)
		s->slab.n = 0;
	return got;
}

/* The numbers that come next, and in *n how many share one rescale, *n at most. */
static struct compare_run next_run(const struct side *s, size_t *n)
{
	size_t in_slice = (size_t)(vol_head_slice_bytes(s->head) / voxel_size(s->head->type));
	uint64_t place = s->slab.offset + s->used;
	size_t pair = s->rescale.n > 1 ? (size_t)(s->slab.slice + place / in_slice) : 0;
	size_t left = s->slab.n - s->used;
	struct compare_run r = {.type = s->head->type, .slope = 1};

	r.v = (const char *)s->slab.voxels + s->used * voxel_size(s->head->type);
	if (s->rescale.n) {
		r.slope = s->rescale.slope[pair];
		r.intercept = s->rescale.intercept[pair];
	}
	if (s->rescale.n > 1 && left > in_slice - place % in_slice)
		left = (size_t)(in_slice - place % in_slice);
	if (*n > left)
		*n = left;
	return r;
}

static int compare_straight(struct side *a, struct side *b, struct compare *c, struct vol_err *err)
{
	int got;

	while ((got = pull(a, err)) > 0 && (got = pull(b, err)) > 0) {
		size_t n = SIZE_MAX;
		struct compare_run ra = next_run(a, &n), rb = next_run(b, &n);

		compare_add(c, &ra, &rb, n);
		a->used += n;
		b->used += n;
	}
	/* sizes are the same: at the end of one, the other has to end too */
	return got < 0 ? -1 : pull(b, err);
}

/* Take one entry of the list (mostly, all there is) into memory. With slopes that differ by slice
 * it is held as what it means: which slice a voxel came from is lost by the turn. */
static int hold(struct side *s, struct vol_err *err)
{
	bool as_double = s->rescale.n > 1;
	size_t size = as_double ? sizeof(double) : voxel_size(s->head->type);
	uint64_t left = vol_head_slice_bytes(s->head) / voxel_size(s->head->type) * s->head->grid.size[2];
	uint64_t bytes;
	char *to;

	if (!s->held && size_mul(left, size, &bytes))
		s->held = malloc((size_t)bytes);
	if (!s->held)
		return vol_fail(err, vol_in_name(s->in), "does not fit in memory: its axes run otherwise");
	for (to = s->held; left;) {
		size_t n = (size_t)left;
		int got = pull(s, err);

		if (got <= 0)
			return got < 0 ? -1 : vol_fail(err, vol_in_name(s->in), "ends early");
		s->run = next_run(s, &n);
		if (as_double)
			compare_doubles(&s->run, 0, n, (double *)to);
		else
			memcpy(to, s->run.v, n * size);
		to += n * size;
		left -= n;
		s->used += n;
	}
	if (as_double)
		s->run = (struct compare_run){.type = VOXEL_DOUBLE, .slope = 1};
	return 0;
}

/* Against b, whose lattice is run through in another order: the rows of a, as they come. */
static int compare_rows(struct side *a, struct side *b, const struct compare_turn *t,
                        struct compare *c, struct vol_err *err)
{
	const uint64_t *size = a->head->grid.size;
	unsigned channels = a->head->channels;
	uint64_t entry, held = UINT64_MAX;
	void *buf = malloc((size_t)size[0] * channels * sizeof(double));
	int got = buf ? 1 : vol_fail(err, "", "out of memory");

	while (got > 0 && (got = pull(a, err)) > 0) {
		uint64_t voxel = (a->slab.offset + a->used) / channels;
		uint64_t slice = a->slab.slice + voxel / (size[0] * size[1]);
		uint64_t at[3] = {voxel % size[0], voxel / size[0] % size[1], slice % size[2]};
		size_t n = (size_t)(size[0] - at[0]) * channels;
		struct compare_run ra = next_run(a, &n), rb;

		entry = slice / size[2];
		if (entry != held && hold(b, err) < 0) {
			got = -1;
			break;
		}
		held = entry;
		rb = b->run;
		rb.v = compare_row(b->held, b->head->grid.size, channels * voxel_size(rb.type), t, at,
		                   n / channels, buf);
		compare_add(c, &ra, &rb, n);
		a->used += n;
	}
	free(buf);
	return got < 0 ? -1 : pull(b, err);
}

/* ---- all ---- */

static int compare_sides(struct side *a, struct side *b, struct versus *r, struct vol_err *err)
{
	const char *unit = settle_units(a, b);

	snprintf(r->unit, sizeof r->unit, "%s", unit ? unit : "");
	r->mm = compare_turn(&r->a.grid, &r->b.grid, &r->turn);
	r->shapes = r->a.channels == r->b.channels &&
	            (r->a.list ? r->a.list : 1) == (r->b.list ? r->b.list : 1);
	if (!r->shapes || r->mm < 0)
		return 0;
	return compare_turned(&r->turn) ? compare_rows(a, b, &r->turn, &r->c, err)
					: compare_straight(a, b, &r->c, err);
}

int versus_run(const char *path_a, const char *path_b, double tol,
               void (*progress)(void *ctx, uint64_t done, uint64_t total), struct versus *r,
               struct vol_err *err)
{
	struct side a = {.head = &r->a}, b = {.head = &r->b};
	int rc = -1;

	memset(r, 0, sizeof *r);
	r->c.tol = tol;
	if (open_side(&a, path_a, err) == 0 && open_side(&b, path_b, err) == 0) {
		vol_progress(a.in, progress, NULL);
		rc = compare_sides(&a, &b, r, err);
	}
	close_side(&a);
	close_side(&b);
	return rc;
}

void versus_free(struct versus *r)
{
	vol_head_free(&r->a);
	vol_head_free(&r->b);
}
