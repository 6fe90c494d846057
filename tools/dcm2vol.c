/* dcm2vol - one DICOM series to a vol stream. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "dicom/one.h"
#include "format.h"
#include "gradients.h"
#include "io/outfile.h"
#include "par.h"

static const char *series_selector, *files0_from;
static const char *accepted;
static bool keep_identifiers, regrid, untilt;
static struct gradients_want tables;

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
	{.name = "bval", .type = CLI_FILE, .value = &tables.bval, .arg = "FILE", .how = true,
	 .help = "b-values of the volumes to FILE, as FSL has them"},
	{.name = "bvec", .type = CLI_FILE, .value = &tables.bvec, .arg = "FILE", .how = true,
	 .help = "gradient directions to FILE, as FSL has them: along the axes of the voxels"},
	{.name = "bvec-scanner", .type = CLI_FILE, .value = &tables.bvec_scanner, .arg = "FILE", .how = true,
	 .help = "gradient directions to FILE, in patient space (RAS)"},
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

int main(int argc, char **argv)
{
	int n, flags;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct dicom_ask ask = {
		.operands = operands, .n = (size_t)n, .files0_from = files0_from, .series = series_selector,
		.subject = n == 1 ? operands[0] : "input", .threads = par_threads(cli.threads),
		.identifiers = keep_identifiers, .progress = cli_progress, .ctx = "files",
		.repair = {.regrid = regrid, .untilt = untilt},
	};
	struct dicom_one one;
	struct vol_head head;
	struct vol_err err;
	struct vol_in *in;
	struct gradients *written;

	char why[200], *line = NULL;
	const char *history;

	flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0;
	if (n == 0 && !files0_from)
		cli_usage("name a folder or files");
	if (accepted && !dicom_repair_accept(accepted, &ask.repair.accept, why, sizeof why))
		cli_usage("--accept: %s", why);
	if (gradients_clash(&tables, cli.output))
		cli_usage("'%s' cannot be --bval, --bvec or --bvec-scanner as well: each needs a file of its own",
		          gradients_clash(&tables, cli.output));
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
	/* the tables get their names when the volume has its own: who finds them finds it */
	if (gradients_write(&head, &tables, flags, ask.subject, &written, &err) < 0)
		cli_fail(&err);
	if (format_load(in, &head, history, cli.output, flags, cli_progress, &err) < 0) {
		gradients_abandon(written);
		cli_fail(&err);
	}
	if (gradients_commit(written, &err) < 0)
		cli_fail(&err);
	dicom_one_close(&one);
	free(line);
	return 0;
}
