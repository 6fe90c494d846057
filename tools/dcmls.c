/* dcmls - what series a folder holds, and why each file is or is not usable. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "cli/table.h"
#include "dicom/dcmtk.h"
#include "dicom/scan.h"
#include "dicom/series.h"
#include "io/head.h"
#include "par.h"

static bool as_json, as_tsv, list_files, split, keep_identifiers;
static const char *files0_from;

static const struct cli_opt opts[] = {
	{.letter = 'j', .name = "json", .type = CLI_FLAG, .value = &as_json,
	 .help = "one JSON object"},
	{.name = "tsv", .type = CLI_FLAG, .value = &as_tsv,
	 .help = "tab-separated rows under a line of names"},
	{.letter = 'f', .name = "files", .type = CLI_FLAG, .value = &list_files,
	 .help = "a row for each file too: its state and the reason"},
	{.name = "split", .type = CLI_FLAG, .value = &split,
	 .help = "each volume of a list (echoes, points in time, ...) as a series"},
	{.name = "files0-from", .type = CLI_FILE, .value = &files0_from, .arg = "FILE",
	 .help = "more names from FILE ('-': stdin), ended by NUL or newline"},
	{.name = "keep-identifiers", .type = CLI_FLAG, .value = &keep_identifiers,
	 .help = "show patient and study identifiers of each series"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "dcmls",
	.purpose = "list the DICOM series of a folder, and what is wrong with them",
	.operands = "FOLDER|FILE|DICOMDIR|ARCHIVE|-...",
	.max_operands = -1,
	.wants = CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "dcmls --files folder/",
	.see_also = "dcm2vol(1)",
};

/* Those of dicom_identifiers that a list of series is asked for. */
static const char *const shown[] = {"PatientName", "PatientID", "StudyDate", "SeriesInstanceUID"};
enum { SHOWN = sizeof shown / sizeof *shown };

struct identity {
	char *value[SHOWN]; /* owned; NULL: absent */
};

static int take_identifier(void *ctx, const char *keyword, const char *value)
{
	struct identity *id = ctx;

	for (int i = 0; i < SHOWN; i++)
		if (strcmp(keyword, shown[i]) == 0 && !id->value[i])
			id->value[i] = strdup(value);
	return 0;
}

/* From the first image of the series that can be read. */
static void identify(const struct dicom_set *set, const struct dicom_series *s, struct identity *id)
{
	struct vol_err ignored;

	memset(id, 0, sizeof *id);
	for (size_t i = 0; i < set->n_files; i++)
		if (set->files[i].series_uid == s->uid && set->files[i].series_uid) {
			(void)dcmtk_identifiers(set->files[i].path, take_identifier, id, &ignored);
			return;
		}
}

static void forget(struct identity *id)
{
	for (int i = 0; i < SHOWN; i++)
		free(id->value[i]);
}

/* x of "0.78125 x 0.78125 x 1": false where the slices do not have one spacing */
static bool spacing(const struct dicom_series *s, int axis, double *mm)
{
	*mm = grid_spacing(&s->geometry.grid, axis);
	return *mm > 0 && (axis < 2 || s->geometry.problem == DICOM_REGULAR);
}

static void spacing_text(const struct dicom_series *s, char *buf, size_t size)
{
	double x, y, z;
	size_t at;

	buf[0] = '\0';
	if (!spacing(s, 0, &x) || !spacing(s, 1, &y))
		return;
	at = (size_t)snprintf(buf, size, "%.4gx%.4g", x, y);
	if (spacing(s, 2, &z))
		snprintf(buf + at, size - at, "x%.4g", z);
}

static void count(const struct dicom_set *set, size_t n[DICOM_UNSUPPORTED])
{
	memset(n, 0, DICOM_UNSUPPORTED * sizeof *n);
	for (size_t i = 0; i < set->n_files; i++) {
		enum dicom_status s = set->files[i].status;

		n[s >= DICOM_UNSUPPORTED ? DICOM_OTHER : s]++;
	}
}

/* ---- rows ---- */

static void series_table(const struct dicom_set *set, const struct dicom_series_list *list,
                         struct cli_table *t)
{
	cli_table_row(t, 7 + (keep_identifiers ? SHOWN : 0), "series", "modality", "slices", "matrix",
	              "spacing", "state", "description", shown[0], shown[1], shown[2], shown[3]);
	for (size_t i = 0; i < list->n; i++) {
		const struct dicom_series *s = &list->series[i];
		const struct dicom_geometry *g = &s->geometry;
		char slices[24], matrix[48] = "", mm[64], state[900], kind[400];
		struct identity id = {{0}};

		if (keep_identifiers)
			identify(set, s, &id);
		snprintf(slices, sizeof slices, "%zu", s->n_images);
		if (g->grid.size[0])
			snprintf(matrix, sizeof matrix, "%llux%llu", (unsigned long long)g->grid.size[0],
			         (unsigned long long)g->grid.size[1]);
		spacing_text(s, mm, sizeof mm);
		if (g->problem)
			snprintf(state, sizeof state, "%s: %s", dicom_problem_name(g->problem), g->detail);
		else if (s->list.n)
			snprintf(state, sizeof state, "regular: %zu volumes", s->list.n);
		else if (g->shear_degrees > 0)
			snprintf(state, sizeof state, "regular, sheared by %.2f degrees", g->shear_degrees);
		else
			snprintf(state, sizeof state, "regular");
		snprintf(kind, sizeof kind, "%.200s%s%.190s", s->description && s->kind ? s->description : "",
		         s->description && s->kind ? ", " : "", s->kind ? s->kind : "");
		cli_table_row(t, 7 + (keep_identifiers ? SHOWN : 0), s->selector, s->modality, slices,
		              matrix, mm, state, s->kind ? kind : s->description, id.value[0], id.value[1], id.value[2],
		              id.value[3]);
		forget(&id);
	}
}

static void file_table(const struct dicom_set *set, struct cli_table *t)
{
	cli_table_row(t, 3, "status", "path", "reason");
	for (size_t i = 0; i < set->n_files; i++)
		cli_table_row(t, 3, dicom_status_name(set->files[i].status), set->files[i].path,
		              set->files[i].reason);
}

static void print_counts(const struct dicom_set *set)
{
	size_t n[DICOM_UNSUPPORTED];
	const char *between = ": ";

	count(set, n);
	printf("%zu %s", set->n_files, set->n_files == 1 ? "file" : "files");
	for (int s = 0; s < DICOM_UNSUPPORTED; s++)
		if (n[s]) {
			printf("%s%zu %s", between, n[s], dicom_status_name((enum dicom_status)s));
			between = ", ";
		}
	putchar('\n');
}

static void print_table(const struct dicom_set *set, const struct dicom_series_list *list)
{
	struct cli_table t = {0};

	if (!as_tsv || !list_files) {
		series_table(set, list, &t);
		cli_table_print(&t, as_tsv);
	}
	if (list_files) {
		if (!as_tsv)
			putchar('\n');
		file_table(set, &t);
		cli_table_print(&t, as_tsv);
	}
	if (!as_tsv) {
		putchar('\n');
		print_counts(set);
	}
}

/* ---- JSON ---- */

static void json_series(const struct dicom_set *set, const struct dicom_series *s)
{
	const struct dicom_geometry *g = &s->geometry;
	struct identity id;
	char buf[32];
	double mm;

	cli_json_begin('{');
	cli_json_string("series", s->selector);
	if (s->has_number)
		cli_json_int("number", s->number);
	else
		cli_json_null("number");
	cli_json_string("description", s->description);
	cli_json_string("kind", s->kind);
	cli_json_string("modality", s->modality);
	cli_json_int("slices", (long long)s->n_images);
	cli_json_int("volumes", s->list.n ? (long long)s->list.n : 1);
	cli_json_int("columns", (long long)g->grid.size[0]);
	cli_json_int("rows", (long long)g->grid.size[1]);
	cli_json_key("spacing");
	cli_json_begin('[');
	for (int a = 0; a < 3; a++)
		if (spacing(s, a, &mm))
			cli_json_raw(NULL, vol_number(buf, mm));
		else
			cli_json_null(NULL);
	cli_json_end(']');
	cli_json_bool("regular", g->problem == DICOM_REGULAR);
	cli_json_raw("shear_degrees", vol_number(buf, round(g->shear_degrees * 1e4) / 1e4));
	cli_json_string("problem", g->problem ? dicom_problem_name(g->problem) : NULL);
	cli_json_string("detail", g->problem ? g->detail : NULL);
	if (keep_identifiers) {
		identify(set, s, &id);
		for (int i = 0; i < SHOWN; i++)
			cli_json_string(shown[i], id.value[i]);
		forget(&id);
	}
	cli_json_end('}');
}

static void print_json(const struct dicom_set *set, const struct dicom_series_list *list)
{
	size_t n[DICOM_UNSUPPORTED];

	count(set, n);
	cli_json_begin('{');
	cli_json_int("files", (long long)set->n_files);
	cli_json_key("counts");
	cli_json_begin('{');
	for (int s = 0; s < DICOM_UNSUPPORTED; s++)
		cli_json_int(dicom_status_name((enum dicom_status)s), (long long)n[s]);
	cli_json_end('}');
	cli_json_key("series");
	cli_json_begin('[');
	for (size_t i = 0; i < list->n; i++)
		json_series(set, &list->series[i]);
	cli_json_end(']');
	if (list_files) {
		cli_json_key("list");
		cli_json_begin('[');
		for (size_t i = 0; i < set->n_files; i++) {
			cli_json_begin('{');
			cli_json_string("path", set->files[i].path);
			cli_json_string("status", dicom_status_name(set->files[i].status));
			cli_json_string("reason", set->files[i].reason);
			cli_json_end('}');
		}
		cli_json_end(']');
	}
	cli_json_end('}');
}

int main(int argc, char **argv)
{
	struct vol_err err;
	struct dicom_paths paths;
	struct dicom_set set;
	struct dicom_series_list list = {0};
	int n, rc;
	char **operands = cli_parse(&tool, argc, argv, &n);

	if (n == 0 && !files0_from)
		cli_usage("name a folder or files");
	if (as_json && as_tsv)
		cli_usage("--json and --tsv are two answers; choose one");
	if (dicom_paths_collect(operands, (size_t)n, files0_from, &paths, &err) < 0)
		cli_fail(&err);
	rc = dicom_scan(&paths, par_threads(cli.threads), false, cli_progress, "files", &set, &err);
	cli_progress_done();
	if (rc == 0)
		rc = dicom_series_find(&set, split, &list, &err);
	if (rc < 0)
		cli_fail(&err);
	if (as_json)
		print_json(&set, &list);
	else
		print_table(&set, &list);
	dicom_series_free(&list);
	dicom_set_free(&set);
	cli_finish_stdout();
	return 0;
}
