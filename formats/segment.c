/* segment.c - segment.h: slices in, masks out; the finding is in alg. */
#include "segment.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alg/ball.h"
#include "alg/lung.h"
#include "alg/otsu.h"
#include "alg/recipe.h"
#include "alg/select.h"
#include "alg/solid.h"
#include "alg/stats.h"
#include "io/follow.h"
#include "io/keys.h"
#include "io/slices.h"
#include "io/stage.h"

const char *const segment_names[] = {"lung", "body", "head", "brain", "bone", "threshold", "otsu", NULL};
static const char *const tables[] = {"1 lung-right\n2 lung-left", "1 body", "1 head", "1 brain", "1 bone", NULL, NULL};

/* ---- what is said ---- */

/* Something that makes the result doubtful: a warning, or the end with --check. */
static int doubt(struct segment *j, const char *what, struct vol_err *err)
{
	if (!j->check) {
		vol_warn(j->name, "%s", what);
		return 0;
	}
	j->implausible = true;
	return vol_fail(err, j->name, "not plausible: %s", what);
}

static int report_lung(struct segment *j, const struct lung_found *f, struct vol_err *err)
{
	char what[256];

	vol_note(j->name, "right lung %.0f ml, left lung %.0f ml%s; airways taken out: %.1f ml, over %d slices; "
	         "%.1f %% of the lungs at or below -950 HU", f->right_ml, f->left_ml,
	         f->split ? " (cut apart where they touch)" : "", f->airway_ml, f->trachea_slices, 100 * f->gas);
	return lung_doubt(f, what, sizeof what) ? doubt(j, what, err) : 0;
}

/* Of a newborn's head and brain, a little less, and a large adult's, a little more (brain: within the skull, and no
 * more than is found by its values), in ml. */
static const struct {
	double least, most;
} plausible[] = {[SEGMENT_HEAD] = {500, 12000}, [SEGMENT_BRAIN] = {250, 2500}, [SEGMENT_OTSU] = {0, 0}};

static int report(struct segment *j, double voxels, uint32_t faces, struct vol_err *err)
{
	char what[128];
	double ml = voxels * fabs(grid_det(&j->head.grid)) / 1000;

	vol_note(j->name, "%s: %.1f ml", segment_names[j->mode], ml);
	if (voxels == 0)
		return doubt(j, "nothing found", err);
	if (faces & FACES_IN_PLANE)
		return doubt(j, "the edges of the slices cut it off", err);
	if (plausible[j->mode].most > 0 && (ml < plausible[j->mode].least || ml > plausible[j->mode].most)) {
		snprintf(what, sizeof what, "%.0f ml are %s than a %s has", ml, ml < plausible[j->mode].least ? "less" : "more",
		         segment_names[j->mode]);
		if (doubt(j, what, err) < 0)
			return -1;
	}
	/* a body goes on beyond any scan, and a head's ends in the neck */
	if (j->mode != SEGMENT_BODY && (faces & FACE_Z0) && (faces & FACE_Z1))
		return doubt(j, "both ends of the volume cut it off", err);
	return 0;
}

/* ---- slices in and out ---- */

static bool padded(const struct segment *j)
{
	return !isnan(j->pad_lo);
}

/* 1 where lo <= value <= hi and the voxel was measured. */
static void select_measured(const struct segment *j, const void *voxels, size_t n, double lo, double hi, uint8_t *dst)
{
	select_range(voxels, j->head.type, n, lo, hi, dst);
	for (size_t i = 0; padded(j) && i < n; i++) {
		double v = dst[i] ? voxel_get(voxels, j->head.type, i) : NAN;

		dst[i] = dst[i] && !(v >= j->pad_lo && v <= j->pad_hi);
	}
}

static int read_mask(struct segment *j, struct vol_slices *s, double lo, double hi, struct bitmask *m,
                     struct bitmask *second, double second_lo, struct vol_err *err)
{
	size_t n = m->size[0] * m->size[1];
	const void *voxels;

	for (size_t z = 0; z < m->size[2]; z++) {
		if (vol_slices_next(s, &voxels, err) <= 0)
			return -1;
		select_measured(j, voxels, n, lo, hi, j->bytes);
		bitmask_pack(j->bytes, m->size[0], m->size[1], bitmask_at_slice(m, z));
		if (!second)
			continue;
		select_measured(j, voxels, n, second_lo, INFINITY, j->bytes);
		bitmask_pack(j->bytes, m->size[0], m->size[1], bitmask_at_slice(second, z));
	}
	return 0;
}

/* Widen, and write: 1 for what is in the first mask, 2 for what is only in the second (may be NULL). */
static int write_masks(struct segment *j, struct vol_out *out, struct bitmask *m, struct bitmask *second,
                       struct vol_err *err)
{
	double spacing[3] = {grid_spacing(&j->head.grid, 0), grid_spacing(&j->head.grid, 1),
	                     grid_spacing(&j->head.grid, 2)};
	size_t nx = m->size[0], ny = m->size[1];

	if (j->distance > 0 && (ball_dilate(m, spacing, j->distance) < 0 ||
	                     (second && ball_dilate(second, spacing, j->distance) < 0)))
		return vol_fail(err, j->name, "out of memory");
	for (size_t z = 0; z < m->size[2]; z++) {
		bitmask_unpack(bitmask_at_slice(m, z), nx, ny, 1, j->bytes);
		if (second) {
			words_minus(bitmask_at_slice(second, z), bitmask_at_slice(m, z), m->slice);
			bitmask_paint(bitmask_at_slice(second, z), nx, ny, 2, j->bytes);
		}
		if (vol_put(out, j->bytes, nx * ny, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- the modes, one entry of the list each time ---- */

static int run_lung(struct segment *j, struct vol_slices *s, struct vol_out *out, struct vol_err *err)
{
	const struct vol_grid *g = &j->head.grid;
	struct lung_plan plan = {
		.size = {g->size[0], g->size[1], g->size[2]}, .type = j->head.type,
		.spacing = {grid_spacing(g, 0), grid_spacing(g, 1), grid_spacing(g, 2)},
		.voxel_mm3 = fabs(grid_det(g)), .left_is_up = g->direction[0][0] > 0,
		.head_is_up = g->direction[2][2] > 0, .pad_lo = j->pad_lo, .pad_hi = j->pad_hi};
	struct lung *l = lung_new(&plan);
	struct bitmask *right, *left;
	struct lung_found found;
	const void *voxels;
	int rc = l ? 0 : vol_fail(err, j->name, "out of memory");

	for (uint64_t z = 0; rc == 0 && z < plan.size[2]; z++) {
		if (vol_slices_next(s, &voxels, err) <= 0)
			rc = -1;
		else if (lung_add(l, voxels) < 0)
			rc = vol_fail(err, j->name, "out of memory");
	}
	if (rc == 0 && lung_end(l, &found) < 0)
		rc = vol_fail(err, j->name, "out of memory");
	if (rc == 0)
		rc = report_lung(j, &found, err);
	if (rc == 0) {
		lung_masks(l, &right, &left);
		rc = write_masks(j, out, right, left, err);
	}
	lung_free(l);
	return rc;
}

/* Not above -320 HU: the complement, so that NaN counts as the recipe has it. */
static int find_recipe(struct segment *j, struct bitmask *m)
{
	for (size_t z = 0; z < m->size[2]; z++)
		words_not(bitmask_at_slice(m, z), bitmask_at_slice(m, z), m->size[0], m->size[1]);
	return recipe_lung(m, !j->no_fill, j->head.grid.direction[2][2] < 0);
}

static int run_mask(struct segment *j, struct vol_slices *s, struct vol_out *out, struct vol_err *err)
{
	/* muscle and water to blood and grey matter; skin is half air; bone and what is half of it */
	static const double least[SEGMENT_OTSU] = {[SEGMENT_BODY] = -300, [SEGMENT_HEAD] = -300, [SEGMENT_BRAIN] = 0, [SEGMENT_BONE] = -300};
	const struct vol_grid *g = &j->head.grid;
	struct solid_plan plan = {.spacing = {grid_spacing(g, 0), grid_spacing(g, 1)},
	                          .thin_mm = 6, .fill_volume = j->mode == SEGMENT_HEAD || j->mode == SEGMENT_BRAIN};
	double lo = least[j->mode], hi = j->mode == SEGMENT_BRAIN ? 100 : INFINITY;
	struct solid_found found = {0};
	struct bitmask m, bone = {0};
	int rc;

	if (j->mode == SEGMENT_THRESHOLD) {
		lo = j->range[0];
		hi = j->range[1];
	}
	if (j->as_recipe)
		lo = nextafter(-320, INFINITY);
	if (bitmask_new(&m, g->size) < 0)
		return vol_fail(err, j->name, "out of memory");
	rc = j->mode == SEGMENT_BONE && bitmask_new(&bone, g->size) < 0 ? vol_fail(err, j->name, "out of memory") : 0;
	if (rc == 0)
		rc = read_mask(j, s, lo, hi, &m, j->mode == SEGMENT_BONE ? &bone : NULL, 200, err);
	if (rc == 0 && (j->as_recipe ? find_recipe(j, &m) : j->mode != SEGMENT_THRESHOLD ? solid_keep(&m, &plan, &found) : 0) < 0)
		rc = vol_fail(err, j->name, "out of memory");
	if (rc == 0 && j->mode == SEGMENT_BONE)
		words_and(m.word, bone.word, m.slice * m.size[2]);
	if (rc == 0)
		rc = report(j, (double)bitmask_count(&m), j->mode == SEGMENT_BONE ? 0 : found.faces, err);
	if (rc == 0)
		rc = write_masks(j, out, &m, NULL, err);
	bitmask_free(&m);
	bitmask_free(&bone);
	return rc;
}

/* ---- thresholds that need no whole mask ---- */

struct pass {
	struct segment *j;
	struct stats stats;
	struct otsu otsu;
	double lo, hi;              /* of the mask; nothing is in it when lo > hi */
};

static int each_threshold(void *ctx, const void *src, size_t n, uint64_t first, void *dst, struct vol_err *err)
{
	struct pass *p = ctx;

	(void)first;
	(void)err;
	select_measured(p->j, src, n, p->lo, p->hi, dst);
	return 0;
}

static int run_threshold(struct segment *j, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	struct pass p = {.j = j, .lo = j->range[0], .hi = j->range[1]};

	return vol_each(in, voxel_size(j->head.type), out, 1, each_threshold, &p, err);
}

/* One look at all voxels: their ends, or their histogram. */
static int look(struct pass *p, struct vol_in *in, bool count, struct vol_err *err)
{
	const struct segment *j = p->j;
	struct vol_slab slab;
	int got;

	while ((got = vol_next(in, &slab, err)) > 0)
		if (count)
			otsu_add(&p->otsu, slab.voxels, slab.n, j->pad_lo, j->pad_hi);
		else
			stats_add(&p->stats, slab.voxels, j->head.type, slab.n);
	vol_rewind(in);
	return got;
}

static int run_otsu(struct segment *j, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	struct pass *p = calloc(1, sizeof *p);
	char number[32];
	double t;
	int rc = p ? vol_hold(in, err) : vol_fail(err, j->name, "out of memory");

	if (rc == 0) {
		p->j = j;
		stats_begin(&p->stats, j->pad_lo, j->pad_hi);
		/* types up to 16 bits are counted one by one */
		rc = voxel_size(j->head.type) > 2 ? look(p, in, false, err) : 0;
	}
	if (rc == 0) {
		stats_end(&p->stats);
		otsu_begin(&p->otsu, j->head.type, p->stats.min, p->stats.max);
		rc = p->stats.min == p->stats.max ? 0 : look(p, in, true, err);
	}
	if (rc == 0) {
		t = otsu_end(&p->otsu);
		p->lo = isnan(t) ? 1 : nextafter(t, INFINITY);
		p->hi = isnan(t) ? 0 : INFINITY;
		vol_note(j->name, "otsu: above %s", vol_number(number, t));
		rc = isnan(t) ? doubt(j, "all values are the same: nothing is above them", err) : 0;
	}
	if (rc == 0)
		rc = vol_each(in, voxel_size(j->head.type), out, 1, each_threshold, p, err);
	free(p);
	return rc;
}

/* ---- all ---- */

/* Lungs are found in axial slices, their sides by the patient's. */
static int want_axial(const struct vol_head *h, const char *name, struct vol_err *err)
{
	for (int axis = 0; axis < 3; axis += 2)
		for (int k = 0; k < 3; k++)
			if (fabs(h->grid.direction[axis][k]) > fabs(h->grid.direction[axis][axis]))
				return vol_fail(err, name, "slices are not axial with columns from right to left, or "
				                           "the reverse: run volorient LPS first");
	return 0;
}

int segment_head(struct segment *j, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	int found;

	j->name = vol_in_name(in);
	j->pad_lo = j->pad_hi = NAN;
	if (want_scalar(head, j->name, err) < 0 || want_image(head, j->name, err) < 0 ||
	    (j->mode < SEGMENT_THRESHOLD ? want_hu : want_physical)(head, j->name, err) < 0 ||
	    (j->mode == SEGMENT_LUNG && !j->as_recipe && want_axial(head, j->name, err) < 0) ||
	    (found = key_padding(head, &j->pad_lo, &j->pad_hi, j->name, err)) < 0 ||
	    vol_head_copy(&j->head, head, err) < 0)
		return -1;
	if (!found || j->as_recipe)
		j->pad_lo = j->pad_hi = NAN;
	/* an empty page is not memory yet: a header may claim much */
	j->bytes = malloc((size_t)(head->grid.size[0] * head->grid.size[1]));
	if (!j->bytes)
		return vol_fail(err, j->name, "out of memory");
	head->type = VOXEL_UINT8;
	return follow_labels(head, j->as_recipe ? "1 lung" : tables[j->mode], err);
}

int segment_run(struct segment *j, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	struct vol_slices s;
	int rc;

	if (j->mode == SEGMENT_OTSU)
		return run_otsu(j, in, out, err);
	if (j->mode == SEGMENT_THRESHOLD && j->distance == 0 && !j->check)
		return run_threshold(j, in, out, err);
	rc = vol_slices_begin(&s, in, &j->head, err);
	for (uint64_t n = 0; rc == 0 && n < (j->head.list ? j->head.list : 1); n++)
		rc = j->mode == SEGMENT_LUNG && !j->as_recipe ? run_lung(j, &s, out, err) : run_mask(j, &s, out, err);
	if (rc == 0) {
		const void *none;

		rc = vol_slices_next(&s, &none, err); /* the end of the input, checked */
	}
	vol_slices_end(&s);
	return rc;
}

void segment_free(struct segment *j)
{
	vol_head_free(&j->head);
	free(j->bytes);
}
