/* tif2vol - a TIFF stack, or TIFF files of a slice each, to a vol stream. */
#include <string.h>

#include "beside.h"
#include "cli/cli.h"
#include "io/outfile.h"
#include "tiff.h"

static struct cli_lengths spacing;
static const char *like;
static struct tiff_read how;

static const struct cli_opt opts[] = {
	{.letter = 's', .name = "spacing", .type = CLI_LENGTHS, .value = &spacing, .arg = "X,Y,Z",
	 .help = "distance of voxels in mm, for files that do not tell it, or instead of what they tell"},
	{.name = "like", .type = CLI_FILE, .value = &like, .arg = "FILE",
	 .help = "the grid of this volume, in any format, of the same sizes"},
	{.name = "slices", .type = CLI_FLAG, .value = &how.slices,
	 .help = "all pages are slices, whatever ImageJ's description says of channels and frames"},
	{.name = "as-given", .type = CLI_FLAG, .value = &how.as_given, .how = true,
	 .help = "slices in the order of the operands, not by the numbers in their names"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "tif2vol",
	.purpose = "read a TIFF stack, or a TIFF file a slice, as a volume stream",
	.operands = "[IN...]",
	.max_operands = -1,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.opts = opts,
	.example = "vol2tif ct.vol -o ct.tif && tif2vol ct.tif | volinfo",
	.see_also = "vol2tif(1), nrrd2vol(1), volorient(1), volinfo(1), volstream(5)",
};

static void take_spacing(void)
{
	for (int a = 0; a < 3 && spacing.given; a++) {
		if (spacing.unit[a] > CLI_MM || !(spacing.v[a] > 0))
			cli_usage("--spacing: mm, more than 0");
		how.place.spacing[a] = spacing.v[a];
	}
}

static bool from_stdin(char **operands, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(operands[i], "-") == 0)
			return true;
	return n == 0;
}

int main(int argc, char **argv)
{
	static char *nothing[] = {NULL};
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct vol_grid grid;
	struct vol_head head;
	struct vol_err err;
	struct vol_in *in;

	if (like && spacing.given)
		cli_usage("--like gives the spacing too: leave out --spacing");
	if (like && strcmp(like, "-") == 0 && from_stdin(operands, n))
		cli_usage("--like - and the slices cannot both come from stdin");
	take_spacing();
	if (like && beside_grid(like, &grid, &err) < 0)
		cli_fail(&err);
	how.place.grid = like ? &grid : NULL;
	in = tiff_open(n ? operands : nothing, n ? (size_t)n : 1, &how, &head, &err);
	if (format_load(in, &head, cli_history(), cli.output, cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, cli_progress, &err) < 0)
		cli_fail(&err);
	return 0;
}
