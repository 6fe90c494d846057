/* table.h - rows of text for people (columns aligned) or for scripts (tab-separated). */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

/* All zero to begin with; the first row holds the column names. */
struct cli_table {
	char **cell; /* rows * columns; owned */
	size_t rows, columns;
};

/* cli_table_row - add a row of `columns` strings (const char *; NULL is an empty cell). The number
 * of columns is that of the first row. Ends the program when memory runs out. */
void cli_table_row(struct cli_table *t, int columns, ...);

/* cli_table_cells - the same from an array. */
void cli_table_cells(struct cli_table *t, size_t columns, const char *const *cell);

/* cli_table_print - to stdout, and empty the table. tsv: cells as they are but for tabs, newlines
 * and other control characters, which become blanks; an empty cell is empty. For people: names in
 * capitals, "-" for an empty cell, two blanks between columns; control characters as '?'. */
void cli_table_print(struct cli_table *t, bool tsv);

#endif
