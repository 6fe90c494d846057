/* json.h - JSON on stdout (RFC 8259), one value after another on one line.
 *
 *     cli_json_begin('{');
 *     cli_json_string("modality", "CT");
 *     cli_json_key("size");
 *     cli_json_begin('[');
 *     cli_json_int(NULL, 512);
 *     cli_json_end(']');
 *     cli_json_end('}');            the outermost end writes the newline
 *
 * Commas are put where they belong. Names are NULL inside arrays, and after cli_json_key. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>

void cli_json_begin(char bracket); /* '{' or '[' */
void cli_json_end(char bracket);   /* '}' or ']' */
void cli_json_key(const char *name);

/* value NULL gives null; bytes that are not UTF-8 become U+FFFD */
void cli_json_string(const char *name, const char *value);
void cli_json_int(const char *name, long long value);
void cli_json_bool(const char *name, bool value);
void cli_json_null(const char *name);

/* a finite number so that it reads back to the same double; null for NaN and infinities */
void cli_json_real(const char *name, double value);

/* cli_json_raw - text that already is a JSON value, such as a number. */
void cli_json_raw(const char *name, const char *text);

#endif
