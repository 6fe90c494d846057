/* place.h - where in the file the pixels lie, and whether all of them are there. */
#ifndef DICOM_PLACE_H
#define DICOM_PLACE_H

#include "facts.h"

/* dicom_sniff - can these first bytes (up to 132) begin a DICOM file, with or without preamble? */
bool dicom_sniff(const unsigned char *start, size_t n);

/* dicom_place_pixels - find the pixel value, and in it each frame.
 *
 *   fd, start, end  the open file, as input_open gives it; all positions are in fd
 *   frame, frames   one or more. Format, syntax and codec of the first are set; all get its pixels, with offset, length,
 *                   swap and fragments of their own
 *   at              byte after the element's header, as parsing left it
 *   implicit, big   of the transfer syntax
 *   why, n          gets the reason, one line
 *
 * Returns DICOM_USED, or DICOM_TRUNCATED, DICOM_UNSUPPORTED or DICOM_OTHER with a reason. */
enum dicom_status dicom_place_pixels(int fd, uint64_t start, uint64_t end, struct dicom_frame *frame, size_t frames, uint64_t at,
                                     bool implicit, bool big, char *why, size_t n);

/* dicom_place_fragments - the same for encapsulated pixels, whose first item is at `at`. A frame begins where the offset
 * table says; without one, with each fragment, or where a code stream begins. */
enum dicom_status dicom_place_fragments(int fd, uint64_t start, uint64_t end, struct dicom_frame *frame, size_t frames, uint64_t at,
                                        char *why, size_t n);

#endif
