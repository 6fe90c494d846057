/* volmorph - masks made larger, smaller, smoother, or without holes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alg/ellipsoid.h"
#include "alg/bitmask.h"
#include "alg/fill.h"
#include "alg/select.h"
#include "cli/cli.h"
#include "io/follow.h"
#include "io/outfile.h"
#include "io/slices.h"
#include "io/stage.h"

static struct cli_lengths distance;
static bool in_plane;

static const struct cli_opt opts[] = {
	{.letter = 'd', .name = "distance", .type = CLI_LENGTHS, .value = &distance, .arg = "MM",
	 .help = "radius of the ball in mm, or in voxels with the suffix vox; x,y,z: half axes of an ellipsoid"},
	{.name = "in-plane", .type = CLI_FLAG, .value = &in_plane,
	 .help = "each slice on its own: a disk in place of the ball, holes within the slice"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "volmorph",
	.purpose = "erode, dilate, open, close or fill a mask",
	.operands = "erode|dilate|open|close|fill [IN]",
	.min_operands = 1,
	.max_operands = 2,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.opts = opts,
	.example = "volseg bone hu.vol | volmorph close -d 3 -o closed.vol",
	.see_also = "volseg(1), volmask(1), vollabel(1), volstream(5)",
};

enum mode { ERODE, DILATE, OPEN, CLOSE, FILL, MODES };
static const char *const modes[MODES] = {"erode", "dilate", "open", "close", "fill"};

struct job {
	enum mode mode;
	struct vol_in *in;
	struct vol_head head;       /* as it was opened */
	struct vol_slices slices;
	size_t size[3];
	double reach[3];            /* in voxels */
	struct vol_err *err;        /* of the reading in `mask_slice` */
};

/* ---- the header ---- */

/* A length in mm is one along an axis only if the axes stand upright on each other. */
static int upright(const struct vol_grid *g, const char *name, struct vol_err *err)
{
	for (int a = 0; a < 3; a++)
		for (int b = a + 1; b < 3 - in_plane; b++) {
			double dot = 0;

			for (int k = 0; k < 3; k++)
				dot += g->direction[a][k] * g->direction[b][k];
			if (fabs(dot) > 1e-3 * grid_spacing(g, a) * grid_spacing(g, b))
				return vol_fail(err, name, "axes %c and %c are not perpendicular: give the distance in "
				                           "voxels (such as 3vox), or resample first", "xyz"[a], "xyz"[b]);
		}
	return 0;
}

static int find_reach(struct job *j, const char *name, struct vol_err *err)
{
	bool mm = false;

	for (int k = 0; k < 3; k++) {
		double v = distance.v[k];

		if (distance.unit[k] != CLI_VOX) {
			mm = true;
			v /= grid_spacing(&j->head.grid, k);
		}
		j->reach[k] = in_plane && k == 2 ? 0 : v;
	}
	return mm ? upright(&j->head.grid, name, err) : 0;
}

static int prepare(void *ctx, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	struct job *j = ctx;
	const char *name = vol_in_name(in);

	if (want_scalar(head, name, err) < 0 || vol_head_copy(&j->head, head, err) < 0)
		return -1;
	for (int k = 0; k < 3; k++)
		j->size[k] = (size_t)head->grid.size[k];
	if (j->mode != FILL && find_reach(j, name, err) < 0)
		return -1;
	head->type = VOXEL_UINT8;
	return follow_labels(head, NULL, err);
}

/* ---- the voxels ---- */

static int no_memory(const struct job *j)
{
	return vol_fail(j->err, vol_in_name(j->in), "out of memory");
}

/* A ellipsoid_source_fn: the next slice as 1 and 0. */
static int mask_slice(void *ctx, uint8_t *slice)
{
	struct job *j = ctx;
	const void *voxels;
	int got = vol_slices_next(&j->slices, &voxels, j->err);

	if (got <= 0)
		return got < 0 ? -1 : vol_fail(j->err, vol_in_name(j->in), "ends early");
	select_nonzero(voxels, j->head.type, j->slices.numbers, slice);
	return 0;
}

/* One volume of the list through one ball, or two in a row. */
static int through_ellipsoids(struct job *j, uint8_t *slice, struct vol_out *out)
{
	bool two = j->mode == OPEN || j->mode == CLOSE, erode = j->mode == ERODE || j->mode == OPEN;
	struct ellipsoid *first = ellipsoid_new(j->size, j->reach, erode, mask_slice, j), *second = NULL, *last = first;
	int rc = 0;

	if (first && two)
		last = second = ellipsoid_new(j->size, j->reach, !erode, ellipsoid_next, first);
	if (!last)
		rc = no_memory(j);
	for (size_t z = 0; rc == 0 && z < j->size[2]; z++) {
		rc = ellipsoid_next(last, slice);
		if (rc == 0)
			rc = vol_put(out, slice, j->slices.numbers, j->err);
	}
	ellipsoid_free(second);
	ellipsoid_free(first);
	return rc;
}

static int filled_slices(struct job *j, uint8_t *slice, struct vol_out *out)
{
	struct components work = {0};
	struct bitmask m;
	int rc = bitmask_new(&m, (const uint64_t[]){j->size[0], j->size[1], 1}) < 0 ? no_memory(j) : 0;

	for (size_t z = 0; rc == 0 && z < j->size[2]; z++) {
		rc = mask_slice(j, slice);
		if (rc < 0)
			break;
		bitmask_pack(slice, j->size[0], j->size[1], m.word);
		if (fill_slice(&work, j->size, 4, m.word) < 0) {
			rc = no_memory(j);
			break;
		}
		bitmask_unpack(m.word, j->size[0], j->size[1], 1, slice);
		rc = vol_put(out, slice, j->slices.numbers, j->err);
	}
	components_free(&work);
	bitmask_free(&m);
	return rc;
}

static int filled_volume(struct job *j, uint8_t *slice, struct vol_out *out)
{
	struct bitmask m;
	int rc = bitmask_new(&m, j->head.grid.size) < 0 ? no_memory(j) : 0;

	for (size_t z = 0; rc == 0 && z < j->size[2]; z++) {
		rc = mask_slice(j, slice);
		if (rc == 0)
			bitmask_pack(slice, j->size[0], j->size[1], bitmask_at_slice(&m, z));
	}
	if (rc == 0 && fill_volume(&m, 6, FACES_ALL) < 0)
		rc = no_memory(j);
	for (size_t z = 0; rc == 0 && z < j->size[2]; z++) {
		bitmask_unpack(bitmask_at_slice(&m, z), j->size[0], j->size[1], 1, slice);
		rc = vol_put(out, slice, j->slices.numbers, j->err);
	}
	bitmask_free(&m);
	return rc;
}

static int run(void *ctx, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	struct job *j = ctx;
	const void *rest;
	uint8_t *slice;
	int rc = vol_slices_begin(&j->slices, in, &j->head, err);

	if (rc < 0)
		return -1;
	j->in = in;
	j->err = err;
	slice = malloc(j->slices.numbers);
	if (!slice)
		rc = no_memory(j);
	for (uint64_t entry = 0; rc == 0 && entry < (j->head.list ? j->head.list : 1); entry++)
		rc = j->mode != FILL ? through_ellipsoids(j, slice, out)
		     : in_plane      ? filled_slices(j, slice, out)
				     : filled_volume(j, slice, out);
	/* the input has to end here */
	if (rc == 0)
		rc = vol_slices_next(&j->slices, &rest, err);
	free(slice);
	vol_slices_end(&j->slices);
	return rc;
}

static enum mode find_mode(const char *word)
{
	for (int i = 0; i < MODES; i++)
		if (strcmp(word, modes[i]) == 0)
			return (enum mode)i;
	cli_usage("'%s' is none of erode, dilate, open, close, fill", word);
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct job j = {.mode = find_mode(operands[0])};
	struct vol_stage stage = {.in = operands[1], .out = cli.output,
	                          .flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0,
	                          .progress = cli_progress, .head = prepare, .run = run};
	struct vol_err err;

	if (j.mode != FILL && !cli_given("distance"))
		cli_usage("%s needs --distance", operands[0]);
	if (j.mode == FILL && cli_given("distance"))
		cli_usage("fill takes no --distance");
	for (int k = 0; k < 3; k++)
		if (distance.v[k] < 0 || distance.unit[k] == CLI_PERCENT)
			cli_usage("--distance: not a length of 0 or more, in mm or vox");
	stage.history = cli_history_of(modes[j.mode]);
	if (vol_stage_run(&stage, &j, &err) < 0)
		cli_fail(&err);
	vol_head_free(&j.head);
	return 0;
}
