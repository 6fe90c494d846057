/* raw2vol - voxels of which only the user knows what they are, to a vol stream. */
#include <math.h>
#include <string.h>

#include "bare.h"
#include "beside.h"
#include "cli/cli.h"
#include "io/outfile.h"
#include "raw.h"

static struct cli_lengths spacing;
static const char *size, *origin, *directions, *like;
static int type = -1, endian, skip, channels = 1;

/* in the order of enum voxel_type */
static const char *const types[] = {"uint8", "int8", "uint16", "int16", "uint32", "int32", "float", "double", NULL};
static const char *const endians[] = {"little", "big", NULL};

static const struct cli_opt opts[] = {
	{.letter = 'n', .name = "size", .type = CLI_STRING, .value = &size, .arg = "X,Y,Z[,T]",
	 .help = "voxels along each axis; x is fastest"},
	{.letter = 't', .name = "type", .type = CLI_CHOICE, .value = &type, .arg = "TYPE", .choices = types,
	 .help = "of the numbers"},
	{.name = "endian", .type = CLI_CHOICE, .value = &endian, .arg = "ORDER", .choices = endians,
	 .help = "order of bytes, little when not said"},
	{.name = "skip", .type = CLI_INT, .value = &skip, .arg = "BYTES", .lo = 0, .hi = 0x7fffffff,
	 .help = "before the first voxel, such as a header"},
	{.name = "channels", .type = CLI_INT, .value = &channels, .arg = "N", .lo = 1, .hi = 4,
	 .help = "numbers a voxel: 3 or 4 for colour"},
	{.letter = 's', .name = "spacing", .type = CLI_LENGTHS, .value = &spacing, .arg = "MM",
	 .help = "distance of voxels, one for all or x,y,z"},
	{.name = "origin", .type = CLI_STRING, .value = &origin, .arg = "X,Y,Z",
	 .help = "centre of the first voxel, mm, LPS; default: 0,0,0"},
	{.name = "directions", .type = CLI_STRING, .value = &directions, .arg = "LPS,...",
	 .help = "9 numbers: where x, y, z lead; mm a step, if no --spacing"},
	{.name = "like", .type = CLI_FILE, .value = &like, .arg = "FILE",
	 .help = "the grid of this volume, sizes too, in any format"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "raw2vol",
	.purpose = "read raw voxels as a volume stream",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.opts = opts,
	.example = "vol2raw hu.vol | raw2vol --type int16 --like ct.nrrd -o back.vol",
	.see_also = "vol2raw(1), npy2vol(1), nrrd2vol(1), volinfo(1), volstream(5)",
};

/* Numbers with commas between them, as many as count. */
static void parse_numbers(const char *option, const char *text, double *x, int count)
{
	char word[64];

	for (int i = 0; i < count; i++) {
		size_t n = strcspn(text, ",");

		if (n < sizeof word) {
			memcpy(word, text, n);
			word[n] = '\0';
		}
		if (n >= sizeof word || !vol_parse_number(word, &x[i]) || !isfinite(x[i]) || (text[n] == ',') != (i < count - 1))
			cli_usage("%s: %d numbers with commas between them", option, count);
		text += n + 1;
	}
}

static void parse_size(struct vol_head *head)
{
	double n[4];
	int commas = 0, count;

	for (const char *c = size; *c; c++)
		commas += *c == ',';
	count = commas + 1;
	if (count != 3 && count != 4)
		cli_usage("--size: 3 or 4 numbers with commas between them");
	parse_numbers("--size", size, n, count);
	for (int a = 0; a < count; a++) {
		if (!(n[a] >= 1 && n[a] <= 0x1p53 && n[a] == floor(n[a])))
			cli_usage("--size: whole numbers, more than 0");
		*(a < 3 ? &head->grid.size[a] : &head->list) = (uint64_t)n[a];
	}
}

/* What the user says, as a header. */
static int make_head(struct vol_head *head, struct vol_err *err)
{
	double first[3], axes[9];
	struct bare_place place = {.origin = origin ? first : NULL, .directions = directions ? axes : NULL};
	struct vol_grid grid;

	vol_head_init(head);
	head->type = (enum voxel_type)type;
	head->channels = (unsigned)channels;
	if (origin)
		parse_numbers("--origin", origin, first, 3);
	if (directions)
		parse_numbers("--directions", directions, axes, 9);
	for (int a = 0; a < 3 && spacing.given; a++) {
		if (spacing.unit[a] > CLI_MM || !(spacing.v[a] > 0))
			cli_usage("--spacing: mm, more than 0");
		place.spacing[a] = spacing.v[a];
	}
	if (like) {
		if (beside_grid(like, &grid, err) < 0)
			return -1;
		place.grid = &grid;
		memcpy(head->grid.size, grid.size, sizeof grid.size);
	}
	if (size)
		parse_size(head);
	return bare_grid(&place, &head->grid, "raw voxels", err);
}

static void check_options(char **operands)
{
	if (type < 0)
		cli_usage("--type must say what the numbers are");
	if (!size && !like)
		cli_usage("--size or --like must say how many voxels there are");
	if (!like && !spacing.given && !directions)
		cli_usage("--spacing, --directions or --like must say how far apart the voxels are");
	if (like && (spacing.given || directions || origin))
		cli_usage("--like gives the whole grid: leave out --spacing, --origin, --directions");
	if (like && strcmp(like, "-") == 0 && (!operands[0] || strcmp(operands[0], "-") == 0))
		cli_usage("--like - and the voxels cannot both come from stdin");
	if (channels == 2)
		cli_usage("--channels: 1, 3 or 4");
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct vol_head head;
	struct vol_err err;
	struct vol_in *in;

	check_options(operands);
	if (make_head(&head, &err) < 0)
		cli_fail(&err);
	in = raw_open(operands[0], &head, endian == 1, (uint64_t)skip, &err);
	if (format_load(in, &head, cli_history(), cli.output, cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, cli_progress, &err) < 0)
		cli_fail(&err);
	return 0;
}
