/* dcm2vol - DICOM series to vol streams. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "dicom/beside.h"
#include "dicom/names.h"
#include "dicom/one.h"
#include "format.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "par.h"

static const char *series_selector, *files0_from;
static const char *accepted, *segment, *like, *hash_key_file;
static bool all, split, keep_identifiers, regrid, untilt, philips_precise;
static struct beside_want beside;

static const struct cli_opt opts[] = {
	{.letter = 'S', .name = "series", .type = CLI_STRING, .value = &series_selector, .arg = "SEL",
	 .help = "series to take: number, NUMBER.K, or UID (see dcmls)",
	 .how = true},
	{.letter = 'a', .name = "all", .type = CLI_FLAG, .value = &all, .how = true,
	 .help = "every series to its own file: -o is a pattern such as 'out/{number}_{desc}.vol'"},
	{.name = "split", .type = CLI_FLAG, .value = &split,
	 .help = "each volume of a list as a series: echoes, points in time, ..."},
	{.name = "files0-from", .type = CLI_FILE, .value = &files0_from, .arg = "FILE",
	 .help = "names in FILE, ended by NUL or newline; '-' is stdin", .how = true},
	{.name = "regrid", .type = CLI_FLAG, .value = &regrid,
	 .help = "interpolate missing and unevenly spaced slices onto a regular grid"},
	{.name = "untilt", .type = CLI_FLAG, .value = &untilt,
	 .help = "shear a tilted stack back to an upright grid; padding where nothing was measured"},
	{.name = "accept", .type = CLI_STRING, .value = &accepted, .arg = "REASON,...",
	 .help = "take the slices as they are where this is wrong with them: the names in brackets of the errors"},
	{.name = "philips-precise", .type = CLI_FLAG, .value = &philips_precise,
	 .help = "Philips MR in its floating-point values, which compare between series, and not in those for display"},
	{.name = "segment", .type = CLI_STRING, .value = &segment, .arg = "N|NAME",
	 .help = "one segment of a segmentation, as a mask", .how = true},
	{.name = "like", .type = CLI_FILE, .value = &like, .arg = "VOLUME",
	 .help = "put a segmentation on this grid: of a volume stream or a DICOM series, on whose voxels its frames lie"},
	{.name = "bval", .type = CLI_FILE, .value = &beside.tables.bval, .arg = "FILE", .how = true,
	 .help = "b-values of the volumes to FILE, as FSL has them"},
	{.name = "bvec", .type = CLI_FILE, .value = &beside.tables.bvec, .arg = "FILE", .how = true,
	 .help = "gradient directions to FILE, as FSL has them: along the axes of the voxels"},
	{.name = "bvec-scanner", .type = CLI_FILE, .value = &beside.tables.bvec_scanner, .arg = "FILE", .how = true,
	 .help = "gradient directions to FILE, in patient space (RAS)"},
	{.name = "json", .type = CLI_FILE, .value = &beside.json, .arg = "FILE",
	 .help = "BIDS sidecar to FILE: what the series says of how it was made",
	 .how = true},
	{.name = "keep-identifiers", .type = CLI_FLAG, .value = &keep_identifiers,
	 .help = "let patient and study identifiers into the stream"},
	{.name = "slice-map", .type = CLI_FILE, .value = &beside.slice_map, .arg = "FILE",
	 .help = "table of which image each slice was: its SOP Instance UID, only as a keyed hash unless "
	         "--keep-identifiers is given",
	 .how = true},
	{.name = "hash-key-file", .type = CLI_FILE, .value = &hash_key_file, .arg = "FILE",
	 .help = "key of that hash, all bytes of FILE, 16 at least; without it a random one of this run", .how = true},
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

/* The key of the slice map's hashes; one for all series. */
static void take_key(void)
{
	static struct slice_key key;
	struct vol_err err;

	if (hash_key_file && !beside.slice_map)
		cli_usage("--hash-key-file is for --slice-map");
	if (hash_key_file && keep_identifiers)
		cli_usage("--hash-key-file: with --keep-identifiers nothing is hashed");
	if (beside.slice_map && strcmp(beside.slice_map, "-") == 0)
		cli_usage("--slice-map wants a file of its own");
	if (!beside.slice_map || keep_identifiers)
		return;
	if ((hash_key_file ? slice_key_read(hash_key_file, &key, &err) : slice_key_random(&key, &err)) < 0)
		cli_fail(&err);
	if (!hash_key_file)
		vol_tell(beside.slice_map, "hashed with a random key that is forgotten now: slices of this run can be told apart, and no "
		         "more (--hash-key-file)");
	beside.key = &key;
}

static int one_series(const struct dicom_ask *ask, struct vol_err *err)
{
	struct dicom_one one;
	struct vol_head head;
	struct vol_in *in = dicom_one_open(&one, ask, &head, err);
	char *history = in ? history_of(&one, err) : NULL;
	int rc, flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0;
	struct beside *files;

	cli_progress_done();
	if (!history || beside_write(&one, &head, &beside, flags, ask->subject, &files, err) < 0)
		cli_fail(err);
	rc = format_load(in, &head, history, cli.output, flags, cli_progress, err);
	if (rc < 0)
		beside_abandon(files);
	else
		rc = beside_commit(files, err);
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

/* The files' names beside a volume's: each by its pattern. The caller's to free with free_names. */
static int name_beside(const struct dicom_names *names, const struct dicom_one *one, const struct dicom_series *s, size_t index,
                       struct beside_want *want, struct vol_err *err)
{
	const char **pattern[] = {&want->json, &want->slice_map, &want->tables.bval, &want->tables.bvec, &want->tables.bvec_scanner};
	int rc = 0;

	*want = s->segmentation ? (struct beside_want){.json = NULL} : beside; /* which is about images */
	for (size_t i = 0; i < sizeof pattern / sizeof *pattern; i++) {
		if (!*pattern[i])
			continue;
		*pattern[i] = dicom_names_beside(names, *pattern[i], &one->set, s, index);
		if (!*pattern[i])
			rc = vol_fail(err, "", "out of memory");
		else if (rc == 0)
			rc = outfile_folders(*pattern[i], err);
	}
	return rc;
}

static void free_names(struct beside_want *want)
{
	free((char *)want->json);
	free((char *)want->slice_map);
	free((char *)want->tables.bval);
	free((char *)want->tables.bvec);
	free((char *)want->tables.bvec_scanner);
}

/* Of a series without diffusion there are no tables. */
static void drop_tables(const struct vol_head *head, struct beside_want *want)
{
	struct gradients_want *t = &want->tables;
	const char *axis = key_get(head, "axis");

	if (axis && strncmp(axis, "bvalue ", 7) == 0)
		return;
	free((char *)t->bval);
	free((char *)t->bvec);
	free((char *)t->bvec_scanner);
	memset(t, 0, sizeof *t);
}

static int write_series(struct dicom_one *one, struct dicom_series *s, const struct dicom_ask *ask, const char *name,
                        struct beside_want *want, struct vol_err *err)
{
	struct beside *files = NULL;
	const struct vol_format *f = format_of(name);
	/* a file that came to be meanwhile is not replaced either */
	struct format_write how = {.threads = ask->threads, .flags = OUTFILE_NO_CLOBBER};
	struct vol_head head;
	struct vol_in *in = dicom_one_volume(one, s, ask, &head, err);
	char *history = in ? history_of(one, err) : NULL;
	int rc = -1;

	if (history)
		drop_tables(&head, want);
	if (history && outfile_folders(name, err) == 0 &&
	    beside_write(one, &head, want, how.flags, ask->subject, &files, err) == 0)
		rc = format_put(f, in, &head, history, name, &how, cli_progress, err);
	if (rc < 0)
		beside_abandon(files);
	else
		rc = beside_commit(files, err);
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
	struct beside_want want;
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
		if (name_beside(&names, &one, s, i, &want, err) == 0 && write_series(&one, s, ask, name, &want, err) == 0) {
			print_row(s, "written", "", name);
		} else {
			print_row(s, "refused", strcmp(err->subject, subject) == 0 ? "" : err->subject, err->what);
			refused++;
		}
		free_names(&want);
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
		cli_usage("--all takes everything: --segment and --like are for one segmentation");
	if (series_selector)
		cli_usage("--all takes every series, --series one: choose");
	if (!cli.output || strcmp(cli.output, "-") == 0)
		cli_usage("--all needs a pattern for the names: -o 'out/{number}_{desc}.vol'");
	for (const char *pattern[] = {cli.output, beside.json, beside.slice_map, beside.tables.bval, beside.tables.bvec,
	                              beside.tables.bvec_scanner}, **p = pattern; p < pattern + sizeof pattern / sizeof *pattern; p++)
		if (*p && !dicom_names_check(*p, why, sizeof why))
			cli_usage("%s: %s", *p, why);
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
	take_key();
	if (like && strcmp(like, "-") == 0)
		cli_usage("--like: name a file or a folder");
	if (accepted && !dicom_repair_accept(accepted, &ask.repair.accept, why, sizeof why))
		cli_usage("--accept: %s", why);
	beside.identifiers = keep_identifiers;
	if (beside_clash(&beside, cli.output))
		cli_usage("'%s' cannot be two of -o, --json, --slice-map, --bval, --bvec and --bvec-scanner: each needs a file of its own",
		          beside_clash(&beside, cli.output));
	if (beside.json && strcmp(beside.json, "-") == 0 && (all || !cli.output))
		cli_usage("--json -: stdout is where the volume goes; give the volume a name with -o");
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
