/* voltilt - how a head is tilted, and the head upright. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alg/convert.h"
#include "alg/sliced.h"
#include "alg/tilt.h"
#include "alg/turn.h"
#include "cli/cli.h"
#include "cli/fields.h"
#include "cli/json.h"
#include "cli/table.h"
#include "io/follow.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "io/slices.h"
#include "io/stage.h"
#include "par.h"

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

struct job {
	struct vol_head shape;    /* as it was opened: type, grid and list; without keys */
	struct measured measured;
	struct tilt_finder find;
	struct tilt tilt;
	struct grid_affine back;  /* mm: from where a point is then to where it was */
	char *volume;             /* all voxels; NULL where slices are enough */
	struct turn turn;
	bool flat;
};

/* ---- in ---- */

static int check(struct job *j, const char *name, const struct vol_head *h, struct vol_err *err)
{
	const char *unit = key_get(h, "unit");
	int padded;

	j->shape = (struct vol_head){.type = h->type, .channels = h->channels, .grid = h->grid, .list = h->list};
	j->measured = (struct measured){h->type, NAN, NAN};
	padded = key_padding(h, &j->measured.pad_lo, &j->measured.pad_hi, name, err);
	if (padded < 0 || want_scalar(h, name, err) < 0)
		return -1;
	if (isnan(fill))
		fill = padded ? j->measured.pad_lo : unit && strcmp(unit, "HU") == 0 ? -1024 : 0;
	if (is_labels(h)) {
		if (!like)
			return vol_fail(err, name, "labels do not show how a head is tilted: give --like UPRIGHT");
		if (kernel != TURN_NEAREST && cli_given("kernel"))
			return want_image(h, name, err);
		kernel = TURN_NEAREST;
	} else if (!like) {
		if ((as_recipe || !cli_given("threshold")) ? want_hu(h, name, err) < 0 : want_physical(h, name, err) < 0)
			return -1;
		if (!as_recipe && !tilt_is_axial(&h->grid))
			return vol_fail(err, name, "slices are not axial: a head's tilt is seen in axial ones");
		if (symmetry && want_3d(h, name, err) < 0)
			return -1;
	}
	if (!report && !grid_only && !as_recipe && voxel_is_integer(h->type, NULL, NULL)) {
		double value;

		convert_from_double(&fill, 1, h->type, &value);
		if (voxel_get(&value, h->type, 0) != fill)
			return vol_fail(err, "--fill", "%g cannot be held by the type %s", fill, voxel_name(h->type));
	}
	return 0;
}

/* What is done with each slice of a reading: measured, kept, or both. */
static int read_slices(struct job *j, struct vol_in *in, bool measure, bool keep, struct vol_err *err)
{
	size_t bytes = (size_t)vol_head_slice_bytes(&j->shape), z = 0;
	struct vol_slices slices;
	const void *voxels;
	int got;

	if (keep && !(j->volume = malloc((size_t)vol_head_bytes(&j->shape))))
		return vol_fail(err, vol_in_name(in), "a volume of %llu bytes does not fit in memory",
		                (unsigned long long)vol_head_bytes(&j->shape));
	if (vol_slices_begin(&slices, in, &j->shape, err) < 0)
		return -1;
	while ((got = vol_slices_next(&slices, &voxels, err)) > 0) {
		if (keep)
			memcpy(j->volume + z++ * bytes, voxels, bytes);
		if (measure && tilt_add(&j->find, voxels) < 0) {
			got = vol_fail(err, vol_in_name(in), "out of memory");
			break;
		}
	}
	vol_slices_end(&slices);
	return got;
}

static int measure(struct job *j, struct vol_in *in, struct vol_err *err)
{
	struct tilt_plan plan = {j->measured, j->shape.grid, threshold, symmetry, as_recipe};
	const struct tilt *t = &j->tilt;
	const char *name = vol_in_name(in);

	if (tilt_begin(&j->find, &plan) < 0)
		return vol_fail(err, name, "out of memory");
	if (read_slices(j, in, true, symmetry, err) < 0)
		return -1;
	if (as_recipe)
		return 0;
	switch (tilt_end(&j->find, j->volume, &j->tilt)) {
	case 0: break;
	case 1: return vol_fail(err, name, "no head: too little above %g (see --threshold)", threshold);
	default: return vol_fail(err, name, "out of memory");
	}
	j->back = t->back;
	vol_note(name, "yaw %.2f, roll %.2f degrees", t->yaw, t->roll);
	if (symmetry && t->likeness < 0.6)
		vol_warn(name, "the head is hardly its own mirror image (correlation %.2f): the plane may be wrong",
		         t->likeness);
	if (!symmetry && t->spread > 5)
		vol_warn(name, "slices disagree about the angle, by %.1f degrees in the median: --symmetry may do better",
		         t->spread);
	return 0;
}

/* The rotation that took FILE where it is, for a volume that may have been moved itself. */
static int follow_file(struct job *j, const struct vol_head *h, const char *name, struct vol_err *err)
{
	struct grid_affine theirs, mine, inverse;
	struct vol_head head;
	struct vol_in *in = vol_open(like, &head, err);
	int got;

	if (!in)
		return -1;
	got = key_transform(&head, &theirs, vol_in_name(in), err);
	if (got == 0)
		got = vol_fail(err, vol_in_name(in), "was not turned: it has no vol.transform");
	vol_close(in);
	vol_head_free(&head);
	if (got < 0 || key_transform(h, &mine, name, err) < 0)
		return -1;
	if (!grid_affine_invert(&mine, &inverse))
		return vol_fail(err, name, "vol.transform cannot be inverted");
	j->back = grid_affine_after(&inverse, &theirs);
	return 0;
}

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
			else
				snprintf(b[i], sizeof b[i], isnan(x) ? "-" : c[i].fmt, x);
		}
		if (json)
			cli_json_end('}');
		else
			cli_table_row(&table, 1 + columns, b[5], b[0], b[1], b[2], b[3], b[4]);
	}
	if (!json)
		cli_table_print(&table, false);
}

static void print_found(const struct job *j)
{
	const struct tilt *t = &j->tilt;
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
	print_slices(&j->find);
	if (json) {
		cli_json_end(']');
		cli_json_end('}');
	}
	cli_finish_stdout();
}

static int run_report(struct job *j, const char *path, struct vol_err *err)
{
	struct vol_head head;
	struct vol_in *in = vol_open(path, &head, err);
	int rc;

	if (!in)
		return -1;
	vol_progress(in, cli_progress, NULL);
	rc = check(j, vol_in_name(in), &head, err) < 0 || measure(j, in, err) < 0 ? -1 : 0;
	if (rc == 0)
		print_found(j);
	vol_close(in);
	vol_head_free(&head);
	return rc;
}

/* ---- the head upright ---- */

static int turned_head(struct job *j, struct vol_head *h, const char *name, struct vol_err *err)
{
	struct grid_affine up, place = grid_affine_of(&h->grid);

	j->turn = (struct turn){.volume = j->volume, .measured = j->measured, .kernel = (enum turn_kernel)kernel, .fill = fill};
	if (key_moved(h, &j->back, name, err) < 0)
		return -1;
	if (!turn_map(&h->grid, &j->back, &j->turn.map) || !grid_affine_invert(&j->back, &up))
		return vol_fail(err, name, "the rotation cannot be inverted");
	if (grid_only) {
		place = grid_affine_after(&up, &place);
		for (int i = 0; i < 3; i++) {
			for (int k = 0; k < 3; k++)
				h->grid.direction[k][i] = place.m[i][k];
			h->grid.origin[i] = place.m[i][3];
		}
		return 0;
	}
	for (int i = 0; i < 3; i++)
		j->turn.size[i] = (size_t)h->grid.size[i];
	j->flat = !j->volume && turn_is_flat(&j->turn.map, h->grid.size);
	if (!j->flat && want_3d(h, name, err) < 0)
		return -1;
	/* what is not measured now has this value */
	if (!(fill >= j->measured.pad_lo && fill <= j->measured.pad_hi))
		key_drop(h, "padding");
	return is_labels(h) ? 0 : follow_mixed(h, name, err);
}

static int make_head(void *ctx, struct vol_in *in, struct vol_head *h, struct vol_err *err)
{
	struct job *j = ctx;
	const char *name = vol_in_name(in);

	if (check(j, name, h, err) < 0)
		return -1;
	if (as_recipe) {
		h->type = VOXEL_UINT8;
		key_drop(h, "padding");
		return follow_values(h, "HU", err) < 0 ? -1 : key_set(h, err, "window", "40 80");
	}
	if (like) {
		if (follow_file(j, h, name, err) < 0)
			return -1;
	} else {
		bool again = !symmetry || grid_only;

		if ((again && vol_hold(in, err) < 0) || measure(j, in, err) < 0)
			return -1;
		if (again)
			vol_rewind(in);
	}
	return turned_head(j, h, name, err);
}

static int make_slice(void *ctx, uint64_t i, const void *voxels, void *result)
{
	const struct job *j = ctx;
	const uint64_t *size = j->shape.grid.size;
	struct tilt_slice s;

	if (as_recipe)
		return tilt_recipe(voxels, j->shape.type, (size_t)size[0], (size_t)size[1], &s, result);
	if (j->flat) {
		struct turn flat = turn_flat(&j->turn, voxels, i % size[2]);

		turn_slice(&flat, 0, result);
	} else {
		turn_slice(&j->turn, (size_t)i, result);
	}
	return 0;
}

static int make_voxels(void *ctx, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	struct job *j = ctx;
	const uint64_t *size = j->shape.grid.size;
	bool stream = as_recipe || j->flat;
	size_t from = stream ? (size_t)vol_head_slice_bytes(&j->shape) : 0, n = (size_t)(size[0] * size[1]);
	size_t to = n * voxel_size(as_recipe ? VOXEL_UINT8 : j->shape.type);
	struct vol_slices slices = {0};
	struct sliced *s;
	const void *voxels = NULL, *result;
	int got = 1, made = 0;

	if (!stream && !j->volume && read_slices(j, in, false, true, err) < 0)
		return -1;
	if (stream && vol_slices_begin(&slices, in, &j->shape, err) < 0)
		return -1;
	j->turn.volume = j->volume;
	s = sliced_new(par_threads(cli.threads), from, to, make_slice, j);
	if (!s)
		return vol_fail(err, vol_in_name(in), "out of memory");
	for (uint64_t z = 0; got > 0 && made == 0; z++) {
		got = stream ? vol_slices_next(&slices, &voxels, err) : z < size[2];
		if (got > 0)
			sliced_put(s, voxels);
		while (got >= 0 && (made = sliced_take(s, got == 0, &result)) > 0)
			if (vol_put(out, result, to, err) < 0)
				got = -1;
		if (!stream)
			cli_progress("slices", z, size[2]);
	}
	if (made < 0)
		got = vol_fail(err, vol_in_name(in), "out of memory");
	sliced_free(s);
	vol_slices_end(&slices);
	return got;
}

/* ---- ---- */

static void check_options(const char *in)
{
	report = report || json;
	if (as_recipe && (symmetry || like || grid_only || cli_given("threshold") || cli_given("kernel") || cli_given("fill")))
		cli_usage("--as-recipe takes none of --symmetry, --like, --grid-only, --threshold, --kernel, --fill");
	if (report && (cli.output || like || grid_only || cli_given("kernel") || cli_given("fill")))
		cli_usage("--report makes no volume: it takes none of --output, --like, --grid-only, --kernel, --fill");
	if (like && (symmetry || cli_given("threshold")))
		cli_usage("--like says how: it takes none of --symmetry, --threshold");
	if (grid_only && (cli_given("kernel") || cli_given("fill")))
		cli_usage("--grid-only leaves the voxels: it takes none of --kernel, --fill");
	if (like && strcmp(like, "-") == 0 && (!in || strcmp(in, "-") == 0))
		cli_usage("--like and the input cannot both be the standard input");
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct job job = {0};
	struct vol_stage stage = {
		.in = operands[0], .out = cli.output, .flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0,
		.history = cli_history(), .progress = cli_progress, .head = make_head,
	};
	struct vol_err err;

	check_options(operands[0]);
	/* without a run of its own the frame copies the voxels */
	stage.run = grid_only ? NULL : make_voxels;
	if ((report ? run_report(&job, operands[0], &err) : vol_stage_run(&stage, &job, &err)) < 0)
		cli_fail(&err);
	tilt_free(&job.find);
	free(job.volume);
	return 0;
}
