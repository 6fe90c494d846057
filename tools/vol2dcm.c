/* vol2dcm - a vol stream to a derived DICOM series, or labels to a DICOM segmentation. */
#include <limits.h>
#include <string.h>

#include "cli/cli.h"
#include "dicom/write.h"
#include "format.h"
#include "io/outfile.h"
#include "par.h"

static const char *const modalities[] = {"CT", "MR", "OT", NULL};
static const char *const lossy_words[] = {"values", NULL};
static const char *like, *series, *description, *lossy;
static int modality, number;
static bool seg, verify;

static const struct cli_opt opts[] = {
	{.name = "like", .type = CLI_FILE, .value = &like, .arg = "SOURCE",
	 .help = "take patient, study and equipment from a DICOM file or folder"},
	{.letter = 'S', .name = "series", .type = CLI_STRING, .value = &series, .arg = "SEL", .how = true,
	 .help = "which series of SOURCE, where it holds several: number, NUMBER.K, or UID (see dcmls)"},
	{.name = "modality", .type = CLI_CHOICE, .value = &modality, .arg = "WORD", .choices = modalities,
	 .help = "what images are written; as the stream or SOURCE says"},
	{.name = "seg", .type = CLI_FLAG, .value = &seg,
	 .help = "write labels as a segmentation, one file; labels are without it too, but for --modality"},
	{.name = "description", .type = CLI_STRING, .value = &description, .arg = "TEXT", .how = true,
	 .help = "series description; that of SOURCE without it"},
	{.name = "series-number", .type = CLI_INT, .value = &number, .arg = "N", .lo = 1, .hi = INT_MAX,
	 .help = "series number; without it 301 for a SOURCE of 3, or 1"},
	{.name = "lossy", .type = CLI_STRING, .value = &lossy, .arg = "WORD,...",
	 .help = "give up what DICOM cannot hold: values (round them to 16 bits and a slope)"},
	{.name = "verify", .type = CLI_FLAG, .value = &verify, .how = true,
	 .help = "read back from the disk and compare voxels, scale and places"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "vol2dcm",
	.purpose = "write a volume stream as derived DICOM: a series, or a segmentation",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "voldenoise --median 3vox hu.vol | vol2dcm --like series -o smooth",
	.see_also = "dcm2vol(1), dcmls(1), volorient(1), volsplit(1), volseg(1), volstream(5)",
};

int main(int argc, char **argv)
{
	int n, rc;
	char **operands = cli_parse(&tool, argc, argv, &n);
	const char *wrong = format_lossy_word(lossy, lossy_words);
	struct dicom_write how = {
		.like = like, .series = series, .description = description, .number = number, .quantise = lossy != NULL,
		.modality = cli_given("modality") ? modalities[modality] : NULL, .verify = verify,
		.threads = par_threads(cli.threads), .flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0,
	};
	struct vol_head head;
	struct vol_err err;
	struct vol_in *in;

	if (wrong)
		cli_usage("--lossy does not know '%.*s'", (int)strcspn(wrong, ","), wrong);
	if (cli_to_stdout())
		cli_usage("a series is a folder of files: give -o DIR");
	if (series && !like)
		cli_usage("--series chooses from the source: give --like SOURCE");
	if (seg && how.modality)
		cli_usage("a segmentation has no --modality to choose");
	in = vol_open(operands[0], &head, &err);
	if (!in)
		cli_fail(&err);
	vol_progress(in, cli_progress, NULL);
	seg = seg || (!how.modality && dicom_write_labels(&head));
	rc = seg ? dicom_write_seg(in, &head, cli.output, &how, &err) :
		dicom_write_series(in, &head, cli.output, &how, &err);
	vol_close(in);
	vol_head_free(&head);
	if (rc < 0)
		cli_fail(&err);
	return 0;
}
