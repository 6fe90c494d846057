/* jsontext.h - the numbers in a JSON text (RFC 8259), for the few files of numbers that are read. */
#ifndef VOL_JSONTEXT_H
#define VOL_JSONTEXT_H

#include <stddef.h>

#include "err.h"

/* What is called for a number: its place as the names of the members that lead to it with dots
 * between ("percentiles.99.5"), and its value. */
typedef void json_number_fn(void *ctx, const char *place, double value);

/* json_numbers - call fn for each number of the text that is a member of an object, in their order;
 * those in arrays, and all that is no number, are only read over. The text is one value, strictly
 * JSON, at most 32 deep. -1 with err about subject, naming the line, when it is not; fn may have been
 * called by then. */
int json_numbers(const char *text, size_t len, json_number_fn *fn, void *ctx, const char *subject,
                 struct vol_err *err);

#endif
