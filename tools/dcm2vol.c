/* dcm2vol - one DICOM series to a vol stream. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "dicom/one.h"
#include "dicom/sidecar.h"
#include "format.h"
#include "io/outfile.h"
#include "par.h"

static const char *series_selector, *files0_from;
static const char *accepted, *json;
static bool keep_identifiers, regrid, untilt;

static const struct cli_opt opts[] = {
	{.letter = 'S', .name = "series", .type = CLI_STRING, .value = &series_selector, .arg = "SEL",
	 .help = "series to take: number, NUMBER.K, or UID (see dcmls)",
	 .how = true},
	{.name = "files0-from", .type = CLI_FILE, .value = &files0_from, .arg = "FILE",
	 .help = "more names from FILE ('-': stdin), ended by NUL or newline", .how = true},
	{.name = "regrid", .type = CLI_FLAG, .value = &regrid,
	 .help = "interpolate missing and unevenly spaced slices onto a regular grid"},
	{.name = "untilt", .type = CLI_FLAG, .value = &untilt,
	 .help = "shear a tilted stack back to an upright grid; padding where nothing was measured"},
	{.name = "accept", .type = CLI_STRING, .value = &accepted, .arg = "REASON,...",
	 .help = "take the slices as they are where this is wrong with them: the names in brackets of the errors"},
	{.name = "json", .type = CLI_FILE, .value = &json, .arg = "FILE",
	 .help = "write what the series says of how it was made to FILE, as BIDS keeps it beside a volume",
	 .how = true},
	{.name = "keep-identifiers", .type = CLI_FLAG, .value = &keep_identifiers,
	 .help = "let patient and study identifiers into the stream"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "dcm2vol",
	.purpose = "turn one DICOM series into a volume stream, or say why it is none",
	.operands = "FOLDER|FILE|DICOMDIR|ARCHIVE|-...",
	.max_operands = -1,
	.wants = CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "dcm2vol series/ | volhu | vol2nii -o ct.nii.gz",
	.see_also = "dcmls(1), vol2dcm(1), volhu(1), vol2nii(1), vol2nrrd(1), volstream(5)",
};

/* The sidecar, written but without its name: it gets that once the volume is whole. NULL with err. */
static struct outfile *sidecar(const struct dicom_one *one, const char *subject, struct vol_err *err)
{
	struct sidecar_ask ask = {.identifiers = keep_identifiers, .regridded = regrid && one->straight.m};
	char *text = dicom_sidecar(&one->set, one->series, &ask, subject, err);
	struct outfile *out = text ? outfile_create(json, cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, err) : NULL;

	if (out && outfile_write(out, text, strlen(text), err) < 0) {
		outfile_abandon(out);
		out = NULL;
	}
	free(text);
	return out;
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct dicom_ask ask = {
		.operands = operands, .n = (size_t)n, .files0_from = files0_from, .series = series_selector,
		.subject = n == 1 ? operands[0] : "input", .threads = par_threads(cli.threads),
		.identifiers = keep_identifiers, .progress = cli_progress, .ctx = "files",
		.repair = {.regrid = regrid, .untilt = untilt},
	};
	struct dicom_one one;
	struct vol_head head;
	struct outfile *beside = NULL;
	struct vol_err err;
	struct vol_in *in;

	char why[200], *line = NULL;
	const char *history;

	if (n == 0 && !files0_from)
		cli_usage("name a folder or files");
	if (accepted && !dicom_repair_accept(accepted, &ask.repair.accept, why, sizeof why))
		cli_usage("--accept: %s", why);
	if (json && cli.output && strcmp(json, "-") != 0 && strcmp(json, cli.output) == 0)
		cli_usage("--json and -o name the same file");
	if (json && strcmp(json, "-") == 0 && (!cli.output || strcmp(cli.output, "-") == 0))
		cli_usage("--json -: stdout is where the volume goes; give the volume a name with -o");
	in = dicom_one_open(&one, &ask, &head, &err);
	if (!in)
		cli_fail(&err);
	if (json && !(beside = sidecar(&one, ask.subject, &err)))
		cli_fail(&err);
	cli_progress_done();
	history = cli_history();
	if (one.repaired) {
		if (asprintf(&line, "%s; %s", history, one.repaired) < 0) {
			vol_fail(&err, "", "out of memory");
			cli_fail(&err);
		}
		history = line;
	}
	if (format_load(in, &head, history, cli.output, cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, cli_progress, &err) < 0)
		cli_fail(&err);
	if (beside && outfile_commit(beside, &err) < 0)
		cli_fail(&err);
	dicom_one_close(&one);
	free(line);
	return 0;
}
