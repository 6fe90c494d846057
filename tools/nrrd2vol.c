/* nrrd2vol - an NRRD file to a vol stream. */
#include "cli/cli.h"
#include "format.h"
#include "io/outfile.h"

static const struct cli_tool tool = {
	.name = "nrrd2vol",
	.purpose = "read an NRRD file as a volume stream",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.example = "nrrd2vol ct.nrrd | vol2nii -o ct.nii.gz",
	.see_also = "vol2nrrd(1), nii2vol(1), volhu(1), volinfo(1), volstream(5)",
};

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct vol_head head;
	struct vol_err err;
	struct vol_in *in = vol_format_nrrd.decode(operands[0], &head, &err);

	if (format_load(in, &head, cli_history(), cli.output, cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, cli_progress, &err) < 0)
		cli_fail(&err);
	return 0;
}
