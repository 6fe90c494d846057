/* vol2raw - the voxels of a vol stream and nothing else. */
#include "cli/cli.h"
#include "format.h"
#include "io/outfile.h"

static int endian;
static bool verify;

static const char *const endians[] = {"little", "big", NULL};

static const struct cli_opt opts[] = {
	{.name = "endian", .type = CLI_CHOICE, .value = &endian, .arg = "ORDER", .choices = endians, .how = true,
	 .help = "order of bytes, little when not said"},
	{.name = "verify", .type = CLI_FLAG, .value = &verify, .how = true,
	 .help = "read the file back from the disk and compare the voxels"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "vol2raw",
	.purpose = "write the voxels of a volume stream alone",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.opts = opts,
	.example = "vol2raw hu.vol -o hu.raw",
	.see_also = "raw2vol(1), vol2npy(1), vol2nrrd(1), volhu(1), volstream(5)",
};

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct format_write how = {.big = endian == 1, .verify = verify};
	struct vol_err err;

	cli_verify(verify);
	how.flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0;
	if (format_save(&vol_format_raw, operands[0], cli.output, &how, cli_progress, &err) < 0)
		cli_fail(&err);
	return 0;
}
