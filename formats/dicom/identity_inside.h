/* identity_inside.h - private to identity*.c. */
#ifndef DICOM_IDENTITY_INSIDE_H
#define DICOM_IDENTITY_INSIDE_H

#include "dcmtk.h"
#include "identity.h"

/* ---- which ---- */

uint32_t identity_tag(uint16_t group, uint16_t element);

/* identity_look_up - in the table; NULL: it is not there. */
const struct dicom_attribute *identity_look_up(uint32_t tag);

/* identity_vr - is it one of a list with blanks between? */
bool identity_vr(const char *vr, const char *list);

/* identity_is - does the value identify, by the words of identity.h? */
bool identity_is(const struct dcmtk_value *v);

/* ---- forms ---- */

/* One of several that are divided by backslashes. */
struct identity_value {
	const char *vr;
	const char *raw;  /* as in the file, without blanks around it */
	const char *utf8;
};

enum {
	IDENTITY_STRONG = 12, /* characters, see identity_forms.c */
	IDENTITY_FORM = 200   /* bytes of a form, and its zero */
};

struct forms {
	int (*add)(void *ctx, const void *bytes, size_t n, int flags, bool strong);
	void *ctx;
	int n;
	bool failed;
	bool name; /* of a person: it may stand in another word, as "SmithJohnCT" */
};

/* identity_add - one form; nothing happens when it is shorter or longer than a match can be. */
void identity_add(struct forms *f, const void *bytes, size_t n, int flags, bool strong);

/* identity_add_text - UTF-8, in all encodings; of what is not ASCII the other cases too, which no flag covers. */
void identity_add_text(struct forms *f, const char *s);

/* identity_ascii - without escapes, too. */
bool identity_ascii(const char *s);

/* identity_forms - all forms of a value in which it proves something, each given to add with its flags (match_flags).
 * add returns -1 to stop. Returns how many there were; 0: none, *why then says what it is too; -1. */
int identity_forms(const struct identity_value *v,
                   int (*add)(void *ctx, const void *bytes, size_t n, int flags, bool strong), void *ctx,
                   const char **why);

#endif
