/* npy2vol - an array of NumPy to a vol stream. */
#include <string.h>

#include "beside.h"
#include "cli/cli.h"
#include "io/outfile.h"
#include "npy.h"

static struct cli_lengths spacing;
static const char *like, *member;
static bool colour;
static int axes;

static const char *const orders[] = {"zyx", "xyz", NULL};

static const struct cli_opt opts[] = {
	{.letter = 's', .name = "spacing", .type = CLI_LENGTHS, .value = &spacing, .arg = "MM",
	 .help = "distance of voxels, one for all or x,y,z; axes then are left, posterior, superior"},
	{.name = "like", .type = CLI_FILE, .value = &like, .arg = "FILE",
	 .help = "the grid of this volume, in any format, of the same sizes"},
	{.name = "axes", .type = CLI_CHOICE, .value = &axes, .arg = "ORDER", .choices = orders,
	 .help = "order of the array's axes: as in images, or as nibabel has them"},
	{.name = "colour", .type = CLI_FLAG, .value = &colour,
	 .help = "the last axis is colour, of 3 or 4, and not one in space"},
	/* what members are called is not ours to carry on */
	{.name = "member", .type = CLI_STRING, .value = &member, .arg = "NAME", .how = true,
	 .help = "the array of an archive; default: data, or volume, or the only one"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "npy2vol",
	.purpose = "read a NumPy array, .npy or .npz, as a volume stream",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.opts = opts,
	.example = "vol2npy hu.vol | npy2vol --like ct.nii.gz -o back.vol",
	.see_also = "vol2npy(1), raw2vol(1), nii2vol(1), volinfo(1), volstream(5)",
};

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct npy_want want = {.xyz = axes == 1, .colour = colour, .member = member};
	struct vol_grid grid;
	struct vol_head head;
	struct vol_err err;
	struct vol_in *in;

	if (like && spacing.given)
		cli_usage("--like gives the spacing too: leave out --spacing");
	if (like && strcmp(like, "-") == 0 && (!operands[0] || strcmp(operands[0], "-") == 0))
		cli_usage("--like - and the array cannot both come from stdin");
	for (int a = 0; a < 3 && spacing.given; a++) {
		if (spacing.unit[a] > CLI_MM || !(spacing.v[a] > 0))
			cli_usage("--spacing: mm, more than 0");
		want.place.spacing[a] = spacing.v[a];
	}
	if (like && beside_grid(like, &grid, &err) < 0)
		cli_fail(&err);
	want.place.grid = like ? &grid : NULL;
	in = npy_open(operands[0], &want, &head, &err);
	if (format_load(in, &head, cli_history(), cli.output, cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, cli_progress, &err) < 0)
		cli_fail(&err);
	return 0;
}
