#include "table.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void out_of_memory(void)
{
	fputs("volpipe: out of memory\n", stderr);
	exit(1);
}

void cli_table_cells(struct cli_table *t, size_t columns, const char *const *cell)
{
	/* room for twice as many whenever their number reaches a power of two */
	if ((t->rows & (t->rows - 1)) == 0) {
		char **more = realloc(t->cell, (2 * t->rows + 1) * columns * sizeof *more);

		if (!more)
			out_of_memory();
		t->cell = more;
	}
	t->columns = columns;
	for (size_t c = 0; c < columns; c++) {
		char *copy = strdup(cell[c] ? cell[c] : "");

		if (!copy)
			out_of_memory();
		t->cell[t->rows * columns + c] = copy;
	}
	t->rows++;
}

void cli_table_row(struct cli_table *t, int columns, ...)
{
	const char **cell = calloc((size_t)columns, sizeof *cell);
	va_list ap;

	if (!cell)
		out_of_memory();
	va_start(ap, columns);
	for (int c = 0; c < columns; c++)
		cell[c] = va_arg(ap, const char *);
	va_end(ap);
	cli_table_cells(t, (size_t)columns, cell);
	free(cell);
}

/* Characters, not bytes: continuation bytes of UTF-8 take no place on the screen. */
static size_t width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void clean(char *s, char instead)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = instead;
}

static void print_tsv(struct cli_table *t)
{
	for (size_t i = 0; i < t->rows * t->columns; i++) {
		clean(t->cell[i], ' ');
		fputs(t->cell[i], stdout);
		putchar((i + 1) % t->columns ? '\t' : '\n');
	}
}

static void print_aligned(struct cli_table *t)
{
	size_t *wide = calloc(t->columns + 1, sizeof *wide);

	if (!wide)
		out_of_memory();
	for (size_t i = 0; i < t->rows * t->columns; i++) {
		char *s = t->cell[i];

		clean(s, '?');
		for (; i < t->columns && *s; s++)
			*s = (char)toupper((unsigned char)*s);
		if (width(t->cell[i]) > wide[i % t->columns])
			wide[i % t->columns] = width(t->cell[i]);
	}
	for (size_t i = 0; i < t->rows * t->columns; i++) {
		const char *s = t->cell[i][0] ? t->cell[i] : "-";
		bool last = (i + 1) % t->columns == 0;

		fputs(s, stdout);
		for (size_t k = width(s); !last && k < wide[i % t->columns] + 2; k++)
			putchar(' ');
		if (last)
			putchar('\n');
	}
	free(wide);
}

void cli_table_print(struct cli_table *t, bool tsv)
{
	if (tsv)
		print_tsv(t);
	else if (t->rows)
		print_aligned(t);
	for (size_t i = 0; i < t->rows * t->columns; i++)
		free(t->cell[i]);
	free(t->cell);
	memset(t, 0, sizeof *t);
}
