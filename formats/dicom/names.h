/* names.h - file names for the series of one input, from a pattern such as "out/{number}_{desc}.vol". */
#ifndef DICOM_NAMES_H
#define DICOM_NAMES_H

#include "series.h"

/* dicom_names_check - is that a pattern: braces in pairs, with a field that there is? False with why, one line.
 *
 *   {number}    Series Number, or "none"
 *   {series}    what --series takes: 3, or 3.2
 *   {desc}      Series Description, or "none"
 *   {kind}      what the images are, where a series holds several kinds; else nothing, without a '_' or '-' before it
 *   {modality}  CT, MR, ..., or "none"
 *   {index}     1, 2, 3 in the order of dcmls */
bool dicom_names_check(const char *pattern, char *why, size_t size);

struct dicom_names {
	const char *pattern;
	char **taken;           /* n names given so far; owned */
	size_t n;
	unsigned copy;          /* the number that the last one has; 1: none */
};

/* dicom_names_next - the name for series number `index` (from 0) of a set, the caller's to free.
 *
 *   keep   NULL, or says of a name that it may not be taken: there is such a file
 *
 * Of fields, letters (of any script), digits, '.', '-' and '_' stay, anything else becomes '_'; parts of the patient's name,
 * numbers and dates that stand in a description too are left out. A name that was given before, or that may not be taken, gets
 * _2, _3, ... in front of its suffix. NULL when memory runs out. */
char *dicom_names_next(struct dicom_names *names, const struct dicom_set *set, const struct dicom_series *series, size_t index,
                       bool (*keep)(const char *name));

/* dicom_names_beside - the name by another pattern of what lies beside the file that had the last name: with its number. The
 * caller's to free; NULL when memory runs out. */
char *dicom_names_beside(const struct dicom_names *names, const char *pattern, const struct dicom_set *set,
                         const struct dicom_series *series, size_t index);

void dicom_names_free(struct dicom_names *names);

#endif
