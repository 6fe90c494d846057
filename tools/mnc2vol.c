/* mnc2vol - a MINC file to a vol stream. */
#include "cli/cli.h"
#include "format.h"
#include "io/outfile.h"

static const struct cli_tool tool = {
	.name = "mnc2vol",
	.purpose = "read a MINC file, version 1 or 2, as a volume stream",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.example = "mnc2vol hu.mnc -o hu.vol",
	.see_also = "vol2mnc(1), nii2vol(1), volhu(1), volinfo(1), volstream(5)",
};

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct vol_head head;
	struct vol_err err;
	struct vol_in *in = vol_format_minc.decode(operands[0], &head, &err);

	if (format_load(in, &head, cli_history(), cli.output, cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, cli_progress, &err) < 0)
		cli_fail(&err);
	return 0;
}
