#include "fields.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "table.h"

char *cli_number(char *buf, double x)
{
	if (fabs(x) < 1e15 && x == floor(x)) {
		snprintf(buf, 32, "%.0f", x == 0 ? 0 : x); /* no "-0" */
		return buf;
	}
	/* %g leaves zeros out, and 15 digits are kept by all doubles but the smallest */
	for (int digits = fabs(x) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
		snprintf(buf, 32, "%.*g", digits, x);
		if (strtod(buf, NULL) == x)
			break;
	}
	return buf;
}

static bool absent(const struct cli_field *f)
{
	if (f->kind == CLI_TEXT)
		return !f->text;
	return f->n == 0 || (f->kind == CLI_NUMBER && isnan(f->x[0]));
}

static void json_number(const char *name, double x)
{
	char buf[32];

	if (isfinite(x))
		cli_json_raw(name, cli_number(buf, x));
	else
		cli_json_null(name);
}

static void json_array(const double *x, size_t n, size_t row)
{
	cli_json_begin('[');
	for (size_t i = 0; i < n; i += row ? row : 1) {
		if (row)
			json_array(x + i, row, 0);
		else
			json_number(NULL, x[i]);
	}
	cli_json_end(']');
}

void cli_fields_json(const struct cli_field *fields)
{
	for (const struct cli_field *f = fields; f->name; f++) {
		if (absent(f)) {
			cli_json_null(f->name);
		} else if (f->kind == CLI_TEXT) {
			cli_json_string(f->name, f->text);
		} else if (f->kind == CLI_NUMBER) {
			json_number(f->name, f->x[0]);
		} else {
			cli_json_key(f->name);
			json_array(f->x, f->n, f->kind == CLI_ROWS ? f->row : 0);
		}
	}
}

static bool is_cell(const struct cli_field *f)
{
	return f->kind == CLI_TEXT || f->kind == CLI_NUMBER;
}

static char *six_digits(char *buf, double x)
{
	snprintf(buf, 32, "%.6g", x);
	return buf;
}

void cli_fields_row(struct cli_table *t, const struct cli_field *fields, bool tsv)
{
	enum { CELLS = 128 };
	char number[CELLS][32];
	const char *cell[CELLS];
	size_t n = 0;

	if (t->rows == 0) {
		for (const struct cli_field *f = fields; f->name && n < CELLS; f++)
			if (is_cell(f))
				cell[n++] = f->name;
		cli_table_cells(t, n, cell);
		n = 0;
	}
	for (const struct cli_field *f = fields; f->name && n < CELLS; f++) {
		if (!is_cell(f))
			continue;
		if (absent(f))
			cell[n] = NULL;
		else if (f->kind == CLI_TEXT)
			cell[n] = f->text;
		else if (!tsv && isfinite(f->x[0]) && f->x[0] != floor(f->x[0]))
			cell[n] = six_digits(number[n], f->x[0]);
		else
			cell[n] = cli_number(number[n], f->x[0]);
		n++;
	}
	cli_table_cells(t, n, cell);
}

int cli_field_print(const struct cli_field *fields, const char *name)
{
	char buf[32];

	while (fields->name && strcmp(fields->name, name) != 0)
		fields++;
	if (!fields->name)
		return -1;
	if (absent(fields))
		return 0;
	if (fields->kind == CLI_TEXT)
		fputs(fields->text, stdout);
	for (size_t i = 0; fields->kind != CLI_TEXT && i < fields->n; i++)
		printf("%s%s", i ? " " : "", cli_number(buf, fields->x[i]));
	putchar('\n');
	return 1;
}

void cli_line(const char *label, const char *fmt, ...)
{
	enum { SHOWN = 160 };
	char text[SHOWN + 16];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = (size_t)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (n > SHOWN) {
		for (n = SHOWN; n && (text[n] & 0xc0) == 0x80;) /* not inside a character */
			n--;
		strcpy(text + n, " ...");
	}
	for (char *s = text; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = '?';
	printf("  %-13s %s\n", label, text);
}
