/* bars.h - columns of different height on stdout, made of block characters. */
#ifndef CLI_BARS_H
#define CLI_BARS_H

#include <stddef.h>

/* cli_bars_width - how many characters a line may have: those of the terminal that stdout is, else of COLUMNS, else 80;
 * at least 40. */
size_t cli_bars_width(void);

/* A text at a place: 0..1 of the axis. */
struct cli_mark {
	double at;
	char text[32];
};

enum { CLI_BARS_MARGIN = 8 }; /* characters left of the columns */

/* cli_bars - n columns of 0..1, each `wide` characters, `rows` lines high; y_marks beside, x_marks below as far as there
 * is room. Eighths of a character in UTF-8, halves (':' and '#') elsewhere; in colour on a terminal, unless NO_COLOR is
 * set. */
void cli_bars(const double *height, size_t n, size_t wide, size_t rows, const struct cli_mark *y_marks, size_t ny,
              const struct cli_mark *x_marks, size_t nx);

#endif
