/* nrrd.c - NRRD files in any encoding, the voxels attached or in files of their own: reading.
 *
 * Attached raw voxels are a vol stream, or something that its reader accepts: they go that way.
 * NRRD0005 as described at teem.sourceforge.net/nrrd/format.html. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bytes.h"
#include "nrrd.h"
#include "nrrd_code.h"
#include "nrrd_files.h"
#include "recast.h"
#include "io/keys.h"
#include "times.h"

enum { HEAD_MAX = 16 << 20, HEAD_STEP = 4096 };

static bool nrrd_sniff(const unsigned char *start, size_t n)
{
	return n >= 8 && memcmp(start, "NRRD000", 7) == 0;
}

/* ---- the header ---- */

struct text {
	char *s; /* with a zero at its end; owned */
	size_t len, size;
	bool ended; /* by an empty line */
};

static int append(struct text *t, const unsigned char *p, size_t n, const char *name,
                  struct vol_err *err)
{
	if (t->len + n + 1 > t->size) {
		char *more = realloc(t->s, t->size = 2 * (t->len + n + 1));

		if (!more)
			return vol_fail(err, name, "out of memory");
		t->s = more;
	}
	memcpy(t->s + t->len, p, n);
	t->len += n;
	t->s[t->len] = '\0';
	return 0;
}

/* Length of the header with its empty line, when that is in there; else 0. */
static size_t ends_at(const struct text *t, size_t from)
{
	const char *end = t->s + t->len, *p = t->s + (from > 2 ? from - 2 : 0);

	while ((p = memchr(p, '\n', (size_t)(end - p)))) {
		p++;
		if (end - p >= 1 && p[0] == '\n')
			return (size_t)(p - t->s) + 1;
		if (end - p >= 2 && p[0] == '\r' && p[1] == '\n')
			return (size_t)(p - t->s) + 2;
	}
	return 0;
}

/* Take the header's text, and no byte more: what follows are voxels. */
static int read_text(struct bytes *b, struct text *t, struct vol_err *err)
{
	const unsigned char *p;
	ssize_t got;

	while ((got = bytes_peek(b, &p, HEAD_STEP, err)) > 0) {
		size_t before = t->len, end;

		if (before == 0 && !nrrd_sniff(p, (size_t)got))
			break;
		if (append(t, p, (size_t)got, bytes_name(b), err) < 0)
			return -1;
		end = ends_at(t, before);
		if (end) {
			t->len = end;
			t->ended = true;
		}
		if (bytes_skip(b, t->len - before, err) < 0)
			return -1;
		if (t->len > HEAD_MAX)
			return vol_fail(err, bytes_name(b), "header is over 16 MiB");
		if (end)
			return 0;
	}
	if (got < 0)
		return -1;
	if (t->len == 0)
		return vol_fail(err, bytes_name(b), got ? "is not NRRD (no magic)"
		                                        : "is empty: nothing came to read");
	return 0;
}

/* The value of a field, when this line is that field. */
static const char *field(const char *line, const char *name)
{
	size_t n = strlen(name);

	if (strncasecmp(line, name, n) != 0 || line[n] != ':' || line[n + 1] == '=')
		return NULL;
	line += n + 1;
	return line + strspn(line, " \t");
}

/* Is this the name of a space with time? */
static bool has_time(const char *space)
{
	size_t n = strcspn(space, "\r\n");

	return (n > 5 && strncasecmp(space + n - 5, "-time", 5) == 0) ||
	       (n == 4 && (space[3] == 'T' || space[3] == 't'));
}

/* Would vol_open read it? Only fields that say where and how the voxels lie matter. */
/* Integers of 64 bits are called long long, longlong, unsigned long long, ... */
static bool is_long(const char *type)
{
	size_t n = strcspn(type, "\n");
	const char *at = memmem(type, n, "long", 4);

	return at && memmem(at + 4, n - (size_t)(at + 4 - type), "long", 4);
}

static bool is_stream(const struct text *t)
{
	bool raw = false;

	for (const char *line = t->s; line; line = strchr(line, '\n')) {
		const char *v;

		line += *line == '\n';
		if (field(line, "data file") || field(line, "datafile"))
			return false;
		if (((v = field(line, "byte skip")) || (v = field(line, "byteskip"))) && *v == '-')
			return false;
		if ((v = field(line, "space")) && has_time(v))
			return false;
		if ((v = field(line, "type")) && (strncasecmp(v, "int64", 5) == 0 || strncasecmp(v, "uint64", 6) == 0 || is_long(v)))
			return false;
		if ((v = field(line, "encoding")) && strncasecmp(v, "raw", 3) == 0)
			raw = true;
	}
	return raw && t->ended;
}

/* ---- the data ---- */

/* The voxels of a volume: attached to the header, or in files of their own, one after the other. */
struct data {
	char path[PATH_MAX];     /* of the file that is read */
	size_t skip;             /* bytes of header in it */
	struct nrrd_layout layout;
	struct nrrd_files files;
	bool detached;
	struct text text;        /* of the header, where it names the files */
	char *header;            /* its path */
	enum voxel_type type;
	struct nrrd_code *code;  /* NULL: the next file is not open yet */
	uint64_t each, left;     /* bytes of voxels in a file, and how many of this one's were not taken */
};

static int skip_lines(struct bytes *b, uint64_t lines, struct vol_err *err)
{
	while (lines) {
		const unsigned char *p, *at, *end;
		ssize_t got = bytes_peek(b, &p, HEAD_STEP, err);

		if (got < 0)
			return -1;
		if (got == 0)
			return vol_fail(err, bytes_name(b), "ends inside the lines to skip");
		for (at = p, end = p + got; lines && at < end; at++)
			lines -= *at == '\n';
		if (bytes_skip(b, (uint64_t)(at - p), err) < 0)
			return -1;
	}
	return 0;
}

/* Lines are skipped in the file, bytes in the data: that is, after decompression. In print there is no data but the file. */
static bool skips_file(const struct data *d)
{
	return nrrd_code_printed(d->layout.encoding);
}

/* From the start of the data, which is where b stands, to its first byte after the lines to skip. Takes b. */
static struct nrrd_code *start_code(struct data *d, struct bytes *b, struct vol_err *err)
{
	if (skip_lines(b, d->layout.line_skip, err) < 0 ||
	    (skips_file(d) && bytes_skip(b, (uint64_t)d->layout.byte_skip, err) < 0)) {
		bytes_close(b);
		return NULL;
	}
	return nrrd_code_open(b, d->layout.encoding, d->type, err);
}

static struct nrrd_code *open_code(struct data *d, struct vol_err *err)
{
	struct bytes *b = bytes_open_plain(d->path, err);

	if (b && bytes_skip(b, d->skip, err) < 0) {
		bytes_close(b);
		return NULL;
	}
	return b ? start_code(d, b, err) : NULL;
}

/* byte skip -1: the voxels are the last bytes of the data. Count them, then start again. */
static int go_to_last(struct data *d, struct vol_err *err)
{
	int64_t have = nrrd_code_rest(d->code, err);

	nrrd_code_close(d->code);
	d->code = NULL;
	if (have >= 0 && (uint64_t)have < d->each)
		return vol_fail(err, d->path, "holds %lld bytes, fewer than its %llu of voxels", (long long)have,
		                (unsigned long long)d->each);
	if (have < 0)
		return -1;
	d->code = open_code(d, err);
	return d->code ? nrrd_code_skip(d->code, (uint64_t)have - d->each, err) : -1;
}

/* To the first voxel of a file. */
static int go_to_voxels(struct data *d, struct vol_err *err)
{
	d->left = d->each;
	if (!d->code)
		return -1;
	if (d->layout.byte_skip < 0)
		return go_to_last(d, err);
	return skips_file(d) ? 0 : nrrd_code_skip(d->code, (uint64_t)d->layout.byte_skip, err);
}

static int open_next(struct data *d, struct vol_err *err)
{
	if (nrrd_files_next(&d->files, d->path, err) < 0)
		return -1;
	d->code = open_code(d, err);
	return go_to_voxels(d, err);
}

static int check_end(struct data *d, struct vol_err *err)
{
	int more = d->code ? nrrd_code_end(d->code, err) : 0;

	return more > 0 ? vol_fail(err, d->path, "bytes follow after the last voxel") : more;
}

/* One of several files was taken: it ends there. 1: the next one is open; 0: there is none; -1. */
static int go_on(struct data *d, struct vol_err *err)
{
	if (!d->detached || d->files.given == d->files.n)
		return 0;
	if (check_end(d, err) < 0)
		return -1;
	nrrd_code_close(d->code);
	d->code = NULL;
	return open_next(d, err) < 0 ? -1 : 1;
}

static ssize_t source_read(void *ctx, void *buf, size_t n, struct vol_err *err)
{
	struct data *d = ctx;
	size_t done = 0;

	while (done < n) {
		size_t want = n - done < d->left ? n - done : (size_t)d->left;
		int more = d->left ? 1 : go_on(d, err);
		ssize_t got;

		if (more <= 0)
			return more < 0 ? -1 : (ssize_t)done;
		if (!want)
			continue;
		got = nrrd_code_read(d->code, (char *)buf + done, want, err);
		if (got < 0)
			return -1;
		done += (size_t)got;
		d->left -= (uint64_t)got;
		if ((size_t)got == want)
			continue;
		if (d->detached && d->files.n > 1)
			return vol_fail(err, d->path, "ends %llu bytes before its voxels do", (unsigned long long)d->left);
		break;
	}
	return (ssize_t)done;
}

static int64_t source_drain(void *ctx, int fd, const char *fd_name, uint64_t n, struct vol_err *err)
{
	struct data *d = ctx;

	d->left -= n < d->left ? n : d->left;
	return bytes_drain(nrrd_code_plain(d->code), fd, fd_name, n, err);
}

static int source_finish(void *ctx, struct vol_err *err)
{
	return check_end(ctx, err);
}

static void source_close(void *ctx)
{
	struct data *d = ctx;

	nrrd_code_close(d->code);
	nrrd_layout_free(&d->layout);
	free(d->text.s);
	free(d->header);
	free(d);
}

/* A single file whose bytes are the voxels can be drained; the others are read. */
static const struct vol_source whole_source = {source_read, source_drain, source_finish, source_close};
static const struct vol_source source = {source_read, NULL, source_finish, source_close};

/* ---- reading ---- */

static int can_read(const struct data *d, const struct bytes *b, bool by_name, struct vol_err *err)
{
	const struct nrrd_layout *l = &d->layout;
	const char *name = bytes_name(b);

	if (!nrrd_code_known(l->encoding))
		return vol_fail(err, name, "encoding '%s' is not supported, only raw, gzip, bzip2, ascii and hex", l->encoding);
	if (!l->data_file && !d->text.ended)
		return vol_fail(err, name, "ends inside the header");
	if (l->whole64 && nrrd_code_text(l->encoding))
		return vol_fail(err, name, "integers of 64 bits with encoding %s are not supported", l->encoding);
	if (l->data_file && !by_name)
		return vol_fail(err, name, "voxels are in another file (%.200s): give the header as a file",
		                l->data_file);
	if (l->byte_skip < 0 && skips_file(d))
		return vol_fail(err, name, "byte skip -1 has no meaning with encoding %s", l->encoding);
	if (!l->data_file && l->byte_skip < 0 && (!by_name || bytes_compressed(b)))
		return vol_fail(err, name, "byte skip -1 needs an uncompressed file");
	return 0;
}

/* The names that follow "data file: LIST"; NULL when there is no such line. */
static const char *list_below(const struct text *t)
{
	for (const char *line = t->s; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (field(line, "data file") || field(line, "datafile")) {
			const char *end = strchr(line, '\n');

			return end ? end + 1 : NULL;
		}
	}
	return NULL;
}

static int take_times(const struct data *d, struct vol_head *head, struct vol_err *err)
{
	const struct nrrd_layout *l = &d->layout;
	bool known = strcmp(l->time_unit, "s") == 0 || strcmp(l->time_unit, "ms") == 0;

	if (l->time_step == 0 || key_get(head, "axis"))
		return 0;
	if (known && head->list <= TIMES_MAX)
		return times_set(head, l->time_unit, l->time_start, l->time_step, err);
	vol_note(d->header, "times of the %llu volumes are not carried on", (unsigned long long)head->list);
	return 0;
}

/* Files that are not there, or lie elsewhere, are seen before the first voxel is given. */
static int look_at_files(struct data *d, const struct vol_head *head, struct vol_err *err)
{
	if (nrrd_files_plan(&d->files, d->header, d->layout.data_file, list_below(&d->text), head, err) < 0)
		return -1;
	d->each = vol_head_bytes(head) / d->files.n;
	for (uint64_t i = 0; i < d->files.n; i++)
		if (nrrd_files_next(&d->files, d->path, err) < 0)
			return -1;
	nrrd_files_again(&d->files);
	return 0;
}

/* From a header to the first voxel. Takes b in any case. */
static int reach_voxels(struct data *d, struct bytes *b, const struct vol_head *head, const char *path,
                        struct vol_err *err)
{
	bool by_name = path && strcmp(path, "-") != 0;
	int rc = can_read(d, b, by_name, err);

	d->type = head->type;
	d->each = vol_head_bytes(head);
	d->detached = d->layout.data_file != NULL;
	if (rc < 0 || d->detached) {
		bytes_close(b);
		if (rc == 0)
			rc = look_at_files(d, head, err);
		return rc == 0 ? open_next(d, err) : -1;
	}
	snprintf(d->path, sizeof d->path, "%s", by_name ? path : bytes_name(b));
	d->skip = d->text.len;
	d->code = start_code(d, b, err);
	return go_to_voxels(d, err);
}

static struct vol_in *open_text(struct bytes *b, struct data *d, struct vol_head *head, const char *path,
                                struct vol_err *err)
{
	bool big, whole;
	char whole64;

	if (!bytes_compressed(b) && is_stream(&d->text) && bytes_reopen(b)) {
		source_close(d);
		return vol_open(path, head, err);
	}
	d->header = strdup(bytes_name(b));
	if (!d->header || vol_head_parse(d->text.s, d->text.len, head, &d->layout, d->header, err) < 0) {
		if (!d->header)
			vol_fail(err, path, "out of memory");
		bytes_close(b);
		source_close(d);
		return NULL;
	}
	if (take_times(d, head, err) < 0) {
		bytes_close(b);
		b = NULL;
	}
	if (!b || reach_voxels(d, b, head, path, err) < 0) {
		vol_head_free(head);
		source_close(d);
		return NULL;
	}
	big = d->layout.big_endian && !nrrd_code_text(d->layout.encoding);
	whole = nrrd_code_plain(d->code) && (!d->detached || d->files.n == 1);
	whole64 = d->layout.whole64;
	/* the name is copied */
	struct vol_in *in = vol_open_source(whole ? &whole_source : &source, d, d->files.n > 1 ? d->header : d->path, head,
	                                    big, err);

	if (in && whole64)
		in = recast_wide_open(in, whole64 == 'i', head, err);
	if (!in)
		vol_head_free(head);
	return in;
}

static struct vol_in *nrrd_decode(const char *path, struct vol_head *head, struct vol_err *err)
{
	struct bytes *b = bytes_open(path, err);
	struct data *d = calloc(1, sizeof *d);

	vol_head_init(head);
	if (b && !d)
		vol_fail(err, path, "out of memory");
	if (b && d && read_text(b, &d->text, err) == 0)
		return open_text(b, d, head, path, err);
	bytes_close(b);
	if (d)
		source_close(d);
	return NULL;
}

static const char *const suffixes[] = {".nrrd", ".nhdr", NULL};

const struct vol_format vol_format_nrrd = {
	.name = "NRRD",
	.suffixes = suffixes,
	.sniff = nrrd_sniff,
	.decode = nrrd_decode,
	.encode = nrrd_encode,
	.each_file = nrrd_each_file,
};
