/* dcm2vol - one DICOM series to a vol stream. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "dicom/one.h"
#include "format.h"
#include "io/outfile.h"
#include "par.h"

static const char *series_selector, *files0_from;
static const char *accepted, *segment, *like;
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
	{.name = "segment", .type = CLI_STRING, .value = &segment, .arg = "N|NAME",
	 .help = "of a segmentation: this segment alone, as a mask", .how = true},
	{.name = "like", .type = CLI_FILE, .value = &like, .arg = "VOLUME",
	 .help = "of a segmentation: on the grid of this volume stream or DICOM series, on whose voxels its frames lie"},
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

/* The grid that --like lends: no voxel of it is read. */
static int lend(struct vol_grid *grid, struct vol_err *err)
{
	char *path = strdup(like);
	struct dicom_ask ask = {.operands = &path, .n = 1, .subject = like, .threads = par_threads(cli.threads)};
	struct dicom_one one = {0};
	struct vol_head head;
	struct vol_in *in;

	if (!path)
		return vol_fail(err, like, "out of memory");
	in = dicom_is(like) ? dicom_one_open(&one, &ask, &head, err) : vol_open(like, &head, err);
	if (in) {
		*grid = head.grid;
		vol_close(in);
		vol_head_free(&head);
	}
	dicom_one_close(&one);
	free(path);
	return in ? 0 : -1;
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
	struct vol_grid grid;
	struct dicom_one one;
	struct vol_head head;
	struct vol_err err;
	struct vol_in *in;

	char why[200], *line = NULL;
	const char *history;

	if (n == 0 && !files0_from)
		cli_usage("name a folder or files");
	if (like && strcmp(like, "-") == 0)
		cli_usage("--like: name a file or a folder");
	if (accepted && !dicom_repair_accept(accepted, &ask.repair.accept, why, sizeof why))
		cli_usage("--accept: %s", why);
	ask.segmentation.segment = segment;
	if (like) {
		if (lend(&grid, &err) < 0)
			cli_fail(&err);
		ask.segmentation.grid = &grid;
		ask.segmentation.grid_name = like;
	}
	in = dicom_one_open(&one, &ask, &head, &err);
	if (!in)
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
	dicom_one_close(&one);
	free(line);
	return 0;
}
