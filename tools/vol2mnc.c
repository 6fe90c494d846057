/* vol2mnc - a vol stream to a MINC file. */
#include "cli/cli.h"
#include "format.h"
#include "io/outfile.h"
#include "par.h"

static int level = -1;
static bool best, verify;

static const struct cli_opt opts[] = {
	{'z', "compress", CLI_INT, &level, "LEVEL",
	 "level 1 (fast) to 9 (small), or 0 for none; default: none", .lo = 0, .hi = 9, .how = true},
	{0, "best", CLI_FLAG, &best, NULL, "compress as well as zlib can, slowly: level 9", .how = true},
	{.name = "verify", .type = CLI_FLAG, .value = &verify, .how = true,
	 .help = "read the file back from the disk and compare voxels, grid and scaling"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "vol2mnc",
	.purpose = "write a volume stream as MINC 2",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "volhu ct.vol | vol2mnc -z 2 -o ct.mnc",
	.see_also = "mnc2vol(1), vol2nii(1), volhu(1), volinfo(1), volstream(5)",
};

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct format_write how = {.threads = par_threads(cli.threads)};
	struct vol_err err;

	level = cli_level(level, best);
	if (cli.output && format_has_suffix(cli.output, ".gz"))
		cli_usage("%s: MINC 2 is compressed inside: name it .mnc and give --compress", cli.output);
	how.level = level > 0 ? level : 0;
	cli_verify(verify);
	how.verify = verify;
	how.flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0;
	if (format_save(&vol_format_minc, operands[0], cli.output, &how, cli_progress, &err) < 0)
		cli_fail(&err);
	return 0;
}
