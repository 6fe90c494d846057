#include "upright.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alg/convert.h"
#include "alg/sliced.h"
#include "io/follow.h"
#include "io/keys.h"
#include "io/slices.h"
#include "par.h"

/* ---- in ---- */

static int check(struct upright *u, const char *name, const struct vol_head *h, struct vol_err *err)
{
	const char *unit = key_get(h, "unit");
	int padded;

	u->shape = (struct vol_head){.type = h->type, .channels = h->channels, .grid = h->grid, .list = h->list};
	u->turn.measured = (struct measured){h->type, NAN, NAN};
	padded = key_padding(h, &u->turn.measured.pad_lo, &u->turn.measured.pad_hi, name, err);
	if (padded < 0 || want_scalar(h, name, err) < 0)
		return -1;
	if (isnan(u->fill))
		u->fill = padded ? u->turn.measured.pad_lo : unit && strcmp(unit, "HU") == 0 ? -1024 : 0;
	if (is_labels(h)) {
		if (!u->like)
			return vol_fail(err, name, "labels do not show how a head is tilted: give --like UPRIGHT");
		if (u->kernel >= 0 && u->kernel != TURN_NEAREST)
			return want_image(h, name, err);
		u->kernel = TURN_NEAREST;
	} else if (!u->like) {
		if (u->any_unit ? want_physical(h, name, err) < 0 : want_hu(h, name, err) < 0)
			return -1;
		if (!u->as_recipe && !tilt_is_axial(&h->grid))
			return vol_fail(err, name, "slices are not axial: a head's tilt is seen in axial ones");
		if (u->symmetry && want_3d(h, name, err) < 0)
			return -1;
	}
	return 0;
}

/* What is done with each slice of a reading: measured, kept, or both. */
static int read_slices(struct upright *u, struct vol_in *in, bool measure, bool keep, struct vol_err *err)
{
	size_t bytes = (size_t)vol_head_slice_bytes(&u->shape), z = 0;
	struct vol_slices slices;
	const void *voxels;
	int got;

	if (keep && !(u->volume = malloc((size_t)vol_head_bytes(&u->shape))))
		return vol_fail(err, vol_in_name(in), "a volume of %llu bytes does not fit in memory",
		                (unsigned long long)vol_head_bytes(&u->shape));
	if (vol_slices_begin(&slices, in, &u->shape, err) < 0)
		return -1;
	while ((got = vol_slices_next(&slices, &voxels, err)) > 0) {
		if (keep)
			memcpy(u->volume + z++ * bytes, voxels, bytes);
		if (measure && tilt_add(&u->find, voxels) < 0) {
			got = vol_fail(err, vol_in_name(in), "out of memory");
			break;
		}
	}
	vol_slices_end(&slices);
	return got;
}

static int measure(struct upright *u, struct vol_in *in, struct vol_err *err)
{
	struct tilt_plan plan = {u->turn.measured, u->shape.grid, u->threshold, u->symmetry, u->as_recipe};
	const struct tilt *t = &u->tilt;
	const char *name = vol_in_name(in);

	if (tilt_begin(&u->find, &plan) < 0)
		return vol_fail(err, name, "out of memory");
	if (read_slices(u, in, true, u->symmetry, err) < 0)
		return -1;
	if (u->as_recipe)
		return 0;
	switch (tilt_end(&u->find, u->volume, &u->tilt)) {
	case 0: break;
	case 1: return vol_fail(err, name, "no head: too little above %g (see --threshold)", u->threshold);
	default: return vol_fail(err, name, "out of memory");
	}
	u->back = t->back;
	vol_note(name, "yaw %.2f, roll %.2f degrees", t->yaw, t->roll);
	if (u->symmetry && t->likeness < 0.6)
		vol_warn(name, "the head is hardly its own mirror image (correlation %.2f): the plane may be wrong",
		         t->likeness);
	if (!u->symmetry && t->spread > 5)
		vol_warn(name, "slices disagree about the angle, by %.1f degrees in the median: "
		               "--symmetry may do better", t->spread);
	return 0;
}

/* The rotation that took FILE where it is, for a volume that may have been moved itself. */
static int follow_file(struct upright *u, const struct vol_head *h, const char *name, struct vol_err *err)
{
	struct grid_affine theirs, mine, inverse;
	struct vol_head head;
	struct vol_in *in = vol_open(u->like, &head, err);
	int got;

	if (!in)
		return -1;
	got = key_transform(&head, &theirs, vol_in_name(in), err);
	if (got == 0)
		got = vol_fail(err, vol_in_name(in), "was not turned: it has no vol.transform");
	vol_close(in);
	vol_head_free(&head);
	if (got < 0 || key_transform(h, &mine, name, err) < 0)
		return -1;
	if (!grid_affine_invert(&mine, &inverse))
		return vol_fail(err, name, "vol.transform cannot be inverted");
	u->back = grid_affine_after(&inverse, &theirs);
	return 0;
}

int upright_measure(struct upright *u, struct vol_in *in, const struct vol_head *head, struct vol_err *err)
{
	return check(u, vol_in_name(in), head, err) < 0 ? -1 : measure(u, in, err);
}

/* ---- the head upright ---- */

static bool fill_fits(const struct upright *u, struct vol_err *err)
{
	enum voxel_type type = u->shape.type;
	double value;

	convert_from_double(&u->fill, 1, type, &value);
	if (!voxel_is_integer(type, NULL, NULL) || voxel_get(&value, type, 0) == u->fill)
		return true;
	vol_fail(err, "--fill", "%g cannot be held by the type %s", u->fill, voxel_name(type));
	return false;
}

static int turned_head(struct upright *u, struct vol_head *h, const char *name, struct vol_err *err)
{
	struct grid_affine up, place = grid_affine_of(&h->grid);

	u->turn.kernel = u->kernel < 0 ? TURN_LINEAR : (enum turn_kernel)u->kernel;
	u->turn.fill = u->fill;
	if (key_moved(h, &u->back, name, err) < 0)
		return -1;
	if (!turn_map(&h->grid, &u->back, &u->turn.map) || !grid_affine_invert(&u->back, &up))
		return vol_fail(err, name, "the rotation cannot be inverted");
	if (u->grid_only) {
		place = grid_affine_after(&up, &place);
		for (int i = 0; i < 3; i++) {
			for (int k = 0; k < 3; k++)
				h->grid.direction[k][i] = place.m[i][k];
			h->grid.origin[i] = place.m[i][3];
		}
		return 0;
	}
	if (!fill_fits(u, err))
		return -1;
	for (int i = 0; i < 3; i++)
		u->turn.size[i] = (size_t)h->grid.size[i];
	u->flat = !u->volume && turn_is_flat(&u->turn.map, h->grid.size);
	if (!u->flat && want_3d(h, name, err) < 0)
		return -1;
	/* what is not measured now has this value */
	if (!(u->fill >= u->turn.measured.pad_lo && u->fill <= u->turn.measured.pad_hi))
		key_drop(h, "padding");
	return is_labels(h) ? 0 : follow_mixed(h, name, err);
}

int upright_head(struct upright *u, struct vol_in *in, struct vol_head *h, struct vol_err *err)
{
	const char *name = vol_in_name(in);

	if (check(u, name, h, err) < 0)
		return -1;
	if (u->as_recipe) {
		/* no one rotation leads back */
		key_drop(h, "source");
		key_drop(h, "transform");
		key_drop(h, "padding");
		h->type = VOXEL_UINT8;
		return follow_values(h, "HU", err) < 0 ? -1 : key_set(h, err, "window", "40 80");
	}
	if (u->like) {
		if (follow_file(u, h, name, err) < 0)
			return -1;
	} else {
		bool again = !u->symmetry || u->grid_only;

		if ((again && vol_hold(in, err) < 0) || measure(u, in, err) < 0)
			return -1;
		if (again)
			vol_rewind(in);
	}
	return turned_head(u, h, name, err);
}

static int make_slice(void *ctx, uint64_t i, const void *voxels, void *result)
{
	const struct upright *u = ctx;
	const uint64_t *size = u->shape.grid.size;
	struct tilt_slice s;

	if (u->as_recipe)
		return tilt_recipe(voxels, u->shape.type, (size_t)size[0], (size_t)size[1], &s, result);
	if (u->flat) {
		struct turn flat = turn_flat(&u->turn, voxels, i % size[2]);

		turn_slice(&flat, 0, result);
	} else {
		turn_slice(&u->turn, (size_t)i, result);
	}
	return 0;
}

int upright_run(struct upright *u, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	const uint64_t *size = u->shape.grid.size;
	bool stream = u->as_recipe || u->flat;
	size_t from = stream ? (size_t)vol_head_slice_bytes(&u->shape) : 0, n = (size_t)(size[0] * size[1]);
	size_t to = n * voxel_size(u->as_recipe ? VOXEL_UINT8 : u->shape.type);
	struct vol_slices slices = {0};
	struct sliced *s;
	const void *voxels = NULL, *result;
	int got = 1, made = 0;

	if (!stream && !u->volume && read_slices(u, in, false, true, err) < 0)
		return -1;
	if (stream && vol_slices_begin(&slices, in, &u->shape, err) < 0)
		return -1;
	u->turn.volume = u->volume;
	s = sliced_new(par_threads(u->threads), from, to, make_slice, u);
	if (!s)
		return vol_fail(err, vol_in_name(in), "out of memory");
	for (uint64_t z = 0; got > 0 && made == 0; z++) {
		got = stream ? vol_slices_next(&slices, &voxels, err) : z < size[2];
		if (got > 0)
			sliced_put(s, voxels);
		while (got >= 0 && (made = sliced_take(s, got == 0, &result)) > 0)
			if (vol_put(out, result, to, err) < 0)
				got = -1;
		if (!stream && u->progress)
			u->progress("slices", z, size[2]);
	}
	if (made < 0)
		got = vol_fail(err, vol_in_name(in), "out of memory");
	sliced_free(s);
	vol_slices_end(&slices);
	return got;
}

void upright_free(struct upright *u)
{
	tilt_free(&u->find);
	free(u->volume);
	u->volume = NULL;
}
