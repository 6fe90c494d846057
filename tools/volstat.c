/* volstat - statistics of volumes: of all voxels, under a mask, label by label; of whole datasets. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/fields.h"
#include "cli/json.h"
#include "cli/table.h"
#include "io/head.h"
#include "io/keys.h"
#include "statfile.h"
#include "statistics.h"

static const char *mask, *percents = "1,25,50,75,99";
static bool by_label, by_entry, total, merge, json, tsv, histogram;

static const struct cli_opt opts[] = {
	{.letter = 'm', .name = "mask", .type = CLI_FILE, .value = &mask, .arg = "FILE",
	 .help = "count only where this volume, on the same grid and in any format, is not 0"},
	{.name = "by-label", .type = CLI_FLAG, .value = &by_label,
	 .help = "a row for each label of the mask; 0 is no label"},
	{.name = "by-entry", .type = CLI_FLAG, .value = &by_entry,
	 .help = "a row for each entry of the list axis, counted from 0; else all together"},
	{.letter = 'p', .name = "percentiles", .type = CLI_STRING, .value = &percents, .arg = "P,...",
	 .help = "which percentiles, up to 64 within 0..100, or none; by default 1,25,50,75,99"},
	{.name = "total", .type = CLI_FLAG, .value = &total,
	 .help = "after the rows of several volumes, one of all their voxels together"},
	{.name = "merge", .type = CLI_FLAG, .value = &merge,
	 .help = "operands are files that volstat --json wrote; join them to one row, or one a label"},
	{.letter = 'j', .name = "json", .type = CLI_FLAG, .value = &json,
	 .help = "one JSON object a row, each on a line of its own"},
	{.name = "histogram", .type = CLI_FLAG, .value = &histogram,
	 .help = "with --json: every different value with its count, so that merged percentiles are exact"},
	{.name = "tsv", .type = CLI_FLAG, .value = &tsv,
	 .help = "tab-separated, with all digits"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "volstat",
	.purpose = "statistics of volumes: extremes, mean, deviation, percentiles; by mask, label, dataset",
	.operands = "[IN...]",
	.max_operands = -1,
	.wants = CLI_PROGRESS,
	.opts = opts,
	.example = "volstat hu.vol",
	.see_also = "volhist(1), volinfo(1), volnorm(1), vollabel(1), volstream(5)",
};

static struct measure_what what;

/* One line of the report; what it does not have is NULL, or -1. */
struct row {
	const char *file, *unit, *name;
	int64_t entry;
	const int64_t *label;
	const struct moments *moments;
	uint64_t padding, not_finite;
	const double *percentile;
	const struct distribution *values;
};

/* ---- printing ---- */

static void print_json(const struct row *r)
{
	const struct moments *m = r->moments;
	char number[32];

	cli_json_begin('{');
	if (r->file)
		cli_json_string("file", r->file);
	if (r->entry >= 0)
		cli_json_int("entry", r->entry);
	if (r->label) {
		cli_json_int("label", *r->label);
		cli_json_string("name", r->name);
	}
	cli_json_string("unit", r->unit);
	cli_json_int("count", (long long)m->n);
	cli_json_int("padding", (long long)r->padding);
	cli_json_int("not_finite", (long long)r->not_finite);
	cli_json_real("min", m->min);
	cli_json_real("max", m->max);
	cli_json_real("mean", m->mean);
	cli_json_real("sd", moments_sd(m));
	if (r->percentile) {
		cli_json_key("percentiles");
		cli_json_begin('{');
		for (size_t i = 0; i < what.percents; i++)
			cli_json_real(cli_number(number, what.percent[i]), r->percentile[i]);
		cli_json_end('}');
	}
	if (histogram && r->values) {
		cli_json_key("histogram");
		cli_json_begin('[');
		for (size_t i = 0; i < r->values->n; i++) {
			cli_json_begin('[');
			cli_json_real(NULL, r->values->value[i]);
			cli_json_int(NULL, (long long)r->values->count[i]);
			cli_json_end(']');
		}
		cli_json_end(']');
	}
	cli_json_end('}');
}

enum { CELLS = 12 + MEASURE_PERCENTS };

/* Adds columns to a row of the table. */
struct cells {
	const char *cell[CELLS];
	char text[CELLS][40];
	size_t n;
};

static void add_text(struct cells *c, const char *text)
{
	c->cell[c->n++] = text;
}

static void add_number(struct cells *c, double x)
{
	char *text = c->text[c->n];

	if (!tsv && isfinite(x) && x != floor(x))
		snprintf(text, sizeof c->text[0], "%.6g", x);
	else
		cli_number(text, x);
	add_text(c, isnan(x) ? NULL : text);
}

static struct cli_table table;

static void table_names(void)
{
	static const char *const names[] = {"unit", "count", "padding", "not_finite", "min", "max", "mean", "sd"};
	struct cells c = {.n = 0};
	char number[32];

	if (!merge)
		add_text(&c, "file");
	if (by_entry)
		add_text(&c, "entry");
	if (by_label || merge) {
		add_text(&c, "label");
		add_text(&c, "name");
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		add_text(&c, names[i]);
	for (size_t i = 0; i < what.percents; i++) {
		snprintf(c.text[c.n], sizeof c.text[0], "p%s", cli_number(number, what.percent[i]));
		add_text(&c, c.text[c.n]);
	}
	cli_table_cells(&table, c.n, c.cell);
}

static void add_row(const struct row *r)
{
	const struct moments *m = r->moments;
	const double numbers[] = {(double)m->n, (double)r->padding, (double)r->not_finite, m->min, m->max, m->mean,
	                          moments_sd(m)};
	struct cells c = {.n = 0};

	if (json) {
		print_json(r);
		return;
	}
	if (table.rows == 0)
		table_names();
	if (!merge)
		add_text(&c, r->file ? r->file : "all");
	if (by_entry)
		add_number(&c, r->entry < 0 ? NAN : (double)r->entry);
	if (by_label || merge) {
		add_number(&c, r->label ? (double)*r->label : NAN);
		add_text(&c, r->name);
	}
	add_text(&c, r->unit);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		add_number(&c, numbers[i]);
	for (size_t i = 0; i < what.percents; i++)
		add_number(&c, r->percentile ? r->percentile[i] : NAN);
	cli_table_cells(&table, c.n, c.cell);
}

/* ---- volumes ---- */

/* What --total has so far. */
struct all {
	struct moments moments;
	uint64_t padding, not_finite;
	struct distribution values;
	bool listed;              /* values holds every number */
	char unit[64];
	size_t volumes;
};

static struct statistics_how how_of(void)
{
	return (struct statistics_how){mask, by_label, by_entry, &what, cli_progress};
}

/* The name that "vol.labels" gives a label, in buf; NULL when it gives none. */
static const char *label_name(const char *labels, int64_t label, char *buf, size_t size)
{
	for (const char *line = labels; line && *line; line = strchr(line, '\n'), line += line != NULL) {
		char *end;
		long long number = strtoll(line, &end, 10);

		if (end != line && number == label && *end == ' ') {
			snprintf(buf, size, "%.*s", (int)strcspn(end + 1, "\n"), end + 1);
			return buf;
		}
	}
	return NULL;
}

static int add_to_all(struct all *all, const struct regions *r, const struct measure *m, struct vol_err *err)
{
	const char *unit = key_get(&r->head, "unit");

	if (!unit)
		unit = "";
	if (all->volumes && strcmp(all->unit, unit) != 0)
		return vol_fail(err, r->name, "is in %s, the volumes before in %s: --total cannot join them",
		                *unit ? unit : "an unknown unit", all->unit[0] ? all->unit : "an unknown unit");
	if (!all->volumes++) {
		snprintf(all->unit, sizeof all->unit, "%s", unit);
		all->listed = true;
	}
	all->padding += m->padding;
	all->not_finite += m->not_finite;
	all->listed = all->listed && (what.values || voxel_size(r->head.type) <= 2);
	if (all->listed && !distribution_join(&all->values, &m->values))
		return vol_fail(err, r->name, "out of memory");
	moments_join(&all->moments, &m->moments);
	return 0;
}

static void print_groups(const struct regions *r, const struct groups *g)
{
	const char *labels = mask ? key_get(&r->mask_head, "labels") : NULL;
	char name[128];

	for (size_t i = 0; i < g->n; i++) {
		const struct group *group = g->group[i];
		const struct measure *m = &group->measure;

		add_row(&(struct row){r->name, key_get(&r->head, "unit"), label_name(labels, group->label, name, sizeof name),
		                      by_entry ? (int64_t)group->entry : -1, by_label ? &group->label : NULL, &m->moments,
		                      m->padding, m->not_finite, what.percents ? m->percentile : NULL, &m->values});
		if (m->moments.n == 0)
			vol_warn(r->name, "no voxel counts%s", mask ? " under the mask" : "");
	}
	if (g->n == 0)
		vol_warn(r->mask_name, "has no labels");
}

static int report(const char *path, struct all *all, struct vol_err *err)
{
	struct statistics_how how = how_of();
	struct groups g = {0};
	struct regions r;
	int rc;

	if (regions_open(&r, path, mask, by_label, err) < 0)
		return -1;
	rc = statistics_read(&r, &how, &g, err);
	cli_progress_done();
	if (rc == 0)
		print_groups(&r, &g);
	if (rc == 0 && total)
		rc = add_to_all(all, &r, &g.group[0]->measure, err);
	groups_free(&g);
	regions_close(&r);
	return rc;
}

static int print_all(struct all *all, char **operands, int n, struct vol_err *err)
{
	struct statistics_how how = how_of();
	struct measure m = {.moments = all->moments};
	int rc = 0;

	if (all->listed)
		measure_of(&m, &what, &all->values);
	else if (what.percents)
		rc = statistics_percentiles(operands, (size_t)n, &how, m.percentile, err);
	cli_progress_done();
	if (rc == 0)
		add_row(&(struct row){NULL, all->unit[0] ? all->unit : NULL, NULL, -1, NULL, &m.moments, all->padding,
		                      all->not_finite, what.percents ? m.percentile : NULL, all->listed ? &m.values : NULL});
	measure_free(&m);
	return rc;
}

static int report_all(char **operands, int n)
{
	struct all all = {.moments = {0, NAN, NAN, NAN, 0}};
	struct vol_err err;
	int status = 0;

	for (int i = 0; i < (n ? n : 1); i++)
		if (report(operands[i], &all, &err) < 0) {
			cli_error(&err);
			status = 1;
		}
	if (total && status == 0 && print_all(&all, operands, n, &err) < 0) {
		cli_error(&err);
		status = 1;
	}
	distribution_free(&all.values);
	return status;
}

/* ---- files of statistics ---- */

static int report_merged(char **operands, int n)
{
	struct statrows rows = {0};
	struct vol_err err;
	struct measure m;

	for (int i = 0; i < (n ? n : 1); i++)
		if (statfile_merge(operands[i], &rows, &err) < 0)
			cli_fail(&err);
	for (size_t i = 0; i < rows.n; i++) {
		struct statrow *s = &rows.row[i];

		if (!s->has_values && cli_given("percentiles") && what.percents) {
			vol_fail(&err, operands[0], "percentiles of a dataset need a histogram of each volume: volstat --json "
			                            "--histogram makes them");
			cli_fail(&err);
		}
		memset(&m, 0, sizeof m);
		if (s->has_values)
			measure_of(&m, &what, &s->values);
		add_row(&(struct row){NULL, s->unit[0] ? s->unit : NULL, s->name[0] ? s->name : NULL, -1,
		                      s->has_label ? &s->label : NULL, &s->moments, s->padding, s->not_finite,
		                      s->has_values && what.percents ? m.percentile : NULL, s->has_values ? &m.values : NULL});
		measure_free(&m);
	}
	statrows_free(&rows);
	return 0;
}

/* ---- the command line ---- */

static void parse_percents(void)
{
	char word[64];

	for (const char *at = percents; strcmp(percents, "none") != 0;) {
		size_t n = strcspn(at, ",");
		double *p = &what.percent[what.percents];

		if (what.percents == MEASURE_PERCENTS)
			cli_usage("--percentiles: more than %d", MEASURE_PERCENTS);
		snprintf(word, sizeof word, "%.*s", (int)n, at);
		if (n >= sizeof word || !vol_parse_number(word, p) || !(*p >= 0 && *p <= 100))
			cli_usage("--percentiles: '%.*s' is no number within 0..100", (int)n, at);
		what.percents++;
		if (!at[n])
			break;
		at += n + 1;
	}
}

static void check_options(char **operands, int n)
{
	bool from_stdin = n == 0;

	for (int i = 0; i < n; i++)
		from_stdin |= strcmp(operands[i], "-") == 0;
	if (json && tsv)
		cli_usage("--json and --tsv exclude each other");
	if (histogram && !json)
		cli_usage("--histogram needs --json");
	if (by_label && !mask)
		cli_usage("--by-label needs --mask");
	if (total && (by_label || by_entry))
		cli_usage("--total is of all voxels; for one by label, --json and then --merge");
	if (merge && (mask || by_entry || total))
		cli_usage("--merge joins finished statistics: --mask, --by-entry and --total belong to the run that makes them");
	if (total && from_stdin)
		cli_usage("--total reads its volumes again: give files, not the standard input");
	if (mask && strcmp(mask, "-") == 0 && n > 1)
		cli_usage("--mask: the standard input can be a mask of one volume only");
}

int main(int argc, char **argv)
{
	int n, status;
	char **operands = cli_parse(&tool, argc, argv, &n);

	check_options(operands, n);
	parse_percents();
	what.values = histogram;
	status = merge ? report_merged(operands, n) : report_all(operands, n);
	if (table.rows)
		cli_table_print(&table, tsv);
	cli_finish_stdout();
	return status;
}
