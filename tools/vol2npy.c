/* vol2npy - a vol stream to an array of NumPy. */
#include "cli/cli.h"
#include "format.h"
#include "io/outfile.h"
#include "par.h"

static int level = -1;
static bool best, npz, verify;

static const struct cli_opt opts[] = {
	{.letter = 'z', .name = "compress", .type = CLI_INT, .value = &level, .arg = "LEVEL", .lo = 0, .hi = 9, .how = true,
	 .help = "deflate level 1 (fast) to 9 (small), or 0 for none; default: none. Only .npz"},
	{.name = "best", .type = CLI_FLAG, .value = &best, .how = true,
	 .help = "compress as well as deflate can, slowly: level 9"},
	{.name = "npz", .type = CLI_FLAG, .value = &npz, .how = true,
	 .help = "write an archive, whatever the name, or none; default: when it ends in .npz"},
	{.name = "verify", .type = CLI_FLAG, .value = &verify, .how = true,
	 .help = "read the file back from the disk and compare voxels, grid and scaling"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "vol2npy",
	.purpose = "write a volume stream as a NumPy array, .npy or .npz",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "vol2npy hu.vol -o hu.npz",
	.see_also = "npy2vol(1), vol2raw(1), vol2nii(1), volhu(1), volstream(5)",
};

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct format_write how = {.threads = par_threads(cli.threads), .verify = verify};
	const struct vol_format *f;
	struct vol_err err;

	level = cli_level(level, best);
	f = npz || (cli.output && format_has_suffix(cli.output, ".npz")) ? &vol_format_npz : &vol_format_npy;
	if (f == &vol_format_npy && level > 0)
		cli_usage("a .npy is never compressed: name it .npz, or give --npz");
	if (npz && cli.output && format_has_suffix(cli.output, ".npy"))
		cli_usage("%s: would be an archive: name it .npz", cli.output);
	cli_verify(verify);
	how.level = level > 0 ? level : 0;
	how.flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0;
	if (format_save(f, operands[0], cli.output, &how, cli_progress, &err) < 0)
		cli_fail(&err);
	return 0;
}
