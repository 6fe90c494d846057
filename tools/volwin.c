/* volwin - a window of intensities: to 0..1, to grey levels, or clamped in place. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alg/ramp.h"
#include "cli/cli.h"
#include "io/follow.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "io/stage.h"

/* Centre and width in HU, as the page cites them. */
static const struct preset {
	const char *name;
	double centre, width;
} presets[] = {
	{"lung", -600, 1500},     {"mediastinum", 50, 350}, {"soft", 50, 400},   {"liver", 30, 150},
	{"bone", 400, 1800},      {"brain", 40, 80},        {"subdural", 75, 215}, {"stroke", 40, 40},
	{"temporal", 600, 2800},  {"spine", 50, 250},
};

enum { PRESETS = sizeof presets / sizeof *presets };

enum { FLOAT, DOUBLE, UINT8, UINT16 };
static const char *const types[] = {"float", "double", "uint8", "uint16", NULL};
static const enum voxel_type type_of[] = {VOXEL_FLOAT, VOXEL_DOUBLE, VOXEL_UINT8, VOXEL_UINT16};

enum { EXACT, LINEAR };
static const char *const functions[] = {"exact", "linear", NULL};

static const char *window;
static double fill = NAN;
static bool clamp, as_recipe;
static int type = FLOAT, function = EXACT;

static const struct cli_opt opts[] = {
	{.letter = 'w', .name = "window", .type = CLI_STRING, .value = &window, .arg = "C,W|NAME",
	 .help = "centre and width in the volume's unit, or for HU one of lung, mediastinum, soft, liver, "
	         "bone, brain, subdural, stroke, temporal, spine; by default the stream's vol.window"},
	{.name = "type", .type = CLI_CHOICE, .value = &type, .arg = "TYPE", .choices = types,
	 .help = "voxel type of the result; float and double are 0 to 1, uint8 is 0 to 255 for show, "
	         "uint16 0 to 65535"},
	{.name = "clamp", .type = CLI_FLAG, .value = &clamp,
	 .help = "keep unit and type, and only clamp values to the window"},
	{.name = "function", .type = CLI_CHOICE, .value = &function, .arg = "NAME", .choices = functions,
	 .help = "DICOM's way to read centre and width: exact is C-W/2 to C+W/2; linear is half a unit "
	         "lower at the top and the bottom, for whole numbers"},
	{.letter = 'f', .name = "fill", .type = CLI_REAL, .value = &fill, .arg = "VALUE",
	 .help = "result for padding and NaN; by default the low end"},
	{.name = "as-recipe", .type = CLI_FLAG, .value = &as_recipe,
	 .help = "with --clamp: the ends of the recipes' window_image(), C-W//2 and C+W//2; padding is "
	         "clamped like all else"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "volwin",
	.purpose = "window intensities: to 0..1, to 8 bits for show, or clamped",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.opts = opts,
	.example = "volwin -w lung --type uint8 hu.vol -o lung.vol",
	.see_also = "volhu(1), volnorm(1), volinfo(1), volstream(5)",
};

struct job {
	const struct preset *preset; /* NULL: the window was given as numbers, or is the stream's */
	double centre, width;
	struct ramp ramp;
	struct ramp_map *map;
	enum voxel_type from, to;
};

/* -w: a preset, or C,W. */
static void parse_window(struct job *j)
{
	const char *comma = strchr(window, ',');
	char centre[64] = "";

	for (size_t i = 0; i < PRESETS; i++)
		if (strcmp(window, presets[i].name) == 0)
			j->preset = &presets[i];
	if (j->preset) {
		j->centre = j->preset->centre;
		j->width = j->preset->width;
		return;
	}
	if (comma && (size_t)(comma - window) < sizeof centre)
		memcpy(centre, window, (size_t)(comma - window));
	if (!comma || !vol_parse_number(centre, &j->centre) || !vol_parse_number(comma + 1, &j->width) ||
	    !isfinite(j->centre) || !isfinite(j->width))
		cli_usage("--window: '%s' is neither C,W nor the name of a window: see 'volwin --help'", window);
}

static int find_window(struct job *j, const struct vol_head *head, const char *name, struct vol_err *err)
{
	double least = function == LINEAR ? 1 : 0;
	char w[32];

	if (j->preset && want_hu(head, name, err) < 0)
		return -1;
	if (window && !j->preset && want_physical(head, name, err) < 0)
		return -1;
	if (!window && !key_window(head, &j->centre, &j->width))
		return vol_fail(err, name, "has no vol.window: give --window");
	/* DICOM PS3.3: at least 1 for LINEAR, above 0 for LINEAR_EXACT */
	if (!(j->width > 0 && j->width >= least && isfinite(j->width) && isfinite(j->centre)))
		return vol_fail(err, window ? "--window" : name, "a width of %s is no window%s",
		                vol_number(w, j->width), least ? ": --function linear needs 1 at least" : "");
	return 0;
}

/* The ramp from 0 to 1. */
static void unit_ramp(struct job *j)
{
	struct ramp *r = &j->ramp;

	r->lo = 0;
	r->hi = 1;
	if (function == EXACT) {
		/* the same numbers as volnorm --range gives for its ends */
		r->sub = j->centre - j->width / 2;
		r->div = j->width;
		r->add = 0;
	} else if (j->width > 1) {
		r->sub = j->centre - 0.5;
		r->div = j->width - 1;
		r->add = 0.5;
	} else {
		/* a step: 0 up to C - 0.5, then 1 at once */
		r->sub = j->centre - 0.5;
		r->div = 0x1p-1000;
		r->add = 0;
	}
	r->mul = 1;
	r->plus = 0;
}

/* The ends of --clamp, which are numbers of the type. -1 when the window holds none of them. */
static int clamp_ramp(struct job *j, const char *name, struct vol_err *err)
{
	double lo = j->centre - j->width / 2, hi = j->centre + j->width / 2, least, most;

	if (as_recipe) {
		lo = j->centre - floor(j->width / 2);
		hi = j->centre + floor(j->width / 2);
	} else if (function == LINEAR) {
		lo = j->centre - 0.5 - (j->width - 1) / 2;
		hi = j->centre - 0.5 + (j->width - 1) / 2;
	}
	if (voxel_is_integer(j->from, &least, &most)) {
		lo = fmax(ceil(lo), least);
		hi = fmin(floor(hi), most);
	}
	if (!(lo <= hi))
		return vol_fail(err, name, "the window holds no value of the type %s", voxel_name(j->from));
	j->ramp = (struct ramp){.div = 1, .lo = lo, .hi = hi, .mul = 1, .pad_lo = j->ramp.pad_lo,
	                        .pad_hi = j->ramp.pad_hi};
	if (as_recipe)
		j->ramp.pad_lo = j->ramp.pad_hi = NAN;
	j->ramp.fill = isnan(fill) ? lo : fill;
	if (voxel_is_integer(j->from, NULL, NULL) && (fill != trunc(fill) || fill < least || fill > most) &&
	    !isnan(fill))
		return vol_fail(err, "--fill", "%g cannot be held by the type %s", fill, voxel_name(j->from));
	return 0;
}

static int set_window(struct vol_head *head, double centre, double width, struct vol_err *err)
{
	char c[32], w[32];

	return key_set(head, err, "window", "%s %s", vol_number(c, centre), vol_number(w, width));
}

static int head_clamped(struct job *j, struct vol_head *head, const char *name, struct vol_err *err)
{
	if (clamp_ramp(j, name, err) < 0)
		return -1;
	key_drop(head, "stored.range");
	return set_window(head, j->centre, j->width, err);
}

static int head_windowed(struct job *j, struct vol_head *head, struct vol_err *err)
{
	double most;
	bool grey = voxel_is_integer(j->to, NULL, &most);

	unit_ramp(j);
	j->ramp.fill = isnan(fill) ? 0 : fill;
	if (!grey)
		return follow_values(head, "1", err) < 0 ? -1 : set_window(head, 0.5, 1, err);
	j->ramp.mul = most;
	if (j->ramp.fill < 0 || j->ramp.fill > most || j->ramp.fill != trunc(j->ramp.fill))
		return vol_fail(err, "--fill", "%g cannot be held by the type %s", fill, voxel_name(j->to));
	if (follow_values(head, "stored", err) < 0 || set_window(head, most / 2, most, err) < 0 ||
	    key_set_rescale(head, &(struct vol_rescale){1, (double[]){1 / most}, (double[]){0}}, err) < 0)
		return -1;
	return key_set(head, err, "rescale.unit", "1");
}

static int make_head(void *ctx, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	struct job *j = ctx;
	const char *name = vol_in_name(in);

	if (want_scalar(head, name, err) < 0 || want_image(head, name, err) < 0 ||
	    find_window(j, head, name, err) < 0)
		return -1;
	j->from = head->type;
	j->to = clamp ? head->type : type_of[type];
	j->ramp.pad_lo = j->ramp.pad_hi = NAN;
	if (key_padding(head, &j->ramp.pad_lo, &j->ramp.pad_hi, name, err) < 0)
		return -1;
	key_drop(head, "padding");
	if ((clamp ? head_clamped(j, head, name, err) : head_windowed(j, head, err)) < 0)
		return -1;
	head->type = j->to;
	j->map = ramp_map_new(&j->ramp, j->from, j->to);
	return j->map ? 0 : vol_fail(err, name, "out of memory");
}

static int map_some(void *ctx, const void *src, size_t n, uint64_t first, void *dst, struct vol_err *err)
{
	(void)first;
	(void)err;
	ramp_map_apply(((struct job *)ctx)->map, src, n, dst);
	return 0;
}

static int map_all(void *ctx, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	struct job *j = ctx;

	return vol_each(in, voxel_size(j->from), out, voxel_size(j->to), map_some, j, err);
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct job job = {0};
	struct vol_stage stage = {.in = operands[0], .progress = cli_progress, .head = make_head,
	                          .run = map_all};
	struct vol_err err;

	if (window)
		parse_window(&job);
	if (clamp && cli_given("type"))
		cli_usage("--clamp keeps the type: volcast changes it");
	if (as_recipe && (!clamp || function == LINEAR || cli_given("fill")))
		cli_usage("--as-recipe goes with --clamp alone");
	stage.out = cli.output;
	stage.flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0;
	stage.history = cli_history();
	if (vol_stage_run(&stage, &job, &err) < 0)
		cli_fail(&err);
	ramp_map_free(job.map);
	return 0;
}
