/* colour.h - from stored pixels to red, green and blue (PS3.3, C.7.6.3.1.2). */
#ifndef DICOM_COLOUR_H
#define DICOM_COLOUR_H

#include "facts.h"

/* Indexes at and below `first` have the first colour, those behind the last entry the last one. */
struct dicom_palette {
	uint32_t entries;
	int32_t first;
	unsigned bits;      /* of the values: 8 or 16 */
	uint16_t value[];   /* entries of red, then of green, then of blue */
};

/* colour_halved - is the chroma of the stored pixels halved: Y Y Cb Cr for two pixels? Decoders of JPEG double it again. */
bool colour_halved(const struct dicom_pixels *p);

/* colour_plain - are stored pixels what is wanted, as they are? colour_in_place - may colour_make work on one buffer? */
bool colour_plain(const struct dicom_pixels *p);
bool colour_in_place(const struct dicom_pixels *p);

/* colour_make - red, green, blue of each pixel, or grey as it is.
 *
 *   stored  dicom_pixels_stored(p) bytes, settled
 *   out     dicom_pixels_bytes(p) bytes; may be `stored` where colour_in_place
 *
 * YBR is rounded to the nearest, and cut to 0 .. 2^Bits Stored - 1. */
void colour_make(const struct dicom_pixels *p, const void *stored, void *out);

#endif
