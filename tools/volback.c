/* volback - what was made downstream, back on the grid that the volume was first read on. */
#include <math.h>

#include "beside.h"
#include "cli/cli.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "io/stage.h"
#include "regrid.h"

static const char *like;
static int kernel = REGRID_AUTO;
static bool no_antialias;
static double fill = NAN;

static const struct cli_opt opts[] = {
	{.name = "like", .type = CLI_FILE, .value = &like, .arg = "FILE",
	 .help = "the original grid is that of this volume, in any format; by default vol.source"},
	{.letter = 'k', .name = "kernel", .type = CLI_CHOICE, .value = &kernel, .arg = "NAME", .choices = regrid_kernels,
	 .help = "interpolation; auto is label for labels, else linear"},
	{.name = "no-antialias", .type = CLI_FLAG, .value = &no_antialias,
	 .help = "do not widen the kernel where the original is coarser"},
	{.letter = 'f', .name = "fill", .type = CLI_REAL, .value = &fill, .arg = "VALUE",
	 .help = "what lies outside of IN; by default vol.padding, else -1024 (air) for HU, else 0"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "volback",
	.purpose = "put a mask or image made downstream back on the original grid",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "volresample -s 2 hu.vol | volseg body | volback -o body.vol",
	.see_also = "volresample(1), voltilt(1), volcrop(1), volorient(1), volstream(5)",
};

static int original(const struct vol_head *head, struct vol_grid *g, const char *name, struct vol_err *err)
{
	int found;

	if (like)
		return beside_grid(like, g, err);
	found = key_source_grid(head, g, name, err);
	if (found == 0)
		return vol_fail(err, name, "does not say what grid it was read on (no vol.source): give --like ORIGINAL");
	return found < 0 ? -1 : 0;
}

static int make_head(void *ctx, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	struct regrid *r = ctx;
	const char *name = vol_in_name(in);
	struct grid_affine back;
	int moved = key_transform(head, &back, name, err);

	if (moved < 0 || original(head, &r->grid, name, err) < 0)
		return -1;
	r->moved = moved == 1;
	/* the transform leads from here to the original; the result looks up its voxels the other way */
	if (r->moved && !grid_affine_invert(&back, &r->move))
		return vol_fail(err, name, "vol.transform cannot be inverted");
	r->kernel = regrid_kernel(kernel, head);
	if (regrid_head(r, in, head, err) < 0)
		return -1;
	key_drop(head, "transform");
	return 0;
}

static int put_back(void *ctx, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	return regrid_run(ctx, in, out, err);
}

int main(int argc, char **argv)
{
	struct regrid r = {0};
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct vol_stage stage = {.in = operands[0], .out = cli.output, .progress = cli_progress,
	                          .flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, .history = cli_history(),
	                          .head = make_head, .run = put_back};
	struct vol_err err;

	r.antialias = !no_antialias;
	r.fill = fill;
	r.threads = cli.threads;
	if (vol_stage_run(&stage, &r, &err) < 0)
		cli_fail(&err);
	regrid_free(&r);
	return 0;
}
