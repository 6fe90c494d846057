/* nrrd.c - NRRD files, raw and gzip, the voxels attached or in a file of their own: reading.
 *
 * Attached raw voxels are a vol stream, or something that its reader accepts: they go that way.
 * NRRD0005 as described at teem.sourceforge.net/nrrd/format.html. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bytes.h"
#include "nrrd.h"

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

/* Would vol_open read it? Only fields that say where and how the voxels lie matter. */
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
		if ((v = field(line, "encoding")) && strncasecmp(v, "raw", 3) == 0)
			raw = true;
	}
	return raw && t->ended;
}

/* ---- the data ---- */

/* Where the voxels are: in the file at `path`, after `skip` bytes of header. */
struct data {
	char path[PATH_MAX];
	size_t skip;
};

/* "%d" and numbers: a name for each slice. "LIST": the names stand below. */
static bool many_files(const char *name)
{
	const char *blank = strchr(name, ' ');

	if (strncmp(name, "LIST", 4) == 0 && (name[4] == '\0' || name[4] == ' '))
		return true;
	return strchr(name, '%') && blank && strspn(blank, " 0123456789+-") == strlen(blank);
}

static bool leads_up(const char *name)
{
	for (const char *p = name; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0'))
			return true;
	}
	return name[0] == '/';
}

/* A header comes from anywhere and must not be able to point at other people's files: links that
 * lead out of the folder are refused as well. */
static int inside(const char *folder, const char *path, bool *yes)
{
	char *real = realpath(path, NULL), *dir = realpath(folder, NULL);
	size_t n = dir ? strlen(dir) : 0;

	*yes = real && dir && (n == 1 || (strncmp(real, dir, n) == 0 && real[n] == '/'));
	int rc = real && dir ? 0 : -1, why = errno;

	free(real);
	free(dir);
	errno = why;
	return rc;
}

static int find_data(struct data *d, const char *header, const char *name, struct vol_err *err)
{
	const char *slash = strrchr(header, '/');
	int n = slash ? (int)(slash - header) + 1 : 0;
	char folder[PATH_MAX];
	bool yes;

	if (many_files(name))
		return vol_fail(err, header, "data in several files ('%.100s') is not supported: join them first",
		                name);
	if (leads_up(name))
		return vol_fail(err, header, "data file '%.200s' lies outside its folder", name);
	if (snprintf(folder, sizeof folder, "%.*s.", n, header) >= PATH_MAX ||
	    snprintf(d->path, sizeof d->path, "%.*s%s", n, header, name) >= PATH_MAX)
		return vol_fail(err, header, "name of the data file is too long");
	if (inside(folder, d->path, &yes) < 0)
		return vol_fail(err, header, "data file '%.200s' cannot be opened: %s", name,
		                strerror(errno));
	if (!yes)
		return vol_fail(err, header, "data file '%.200s' lies outside its folder", name);
	return 0;
}

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

/* Lines are skipped in the file, bytes in the data: that is, after decompression. */
static int go_to_data(struct bytes *b, const struct nrrd_layout *l, struct vol_err *err)
{
	if (skip_lines(b, l->line_skip, err) < 0)
		return -1;
	return strcmp(l->encoding, "gzip") == 0 ? bytes_gunzip(b, err) : 0;
}

static struct bytes *open_data(const struct data *d, const struct nrrd_layout *l, struct vol_err *err)
{
	struct bytes *b = bytes_open_plain(d->path, err);

	if (b && (bytes_skip(b, d->skip, err) < 0 || go_to_data(b, l, err) < 0)) {
		bytes_close(b);
		return NULL;
	}
	return b;
}

/* byte skip -1: the voxels are the last bytes of the data. Count them, then start again. */
static struct bytes *go_to_last(struct bytes *b, const struct data *d, const struct nrrd_layout *l,
                                uint64_t want, struct vol_err *err)
{
	int64_t have = bytes_rest(b, err);

	if (have >= 0 && (uint64_t)have < want)
		have = vol_fail(err, bytes_name(b), "holds %lld bytes, fewer than its %llu of voxels",
		                (long long)have, (unsigned long long)want);
	bytes_close(b);
	if (have < 0)
		return NULL;
	b = open_data(d, l, err);
	if (b && bytes_skip(b, (uint64_t)have - want, err) < 0) {
		bytes_close(b);
		return NULL;
	}
	return b;
}

static ssize_t source_read(void *ctx, void *buf, size_t n, struct vol_err *err)
{
	return bytes_read(ctx, buf, n, err);
}

static int64_t source_drain(void *ctx, int fd, const char *fd_name, uint64_t n, struct vol_err *err)
{
	return bytes_drain(ctx, fd, fd_name, n, err);
}

static int source_finish(void *ctx, struct vol_err *err)
{
	int more = bytes_end(ctx, err);

	return more > 0 ? vol_fail(err, bytes_name(ctx), "bytes follow after the last voxel") : more;
}

static void source_close(void *ctx)
{
	bytes_close(ctx);
}

static const struct vol_source source = {source_read, source_drain, source_finish, source_close};

/* ---- reading ---- */

static int can_read(const struct text *t, const struct nrrd_layout *l, const struct bytes *b,
                    bool by_name, struct vol_err *err)
{
	const char *name = bytes_name(b);

	if (strcmp(l->encoding, "raw") != 0 && strcmp(l->encoding, "gzip") != 0)
		return vol_fail(err, name, "encoding '%s' is not supported, only raw and gzip",
		                l->encoding);
	if (!l->data_file && !t->ended)
		return vol_fail(err, name, "ends inside the header");
	if (l->data_file && !by_name)
		return vol_fail(err, name, "voxels are in another file (%.200s): give the header as a file",
		                l->data_file);
	if (!l->data_file && l->byte_skip < 0 && (!by_name || bytes_compressed(b)))
		return vol_fail(err, name, "byte skip -1 needs an uncompressed file");
	return 0;
}

/* From a header to the first voxel. Takes b in any case. */
static struct bytes *reach_voxels(struct bytes *b, const struct text *t, const struct vol_head *head,
                                  const struct nrrd_layout *l, const char *path, struct vol_err *err)
{
	bool by_name = path && strcmp(path, "-") != 0;
	struct data d = {.skip = t->len};
	int rc = can_read(t, l, b, by_name, err);

	if (rc == 0 && by_name)
		snprintf(d.path, sizeof d.path, "%s", path);
	if (rc == 0 && l->data_file) {
		rc = find_data(&d, path, l->data_file, err);
		d.skip = 0;
	}
	if (rc == 0 && l->data_file) {
		bytes_close(b);
		b = open_data(&d, l, err);
		if (!b)
			return NULL;
	} else if (rc == 0) {
		rc = go_to_data(b, l, err);
	}
	if (rc == 0 && l->byte_skip < 0)
		return go_to_last(b, &d, l, vol_head_bytes(head), err);
	if (rc == 0)
		rc = bytes_skip(b, (uint64_t)l->byte_skip, err);
	if (rc == 0)
		return b;
	bytes_close(b);
	return NULL;
}

static struct vol_in *open_text(struct bytes *b, const struct text *t, struct vol_head *head,
                                const char *path, struct vol_err *err)
{
	struct nrrd_layout layout;
	struct vol_in *in = NULL;
	char *name;

	if (!bytes_compressed(b) && is_stream(t) && bytes_reopen(b))
		return vol_open(path, head, err);
	name = strdup(bytes_name(b));
	if (!name) {
		vol_fail(err, path, "out of memory");
		bytes_close(b);
		return NULL;
	}
	if (vol_head_parse(t->s, t->len, head, &layout, name, err) < 0) {
		bytes_close(b);
		free(name);
		return NULL;
	}
	b = reach_voxels(b, t, head, &layout, path, err);
	if (b)
		in = vol_open_source(&source, b, bytes_name(b), head, layout.big_endian, err);
	if (!in)
		vol_head_free(head);
	nrrd_layout_free(&layout);
	free(name);
	return in;
}

static struct vol_in *nrrd_decode(const char *path, struct vol_head *head, struct vol_err *err)
{
	struct bytes *b = bytes_open(path, err);
	struct text text = {.s = NULL};
	struct vol_in *in = NULL;

	vol_head_init(head);
	if (!b)
		return NULL;
	if (read_text(b, &text, err) < 0)
		bytes_close(b);
	else
		in = open_text(b, &text, head, path, err);
	free(text.s);
	return in;
}

static const char *const suffixes[] = {".nrrd", ".nhdr", NULL};

const struct vol_format vol_format_nrrd = {
	.name = "NRRD",
	.suffixes = suffixes,
	.sniff = nrrd_sniff,
	.decode = nrrd_decode,
	.encode = nrrd_encode,
};
