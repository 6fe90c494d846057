#include "within.h"

#include <stdlib.h>
#include <string.h>

#include "alg/select.h"
#include "io/slices.h"

int within_open(struct within *w, struct vol_in *in, const struct vol_head *head,
                const char *mask_path, struct vol_err *err)
{
	memset(w, 0, sizeof *w);
	if (vol_head_copy(&w->head, head, err) < 0)
		return -1;
	w->in = in;
	if (mask_path) {
		w->mask = beside_open(mask_path, head, vol_in_name(in), &w->mask_head, err);
		if (!w->mask)
			return -1;
		if (w->mask_head.channels != 1)
			return vol_fail(err, vol_in_name(w->mask), "is in colour: a mask has one number a voxel");
		if (vol_hold(w->mask, err) < 0)
			return -1;
	}
	return vol_hold(in, err);
}

void within_close(struct within *w)
{
	vol_close(w->mask);
	if (w->mask)
		vol_head_free(&w->mask_head);
	vol_head_free(&w->head);
}

static int each_plain(struct within *w, within_fn *fn, void *ctx, struct vol_err *err)
{
	struct vol_slab slab;
	int got;

	while ((got = vol_next(w->in, &slab, err)) > 0)
		fn(ctx, slab.voxels, slab.n);
	return got;
}

/* The next slice of the mask, from its start again where it has ended. */
static int mask_slice(struct within *w, struct vol_slices *m, const void **voxels, struct vol_err *err)
{
	int got = vol_slices_next(m, voxels, err);

	if (got != 0)
		return got;
	vol_slices_end(m);
	vol_rewind(w->mask);
	if (vol_slices_begin(m, w->mask, &w->mask_head, err) < 0)
		return -1;
	return vol_slices_next(m, voxels, err);
}

static int each_selected(struct within *w, struct vol_slices *s, struct vol_slices *m, within_fn *fn,
                         void *ctx, struct vol_err *err)
{
	uint8_t *sel = malloc(s->numbers);
	char *kept = malloc(s->numbers * s->size);
	const void *voxels, *mask;
	int got = sel && kept ? 1 : vol_fail(err, vol_in_name(w->in), "out of memory");

	while (got > 0 && (got = vol_slices_next(s, &voxels, err)) > 0) {
		got = mask_slice(w, m, &mask, err);
		if (got <= 0)
			break;
		select_nonzero(mask, w->mask_head.type, s->numbers, sel);
		fn(ctx, kept, select_keep(voxels, s->size, s->numbers, sel, kept));
	}
	free(sel);
	free(kept);
	return got;
}

int within_each(struct within *w, within_fn *fn, void *ctx, struct vol_err *err)
{
	struct vol_slices s = {0}, m = {0};
	int rc;

	if (!w->mask) {
		rc = each_plain(w, fn, ctx, err);
	} else {
		vol_rewind(w->mask);
		rc = vol_slices_begin(&s, w->in, &w->head, err);
		if (rc == 0)
			rc = vol_slices_begin(&m, w->mask, &w->mask_head, err);
		if (rc == 0)
			rc = each_selected(w, &s, &m, fn, ctx, err);
		vol_slices_end(&s);
		vol_slices_end(&m);
	}
	if (rc == 0)
		vol_rewind(w->in);
	return rc;
}
