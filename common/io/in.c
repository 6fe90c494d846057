/* in.c - the reading half of vol.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "outfile.h"
#include "vol.h"

enum { HEAD_MAX = 16 << 20, HEAD_STEP = 4096 };

struct vol_in {
	char *name;
	const struct vol_source *source;
	void *ctx;
	size_t unit;          /* bytes of one voxel, all its channels */
	size_t number;        /* bytes of one number */
	uint64_t slice_bytes;
	uint64_t slices, total, done; /* bytes */
	bool big, ended;
	bool held;            /* the map is of our own copy: the source has nothing more */
	char *map;            /* the whole file, when it is mapped; voxels start at map + start */
	size_t map_len, start, dropped;
	void *buf;            /* VOL_SLAB bytes, when it is not */
	bool ahead;           /* the next slab is in buf already */
	void (*hook)(void *, uint64_t, uint64_t);
	void *hook_ctx;
	void (*watch)(void *, const void *, size_t);
	void *watch_ctx;
};

/* ---- a descriptor as a source ---- */

struct fd_source {
	int fd;
	char *name;
	char *early;          /* voxel bytes that came along with the header; owned */
	size_t early_len, early_pos;
};

static ssize_t fd_source_read(void *ctx, void *buf, size_t n, struct vol_err *err)
{
	struct fd_source *s = ctx;
	size_t early = s->early_len - s->early_pos;
	ssize_t got;

	if (early > n)
		early = n;
	if (early) {
		memcpy(buf, s->early + s->early_pos, early);
		s->early_pos += early;
	}
	got = fd_read(s->fd, (char *)buf + early, n - early, s->name, err);
	return got < 0 ? -1 : got + (ssize_t)early;
}

static int64_t fd_source_drain(void *ctx, int fd, const char *fd_name, uint64_t n, struct vol_err *err)
{
	struct fd_source *s = ctx;
	size_t early = s->early_len - s->early_pos;
	int64_t moved;

	if (early > n)
		early = (size_t)n;
	if (early && fd_write(fd, s->early + s->early_pos, early, fd_name, err) < 0)
		return -1;
	s->early_pos += early;
	moved = fd_move(s->fd, NULL, fd, n - early, s->name, fd_name, err);
	return moved < 0 ? -1 : moved + (int64_t)early;
}

static int fd_source_finish(void *ctx, struct vol_err *err)
{
	struct fd_source *s = ctx;
	char one;
	ssize_t more = fd_source_read(s, &one, 1, err);

	if (more > 0)
		return vol_fail(err, s->name, "bytes follow after the last voxel");
	return (int)more;
}

static void fd_source_close(void *ctx)
{
	struct fd_source *s = ctx;

	if (s->fd > 2)
		close(s->fd);
	free(s->name);
	free(s->early);
	free(s);
}

static const struct vol_source fd_source = {fd_source_read, fd_source_drain, fd_source_finish,
                                            fd_source_close};

/* ---- the header ---- */

/* Bytes up to and with the empty line; 0 when it is not in there. `from`: no need to look before. */
static size_t header_length(const char *text, size_t len, size_t from)
{
	const char *p = text + (from > 2 ? from - 2 : 0);

	while ((p = memchr(p, '\n', len - (size_t)(p - text)))) {
		size_t left = len - (size_t)(++p - text);

		if (left >= 1 && p[0] == '\n')
			return (size_t)(p - text) + 1;
		if (left >= 2 && p[0] == '\r' && p[1] == '\n')
			return (size_t)(p - text) + 2;
	}
	return 0;
}

static bool is_nrrd(const char *text, size_t len)
{
	return len >= 8 && memcmp(text, "NRRD000", 7) == 0;
}

static int not_a_stream(const char *text, size_t len, const char *name, struct vol_err *err)
{
	if (len == 0)
		return vol_fail(err, name, "is empty: nothing came to read");
	if (len >= 2 && (unsigned char)text[0] == 0x1f && (unsigned char)text[1] == 0x8b)
		return vol_fail(err, name, "is compressed (gzip), not a volume stream");
	return vol_fail(err, name, "is not a volume stream (no NRRD magic)");
}

/* Read from s->fd until the header is complete. What came after it stays in s->early. */
static int read_header(struct fd_source *s, char **text, size_t *len, struct vol_err *err)
{
	size_t size = 0, have = 0, end = 0;
	char *buf = NULL;

	while (!end) {
		if (have + HEAD_STEP > size) {
			char *more = realloc(buf, size = size ? 2 * size : 4 * HEAD_STEP);

			if (!more) {
				free(buf);
				return vol_fail(err, s->name, "out of memory");
			}
			buf = more;
		}
		ssize_t got = fd_read(s->fd, buf + have, HEAD_STEP, s->name, err);

		if (got < 0)
			goto fail;
		have += (size_t)got;
		if (!is_nrrd(buf, have)) {
			not_a_stream(buf, have, s->name, err);
			goto fail;
		}
		end = header_length(buf, have, have - (size_t)got);
		if (!end && got < HEAD_STEP) {
			vol_fail(err, s->name, "ends inside the header");
			goto fail;
		}
		if ((end ? end : have) > HEAD_MAX) {
			vol_fail(err, s->name, "header is over 16 MiB");
			goto fail;
		}
	}
	s->early_len = have - end;
	s->early = malloc(s->early_len + 1);
	if (!s->early) {
		vol_fail(err, s->name, "out of memory");
		goto fail;
	}
	memcpy(s->early, buf + end, s->early_len);
	*text = buf;
	*len = end;
	return 0;
fail:
	free(buf);
	return -1;
}

/* ---- readers ---- */

static struct vol_in *new_reader(const char *name, const struct vol_head *head, struct vol_err *err)
{
	struct vol_in *in = calloc(1, sizeof *in);

	if (in)
		in->name = strdup(name);
	if (!in || !in->name) {
		free(in);
		vol_fail(err, name, "out of memory");
		return NULL;
	}
	in->number = voxel_size(head->type);
	in->unit = in->number * head->channels;
	in->slices = vol_head_slices(head);
	in->slice_bytes = vol_head_slice_bytes(head);
	in->total = vol_head_bytes(head);
	return in;
}

struct vol_in *vol_open_source(const struct vol_source *source, void *ctx, const char *name,
                               const struct vol_head *head, bool big, struct vol_err *err)
{
	struct vol_in *in = new_reader(name, head, err);

	if (!in) {
		source->close(ctx);
		return NULL;
	}
	in->source = source;
	in->ctx = ctx;
	in->big = big && in->number > 1;
	return in;
}

/* A mapped file that another process cuts short raises SIGBUS: say so instead of dumping core. */
static void on_bus(int sig)
{
	static const char text[] = ": the input file became shorter while it was read\n";
	const char *name = program_invocation_short_name;

	(void)sig;
	(void)!write(STDERR_FILENO, name, strlen(name));
	(void)!write(STDERR_FILENO, text, sizeof text - 1);
	outfile_unlink_all();
	_exit(vol_exit_trouble);
}

/* Map the file when it can be had and the voxels lie well in it. False: read it instead. */
static bool map_voxels(struct vol_in *in, int fd, off_t start)
{
	struct stat st;
	void *map;

	if (start % 16 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    (uint64_t)st.st_size != (uint64_t)start + in->total)
		return false;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return false;
	(void)madvise(map, (size_t)st.st_size, MADV_SEQUENTIAL);
	signal(SIGBUS, on_bus);
	in->map = map;
	in->map_len = (size_t)st.st_size;
	in->start = (size_t)start;
	return true;
}

static int skip(struct fd_source *s, const struct nrrd_layout *l, struct vol_err *err)
{
	uint64_t lines = l->line_skip, bytes = (uint64_t)l->byte_skip;
	char c = 0;

	while (lines || bytes) {
		ssize_t got = fd_source_read(s, &c, 1, err);

		if (got < 0)
			return -1;
		if (got == 0)
			return vol_fail(err, s->name, "ends inside the bytes to skip");
		if (lines)
			lines -= c == '\n';
		else
			bytes--;
	}
	return 0;
}

static struct vol_in *open_stream(struct fd_source *s, struct vol_head *head, struct vol_err *err)
{
	struct nrrd_layout layout;
	char *text = NULL;
	size_t len = 0;
	off_t start;
	struct vol_in *in;

	fd_widen(s->fd);
	if (read_header(s, &text, &len, err) < 0) {
		fd_source_close(s);
		return NULL;
	}
	if (vol_head_parse_stream(text, len, head, &layout, s->name, err) < 0) {
		free(text);
		fd_source_close(s);
		return NULL;
	}
	free(text);
	in = vol_open_source(&fd_source, s, s->name, head, layout.big_endian, err);
	if (!in || skip(s, &layout, err) < 0) {
		vol_close(in);
		vol_head_free(head);
		return NULL;
	}
	start = lseek(s->fd, 0, SEEK_CUR);
	if (start >= 0 && !in->big)
		map_voxels(in, s->fd, start - (off_t)(s->early_len - s->early_pos));
	return in;
}

struct vol_in *vol_open(const char *path, struct vol_head *head, struct vol_err *err)
{
	bool from_stdin = !path || strcmp(path, "-") == 0;
	struct fd_source *s = calloc(1, sizeof *s);
	struct stat st;

	vol_head_init(head);
	if (s)
		s->name = strdup(from_stdin ? "stdin" : path);
	if (!s || !s->name) {
		free(s);
		vol_fail(err, path, "out of memory");
		return NULL;
	}
	s->fd = from_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0)
		vol_fail_errno(err, s->name, "cannot be opened");
	else if (from_stdin && isatty(s->fd))
		vol_fail(err, s->name, "is a terminal: give a file or a pipe");
	else if (fstat(s->fd, &st) == 0 && S_ISDIR(st.st_mode))
		vol_fail(err, s->name, "is a folder");
	else
		return open_stream(s, head, err);
	fd_source_close(s);
	return NULL;
}

/* ---- slabs ---- */

/* Bytes of the next slab: whole slices where one fits, else a part of one. */
static size_t next_bytes(const struct vol_in *in)
{
	uint64_t left = in->total - in->done, in_slice = in->done % in->slice_bytes;
	uint64_t n;

	if (in_slice == 0 && in->slice_bytes <= VOL_SLAB)
		n = VOL_SLAB / in->slice_bytes * in->slice_bytes;
	else
		n = VOL_SLAB / in->unit * in->unit;
	if (in->slice_bytes > VOL_SLAB && n > in->slice_bytes - in_slice)
		n = in->slice_bytes - in_slice;
	return (size_t)(n < left ? n : left);
}

static int ends_early(const struct vol_in *in, uint64_t have, struct vol_err *err)
{
	return vol_fail(err, in->name, "ends after %llu of %llu slices (%llu of %llu bytes)",
	                (unsigned long long)(have / in->slice_bytes), (unsigned long long)in->slices,
	                (unsigned long long)have, (unsigned long long)in->total);
}

static int end(struct vol_in *in, struct vol_err *err)
{
	if (in->ended)
		return 0;
	in->ended = true;
	return in->source->finish && !in->map ? in->source->finish(in->ctx, err) : 0;
}

static void swap_bytes(void *buf, size_t n, size_t number)
{
	if (number == 2)
		for (uint16_t *p = buf; n >= 2; n -= 2, p++)
			*p = __builtin_bswap16(*p);
	else if (number == 4)
		for (uint32_t *p = buf; n >= 4; n -= 4, p++)
			*p = __builtin_bswap32(*p);
	else if (number == 8)
		for (uint64_t *p = buf; n >= 8; n -= 8, p++)
			*p = __builtin_bswap64(*p);
}

/* Pages behind the reader would count as its memory: give them back, some MiB at a time. */
static void drop_behind(struct vol_in *in, size_t upto)
{
	const size_t step = 4 << 20;

	if (upto - in->dropped < 2 * step)
		return;
	upto = upto / step * step;
	(void)madvise(in->map + in->dropped, upto - in->dropped, MADV_DONTNEED);
	in->dropped = upto;
}

static int next_read(struct vol_in *in, size_t n, const void **voxels, struct vol_err *err)
{
	ssize_t got;

	*voxels = in->buf;
	if (in->ahead) {
		in->ahead = false;
		return 0;
	}
	if (!in->buf && posix_memalign(&in->buf, 4096, VOL_SLAB) != 0)
		return vol_fail(err, in->name, "out of memory");
	got = in->source->read(in->ctx, in->buf, n, err);
	if (got < 0)
		return -1;
	if ((size_t)got < n)
		return ends_early(in, in->done + (uint64_t)got, err);
	if (in->big)
		swap_bytes(in->buf, n, in->number);
	*voxels = in->buf;
	return 0;
}

int vol_peek(struct vol_in *in, const void **voxels, size_t *bytes, struct vol_err *err)
{
	*bytes = next_bytes(in);
	if (in->map)
		*voxels = in->map + in->start + in->done;
	else if (next_read(in, *bytes, voxels, err) < 0)
		return -1;
	in->ahead = !in->map;
	return 0;
}

int vol_next(struct vol_in *in, struct vol_slab *slab, struct vol_err *err)
{
	size_t n;

	if (in->done == in->total)
		return end(in, err);
	n = next_bytes(in);
	slab->slice = in->done / in->slice_bytes;
	slab->offset = in->done % in->slice_bytes / in->number;
	slab->n = n / in->number;
	if (in->map) {
		drop_behind(in, in->start + in->done);
		slab->voxels = in->map + in->start + in->done;
	} else if (next_read(in, n, &slab->voxels, err) < 0) {
		return -1;
	}
	in->done += n;
	if (in->watch)
		in->watch(in->watch_ctx, slab->voxels, n);
	/* the last voxels are given out only when the input has proved sound to its end, checksum
	 * and all: else the next stage of a pipe would get a whole stream of them */
	if (in->done == in->total && end(in, err) < 0)
		return -1;
	if (in->hook)
		in->hook(in->hook_ctx, in->done, in->total);
	return 1;
}

static int put_slab(struct vol_in *in, int fd, const char *fd_name, struct vol_err *err)
{
	struct vol_slab slab;
	int got = vol_next(in, &slab, err);

	if (got > 0 && fd_write(fd, slab.voxels, slab.n * in->number, fd_name, err) < 0)
		return -1;
	return got;
}

static int drain_by_slab(struct vol_in *in, int fd, const char *fd_name, struct vol_err *err)
{
	int got;

	while ((got = put_slab(in, fd, fd_name, err)) > 0)
		;
	return got;
}

int vol_drain(struct vol_in *in, int fd, const char *fd_name, struct vol_err *err)
{
	uint64_t left, hold = 65536 / in->unit * in->unit;

	if (in->big || in->held || in->watch || !in->source->drain)
		return drain_by_slab(in, fd, fd_name, err);
	if (in->ahead && put_slab(in, fd, fd_name, err) < 0)
		return -1;
	left = in->total - in->done;
	if (in->map) {
		/* by descriptor from here on: nothing needs to pass through this process */
		struct fd_source *s = in->ctx;

		s->early_pos = s->early_len;
		if (lseek(s->fd, (off_t)(in->start + in->done), SEEK_SET) < 0)
			return vol_fail_errno(err, in->name, "cannot be read");
		munmap(in->map, in->map_len);
		in->map = NULL;
	}
	/* in pieces, so that progress can be shown; the last one by slab, for the reason there */
	while (left > hold) {
		uint64_t piece = left - hold < 16 << 20 ? left - hold : 16 << 20;
		int64_t moved = in->source->drain(in->ctx, fd, fd_name, piece, err);

		if (moved < 0)
			return -1;
		in->done += (uint64_t)moved;
		left -= (uint64_t)moved;
		if ((uint64_t)moved < piece)
			return ends_early(in, in->done, err);
		if (in->hook)
			in->hook(in->hook_ctx, in->done, in->total);
	}
	return drain_by_slab(in, fd, fd_name, err);
}

/* ---- more than once ---- */

int vol_hold(struct vol_in *in, struct vol_err *err)
{
	int fd, rc;

	if (in->map)
		return 0;
	fd = fd_unnamed(err);
	if (fd < 0)
		return -1;
	rc = vol_drain(in, fd, "temporary file", err);
	if (rc == 0) {
		in->map = mmap(NULL, (size_t)in->total, PROT_READ, MAP_PRIVATE, fd, 0);
		if (in->map == MAP_FAILED) {
			in->map = NULL;
			rc = vol_fail_errno(err, in->name, "cannot be read from its temporary file");
		}
	}
	close(fd);
	if (rc < 0)
		return -1;
	(void)madvise(in->map, (size_t)in->total, MADV_SEQUENTIAL);
	in->map_len = (size_t)in->total;
	in->start = 0;
	in->held = true;
	in->big = false; /* swapped on the way */
	vol_rewind(in);
	return 0;
}

void vol_rewind(struct vol_in *in)
{
	in->done = 0;
	in->dropped = 0;
}

const void *vol_held(struct vol_in *in)
{
	(void)madvise(in->map, in->map_len, MADV_NORMAL);
	return in->map + in->start;
}

void vol_watch(struct vol_in *in, void (*hook)(void *, const void *, size_t), void *ctx)
{
	in->watch = hook;
	in->watch_ctx = ctx;
}

void vol_progress(struct vol_in *in, void (*hook)(void *, uint64_t, uint64_t), void *ctx)
{
	in->hook = hook;
	in->hook_ctx = ctx;
}

const char *vol_in_name(const struct vol_in *in)
{
	return in->name;
}

size_t vol_in_number(const struct vol_in *in)
{
	return in->number;
}

void vol_close(struct vol_in *in)
{
	if (!in)
		return;
	if (in->map)
		munmap(in->map, in->map_len);
	in->source->close(in->ctx);
	free(in->buf);
	free(in->name);
	free(in);
}
