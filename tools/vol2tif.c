/* vol2tif - a vol stream to a TIFF stack, or to a TIFF file a slice. */
#include "cli/cli.h"
#include "io/outfile.h"
#include "io/pattern.h"
#include "par.h"
#include "tiff.h"

/* as enum tiff_compress */
static const char *const methods[] = {"none", "deflate", "lzw", "zstd", NULL};
static int method, level;
static bool bigtiff, verify;

static const struct cli_opt opts[] = {
	{.letter = 'z', .name = "compress", .type = CLI_CHOICE, .value = &method, .arg = "METHOD", .choices = methods,
	 .how = true, .help = "voxels, as differences along x"},
	{.letter = 'l', .name = "level", .type = CLI_INT, .value = &level, .arg = "LEVEL", .lo = 1, .hi = 19, .how = true,
	 .help = "from 1, fast, to 9 for deflate (default 2) and 19 for zstd (3)"},
	{.name = "bigtiff", .type = CLI_FLAG, .value = &bigtiff, .how = true,
	 .help = "write BigTIFF; without it only for what could come near 4 GiB"},
	{.name = "verify", .type = CLI_FLAG, .value = &verify, .how = true,
	 .help = "read the file back from the disk and compare voxels, grid and scaling"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "vol2tif",
	.purpose = "write a volume stream as a TIFF stack, or a file a slice",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "vol2tif hu.vol -o 'slice{:03d}.tif'",
	.see_also = "tif2vol(1), vol2nrrd(1), vol2nii(1), volhu(1), volcast(1), volstream(5)",
};

static void check_options(void)
{
	bool to_stdout = cli_to_stdout();

	if (level && method != TIFF_DEFLATE && method != TIFF_ZSTD)
		cli_usage("--level is for --compress deflate or zstd");
	if (method == TIFF_DEFLATE && level > 9)
		cli_usage("--level: deflate has 1 to 9");
	if (!to_stdout && !format_has_suffix(cli.output, ".tif") && !format_has_suffix(cli.output, ".tiff"))
		cli_usage("%s: a TIFF file ends in .tif or .tiff", cli.output);
	cli_verify(verify);
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct format_write how = {.threads = par_threads(cli.threads), .verify = verify, .bigtiff = bigtiff,
	                           .compress = method, .level = level};
	struct vol_err err;

	check_options();
	how.flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0;
	if (format_save(&vol_format_tiff, operands[0], cli.output, &how, cli_progress, &err) < 0)
		cli_fail(&err);
	return 0;
}
