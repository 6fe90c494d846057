/* nii2vol - a NIfTI file to a vol stream. */
#include "cli/cli.h"
#include "io/outfile.h"
#include "nifti.h"

static int part;
static bool extensions;

static const char *const parts[] = {"refuse", "magnitude", "phase", "real", "imaginary", NULL};

static const struct cli_opt opts[] = {
	{.name = "complex", .type = CLI_CHOICE, .value = &part, .arg = "PART", .choices = parts,
	 .help = "what to take of complex numbers; phase in radians"},
	{.name = "keep-extensions", .type = CLI_FLAG, .value = &extensions,
	 .help = "take header extensions along for vol2nii; they may tell who the patient is"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "nii2vol",
	.purpose = "read a NIfTI file as a volume stream",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.opts = opts,
	.example = "nii2vol ct.nii.gz -o ct.vol",
	.see_also = "vol2nii(1), nrrd2vol(1), volhu(1), volinfo(1), volstream(5)",
};

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct nifti_want want = {.part = (enum recast_part)part, .extensions = extensions};
	struct vol_head head;
	struct vol_err err;
	struct vol_in *in = nifti_open(operands[0], &want, &head, &err);

	if (format_load(in, &head, cli_history(), cli.output, cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, cli_progress, &err) < 0)
		cli_fail(&err);
	return 0;
}
