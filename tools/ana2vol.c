/* ana2vol - an Analyze 7.5 pair to a vol stream. */
#include "analyze.h"
#include "cli/cli.h"
#include "io/outfile.h"

static struct analyze_read how;

static const struct cli_opt opts[] = {
	{.name = "orient", .type = CLI_STRING, .value = &how.axes, .arg = "WORD",
	 .help = "which side is left: radiological (x runs to the left), neurological (to the right), or all axes as "
	         "LAS, RPS, ..."},
	{.name = "plain", .type = CLI_FLAG, .value = &how.plain, .help = "do not read SPM's origin and slope"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "ana2vol",
	.purpose = "read an Analyze 7.5 pair (.hdr, .img) as a volume stream",
	.operands = "FILE.hdr",
	.min_operands = 1,
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.opts = opts,
	.example = "ana2vol --orient radiological hu.hdr -o hu.vol",
	.see_also = "vol2ana(1), nii2vol(1), volorient(1), volinfo(1), volstream(5)",
};

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct vol_head head;
	struct vol_err err;
	struct vol_in *in;

	if (how.axes && !analyze_axes_known(how.axes))
		cli_usage("--orient is radiological, neurological or three letters such as LAS, not '%s'", how.axes);
	in = analyze_open(operands[0], &how, &head, &err);
	if (format_load(in, &head, cli_history(), cli.output, cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, cli_progress, &err) < 0)
		cli_fail(&err);
	return 0;
}
