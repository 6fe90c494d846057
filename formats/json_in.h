/* json_in.h - reading JSON (RFC 8259) from memory, value by value.
 *
 *     json_open(&j, '{');
 *     while (json_more(&j, '}')) {
 *             json_key(&j, name, sizeof name);
 *             if (strcmp(name, "count") == 0) json_number(&j, &x); else json_skip(&j);
 *     }
 *
 * After a mistake j->bad is true and all else does nothing and says false. */
#ifndef VOL_JSON_IN_H
#define VOL_JSON_IN_H

#include <stdbool.h>
#include <stddef.h>

struct json {
	const char *at, *end;
	bool first, bad; /* first: no comma is due */
};

void json_begin(struct json *j, const char *text, size_t n);

/* json_done - only blanks are left. */
bool json_done(struct json *j);

/* json_open - take a '{' or '['. json_more - is there another member or element? It takes the comma, or else the
 * closing bracket. json_key - the member's name and its colon. */
bool json_open(struct json *j, char bracket);
bool json_more(struct json *j, char closing);
bool json_key(struct json *j, char *buf, size_t size);

/* json_string - text over size - 1 bytes is cut. json_number: any finite one. json_null - take a null, if there is
 * one. json_skip - take any value. json_next - the first character of the next value; 0 when there is none. */
bool json_string(struct json *j, char *buf, size_t size);
bool json_number(struct json *j, double *x);
bool json_null(struct json *j);
void json_skip(struct json *j);
char json_next(struct json *j);

#endif
