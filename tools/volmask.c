/* volmask - an image under a mask, and masks under each other. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alg/bitmask.h"
#include "alg/masking.h"
#include "alg/rescale.h"
#include "beside.h"
#include "cli/cli.h"
#include "io/follow.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "io/slices.h"
#include "io/stage.h"

static const char *apply, *with_and, *with_or, *without, *label_text;
static bool invert;
static double fill = NAN;

static const struct cli_opt opts[] = {
	{.letter = 'm', .name = "mask", .type = CLI_FILE, .value = &apply, .arg = "FILE",
	 .help = "keep the voxels of IN where this mask is not 0; a volume in any format"},
	{.letter = 'f', .name = "fill", .type = CLI_REAL, .value = &fill, .arg = "VALUE",
	 .help = "what the other voxels become; by default -1024 (air) for HU, else 0"},
	{.name = "labels", .type = CLI_STRING, .value = &label_text, .arg = "LIST",
	 .help = "only these labels of the mask count, such as 1,2,5-7; by default all but 0"},
	{.name = "invert", .type = CLI_FLAG, .value = &invert,
	 .help = "turn the mask round: with --mask what is outside stays, else the result's 0 and 1 change places"},
	{.name = "and", .type = CLI_FILE, .value = &with_and, .arg = "FILE",
	 .help = "IN is a mask: the voxels of both"},
	{.name = "or", .type = CLI_FILE, .value = &with_or, .arg = "FILE",
	 .help = "IN is a mask: the voxels of either"},
	{.name = "minus", .type = CLI_FILE, .value = &without, .arg = "FILE",
	 .help = "IN is a mask: its voxels that are not of FILE"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "volmask",
	.purpose = "apply a mask to a volume, or combine masks",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.opts = opts,
	.example = "volseg body hu.vol | volmask -m - hu.vol -o body.vol",
	.see_also = "volseg(1), volmorph(1), vollabel(1), volstream(5)",
};

enum operation { APPLY, AND, OR, MINUS, SELECT };

struct job {
	enum operation operation;
	const char *path;             /* of the second volume; NULL: there is none */
	struct masking_labels labels;
	struct vol_head image, mask;  /* as they were opened; grid, type, list of image count */
	struct vol_in *beside;
	struct vol_slices slices;     /* of beside */
	struct bitmask held;          /* of beside, when one mask goes for all entries of a list */
	uint8_t *a, *b, *scratch;     /* a slice each */
};

/* ---- the header ---- */

static int find_fill(const struct job *j, const char *name, struct vol_err *err)
{
	const char *unit = key_get(&j->image, "unit");
	char number[32];

	if (isnan(fill))
		fill = unit && strcmp(unit, "HU") == 0 ? -1024 : 0;
	if (rescale_holds(j->image.type, fill))
		return 0;
	return vol_fail(err, name, "voxels of type %s cannot hold the fill value %s: give another with --fill",
	                voxel_name(j->image.type), vol_number(number, fill));
}

static int prepare(void *ctx, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	struct job *j = ctx;
	const char *name = vol_in_name(in);

	if (want_scalar(head, name, err) < 0 || vol_head_copy(&j->image, head, err) < 0)
		return -1;
	if (j->path) {
		j->beside = beside_open(j->path, head, name, &j->mask, err);
		if (!j->beside || want_scalar(&j->mask, vol_in_name(j->beside), err) < 0 ||
		    vol_slices_begin(&j->slices, j->beside, &j->mask, err) < 0)
			return -1;
	}
	if (j->operation == APPLY)
		return find_fill(j, name, err);
	head->type = VOXEL_UINT8;
	return follow_labels(head, NULL, err);
}

/* ---- the voxels ---- */

static int no_memory(const struct job *j, struct vol_err *err)
{
	return vol_fail(err, vol_in_name(j->beside), "out of memory");
}

/* The voxels that count, in the slice of the second volume that goes with slice z of the first. */
static int second(struct job *j, uint64_t z, size_t n, struct vol_err *err)
{
	uint64_t depth = j->image.grid.size[2];
	bool again = j->mask.list <= 1 && j->image.list > 1;
	size_t nx = (size_t)j->image.grid.size[0], ny = (size_t)j->image.grid.size[1];
	const void *voxels;
	int got;

	if (again && z >= depth) {
		bitmask_unpack(bitmask_at_slice(&j->held, (size_t)(z % depth)), nx, ny, 1, j->b);
		return 1;
	}
	got = vol_slices_next(&j->slices, &voxels, err);
	if (got <= 0) /* not 0: the grids are the same */
		return got < 0 ? -1 : vol_fail(err, vol_in_name(j->beside), "ends early");
	masking_select(voxels, j->mask.type, n, &j->labels, j->scratch, j->b);
	if (again) {
		if (!j->held.word && bitmask_new(&j->held, j->image.grid.size) < 0)
			return no_memory(j, err);
		bitmask_pack(j->b, nx, ny, bitmask_at_slice(&j->held, (size_t)z));
	}
	return 1;
}

static void combine(const struct job *j, size_t n)
{
	uint8_t flip = invert;

	for (size_t i = 0; i < n; i++) {
		uint8_t a = j->a[i], b = j->b[i];

		switch (j->operation) {
		case AND: a &= b; break;
		case OR: a |= b; break;
		case MINUS: a &= (uint8_t)!b; break;
		case APPLY:
		case SELECT: break;
		}
		j->a[i] = a ^ flip;
	}
}

static int slice(struct job *j, const void *voxels, uint64_t z, size_t n, struct vol_out *out,
                 struct vol_err *err)
{
	if (j->path && second(j, z, n, err) < 0)
		return -1;
	if (j->operation == APPLY) {
		for (size_t i = 0; invert && i < n; i++)
			j->b[i] ^= 1;
		masking_keep(voxels, j->image.type, n, j->b, fill, j->a);
		return vol_put(out, j->a, n * voxel_size(j->image.type), err);
	}
	/* with a second one, its labels are chosen, and the first is taken as it is */
	if (j->path)
		masking_select(voxels, j->image.type, n, &(struct masking_labels){.n = 0}, j->scratch, j->a);
	else
		masking_select(voxels, j->image.type, n, &j->labels, j->scratch, j->a);
	combine(j, n);
	return vol_put(out, j->a, n, err);
}

static int run(void *ctx, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	struct job *j = ctx;
	struct vol_slices s;
	const void *voxels;
	uint64_t z = 0;
	int got = vol_slices_begin(&s, in, &j->image, err);

	if (got == 0) {
		j->a = malloc(s.numbers * voxel_size(j->image.type));
		j->b = malloc(s.numbers);
		j->scratch = malloc(s.numbers);
		got = j->a && j->b && j->scratch ? 0 : vol_fail(err, vol_in_name(in), "out of memory");
	}
	while (got >= 0 && (got = vol_slices_next(&s, &voxels, err)) > 0)
		got = slice(j, voxels, z++, s.numbers, out, err);
	/* the mask has to end with the image */
	if (got == 0 && j->path && j->image.grid.size[2] && vol_slices_next(&j->slices, &voxels, err) < 0)
		got = -1;
	vol_slices_end(&s);
	return got;
}

static void choose(struct job *j)
{
	const char *const path[] = {apply, with_and, with_or, without};
	int given = 0;

	j->operation = SELECT;
	for (int i = 0; i < 4; i++)
		if (path[i]) {
			j->operation = (enum operation)i;
			j->path = path[i];
			given++;
		}
	if (given > 1)
		cli_usage("--mask, --and, --or and --minus exclude each other");
	if (!given && !invert && !label_text)
		cli_usage("nothing to do: give --mask, --and, --or, --minus, --invert or --labels");
	if (cli_given("fill") && j->operation != APPLY)
		cli_usage("--fill needs --mask");
	if (label_text && !masking_labels_parse(label_text, &j->labels))
		cli_usage("--labels: '%s' is not a list of labels such as 1,2,5-7", label_text);
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct vol_stage stage = {.in = operands[0], .out = cli.output,
	                          .flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0,
	                          .history = cli_history(), .progress = cli_progress,
	                          .head = prepare, .run = run};
	struct job j = {0};
	struct vol_err err;

	choose(&j);
	if (j.path && strcmp(j.path, "-") == 0 && (!operands[0] || strcmp(operands[0], "-") == 0))
		cli_usage("only one of the two can be the standard input");
	if (vol_stage_run(&stage, &j, &err) < 0)
		cli_fail(&err);
	vol_slices_end(&j.slices);
	vol_close(j.beside);
	vol_head_free(&j.image);
	vol_head_free(&j.mask);
	bitmask_free(&j.held);
	free(j.a);
	free(j.b);
	free(j.scratch);
	return 0;
}
