/* volseg - what is lung, body, head, bone: a mask of a CT; and thresholds for any volume. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "io/outfile.h"
#include "io/stage.h"
#include "segment.h"

static struct segment seg = {.range = {NAN, NAN}};

static const struct cli_opt opts[] = {
	{.letter = 'r', .name = "range", .type = CLI_RANGE, .value = seg.range, .arg = "LO,HI",
	 .help = "for threshold: the values that count, both ends with them"},
	{.letter = 'd', .name = "distance", .type = CLI_REAL, .value = &seg.distance, .arg = "MM",
	 .help = "widen the result by MM: all within that distance of it"},
	{.name = "check", .type = CLI_FLAG, .value = &seg.check, .how = true,
	 .help = "exit with 1, and leave no result, when what is found is not plausible"},
	{.name = "as-recipe", .type = CLI_FLAG, .value = &seg.as_recipe,
	 .help = "for lung: the mask of the widely copied tutorials, voxel for voxel"},
	{.name = "no-fill", .type = CLI_FLAG, .value = &seg.no_fill,
	 .help = "with --as-recipe: without their filling of each slice"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "volseg",
	.purpose = "find the lungs, body, head, brain or bone in a CT; thresholds",
	.operands = "lung|body|head|brain|bone|threshold|otsu [IN]",
	.min_operands = 1,
	.max_operands = 3,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.opts = opts,
	.example = "volseg lung hu.vol -o lungs.vol",
	.see_also = "volhu(1), volmorph(1), vollabel(1), volmask(1), volstream(5)",
};

/* LO,HI as an operand. */
static bool is_range(const char *text)
{
	char lo[64];
	const char *comma = text ? strchr(text, ',') : NULL;

	if (!comma || (size_t)(comma - text) >= sizeof lo)
		return false;
	memcpy(lo, text, (size_t)(comma - text));
	lo[comma - text] = 0;
	if (!vol_parse_number(lo, &seg.range[0]) || !vol_parse_number(comma + 1, &seg.range[1]))
		return false;
	if (!(seg.range[0] <= seg.range[1]))
		cli_usage("threshold: '%s' holds nothing", text);
	return true;
}

static char **find_mode(char **operands)
{
	int mode = 0;

	while (segment_names[mode] && strcmp(operands[0], segment_names[mode]) != 0)
		mode++;
	if (!segment_names[mode])
		cli_usage("'%s' is none of lung, body, head, brain, bone, threshold, otsu", operands[0]);
	seg.mode = (enum segment_mode)mode;
	operands++;
	if (seg.mode == SEGMENT_THRESHOLD && !cli_given("range") && is_range(*operands))
		operands++;
	if (seg.mode == SEGMENT_THRESHOLD && isnan(seg.range[0]))
		cli_usage("threshold needs --range LO,HI");
	if (seg.mode != SEGMENT_THRESHOLD && cli_given("range"))
		cli_usage("--range is for threshold");
	if (seg.as_recipe && seg.mode != SEGMENT_LUNG)
		cli_usage("--as-recipe is for lung");
	if (seg.no_fill && !seg.as_recipe)
		cli_usage("--no-fill is for --as-recipe");
	if (seg.distance < 0)
		cli_usage("--distance: a distance is not negative");
	if (seg.distance > 0 && seg.mode == SEGMENT_OTSU)
		cli_usage("--distance is not for otsu: pipe its result to volmorph dilate");
	if (operands[0] && operands[1])
		cli_usage("unexpected operand '%s'", operands[1]);
	return operands;
}

/* What was done is part of the history: it is an operand, and so may its range be. */
static const char *history(void)
{
	char line[96], a[32], b[32];

	snprintf(line, sizeof line, "%s", segment_names[seg.mode]);
	if (seg.mode == SEGMENT_THRESHOLD && !cli_given("range"))
		snprintf(line, sizeof line, "threshold %s,%s", vol_number(a, seg.range[0]), vol_number(b, seg.range[1]));
	return cli_history_of(line);
}

static int make_head(void *ctx, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	return segment_head(ctx, in, head, err);
}

static int run(void *ctx, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	return segment_run(ctx, in, out, err);
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct vol_stage stage = {.out = cli.output, .flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0,
	                          .progress = cli_progress, .head = make_head, .run = run};
	struct vol_err err;
	int rc;

	operands = find_mode(operands);
	stage.in = operands[0];
	stage.history = history();
	if (seg.check)
		vol_exit_trouble = 2;
	rc = vol_stage_run(&stage, &seg, &err);
	if (rc < 0 && !seg.implausible)
		cli_fail(&err);
	if (rc < 0)
		cli_error(&err);
	segment_free(&seg);
	return rc < 0;
}
