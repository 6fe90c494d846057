/* nrrd_code.h - private to nrrd*.c: the encodings of NRRD, undone while one data file is read. */
#ifndef FORMATS_NRRD_CODE_H
#define FORMATS_NRRD_CODE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bytes.h"
#include "voxel.h"

struct nrrd_code;

/* nrrd_code_known - can this encoding (as in struct nrrd_layout) be read? */
bool nrrd_code_known(const char *encoding);

/* nrrd_code_text - does it print numbers, so that there is no byte order?
 * nrrd_code_printed - does it print numbers or bytes? The bytes to skip are then those of the file. */
bool nrrd_code_text(const char *encoding);
bool nrrd_code_printed(const char *encoding);

/* nrrd_code_open - what b gives from here on is data in this encoding, of numbers of this type. Memory: some 4 MiB for
 * bzip2, next to nothing for the others. Takes b in any case; NULL with err. */
struct nrrd_code *nrrd_code_open(struct bytes *b, const char *encoding, enum voxel_type type, struct vol_err *err);

/* nrrd_code_read - the next n bytes of numbers; printed ones little-endian, all others in the file's byte order. Fewer
 * only at the end of the data; -1 with err.
 * nrrd_code_skip - drop n of them. nrrd_code_rest - how many are left, which are taken. nrrd_code_end - 0 at the end of
 * data and file, 1 when more follows. -1 with err, all of them. */
ssize_t nrrd_code_read(struct nrrd_code *c, void *buf, size_t n, struct vol_err *err);
int nrrd_code_skip(struct nrrd_code *c, uint64_t n, struct vol_err *err);
int64_t nrrd_code_rest(struct nrrd_code *c, struct vol_err *err);
int nrrd_code_end(struct nrrd_code *c, struct vol_err *err);

/* nrrd_code_plain - the bytes themselves, where they are all there is to it (raw and gzip), for bytes_drain; else NULL.
 * nrrd_code_close - NULL is fine. */
struct bytes *nrrd_code_plain(struct nrrd_code *c);
void nrrd_code_close(struct nrrd_code *c);

#endif
