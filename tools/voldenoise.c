/* voldenoise - less noise: Gaussian, median, bilateral; or nothing but the head. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alg/convert.h"
#include "alg/headmask.h"
#include "alg/select.h"
#include "alg/smooth.h"
#include "cli/cli.h"
#include "io/follow.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "io/slices.h"
#include "io/stage.h"
#include "par.h"

static const char *const borders[] = {"reflect", "nearest", NULL};

static struct cli_lengths gauss, median, bilateral;
static bool brain, as_recipe, flat;
static double edge = 50, threshold = 0, fill = NAN;
static int border;

static const struct cli_opt opts[] = {
	{.name = "gauss", .type = CLI_LENGTHS, .value = &gauss, .arg = "MM",
	 .help = "Gaussian with this sigma, one or x,y,z, in mm or with the suffix vox"},
	{.name = "median", .type = CLI_LENGTHS, .value = &median, .arg = "MM",
	 .help = "median over a box of this width, one or x,y,z, in mm or (odd) vox"},
	{.name = "bilateral", .type = CLI_LENGTHS, .value = &bilateral, .arg = "MM",
	 .help = "edge-preserving: Gaussian with this sigma over voxels of like value"},
	{.name = "edge", .type = CLI_REAL, .value = &edge, .arg = "VALUE",
	 .help = "for --bilateral: sigma of what differences are noise; by default 50 HU"},
	{.name = "2d", .type = CLI_FLAG, .value = &flat, .help = "each slice for itself"},
	{.name = "border", .type = CLI_CHOICE, .value = &border, .arg = "HOW", .choices = borders,
	 .help = "what a filter sees beyond the volume: its mirror image, or its last voxel"},
	{.name = "brain", .type = CLI_FLAG, .value = &brain,
	 .help = "keep the head: the largest part of each slice, holes filled, a voxel wider"},
	{.letter = 't', .name = "threshold", .type = CLI_REAL, .value = &threshold, .arg = "VALUE",
	 .help = "for --brain: the head is above it; by default 0 HU, where the brain window begins"},
	{.letter = 'f', .name = "fill", .type = CLI_REAL, .value = &fill, .arg = "VALUE",
	 .help = "for --brain: what all else becomes; by default -1024 for HU, else 0"},
	{.name = "as-recipe", .type = CLI_FLAG, .value = &as_recipe,
	 .help = "window 40/80, times the mask of --brain: 0 outside"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "voldenoise",
	.purpose = "lower the noise of a volume, or keep only the head in it",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_PROGRESS | CLI_THREADS,
	.opts = opts,
	.example = "voldenoise --gauss 1.5 hu.vol -o smooth.vol",
	.see_also = "volhu(1), voltilt(1), volstream(5)",
};

struct job {
	struct vol_head head;  /* of the input: type and sizes */
	struct smooth_plan plan;
	struct smooth *filter; /* owned */
};

/* ---- filters ---- */

/* A width or a sigma in voxels. */
static double in_voxels(const struct cli_lengths *l, int axis, double spacing)
{
	if (l->unit[axis] == CLI_PERCENT)
		cli_usage("a filter's size is in mm or vox, not in percent");
	return l->unit[axis] == CLI_VOX ? l->v[axis] : l->v[axis] / spacing;
}

static int plan_size(struct job *j, const struct vol_head *h, const char *name, struct vol_err *err)
{
	struct smooth_plan *p = &j->plan;
	const struct cli_lengths *l = p->kind == SMOOTH_GAUSS ? &gauss : p->kind == SMOOTH_MEDIAN ? &median : &bilateral;
	bool any = false;

	for (int i = 0; i < 3; i++) {
		double v = i == 2 && flat ? 0 : in_voxels(l, i, grid_spacing(&h->grid, i));

		/* the voxels whose centres lie within half of the width */
		p->radius[i] = (size_t)fmin(v / 2 + 1e-6, SMOOTH_REACH + 1);
		p->sigma[i] = v;
		any = any || (p->kind == SMOOTH_MEDIAN ? p->radius[i] > 0 : v > 0);
	}
	return any ? 0 : vol_fail(err, name, "the filter would see no voxel but its own: the spacing is %g x %g x %g mm",
	                          grid_spacing(&h->grid, 0), grid_spacing(&h->grid, 1), grid_spacing(&h->grid, 2));
}

static int filter_head(void *ctx, struct vol_in *in, struct vol_head *h, struct vol_err *err)
{
	struct job *j = ctx;
	struct smooth_plan *p = &j->plan;
	const char *name = vol_in_name(in);
	char *range = NULL;
	int rc = 0;

	p->border = border == 0 ? SMOOTH_REFLECT : SMOOTH_NEAREST;
	p->measured = (struct measured){h->type, NAN, NAN};
	p->edge = edge;
	p->threads = par_threads(cli.threads);
	for (int i = 0; i < 3; i++)
		p->size[i] = (size_t)h->grid.size[i];
	if (want_scalar(h, name, err) < 0 || want_image(h, name, err) < 0 || plan_size(j, h, name, err) < 0 ||
	    key_padding(h, &p->measured.pad_lo, &p->measured.pad_hi, name, err) < 0)
		return -1;
	if (p->kind == SMOOTH_BILATERAL && want_physical(h, name, err) < 0)
		return -1;
	if (p->kind == SMOOTH_BILATERAL && !cli_given("edge") && want_hu(h, name, err) < 0)
		return vol_fail(err, name, "values are not in HU, for which 50 is meant: give --edge");
	j->head.type = h->type;
	j->filter = smooth_new(p, err);
	if (!j->filter) {
		snprintf(err->subject, sizeof err->subject, "%s", name);
		return -1;
	}
	/* an average lies between its voxels, so a stated range holds on */
	if (!flat && key_get(h, "stored.range"))
		range = strdup(key_get(h, "stored.range"));
	if (!flat)
		rc = follow_mixed(h, name, err);
	if (rc == 0 && range)
		rc = key_set(h, err, "stored.range", "%s", range);
	free(range);
	return rc;
}

static int filter_slices(struct smooth *s, struct vol_slices *slices, size_t bytes, struct vol_out *out,
                         struct vol_err *err)
{
	const void *voxels, *result;
	int got;

	while ((got = vol_slices_next(slices, &voxels, err)) > 0) {
		if (smooth_put(s, voxels, err) < 0)
			return -1;
		while ((result = smooth_take(s)))
			if (vol_put(out, result, bytes, err) < 0)
				return -1;
	}
	return got;
}

static int filter_run(void *ctx, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	struct job *j = ctx;
	struct vol_head h = {.type = j->head.type, .channels = 1, .grid.size = {j->plan.size[0], j->plan.size[1], 1}};
	struct vol_slices slices;
	struct smooth *s = j->filter;
	int rc = vol_slices_begin(&slices, in, &h, err);

	if (rc == 0)
		rc = filter_slices(s, &slices, (size_t)vol_head_slice_bytes(&h), out, err);
	if (rc == 0 && smooth_gaps(s))
		vol_note(vol_in_name(in), "%llu voxels were not measured: left out of the filter, and as they were",
		         (unsigned long long)smooth_gaps(s));
	vol_slices_end(&slices);
	return rc;
}

/* ---- the head ---- */

static int brain_head(void *ctx, struct vol_in *in, struct vol_head *h, struct vol_err *err)
{
	struct job *j = ctx;
	const char *name = vol_in_name(in), *unit = key_get(h, "unit");
	double back;

	if (want_scalar(h, name, err) < 0 || want_image(h, name, err) < 0)
		return -1;
	if ((as_recipe || !cli_given("threshold")) ? want_hu(h, name, err) < 0 : want_physical(h, name, err) < 0)
		return -1;
	j->plan.measured = (struct measured){h->type, NAN, NAN};
	if (!as_recipe &&
	    key_padding(h, &j->plan.measured.pad_lo, &j->plan.measured.pad_hi, name, err) < 0)
		return -1;
	if (isnan(fill))
		fill = !as_recipe && unit && strcmp(unit, "HU") == 0 ? -1024 : 0;
	j->head.type = h->type;
	j->head.grid = h->grid;
	union {
		double number;
		char bytes[8];
	} value;

	convert_from_double(&fill, 1, h->type, &value);
	back = voxel_get(&value, h->type, 0);
	if (voxel_is_integer(h->type, NULL, NULL) && back != fill)
		return vol_fail(err, "--fill", "%g cannot be held by the type %s", fill, voxel_name(h->type));
	if (!as_recipe)
		return 0;
	key_drop(h, "padding");
	return follow_values(h, "HU", err) < 0 || key_set(h, err, "window", "40 80") < 0 ? -1 : 0;
}

/* Of a slice only what the mask has; for the recipe cut to the brain window. */
static void keep_head(const struct headmask *m, const void *slice, enum voxel_type type, double *row, char *result)
{
	size_t bytes = voxel_size(type);

	for (size_t y = 0; y < m->ny; y++) {
		size_t at = y * m->nx;

		convert_to_double((const char *)slice + at * bytes, type, m->nx, row);
		for (size_t x = 0; x < m->nx; x++) {
			if (as_recipe)
				row[x] = row[x] > 80 ? 80 : row[x] > 0 ? row[x] : 0;
			row[x] = m->bytes[at + x] ? row[x] : fill;
		}
		convert_from_double(row, m->nx, type, result + at * bytes);
	}
}

static int brain_run(void *ctx, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	struct job *j = ctx;
	size_t nx = (size_t)j->head.grid.size[0], ny = (size_t)j->head.grid.size[1];
	struct vol_head h = {.type = j->head.type, .channels = 1, .grid.size = {nx, ny, 1}};
	size_t bytes = (size_t)vol_head_slice_bytes(&h);
	struct headmask mask;
	struct vol_slices slices = {0};
	const void *voxels;
	double *row = malloc(nx * sizeof *row);
	char *result = malloc(bytes);
	uint64_t empty = 0;
	int got;

	if (headmask_new(&mask, nx, ny) < 0 || !row || !result)
		got = vol_fail(err, vol_in_name(in), "out of memory");
	else
		got = vol_slices_begin(&slices, in, &h, err);
	while (got == 0 && (got = vol_slices_next(&slices, &voxels, err)) > 0) {
		int64_t n = headmask_slice(&mask, voxels, &j->plan.measured, threshold, true);

		if (n < 0) {
			got = vol_fail(err, vol_in_name(in), "out of memory");
			break;
		}
		empty += n == 0;
		keep_head(&mask, voxels, h.type, row, result);
		got = vol_put(out, result, bytes, err);
	}
	if (got == 0 && empty)
		vol_warn(vol_in_name(in), "nothing above %g in %llu slices", threshold, (unsigned long long)empty);
	vol_slices_end(&slices);
	headmask_free(&mask);
	free(row);
	free(result);
	return got;
}

/* ---- ---- */

static void check_options(void)
{
	int modes = cli_given("gauss") + cli_given("median") + cli_given("bilateral") + brain + as_recipe;

	if (modes != 1)
		cli_usage("give one of --gauss, --median, --bilateral, --brain, --as-recipe");
	if ((brain || as_recipe) && (flat || cli_given("border")))
		cli_usage("--2d and --border belong to the filters");
	if (!brain && (cli_given("threshold") || cli_given("fill")))
		cli_usage("--threshold and --fill belong to --brain");
	if (!cli_given("bilateral") && cli_given("edge"))
		cli_usage("--edge belongs to --bilateral");
	if (!(edge > 0))
		cli_usage("--edge: must be over 0");
	for (int i = 0; i < 3; i++) {
		if (gauss.v[i] < 0 || median.v[i] < 0 || bilateral.v[i] < 0)
			cli_usage("a filter's size cannot be under 0");
		if (median.unit[i] == CLI_VOX && fmod(median.v[i], 2) != 1)
			cli_usage("--median: a width in voxels is an odd number");
	}
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct job job = {0};
	struct vol_stage stage = {.in = operands[0], .out = cli.output, .progress = cli_progress};
	struct vol_err err;

	check_options();
	job.plan.kind = cli_given("median") ? SMOOTH_MEDIAN : cli_given("bilateral") ? SMOOTH_BILATERAL : SMOOTH_GAUSS;
	stage.flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0;
	stage.history = cli_history();
	stage.head = brain || as_recipe ? brain_head : filter_head;
	stage.run = brain || as_recipe ? brain_run : filter_run;
	if (vol_stage_run(&stage, &job, &err) < 0)
		cli_fail(&err);
	smooth_free(job.filter);
	return 0;
}
