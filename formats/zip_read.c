/* zip_read.c - the reading half of zip.h.
 *
 * The directory at the end says which members there are; of what stands before each of them only as much is believed
 * as is needed to find its bytes. */
#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "inflate.h"
#include "io/fd.h"
#include "zip.h"

enum {
	END_BYTES = 22,
	END64_BYTES = 56,
	LOCATOR_BYTES = 20,
	ENTRY_BYTES = 46,
	LOCAL_BYTES = 30,
	COMMENT_MAX = 65535,
	DIRECTORY_MAX = 4 << 20,
	IN_SIZE = 128 << 10,
	RATIO_MAX = 1100 /* deflate's is 1032 */
};

enum { STORED = 0, DEFLATED = 8, ENCRYPTED = 1 };

struct zip {
	char *name;
	int fd, users;
	uint64_t base, size;         /* the archive in the file; all offsets count from base */
	uint64_t directory;          /* offset */
	unsigned char *text;         /* the directory */
	size_t text_len;
	struct zip_entry *entry;
	size_t n;
};

static uint64_t little(const unsigned char *p, int bytes)
{
	uint64_t x = 0;

	while (bytes--)
		x = x << 8 | p[bytes];
	return x;
}

static bool is(const unsigned char *p, const char mark[4])
{
	return memcmp(p, mark, 4) == 0;
}

static int damaged(const struct zip *z, struct vol_err *err)
{
	return vol_fail(err, z->name, "zip directory is damaged");
}

/* All n bytes at an offset, which lie inside. */
static int get(const struct zip *z, void *buf, size_t n, uint64_t offset, struct vol_err *err)
{
	ssize_t got = fd_pread(z->fd, buf, n, (off_t)(z->base + offset), z->name, err);

	return got < 0 ? -1 : (size_t)got < n ? vol_fail(err, z->name, "ends early") : 0;
}

/* ---- the directory ---- */

struct where {
	uint64_t offset, size, n;
};

/* The record at `at` is only half the truth where a number does not fit it: the other half stands before it. */
static int find_directory64(const struct zip *z, uint64_t at, struct where *w, struct vol_err *err)
{
	unsigned char locator[LOCATOR_BYTES], end[END64_BYTES];
	uint64_t offset;

	if (at < LOCATOR_BYTES || get(z, locator, sizeof locator, at - LOCATOR_BYTES, err) < 0 || !is(locator, "PK\6\7"))
		return damaged(z, err);
	offset = little(locator + 8, 8);
	if (offset > at - LOCATOR_BYTES || at - LOCATOR_BYTES - offset < END64_BYTES)
		return damaged(z, err);
	if (get(z, end, sizeof end, offset, err) < 0)
		return -1;
	if (!is(end, "PK\6\6"))
		return damaged(z, err);
	if (little(locator + 4, 4) || little(locator + 16, 4) > 1 || little(end + 16, 4) || little(end + 20, 4))
		return vol_fail(err, z->name, "is a zip archive in several files: join them first");
	*w = (struct where){.n = little(end + 32, 8), .size = little(end + 40, 8), .offset = little(end + 48, 8)};
	return 0;
}

static int find_directory(const struct zip *z, struct where *w, struct vol_err *err)
{
	size_t n = z->size < END_BYTES + COMMENT_MAX ? (size_t)z->size : END_BYTES + COMMENT_MAX, at = n;
	unsigned char *tail = malloc(n + 1), end[END_BYTES];
	bool found = false;
	uint64_t start;

	if (!tail)
		return vol_fail(err, z->name, "out of memory");
	if (get(z, tail, n, z->size - n, err) < 0) {
		free(tail);
		return -1;
	}
	for (at = n >= END_BYTES ? n - END_BYTES + 1 : 0; !found && at-- > 0;)
		found = is(tail + at, "PK\5\6") && at + END_BYTES + little(tail + at + 20, 2) == n;
	if (found)
		memcpy(end, tail + at, sizeof end);
	free(tail);
	if (!found)
		return vol_fail(err, z->name, "is no zip archive, or it is cut short: no directory at its end");
	start = z->size - n + at;
	*w = (struct where){.n = little(end + 10, 2), .size = little(end + 12, 4), .offset = little(end + 16, 4)};
	if (w->n == 0xffff || w->size == 0xffffffff || w->offset == 0xffffffff) {
		if (find_directory64(z, start, w, err) < 0)
			return -1;
	} else if (little(end + 4, 2) || little(end + 6, 2)) {
		return vol_fail(err, z->name, "is a zip archive in several files: join them first");
	}
	if (w->offset > start || w->size > start - w->offset)
		return damaged(z, err);
	if (w->size > DIRECTORY_MAX)
		return vol_fail(err, z->name, "zip directory is over 4 MiB");
	return 0;
}

/* Numbers of 64 bits stand in an extra field, those only that do not fit where they should. */
static bool take_zip64(struct zip_entry *e, const unsigned char *extra, size_t len)
{
	uint64_t *const number[] = {&e->size, &e->packed, &e->offset};
	bool missing = e->size == 0xffffffff || e->packed == 0xffffffff || e->offset == 0xffffffff;

	while (missing && len >= 4) {
		size_t part = little(extra + 2, 2);
		const unsigned char *p = extra + 4;

		if (part > len - 4)
			return false;
		if (little(extra, 2) == 1) {
			for (int i = 0; i < 3; i++) {
				if (*number[i] != 0xffffffff)
					continue;
				if (part < 8)
					return false;
				*number[i] = little(p, 8);
				p += 8;
				part -= 8;
			}
			return true;
		}
		extra = p + part;
		len -= 4 + part;
	}
	return !missing;
}

static int take_entries(struct zip *z, uint64_t n, struct vol_err *err)
{
	const unsigned char *p = z->text;
	size_t left = z->text_len;

	if (n > left / ENTRY_BYTES)
		return damaged(z, err);
	z->entry = calloc((size_t)n + 1, sizeof *z->entry);
	if (!z->entry)
		return vol_fail(err, z->name, "out of memory");
	for (; z->n < n; z->n++) {
		struct zip_entry *e = &z->entry[z->n];
		size_t extra, all;

		if (left < ENTRY_BYTES || !is(p, "PK\1\2"))
			return damaged(z, err);
		e->name = (const char *)p + ENTRY_BYTES;
		e->name_len = little(p + 28, 2);
		extra = little(p + 30, 2);
		all = ENTRY_BYTES + e->name_len + extra + little(p + 32, 2);
		if (all > left)
			return damaged(z, err);
		e->flags = (unsigned)little(p + 8, 2);
		e->method = (unsigned)little(p + 10, 2);
		e->crc = (uint32_t)little(p + 16, 4);
		e->packed = little(p + 20, 4);
		e->size = little(p + 24, 4);
		e->offset = little(p + 42, 4);
		if (!take_zip64(e, p + ENTRY_BYTES + e->name_len, extra))
			return damaged(z, err);
		p += all;
		left -= all;
	}
	return left ? damaged(z, err) : 0;
}

static int read_directory(struct zip *z, struct vol_err *err)
{
	struct where w = {0};

	if (find_directory(z, &w, err) < 0)
		return -1;
	z->directory = w.offset;
	z->text_len = (size_t)w.size;
	z->text = malloc(z->text_len + 1);
	if (!z->text)
		return vol_fail(err, z->name, "out of memory");
	if (get(z, z->text, z->text_len, w.offset, err) < 0)
		return -1;
	return take_entries(z, w.n, err);
}

/* ---- the file ---- */

/* A file as it is, from where it stands; what comes through a pipe in a file of ours. */
static int open_file(struct zip *z, const char *path, struct vol_err *err)
{
	struct bytes *b = bytes_open_plain(path, err);
	bool from_stdin = !path || strcmp(path, "-") == 0;
	struct stat st;
	off_t at;

	if (!b)
		return -1;
	z->name = strdup(bytes_name(b));
	if (!z->name) {
		bytes_close(b);
		return vol_fail(err, path, "out of memory");
	}
	if (bytes_reopen(b)) {
		z->fd = from_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
		if (z->fd < 0)
			return vol_fail_errno(err, z->name, "cannot be opened");
	} else {
		z->fd = fd_unnamed(err);
		if (z->fd < 0 || bytes_drain(b, z->fd, "temporary file", INT64_MAX, err) < 0) {
			bytes_close(b);
			return -1;
		}
		bytes_close(b);
		if (lseek(z->fd, 0, SEEK_SET) < 0)
			return vol_fail_errno(err, z->name, "cannot be read");
	}
	at = lseek(z->fd, 0, SEEK_CUR);
	if (fstat(z->fd, &st) < 0 || at < 0)
		return vol_fail_errno(err, z->name, "cannot be read");
	z->base = (uint64_t)at;
	z->size = st.st_size > at ? (uint64_t)(st.st_size - at) : 0;
	return z->size ? 0 : vol_fail(err, z->name, "is empty: nothing came to read");
}

struct zip *zip_open(const char *path, struct vol_err *err)
{
	struct zip *z = calloc(1, sizeof *z);

	if (!z) {
		vol_fail(err, path, "out of memory");
		return NULL;
	}
	z->fd = -1;
	z->users = 1;
	if (open_file(z, path, err) == 0 && read_directory(z, err) == 0)
		return z;
	zip_close(z);
	return NULL;
}

void zip_close(struct zip *z)
{
	if (!z || --z->users > 0)
		return;
	if (z->fd >= 0)
		close(z->fd);
	free(z->name);
	free(z->text);
	free(z->entry);
	free(z);
}

const char *zip_name(const struct zip *z)
{
	return z->name;
}

size_t zip_count(const struct zip *z)
{
	return z->n;
}

const struct zip_entry *zip_at(const struct zip *z, size_t i)
{
	return &z->entry[i];
}

int zip_find(const struct zip *z, const char *name, const struct zip_entry **found, struct vol_err *err)
{
	size_t len = strlen(name);

	*found = NULL;
	for (size_t i = 0; i < z->n; i++) {
		const struct zip_entry *e = &z->entry[i];

		if (e->name_len != len || memcmp(e->name, name, len) != 0)
			continue;
		if (*found)
			return vol_fail(err, z->name, "has two members named '%.100s'", name);
		*found = e;
	}
	return *found != NULL;
}

void zip_digest(const struct zip *z, char digest[65])
{
	SHA256Data(z->text, z->text_len, digest);
}

/* ---- members ---- */

struct member {
	struct zip *zip;
	const struct zip_entry *entry;
	char name[128];            /* for messages */
	uint64_t at, packed_left;  /* of the bytes in the file not yet read */
	uint64_t left;             /* of the member */
	uint32_t crc;
	struct inflater *inflater; /* NULL: stored */
	unsigned char *in;         /* IN_SIZE */
	size_t in_pos, in_len;
	bool ended;                /* the deflate data is at its end */
};

static int member_fail(const struct member *m, const char *what, struct vol_err *err)
{
	return vol_fail(err, m->zip->name, "member '%s' %s", m->name, what);
}

/* Where its bytes begin: after a header of its own, which has a name and an extra field too. */
static int find_bytes(struct member *m, struct vol_err *err)
{
	const struct zip *z = m->zip;
	const struct zip_entry *e = m->entry;
	unsigned char local[LOCAL_BYTES];
	uint64_t skip;

	if (e->flags & ENCRYPTED)
		return member_fail(m, "is encrypted: decrypt it first", err);
	if (e->method != STORED && e->method != DEFLATED)
		return vol_fail(err, z->name, "member '%s' is compressed by method %u, not stored or deflated: pack it "
		                              "anew with numpy.savez", m->name, e->method);
	if (e->offset > z->directory || z->directory - e->offset < LOCAL_BYTES)
		return damaged(z, err);
	if (get(z, local, sizeof local, e->offset, err) < 0)
		return -1;
	skip = LOCAL_BYTES + little(local + 26, 2) + little(local + 28, 2);
	if (!is(local, "PK\3\4") || little(local + 26, 2) != e->name_len || little(local + 8, 2) != e->method)
		return member_fail(m, "does not stand where the directory says", err);
	if (skip > z->directory - e->offset || e->packed > z->directory - e->offset - skip)
		return damaged(z, err);
	if (e->method == STORED ? e->packed != e->size : e->size / RATIO_MAX > e->packed)
		return damaged(z, err);
	m->at = e->offset + skip;
	m->packed_left = e->packed;
	m->left = e->size;
	return 0;
}

static void member_close(void *ctx)
{
	struct member *m = ctx;

	zip_close(m->zip);
	if (m->inflater)
		inflater_free(m->inflater);
	free(m->in);
	free(m);
}

void *zip_member_open(struct zip *z, const struct zip_entry *e, struct vol_err *err)
{
	struct member *m = calloc(1, sizeof *m);
	size_t len = e->name_len < sizeof m->name - 1 ? e->name_len : sizeof m->name - 1;

	if (!m) {
		vol_fail(err, z->name, "out of memory");
		return NULL;
	}
	m->zip = z;
	z->users++;
	m->entry = e;
	memcpy(m->name, e->name, len);
	if (find_bytes(m, err) < 0) {
		member_close(m);
		return NULL;
	}
	if (e->method == DEFLATED) {
		m->inflater = inflater_new();
		m->in = malloc(IN_SIZE);
		if (!m->inflater || !m->in) {
			vol_fail(err, z->name, "out of memory");
			member_close(m);
			return NULL;
		}
		inflater_bare(m->inflater);
	}
	return m;
}

static int get_packed(struct member *m, void *buf, size_t n, struct vol_err *err)
{
	if (get(m->zip, buf, n, m->at, err) < 0)
		return -1;
	m->at += n;
	m->packed_left -= n;
	return 0;
}

/* Inflate up to n bytes; fewer only at the end of the deflate data. */
static ssize_t inflate_some(struct member *m, unsigned char *buf, size_t n, struct vol_err *err)
{
	unsigned char *out = buf, *end = buf + n;

	while (out < end && !m->ended) {
		const unsigned char *in;
		unsigned char *before = out;
		size_t have;

		if (m->in_pos == m->in_len) {
			m->in_pos = 0;
			m->in_len = m->packed_left < IN_SIZE ? (size_t)m->packed_left : IN_SIZE;
			if (m->in_len && get_packed(m, m->in, m->in_len, err) < 0)
				return -1;
		}
		in = m->in + m->in_pos;
		have = m->in_len - m->in_pos;
		enum inflate_step step = inflater_step(m->inflater, &in, have, &out, (size_t)(end - out));

		m->in_pos = (size_t)(in - m->in);
		if (step == INFLATE_BAD || (step == INFLATE_ON && have == 0 && out == before))
			return member_fail(m, "is damaged: its deflate data", err);
		m->ended = step == INFLATE_MEMBER_END;
	}
	return out - buf;
}

static ssize_t member_read(void *ctx, void *buf, size_t n, struct vol_err *err)
{
	struct member *m = ctx;
	ssize_t got;

	if (n > m->left)
		n = (size_t)m->left;
	if (m->inflater)
		got = inflate_some(m, buf, n, err);
	else
		got = get_packed(m, buf, n, err) < 0 ? -1 : (ssize_t)n;
	if (got < 0)
		return -1;
	if ((size_t)got < n)
		return member_fail(m, "is damaged: its deflate data ends early", err);
	m->crc = inflate_crc(m->crc, buf, n);
	m->left -= n;
	return got;
}

/* After the last byte that is wanted. */
static int member_finish(void *ctx, struct vol_err *err)
{
	struct member *m = ctx;
	unsigned char more;

	if (m->left)
		return member_fail(m, "goes on after the last number", err);
	if (m->inflater) {
		ssize_t got = inflate_some(m, &more, 1, err);

		if (got != 0)
			return got < 0 ? -1 : member_fail(m, "is damaged: its deflate data goes on", err);
		if (m->packed_left)
			return member_fail(m, "is damaged: other bytes after its deflate data", err);
	}
	if (m->crc != m->entry->crc)
		return member_fail(m, "is damaged: its checksum does not fit", err);
	return 0;
}

const struct vol_source zip_member_source = {
	.read = member_read, .finish = member_finish, .close = member_close,
};
