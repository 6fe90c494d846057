/* pixels.h - the stored values of one frame. */
#ifndef DICOM_PIXELS_H
#define DICOM_PIXELS_H

#include "facts.h"

#ifdef __cplusplus
extern "C" {
#endif

/* dicom_pixels_bytes - bytes of one frame in memory: columns x rows x channels (1; 3 of colour) of dicom_pixels_bits. */
size_t dicom_pixels_bytes(const struct dicom_pixels *p);
unsigned dicom_pixels_channels(const struct dicom_pixels *p);
unsigned dicom_pixels_bits(const struct dicom_pixels *p);

/* dicom_pixels_stored - bytes of one frame before colours are made of them: as they are in a native file, and as decoders
 * give them. dicom_pixels_samples - how many numbers a pixel then has: 1 or 3 (but see DICOM_YBR_422). */
size_t dicom_pixels_stored(const struct dicom_pixels *p);
unsigned dicom_pixels_samples(const struct dicom_pixels *p);

/* dicom_pixels_plain - true when the bytes in the file already are what dicom_pixels_read gives. */
bool dicom_pixels_plain(const struct dicom_pixels *p);

/* dicom_pixels_read - decode the frame.
 *
 *   out   dicom_pixels_bytes(p) bytes, aligned for the type: x fastest, rows from the top;
 *         little-endian, cut to Bits Stored, sign extended; colour as red, green, blue of each pixel
 *
 * 0, or -1 with err about the file. Any thread. */
int dicom_pixels_read(const char *path, const struct dicom_pixels *p, void *out, struct vol_err *err);

/* dicom_tiles_read - the same for n tiles of one mosaic, one behind the other, which is decoded once for all of them. */
int dicom_tiles_read(const char *path, const struct dicom_pixels *const *tile, size_t n, void *out, struct vol_err *err);

/* fragments_read - the compressed bytes of one frame, fragments joined. *data is the caller's to free. 0, or -1 with
 * err. */
int fragments_read(const char *path, const struct dicom_pixels *p, unsigned char **data, size_t *n, struct vol_err *err);

/* jpeg2000_decode - a JPEG 2000 code stream (bare or in a JP2 box) of one component, or three, pixel by pixel, into words of
 * p->allocated bits. The sign is Pixel Representation's business: only the bits are taken. */
int jpeg2000_decode(const char *path, const unsigned char *data, size_t n,
                    const struct dicom_pixels *p, void *out, struct vol_err *err);

/* jpeg_check - whether the frame header of a JPEG or JPEG-LS code stream agrees with p in rows,
 * columns, components, words of 8 or more bits, and, where it says so, their colours. 0, or -1 with err. */
int jpeg_check(const char *path, const unsigned char *data, size_t n, const struct dicom_pixels *p,
               struct vol_err *err);

/* deflated_read - n bytes of pixels from a DICOM_DEFLATED file that is open as fd, up to its end there; as they are
 * stored. */
int deflated_read(const char *path, int fd, uint64_t end, const struct dicom_pixels *p, void *out, size_t n,
                  struct vol_err *err);

/* deflated_unpack - the same n bytes (any number) to another file. */
int deflated_unpack(const char *path, int fd, uint64_t end, const struct dicom_pixels *p, int to, uint64_t n,
                    struct vol_err *err);

/* rle_decode - run-length coded words of p->allocated bits (DICOM PS3.5, annex G); colour pixel by pixel. */
int rle_decode(const char *path, const unsigned char *data, size_t n, const struct dicom_pixels *p,
               void *out, struct vol_err *err);

#ifdef __cplusplus
}
#endif
#endif
