/* dcm2vol - one DICOM series to a vol stream. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "dicom/one.h"
#include "dicom/slice_map.h"
#include "format.h"
#include "io/outfile.h"
#include "par.h"

static const char *series_selector, *files0_from;
static const char *accepted;
static const char *slice_map, *hash_key_file;
static bool keep_identifiers, regrid, untilt;

static const struct cli_opt opts[] = {
	{.letter = 'S', .name = "series", .type = CLI_STRING, .value = &series_selector, .arg = "SEL",
	 .help = "series to take: number, NUMBER.K, or UID (see dcmls)",
	 .how = true},
	{.name = "files0-from", .type = CLI_FILE, .value = &files0_from, .arg = "FILE",
	 .help = "more names from FILE ('-': stdin), ended by NUL or newline", .how = true},
	{.name = "regrid", .type = CLI_FLAG, .value = &regrid,
	 .help = "interpolate missing and unevenly spaced slices onto a regular grid"},
	{.name = "untilt", .type = CLI_FLAG, .value = &untilt,
	 .help = "shear a tilted stack back to an upright grid; padding where nothing was measured"},
	{.name = "accept", .type = CLI_STRING, .value = &accepted, .arg = "REASON,...",
	 .help = "take the slices as they are where this is wrong with them: the names in brackets of the errors"},
	{.name = "keep-identifiers", .type = CLI_FLAG, .value = &keep_identifiers,
	 .help = "let patient and study identifiers into the stream"},
	{.name = "slice-map", .type = CLI_FILE, .value = &slice_map, .arg = "FILE",
	 .help = "write which image each slice was, as tab-separated rows: its SOP Instance UID only as a keyed "
	         "hash unless --keep-identifiers is given",
	 .how = true},
	{.name = "hash-key-file", .type = CLI_FILE, .value = &hash_key_file, .arg = "FILE",
	 .help = "the key of that hash: all bytes of FILE, 16 at least; without it a random one of this run", .how = true},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "dcm2vol",
	.purpose = "turn one DICOM series into a volume stream, or say why it is none",
	.operands = "FOLDER|FILE|DICOMDIR|ARCHIVE|-...",
	.max_operands = -1,
	.wants = CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "dcm2vol series/ | volhu | vol2nii -o ct.nii.gz",
	.see_also = "dcmls(1), vol2dcm(1), volhu(1), vol2nii(1), vol2nrrd(1), volstream(5)",
};

static void check_map(void)
{
	if (hash_key_file && !slice_map)
		cli_usage("--hash-key-file is for --slice-map");
	if (hash_key_file && keep_identifiers)
		cli_usage("--hash-key-file: with --keep-identifiers nothing is hashed");
	if (slice_map && (strcmp(slice_map, "-") == 0 || (cli.output && strcmp(slice_map, cli.output) == 0)))
		cli_usage("--slice-map wants a file of its own");
}

/* Has no name until the volume is whole. NULL: none is asked for. */
static struct outfile *open_map(const struct dicom_one *one, const struct vol_head *head)
{
	static struct slice_key key;
	struct outfile *map;
	struct vol_err err;

	if (!slice_map)
		return NULL;
	if (!keep_identifiers &&
	    (hash_key_file ? slice_key_read(hash_key_file, &key, &err) : slice_key_random(&key, &err)) < 0)
		cli_fail(&err);
	map = slice_map_open(slice_map, one, head, keep_identifiers ? NULL : &key,
	                     cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, &err);
	if (!map)
		cli_fail(&err);
	if (!keep_identifiers && !hash_key_file)
		vol_tell(slice_map, "hashed with a random key that is forgotten now: slices of this run can be told "
		                    "apart, and no more (--hash-key-file)");
	return map;
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct dicom_ask ask = {
		.operands = operands, .n = (size_t)n, .files0_from = files0_from, .series = series_selector,
		.subject = n == 1 ? operands[0] : "input", .threads = par_threads(cli.threads),
		.identifiers = keep_identifiers, .progress = cli_progress, .ctx = "files",
		.repair = {.regrid = regrid, .untilt = untilt},
	};
	struct dicom_one one;
	struct outfile *map;
	struct vol_head head;
	struct vol_err err;
	struct vol_in *in;

	char why[200], *line = NULL;
	const char *history;

	if (n == 0 && !files0_from)
		cli_usage("name a folder or files");
	check_map();
	if (accepted && !dicom_repair_accept(accepted, &ask.repair.accept, why, sizeof why))
		cli_usage("--accept: %s", why);
	in = dicom_one_open(&one, &ask, &head, &err);
	if (!in)
		cli_fail(&err);
	cli_progress_done();
	map = open_map(&one, &head);
	history = cli_history();
	if (one.repaired) {
		if (asprintf(&line, "%s; %s", history, one.repaired) < 0) {
			vol_fail(&err, "", "out of memory");
			cli_fail(&err);
		}
		history = line;
	}
	if (format_load(in, &head, history, cli.output, cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, cli_progress, &err) < 0) {
		outfile_abandon(map);
		cli_fail(&err);
	}
	if (map && outfile_commit(map, &err) < 0)
		cli_fail(&err);
	dicom_one_close(&one);
	free(line);
	return 0;
}
