/* regrid.c - regrid.h's header: how the grids lie to each other, what the volume allows, the keys. */
#include "regrid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alg/rescale.h"
#include "io/follow.h"
#include "io/keys.h"

/* What two grids may differ by, in voxels over their whole length, and count as parallel, or as the same: the
 * floats of other formats lose more than this of a millimetre only in huge volumes. */
static const double same_voxels = 1e-3;

const char *const regrid_kernels[] = {"nearest", "linear", "cubic", "catmull", "lanczos", "area", "label",
                                      "auto", NULL};

enum kernel regrid_kernel(int choice, const struct vol_head *head)
{
	if (choice != REGRID_AUTO)
		return (enum kernel)choice;
	return is_labels(head) ? KERNEL_LABEL : KERNEL_LINEAR;
}

/* ---- how the grids lie to each other ---- */

static double last(uint64_t n)
{
	return n > 1 ? (double)(n - 1) : 1;
}

/* Is one axis of the result along each of the input's, and no other? */
static bool find_axes(struct regrid *r)
{
	bool taken[3] = {false, false, false};

	for (int k = 0; k < 3; k++) {
		int along = 0;

		for (int a = 1; a < 3; a++)
			if (fabs(r->index.m[k][a]) * last(r->grid.size[a]) >
			    fabs(r->index.m[k][along]) * last(r->grid.size[along]))
				along = a;
		for (int a = 0; a < 3; a++)
			if (a != along && fabs(r->index.m[k][a]) * last(r->grid.size[a]) > same_voxels)
				return false;
		if (taken[along])
			return false;
		taken[along] = true;
		r->axis[along] = k;
	}
	return true;
}

/* A step of one voxel from one voxel's middle on: then exactly so, which rounding errors may have spoilt. */
static bool snap(struct regrid *r)
{
	for (int a = 0; a < 3; a++) {
		double step = r->index.m[r->axis[a]][a], start = r->index.m[r->axis[a]][3];

		if (fabs(fabs(step) - 1) * last(r->grid.size[a]) > same_voxels ||
		    fabs(start - rint(start)) > same_voxels)
			return false;
	}
	for (int a = 0; a < 3; a++) {
		double *row = r->index.m[r->axis[a]], sign = row[a] < 0 ? -1 : 1;

		row[3] = rint(row[3]);
		row[0] = row[1] = row[2] = 0;
		row[a] = sign;
	}
	return true;
}

static int compare_grids(struct regrid *r, struct vol_err *err)
{
	struct grid_affine to = grid_affine_of(&r->grid), from = grid_affine_of(&r->from.grid), back;

	if (grid_check(&r->grid, "the result's grid", err) < 0)
		return -1;
	if (!grid_affine_invert(&from, &back))
		return vol_fail(err, vol_in_name(r->in), "the grid cannot be inverted");
	r->index = grid_affine_after(&r->move, &to);
	r->index = grid_affine_after(&back, &r->index);
	r->parallel = find_axes(r);
	r->exact = r->parallel && r->as == REGRID_PLAIN && snap(r);
	r->held = !r->parallel || r->axis[2] != 2 || r->index.m[2][2] < 0;
	return 0;
}

/* ---- what the header says ---- */

static int check_kernel(const struct regrid *r, const struct vol_head *head, struct vol_err *err)
{
	const char *name = vol_in_name(r->in);
	bool whole = r->kernel == KERNEL_NEAREST || r->exact;

	if (head->channels > 1 && (!whole || (r->held && !r->parallel)))
		return vol_fail(err, name, "voxels are colours: only -k nearest on parallel axes takes them");
	if (is_labels(head) && !whole && r->kernel != KERNEL_LABEL)
		return vol_fail(err, name, "voxels are labels, which -k %s would mix: use -k label or nearest",
		                regrid_kernels[r->kernel]);
	if (r->kernel == KERNEL_LABEL && !voxel_is_integer(head->type, NULL, NULL))
		return vol_fail(err, name, "-k label wants whole numbers, not %s", voxel_name(head->type));
	if (!r->parallel && r->kernel == KERNEL_AREA)
		return vol_fail(err, name, "-k area wants axes parallel to the input's: use -k linear");
	return 0;
}

/* The value for what lies outside. */
static int find_fill(struct regrid *r, const struct vol_head *head, struct vol_err *err)
{
	const char *unit = key_get(head, "unit"), *then = key_get(head, "rescale.unit");
	struct vol_rescale pairs;
	int found = key_padding(head, &r->pad_lo, &r->pad_hi, vol_in_name(r->in), err);
	bool integer = voxel_is_integer(head->type, NULL, NULL);

	if (found < 0 || (!isnan(r->fill) && want_physical(head, vol_in_name(r->in), err) < 0) || key_rescale(head, &pairs, vol_in_name(r->in), err) < 0)
		return -1;
	r->padded = found && r->as == REGRID_PLAIN;
	r->unmeasured = found ? r->pad_lo : NAN;
	r->outside = found ? r->pad_lo : 0;
	if (!found && unit && strcmp(unit, "HU") == 0)
		r->outside = -1024;
	if (!found && unit && strcmp(unit, "stored") == 0 && then && strcmp(then, "HU") == 0 && pairs.n)
		r->outside = (-1024 - pairs.intercept[0]) / pairs.slope[0];
	rescale_free(&pairs);
	if (!isnan(r->fill))
		r->outside = r->fill;
	if (!isnan(r->fill) && integer && !rescale_holds(head->type, r->fill))
		return vol_fail(err, "--fill", "%g cannot be held by the type %s", r->fill, voxel_name(head->type));
	return 0;
}

/* Slices that stay whole keep their own slope and intercept. */
static int follow_whole(struct regrid *r, struct vol_head *head, struct vol_err *err)
{
	struct vol_rescale pairs;
	uint64_t entries = head->list ? head->list : 1, nz = r->grid.size[2], was = r->from.grid.size[2], *from;
	struct kernel_axis z;
	size_t n;
	int rc = 0;

	if (key_rescale(head, &pairs, vol_in_name(r->in), err) < 0)
		return -1;
	n = pairs.n;
	rescale_free(&pairs);
	if (n <= 1)
		return 0;
	if (r->held && (!r->parallel || r->axis[2] != 2))
		return follow_mixed(head, vol_in_name(r->in), err);
	from = malloc(entries * nz * sizeof *from);
	if (!from)
		return vol_fail(err, vol_in_name(r->in), "out of memory");
	kernel_axis_init(&z, KERNEL_NEAREST, (size_t)was, (size_t)nz, r->index.m[2][3], r->index.m[2][2], false);
	for (uint64_t i = 0; i < entries * nz; i++)
		from[i] = i / nz * was + kernel_nearest(&z, (size_t)(i % nz));
	rc = follow_slices(head, from, entries * nz, err);
	free(from);
	return rc;
}

int regrid_head(struct regrid *r, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	double lo = NAN, hi = NAN;
	bool whole;

	r->in = in;
	if (vol_head_copy(&r->from, head, err) < 0)
		return -1;
	if (!r->moved)
		r->move = grid_affine_identity();
	if (compare_grids(r, err) < 0 || check_kernel(r, head, err) < 0 || find_fill(r, head, err) < 0)
		return -1;
	whole = r->kernel == KERNEL_NEAREST || r->kernel == KERNEL_LABEL || r->exact;
	if ((whole ? follow_whole(r, head, err) : follow_mixed(head, vol_in_name(in), err)) < 0)
		return -1;
	/* what comes in from outside was never stored by the scanner; padding it knows about */
	if (key_stored_range(head, &lo, &hi, vol_in_name(in), err) < 0)
		return -1;
	if (!r->padded || r->outside != r->pad_lo) {
		if (!(r->outside >= lo && r->outside <= hi))
			key_drop(head, "stored.range");
	}
	/* where volback leads to, for streams that no tool of ours began */
	if (key_source(head, err) < 0)
		return -1;
	head->grid = r->grid;
	return 0;
}
