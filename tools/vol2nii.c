/* vol2nii - a vol stream to a NIfTI file. */
#include <string.h>

#include "cli/cli.h"
#include "format.h"
#include "gzip_out.h"
#include "io/outfile.h"
#include "par.h"

static int level = -1;
static bool best, nifti2, plain, verify;

static const struct cli_opt opts[] = {
	{'z', "compress", CLI_INT, &level, "LEVEL",
	 "gzip level 1 to 9, or 0 for none; 2 for a name that ends in .gz", .lo = 0, .hi = 9, .how = true},
	{0, "best", CLI_FLAG, &best, NULL, "compress as well as gzip can, slowly: level 9", .how = true},
	{0, "nifti2", CLI_FLAG, &nifti2, NULL, "write NIfTI-2; without it only for sizes over 32767",
	 .how = true},
	{.name = "plain", .type = CLI_FLAG, .value = &plain, .how = true,
	 .help = "no extension: leave out what NIfTI has no field for (unit, labels, history)"},
	{.name = "verify", .type = CLI_FLAG, .value = &verify, .how = true,
	 .help = "read the file back from the disk and compare voxels, grid and scaling"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "vol2nii",
	.purpose = "write a volume stream as NIfTI",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "volhu ct.vol | vol2nii -o ct.nii.gz",
	.see_also = "nii2vol(1), vol2nrrd(1), volhu(1), volcmp(1), volstream(5)",
};

/* The name decides whether the file is compressed, the level how well: they must not disagree. */
static void check_output(const char *path)
{
	const char *const *s = vol_format_nifti.suffixes;
	bool gz;

	if (!path || strcmp(path, "-") == 0)
		return;
	while (*s && !format_has_suffix(path, *s))
		s++;
	if (!*s)
		cli_usage("%s: a NIfTI file ends in .nii, .nii.gz, .hdr, .img, .hdr.gz or .img.gz", path);
	gz = format_has_suffix(path, ".gz");
	if (gz && level == 0)
		cli_usage("%s: would not be compressed at level 0: name it without .gz", path);
	if (!gz && level > 0)
		cli_usage("%s: would be compressed: name it %s.gz", path, path);
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct format_write how = {.version2 = nifti2, .plain = plain, .threads = par_threads(cli.threads)};
	struct vol_err err;

	level = cli_level(level, best);
	check_output(cli.output);
	how.level = level > 0 ? level : 0;
	how.verify = verify;
	cli_verify(verify);
	how.flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0;
	if (format_save(&vol_format_nifti, operands[0], cli.output, &how, cli_progress, &err) < 0)
		cli_fail(&err);
	return 0;
}
