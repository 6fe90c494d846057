/* volresample - a volume onto another grid. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "alg/kernel.h"
#include "beside.h"
#include "cli/cli.h"
#include "io/follow.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "io/stage.h"
#include "regrid.h"
#include "transform.h"

static struct cli_lengths spacing, size, factor;
static const char *like, *affine;
static int kernel = REGRID_AUTO;
static bool no_antialias, as_zoom;
static double fill = NAN;

static const struct cli_opt opts[] = {
	{.letter = 's', .name = "spacing", .type = CLI_LENGTHS, .value = &spacing, .arg = "MM",
	 .help = "spacing of the result, one number or x,y,z"},
	{.letter = 'n', .name = "size", .type = CLI_LENGTHS, .value = &size, .arg = "N",
	 .help = "voxels of the result, one number or x,y,z, over the same field of view"},
	{.name = "factor", .type = CLI_LENGTHS, .value = &factor, .arg = "F",
	 .help = "as many times the voxels, one number or x,y,z, over the same field of view"},
	{.name = "like", .type = CLI_FILE, .value = &like, .arg = "FILE",
	 .help = "the grid of this volume, in any format"},
	{.name = "affine", .type = CLI_FILE, .value = &affine, .arg = "FILE",
	 .help = "move the volume by a matrix or ITK transform, which maps mm (LPS) of the result to mm of IN"},
	{.letter = 'k', .name = "kernel", .type = CLI_CHOICE, .value = &kernel, .arg = "NAME", .choices = regrid_kernels,
	 .help = "interpolation; auto is label for labels, else linear"},
	{.name = "no-antialias", .type = CLI_FLAG, .value = &no_antialias,
	 .help = "do not widen the kernel where the result is coarser"},
	{.letter = 'f', .name = "fill", .type = CLI_REAL, .value = &fill, .arg = "VALUE",
	 .help = "what lies outside of the input; by default vol.padding, else -1024 (air) for HU, else 0"},
	{.name = "as-zoom", .type = CLI_FLAG, .value = &as_zoom,
	 .help = "the voxels of scipy.ndimage.zoom(mode='nearest'), with -s and -k nearest, linear, cubic"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "volresample",
	.purpose = "resample a volume to another spacing, size or grid",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "volresample -s 1 hu.vol -o iso.vol",
	.see_also = "volresize(1), volback(1), volhu(1), volcmp(1), volstream(5)",
};

/* The spacing asked for along an axis, in mm. */
static double asked(const struct vol_grid *g, int a)
{
	double now = grid_spacing(g, a);

	return spacing.unit[a] == CLI_VOX       ? spacing.v[a] * now
	       : spacing.unit[a] == CLI_PERCENT ? spacing.v[a] / 100 * now
	                                        : spacing.v[a];
}

/* scipy's sizes, as the recipes compute them, and the spacing that its samples really have: first and last
 * voxel keep their places. */
static void zoom_grid(struct vol_grid *g)
{
	struct vol_grid r = *g;

	for (int a = 0; a < 3; a++) {
		double n = (double)g->size[a], to = rint(n * ((double)(float)grid_spacing(g, a) / asked(g, a)));

		r.size[a] = to < 1 ? 1 : (uint64_t)to;
		for (int w = 0; w < 3 && r.size[a] > 1; w++)
			r.direction[a][w] = g->direction[a][w] * ((n - 1) / (double)(r.size[a] - 1));
	}
	for (int a = 0; a < 3; a++)
		/* of one slice every copy is the same: the step is not 0, and stays */
		if (g->size[a] == 1)
			memcpy(r.direction[a], g->direction[a], sizeof r.direction[a]);
	*g = r;
}

/* A spacing that is off by a thousand, in the header or on the command line, asks for a volume that fills the disk. */
static int check_count(const struct vol_grid *g, const uint64_t n[3], struct vol_err *err)
{
	double to = (double)n[0] * (double)n[1] * (double)n[2];
	double now = (double)g->size[0] * (double)g->size[1] * (double)g->size[2];

	if (cli_given("size") || to <= 4e9 || to <= 1000 * now)
		return 0;
	return vol_fail(err, "result", "%llu x %llu x %llu voxels, more than 1000 for each of the input: is the spacing "
	                "right? --size asks for them", (unsigned long long)n[0], (unsigned long long)n[1],
	                (unsigned long long)n[2]);
}

static int count_voxels(struct vol_grid *g, uint64_t n[3], struct vol_err *err)
{
	for (int a = 0; a < 3; a++) {
		double now = (double)g->size[a], x = now;

		if (cli_given("spacing"))
			x = now * grid_spacing(g, a) / asked(g, a);
		else if (cli_given("size"))
			x = size.v[a];
		else
			x = now * factor.v[a] / (factor.unit[a] == CLI_PERCENT ? 100 : 1);
		/* half a voxel more or less by rounding errors goes up */
		x = floor(x + 0.5 + 1e-9);
		if (!(x <= 1e9))
			return vol_fail(err, "result", "%.3g voxels along an axis are too many", x);
		n[a] = x < 1 ? 1 : (uint64_t)x;
	}
	return check_count(g, n, err);
}

static int find_grid(struct regrid *r, const struct vol_grid *now, struct vol_err *err)
{
	struct vol_grid g = *now;
	double mm[3];
	uint64_t n[3];

	if (like)
		return beside_grid(like, &r->grid, err);
	if (as_zoom) {
		zoom_grid(&g);
	} else if (cli_given("spacing") || cli_given("size") || cli_given("factor")) {
		if (count_voxels(&g, n, err) < 0)
			return -1;
		for (int a = 0; a < 3; a++)
			mm[a] = asked(now, a);
		g = cli_given("spacing") ? grid_respaced(now, n, mm) : grid_resized(now, n);
	}
	r->grid = g;
	return 0;
}

static int make_head(void *ctx, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	struct regrid *r = ctx;

	r->kernel = regrid_kernel(kernel, head);
	r->as = as_zoom ? REGRID_ZOOM : REGRID_PLAIN;
	if (as_zoom && r->kernel == KERNEL_LABEL)
		r->kernel = KERNEL_NEAREST;
	if (find_grid(r, &head->grid, err) < 0 || regrid_head(r, in, head, err) < 0)
		return -1;
	return r->moved ? key_moved(head, &r->move, vol_in_name(in), err) : 0;
}

static int resample(void *ctx, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	return regrid_run(ctx, in, out, err);
}

static void check_options(void)
{
	int grids = cli_given("spacing") + cli_given("size") + cli_given("factor") + (like != NULL);

	if (grids > 1)
		cli_usage("only one of --spacing, --size, --factor and --like says what the grid is");
	if (grids == 0 && !affine)
		cli_usage("what grid? give --spacing, --size, --factor, --like or --affine");
	if (as_zoom && (!cli_given("spacing") || affine))
		cli_usage("--as-zoom goes with --spacing, and without --affine");
	if (as_zoom && kernel > KERNEL_CUBIC && kernel != REGRID_AUTO)
		cli_usage("--as-zoom goes with -k nearest, linear or cubic");
	if (as_zoom && cli_given("fill"))
		cli_usage("--as-zoom leaves nothing outside to --fill");
	for (int a = 0; a < 3; a++) {
		if (cli_given("spacing") && !(spacing.v[a] > 0))
			cli_usage("--spacing: a spacing is above 0");
		if (cli_given("factor") && (!(factor.v[a] > 0) || factor.unit[a] == CLI_MM || factor.unit[a] == CLI_VOX))
			cli_usage("--factor: a factor is a number above 0, or a percentage");
		if (cli_given("size") && (!(size.v[a] >= 1) || size.v[a] != floor(size.v[a]) ||
		                          size.unit[a] == CLI_MM || size.unit[a] == CLI_PERCENT))
			cli_usage("--size: sizes are whole numbers from 1 on");
	}
}

int main(int argc, char **argv)
{
	struct regrid r = {0};
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct vol_stage stage = {.in = operands[0], .out = cli.output, .progress = cli_progress,
	                          .flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, .history = cli_history(),
	                          .head = make_head, .run = resample};
	struct vol_err err;

	check_options();
	r.antialias = !no_antialias;
	r.fill = fill;
	r.threads = cli.threads;
	if (affine) {
		if (transform_read(affine, &r.move, &err) < 0)
			cli_fail(&err);
		r.moved = true;
	}
	if (vol_stage_run(&stage, &r, &err) < 0)
		cli_fail(&err);
	regrid_free(&r);
	return 0;
}
