#include "bars.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

size_t cli_bars_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize w;
	long n = 0;

	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0)
		n = w.ws_col;
	if (n <= 0 && columns)
		n = strtol(columns, NULL, 10);
	if (n <= 0)
		n = 80;
	return n < 40 ? 40 : n > 1000 ? 1000 : (size_t)n;
}

static bool is_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (int i = 0; i < 3; i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

static bool in_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return !(no && *no) && isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

/* What stands in a row (0: the lowest) of a column. What is not 0 is seen. */
static const char *block(double height, size_t row, size_t rows, bool utf8)
{
	static const char *const eighths[] = {" ", "\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587",
	                                      "\u2588"};
	double full = height * 8 * (double)rows - 8 * (double)row;
	int n = full >= 8 ? 8 : full <= 0 ? 0 : (int)lround(full);

	if (n == 0 && row == 0 && height > 0)
		n = 1;
	if (utf8)
		return eighths[n];
	return n > 4 ? "#" : n ? ":" : " ";
}

static void y_mark(size_t row, size_t rows, const struct cli_mark *marks, size_t n)
{
	const char *text = "";

	for (size_t i = 0; i < n; i++)
		if ((size_t)lround(marks[i].at * (double)(rows - 1)) == row)
			text = marks[i].text;
	printf("%*.*s ", CLI_BARS_MARGIN - 2, CLI_BARS_MARGIN - 2, text);
}

static void x_axis(size_t width, bool utf8, const struct cli_mark *marks, size_t n)
{
	size_t line = CLI_BARS_MARGIN, at[64], shown = 0, end = 0;

	printf("%*s", CLI_BARS_MARGIN - 1, "");
	fputs(utf8 ? "\u2514" : "+", stdout);
	for (size_t i = 0; i < n && i < 64; i++) {
		size_t half = strlen(marks[i].text) / 2, x = (size_t)(marks[i].at * (double)width);

		x = CLI_BARS_MARGIN + (x < width ? x : width - 1);
		at[i] = SIZE_MAX;
		if (x < half + end || x - half + strlen(marks[i].text) > CLI_BARS_MARGIN + width + CLI_BARS_MARGIN / 2)
			continue;
		at[i] = x;
		end = x - half + strlen(marks[i].text) + 1;
		for (; line < x; line++)
			fputs(utf8 ? "\u2500" : "-", stdout);
		fputs(utf8 ? "\u252c" : "+", stdout);
		line++;
		shown = i + 1;
	}
	for (; line < CLI_BARS_MARGIN + width; line++)
		fputs(utf8 ? "\u2500" : "-", stdout);
	putchar('\n');
	line = 0;
	for (size_t i = 0; i < shown; i++) {
		if (at[i] == SIZE_MAX)
			continue;
		for (size_t from = at[i] - strlen(marks[i].text) / 2; line < from; line++)
			putchar(' ');
		fputs(marks[i].text, stdout);
		line += strlen(marks[i].text);
	}
	putchar('\n');
}

void cli_bars(const double *height, size_t n, size_t wide, size_t rows, const struct cli_mark *y_marks, size_t ny,
              const struct cli_mark *x_marks, size_t nx)
{
	bool utf8 = is_utf8(), colour = in_colour();

	for (size_t row = rows; row-- > 0;) {
		size_t last = n;

		y_mark(row, rows, y_marks, ny);
		fputs(utf8 ? "\u2502" : "|", stdout);
		if (colour)
			fputs("\033[36m", stdout);
		/* no blanks at the end of a line */
		while (last > 0 && *block(height[last - 1], row, rows, utf8) == ' ')
			last--;
		for (size_t i = 0; i < last * wide; i++)
			fputs(block(height[i / wide], row, rows, utf8), stdout);
		fputs(colour ? "\033[0m\n" : "\n", stdout);
	}
	x_axis(n * wide, utf8, x_marks, nx);
}
