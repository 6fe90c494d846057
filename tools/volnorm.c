/* volnorm - intensities to a common scale: 0 to 1, or in standard deviations. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alg/measure.h"
#include "alg/ramp.h"
#include "cli/cli.h"
#include "io/follow.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "io/stage.h"
#include "summary.h"
#include "within.h"

static const char *const types[] = {"float", "double", "uint8", "int8", "uint16", "int16", "uint32",
                                    "int32", NULL};
static const enum voxel_type type_of[] = {VOXEL_FLOAT, VOXEL_DOUBLE, VOXEL_UINT8, VOXEL_INT8,
                                          VOXEL_UINT16, VOXEL_INT16, VOXEL_UINT32, VOXEL_INT32};

static double range[2], percentile[2], centre, mean = NAN, sd = NAN, fill = NAN;
static bool zscore;
static const char *mask, *stats;
static int type;

static const struct cli_opt opts[] = {
	{.letter = 'r', .name = "range", .type = CLI_RANGE, .value = range, .arg = "LO,HI",
	 .help = "LO becomes 0, HI becomes 1; what lies beyond is clamped"},
	{.name = "percentile", .type = CLI_RANGE, .value = percentile, .arg = "P,Q",
	 .help = "the same between these percentiles; 0,100 is from the least to the greatest value"},
	{.name = "centre", .type = CLI_REAL, .value = &centre, .arg = "V",
	 .help = "subtract V (such as 0.25) from the result"},
	{.name = "zscore", .type = CLI_FLAG, .value = &zscore,
	 .help = "subtract the mean and divide by the standard deviation; with --range or --percentile, "
	         "values are clamped to it first"},
	{.name = "mean", .type = CLI_REAL, .value = &mean, .arg = "M",
	 .help = "for the z-score: this mean, nothing is measured (implies --zscore)"},
	{.name = "sd", .type = CLI_REAL, .value = &sd, .arg = "S",
	 .help = "and this standard deviation"},
	{.name = "stats", .type = CLI_FILE, .value = &stats, .arg = "FILE",
	 .help = "take mean, deviation and percentiles from this file, made by volstat --json over one "
	         "volume or a whole data set"},
	{.letter = 'm', .name = "mask", .type = CLI_FILE, .value = &mask, .arg = "FILE",
	 .help = "measure only where this volume, in any format, is not 0"},
	{.letter = 'f', .name = "fill", .type = CLI_REAL, .value = &fill, .arg = "VALUE",
	 .help = "result for padding and NaN; by default that of the low end, or 0 for a z-score"},
	{.name = "type", .type = CLI_CHOICE, .value = &type, .arg = "TYPE", .choices = types,
	 .help = "voxel type of the result; an integer type is used in full and the way back is recorded"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "volnorm",
	.purpose = "normalise intensities: to 0..1, or to a z-score",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.opts = opts,
	.example = "volnorm -r -1000,400 hu.vol -o norm.vol",
	.see_also = "volhu(1), volwin(1), volstat(1), volcalc(1), volstream(5)",
};

/* What the options ask for. */
static bool ranged, percentiled, measured;

struct job {
	double lo, hi;        /* the ends, in the input's unit; NAN: there are none */
	double mean, sd;      /* for a z-score */
	struct ramp ramp;
	struct ramp_map *map;
	enum voxel_type from, to;
	struct measure measured;
};

/* ---- the numbers to normalise by ---- */

static void measure_some(void *ctx, const void *voxels, size_t n)
{
	struct job *j = ctx;

	(void)measure_add(&j->measured, voxels, n); /* true: no list of values is asked for */
}

static int measure_all(struct job *j, struct within *w, struct vol_err *err)
{
	struct measure *m = &j->measured;
	int again;

	do
		if (within_each(w, measure_some, j, err) < 0)
			return -1;
	while ((again = measure_next(m)) > 0);
	if (again < 0)
		return vol_fail(err, vol_in_name(w->in), "out of memory");
	if (m->moments.n == 0)
		return vol_fail(err, vol_in_name(w->in), mask ? "the mask holds no measured voxel"
							       : "no voxel is measured: all are padding or NaN");
	if (percentiled) {
		j->lo = m->percentile[0];
		j->hi = m->percentile[1];
	}
	if (zscore) {
		j->mean = m->moments.mean;
		j->sd = moments_sd(&m->moments);
	}
	vol_note(vol_in_name(w->in), "measured over %llu voxels", (unsigned long long)m->moments.n);
	return 0;
}

static int measure(struct job *j, struct vol_in *in, const struct vol_head *head, struct vol_err *err)
{
	const struct measure_what what = {.percent = {percentile[0], percentile[1]}, .percents = percentiled ? 2 : 0};
	struct within w;
	int rc = -1;

	measure_begin(&j->measured, &what, j->from, j->ramp.pad_lo, j->ramp.pad_hi);
	if (within_open(&w, in, head, mask, err) == 0)
		rc = measure_all(j, &w, err);
	within_close(&w);
	measure_free(&j->measured);
	return rc;
}

static int from_file(struct job *j, struct vol_err *err)
{
	struct summary s;

	if (summary_read(&s, stats, err) < 0)
		return -1;
	for (int i = 0; percentiled && i < 2; i++) {
		double v = summary_percentile(&s, percentile[i]);

		if (!isfinite(v))
			return vol_fail(err, stats, "has no percentile %g", percentile[i]);
		*(i ? &j->hi : &j->lo) = v;
	}
	if (zscore && (!isfinite(s.mean) || !isfinite(s.sd)))
		return vol_fail(err, stats, "has no mean and sd");
	j->mean = s.mean;
	j->sd = s.sd;
	return 0;
}

static int find_numbers(struct job *j, struct vol_in *in, const struct vol_head *head,
                        struct vol_err *err)
{
	const char *name = stats ? stats : vol_in_name(in);
	char a[32], b[32];

	j->lo = ranged ? range[0] : NAN;
	j->hi = ranged ? range[1] : NAN;
	j->mean = mean;
	j->sd = sd;
	if ((measured && measure(j, in, head, err) < 0) || (stats && from_file(j, err) < 0))
		return -1;
	if (zscore)
		vol_note(name, "mean %s, sd %s", vol_number(a, j->mean), vol_number(b, j->sd));
	if (ranged || percentiled)
		vol_note(name, "from %s to %s", vol_number(a, j->lo), vol_number(b, j->hi));
	if (zscore && !(j->sd > 0))
		return vol_fail(err, name, "the standard deviation is %s: nothing to divide by",
		                vol_number(a, j->sd));
	if ((ranged || percentiled) && !(j->lo < j->hi && isfinite(j->hi - j->lo)))
		return vol_fail(err, name, "the range from %s to %s cannot be spread over 0 to 1",
		                vol_number(a, j->lo), vol_number(b, j->hi));
	return 0;
}

/* ---- the result ---- */

static void float_ramp(struct job *j)
{
	struct ramp *r = &j->ramp;

	r->add = 0;
	r->mul = 1;
	if (zscore) {
		r->sub = j->mean;
		r->div = j->sd;
		r->lo = isnan(j->lo) ? -INFINITY : (j->lo - j->mean) / j->sd;
		r->hi = isnan(j->hi) ? INFINITY : (j->hi - j->mean) / j->sd;
		r->plus = 0;
	} else {
		r->sub = j->lo;
		r->div = j->hi - j->lo;
		r->lo = 0;
		r->hi = 1;
		r->plus = -centre;
	}
	r->fill = !isnan(fill) ? fill : zscore ? 0 : 0 - centre;
}

/* The ends of the result become the ends of the type; vol.rescale leads back. */
static int integer_ramp(struct job *j, struct vol_head *head, struct vol_err *err)
{
	struct ramp *r = &j->ramp;
	double least = r->lo + r->plus, most = r->hi + r->plus, lo, hi;
	struct vol_rescale back = {.n = 1, .slope = (double[1]){0}, .intercept = (double[1]){0}};

	voxel_is_integer(j->to, &lo, &hi);
	back.slope[0] = (most - least) / (hi - lo);
	back.intercept[0] = least - back.slope[0] * lo;
	r->sub = j->lo;
	r->div = j->hi - j->lo;
	r->lo = 0;
	r->hi = 1;
	r->mul = hi - lo;
	r->plus = lo;
	/* nothing lies beyond the ends, --fill neither */
	if (!isnan(fill) && (fill < least || fill > most))
		return vol_fail(err, "--fill", "%g is beyond the result, %g to %g", fill, least, most);
	r->fill = fmin(fmax((r->fill - least) / (most - least), 0), 1) * r->mul + lo;
	if (follow_values(head, "stored", err) < 0 || key_set_rescale(head, &back, err) < 0)
		return -1;
	return key_set(head, err, "rescale.unit", "1");
}

static int make_head(void *ctx, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	struct job *j = ctx;
	const char *name = vol_in_name(in);

	if (want_scalar(head, name, err) < 0 || want_image(head, name, err) < 0 ||
	    want_physical(head, name, err) < 0)
		return -1;
	j->from = head->type;
	j->to = type_of[type];
	j->ramp.pad_lo = j->ramp.pad_hi = NAN;
	if (key_padding(head, &j->ramp.pad_lo, &j->ramp.pad_hi, name, err) < 0 ||
	    find_numbers(j, in, head, err) < 0)
		return -1;
	key_drop(head, "padding");
	float_ramp(j);
	if (voxel_is_integer(j->to, NULL, NULL) ? integer_ramp(j, head, err) < 0
						: follow_values(head, "1", err) < 0)
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

static void check_options(void)
{
	bool given = cli_given("mean");

	ranged = cli_given("range");
	percentiled = cli_given("percentile");
	zscore = zscore || given || cli_given("sd");
	measured = (percentiled || (zscore && !given)) && !stats;
	if (!ranged && !percentiled && !zscore)
		cli_usage("how? give --range LO,HI, --percentile P,Q or --zscore");
	if (ranged && percentiled)
		cli_usage("--range and --percentile are two ways to say the same: give one");
	if (ranged && range[0] == range[1])
		cli_usage("--range: '%g,%g' holds nothing", range[0], range[1]);
	if (percentiled && (percentile[0] < 0 || percentile[1] > 100 || percentile[0] == percentile[1]))
		cli_usage("--percentile: P,Q are two different numbers from 0 to 100");
	if (given != cli_given("sd"))
		cli_usage("--mean and --sd go together");
	if (given && sd <= 0)
		cli_usage("--sd: %g is not above 0", sd);
	if (zscore && cli_given("centre"))
		cli_usage("--centre: a z-score is centred already");
	if (stats && !percentiled && !(zscore && !given))
		cli_usage("--stats: nothing is taken from it: give --percentile P,Q or --zscore");
	if (mask && !measured)
		cli_usage("--mask: nothing is measured; to set what lies outside of a mask use volmask");
	if (zscore && !ranged && !percentiled && voxel_is_integer(type_of[type], NULL, NULL))
		cli_usage("--type %s: a z-score has no ends: give --range or --percentile too", types[type]);
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct job job = {0};
	struct vol_stage stage = {.in = operands[0], .progress = cli_progress, .head = make_head,
	                          .run = map_all};
	struct vol_err err;

	check_options();
	stage.out = cli.output;
	stage.flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0;
	stage.history = cli_history();
	if (vol_stage_run(&stage, &job, &err) < 0)
		cli_fail(&err);
	ramp_map_free(job.map);
	return 0;
}
