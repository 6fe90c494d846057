/* identity.h - every value in DICOM files that may tell of whom, by whom, where or when, in the forms in which it may be
 * found elsewhere. */
#ifndef DICOM_IDENTITY_H
#define DICOM_IDENTITY_H

#include "alg/match.h"
#include "err.h"
#include "facts.h"
#include "paths.h"

extern const struct dicom_attribute dicom_identity_table[]; /* ends with keyword NULL */

struct identity;

struct identity_what {
	uint16_t group, element;
	const char *keyword; /* "private" and "other" for what the table does not name */
};

/* identity_read - values of all files (which are for input_open).
 *
 * Those of the table; each value of a type that names persons, dates, times and instances (PN, DA, DT, TM, UI), wherever
 * it stands; all text in private attributes; all text in sequences of the table. Not searched, and said with vol_note:
 *
 *   - what is too short: fewer than 4 bytes, numbers of fewer than 6 digits
 *   - what is too common: "ANONYMOUS", one character again and again, dates that stand for none
 *   - what is a part of an acquisition fact, which streams may carry
 *   - UIDs of the standard and of kinds (SOP classes, transfer syntaxes, implementations)
 *
 *   show       also the values in these notes
 *   progress   called with ctx, files done and in all; NULL for none
 *
 * A file that is no DICOM is left out with a note; a header that is cut short is used as far as it goes, with a warning.
 * NULL with err: nothing can be read, or no file is DICOM. */
struct identity *identity_read(const struct dicom_paths *paths, bool show,
                               void (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx, struct vol_err *err);
void identity_free(struct identity *id);

/* identity_match - to look for them. Strings have the numbers of identity_text and identity_of. */
const struct match *identity_match(const struct identity *id);
size_t identity_values(const struct identity *id); /* different values that are searched */

/* identity_text - the value that string i is a form of; UTF-8.
 *
 * identity_of - the attribute that holds it, the one with the least tag; NULL with k after the last one: 0, 1, ... */
const char *identity_text(const struct identity *id, size_t i);
const struct identity_what *identity_of(const struct identity *id, size_t i, size_t k);

/* identity_strong - is the string so long that it is not found by chance, wherever it is found? See identity_forms.c */
bool identity_strong(const struct identity *id, size_t i);

#endif
