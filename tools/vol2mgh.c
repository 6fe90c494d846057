/* vol2mgh - a vol stream to an MGH file. */
#include <string.h>

#include "cli/cli.h"
#include "format.h"
#include "gzip_out.h"
#include "io/outfile.h"
#include "par.h"

static int level = -1;
static bool best, verify;

static const struct cli_opt opts[] = {
	{'z', "compress", CLI_INT, &level, "LEVEL",
	 "gzip level 1 to 9, or 0 for none; 2 for a name that ends in z", .lo = 0, .hi = 9, .how = true},
	{0, "best", CLI_FLAG, &best, NULL, "compress as well as gzip can, slowly: level 9", .how = true},
	{.name = "verify", .type = CLI_FLAG, .value = &verify, .how = true,
	 .help = "read the file back from the disk and compare voxels, grid and scaling"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "vol2mgh",
	.purpose = "write a volume stream as a FreeSurfer volume (.mgh, .mgz)",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "volhu ct.vol | vol2mgh -o ct.mgz",
	.see_also = "mgh2vol(1), vol2nii(1), volhu(1), volcast(1), volcmp(1), volstream(5)",
};

/* The name decides whether the file is compressed, the level how well: they must not disagree. */
static void check_output(const char *path)
{
	bool plain;

	if (!path || strcmp(path, "-") == 0)
		return;
	plain = format_has_suffix(path, ".mgh");
	if (!plain && !format_has_suffix(path, ".mgz") && !format_has_suffix(path, ".mgh.gz"))
		cli_usage("%s: an MGH file ends in .mgh, .mgz or .mgh.gz", path);
	if (!plain && level == 0)
		cli_usage("%s: would not be compressed at level 0: name it .mgh", path);
	if (plain && level > 0)
		cli_usage("%s: would be compressed: name it .mgz", path);
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
	if (format_save(&vol_format_mgh, operands[0], cli.output, &how, cli_progress, &err) < 0)
		cli_fail(&err);
	return 0;
}
