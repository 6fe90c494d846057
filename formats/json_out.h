/* json_out.h - writing one JSON object (RFC 8259) to memory, a member a line.
 *
 *     struct json_out j = {0};
 *     json_out_text(&j, "Modality", "MR");
 *     json_out_numbers(&j, "SliceTiming", times, n);
 *     text = json_out_end(&j);
 *
 * Out of memory is kept until the end. */
#ifndef VOL_JSON_OUT_H
#define VOL_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>

struct json_out {
	char *text;
	size_t n, room;
	bool failed;
};

/* json_out_text - text is UTF-8; bytes that are not become U+FFFD. json_out_texts: an array of the parts between `split`. */
void json_out_text(struct json_out *j, const char *name, const char *text);
void json_out_texts(struct json_out *j, const char *name, const char *text, char split);

/* json_out_number - finite; written so that it reads back to the same double. json_out_numbers: an array of n. */
void json_out_number(struct json_out *j, const char *name, double x);
void json_out_numbers(struct json_out *j, const char *name, const double *x, size_t n);

void json_out_bool(struct json_out *j, const char *name, bool yes);

/* json_out_end - the object, ended by a newline and a NUL; the caller's to free. NULL: out of memory, and all is freed. */
char *json_out_end(struct json_out *j);

#endif
