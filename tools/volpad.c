/* volpad - a volume with more around it: to a size, to a multiple, by margins. */
#include <math.h>

#include "cli/cli.h"
#include "frame.h"
#include "io/outfile.h"
#include "io/stage.h"

static struct cli_lengths size, multiple, margin, before, after, at;
static double fill = NAN;

static const struct cli_opt opts[] = {
	{.letter = 'n', .name = "size", .type = CLI_LENGTHS, .value = &size, .arg = "N", .pair = true,
	 .help = "voxels of the result, one number, x,y or x,y,z"},
	{.name = "multiple", .type = CLI_LENGTHS, .value = &multiple, .arg = "N", .pair = true,
	 .help = "up to the next multiple of N voxels, one number, x,y or x,y,z"},
	{.name = "at", .type = CLI_LENGTHS, .value = &at, .arg = "X,Y,Z", .pair = true,
	 .help = "with --size or --multiple: where in the result the volume begins; by default in the middle"},
	{.name = "margin", .type = CLI_LENGTHS, .value = &margin, .arg = "MM", .pair = true,
	 .help = "this much on all sides, one number, x,y or x,y,z"},
	{.name = "before", .type = CLI_LENGTHS, .value = &before, .arg = "MM", .pair = true,
	 .help = "this much where indices begin, one number, x,y or x,y,z"},
	{.name = "after", .type = CLI_LENGTHS, .value = &after, .arg = "MM", .pair = true,
	 .help = "this much where indices end, one number, x,y or x,y,z"},
	{.letter = 'f', .name = "fill", .type = CLI_REAL, .value = &fill, .arg = "VALUE",
	 .help = "what is added; by default vol.padding, else -1024 (air) for HU, else 0"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "volpad",
	.purpose = "add voxels around a volume: to a size, to a multiple, by margins",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "volpad --multiple 32 hu.vol -o padded.vol",
	.see_also = "volcrop(1), volresize(1), volback(1), volstream(5)",
};

/* Is the axis meant? Two numbers leave slices alone. */
static bool meant(const struct cli_lengths *l, const char *name, int a)
{
	return cli_given(name) && a < (l->given == 2 ? 2 : 3);
}

static int pad_axis(const struct vol_grid *g, int a, const char *name, int64_t *lo, uint64_t *n, struct vol_err *err)
{
	double now = (double)g->size[a], to = now, front = 0;

	if (meant(&size, "size", a))
		to = cli_voxels(&size, a, grid_spacing(g, a), g->size[a], CLI_VOX);
	if (meant(&multiple, "multiple", a))
		to = ceil(now / multiple.v[a]) * multiple.v[a];
	if (to < now)
		return vol_fail(err, name, "%.0f voxels along %c are more than the %.0f asked for: volcrop --centre --size "
		                "cuts and pads", now, "xyz"[a], to);
	/* of an odd difference the smaller half comes first */
	front = meant(&at, "at", a) ? cli_voxels(&at, a, grid_spacing(g, a), g->size[a], CLI_VOX) : floor((to - now) / 2);
	if (front + now > to)
		return vol_fail(err, name, "at %.0f along %c its %.0f voxels do not fit in %.0f", front, "xyz"[a], now, to);
	if (meant(&margin, "margin", a)) {
		front = cli_voxels(&margin, a, grid_spacing(g, a), g->size[a], CLI_MM);
		to = now + 2 * front;
	}
	if (meant(&before, "before", a)) {
		front += cli_voxels(&before, a, grid_spacing(g, a), g->size[a], CLI_MM);
		to += cli_voxels(&before, a, grid_spacing(g, a), g->size[a], CLI_MM);
	}
	if (meant(&after, "after", a))
		to += cli_voxels(&after, a, grid_spacing(g, a), g->size[a], CLI_MM);
	if (!(to <= 1e9))
		return vol_fail(err, name, "%.3g voxels along %c are too many", to, "xyz"[a]);
	*lo = -(int64_t)front;
	*n = (uint64_t)to;
	return 0;
}

static int make_head(void *ctx, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	int64_t lo[3];
	uint64_t n[3];

	for (int a = 0; a < 3; a++)
		if (pad_axis(&head->grid, a, vol_in_name(in), &lo[a], &n[a], err) < 0)
			return -1;
	return frame_head(ctx, in, head, lo, n, fill, err);
}

static int run(void *ctx, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	return regrid_run(ctx, in, out, err);
}

static void check_lengths(const char *name, const struct cli_lengths *l, double least, bool voxels)
{
	for (int a = 0; cli_given(name) && a < l->given; a++)
		if (!(l->v[a] >= least && l->v[a] <= 1e9) || (voxels && (l->unit[a] == CLI_MM || l->unit[a] == CLI_PERCENT)) ||
		    ((voxels || l->unit[a] == CLI_VOX) && l->v[a] != floor(l->v[a])))
			cli_usage("--%s: %s from %g on", name, voxels ? "whole numbers of voxels" : "lengths", least);
}

static void check_options(void)
{
	bool sized = cli_given("size") || cli_given("multiple");
	bool sides = cli_given("margin") || cli_given("before") || cli_given("after");

	check_lengths("size", &size, 1, true);
	check_lengths("multiple", &multiple, 1, true);
	check_lengths("at", &at, 0, true);
	check_lengths("margin", &margin, 0, false);
	check_lengths("before", &before, 0, false);
	check_lengths("after", &after, 0, false);
	if (cli_given("size") && cli_given("multiple"))
		cli_usage("--size and --multiple exclude each other");
	if (sized && sides)
		cli_usage("--size and --multiple say how large it becomes: --margin, --before and --after are another way");
	if (cli_given("at") && !sized)
		cli_usage("--at goes with --size or --multiple");
	if (cli_given("margin") && (cli_given("before") || cli_given("after")))
		cli_usage("--margin is for all sides: give it, or --before and --after");
	if (!sized && !sides)
		cli_usage("how much? give --size, --multiple, --margin, --before or --after");
}

int main(int argc, char **argv)
{
	struct regrid r = {0};
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct vol_stage stage = {.in = operands[0], .out = cli.output, .progress = cli_progress,
	                          .flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, .history = cli_history(),
	                          .head = make_head, .run = run};
	struct vol_err err;

	check_options();
	r.threads = cli.threads;
	if (vol_stage_run(&stage, &r, &err) < 0)
		cli_fail(&err);
	regrid_free(&r);
	return 0;
}
