/* dcm2vol - one DICOM series to a vol stream. */
#include <string.h>

#include "cli/cli.h"
#include "dicom/scan.h"
#include "dicom/volume.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "io/vol.h"
#include "par.h"

static const char *series_selector, *files0_from;
static bool keep_identifiers;

static const struct cli_opt opts[] = {
	{.letter = 'S', .name = "series", .type = CLI_STRING, .value = &series_selector, .arg = "SEL",
	 .help = "series to take: number, NUMBER.K, or UID (see dcmls)",
	 .how = true},
	{.name = "files0-from", .type = CLI_FILE, .value = &files0_from, .arg = "FILE",
	 .help = "more names from FILE ('-': stdin), ended by NUL or newline", .how = true},
	{.name = "keep-identifiers", .type = CLI_FLAG, .value = &keep_identifiers,
	 .help = "let patient and study identifiers into the stream"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "dcm2vol",
	.purpose = "turn one DICOM series into a volume stream, or say why it is none",
	.operands = "FOLDER|FILE|DICOMDIR...",
	.max_operands = -1,
	.wants = CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "dcm2vol series/ | volhu | vol2nii -o ct.nii.gz",
	.see_also = "dcmls(1), volhu(1), vol2nii(1), vol2nrrd(1), volstream(5)",
};

/* What was left out: with -v the names, and how many. An empty file is worth a warning: it may
 * have been a slice once. */
static void note_left_out(const struct dicom_set *set, bool warn)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n_files; i++) {
		const struct dicom_file *f = &set->files[i];

		if (f->status == DICOM_USED || f->status == DICOM_DUPLICATE)
			continue;
		n++;
		if (warn && f->status == DICOM_NOT_DICOM && f->reason && strcmp(f->reason, "empty file") == 0)
			vol_warn(f->path, "is empty, left out");
		vol_note(f->path, "left out, %s: %s", dicom_status_name(f->status), f->reason ? f->reason : "");
	}
	if (n)
		vol_note("", "%zu of %zu files left out", n, set->n_files);
}

/* A file that cannot be read, or whose header was cut, may belong to any series: nothing says that
 * no slice is lost with it. */
static int refuse_unknown(const struct dicom_set *set, struct vol_err *err)
{
	for (size_t i = 0; i < set->n_files; i++) {
		const struct dicom_file *f = &set->files[i];

		if (f->status == DICOM_UNREADABLE)
			return vol_fail(err, f->path, "%s", f->reason);
		if (f->status == DICOM_TRUNCATED && !f->series_uid)
			return vol_fail(err, f->path, "%s [truncated]", f->reason);
	}
	return 0;
}

static int convert(const struct dicom_set *set, const struct dicom_series *series, const char *subject,
                   struct vol_err *err)
{
	struct vol_head head;
	struct vol_in *in = dicom_volume_open(set, series, par_threads(cli.threads), keep_identifiers, subject,
	                                      &head, err);
	struct vol_out *out = NULL;
	int rc = -1;

	if (!in)
		return -1;
	if (key_history(&head, cli_history(), err) == 0)
		out = vol_create(cli.output, cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, &head, err);
	if (out) {
		vol_progress(in, cli_progress, NULL);
		rc = vol_copy(in, out, err);
		if (rc == 0)
			rc = vol_finish(out, err);
		else
			vol_abandon(out);
	}
	vol_close(in);
	vol_head_free(&head);
	return rc;
}

int main(int argc, char **argv)
{
	struct vol_err err;
	struct dicom_paths paths;
	struct dicom_set set;
	struct dicom_series_list list = {0};
	struct dicom_series *series;
	int n, rc = -1;
	char **operands = cli_parse(&tool, argc, argv, &n);
	const char *subject = n == 1 ? operands[0] : "input";

	if (n == 0 && !files0_from)
		cli_usage("name a folder or files");
	if (dicom_paths_collect(operands, (size_t)n, files0_from, &paths, &err) < 0)
		cli_fail(&err);
	if (dicom_scan(&paths, par_threads(cli.threads), true, cli_progress, "files", &set,
	               &err) == 0 &&
	    dicom_series_find(&set, &list, &err) == 0) {
		cli_progress_done();
		series = refuse_unknown(&set, &err) < 0 ? NULL :
			dicom_series_choose(&set, &list, series_selector, subject, &err);
		note_left_out(&set, series != NULL);
		if (series)
			rc = convert(&set, series, subject, &err);
	}
	dicom_series_free(&list);
	dicom_set_free(&set);
	if (rc < 0)
		cli_fail(&err);
	return 0;
}
