/* volscrub - does a file tell of whom it is? */
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "dicom/dcmtk.h"
#include "dicom/identity.h"
#include "scrub.h"

static bool check, against, as_json, as_tsv, show;

static const struct cli_opt opts[] = {
	{.name = "check", .type = CLI_FLAG, .value = &check,
	 .help = "search files and folders for each identifying value of the DICOM files"},
	{.name = "against", .type = CLI_FLAG, .value = &against,
	 .help = "the operands behind this word are the DICOM files: files, folders, DICOMDIRs, archives, '-'"},
	{.name = "show", .type = CLI_FLAG, .value = &show,
	 .help = "print the values too; without it what is printed holds none"},
	{.letter = 'j', .name = "json", .type = CLI_FLAG, .value = &as_json,
	 .help = "the findings as a JSON object"},
	{.name = "tsv", .type = CLI_FLAG, .value = &as_tsv,
	 .help = "the findings as tab-separated rows under a line of names"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "volscrub",
	.purpose = "search files for anything that tells whose a DICOM series is",
	.operands = "FILE... --against DICOM...",
	.max_operands = -1,
	.wants = CLI_PROGRESS,
	.opts = opts,
	.example = "volscrub --check ct.nii.gz hu.vol --against series/",
	.see_also = "dcm2vol(1), dcmls(1), volinfo(1)",
	.verdict = (const char *const[]){"nothing was found", "something was found", NULL},
};

struct searcher {
	const struct identity *id;
	struct scrub scrub;
	char *shown;       /* the file's name as it may be printed; owned */
	size_t findings, files;
	bool in_name;      /* this finding is in the name */
	bool *mask;        /* which bytes of it */
};

/* ---- the report ---- */

static void place_text(const struct scrub_place *p, char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; p && i < p->n && at < size; i++)
		at += (size_t)snprintf(buf + at, size - at, "%s%llu", i ? ">" : "", (unsigned long long)p->at[i]);
	if (!p)
		snprintf(buf, size, "name");
}

static void print_json(const struct searcher *s, size_t string, const struct scrub_place *p)
{
	const struct identity_what *w = identity_of(s->id, string, 0);
	char tag[12];

	cli_json_begin('{');
	cli_json_string("file", s->shown);
	cli_json_key("offset");
	if (p) {
		cli_json_begin('[');
		for (size_t i = 0; i < p->n; i++)
			cli_json_int(NULL, (long long)p->at[i]);
		cli_json_end(']');
	} else {
		cli_json_null(NULL);
	}
	snprintf(tag, sizeof tag, "%04x,%04x", w->group, w->element);
	cli_json_string("keyword", w->keyword);
	cli_json_string("tag", tag);
	cli_json_key("also");
	cli_json_begin('[');
	for (size_t k = 1; (w = identity_of(s->id, string, k)); k++) {
		snprintf(tag, sizeof tag, "%04x,%04x", w->group, w->element);
		cli_json_string(NULL, tag);
	}
	cli_json_end(']');
	if (show)
		cli_json_string("value", identity_text(s->id, string));
	cli_json_end('}');
}

/* Text of the file or the value, which must not make rows or columns of its own. */
static void print_plain(const char *text)
{
	for (; *text; text++)
		putchar((unsigned char)*text < ' ' || *text == 0x7f ? (as_tsv ? ' ' : '?') : *text);
}

static void print_line(const struct searcher *s, size_t string, const struct scrub_place *p)
{
	const struct identity_what *w = identity_of(s->id, string, 0);
	char place[200];

	place_text(p, place, sizeof place);
	print_plain(s->shown);
	if (as_tsv)
		printf("\t%s\t%s\t%04x,%04x\t", place, w->keyword, w->group, w->element);
	else
		printf(": %s: %s (%04x,%04x)", place, w->keyword, w->group, w->element);
	for (size_t k = 1; (w = identity_of(s->id, string, k)); k++)
		printf(as_tsv ? "%s%04x,%04x" : "%s (%04x,%04x)", as_tsv ? k > 1 ? " " : "" : k > 1 ? "," : ", also",
		       w->group, w->element);
	if (show) {
		fputs(as_tsv ? "\t" : ": ", stdout);
		print_plain(identity_text(s->id, string));
	}
	putchar('\n');
}

static void tell(struct searcher *s, size_t string, const struct scrub_place *p)
{
	s->findings++;
	if (as_json)
		print_json(s, string, p);
	else if (!cli.quiet)
		print_line(s, string, p);
}

static void found(void *ctx, const struct scrub_place *p)
{
	tell(ctx, p->string, p);
}

static bool strong(void *ctx, size_t string)
{
	const struct searcher *s = ctx;

	return identity_strong(s->id, string);
}

/* ---- names ---- */

/* What a series is called may stand in a name, where dcm2vol --all was asked to put it, without what identifies: does only that
 * hold the string? */
static bool is_what_it_is_called(const struct searcher *s, size_t string)
{
	const struct identity_what *w;

	for (size_t k = 0; (w = identity_of(s->id, string, k)) != NULL; k++)
		if (strcmp(w->keyword, "SeriesDescription") != 0 && strcmp(w->keyword, "ProtocolName") != 0)
			return false;
	return true;
}

static void mark_name(void *ctx, size_t string, size_t at)
{
	struct searcher *s = ctx;

	if (is_what_it_is_called(s, string))
		return;
	for (size_t i = 0; i < match_length(identity_match(s->id), string); i++)
		s->mask[at + i] = true;
}

static void tell_name(void *ctx, size_t string, size_t at)
{
	struct searcher *s = ctx;
	size_t n = match_length(identity_match(s->id), string);

	if (is_what_it_is_called(s, string))
		return;
	/* what lies within a longer one is told by that */
	if (s->mask[at + n] && at + n < strlen(s->shown))
		return;
	if (at > 0 && s->mask[at - 1])
		return;
	tell(s, string, NULL);
}

/* The name is searched as the bytes are; what is found in it is starred in all that is printed of it. */
static int begin_file(struct searcher *s, const char *path, struct vol_err *err)
{
	size_t n = strlen(path);

	free(s->shown);
	free(s->mask);
	s->shown = strdup(path);
	s->mask = calloc(n + 1, sizeof *s->mask);
	if (!s->shown || !s->mask)
		return vol_fail(err, "", "out of memory");
	match_find(identity_match(s->id), (const unsigned char *)path, n, 0, n, mark_name, s);
	for (size_t i = 0; i < n && !show; i++)
		if (s->mask[i])
			s->shown[i] = '*';
	match_find(identity_match(s->id), (const unsigned char *)path, n, 0, n, tell_name, s);
	return 0;
}

/* ---- files ---- */

static int check_file(struct searcher *s, const char *path, struct vol_err *err)
{
	struct vol_err why;

	if (begin_file(s, path, err) < 0)
		return -1;
	s->files++;
	if (scrub_file(&s->scrub, path, &why) == 0)
		return 0;
	return vol_fail(err, strcmp(why.subject, path) == 0 ? s->shown : why.subject, "%s", why.what);
}

static int check_operand(struct searcher *s, const char *path, struct vol_err *err)
{
	char *roots[] = {(char *)path, NULL};
	struct stat st;
	FTSENT *e;
	FTS *fts;
	size_t before = s->files;
	int rc = 0;

	if (strcmp(path, "-") == 0 || stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return check_file(s, path, err);
	fts = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	if (!fts)
		return vol_fail_errno(err, path, "cannot be searched");
	while ((e = fts_read(fts))) {
		if (e->fts_info == FTS_F) {
			struct vol_err why;

			if (check_file(s, e->fts_path, &why) < 0) {
				cli_error(&why);
				rc = vol_fail(err, path, "not all of it could be searched");
			}
		} else if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS ||
		           e->fts_info == FTS_SLNONE) {
			rc = vol_fail(err, e->fts_path, "cannot be read");
		}
	}
	fts_close(fts);
	return rc == 0 && s->files == before ? vol_fail(err, path, "holds no file") : rc;
}

/* How many operands are the files to be checked: those before the word. The parser moves options in front of operands; the
 * words themselves stay what they are. */
static int split(char **words, int n_words, char **operands, int n)
{
	int before = n;
	bool seen = false;

	for (int i = 1; i < n_words; i++) {
		if (strcmp(words[i], "--") == 0)
			break;
		seen = seen || strcmp(words[i], "--against") == 0;
		for (int k = 0; seen && k < before; k++)
			if (operands[k] == words[i])
				before = k;
	}
	if (!seen)
		cli_usage("--against: write the word in full, before the DICOM files");
	return before;
}

static int read_identity(char *const *operands, int n, struct searcher *s, struct vol_err *err)
{
	struct dicom_paths paths;

	dcmtk_start();
	if (dicom_paths_collect(operands, (size_t)n, NULL, &paths, err) < 0)
		return -1;
	s->id = identity_read(&paths, show, cli_progress, "files", err);
	cli_progress_done();
	dicom_paths_free(&paths);
	if (!s->id)
		return -1;
	s->scrub = (struct scrub){.match = identity_match(s->id), .strong = strong, .found = found, .ctx = s};
	if (identity_values(s->id) == 0)
		return vol_fail(err, "", "the DICOM files hold no value that can be searched");
	vol_note("", "%zu values searched, in %zu forms", identity_values(s->id), match_count(identity_match(s->id)));
	return 0;
}

int main(int argc, char **argv)
{
	char **words = malloc((size_t)argc * sizeof *words), **operands;
	struct searcher s = {0};
	struct vol_err err;
	int n, n_files, rc = 0;

	if (!words)
		return 2;
	memcpy(words, argv, (size_t)argc * sizeof *words);
	operands = cli_parse(&tool, argc, argv, &n);
	if (!check)
		cli_usage("say what to do: --check FILE... --against DICOM...");
	if (as_json && as_tsv)
		cli_usage("--json and --tsv are two answers; choose one");
	if (!against)
		cli_usage("--check needs --against, and behind it the DICOM files");
	n_files = split(words, argc, operands, n);
	free(words);
	if (n_files == 0 || n_files == n)
		cli_usage(n_files ? "name the DICOM files behind --against" : "name the files to check before --against");
	if (read_identity(operands + n_files, n - n_files, &s, &err) < 0)
		cli_fail(&err);
	if (as_json) {
		cli_json_begin('{');
		cli_json_int("values", (long long)identity_values(s.id));
		cli_json_key("findings");
		cli_json_begin('[');
	}
	if (as_tsv && !cli.quiet)
		printf("file\toffset\tkeyword\ttag\talso%s\n", show ? "\tvalue" : "");
	for (int i = 0; i < n_files; i++)
		if (check_operand(&s, operands[i], &err) < 0) {
			cli_error(&err);
			rc = 2;
		}
	if (as_json) {
		cli_json_end(']');
		cli_json_int("files", (long long)s.files);
		cli_json_bool("clean", rc == 0 && s.findings == 0);
		cli_json_end('}');
	}
	identity_free((struct identity *)s.id);
	free(s.shown);
	free(s.mask);
	cli_finish_stdout();
	return rc ? rc : s.findings > 0;
}
