#include "runs.h"

#include <math.h>
#include <string.h>

#include "alg/convert.h"
#include "alg/select.h"
#include "beside.h"
#include "format.h"
#include "io/follow.h"

enum { PIECE = 8192 }; /* numbers of the mask looked at together */

int runs_open(struct runs *r, const char *path, const char *mask, bool by_label, struct vol_err *err)
{
	memset(r, 0, sizeof *r);
	r->by_label = by_label;
	r->in = format_open(path, &r->head, err);
	if (!r->in)
		return -1;
	r->name = vol_in_name(r->in);
	if (want_scalar(&r->head, r->name, err) < 0)
		goto fail;
	if (!mask)
		return 0;
	if (strcmp(mask, "-") == 0 && (!path || strcmp(path, "-") == 0)) {
		vol_fail(err, mask, "volume and mask cannot both be the standard input");
		goto fail;
	}
	r->mask = beside_open(mask, &r->head, r->name, &r->mask_head, err);
	if (!r->mask)
		goto fail;
	r->mask_name = vol_in_name(r->mask);
	if (want_scalar(&r->mask_head, r->mask_name, err) < 0)
		goto fail;
	/* it goes for every entry: see rewind_mask */
	if (r->head.list > 1 && r->mask_head.list <= 1 && vol_hold(r->mask, err) < 0)
		goto fail;
	return 0;
fail:
	runs_close(r);
	return -1;
}

int runs_repeat(struct runs *r, struct vol_err *err)
{
	if (vol_hold(r->in, err) < 0)
		return -1;
	return r->mask ? vol_hold(r->mask, err) : 0;
}

void runs_progress(struct runs *r, void (*hook)(void *ctx, uint64_t done, uint64_t total))
{
	vol_progress(r->in, hook, NULL);
}

void runs_close(struct runs *r)
{
	if (r->mask) {
		vol_close(r->mask);
		vol_head_free(&r->mask_head);
	}
	if (r->in) {
		vol_close(r->in);
		vol_head_free(&r->head);
	}
	memset(r, 0, sizeof *r);
}

/* ---- reading in step ---- */

/* One pass under way. */
struct walk {
	struct runs *r;
	runs_fn *run;
	void *ctx;
	struct vol_slab slab, mask; /* what is left of them */
	uint64_t entry, left;       /* numbers of this entry still to come */
	uint8_t chosen[PIECE];
	double label[PIECE];
};

/* The next slab when this one is used up. 1, 0 at the end, -1. */
static int more(struct vol_in *in, struct vol_slab *slab, struct vol_err *err)
{
	return slab->n ? 1 : vol_next(in, slab, err);
}

static void take(struct vol_slab *slab, enum voxel_type type, size_t n)
{
	slab->voxels = (const char *)slab->voxels + n * voxel_size(type);
	slab->n -= n;
}

static int check_label(const struct walk *w, double x, struct vol_err *err)
{
	char number[32];

	if (x == floor(x) && fabs(x) < 0x1p53)
		return 0;
	return vol_fail(err, w->r->mask_name, "%s is no label: labels are whole numbers", vol_number(number, x));
}

static int runs_of_labels(struct walk *w, const char *voxels, size_t n, struct vol_err *err)
{
	size_t size = voxel_size(w->r->head.type);

	convert_to_double(w->mask.voxels, w->r->mask_head.type, n, w->label);
	for (size_t i = 0, k; i < n; i = k) {
		double x = w->label[i];

		for (k = i + 1; k < n && w->label[k] == x;)
			k++;
		if (check_label(w, x, err) < 0 ||
		    (x != 0 && w->run(w->ctx, w->entry, (int64_t)x, voxels + i * size, k - i, err) < 0))
			return -1;
	}
	return 0;
}

static int runs_of_mask(struct walk *w, const char *voxels, size_t n, struct vol_err *err)
{
	size_t size = voxel_size(w->r->head.type);

	select_nonzero(w->mask.voxels, w->r->mask_head.type, n, w->chosen);
	for (size_t i = 0, k; i < n; i = k) {
		const uint8_t *end = memchr(w->chosen + i, !w->chosen[i], n - i);

		k = end ? (size_t)(end - w->chosen) : n;
		if (w->chosen[i] && w->run(w->ctx, w->entry, 1, voxels + i * size, k - i, err) < 0)
			return -1;
	}
	return 0;
}

/* As many numbers as both volumes have at hand. */
static int step(struct walk *w, struct vol_err *err)
{
	struct runs *r = w->r;
	size_t n = w->slab.n;
	int got = 0;

	if (n > w->left)
		n = (size_t)w->left;
	if (!r->mask) {
		got = w->run(w->ctx, w->entry, 0, w->slab.voxels, n, err);
	} else {
		if (more(r->mask, &w->mask, err) <= 0)
			return -1; /* not 0: it is as long as the volume */
		if (n > PIECE)
			n = PIECE;
		if (n > w->mask.n)
			n = w->mask.n;
		got = r->by_label ? runs_of_labels(w, w->slab.voxels, n, err)
				  : runs_of_mask(w, w->slab.voxels, n, err);
		take(&w->mask, r->mask_head.type, n);
	}
	take(&w->slab, r->head.type, n);
	w->left -= n;
	return got;
}

static void next_entry(struct walk *w)
{
	const struct runs *r = w->r;

	w->entry++;
	w->left = vol_head_bytes(&r->head) / voxel_size(r->head.type) / (r->head.list ? r->head.list : 1);
	if (w->entry && r->mask && r->mask_head.list <= 1 && w->entry < r->head.list)
		vol_rewind(r->mask);
}

int runs_read(struct runs *r, runs_fn *run, void *ctx, struct vol_err *err)
{
	struct walk w = {.r = r, .run = run, .ctx = ctx, .entry = UINT64_MAX};
	int got;

	if (r->used) {
		vol_rewind(r->in);
		if (r->mask)
			vol_rewind(r->mask);
	}
	r->used = true;
	next_entry(&w);
	while ((got = more(r->in, &w.slab, err)) > 0) {
		if (w.left == 0)
			next_entry(&w);
		got = step(&w, err);
		if (got < 0)
			return -1;
	}
	if (got < 0 || !r->mask)
		return got;
	/* a mask that goes on after its last voxel is damaged */
	return more(r->mask, &w.mask, err) < 0 ? -1 : 0;
}
