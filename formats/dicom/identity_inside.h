/* identity_inside.h - private to identity.c and identity_forms.c. */
#ifndef DICOM_IDENTITY_INSIDE_H
#define DICOM_IDENTITY_INSIDE_H

#include "identity.h"

/* One of several that are divided by backslashes. */
struct identity_value {
	const char *vr;
	const char *raw;  /* as in the file, without blanks around it */
	const char *utf8;
};

/* identity_forms - all forms of a value in which it proves something, each given to add with its flags (match_flags).
 * add returns -1 to stop. Returns how many there were; 0: none, *why then says what it is too; -1. */
int identity_forms(const struct identity_value *v, int (*add)(void *ctx, const void *bytes, size_t n, int flags, bool strong),
                   void *ctx, const char **why);

#endif
