/* read.h - one file's header to facts. */
#ifndef DICOM_READ_H
#define DICOM_READ_H

#include "facts.h"

/* dicom_read_facts - the header of one file, up to its pixels, which are not read.
 *
 *   file->path   is set by the caller; all other members are filled in. status is USED, or says
 *                why not, with a reason
 *   frame        filled when the result is 1
 *   strings      takes the interned strings
 *
 * Returns the number of frames: 1 for an image that is USED, or TRUNCATED with a sound header, else
 * 0. Bad files are facts, not errors. Any thread. */
int dicom_read_facts(struct dicom_file *file, struct dicom_frame *frame,
                     struct dicom_strings *strings);

/* dicom_decimals - the first n values of a DS text ("1.5\2"). Strict: a comma, a NaN, a missing or
 * an empty value is wrong, never a zero. 1 read; 0 text is NULL; -1 wrong. */
int dicom_decimals(const char *text, int n, double *values);

#endif
