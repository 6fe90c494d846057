/* volhu - stored values to physical units, one slab at a time. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alg/rescale.h"
#include "cli/cli.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "io/stage.h"

enum { AUTO, INT16, INT32, FLOAT, DOUBLE };
static const char *const types[] = {"auto", "int16", "int32", "float", "double", NULL};
static const enum voxel_type type_of[] = {VOXEL_INT16, VOXEL_INT16, VOXEL_INT32, VOXEL_FLOAT,
                                          VOXEL_DOUBLE};

static double slope = NAN, intercept = NAN, fill = NAN;
static bool keep_padding;
static int type = AUTO;

static const struct cli_opt opts[] = {
	{.name = "slope", .type = CLI_REAL, .value = &slope, .arg = "A",
	 .help = "units for each stored 1; by default the stream's"},
	{.name = "intercept", .type = CLI_REAL, .value = &intercept, .arg = "B",
	 .help = "the value of a stored 0; by default the stream's"},
	{.letter = 'f', .name = "fill", .type = CLI_REAL, .value = &fill, .arg = "VALUE",
	 .help = "what padding becomes; by default -1024 (air) when the unit is HU, else 0"},
	{.name = "keep-padding", .type = CLI_FLAG, .value = &keep_padding,
	 .help = "rescale padding like all else, and keep it marked"},
	{.name = "type", .type = CLI_CHOICE, .value = &type, .arg = "TYPE", .choices = types,
	 .help = "voxel type of the result; auto is the smallest that holds all exactly"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "volhu",
	.purpose = "turn stored values into Hounsfield or other physical units",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.opts = opts,
	.example = "volhu ct.vol -o hu.vol",
	.see_also = "dcm2vol(1), vol2nii(1), volinfo(1), volstream(5)",
};

/* All that the work needs to know. */
struct job {
	struct vol_in *in;
	struct vol_head *head;     /* of the input, then of the result */
	struct vol_rescale rescale;
	char unit[64];             /* of the result; "" when it is not known */
	struct rescale_plan plan;
};

/* ---- what the stream says ---- */

static int find_unit(struct job *j, struct vol_err *err)
{
	const char *now = key_get(j->head, "unit"), *then = key_get(j->head, "rescale.unit");
	const char *modality = key_get(j->head, "modality");

	if (now && strcmp(now, "stored") != 0)
		return vol_fail(err, vol_in_name(j->in), "values are %s already, not stored units", now);
	/* CT without a word about it is in HU (DICOM PS3.3, C.11.1.1.2); so are --slope and
	 * --intercept of this tool, unless the stream is of another kind */
	if (!then && modality && strcmp(modality, "CT") == 0)
		then = "HU";
	if (!then && !modality && cli_given("slope") && cli_given("intercept"))
		then = "HU";
	snprintf(j->unit, sizeof j->unit, "%s", then ? then : "");
	return 0;
}

static int find_rescale(struct job *j, struct vol_err *err)
{
	struct vol_rescale *r = &j->rescale;
	const char *name = vol_in_name(j->in);
	bool stored = key_get(j->head, "unit");

	if (stored && key_rescale(j->head, r, name, err) < 0)
		return -1;
	if (r->n == 0 && (isnan(slope) || isnan(intercept)))
		return vol_fail(err, name, "no rescale slope and intercept in the stream: "
		                           "give --slope and --intercept");
	if (r->n == 0) {
		r->slope = malloc(sizeof *r->slope);
		r->intercept = malloc(sizeof *r->intercept);
		if (!r->slope || !r->intercept)
			return vol_fail(err, name, "out of memory");
		r->n = 1;
	}
	for (size_t i = 0; i < r->n; i++) {
		if (!isnan(slope))
			r->slope[i] = slope;
		if (!isnan(intercept))
			r->intercept[i] = intercept;
	}
	rescale_simplify(r);
	return 0;
}

/* The stored values that can occur: those of the type, or fewer when the stream says so. */
static int find_range(struct job *j, struct vol_err *err)
{
	struct rescale_plan *p = &j->plan;
	double lo, hi;
	int found = key_stored_range(j->head, &lo, &hi, vol_in_name(j->in), err);

	voxel_is_integer(p->from, &p->lo, &p->hi);
	if (found > 0) {
		p->lo = fmax(p->lo, floor(lo));
		p->hi = fmin(p->hi, ceil(hi));
	}
	return found < 0 ? -1 : 0;
}

static int find_padding(struct job *j, struct vol_err *err)
{
	struct rescale_plan *p = &j->plan;
	int found = key_padding(j->head, &p->pad_lo, &p->pad_hi, vol_in_name(j->in), err);

	if (found < 0)
		return -1;
	p->fill = !isnan(fill) ? fill : strcmp(j->unit, "HU") == 0 ? -1024 : 0;
	p->padded = found && !keep_padding;
	if (found && keep_padding) {
		/* it may lie outside of what was measured, and stays in */
		double least, most;

		if (voxel_is_integer(p->from, &least, &most)) {
			p->lo = fmin(p->lo, fmax(p->pad_lo, least));
			p->hi = fmax(p->hi, fmin(p->pad_hi, most));
		}
	}
	return found;
}

static int choose_type(struct job *j, struct vol_err *err)
{
	struct rescale_plan *p = &j->plan;
	char number[32];

	p->to = type == AUTO ? rescale_type(p, j->rescale.slope, j->rescale.intercept, j->rescale.n)
			     : type_of[type];
	if (p->padded && !rescale_holds(p->to, p->fill))
		return vol_fail(err, "--fill", "%s cannot be held by the type %s",
		                vol_number(number, p->fill), voxel_name(p->to));
	return 0;
}

/* ---- the header of the result ---- */

/* A bound of the padding as the voxels will have it. */
static double padding_value(const struct job *j, double stored)
{
	double v = j->rescale.slope[0] * stored + j->rescale.intercept[0];

	return j->plan.to == VOXEL_FLOAT ? (float)v : v;
}

static int make_head(struct job *j, bool padding, struct vol_err *err)
{
	bool one = j->rescale.n == 1;
	double a = one ? j->rescale.slope[0] : NAN, b = one ? j->rescale.intercept[0] : NAN;
	char lo[32], hi[32];

	key_drop(j->head, "stored.range");
	key_drop(j->head, "padding");
	if (padding && keep_padding && one) {
		double x = padding_value(j, j->plan.pad_lo), y = padding_value(j, j->plan.pad_hi);

		vol_number(lo, fmin(x, y));
		vol_number(hi, fmax(x, y));
		if (key_set(j->head, err, "padding", "%s%s%s", lo, x == y ? "" : " ",
		            x == y ? "" : hi) < 0)
			return -1;
	}
	if (key_rescaled(j->head, a, b, j->unit[0] ? j->unit : NULL, err) < 0)
		return -1;
	j->head->type = j->plan.to;
	return 0;
}

static int prepare(void *ctx, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	struct job *j = ctx;
	int padding;

	j->in = in;
	j->head = head;
	if (j->head->channels > 1)
		return vol_fail(err, vol_in_name(j->in), "colour has no physical unit");
	j->plan.from = j->head->type;
	if (find_unit(j, err) < 0 || find_rescale(j, err) < 0 || find_range(j, err) < 0)
		return -1;
	padding = find_padding(j, err);
	if (padding < 0 || choose_type(j, err) < 0)
		return -1;
	return make_head(j, padding, err);
}

/* ---- the voxels ---- */

static int does_not_fit(const struct job *j, double stored, uint64_t slice, size_t pair,
                        struct vol_err *err)
{
	double v = j->rescale.slope[pair] * stored + j->rescale.intercept[pair];
	const char *better = rescale_holds(VOXEL_INT32, v)   ? "int32"
	                     : rescale_holds(VOXEL_FLOAT, v) ? "float"
							     : "double";
	char a[32], b[32];

	return vol_fail(err, vol_in_name(j->in),
	                "stored %s in slice %llu (counted from 0) becomes %s%s%s, which %s cannot hold: "
	                "use --type %s", vol_number(a, stored), (unsigned long long)slice,
	                vol_number(b, v), j->unit[0] ? " " : "", j->unit, voxel_name(j->plan.to), better);
}

/* A slab has whole slices, or a part of one; a pair belongs to a slice. */
static int rescale_slab(const struct job *j, const struct vol_slab *slab, void *result,
                        struct vol_err *err)
{
	size_t in_slice = (size_t)(j->head->grid.size[0] * j->head->grid.size[1]);
	size_t part = j->rescale.n > 1 && slab->n > in_slice ? in_slice : slab->n;
	size_t from = voxel_size(j->plan.from), to = voxel_size(j->plan.to);

	for (size_t done = 0; done < slab->n; done += part) {
		size_t pair = j->rescale.n > 1 ? (size_t)slab->slice + done / in_slice : 0;
		const char *src = (const char *)slab->voxels + done * from;
		size_t got = rescale_apply(&j->plan, j->rescale.slope[pair], j->rescale.intercept[pair],
		                           src, part, (char *)result + done * to);

		if (got < part)
			return does_not_fit(j, voxel_get(src, j->plan.from, got),
			                    slab->slice + (slab->offset + done + got) / in_slice, pair,
			                    err);
	}
	return 0;
}

static int rescale_all(void *ctx, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	struct job *j = ctx;
	size_t to = voxel_size(j->plan.to);
	struct vol_slab slab;
	void *result;
	int got;

	/* nothing to compute: only the words change */
	if (j->plan.from == j->plan.to && !j->plan.padded && j->rescale.n == 1 &&
	    j->rescale.slope[0] == 1 && j->rescale.intercept[0] == 0)
		return vol_copy(in, out, err);
	result = malloc(VOL_SLAB / voxel_size(j->plan.from) * to);
	if (!result)
		return vol_fail(err, vol_in_name(in), "out of memory");
	while ((got = vol_next(in, &slab, err)) > 0) {
		got = rescale_slab(j, &slab, result, err);
		if (got == 0)
			got = vol_put(out, result, slab.n * to, err);
		if (got < 0)
			break;
	}
	free(result);
	return got;
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct vol_stage stage = {.in = operands[0], .out = cli.output,
	                          .flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0,
	                          .history = cli_history(), .progress = cli_progress,
	                          .head = prepare, .run = rescale_all};
	struct job job = {0};
	struct vol_err err;

	if (slope == 0)
		cli_usage("--slope: 0 would make all voxels alike");
	if (vol_stage_run(&stage, &job, &err) < 0)
		cli_fail(&err);
	rescale_free(&job.rescale);
	return 0;
}
