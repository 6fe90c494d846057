/* volstat - statistics of volumes: of all voxels, under a mask, label by label; of whole datasets. */
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
	{.name = "percentiles", .type = CLI_STRING, .value = &percents, .arg = "P,...",
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
	.purpose = "extremes, mean, sd, percentiles: of volumes, masks, labels, datasets",
	.operands = "[IN...]",
	.max_operands = -1,
	.wants = CLI_PROGRESS,
	.opts = opts,
	.example = "volstat hu.vol",
	.see_also = "volhist(1), volinfo(1), volnorm(1), vollabel(1), volstream(5)",
};

static struct measure_what what;

/* ---- printing ---- */

/* One line of the report; what it does not have is NULL. */
struct row {
	const char *file, *unit, *name;
	const double *entry, *label;
	const struct measure *m;
	bool has_values;           /* m->values and m->percentile hold something */
};

static struct cli_table table;

static void json_values(const struct distribution *d)
{
	cli_json_key("histogram");
	cli_json_begin('[');
	for (size_t i = 0; i < d->n; i++) {
		cli_json_begin('[');
		cli_json_real(NULL, d->value[i]);
		cli_json_int(NULL, (long long)d->count[i]);
		cli_json_end(']');
	}
	cli_json_end(']');
}

static void print_json(const struct row *r, const struct cli_field *fields, const struct cli_field *percentiles)
{
	cli_json_begin('{');
	cli_fields_json(fields);
	if (what.percents) {
		cli_json_key("percentiles");
		cli_json_begin('{');
		cli_fields_json(percentiles);
		cli_json_end('}');
	}
	if (histogram && r->has_values)
		json_values(&r->m->values);
	cli_json_end('}');
}

static void text(struct cli_field **f, const char *name, const char *value)
{
	*(*f)++ = (struct cli_field){.name = name, .kind = CLI_TEXT, .text = value};
}

static void number(struct cli_field **f, const char *name, const double *x)
{
	*(*f)++ = (struct cli_field){.name = name, .kind = CLI_NUMBER, .x = x, .n = x != NULL};
}

static void print_row(const struct row *r)
{
	const struct moments *m = &r->m->moments;
	const double count = (double)m->n, padding = (double)r->m->padding, not_finite = (double)r->m->not_finite,
	             sd = moments_sd(m);
	struct cli_field fields[16 + MEASURE_PERCENTS] = {0}, *f = fields, *percentiles;
	char name[MEASURE_PERCENTS][32];

	if (!merge)
		text(&f, "file", r->file || json ? r->file : "all");
	if (by_entry)
		number(&f, "entry", r->entry);
	if (by_label || merge) {
		number(&f, "label", r->label);
		text(&f, "name", r->name);
	}
	text(&f, "unit", r->unit);
	number(&f, "count", &count);
	number(&f, "padding", &padding);
	number(&f, "not_finite", &not_finite);
	number(&f, "min", &m->min);
	number(&f, "max", &m->max);
	number(&f, "mean", &m->mean);
	number(&f, "sd", &sd);
	f += json; /* ends the list */
	percentiles = f;
	for (size_t i = 0; i < what.percents; i++) {
		name[i][0] = 'p';
		cli_number(name[i] + !json, what.percent[i]);
		number(&f, name[i], r->has_values ? &r->m->percentile[i] : NULL);
	}
	if (json)
		print_json(r, fields, percentiles);
	else
		cli_fields_row(&table, fields, tsv);
}

/* ---- volumes ---- */

static const struct statistics_how *how(void)
{
	static struct statistics_how h;

	h = (struct statistics_how){mask, by_label, by_entry, &what, cli_progress};
	return &h;
}

static void print_groups(const struct runs *r, const struct groups *g)
{
	char name[128] = "";

	for (size_t i = 0; i < g->n; i++) {
		const struct group *group = g->group[i];
		double entry = (double)group->entry, label = (double)group->label;

		if (mask)
			key_label(&r->mask_head, group->label, name, sizeof name);
		print_row(&(struct row){r->name, key_get(&r->head, "unit"), name[0] ? name : NULL, &entry, &label,
		                        &group->measure, true});
		if (group->measure.moments.n == 0)
			vol_warn(r->name, "no voxel counts%s", mask ? " under the mask" : "");
	}
	if (g->n == 0)
		vol_warn(r->mask_name, "has no labels");
}

static int report(const char *path, struct statistics_total *all, struct vol_err *err)
{
	struct groups g = {0};
	struct runs r;
	int rc;

	if (runs_open(&r, path, mask, by_label, err) < 0)
		return -1;
	rc = statistics_read(&r, how(), &g, err);
	cli_progress_done();
	if (rc == 0)
		print_groups(&r, &g);
	if (rc == 0 && total)
		rc = statistics_total_add(all, &r, &g.group[0]->measure, &what, err);
	groups_free(&g);
	runs_close(&r);
	return rc;
}

static int print_total(struct statistics_total *all, char **operands, int n, struct vol_err *err)
{
	int rc = statistics_total_end(all, operands, (size_t)n, how(), err);

	cli_progress_done();
	if (rc == 0)
		print_row(&(struct row){NULL, all->unit[0] ? all->unit : NULL, NULL, NULL, NULL, &all->m, true});
	return rc;
}

static int report_all(char **operands, int n)
{
	struct statistics_total all = {0};
	struct vol_err err;
	int status = 0;

	for (int i = 0; i < (n ? n : 1); i++)
		if (report(operands[i], &all, &err) < 0) {
			cli_error(&err);
			status = 1;
		}
	if (total && status == 0 && print_total(&all, operands, n, &err) < 0) {
		cli_error(&err);
		status = 1;
	}
	statistics_total_free(&all);
	return status;
}

/* ---- files of statistics ---- */

static int report_merged(char **operands, int n)
{
	struct statrows rows = {0};
	struct vol_err err;

	for (int i = 0; i < (n ? n : 1); i++)
		if (statfile_merge(operands[i], &rows, &err) < 0)
			cli_fail(&err);
	for (size_t i = 0; i < rows.n; i++) {
		struct statrow *s = &rows.row[i];
		struct measure m = {.moments = s->moments, .padding = s->padding, .not_finite = s->not_finite};
		double label = (double)s->label;

		if (!s->has_values && cli_given("percentiles") && what.percents) {
			vol_fail(&err, operands[0], "percentiles of a dataset need a histogram of each volume: volstat --json "
			                            "--histogram makes them");
			cli_fail(&err);
		}
		if (s->has_values)
			measure_of(&m, &what, &s->values);
		print_row(&(struct row){NULL, s->unit[0] ? s->unit : NULL, s->name[0] ? s->name : NULL, NULL,
		                        s->has_label ? &label : NULL, &m, s->has_values});
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
	what.small_values = total;
	status = merge ? report_merged(operands, n) : report_all(operands, n);
	if (table.rows)
		cli_table_print(&table, tsv);
	cli_finish_stdout();
	return status;
}
