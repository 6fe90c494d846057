/* unpack.h - from gzip data, tar and zip archives and stdin to files that input_open opens.
 *
 * Nothing is ever written under the name of a member. What is not DICOM by its first bytes is not unpacked: of it, only
 * those first bytes are kept. */
#ifndef DICOM_UNPACK_H
#define DICOM_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"
#include "err.h"

enum { UNPACK_LOOK = 512 };

/* unpack_needed - do these first bytes (UNPACK_LOOK of them, if there are so many) begin gzip data, a tar or a zip? */
bool unpack_needed(const unsigned char *start, size_t n);

/* unpack_operand - all files in what the path names: a tar or zip archive, a tar in gzip data, or a gzip file, which is
 * one file. "-" is stdin, which may also be a DICOM file. Calls take(ctx, name) for each, in the order in which they
 * come; stops when it returns non-zero. An archive is refused, by the name of the member, for what could hide an image or
 * is an attack: damage, a missing end, links to what is not in it, devices, names that lead out of it, two members of
 * one name, encryption, more than input_check_growth allows, and more than 100,000 members and one each 16 bytes.
 * Returns 0, what take returned, or -1 with err. */
int unpack_operand(const char *path, int (*take)(void *ctx, const char *name), void *ctx, struct vol_err *err);

/* unpack_file - one file, read from b, which input_open then opens by that name. Of what is not DICOM the first bytes.
 * -1 with err, and no such file. */
int unpack_file(struct bytes *b, const char *name, bool *is_dicom, struct vol_err *err);

/* unpack_gzip - a gzip file, which input_open then opens unpacked, if *is_dicom. -1 with err. */
int unpack_gzip(const char *path, bool *is_dicom, struct vol_err *err);

#endif
