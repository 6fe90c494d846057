/* gzip_out.h - one gzip member (RFC 1952), compressed by several threads.
 *
 * The input is cut in blocks; each is deflated by itself with the 32 KiB before it as dictionary
 * and ends on a byte boundary (sync flush), so that the blocks join to one stream. The cuts depend
 * only on the level: the same bytes come out whatever the number of threads, and however the
 * input was divided over the calls. No file name and no time in the header. */
#ifndef VOL_GZIP_OUT_H
#define VOL_GZIP_OUT_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct gzip_out;

/* Level 2 on CT at 512 x 512, two threads: 2.6 % larger than pigz -6 and some ten times as fast with
 * ISA-L; 2.8 % larger and 3 to 4 times as fast with zlib. */
enum { GZIP_DEFAULT_LEVEL = 2 };

/* gzip_out_new - compressed bytes go to fd through fd_write, in order. level 1..9: 1 and 2 by
 * ISA-L where it is built in, the others by zlib (ISA-L's own level 3 is slower than its 2 and no
 * smaller). threads: as par_threads gave it; more than 16 are not used. Memory: 0.7 MiB, and as
 * much again for each thread and two more blocks in hand. fd_name is borrowed. NULL with err.
 *
 * The compressed bytes are those of this build's libraries: another release of zlib or ISA-L may
 * pack the same voxels otherwise. ISA-L picks its kernels by the CPU: from SSE4.2 on all of them
 * (SSE, AVX, AVX2, AVX-512) gave the same bytes, as tested with 2.30 on 144 MB; its portable
 * kernels, for older CPUs and other architectures, use another hash and give other bytes (1 %
 * more). What is inflated is the same always. */
struct gzip_out *gzip_out_new(int fd, const char *fd_name, int level, int threads,
                              struct vol_err *err);

int gzip_out_write(struct gzip_out *g, const void *buf, size_t n, struct vol_err *err);

/* gzip_out_finish - the last block and the trailer; frees, also on -1. */
int gzip_out_finish(struct gzip_out *g, struct vol_err *err);

/* gzip_out_bare - the same without gzip's header and trailer: deflate data alone (RFC 1951), for formats that wrap it
 * in their own way. gzip_out_finish_bare - as gzip_out_finish; the CRC-32 of what was given, and how many bytes of
 * deflate data there are. */
struct gzip_out *gzip_out_bare(int fd, const char *fd_name, int level, int threads, struct vol_err *err);
int gzip_out_finish_bare(struct gzip_out *g, uint32_t *crc, uint64_t *packed, struct vol_err *err);

/* gzip_out_abandon - frees without finishing. NULL is fine. */
void gzip_out_abandon(struct gzip_out *g);

#endif
