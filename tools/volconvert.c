/* volconvert - any volume to any other format, told by its content and by the name of the result. */
#include <string.h>

#include "cli/cli.h"
#include "dicom/one.h"
#include "format.h"
#include "io/outfile.h"
#include "par.h"

static bool no_clobber, verify;

static const struct cli_opt opts[] = {
	{.name = "verify", .type = CLI_FLAG, .value = &verify, .how = true,
	 .help = "read the file back from the disk and compare voxels, grid and scaling"},
	{.name = "no-clobber", .type = CLI_FLAG, .value = &no_clobber, .how = true,
	 .help = "refuse to replace an existing file"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "volconvert",
	.purpose = "convert a volume from any format to any other",
	.operands = "IN OUT",
	.min_operands = 2,
	.max_operands = 2,
	.wants = CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "volconvert ct.nii.gz ct.nrrd",
	.see_also = "dcm2vol(1), vol2dcm(1), nii2vol(1), vol2nii(1), nrrd2vol(1), vol2nrrd(1), volcmp(1)",
};

static struct vol_in *open_any(char *path, struct dicom_one *dicom, struct vol_head *head, struct vol_err *err)
{
	struct dicom_ask ask = {.operands = &path, .n = 1, .subject = path, .threads = par_threads(cli.threads),
	                        .progress = cli_progress, .ctx = "files"};
	struct vol_in *in;

	if (!dicom_is(path))
		return format_open(path, head, err);
	in = dicom_one_open(dicom, &ask, head, err);
	cli_progress_done();
	return in;
}

/* Where the result is no vol stream: the format that its name says. */
static const struct vol_format *format_for(const char *path)
{
	const struct vol_format *f = format_by_suffix(path);
	size_t n = strlen(path);

	/* DICOM: its writer has to be told more than a name says */
	if ((n > 0 && path[n - 1] == '/') || format_has_suffix(path, ".dcm"))
		cli_usage("%s: DICOM asks whose it is and what: write it with vol2dcm", path);
	if (f && !f->encode)
		cli_usage("%s: %s is only read, never written", path, f->name);
	if (!f)
		cli_usage("%s: no format has such a name: end it in .vol, .nii.gz, .nrrd, ...", path);
	return f;
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	const char *to = operands[1];
	bool stream = strcmp(to, "-") == 0 || format_has_suffix(to, ".vol");
	const struct vol_format *f = stream ? NULL : format_for(to);
	struct format_write how = {.threads = par_threads(cli.threads), .verify = verify,
	                           .flags = no_clobber ? OUTFILE_NO_CLOBBER : 0,
	                           .detached = format_has_suffix(to, ".nhdr")};
	struct dicom_one dicom = {0};
	struct vol_head head;
	struct vol_err err;
	struct vol_in *in;

	if (stream && verify)
		cli_usage("--verify is for other formats: a volume stream is the voxels as they came");
	in = open_any(operands[0], &dicom, &head, &err);
	if (!in)
		cli_fail(&err);
	if (format_put(f, in, &head, cli_history(), to, &how, cli_progress, &err) < 0)
		cli_fail(&err);
	dicom_one_close(&dicom);
	return 0;
}
