/* volcrop - a volume cut to a box: given, or found by values or a mask; recentred in a size. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alg/recipe.h"
#include "cli/cli.h"
#include "frame.h"
#include "io/follow.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "io/slices.h"
#include "io/stage.h"

static const char *box, *box_mm, *mask;
static double range[2], fill = NAN;
static struct cli_lengths margin, size;
static bool centre, as_recipe;

static const struct cli_opt opts[] = {
	{.name = "box", .type = CLI_STRING, .value = &box, .arg = "X0:X1,Y0:Y1,Z0:Z1",
	 .help = "from and to which voxel, counted from 0, both with it; an end left out is the volume's"},
	{.name = "box-mm", .type = CLI_STRING, .value = &box_mm, .arg = "X0:X1,Y0:Y1,Z0:Z1",
	 .help = "the same in patient space, mm to the left, back and head: all voxels whose middle is in it"},
	{.letter = 'r', .name = "range", .type = CLI_RANGE, .value = range, .arg = "LO,HI",
	 .help = "to the box around the voxels with these values, both ends with them"},
	{.letter = 'm', .name = "mask", .type = CLI_FILE, .value = &mask, .arg = "FILE",
	 .help = "to the box around what is not 0 in this volume, on the same grid, in any format"},
	{.name = "margin", .type = CLI_LENGTHS, .value = &margin, .arg = "MM",
	 .help = "leave this much around the box, one number or x,y,z, as far as the volume reaches"},
	{.name = "centre", .type = CLI_FLAG, .value = &centre,
	 .help = "with --size: put the middle of the box, or of the volume, into that of the result"},
	{.letter = 'n', .name = "size", .type = CLI_LENGTHS, .value = &size, .arg = "N", .pair = true,
	 .help = "voxels of the result, one number, x,y or x,y,z: cut where it is smaller, filled where larger"},
	{.letter = 'f', .name = "fill", .type = CLI_REAL, .value = &fill, .arg = "VALUE",
	 .help = "what lies outside of the volume; by default vol.padding, else -1024 (air) for HU, else 0"},
	{.name = "as-recipe", .type = CLI_FLAG, .value = &as_recipe,
	 .help = "each slice for itself around what is not 0, without the last row and column, as the tutorials do"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "volcrop",
	.purpose = "crop a volume to a box, a range of values, a mask or a size",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "volcrop -r -300,3000 --margin 5 hu.vol -o body.vol",
	.see_also = "volpad(1), volmask(1), volseg(1), volback(1), volstream(5)",
};

struct job {
	struct regrid regrid;
	struct vol_head head;   /* of the input, for the recipe */
};

/* ---- boxes in words ---- */

/* "A:B,C:D,E:F"; an end that is left out stays as it was. */
static void parse_box(const char *name, const char *text, double lo[3], double hi[3])
{
	char word[64];

	for (int a = 0; a < 3; a++)
		for (int end = 0; end < 2; end++) {
			size_t n = strcspn(text, ":,");
			char stop = a == 2 && end == 1 ? '\0' : end ? ',' : ':';

			if (n >= sizeof word || text[n] != stop)
				cli_usage("--%s: a box is X0:X1,Y0:Y1,Z0:Z1", name);
			memcpy(word, text, n);
			word[n] = '\0';
			if (n > 0 && (!vol_parse_number(word, end ? &hi[a] : &lo[a]) || !isfinite(end ? hi[a] : lo[a])))
				cli_usage("--%s: '%s' is not a number", name, word);
			text += n + (stop != '\0');
		}
	for (int a = 0; a < 3; a++)
		if (lo[a] > hi[a])
			cli_usage("--%s: nothing is from %g to %g", name, lo[a], hi[a]);
}

static double box_lo[3], box_hi[3];

static int voxel_box(const struct vol_grid *g, const char *name, struct bounds *b, struct vol_err *err)
{
	for (int a = 0; a < 3; a++) {
		double last = (double)(g->size[a] - 1), from = isinf(box_lo[a]) ? 0 : box_lo[a],
		       to = isinf(box_hi[a]) ? last : box_hi[a];

		if (from > last || to > last || from > to)
			return vol_fail(err, name, "--box goes from %.0f to %.0f along %c, and the volume from 0 to %.0f: "
			                "volpad makes it larger", from, to, "xyz"[a], last);
		b->lo[a] = (uint64_t)from;
		b->hi[a] = (uint64_t)to;
	}
	b->any = true;
	return 0;
}

/* ---- the frame ---- */

/* All of it, or what was asked for. */
static int find_box(struct vol_in *in, const struct vol_head *head, struct bounds *b, struct vol_err *err)
{
	const char *name = vol_in_name(in);
	const struct vol_grid *g = &head->grid;

	if (box)
		return voxel_box(g, name, b, err);
	if (box_mm)
		bounds_within(b, g, box_lo, box_hi);
	else if (mask && frame_of_mask(mask, head, name, b, err) < 0)
		return -1;
	else if (!mask && cli_given("range") && frame_of_range(in, head, range[0], range[1], b, err) < 0)
		return -1;
	else if (!mask && !cli_given("range"))
		for (int a = 0; a < 3; a++)
			b->hi[a] = g->size[a] - 1;
	if (b->any || (!box_mm && !mask && !cli_given("range")))
		return 0;
	return vol_fail(err, mask ? mask : name, "%s: there is nothing to crop to",
	                mask ? "all of it is 0" : box_mm ? "no voxel's middle is in that box" : "no voxel is in that range");
}

static int make_frame(struct job *j, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	const struct vol_grid *g = &head->grid;
	struct bounds b = {0};
	int64_t lo[3];
	uint64_t n[3];

	if (find_box(in, head, &b, err) < 0)
		return -1;
	for (int a = 0; a < 3; a++) {
		double more = cli_given("margin") ? fmin(cli_voxels(&margin, a, grid_spacing(g, a), g->size[a], CLI_MM), (double)g->size[a]) : 0;
		uint64_t m = (uint64_t)more, room = g->size[a] - 1 - b.hi[a];

		b.lo[a] -= m < b.lo[a] ? m : b.lo[a];
		b.hi[a] += m < room ? m : room;
		lo[a] = (int64_t)b.lo[a];
		n[a] = b.hi[a] - b.lo[a] + 1;
		if (centre && a < (size.given == 2 ? 2 : 3)) {
			double to = cli_voxels(&size, a, grid_spacing(g, a), g->size[a], CLI_VOX);

			if (!(to >= 1 && to <= 1e9))
				return vol_fail(err, vol_in_name(in), "--size %g along %c cannot be", to, "xyz"[a]);
			/* of an odd difference the smaller half comes first */
			lo[a] += (int64_t)floor(((double)n[a] - to + (to > (double)n[a])) / 2);
			n[a] = (uint64_t)to;
		}
	}
	vol_note(vol_in_name(in), "voxels %lld:%lld,%lld:%lld,%lld:%lld", (long long)lo[0],
	         (long long)(lo[0] + (int64_t)n[0] - 1), (long long)lo[1], (long long)(lo[1] + (int64_t)n[1] - 1),
	         (long long)lo[2], (long long)(lo[2] + (int64_t)n[2] - 1));
	return frame_head(&j->regrid, in, head, lo, n, fill, err);
}

/* ---- the recipe ---- */

static int recipe_head(struct job *j, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	const char *name = vol_in_name(in);
	uint64_t n[3] = {512, 512, head->grid.size[2]};

	if (want_scalar(head, name, err) < 0 || vol_head_copy(&j->head, head, err) < 0)
		return -1;
	for (int a = 0; a < 2 && cli_given("size"); a++)
		n[a] = (uint64_t)cli_voxels(&size, a, grid_spacing(&head->grid, a), head->grid.size[a], CLI_VOX);
	vol_warn(name, "each slice is moved by itself: the grid no longer says where its voxels were");
	head->grid = grid_framed(&head->grid,
	                         (const int64_t[]){((int64_t)head->grid.size[0] - (int64_t)n[0]) / 2,
	                                           ((int64_t)head->grid.size[1] - (int64_t)n[1]) / 2, 0}, n);
	key_drop(head, "source");
	return 0;
}

static int run_recipe(struct job *j, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	const struct vol_grid *g = &j->head.grid;
	size_t nx = (size_t)g->size[0], ny = (size_t)g->size[1], w = 512, h = 512, each = voxel_size(j->head.type);
	struct vol_slices s = {0};
	const void *voxels;
	uint8_t *sel = malloc(nx * ny);
	char *to;
	int got = vol_slices_begin(&s, in, &j->head, err);

	if (cli_given("size")) {
		w = (size_t)cli_voxels(&size, 0, grid_spacing(g, 0), g->size[0], CLI_VOX);
		h = (size_t)cli_voxels(&size, 1, grid_spacing(g, 1), g->size[1], CLI_VOX);
	}
	to = malloc(w * h * each);
	if (got == 0 && (!sel || !to))
		got = vol_fail(err, vol_in_name(in), "out of memory");
	for (uint64_t z = 0; got >= 0 && (got = vol_slices_next(&s, &voxels, err)) > 0; z++)
		if (!recipe_crop(voxels, j->head.type, nx, ny, to, w, h, sel))
			got = vol_fail(err, vol_in_name(in), "slice %llu: what is not 0 is larger than %zu x %zu",
			               (unsigned long long)z, w, h);
		else
			got = vol_put(out, to, w * h * each, err);
	vol_slices_end(&s);
	free(sel);
	free(to);
	return got;
}

/* ---- all ---- */

static int make_head(void *ctx, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	return as_recipe ? recipe_head(ctx, in, head, err) : make_frame(ctx, in, head, err);
}

static int run(void *ctx, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	struct job *j = ctx;

	return as_recipe ? run_recipe(j, in, out, err) : regrid_run(&j->regrid, in, out, err);
}

static void check_options(void)
{
	int ways = (box != NULL) + (box_mm != NULL) + (mask != NULL) + cli_given("range");

	if (ways > 1)
		cli_usage("only one of --box, --box-mm, --range and --mask says what the box is");
	if (as_recipe && (ways || centre || cli_given("margin") || cli_given("fill")))
		cli_usage("--as-recipe goes with --size alone");
	if (!as_recipe && centre != cli_given("size"))
		cli_usage(centre ? "--centre needs --size" : "--size goes with --centre");
	if (!as_recipe && !ways && !centre)
		cli_usage("to what? give --box, --box-mm, --range, --mask, or --centre --size");
	if (cli_given("margin") && !ways)
		cli_usage("--margin goes around a box: give --box, --box-mm, --range or --mask");
	for (int a = 0; a < 3; a++) {
		if (cli_given("margin") && !(margin.v[a] >= 0))
			cli_usage("--margin: a margin is not negative");
		if (cli_given("margin") && margin.unit[a] == CLI_VOX && margin.v[a] != floor(margin.v[a]))
			cli_usage("--margin: voxels are whole");
		if (a < (cli_given("size") ? size.given : 0) &&
		    (!(size.v[a] > 0 && size.v[a] <= 1e9) || size.unit[a] == CLI_PERCENT ||
		     (size.unit[a] != CLI_MM && size.v[a] != floor(size.v[a]))))
			cli_usage("--size: whole voxels from 1 on, or mm");
	}
	for (int a = 0; a < 3; a++) {
		box_lo[a] = -INFINITY;
		box_hi[a] = INFINITY;
	}
	if (box || box_mm)
		parse_box(box ? "box" : "box-mm", box ? box : box_mm, box_lo, box_hi);
	for (int a = 0; box && a < 3; a++)
		if ((!isinf(box_lo[a]) && (box_lo[a] < 0 || box_lo[a] != floor(box_lo[a]))) ||
		    (!isinf(box_hi[a]) && (box_hi[a] < 0 || box_hi[a] != floor(box_hi[a]))))
			cli_usage("--box: voxels are counted from 0, in whole numbers");
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct vol_stage stage = {.in = operands[0], .out = cli.output, .progress = cli_progress,
	                          .flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, .history = cli_history(),
	                          .head = make_head, .run = run};
	struct job j = {0};
	struct vol_err err;

	check_options();
	j.regrid.threads = cli.threads;
	if (mask && strcmp(mask, "-") == 0 && (!operands[0] || strcmp(operands[0], "-") == 0))
		cli_usage("only one of the two can be the standard input");
	if (vol_stage_run(&stage, &j, &err) < 0)
		cli_fail(&err);
	regrid_free(&j.regrid);
	vol_head_free(&j.head);
	return 0;
}
