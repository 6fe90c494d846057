#include "bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inflate.h"
#include "io/fd.h"

enum {
	IN_SIZE = 128 << 10, /* bytes as stored, read ahead */
	HEADER_MAX = 8 << 10,
	PEEK_MAX = 64 << 10
};

enum gzip_state {
	NO_GZIP,
	IN_MEMBER,   /* the inflater wants more input, or has more output */
	AFTER_MEMBER /* its checksums were right; another member, zeros or the end come next */
};

struct bytes {
	char *name;
	int fd;
	off_t start;          /* where a regular file stood when it was opened; else -1 */
	bool in_end;          /* the descriptor has nothing more */
	unsigned char *in;    /* IN_SIZE: bytes as stored, read and not yet used */
	size_t in_pos, in_len;
	uint64_t came;        /* bytes read from the descriptor */
	enum gzip_state gzip;
	bool zlib;            /* it is a zlib stream instead, of which there is one */
	struct inflater *inflater;
	unsigned char *ahead; /* PEEK_MAX: bytes inflated and not yet taken */
	size_t ahead_pos, ahead_len;
	void *chunk;          /* FD_CHUNK, for bytes_drain */
};

/* ---- opening ---- */

static struct bytes *kept; /* a pipe, looked at and given back; see bytes_keep */

static bool is_stdin(const char *path)
{
	return !path || strcmp(path, "-") == 0;
}

/* fd: open already, or -1 */
static int open_fd(struct bytes *b, int fd, const char *path, struct vol_err *err)
{
	bool from_stdin = fd < 0 && is_stdin(path);
	struct stat st;

	b->name = strdup(from_stdin ? "stdin" : path);
	b->in = malloc(IN_SIZE);
	b->fd = fd;
	if (!b->name || !b->in)
		return vol_fail(err, path, "out of memory");
	if (fd < 0)
		b->fd = from_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (b->fd < 0)
		return vol_fail_errno(err, b->name, "cannot be opened");
	if (from_stdin && isatty(b->fd))
		return vol_fail(err, b->name, "is a terminal: give a file or a pipe");
	if (fstat(b->fd, &st) < 0)
		return vol_fail_errno(err, b->name, "cannot be read");
	if (S_ISDIR(st.st_mode))
		return vol_fail(err, b->name, "is a folder");
	if (S_ISREG(st.st_mode))
		b->start = lseek(b->fd, 0, SEEK_CUR);
	fd_widen(b->fd);
	return 0;
}

static struct bytes *open_new(int fd, const char *path, struct vol_err *err)
{
	struct bytes *b = calloc(1, sizeof *b);

	if (!b) {
		if (fd >= 0)
			close(fd);
		vol_fail(err, path, "out of memory");
		return NULL;
	}
	b->start = -1;
	if (open_fd(b, fd, path, err) < 0) {
		bytes_close(b);
		return NULL;
	}
	return b;
}

struct bytes *bytes_open_plain(const char *path, struct vol_err *err)
{
	struct bytes *b;

	if (kept && strcmp(kept->name, is_stdin(path) ? "stdin" : path) == 0) {
		b = kept;
		kept = NULL;
		return b;
	}
	return open_new(-1, path, err);
}

/* Is it gzip? Then it is undone from here on. */
static struct bytes *by_magic(struct bytes *b, struct vol_err *err)
{
	const unsigned char *p;
	ssize_t got;

	if (!b || b->gzip != NO_GZIP) /* a kept one knows already */
		return b;
	got = bytes_peek(b, &p, 2, err);
	if (got < 0 || (got == 2 && p[0] == 0x1f && p[1] == 0x8b && bytes_gunzip(b, err) < 0)) {
		bytes_close(b);
		return NULL;
	}
	return b;
}

struct bytes *bytes_open(const char *path, struct vol_err *err)
{
	return by_magic(bytes_open_plain(path, err), err);
}

struct bytes *bytes_open_fd(int fd, const char *name, struct vol_err *err)
{
	return by_magic(open_new(fd, name, err), err);
}

uint64_t bytes_came(const struct bytes *b)
{
	return b->came;
}

bool bytes_reopen(struct bytes *b)
{
	if (b->start < 0 || lseek(b->fd, b->start, SEEK_SET) < 0)
		return false;
	bytes_close(b);
	return true;
}

void bytes_keep(struct bytes *b)
{
	if (bytes_reopen(b))
		return;
	bytes_close(kept);
	kept = b;
}

bool bytes_compressed(const struct bytes *b)
{
	return b->gzip != NO_GZIP;
}

const char *bytes_name(const struct bytes *b)
{
	return b->name;
}

void bytes_close(struct bytes *b)
{
	if (!b)
		return;
	if (b->fd > 2)
		close(b->fd);
	if (b->inflater)
		inflater_free(b->inflater);
	free(b->name);
	free(b->in);
	free(b->ahead);
	free(b->chunk);
	free(b);
}

/* ---- bytes as stored ---- */

/* Read ahead until n bytes wait in b->in, or the end. Returns how many wait. */
static ssize_t fill(struct bytes *b, size_t n, struct vol_err *err)
{
	size_t have = b->in_len - b->in_pos;

	if (have >= n || b->in_end)
		return (ssize_t)have;
	memmove(b->in, b->in + b->in_pos, have);
	b->in_pos = 0;
	b->in_len = have;
	ssize_t got = fd_read(b->fd, b->in + have, n - have, b->name, err);

	if (got < 0)
		return -1;
	b->in_end = (size_t)got < n - have;
	b->in_len += (size_t)got;
	b->came += (uint64_t)got;
	return (ssize_t)b->in_len;
}

static size_t take_stored(struct bytes *b, void *buf, size_t n)
{
	size_t have = b->in_len - b->in_pos;

	if (n > have)
		n = have;
	if (n)
		memcpy(buf, b->in + b->in_pos, n);
	b->in_pos += n;
	return n;
}

static ssize_t read_stored(struct bytes *b, void *buf, size_t n, struct vol_err *err)
{
	size_t got = take_stored(b, buf, n);
	ssize_t more;

	if (got == n || b->in_end)
		return (ssize_t)got;
	more = fd_read(b->fd, (char *)buf + got, n - got, b->name, err);
	if (more < 0)
		return -1;
	b->in_end = (size_t)more < n - got;
	b->came += (uint64_t)more;
	return (ssize_t)got + more;
}

/* ---- bytes inflated ---- */

static int begin_member(struct bytes *b, struct vol_err *err)
{
	/* ISA-L 2.30 finds the wrong header checksum (FHCRC) when the header comes in two pieces */
	if (b->in_len - b->in_pos < HEADER_MAX && fill(b, IN_SIZE, err) < 0)
		return -1;
	if (b->zlib)
		inflater_zlib(b->inflater);
	else
		inflater_member(b->inflater);
	b->gzip = IN_MEMBER;
	return 0;
}

static const char *kind(const struct bytes *b)
{
	return b->zlib ? "zlib" : "gzip";
}

static int begin_inflate(struct bytes *b, bool zlib, struct vol_err *err)
{
	if (b->gzip != NO_GZIP)
		return vol_fail(err, b->name, "is %s data inside %s data", zlib ? "zlib" : "gzip", kind(b));
	b->zlib = zlib;
	b->inflater = inflater_new();
	b->ahead = malloc(PEEK_MAX);
	if (!b->inflater || !b->ahead)
		return vol_fail(err, b->name, "out of memory");
	return begin_member(b, err);
}

int bytes_gunzip(struct bytes *b, struct vol_err *err)
{
	return begin_inflate(b, false, err);
}

int bytes_unzlib(struct bytes *b, struct vol_err *err)
{
	return begin_inflate(b, true, err);
}

/* What comes after a member. 1: another one, begun; 0: the end; -1. */
static int next_member(struct bytes *b, struct vol_err *err)
{
	ssize_t have = fill(b, 2, err);
	const unsigned char *p = b->in + b->in_pos;

	if (!b->zlib && have >= 2 && p[0] == 0x1f && p[1] == 0x8b)
		return begin_member(b, err) < 0 ? -1 : 1;
	/* tapes and block devices leave zeros behind; anything else is nobody's data */
	while ((have = fill(b, 1, err)) > 0) {
		for (; b->in_pos < b->in_len; b->in_pos++)
			if (b->in[b->in_pos])
				return vol_fail(err, b->name, "other bytes follow after the %s data", kind(b));
		have = fill(b, IN_SIZE, err);
		if (have < 0)
			return -1;
	}
	return (int)have;
}

/* Inflate up to n bytes to buf. Fewer only at the end of the data. */
static ssize_t read_inflated(struct bytes *b, unsigned char *buf, size_t n, struct vol_err *err)
{
	unsigned char *out = buf, *end = buf + n;

	while (out < end) {
		if (b->gzip == AFTER_MEMBER) {
			int more = next_member(b, err);

			if (more < 0)
				return -1;
			if (more == 0)
				break;
		}
		if (b->in_pos == b->in_len && fill(b, IN_SIZE, err) < 0)
			return -1;
		const unsigned char *in = b->in + b->in_pos;
		size_t have = b->in_len - b->in_pos;
		unsigned char *before = out;
		enum inflate_step step = inflater_step(b->inflater, &in, have, &out,
		                                       (size_t)(end - out));

		b->in_pos = (size_t)(in - b->in);
		if (step == INFLATE_BAD)
			return vol_fail(err, b->name, "%s data is damaged", kind(b));
		if (step == INFLATE_MEMBER_END)
			b->gzip = AFTER_MEMBER;
		else if (have == 0 && out == before)
			return vol_fail(err, b->name, "%s data ends early", kind(b));
	}
	return out - buf;
}

/* ---- taking them ---- */

ssize_t bytes_peek(struct bytes *b, const unsigned char **p, size_t n, struct vol_err *err)
{
	size_t have = b->ahead_len - b->ahead_pos;
	ssize_t got;

	if (n > PEEK_MAX)
		n = PEEK_MAX;
	if (b->gzip == NO_GZIP) {
		got = fill(b, n, err);
		*p = b->in + b->in_pos;
		return got > (ssize_t)n ? (ssize_t)n : got;
	}
	if (have < n) {
		memmove(b->ahead, b->ahead + b->ahead_pos, have);
		b->ahead_pos = 0;
		b->ahead_len = have;
		got = read_inflated(b, b->ahead + have, n - have, err);
		if (got < 0)
			return -1;
		b->ahead_len += (size_t)got;
		have = b->ahead_len;
	}
	*p = b->ahead + b->ahead_pos;
	return (ssize_t)(have < n ? have : n);
}

ssize_t bytes_read(struct bytes *b, void *buf, size_t n, struct vol_err *err)
{
	size_t early = b->ahead_len - b->ahead_pos;
	ssize_t got;

	if (b->gzip == NO_GZIP)
		return read_stored(b, buf, n, err);
	if (early > n)
		early = n;
	if (early)
		memcpy(buf, b->ahead + b->ahead_pos, early);
	b->ahead_pos += early;
	got = read_inflated(b, (unsigned char *)buf + early, n - early, err);
	return got < 0 ? -1 : got + (ssize_t)early;
}

/* Take n bytes of what bytes_peek just showed. */
static void take(struct bytes *b, size_t n)
{
	if (b->gzip == NO_GZIP)
		b->in_pos += n;
	else
		b->ahead_pos += n;
}

int64_t bytes_left(const struct bytes *b)
{
	struct stat st;
	off_t at;

	if (b->gzip != NO_GZIP || b->start < 0 || fstat(b->fd, &st) < 0)
		return -1;
	at = lseek(b->fd, 0, SEEK_CUR);
	if (at < 0 || at > st.st_size)
		return -1;
	return st.st_size - at + (int64_t)(b->in_len - b->in_pos);
}

int bytes_skip(struct bytes *b, uint64_t n, struct vol_err *err)
{
	size_t early = b->in_len - b->in_pos;
	const unsigned char *p;
	int64_t rest = bytes_left(b);

	if (n > early && rest >= 0 && n <= (uint64_t)rest) {
		if (lseek(b->fd, (off_t)(n - early), SEEK_CUR) < 0)
			return vol_fail_errno(err, b->name, "cannot be read");
		b->in_pos = b->in_len;
		return 0;
	}
	while (n) {
		ssize_t got = bytes_peek(b, &p, n < PEEK_MAX ? (size_t)n : PEEK_MAX, err);

		if (got < 0)
			return -1;
		if (got == 0)
			return vol_fail(err, b->name, "ends %llu bytes before its data should start",
			                (unsigned long long)n);
		take(b, (size_t)got);
		n -= (uint64_t)got;
	}
	return 0;
}

int64_t bytes_rest(struct bytes *b, struct vol_err *err)
{
	const unsigned char *p;
	int64_t rest = bytes_left(b);
	ssize_t got;

	if (rest >= 0)
		return bytes_skip(b, (uint64_t)rest, err) < 0 ? -1 : rest;
	for (rest = 0; (got = bytes_peek(b, &p, PEEK_MAX, err)) > 0; rest += got)
		take(b, (size_t)got);
	return got < 0 ? -1 : rest;
}

static int64_t drain_stored(struct bytes *b, int fd, const char *fd_name, uint64_t n,
                            struct vol_err *err)
{
	size_t early = b->in_len - b->in_pos;
	int64_t moved;

	if (early > n)
		early = (size_t)n;
	if (early && fd_write(fd, b->in + b->in_pos, early, fd_name, err) < 0)
		return -1;
	b->in_pos += early;
	moved = fd_move(b->fd, NULL, fd, n - early, b->name, fd_name, err);
	return moved < 0 ? -1 : moved + (int64_t)early;
}

int64_t bytes_drain(struct bytes *b, int fd, const char *fd_name, uint64_t n, struct vol_err *err)
{
	uint64_t done = 0;

	if (b->gzip == NO_GZIP)
		return drain_stored(b, fd, fd_name, n, err);
	if (!b->chunk && !(b->chunk = malloc(FD_CHUNK)))
		return vol_fail(err, b->name, "out of memory");
	while (done < n) {
		size_t want = n - done < FD_CHUNK ? (size_t)(n - done) : FD_CHUNK;
		ssize_t got = bytes_read(b, b->chunk, want, err);

		if (got < 0 || fd_write(fd, b->chunk, (size_t)got, fd_name, err) < 0)
			return -1;
		done += (uint64_t)got;
		if ((size_t)got < want)
			break;
	}
	return (int64_t)done;
}

int bytes_spool(struct bytes *b, struct vol_err *err)
{
	int fd = fd_unnamed(err);

	if (fd >= 0 && bytes_drain(b, fd, "temporary file", INT64_MAX, err) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int bytes_end(struct bytes *b, struct vol_err *err)
{
	const unsigned char *p;
	ssize_t got = bytes_peek(b, &p, 1, err);

	return got < 0 ? -1 : got > 0;
}
