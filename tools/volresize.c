/* volresize - a volume in another shape, over the same field of view. */
#include <math.h>

#include "cli/cli.h"
#include "io/outfile.h"
#include "io/stage.h"
#include "regrid.h"

static struct cli_lengths size;
static int kernel = REGRID_AUTO;
static bool no_antialias, as_skimage;

static const struct cli_opt opts[] = {
	{.letter = 'n', .name = "size", .type = CLI_LENGTHS, .value = &size, .arg = "N", .pair = true,
	 .help = "voxels of the result: x,y in the slices; one number for both; x,y,z in 3-D"},
	{.letter = 'k', .name = "kernel", .type = CLI_CHOICE, .value = &kernel, .arg = "NAME", .choices = regrid_kernels,
	 .help = "interpolation; auto is label for labels, else linear"},
	{.name = "no-antialias", .type = CLI_FLAG, .value = &no_antialias,
	 .help = "do not widen the kernel where the result is coarser"},
	{.name = "as-skimage", .type = CLI_FLAG, .value = &as_skimage,
	 .help = "the voxels of skimage.transform.resize, linear, with its Gaussian where it shrinks"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "volresize",
	.purpose = "resize the slices of a volume, or all of it, to a shape",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "volresize -n 256 hu.vol -o small.vol",
	.see_also = "volresample(1), volcrop(1), volpad(1), volback(1), volstream(5)",
};

static int make_head(void *ctx, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	struct regrid *r = ctx;
	uint64_t n[3] = {(uint64_t)size.v[0], (uint64_t)size.v[1],
	                 size.given == 3 ? (uint64_t)size.v[2] : head->grid.size[2]};

	r->kernel = regrid_kernel(kernel, head);
	r->grid = grid_resized(&head->grid, n);
	return regrid_head(r, in, head, err);
}

static int resize(void *ctx, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	return regrid_run(ctx, in, out, err);
}

static void check_options(void)
{
	if (!cli_given("size"))
		cli_usage("what shape? give --size");
	for (int a = 0; a < size.given; a++)
		if (!(size.v[a] >= 1 && size.v[a] <= 1e9) || size.v[a] != floor(size.v[a]) || size.unit[a] == CLI_MM ||
		    size.unit[a] == CLI_PERCENT)
			cli_usage("--size: sizes are whole numbers from 1 on");
	if (as_skimage && kernel != REGRID_AUTO && kernel != KERNEL_LINEAR)
		cli_usage("--as-skimage goes with -k linear");
	if (as_skimage && no_antialias)
		cli_usage("--as-skimage has a filter of its own, which --no-antialias does not take away");
}

int main(int argc, char **argv)
{
	struct regrid r = {.fill = NAN};
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct vol_stage stage = {.in = operands[0], .out = cli.output, .progress = cli_progress,
	                          .flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, .history = cli_history(),
	                          .head = make_head, .run = resize};
	struct vol_err err;

	check_options();
	r.antialias = !no_antialias;
	r.threads = cli.threads;
	r.as = as_skimage ? REGRID_SKIMAGE : REGRID_PLAIN;
	if (as_skimage)
		kernel = KERNEL_LINEAR;
	if (vol_stage_run(&stage, &r, &err) < 0)
		cli_fail(&err);
	regrid_free(&r);
	return 0;
}
