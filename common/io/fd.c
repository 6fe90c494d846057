#include "fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A descriptor that some other program made non-blocking: wait, then go on. */
static int retry(int fd, short events)
{
	struct pollfd p = {.fd = fd, .events = events};

	if (errno == EINTR)
		return 1;
	if (errno != EAGAIN)
		return 0;
	return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

ssize_t fd_read(int fd, void *buf, size_t n, const char *subject, struct vol_err *err)
{
	size_t got = 0;

	while (got < n) {
		ssize_t r = read(fd, (char *)buf + got, n - got);

		if (r == 0)
			break;
		if (r > 0)
			got += (size_t)r;
		else if (!retry(fd, POLLIN))
			return vol_fail_errno(err, subject, "cannot be read");
	}
	return (ssize_t)got;
}

ssize_t fd_pread(int fd, void *buf, size_t n, off_t offset, const char *subject, struct vol_err *err)
{
	size_t got = 0;

	while (got < n) {
		ssize_t r = pread(fd, (char *)buf + got, n - got, offset + (off_t)got);

		if (r == 0)
			break;
		if (r > 0)
			got += (size_t)r;
		else if (!retry(fd, POLLIN))
			return vol_fail_errno(err, subject, "cannot be read");
	}
	return (ssize_t)got;
}

int fd_write(int fd, const void *buf, size_t n, const char *subject, struct vol_err *err)
{
	size_t put = 0;

	while (put < n) {
		ssize_t r = write(fd, (const char *)buf + put, n - put);

		if (r >= 0)
			put += (size_t)r;
		else if (!retry(fd, POLLOUT))
			return vol_fail_errno(err, subject, "cannot be written");
	}
	return 0;
}

static int64_t move_by_hand(int in, off_t *offset, int out, uint64_t n, const char *in_name,
                            const char *out_name, struct vol_err *err)
{
	void *buf = malloc(FD_CHUNK);
	uint64_t moved = 0;
	ssize_t got = 1;

	if (!buf)
		return vol_fail(err, in_name, "out of memory");
	while (moved < n && got > 0) {
		size_t want = n - moved < FD_CHUNK ? (size_t)(n - moved) : FD_CHUNK;

		got = offset ? fd_pread(in, buf, want, *offset, in_name, err)
			     : fd_read(in, buf, want, in_name, err);
		if (got > 0 && fd_write(out, buf, (size_t)got, out_name, err) < 0)
			got = -1;
		if (got > 0) {
			moved += (uint64_t)got;
			if (offset)
				*offset += got;
		}
	}
	free(buf);
	return got < 0 ? -1 : (int64_t)moved;
}

int64_t fd_move(int in, off_t *offset, int out, uint64_t n, const char *in_name,
                const char *out_name, struct vol_err *err)
{
	uint64_t moved = 0;

	while (moved < n) {
		size_t want = n - moved < (1 << 30) ? (size_t)(n - moved) : 1 << 30;
		ssize_t r = splice(in, offset, out, NULL, want, SPLICE_F_MOVE | SPLICE_F_MORE);

		if (r < 0 && errno == EINVAL) /* neither is a pipe */
			r = copy_file_range(in, offset, out, NULL, want, 0);
		if (r > 0) {
			moved += (uint64_t)r;
			continue;
		}
		if (r < 0 && errno == EINTR)
			continue;
		/* 0: the end, or a file system that cannot; the plain way tells which, and gives
		 * errors their names */
		int64_t rest = move_by_hand(in, offset, out, n - moved, in_name, out_name, err);

		return rest < 0 ? -1 : (int64_t)moved + rest;
	}
	return (int64_t)moved;
}

void fd_widen(int fd)
{
	(void)fcntl(fd, F_SETPIPE_SZ, 1 << 20);
}

/* A file without a name: whatever happens, it goes with the process. */
int fd_unnamed(struct vol_err *err)
{
	const char *dir = getenv("TMPDIR");
	char path[4096];
	int fd;

	if (!dir || !*dir)
		dir = "/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	/* not every file system has those */
	if ((size_t)snprintf(path, sizeof path, "%s/volpipe.XXXXXX", dir) >= sizeof path)
		return vol_fail(err, "TMPDIR", "is too long a name");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return vol_fail_errno(err, dir, "no temporary file can be made there");
	unlink(path);
	return fd;
}
