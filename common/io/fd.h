/* fd.h - moving bytes through descriptors, whole or not at all. */
#ifndef VOL_FD_H
#define VOL_FD_H

#include <stdint.h>
#include <sys/types.h>

#include "err.h"

enum { FD_CHUNK = 512 << 10 }; /* bytes a call: large for the pipe, small enough for the L2 cache */

/* fd_read - read up to n bytes, fewer only at the end of the input. Returns the count; -1 with
 * err about `subject`. */
ssize_t fd_read(int fd, void *buf, size_t n, const char *subject, struct vol_err *err);

/* fd_pread - the same at an offset of a seekable file; the file position stays. */
ssize_t fd_pread(int fd, void *buf, size_t n, off_t offset, const char *subject, struct vol_err *err);

/* fd_write - write all n bytes. 0, or -1 with err about `subject`. */
int fd_write(int fd, const void *buf, size_t n, const char *subject, struct vol_err *err);

/* fd_move - move n bytes from `in` (at its file position, or at *offset, which then advances) to
 * `out`, inside the kernel where it can. Returns the bytes moved, fewer than n only at the end of
 * the input; -1 with err about `in_name` or `out_name`. */
int64_t fd_move(int in, off_t *offset, int out, uint64_t n, const char *in_name,
                const char *out_name, struct vol_err *err);

/* fd_widen - ask for a 1 MiB pipe; nothing happens when fd is no pipe or the system says no. */
void fd_widen(int fd);

/* fd_unnamed - a new file without a name, in TMPDIR (or /tmp), to write and read; it goes when it is closed. -1
 * with err. */
int fd_unnamed(struct vol_err *err);

#endif
