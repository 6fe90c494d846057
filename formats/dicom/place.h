/* place.h - where in the file the pixels lie, and whether all of them are there. */
#ifndef DICOM_PLACE_H
#define DICOM_PLACE_H

#include "facts.h"

/* dicom_sniff - can these first bytes (up to 132) begin a DICOM file, with or without preamble? */
bool dicom_sniff(const unsigned char *start, size_t n);

/* dicom_place_pixels - find the pixel value.
 *
 *   fd, start, end   the open file, as input_open gives it; all positions are in fd
 *   p           format and codec are set; offset, length and swap are filled in
 *   at          byte after the element's header, as parsing left it
 *   implicit, big   of the transfer syntax
 *   why, n      gets the reason, one line
 *
 * Returns DICOM_USED, or DICOM_TRUNCATED, DICOM_UNSUPPORTED or DICOM_OTHER with a reason. */
enum dicom_status dicom_place_pixels(int fd, uint64_t start, uint64_t end, struct dicom_pixels *p, uint64_t at,
                                     bool implicit, bool big, char *why, size_t n);

#endif
