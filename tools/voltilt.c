/* voltilt - how a head is tilted, and the head upright. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/fields.h"
#include "cli/json.h"
#include "cli/table.h"
#include "io/outfile.h"
#include "io/stage.h"
#include "upright.h"

static const char *const kernels[] = {"nearest", "linear", "catmull", NULL};

static bool symmetry, grid_only, as_recipe, report, json;
static double threshold = -200, fill = NAN;
static const char *like;
static int kernel = TURN_LINEAR;

static const struct cli_opt opts[] = {
	{.name = "symmetry", .type = CLI_FLAG, .value = &symmetry,
	 .help = "by the plane of best left-right symmetry: yaw and roll, in 3-D"},
	{.name = "like", .type = CLI_FILE, .value = &like, .arg = "FILE",
	 .help = "as FILE was turned, by its vol.transform; for labels too"},
	{.letter = 't', .name = "threshold", .type = CLI_REAL, .value = &threshold, .arg = "VALUE",
	 .help = "the head is above it; by default -200 HU, between air and skin"},
	{.letter = 'k', .name = "kernel", .type = CLI_CHOICE, .value = &kernel, .arg = "NAME", .choices = kernels,
	 .help = "interpolation; labels: nearest"},
	{.letter = 'f', .name = "fill", .type = CLI_REAL, .value = &fill, .arg = "VALUE",
	 .help = "what comes in at the corners; by default the padding, else -1024 for HU, else 0"},
	{.name = "grid-only", .type = CLI_FLAG, .value = &grid_only,
	 .help = "turn the grid: its directions and origin; the voxels stay as they are"},
	{.name = "report", .type = CLI_FLAG, .value = &report, .help = "print the angles, and no volume"},
	{.letter = 'j', .name = "json", .type = CLI_FLAG, .value = &json, .help = "the report as JSON"},
	{.name = "as-recipe", .type = CLI_FLAG, .value = &as_recipe,
	 .help = "each slice by OpenCV's ellipse, in 8 bits; for voldenoise --as-recipe"},
	{0},
};

static const struct cli_tool tool = {
	.name = "voltilt",
	.purpose = "find how a head is tilted, and set it upright",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_PROGRESS | CLI_THREADS,
	.opts = opts,
	.example = "voltilt hu.vol -o upright.vol",
	.see_also = "voldenoise(1), volhu(1), volstream(5)",
};

/* ---- the report ---- */

struct column {
	const char *name, *fmt;
	size_t at;
};

static void print_slices(const struct tilt_finder *f)
{
	static const struct column none = {0}, angle = {"angle", "%.2f", offsetof(struct tilt_slice, angle)};
	const struct column ellipses[] = {
		angle, {"area", "%.0f", offsetof(struct tilt_slice, area)},
		{"elongation", "%.3f", offsetof(struct tilt_slice, elongation)}, none, none,
	}, recipe[] = {
		angle, {"x", "%.2f", offsetof(struct tilt_slice, x)}, {"y", "%.2f", offsetof(struct tilt_slice, y)},
		{"minor", "%.2f", offsetof(struct tilt_slice, minor)},
		{"major", "%.2f", offsetof(struct tilt_slice, major)},
	}, *c = as_recipe ? recipe : ellipses;
	int columns = as_recipe ? 5 : 3;
	struct cli_table table = {0};

	if (!json)
		cli_table_row(&table, 1 + columns, "slice", c[0].name, c[1].name, c[2].name, c[3].name, c[4].name);
	for (uint64_t z = 0; z < f->n; z++) {
		char b[6][32] = {""};

		if (json)
			cli_json_begin('{');
		snprintf(b[5], sizeof b[5], "%llu", (unsigned long long)z);
		for (int i = 0; i < columns; i++) {
			double x = *(const double *)((const char *)&f->slice[z] + c[i].at);

			if (json)
				cli_json_real(c[i].name, x);
			else if (!isnan(x))
				snprintf(b[i], sizeof b[i], c[i].fmt, x);
			else
				strcpy(b[i], "-");
		}
		if (json)
			cli_json_end('}');
		else
			cli_table_row(&table, 1 + columns, b[5], b[0], b[1], b[2], b[3], b[4]);
	}
	if (!json)
		cli_table_print(&table, false);
}

static void print_found(const struct upright *u)
{
	const struct tilt *t = &u->tilt;
	const char *last = symmetry ? "likeness" : "spread";
	size_t n = !as_recipe;
	const struct cli_field fields[] = {
		{"method", CLI_TEXT, as_recipe ? "recipe" : symmetry ? "symmetry" : "ellipse", NULL, 0, 0},
		{"yaw", CLI_NUMBER, NULL, &t->yaw, n, 0}, {"roll", CLI_NUMBER, NULL, &t->roll, n, 0},
		{last, CLI_NUMBER, NULL, symmetry ? &t->likeness : &t->spread, n, 0},
		{"pivot", CLI_NUMBERS, NULL, t->pivot, 3 * n, 0}, {0},
	};

	if (json) {
		cli_json_begin('{');
		cli_fields_json(fields);
		cli_json_key("slices");
		cli_json_begin('[');
	} else if (!as_recipe) {
		cli_line("yaw", "%.2f degrees", t->yaw);
		cli_line("roll", "%.2f degrees", t->roll);
		cli_line(last, symmetry ? "%.3f" : "%.2f degrees", symmetry ? t->likeness : t->spread);
	}
	print_slices(&u->find);
	if (json) {
		cli_json_end(']');
		cli_json_end('}');
	}
	cli_finish_stdout();
}

static int run_report(struct upright *u, const char *path, struct vol_err *err)
{
	struct vol_head h;
	struct vol_in *in = vol_open(path, &h, err);
	int rc;

	if (!in)
		return -1;
	vol_progress(in, cli_progress, NULL);
	rc = upright_measure(u, in, &h, err);
	if (rc == 0)
		print_found(u);
	vol_close(in);
	vol_head_free(&h);
	return rc;
}

/* ---- ---- */

static int head(void *ctx, struct vol_in *in, struct vol_head *h, struct vol_err *err)
{
	return upright_head(ctx, in, h, err);
}

static int run(void *ctx, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	return upright_run(ctx, in, out, err);
}

static void check_options(const char *in)
{
	bool voxels = cli_given("kernel") || cli_given("fill");

	report = report || json;
	if (as_recipe && (symmetry || like || grid_only || voxels || cli_given("threshold")))
		cli_usage("--as-recipe takes none of --symmetry, --like, --grid-only, --threshold, --kernel, --fill");
	if (report && (cli.output || like || grid_only || voxels))
		cli_usage("--report makes no volume: it takes none of --output, --like, --grid-only, --kernel, --fill");
	if (like && (symmetry || cli_given("threshold")))
		cli_usage("--like says how: it takes none of --symmetry, --threshold");
	if (grid_only && voxels)
		cli_usage("--grid-only leaves the voxels: it takes none of --kernel, --fill");
	if (like && strcmp(like, "-") == 0 && (!in || strcmp(in, "-") == 0))
		cli_usage("--like and the input cannot both be the standard input");
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct upright u;
	struct vol_stage stage = {
		.in = operands[0], .out = cli.output, .flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0,
		.history = cli_history(), .progress = cli_progress, .head = head,
	};
	struct vol_err err;

	check_options(operands[0]);
	u = (struct upright){
		.symmetry = symmetry, .as_recipe = as_recipe, .like = like, .grid_only = grid_only,
		.kernel = cli_given("kernel") ? kernel : -1, .fill = fill, .threshold = threshold,
		.any_unit = cli_given("threshold"), .threads = cli.threads, .progress = cli_progress,
	};
	/* without a run of its own the frame copies the voxels */
	stage.run = grid_only ? NULL : run;
	if ((report ? run_report(&u, operands[0], &err) : vol_stage_run(&stage, &u, &err)) < 0)
		cli_fail(&err);
	upright_free(&u);
	return 0;
}
