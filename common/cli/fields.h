/* fields.h - reports. For scripts: named values, all as JSON or one alone as text. For people: lines
 * with a label. */
#ifndef CLI_FIELDS_H
#define CLI_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

struct cli_table;

enum cli_field_kind {
	CLI_TEXT,    /* text; NULL: absent */
	CLI_NUMBER,  /* x[0]; n 0 or NaN: absent */
	CLI_NUMBERS, /* x[0..n-1], an array; n 0: absent */
	CLI_ROWS     /* the same, in arrays of `row` numbers */
};

struct cli_field {
	const char *name;  /* NULL ends a list of fields */
	enum cli_field_kind kind;
	const char *text;
	const double *x;
	size_t n, row;
};

/* cli_fields_json - the fields as members of the JSON object that is open; null for the absent. */
void cli_fields_json(const struct cli_field *fields);

/* cli_fields_row - a row of the table with a cell for each CLI_TEXT and CLI_NUMBER, empty for the absent; before the
 * first row comes one with their names. For people numbers that are not whole are cut to six digits. */
void cli_fields_row(struct cli_table *t, const struct cli_field *fields, bool tsv);

/* cli_field_print - the value of field `name` and a newline, numbers with blanks between. 1; 0 when
 * it is absent, -1 when there is no such field. */
int cli_field_print(const struct cli_field *fields, const char *name);

/* cli_number - text that reads back to the same double: whole numbers in full up to 15 digits, else
 * the shortest. buf of at least 32 bytes. */
char *cli_number(char *buf, double x);

/* cli_line - "  label         text" on stdout: control characters as '?', text over 160 bytes cut. */
void cli_line(const char *label, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
