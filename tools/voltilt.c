/* voltilt - how a head is tilted, and the head upright. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alg/convert.h"
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
#include "par.h"

static const char *const kernels[] = {"linear", "catmull", NULL};

static bool symmetry, as_recipe, report, json;
static double threshold = -200, fill = NAN;
static int kernel;

static const struct cli_opt opts[] = {
	{.name = "symmetry", .type = CLI_FLAG, .value = &symmetry,
	 .help = "by the plane of best left-right symmetry: yaw and roll, in 3-D"},
	{.letter = 't', .name = "threshold", .type = CLI_REAL, .value = &threshold, .arg = "VALUE",
	 .help = "the head is above it; by default -200 HU, between air and skin"},
	{.letter = 'k', .name = "kernel", .type = CLI_CHOICE, .value = &kernel, .arg = "NAME", .choices = kernels,
	 .help = "interpolation"},
	{.letter = 'f', .name = "fill", .type = CLI_REAL, .value = &fill, .arg = "VALUE",
	 .help = "what comes in at the corners; by default the padding, else -1024 for HU, else 0"},
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
	struct vol_in *in;
	struct vol_head head;
	struct measured measured;
	char *volume;              /* all voxels */
	size_t slices;
	struct tilt_slice *slice;  /* of each */
	struct tilt tilt;
};

/* ---- in ---- */

static int check(struct job *j, struct vol_err *err)
{
	const struct vol_head *h = &j->head;
	const char *name = vol_in_name(j->in), *unit = key_get(h, "unit");
	int padded;

	if (want_scalar(h, name, err) < 0 || want_image(h, name, err) < 0 || want_3d(h, name, err) < 0)
		return -1;
	if ((as_recipe || !cli_given("threshold")) ? want_hu(h, name, err) < 0 : want_physical(h, name, err) < 0)
		return -1;
	j->measured = (struct measured){h->type, NAN, NAN};
	padded = key_padding(h, &j->measured.pad_lo, &j->measured.pad_hi, name, err);
	if (padded < 0)
		return -1;
	if (isnan(fill))
		fill = padded ? j->measured.pad_lo : unit && strcmp(unit, "HU") == 0 ? -1024 : 0;
	if (as_recipe)
		return 0;
	if (!tilt_is_axial(&h->grid))
		return vol_fail(err, name, "slices are not axial: a head's tilt is seen in axial ones");
	if (!report && voxel_is_integer(h->type, NULL, NULL)) {
		char value[8];

		convert_from_double(&fill, 1, h->type, value);
		if (voxel_get(value, h->type, 0) != fill)
			return vol_fail(err, "--fill", "%g cannot be held by the type %s", fill, voxel_name(h->type));
	}
	return 0;
}

/* All slices into memory; the size may be a claim, and pages come as voxels do. */
static int read_all(struct job *j, struct vol_err *err)
{
	uint64_t bytes = vol_head_slice_bytes(&j->head), n = vol_head_slices(&j->head);
	struct vol_slices slices;
	const void *voxels;
	int got;

	j->volume = malloc((size_t)vol_head_bytes(&j->head));
	if (!j->volume)
		return vol_fail(err, vol_in_name(j->in), "a volume of %llu bytes does not fit in memory",
		                (unsigned long long)vol_head_bytes(&j->head));
	if (vol_slices_begin(&slices, j->in, &j->head, err) < 0)
		return -1;
	while ((got = vol_slices_next(&slices, &voxels, err)) > 0)
		memcpy(j->volume + j->slices++ * bytes, voxels, (size_t)bytes);
	vol_slices_end(&slices);
	if (got < 0)
		return -1;
	j->slice = calloc((size_t)n, sizeof *j->slice);
	return j->slice ? 0 : vol_fail(err, vol_in_name(j->in), "out of memory");
}

/* ---- what was found ---- */

static int measure(struct job *j, struct vol_err *err)
{
	const char *name = vol_in_name(j->in);
	struct tilt_plan p = {
		.volume = j->volume, .measured = j->measured, .grid = j->head.grid, .threshold = threshold,
		.recipe = as_recipe, .symmetry = symmetry,
	};

	switch (tilt_find(&p, j->slice, &j->tilt)) {
	case 0: break;
	case 1: return vol_fail(err, name, "no head: too little above %g (see --threshold)", threshold);
	default: return vol_fail(err, name, "out of memory");
	}
	if (as_recipe)
		return 0;
	vol_note(name, "yaw %.2f, roll %.2f degrees", j->tilt.yaw, j->tilt.roll);
	if (symmetry && j->tilt.likeness < 0.6)
		vol_warn(name, "the head is hardly its own mirror image (correlation %.2f): the plane may be wrong",
		         j->tilt.likeness);
	if (!symmetry && j->tilt.spread > 5)
		vol_warn(name, "slices disagree about the angle, by %.1f degrees in the median: --symmetry may do better",
		         j->tilt.spread);
	return 0;
}

static const char *text(char *buf, const char *fmt, double x)
{
	if (isnan(x))
		return NULL;
	snprintf(buf, 32, fmt, x);
	return buf;
}

static void print_text(const struct job *j)
{
	const struct tilt *t = &j->tilt;
	struct cli_table table = {0};
	char b[6][32];

	if (!as_recipe) {
		cli_line("yaw", "%.2f degrees", t->yaw);
		if (symmetry) {
			cli_line("roll", "%.2f degrees", t->roll);
			cli_line("likeness", "%.3f", t->likeness);
			return;
		}
		cli_line("spread", "%.2f degrees", t->spread);
		cli_table_row(&table, 4, "slice", "angle", "area", "elongation");
	} else {
		cli_table_row(&table, 6, "slice", "angle", "x", "y", "minor", "major");
	}
	for (size_t z = 0; z < j->slices; z++) {
		const struct tilt_slice *s = &j->slice[z];

		snprintf(b[0], sizeof b[0], "%zu", z);
		if (as_recipe)
			cli_table_row(&table, 6, b[0], text(b[1], "%.3f", s->angle), text(b[2], "%.2f", s->x),
			              text(b[3], "%.2f", s->y), text(b[4], "%.2f", s->minor),
			              text(b[5], "%.2f", s->major));
		else
			cli_table_row(&table, 4, b[0], text(b[1], "%.2f", s->angle), text(b[2], "%.0f", s->area),
			              text(b[3], "%.3f", s->elongation));
	}
	cli_table_print(&table, false);
}

static void print_json(const struct job *j)
{
	const struct tilt *t = &j->tilt;

	cli_json_begin('{');
	cli_json_string("method", as_recipe ? "recipe" : symmetry ? "symmetry" : "ellipse");
	if (!as_recipe) {
		cli_json_real("yaw", t->yaw);
		cli_json_real("roll", t->roll);
		cli_json_real(symmetry ? "likeness" : "spread", symmetry ? t->likeness : t->spread);
		cli_json_key("pivot");
		cli_json_begin('[');
		for (int i = 0; i < 3; i++)
			cli_json_real(NULL, t->pivot[i]);
		cli_json_end(']');
	}
	cli_json_key("slices");
	cli_json_begin('[');
	for (size_t z = 0; z < j->slices; z++) {
		const struct tilt_slice *s = &j->slice[z];

		cli_json_begin('{');
		cli_json_real("angle", s->angle);
		if (as_recipe) {
			cli_json_real("x", s->x);
			cli_json_real("y", s->y);
			cli_json_real("minor", s->minor);
			cli_json_real("major", s->major);
		} else {
			cli_json_real("area", s->area);
			cli_json_real("elongation", s->elongation);
		}
		cli_json_end('}');
	}
	cli_json_end(']');
	cli_json_end('}');
}

/* ---- the head upright ---- */

struct upright {
	const struct job *j;
	struct turn turn;
	size_t slots, bytes;   /* bytes of a slice of the result */
	size_t *z;
	char **result;
};

static void make_slice(void *ctx, size_t slot)
{
	struct upright *u = ctx;
	size_t z = u->z[slot], nx = u->turn.size[0], ny = u->turn.size[1];

	if (as_recipe)
		tilt_recipe_slice(u->turn.volume, u->turn.measured.type, nx, ny, z, &u->j->slice[z],
		                  (uint8_t *)u->result[slot] + u->bytes, (uint8_t *)u->result[slot]);
	else
		turn_slice(&u->turn, z, u->result[slot]);
}

static int put_all(struct upright *u, struct par_ring *ring, struct vol_out *out, struct vol_err *err)
{
	size_t n = u->turn.size[2];

	for (size_t i = 0; i < n + u->slots; i++) {
		size_t slot = i % u->slots;

		par_wait(ring, slot);
		if (i >= u->slots && i - u->slots < n && vol_put(out, u->result[slot], u->bytes, err) < 0)
			return -1;
		if (i >= n)
			continue;
		u->z[slot] = i;
		par_submit(ring, slot);
		cli_progress("slices", i, n);
	}
	cli_progress_done();
	return 0;
}

static int write_all(struct job *j, const struct vol_head *head, struct vol_out *out, struct vol_err *err)
{
	int threads = par_threads(cli.threads), rc = -1;
	struct upright u = {
		.j = j, .slots = 2 * (size_t)threads, .bytes = (size_t)vol_head_slice_bytes(head),
		.turn = {.volume = j->volume, .measured = j->measured, .fill = fill,
		         .kernel = kernel == 0 ? TURN_LINEAR : TURN_CATMULL, .map = j->tilt.map},
	};
	struct par_ring *ring = NULL;
	bool good;

	for (int i = 0; i < 3; i++)
		u.turn.size[i] = (size_t)head->grid.size[i];
	u.z = calloc(u.slots, sizeof *u.z);
	u.result = calloc(u.slots, sizeof *u.result);
	good = u.z && u.result;
	for (size_t i = 0; good && i < u.slots; i++)
		good = (u.result[i] = malloc(2 * u.bytes)); /* the recipe needs one of its own */
	if (good)
		ring = par_ring_new(threads, u.slots, make_slice, &u);
	rc = ring ? put_all(&u, ring, out, err) : vol_fail(err, vol_in_name(j->in), "out of memory");
	if (ring)
		par_ring_free(ring);
	for (size_t i = 0; u.result && i < u.slots; i++)
		free(u.result[i]);
	free(u.result);
	free(u.z);
	return rc;
}

/* What the header says afterwards. */
static int make_head(struct job *j, struct vol_err *err)
{
	struct vol_head *h = &j->head;
	const char *name = vol_in_name(j->in);

	if (as_recipe) {
		h->type = VOXEL_UINT8;
		key_drop(h, "padding");
		if (follow_values(h, "HU", err) < 0 || key_set(h, err, "window", "40 80") < 0)
			return -1;
	} else {
		if (follow_mixed(h, name, err) < 0 || key_moved(h, j->tilt.back, name, err) < 0)
			return -1;
		/* what is not measured now has this value */
		if (!(fill >= j->measured.pad_lo && fill <= j->measured.pad_hi))
			key_drop(h, "padding");
	}
	return key_history(h, cli_history(), err);
}

static int correct(struct job *j, struct vol_err *err)
{
	struct vol_out *out;

	if (make_head(j, err) < 0)
		return -1;
	out = vol_create(cli.output, cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, &j->head, err);
	if (!out)
		return -1;
	if (write_all(j, &j->head, out, err) < 0) {
		vol_abandon(out);
		return -1;
	}
	return vol_finish(out, err);
}

static void check_options(void)
{
	report = report || json;
	if (as_recipe && (symmetry || cli_given("threshold") || cli_given("kernel") || cli_given("fill")))
		cli_usage("--as-recipe takes none of --symmetry, --threshold, --kernel, --fill");
	if (report && (cli.output || cli_given("kernel") || cli_given("fill")))
		cli_usage("--report makes no volume: it takes none of --output, --kernel, --fill");
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct job job = {0};
	struct vol_err err;

	check_options();
	job.in = vol_open(operands[0], &job.head, &err);
	if (!job.in)
		cli_fail(&err);
	vol_progress(job.in, cli_progress, NULL);
	if (check(&job, &err) < 0 || read_all(&job, &err) < 0 || measure(&job, &err) < 0)
		cli_fail(&err);
	if (!report && correct(&job, &err) < 0)
		cli_fail(&err);
	if (report) {
		if (json)
			print_json(&job);
		else
			print_text(&job);
		cli_finish_stdout();
	}
	vol_close(job.in);
	vol_head_free(&job.head);
	free(job.volume);
	free(job.slice);
	return 0;
}
