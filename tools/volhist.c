/* volhist - histograms of volumes: as a chart, a picture, or numbers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bars.h"
#include "cli/cli.h"
#include "cli/fields.h"
#include "cli/json.h"
#include "cli/table.h"
#include "histogram_picture.h"
#include "io/outfile.h"

static struct histograms_how how = {.progress = cli_progress};
static int bins;
static bool json, tsv, logarithmic;

static const struct cli_opt opts[] = {
	{.letter = 'm', .name = "mask", .type = CLI_FILE, .value = &how.mask, .arg = "FILE",
	 .help = "count only where this volume, on the same grid and in any format, is not 0"},
	{.name = "bins", .type = CLI_INT, .value = &bins, .arg = "N", .lo = 1, .hi = 1 << 20,
	 .help = "this many of equal width; by default each whole number by itself, and 256 for float"},
	{.name = "width", .type = CLI_REAL, .value = &how.width, .arg = "W",
	 .help = "bins this wide, from a multiple of W, or from the start of --range"},
	{.letter = 'r', .name = "range", .type = CLI_RANGE, .value = how.range, .arg = "LO,HI",
	 .help = "only values from LO to HI; by default all that occur"},
	{.name = "total", .type = CLI_FLAG, .value = &how.total,
	 .help = "one histogram of all volumes together"},
	{.name = "log", .type = CLI_FLAG, .value = &logarithmic,
	 .help = "a logarithmic axis for the counts, in charts"},
	{.name = "tsv", .type = CLI_FLAG, .value = &tsv,
	 .help = "no chart: values or edges of bins, and counts, tab-separated"},
	{.letter = 'j', .name = "json", .type = CLI_FLAG, .value = &json,
	 .help = "no chart: a JSON object"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "volhist",
	.purpose = "histograms of volumes: in the terminal, as PNG or SVG, as numbers",
	.operands = "[IN...]",
	.max_operands = -1,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.opts = opts,
	.example = "volhist --log hu.vol",
	.see_also = "volstat(1), volinfo(1), volnorm(1), volseg(1), volstream(5)",
};

/* ---- numbers ---- */

static void print_tsv(const struct histograms *h)
{
	struct cli_field *fields = calloc(h->volumes + 3, sizeof *fields);
	double *count = calloc(h->volumes, sizeof *count);
	struct cli_table table = {0};
	size_t at = h->value ? 1 : 2;

	if (!fields || !count) {
		struct vol_err err;

		vol_fail(&err, "", "out of memory");
		cli_fail(&err);
	}
	fields[0].name = h->value ? "value" : "from";
	fields[1].name = "to";
	for (size_t i = 0; i < at + h->volumes; i++) {
		fields[i].kind = CLI_NUMBER;
		fields[i].n = 1;
	}
	for (size_t k = 0; k < h->volumes; k++) {
		fields[at + k].name = h->volumes == 1 ? "count" : h->series[k].name;
		fields[at + k].x = &count[k];
	}
	for (size_t i = 0; i < h->n; i++) {
		fields[0].x = h->value ? &h->value[i] : &h->edge[i];
		if (h->edge)
			fields[1].x = &h->edge[i + 1];
		for (size_t k = 0; k < h->volumes; k++)
			count[k] = (double)h->series[k].count[i];
		cli_fields_row(&table, fields, true);
	}
	cli_table_print(&table, true);
	free(fields);
	free(count);
}

static void json_reals(const char *name, const double *x, size_t n)
{
	if (!x) {
		cli_json_null(name);
		return;
	}
	cli_json_key(name);
	cli_json_begin('[');
	for (size_t i = 0; i < n; i++)
		cli_json_real(NULL, x[i]);
	cli_json_end(']');
}

static void print_json(const struct histograms *h)
{
	cli_json_begin('{');
	cli_json_string("unit", h->unit[0] ? h->unit : NULL);
	json_reals("values", h->value, h->n);
	json_reals("edges", h->edge, h->n + 1);
	cli_json_key("histograms");
	cli_json_begin('[');
	for (size_t k = 0; k < h->volumes; k++) {
		const struct histogram_series *s = &h->series[k];

		cli_json_begin('{');
		cli_json_string("file", s->name);
		cli_json_int("count", (long long)s->counted);
		cli_json_int("padding", (long long)s->padding);
		cli_json_int("not_finite", (long long)s->not_finite);
		cli_json_int("below", (long long)s->below);
		cli_json_int("above", (long long)s->above);
		cli_json_key("counts");
		cli_json_begin('[');
		for (size_t i = 0; i < h->n; i++)
			cli_json_int(NULL, (long long)s->count[i]);
		cli_json_end(']');
		cli_json_end('}');
	}
	cli_json_end(']');
	cli_json_end('}');
}

/* ---- a chart in the terminal ---- */

enum { ROWS = 16, MARKS = 64 };

static size_t marks_of_counts(double greatest, struct cli_mark *mark)
{
	double step = fmax(1, chart_step(0, greatest, 5));
	size_t n = 0;

	if (greatest < 1)
		return 0;
	for (double c = logarithmic ? 1 : step; c <= greatest && n < MARKS; c = logarithmic ? 10 * c : c + step) {
		mark[n].at = chart_height(c, greatest, logarithmic);
		chart_count(mark[n++].text, c);
	}
	return n;
}

static size_t marks_of_axis(const struct chart_axis *a, size_t width, struct cli_mark *mark)
{
	double span = a->step * (double)a->n, step = chart_step(a->lo, a->lo + span, width / 8 + 1);
	size_t n = 0;

	for (double i = ceil(a->lo / step); i * step <= a->lo + span && n < MARKS; i++) {
		mark[n].at = (i * step - a->lo) / span;
		chart_number(mark[n++].text, i * step);
	}
	return n;
}

static void print_chart(const struct histograms *h, size_t k)
{
	const struct histogram_series *s = &h->series[k];
	size_t room = cli_bars_width() - CLI_BARS_MARGIN - 1, wide, nx, ny;
	struct chart_axis axis = histograms_axis(h, room);
	double *column = histograms_columns(h, k, &axis), greatest = 0;
	struct cli_mark x[MARKS], y[MARKS];
	char number[32];

	if (!column) {
		struct vol_err err;

		vol_fail(&err, s->name, "out of memory");
		cli_fail(&err);
	}
	for (size_t i = 0; i < axis.n; i++)
		greatest = fmax(greatest, column[i]);
	for (size_t i = 0; i < axis.n; i++)
		column[i] = chart_height(column[i], greatest, logarithmic);
	wide = room / axis.n;
	ny = marks_of_counts(greatest, y);
	nx = marks_of_axis(&axis, wide * axis.n, x);
	printf("%s", k ? "\n" : "");
	cli_line(s->name ? s->name : "all", "%s voxels%s%s%s", cli_number(number, (double)s->counted),
	         h->unit[0] ? " in " : "", h->unit, logarithmic ? ", logarithmic" : "");
	cli_bars(column, axis.n, wide, ROWS, y, ny, x, nx);
	free(column);
}

/* ---- the command line ---- */

static void check_options(char **operands, int n)
{
	int from_stdin = 0;

	for (int i = 0; i < n; i++)
		from_stdin += strcmp(operands[i], "-") == 0;
	if (json + tsv + (cli.output != NULL) > 1)
		cli_usage("--json, --tsv and --output exclude each other");
	if (bins && cli_given("width"))
		cli_usage("--bins and --width exclude each other");
	if (cli_given("width") && !(how.width > 0))
		cli_usage("--width: bins are wider than 0");
	if (cli.output && !histogram_picture_name(cli.output))
		cli_usage("--output: '%s' is no name for a picture: it ends in .png or .svg", cli.output);
	if (from_stdin > 1 || (from_stdin && how.mask && strcmp(how.mask, "-") == 0))
		cli_usage("the standard input can be one volume only");
	if (how.mask && strcmp(how.mask, "-") == 0 && n > 1)
		cli_usage("--mask: the standard input can be a mask of one volume only");
}

static void warn(const struct histograms *h)
{
	for (size_t k = 0; k < h->volumes; k++) {
		const struct histogram_series *s = &h->series[k];

		if (s->counted == 0)
			vol_warn(s->name ? s->name : "", "no voxel counts%s", how.mask ? " under the mask" : "");
		if (s->below + s->above)
			vol_note(s->name ? s->name : "", "%llu voxels below and %llu above the range",
			         (unsigned long long)s->below, (unsigned long long)s->above);
	}
}

int main(int argc, char **argv)
{
	static char *from_stdin[] = {NULL};
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct histograms h;
	struct vol_err err;

	check_options(operands, n);
	how.bins = (size_t)bins;
	how.has_range = cli_given("range");
	if (histograms_read(&h, n ? operands : from_stdin, n ? (size_t)n : 1, &how, &err) < 0)
		cli_fail(&err);
	cli_progress_done();
	warn(&h);
	if (cli.output) {
		if (histogram_picture(&h, logarithmic, cli.output, cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, &err) < 0)
			cli_fail(&err);
	} else if (json) {
		print_json(&h);
	} else if (tsv) {
		print_tsv(&h);
	} else {
		for (size_t k = 0; k < h.volumes; k++)
			print_chart(&h, k);
	}
	histograms_free(&h);
	cli_finish_stdout();
	return 0;
}
