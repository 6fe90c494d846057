/* zip.h - zip archives: members stored or deflated, zip64 where sizes ask for it.
 *
 * PKWARE's APPNOTE.TXT 6.3.10 is the standard. By hand on zlib's (or ISA-L's) inflater and our own deflater, and not by
 * libzip or minizip: those want a file that they can seek in to write one, deflate in one thread, and give members the
 * time of day; and what an array needs of a zip is little. */
#ifndef VOL_ZIP_H
#define VOL_ZIP_H

#include <stddef.h>
#include <stdint.h>

#include "io/vol.h"

/* ---- reading ---- */

struct zip;

struct zip_entry {
	const char *name;      /* name_len bytes, no zero after them */
	size_t name_len;
	unsigned flags, method;
	uint32_t crc;
	uint64_t packed, size; /* bytes in the file; of the member */
	uint64_t offset;       /* of its local header */
};

/* zip_open - read the directory of an archive. path NULL or "-": stdin. A directory stands at the end: what comes
 * through a pipe is first taken to a file without a name under TMPDIR. NULL with err. */
struct zip *zip_open(const char *path, struct vol_err *err);

const char *zip_name(const struct zip *z);
size_t zip_count(const struct zip *z);
const struct zip_entry *zip_at(const struct zip *z, size_t i);

/* zip_find - the member of this name. 1; 0 when there is none; -1 with err when there are two. */
int zip_find(const struct zip *z, const char *name, const struct zip_entry **found, struct vol_err *err);

/* zip_digest - SHA-256, hex, of the directory: the checksums of all members are in there. */
void zip_digest(const struct zip *z, char digest[65]);

/* zip_member_open - the ctx of zip_member_source, for the bytes of a member from the first on. It keeps the archive,
 * which may be closed before. Its `finish` checks the CRC-32. NULL with err. */
void *zip_member_open(struct zip *z, const struct zip_entry *e, struct vol_err *err);
extern const struct vol_source zip_member_source;

void zip_close(struct zip *z); /* NULL is fine */

/* ---- writing ---- */

struct zip_out;

/* zip_out_new - an archive that goes to fd, which need not be a file. Members have no time (1980-01-01). fd_name is
 * borrowed, and so are the names of members, which are ASCII. NULL with err. */
struct zip_out *zip_out_new(int fd, const char *fd_name, struct vol_err *err);

/* zip_out_small - a whole member, stored; less than 4 GiB. */
int zip_out_small(struct zip_out *z, const char *name, const void *bytes, size_t n, struct vol_err *err);

/* zip_out_begin, zip_out_put, zip_out_end - a member of `size` bytes, given in pieces. level 0: stored; 1 to 9: as
 * gzip_out has them, with its memory. Sizes and checksum of it follow its data, as they are not known before. */
int zip_out_begin(struct zip_out *z, const char *name, uint64_t size, int level, int threads, struct vol_err *err);
int zip_out_put(struct zip_out *z, const void *bytes, size_t n, struct vol_err *err);
int zip_out_end(struct zip_out *z, struct vol_err *err);

/* zip_out_finish - the directory; frees, also on -1. zip_out_abandon - frees without; NULL is fine. */
int zip_out_finish(struct zip_out *z, struct vol_err *err);
void zip_out_abandon(struct zip_out *z);

#endif
