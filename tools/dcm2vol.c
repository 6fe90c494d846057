/* dcm2vol - DICOM series to vol streams. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "dicom/names.h"
#include "dicom/one.h"
#include "dicom/slice_map.h"
#include "format.h"
#include "io/outfile.h"
#include "par.h"

static const char *series_selector, *files0_from;
static const char *accepted, *segment, *like, *slice_map, *hash_key_file;
static bool all, split, keep_identifiers, regrid, untilt, philips_precise;

static const struct cli_opt opts[] = {
	{.letter = 'S', .name = "series", .type = CLI_STRING, .value = &series_selector, .arg = "SEL",
	 .help = "series to take: number, NUMBER.K, or UID (see dcmls)",
	 .how = true},
	{.letter = 'a', .name = "all", .type = CLI_FLAG, .value = &all, .how = true,
	 .help = "every series, each to a file of its own: -o is a pattern such as 'out/{number}_{desc}.vol'"},
	{.name = "split", .type = CLI_FLAG, .value = &split,
	 .help = "take each volume of a list (echoes, points in time, ...) for a series"},
	{.name = "files0-from", .type = CLI_FILE, .value = &files0_from, .arg = "FILE",
	 .help = "more names from FILE ('-': stdin), ended by NUL or newline", .how = true},
	{.name = "regrid", .type = CLI_FLAG, .value = &regrid,
	 .help = "interpolate missing and unevenly spaced slices onto a regular grid"},
	{.name = "untilt", .type = CLI_FLAG, .value = &untilt,
	 .help = "shear a tilted stack back to an upright grid; padding where nothing was measured"},
	{.name = "accept", .type = CLI_STRING, .value = &accepted, .arg = "REASON,...",
	 .help = "take the slices as they are where this is wrong with them: the names in brackets of the errors"},
	{.name = "philips-precise", .type = CLI_FLAG, .value = &philips_precise,
	 .help = "of Philips MR: rescale to the floating-point values, which compare between series, not to those for display"},
	{.name = "segment", .type = CLI_STRING, .value = &segment, .arg = "N|NAME",
	 .help = "of a segmentation: this segment alone, as a mask", .how = true},
	{.name = "like", .type = CLI_FILE, .value = &like, .arg = "VOLUME",
	 .help = "of a segmentation: on the grid of this volume stream or DICOM series, on whose voxels its frames lie"},
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
	.purpose = "turn DICOM series into volume streams, or say why they are none",
	.operands = "FOLDER|FILE|DICOMDIR|ARCHIVE|-...",
	.max_operands = -1,
	.wants = CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "dcm2vol series/ | volhu | vol2nii -o ct.nii.gz",
	.see_also = "dcmls(1), vol2dcm(1), volhu(1), vol2nii(1), vol2nrrd(1), volstream(5)",
};

/* The grid that --like lends: no voxel of it is read. */
static int lend(struct vol_grid *grid, struct vol_err *err)
{
	char *path = strdup(like);
	struct dicom_ask ask = {.operands = &path, .n = 1, .subject = like, .threads = par_threads(cli.threads)};
	struct dicom_one one = {0};
	struct vol_head head;
	struct vol_in *in;

	if (!path)
		return vol_fail(err, like, "out of memory");
	in = dicom_is(like) ? dicom_one_open(&one, &ask, &head, err) : vol_open(like, &head, err);
	if (in) {
		*grid = head.grid;
		vol_close(in);
		vol_head_free(&head);
	}
	dicom_one_close(&one);
	free(path);
	return in ? 0 : -1;
}

/* What the user asked for, and then what was done to the slices. NULL with err. */
static char *history_of(const struct dicom_one *one, struct vol_err *err)
{
	char *line;

	if (asprintf(&line, "%s%s%s", cli_history(), one->repaired ? "; " : "", one->repaired ? one->repaired : "") >= 0)
		return line;
	vol_fail(err, "", "out of memory");
	return NULL;
}

static void check_map(void)
{
	if (slice_map && all)
		cli_usage("--all takes every series, --slice-map is for one");
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
	if (!one->series) {
		vol_fail(&err, slice_map, "a segmentation's slices are no images: --slice-map is for those");
		cli_fail(&err);
	}
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

static int one_series(const struct dicom_ask *ask, struct vol_err *err)
{
	struct dicom_one one;
	struct vol_head head;
	struct vol_in *in = dicom_one_open(&one, ask, &head, err);
	char *history = in ? history_of(&one, err) : NULL;
	struct outfile *map;
	int rc;

	cli_progress_done();
	if (!history)
		cli_fail(err);
	map = open_map(&one, &head);
	rc = format_load(in, &head, history, cli.output, cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, cli_progress, err);
	if (map && rc == 0)
		rc = outfile_commit(map, err);
	else
		outfile_abandon(map);
	free(history);
	dicom_one_close(&one);
	return rc;
}

/* ---- all of them ---- */

static bool exists(const char *name)
{
	return access(name, F_OK) == 0;
}

/* Where the pattern names another format than the stream: that. */
static const struct vol_format *format_of(const char *pattern)
{
	const struct vol_format *f;

	if (format_has_suffix(pattern, ".vol"))
		return NULL;
	f = format_by_suffix(pattern);
	if (!f || !f->encode)
		cli_usage("-o %s: end it in .vol, or as files of a format that is written (.nii.gz, .nrrd, ...)", pattern);
	return f;
}

static int write_series(struct dicom_one *one, struct dicom_series *s, const struct dicom_ask *ask, const char *name,
                        struct vol_err *err)
{
	const struct vol_format *f = format_of(name);
	/* a file that came to be meanwhile is not replaced either */
	struct format_write how = {.threads = ask->threads, .flags = OUTFILE_NO_CLOBBER};
	struct vol_head head;
	struct vol_in *in = dicom_one_volume(one, s, ask, &head, err);
	char *history = in ? history_of(one, err) : NULL;
	int rc = -1;

	if (history && outfile_folders(name, err) == 0)
		rc = format_put(f, in, &head, history, name, &how, cli_progress, err);
	free(history);
	cli_progress_done();
	dicom_one_done(one);
	return rc;
}

/* A line for each: its selector, what became of it, and the file's name or the reason. */
static void print_row(const struct dicom_series *s, const char *what, const char *about, const char *more)
{
	printf("%s\t%s\t", s->selector, what);
	for (const char *part[] = {about, about[0] ? ": " : "", more, NULL}, **p = part; *p; p++)
		for (const char *c = *p; *c; c++)
			putchar(iscntrl((unsigned char)*c) ? '?' : *c);
	putchar('\n');
	fflush(stdout);
}

static int all_series(struct dicom_ask *ask, struct vol_err *err)
{
	struct dicom_names names = {.pattern = cli.output};
	struct dicom_one one;
	size_t refused = 0;

	if (dicom_one_scan(&one, ask, err) < 0 || dicom_one_all(&one, ask, err) < 0)
		cli_fail(err);
	cli_progress_done();
	for (size_t i = 0; i < one.list.n; i++) {
		struct dicom_series *s = &one.list.series[i];
		char *name = dicom_names_next(&names, &one.set, s, i, cli.no_clobber ? NULL : exists), subject[60];

		if (!name) {
			vol_fail(err, "", "out of memory");
			cli_fail(err);
		}
		snprintf(subject, sizeof subject, "series %s", s->selector);
		ask->subject = subject;
		if (write_series(&one, s, ask, name, err) == 0) {
			print_row(s, "written", "", name);
		} else {
			print_row(s, "refused", strcmp(err->subject, subject) == 0 ? "" : err->subject, err->what);
			refused++;
		}
		free(name);
	}
	dicom_names_free(&names);
	if (refused)
		vol_fail(err, "", "%zu of %zu series refused", refused, one.list.n);
	dicom_one_close(&one);
	return refused ? -1 : 0;
}

static void check_pattern(void)
{
	char why[200];

	if (segment || like)
		cli_usage("--all takes images: --segment and --like are for one segmentation");
	if (series_selector)
		cli_usage("--all takes every series, --series one: choose");
	if (!cli.output || strcmp(cli.output, "-") == 0)
		cli_usage("--all needs a pattern for the names: -o 'out/{number}_{desc}.vol'");
	if (!dicom_names_check(cli.output, why, sizeof why))
		cli_usage("-o %s: %s", cli.output, why);
	(void)format_of(cli.output);
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct dicom_ask ask = {
		.operands = operands, .n = (size_t)n, .files0_from = files0_from, .series = series_selector, .split = split,
		.subject = n == 1 ? operands[0] : "input", .threads = par_threads(cli.threads),
		.identifiers = keep_identifiers, .progress = cli_progress, .ctx = "files",
		.philips_precise = philips_precise,
		.repair = {.regrid = regrid, .untilt = untilt},
	};
	struct vol_grid grid;
	struct vol_err err;
	char why[200];

	if (n == 0 && !files0_from)
		cli_usage("name a folder or files");
	check_map();
	if (like && strcmp(like, "-") == 0)
		cli_usage("--like: name a file or a folder");
	if (accepted && !dicom_repair_accept(accepted, &ask.repair.accept, why, sizeof why))
		cli_usage("--accept: %s", why);
	if (all)
		check_pattern();
	ask.segmentation.segment = segment;
	if (like) {
		if (lend(&grid, &err) < 0)
			cli_fail(&err);
		ask.segmentation.grid = &grid;
		ask.segmentation.grid_name = like;
	}
	if ((all ? all_series(&ask, &err) : one_series(&ask, &err)) < 0)
		cli_fail(&err);
	if (all)
		cli_finish_stdout();
	return 0;
}
