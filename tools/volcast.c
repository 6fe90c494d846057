/* volcast - to another voxel type, if every value fits. */
#include <math.h>
#include <stdlib.h>

#include "alg/cast.h"
#include "cli/cli.h"
#include "io/follow.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "io/stage.h"

/* in the order of enum voxel_type */
static const char *const types[] = {"uint8", "int8", "uint16", "int16", "uint32", "int32", "float",
                                    "double", NULL};

static double fill = NAN;
static bool round_it, saturate;
static int type;

static const struct cli_opt opts[] = {
	{.name = "type", .type = CLI_CHOICE, .value = &type, .arg = "TYPE", .choices = types,
	 .help = "voxel type of the result; it has to be given"},
	{.name = "round", .type = CLI_FLAG, .value = &round_it,
	 .help = "round fractions to the nearest whole number, halves away from zero; without it a "
	         "fraction is an error"},
	{.name = "saturate", .type = CLI_FLAG, .value = &saturate,
	 .help = "values beyond the type become its least or greatest; without it they are an error"},
	{.letter = 'f', .name = "fill", .type = CLI_REAL, .value = &fill, .arg = "VALUE",
	 .help = "what NaN becomes; without it NaN in an integer is an error"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "volcast",
	.purpose = "change the voxel type, if every value fits",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.opts = opts,
	.example = "volcast --type int32 hu.vol -o wide.vol",
	.see_also = "volhu(1), volnorm(1), volcalc(1), volinfo(1), volstream(5)",
};

struct job {
	struct cast cast;
	struct vol_grid grid;
	const char *name;     /* of the input */
};

/* Padding goes along as long as it marks exactly the voxels that it did. */
static int follow_padding(const struct cast *c, struct vol_head *head, const char *name,
                          struct vol_err *err)
{
	double lo = 0, hi = 0, least, most;
	char a[32], b[32];
	int found = key_padding(head, &lo, &hi, name, err);
	bool whole = voxel_is_integer(c->to, &least, &most);
	const char *why = NULL;

	if (found <= 0)
		return found;
	if (!cast_holds(c->to, lo) || !cast_holds(c->to, hi))
		why = "does not fit";
	else if (whole && c->saturate && (lo <= least || hi >= most))
		why = "would mark what is saturated too";
	else if (whole && c->round && !voxel_is_integer(c->from, NULL, NULL))
		why = "would mark what is rounded too";
	else if (!isnan(c->fill) && c->fill >= lo && c->fill <= hi)
		why = "would mark what is filled too";
	if (why) {
		vol_warn(name, "vol.padding %s%s%s %s as %s: it is dropped", vol_number(a, lo),
		         lo == hi ? "" : " ", lo == hi ? "" : vol_number(b, hi), why, voxel_name(c->to));
		key_drop(head, "padding");
		return 0;
	}
	if (c->to != VOXEL_FLOAT || ((float)lo == lo && (float)hi == hi))
		return 0;
	/* as the voxels will have it */
	vol_number(a, (float)lo);
	vol_number(b, (float)hi);
	return lo == hi ? key_set(head, err, "padding", "%s", a) : key_set(head, err, "padding", "%s %s", a, b);
}

static int make_head(void *ctx, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	struct job *j = ctx;
	struct cast *c = &j->cast;

	j->name = vol_in_name(in);
	j->grid = head->grid;
	*c = (struct cast){.from = head->type, .to = (enum voxel_type)type, .round = round_it,
	                   .saturate = saturate, .fill = fill};
	if (want_scalar(head, j->name, err) < 0)
		return -1;
	if (is_labels(head) && !voxel_is_integer(c->to, NULL, NULL))
		return vol_fail(err, j->name, "voxels are labels, which stay integers");
	if (is_labels(head) && (saturate || round_it))
		return vol_fail(err, j->name, "voxels are labels: another number would be another label");
	if (!isnan(fill) && !cast_holds(c->to, fill))
		return vol_fail(err, "--fill", "%g cannot be held by the type %s", fill, voxel_name(c->to));
	if (follow_padding(c, head, j->name, err) < 0)
		return -1;
	if (round_it || !isnan(fill))
		key_drop(head, "stored.range");
	head->type = c->to;
	return 0;
}

static int cast_some(void *ctx, const void *src, size_t n, uint64_t first, void *dst, struct vol_err *err)
{
	const struct job *j = ctx;
	size_t got = cast_apply(&j->cast, src, n, dst);

	if (got < n)
		return cast_fail(&j->cast, voxel_get(src, j->cast.from, got), first + got, &j->grid, j->name,
		                 err);
	return 0;
}

static int cast_all(void *ctx, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	struct job *j = ctx;

	if (j->cast.from == j->cast.to && isnan(fill) && !round_it)
		return vol_copy(in, out, err);
	return vol_each(in, voxel_size(j->cast.from), out, voxel_size(j->cast.to), cast_some, j, err);
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct job job = {0};
	struct vol_stage stage = {.in = operands[0], .progress = cli_progress, .head = make_head,
	                          .run = cast_all};
	struct vol_err err;

	if (!cli_given("type"))
		cli_usage("to what? give --type");
	stage.out = cli.output;
	stage.flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0;
	stage.history = cli_history();
	if (vol_stage_run(&stage, &job, &err) < 0)
		cli_fail(&err);
	return 0;
}
