/* dcmtk.h - the C face of DCMTK. Nothing else in volpipe includes DCMTK. */
#ifndef DICOM_DCMTK_H
#define DICOM_DCMTK_H

#include <stddef.h>
#include <stdint.h>

#include "facts.h"

#ifdef __cplusplus
extern "C" {
#endif

/* dcmtk_start - before anything else here, as often as one likes: silences DCMTK's own log and
 * gives it the few dictionary entries we need in place of its whole dictionary. */
void dcmtk_start(void);

/* dcmtk_read_facts - the header of one file, up to its pixels, which are not read.
 *
 *   file->path   is set by the caller; all other members are filled in. status is USED, or says
 *                why not, with a reason.
 *   frame        filled when file->status is USED or TRUNCATED with a sound header
 *   strings      takes the interned strings
 *
 * Returns the number of frames (0 or 1). Bad files are facts, not errors. Any thread. */
int dcmtk_read_facts(struct dicom_file *file, struct dicom_frame *frame,
                     struct dicom_strings *strings);

/* dcmtk_decode - the pixels of a DEFLATED or DCMTK-coded single-frame file.
 *
 *   out, n   rows*columns*allocated/8 bytes, filled whole; host byte order
 *
 * 0, or -1 with err. Any thread. */
int dcmtk_decode(const char *path, const struct dicom_pixels *pixels, void *out, size_t n,
                 struct vol_err *err);

/* dcmtk_codestream - the compressed bytes of a single-frame encapsulated file, fragments joined.
 * *data is the caller's to free. 0, or -1 with err. */
int dcmtk_codestream(const char *path, unsigned char **data, size_t *n, struct vol_err *err);

/* dcmtk_directory - the file names a DICOMDIR refers to, in its order, with '/' between the
 * parts. Calls take(ctx, name) for each; stops when it returns non-zero. Returns 0, what take
 * returned, or -1 with err when the file is no DICOMDIR. */
int dcmtk_directory(const char *path, int (*take)(void *ctx, const char *name), void *ctx,
                    struct vol_err *err);

/* dcmtk_identifiers - calls take(ctx, keyword, value) for each identifying attribute present. */
int dcmtk_identifiers(const char *path,
                      int (*take)(void *ctx, const char *keyword, const char *value), void *ctx,
                      struct vol_err *err);

#ifdef __cplusplus
}
#endif
#endif
