/* mgh_write.c - a volume as an MGH file, compressed or not.
 *
 * Voxels stay in stream order, whatever the orientation. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/keys.h"
#include "mgh.h"
#include "part.h"

/* Corners may lie so far from where they should: above what floats lose of any patient, below what matters. */
#define PLACE_MM 0.001

static int set_type(struct mgh_head *m, const struct vol_head *head, const char *subject, struct vol_err *err)
{
	if (head->channels > 1)
		return vol_fail(err, subject, "is in colour, which MGH cannot hold: use vol2nii");
	switch (head->type) {
	case VOXEL_UINT8: m->type = MGH_UCHAR; return 0;
	case VOXEL_INT16: m->type = MGH_SHORT; return 0;
	case VOXEL_INT32: m->type = MGH_INT; return 0;
	case VOXEL_FLOAT: m->type = MGH_FLOAT; return 0;
	case VOXEL_UINT16:
		m->type = MGH_USHORT;
		vol_warn(subject, "uint16 is a type that only newer programs read in MGH: volcast --type int32, or "
		                  "int16 where it fits, is for all");
		return 0;
	default: break;
	}
	return vol_fail(err, subject, "type is %s, which MGH does not have: run volcast --type %s first",
	                voxel_name(head->type),
	                head->type == VOXEL_INT8 ? "int16" : head->type == VOXEL_UINT32 ? "int32" : "float");
}

static int check_scaling(const struct vol_head *head, const char *subject, struct vol_err *err)
{
	const char *unit = key_get(head, "unit");
	struct vol_rescale r;
	bool plain;

	if (!unit || strcmp(unit, "stored") != 0)
		return 0;
	if (key_rescale(head, &r, subject, err) < 0)
		return -1;
	rescale_simplify(&r);
	plain = r.n == 0 || (r.n == 1 && r.slope[0] == 1 && r.intercept[0] == 0);
	rescale_free(&r);
	if (plain)
		return 0;
	return vol_fail(err, subject, "values are stored units with a slope and intercept, which MGH cannot hold: "
	                              "run volhu first");
}

static int set_dim(struct mgh_head *m, const struct vol_head *head, const char *subject, struct vol_err *err)
{
	for (int i = 0; i < 4; i++) {
		uint64_t n = i < 3 ? head->grid.size[i] : head->list ? head->list : 1;

		if (n > INT32_MAX)
			return vol_fail(err, subject, "%llu along an axis is more than MGH can count: use vol2nii",
			                (unsigned long long)n);
		m->dim[i] = (int32_t)n;
	}
	return 0;
}

static int set_place(struct mgh_head *m, const struct vol_grid *g, const char *subject, struct vol_err *err)
{
	struct vol_grid back;
	struct vol_err why;

	m->good_ras = true;
	for (int a = 0; a < 3; a++) {
		double mm = grid_spacing(g, a);

		m->spacing[a] = (float)mm;
		for (int w = 0; w < 3; w++)
			m->cosine[a][w] = (float)((w < 2 ? -1 : 1) * g->direction[a][w] / mm + 0);
	}
	for (int w = 0; w < 3; w++) {
		double middle = g->origin[w];

		for (int a = 0; a < 3; a++)
			middle += g->direction[a][w] * m->dim[a] / 2;
		m->centre[w] = (float)((w < 2 ? -1 : 1) * middle + 0);
	}
	mgh_grid(m, &back);
	if (grid_check(&back, subject, &why) < 0 || !(grid_corner_distance(&back, g) <= PLACE_MM))
		return vol_fail(err, subject, "has a place that the floats of MGH do not hold to %g mm: use vol2nii "
		                              "--nifti2", PLACE_MM);
	return 0;
}

int mgh_encode(struct vol_in *in, const struct vol_head *head, const char *path,
               const struct format_write *how, struct vol_err *err)
{
	bool to_stdout = !path || strcmp(path, "-") == 0;
	bool gzip = to_stdout ? how->level > 0 : !format_has_suffix(path, ".mgh");
	struct part part = {.in = in, .number = voxel_size(head->type), .big = true};
	const char *subject = vol_in_name(in);
	struct mgh_head m = {.version = 1};
	unsigned char bytes[MGH_HEAD_BYTES];
	char *foot;
	int rc;

	if (set_type(&m, head, subject, err) < 0 || set_dim(&m, head, subject, err) < 0 ||
	    set_place(&m, &head->grid, subject, err) < 0 || check_scaling(head, subject, err) < 0)
		return -1;
	mgh_head_pack(&m, bytes);
	if (mgh_foot_make(in, head, &foot, &part.end_n, err) < 0)
		return -1;
	part.start = bytes;
	part.n = sizeof bytes;
	part.end = foot;
	rc = part_write(&part, path, how, gzip, err);
	free(foot);
	return rc;
}
