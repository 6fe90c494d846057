/* gzip_out.h - one gzip member (RFC 1952), compressed by several threads.
 *
 * The input is cut in blocks; each is deflated by itself with the 32 KiB before it as dictionary
 * and ends on a byte boundary (sync flush), so that the blocks join to one stream. The cuts depend
 * only on the level: the same bytes come out whatever the number of threads, and however the
 * input was divided over the calls. No file name and no time in the header. */
#ifndef VOL_GZIP_OUT_H
#define VOL_GZIP_OUT_H

#include <stddef.h>

#include "err.h"

struct gzip_out;

enum { GZIP_DEFAULT_LEVEL = 2 };

/* gzip_out_new - compressed bytes go to fd through fd_write, in order. level 1..9: 1 to 3 by
 * ISA-L where it is built in, the others by zlib. NULL with err. */
struct gzip_out *gzip_out_new(int fd, const char *fd_name, int level, int threads,
                              struct vol_err *err);

int gzip_out_write(struct gzip_out *g, const void *buf, size_t n, struct vol_err *err);

/* gzip_out_finish - the last block and the trailer; frees, also on -1. */
int gzip_out_finish(struct gzip_out *g, struct vol_err *err);

/* gzip_out_abandon - frees without finishing. NULL is fine. */
void gzip_out_abandon(struct gzip_out *g);

#endif
