/* dcmtk.h - the C face of DCMTK. Nothing else in volpipe includes DCMTK. Any thread, but a header
 * belongs to the thread that opened it. */
#ifndef DICOM_DCMTK_H
#define DICOM_DCMTK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "facts.h"

#ifdef __cplusplus
extern "C" {
#endif

/* dcmtk_start - before anything else here, as often as one likes: silences DCMTK's own log and
 * gives it the few dictionary entries we need in place of its whole dictionary. */
void dcmtk_start(void);

/* ---- a header: everything before the pixels ---- */

struct dcmtk_header;

/* dcmtk_header_open - read it, however broken. NULL when memory runs out. */
struct dcmtk_header *dcmtk_header_open(const char *path);
void dcmtk_header_close(struct dcmtk_header *h);

/* How reading ended. *why: more about it, or NULL; good until close. *at: the position in the file
 * then, as input_open gives it; with AT_PIXELS, of the first byte of the pixel value. */
enum dcmtk_end {
	DCMTK_AT_PIXELS,
	DCMTK_AT_END,  /* of the file: there are no pixels */
	DCMTK_CUT,     /* the file ends, or goes wrong, inside the header */
	DCMTK_REFUSED  /* nests too deep, is too long, or memory ran out */
};
enum dcmtk_end dcmtk_header_end(struct dcmtk_header *h, const char **why, uint64_t *at);

/* dcmtk_header_count - attributes in the data set, outermost level. */
size_t dcmtk_header_count(struct dcmtk_header *h);

bool dcmtk_has(struct dcmtk_header *h, uint16_t group, uint16_t element);

/* dcmtk_tag_from - the first attribute of the data set at this tag (group << 16 | element) or behind it; 0: there is none. */
uint32_t dcmtk_tag_from(struct dcmtk_header *h, uint32_t tag);

/* dcmtk_text - the value as text without blanks around it, several joined by backslashes. NULL when
 * it is absent, empty, or does not fit buf. */
char *dcmtk_text(struct dcmtk_header *h, uint16_t group, uint16_t element, char *buf, size_t size);

/* dcmtk_utf8 - a value of this header turned to UTF-8 by its character set; what cannot be turned
 * becomes '?'. Cut to fit buf. NULL when memory runs out. */
char *dcmtk_utf8(struct dcmtk_header *h, const char *value, char *buf, size_t size);

/* dcmtk_u16 - a US or SS value as its 16 bits, whichever of the two the file calls it. */
bool dcmtk_u16(struct dcmtk_header *h, uint16_t group, uint16_t element, uint16_t *value);

/* dcmtk_deflated_from - where in what input_open gives the deflated data set begins; 0 when it is not deflated.
 * Positions behind it count inflated bytes. */
uint64_t dcmtk_deflated_from(struct dcmtk_header *h);

/* dcmtk_transfer_syntax - UID of the syntax that the data set was read in. Static. */
const char *dcmtk_transfer_syntax(struct dcmtk_header *h);

/* dcmtk_bytes - a binary value as it is in the file, borrowed from the header; NULL when it is absent, empty or longer
 * than 16 MiB. */
const unsigned char *dcmtk_bytes(struct dcmtk_header *h, uint16_t group, uint16_t element, size_t *n);

/* dcmtk_words - a value of US, SS or OW as its 16-bit words, host order; borrowed and limited as above. */
const uint16_t *dcmtk_words(struct dcmtk_header *h, uint16_t group, uint16_t element, size_t *n);

/* dcmtk_private_block - the block of a private group that belongs to this creator (PS3.5, 7.8.1), 0x10 to 0xff: its attributes
 * are (group, block << 8 | 00..ff). 0: there is none. */
uint16_t dcmtk_private_block(struct dcmtk_header *h, uint16_t group, const char *creator);

/* dcmtk_frames - items of PerFrameFunctionalGroupsSequence (PS3.3, C.7.6.16). 0: there is none. */
size_t dcmtk_frames(struct dcmtk_header *h);

/* dcmtk_frame_text - a value of the functional groups: of the frame (from 0), or shared by all frames.
 *
 *   path, n   tags, group << 16 | element: sequences, of which the first item counts, then the attribute
 *
 * As dcmtk_text. */
char *dcmtk_frame_text(struct dcmtk_header *h, size_t frame, const uint32_t *path, size_t n, char *buf, size_t size);

/* dcmtk_frame_bytes - a binary value of the functional groups, as dcmtk_bytes. */
const unsigned char *dcmtk_frame_bytes(struct dcmtk_header *h, size_t frame, const uint32_t *path, size_t n, size_t *size);

/* dcmtk_items - items of a sequence of the data set itself, its tag group << 16 | element. 0: there is none.
 * dcmtk_path_text - a value in it: path as above, of which the first sequence's item counts, from 0. */
size_t dcmtk_items(struct dcmtk_header *h, uint32_t tag);
char *dcmtk_path_text(struct dcmtk_header *h, size_t item, const uint32_t *path, size_t n, char *buf, size_t size);

/* ---- sequences ---- */

struct dcmtk_item; /* of a sequence; the header's */

/* dcmtk_each - calls take(ctx, item) for each item of the sequence `tag` (group << 16 | element) in an item (NULL: the data
 * set), in order; stops when it returns non-zero. Returns what take returned last; 0 also where there is no item. */
int dcmtk_each(struct dcmtk_header *h, struct dcmtk_item *in, uint32_t tag,
               int (*take)(void *ctx, struct dcmtk_item *item), void *ctx);

/* dcmtk_item_text - a value in an item (NULL: the data set), as dcmtk_text. dcmtk_item_long - the same of any length, as it
 * stands in the file; the caller's to free; NULL also when memory runs out, which dcmtk_header_end then says. */
char *dcmtk_item_text(struct dcmtk_header *h, struct dcmtk_item *item, uint32_t tag, char *buf, size_t size);
char *dcmtk_item_long(struct dcmtk_header *h, struct dcmtk_item *item, uint32_t tag);

/* ---- pixels ---- */

/* dcmtk_decode - one frame of JPEG or JPEG-LS; of colour the components as they are coded, pixel by pixel, all of them
 * for each one.
 *
 *   path     for messages
 *   p        the frame; its syntax says which code it is
 *   data, n  the code stream; left as it is
 *   out      dicom_pixels_stored(p) bytes, filled whole; host byte order
 *
 * 0, or -1 with err. */
int dcmtk_decode(const char *path, const struct dicom_pixels *p, const unsigned char *data, size_t n, void *out,
                 struct vol_err *err);

/* ---- others ---- */

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
