/* vol2ana - a vol stream to an Analyze 7.5 pair. */
#include <string.h>

#include "analyze.h"
#include "cli/cli.h"
#include "io/outfile.h"
#include "pair.h"
#include "par.h"

static const char *const sides[] = {"radiological", "neurological", NULL};
static int side;
static const char *lossy;
static bool verify;

static const struct cli_opt opts[] = {
	{.name = "orient", .type = CLI_CHOICE, .value = &side, .arg = "WORD", .choices = sides,
	 .help = "which side x runs to, left or right; the file does not say it"},
	{.name = "lossy", .type = CLI_STRING, .value = &lossy, .arg = "WORD,...",
	 .help = "give up what Analyze cannot hold: oblique, shear, place, unit, labels, axis"},
	{.name = "verify", .type = CLI_FLAG, .value = &verify, .how = true,
	 .help = "read the file back from the disk and compare voxels, grid and scaling"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "vol2ana",
	.purpose = "write a volume stream as an Analyze 7.5 pair (.hdr, .img)",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "volorient LAS hu.vol | vol2ana --lossy place -o hu.hdr",
	.see_also = "ana2vol(1), vol2nii(1), volorient(1), volhu(1), volcmp(1), volstream(5)",
};

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct format_write how = {.neurological = side == 1, .lossy = lossy, .threads = par_threads(cli.threads)};
	const char *wrong = format_lossy_word(lossy, analyze_lossy);
	struct vol_err err;

	if (wrong)
		cli_usage("--lossy does not know '%.*s'", (int)strcspn(wrong, ","), wrong);
	if (!cli_to_stdout() && !pair_is(cli.output))
		cli_usage("%s: an Analyze pair ends in .hdr, .img, .hdr.gz or .img.gz", cli.output);
	cli_verify(verify);
	how.verify = verify;
	how.flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0;
	if (format_save(&vol_format_analyze, operands[0], cli.output, &how, cli_progress, &err) < 0)
		cli_fail(&err);
	return 0;
}
