/* read.h - one file's header to facts. */
#ifndef DICOM_READ_H
#define DICOM_READ_H

#include "facts.h"

/* dicom_read_facts - the header of one file, up to its pixels, which are not read.
 *
 *   file->path   is set by the caller; all other members are filled in. status is USED, or says
 *                why not, with a reason
 *   frame        filled when the result is 1
 *   several      when the result is more: all the frames, the caller's to free; else NULL
 *   strings      takes the interned strings
 *
 * Returns the number of frames of an image that is USED, or TRUNCATED with a sound header, else
 * 0. An enhanced file has as many as it says (PS3.3, C.7.6.16), as have Nuclear Medicine and RT Dose; a
 * Siemens mosaic has one for each slice in it. Bad files are facts, not errors. Any thread. */
int dicom_read_facts(struct dicom_file *file, struct dicom_frame *frame, struct dicom_frame **several,
                     struct dicom_strings *strings);

/* dicom_decimals - the first n values of a DS text ("1.5\2"). Strict: a comma, a NaN, a missing or
 * an empty value is wrong, never a zero. 1 read; 0 text is NULL; -1 wrong. */
int dicom_decimals(const char *text, int n, double *values);

#endif
