/* bytes.h - a file or stdin as a row of bytes, gzip undone on the way.
 *
 * Streams: memory is a few hundred KiB at any length. All members of a gzip file are read, its
 * checksums are checked; a file that is cut short inside gzip data is an error. */
#ifndef VOL_BYTES_H
#define VOL_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

struct bytes;

/* bytes_open - path NULL or "-" is stdin; gzip is seen by its magic. NULL with err. */
struct bytes *bytes_open(const char *path, struct vol_err *err);

/* bytes_open_fd - the same for a descriptor, which is taken over; not stdin. */
struct bytes *bytes_open_fd(int fd, const char *name, struct vol_err *err);

/* bytes_open_plain - the same, leaving gzip alone (bytes_gunzip may follow). */
struct bytes *bytes_open_plain(const char *path, struct vol_err *err);

/* bytes_gunzip - what follows from here on is gzip data. */
int bytes_gunzip(struct bytes *b, struct vol_err *err);

/* bytes_unzlib - what follows from here on is one zlib stream (RFC 1950), and nothing after it. */
int bytes_unzlib(struct bytes *b, struct vol_err *err);

/* bytes_keep - close after no more than a look (bytes_peek), such that the path can be opened again
 * with every byte still there: a file from its start, stdin from where it stood; what came through
 * a pipe waits here for the next bytes_open of the same path. */
void bytes_keep(struct bytes *b);

/* bytes_reopen - close so that the path can be opened again by any means, from where bytes_open
 * found it. False, and nothing done, for a pipe. */
bool bytes_reopen(struct bytes *b);

/* bytes_compressed - is gzip being undone? */
bool bytes_compressed(const struct bytes *b);

/* bytes_peek - look at the next bytes, up to n <= 65536, without taking them. Returns how many
 * there are (fewer than n only near the end), -1 with err. *p is good until the next call. */
ssize_t bytes_peek(struct bytes *b, const unsigned char **p, size_t n, struct vol_err *err);

/* bytes_read - take n bytes; fewer only at the end. -1 with err. */
ssize_t bytes_read(struct bytes *b, void *buf, size_t n, struct vol_err *err);

/* bytes_skip - take n bytes and drop them. -1 with err, also when the input is shorter. */
int bytes_skip(struct bytes *b, uint64_t n, struct vol_err *err);

/* bytes_rest - take all bytes up to the end and say how many there were; quick when nothing is
 * compressed. -1 with err. */
int64_t bytes_rest(struct bytes *b, struct vol_err *err);

/* bytes_left - how many bytes a regular file that is not compressed still has; -1 for all else. */
int64_t bytes_left(const struct bytes *b);

/* bytes_drain - take n bytes and write them to fd; inside the kernel when nothing is compressed.
 * Returns the bytes moved, fewer only at the end; -1 with err. */
int64_t bytes_drain(struct bytes *b, int fd, const char *fd_name, uint64_t n, struct vol_err *err);

/* bytes_spool - take all bytes that are left, into a file without a name under TMPDIR (or /tmp). Its descriptor; -1 with
 * err. */
int bytes_spool(struct bytes *b, struct vol_err *err);

/* bytes_end - 0 when the input is at its end (and its checksums fit), 1 when more follows, -1. */
int bytes_end(struct bytes *b, struct vol_err *err);

/* bytes_came - how many bytes, as they are stored, bytes_peek and bytes_read have needed so far. */
uint64_t bytes_came(const struct bytes *b);

const char *bytes_name(const struct bytes *b);
void bytes_close(struct bytes *b); /* NULL is fine */

#endif
