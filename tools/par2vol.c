/* par2vol - a Philips PAR/REC file to a vol stream. */
#include "cli/cli.h"
#include "io/outfile.h"
#include "parrec.h"

static const char *const scales[] = {"dv", "fp", NULL};
static int scale;
static const char *type, *only, *skip, *accept;

static const struct cli_opt opts[] = {
	{.name = "scale", .type = CLI_CHOICE, .value = &scale, .arg = "KIND", .choices = scales,
	 .help = "what vol.rescale leads to, values as displayed (the default) or precise ones"},
	{.name = "type", .type = CLI_STRING, .value = &type, .arg = "TYPE",
	 .help = "take images of one type: M, R, I, P (magnitude, real, imaginary, phase), or a number"},
	{.name = "only", .type = CLI_STRING, .value = &only, .arg = "WHAT=N,...",
	 .help = "take images of one echo, dynamic, phase, label, b, gradient, sequence or stack"},
	{.name = "skip", .type = CLI_STRING, .value = &skip, .arg = "WHAT=N,...",
	 .help = "leave out images that are all of this"},
	{.name = "accept", .type = CLI_STRING, .value = &accept, .arg = "WORD,...",
	 .help = "put up with partial (volumes, which are left out) or joined ones (in one list)"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "par2vol",
	.purpose = "read a Philips PAR/REC file as a volume stream",
	.operands = "IN.PAR",
	.min_operands = 1,
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.opts = opts,
	.example = "par2vol --type M scan.PAR -o scan.vol",
	.see_also = "nii2vol(1), dcm2vol(1), volsplit(1), volhu(1), volstream(5)",
};

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct parrec_choice choice;
	struct vol_head head;
	struct vol_err err;
	struct vol_in *in;

	parrec_choice_init(&choice);
	choice.precise = scale == 1;
	if (type && !parrec_choice_type(&choice, type))
		cli_usage("--type: '%s' is not M, R, I, P or a number", type);
	if (only && !parrec_choice_only(&choice, only))
		cli_usage("--only: '%s' is not like echo=2,dynamic=1", only);
	if (skip && !parrec_choice_skip(&choice, skip))
		cli_usage("--skip: '%s' is not like b=2,gradient=7", skip);
	if (accept && !parrec_choice_accept(&choice, accept))
		cli_usage("--accept: '%s' is not partial, joined or both", accept);
	in = parrec_open(operands[0], &choice, &head, &err);
	if (format_load(in, &head, cli_history(), cli.output, cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, cli_progress, &err) < 0)
		cli_fail(&err);
	return 0;
}
