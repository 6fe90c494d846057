/* vol2mha - a vol stream to a MetaImage file. */
#include <string.h>

#include "cli/cli.h"
#include "format.h"
#include "io/outfile.h"
#include "par.h"

static int level = -1;
static bool best, verify;

static const struct cli_opt opts[] = {
	{.letter = 'z', .name = "compress", .type = CLI_INT, .value = &level, .arg = "LEVEL", .lo = 0, .hi = 9,
	 .how = true, .help = "zlib level 1 (fast) to 9 (small), or 0 for none; default: none"},
	{.name = "best", .type = CLI_FLAG, .value = &best, .how = true,
	 .help = "compress as well as zlib can, slowly: level 9"},
	{.name = "verify", .type = CLI_FLAG, .value = &verify, .how = true,
	 .help = "read the file back from the disk and compare voxels, grid and scaling"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "vol2mha",
	.purpose = "write a volume stream as MetaImage (.mha, .mhd)",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "volhu ct.vol | vol2mha -z 2 -o ct.mha",
	.see_also = "mha2vol(1), vol2nii(1), volhu(1), volinfo(1), volstream(5)",
};

/* Other programs know the format by its name only, and the name says whether the voxels stand in a file of their own. */
static void check_output(const char *path)
{
	if (!path || strcmp(path, "-") == 0 || format_has_suffix(path, ".mha") || format_has_suffix(path, ".mhd"))
		return;
	if (format_has_suffix(path, ".gz"))
		cli_usage("%s: MetaImage is compressed inside: name it .mha and give --compress", path);
	cli_usage("%s: a MetaImage file ends in .mha, or .mhd with its voxels in a second file", path);
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct format_write how = {.threads = par_threads(cli.threads)};
	struct vol_err err;

	level = cli_level(level, best);
	check_output(cli.output);
	how.level = level > 0 ? level : 0;
	how.verify = verify;
	cli_verify(verify);
	how.flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0;
	if (format_save(&vol_format_mha, operands[0], cli.output, &how, cli_progress, &err) < 0)
		cli_fail(&err);
	return 0;
}
