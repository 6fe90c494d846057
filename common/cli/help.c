/* --help: one screen of 24 lines and 80 columns. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

enum { LINES = 24, COLUMNS = 79, NAMES = 26, CELL = 39, CELL_NAME = 19 };

/* "-o, --output FILE" into 64 bytes */
static const char *names(char *buf, const struct cli_opt *o)
{
	char letter[8] = "    ";

	if (o->letter)
		snprintf(letter, sizeof letter, "-%c, ", o->letter);
	snprintf(buf, 64, "%s--%s%s%s", letter, o->name, o->arg ? " " : "", o->arg ? o->arg : "");
	return buf;
}

/* The help of an option with its choices. The caller's to free. */
static char *full_help(const struct cli_opt *o)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (!f)
		cli_out_of_memory();
	fputs(o->help, f);
	for (int i = 0; o->type == CLI_CHOICE && o->choices[i]; i++)
		fprintf(f, "%s%s", i ? ", " : ": ", o->choices[i]);
	if (fclose(f) != 0)
		cli_out_of_memory();
	return text;
}

/* How much of the text fits in `width`, up to a blank. */
static size_t fit(const char *text, size_t width)
{
	size_t n = strlen(text);

	if (n <= width)
		return n;
	for (n = width; n > 0 && text[n] != ' '; n--)
		;
	return n ? n : width;
}

static void print_wrapped(FILE *f, const char *text, int indent)
{
	for (;;) {
		size_t n = fit(text, (size_t)(COLUMNS - indent));

		fprintf(f, "%.*s\n", (int)n, text);
		text += n;
		while (*text == ' ')
			text++;
		if (!*text)
			return;
		fprintf(f, "%*s", indent, "");
	}
}

/* Does a clause end before this character of the text? */
static bool ends_clause(const char *text, size_t at)
{
	if (text[at] == '(')
		return at > 0 && text[at - 1] == ' ';
	return strchr(";:.", text[at]) && text[at + 1] == ' ';
}

/* One line of the text: whole clauses if it has any, the rest is in the page. */
static void print_cut(FILE *f, const char *text, int indent)
{
	size_t n = fit(text, (size_t)(COLUMNS - indent)), clause;

	if (!text[n]) {
		fprintf(f, "%s\n", text);
		return;
	}
	for (clause = n; clause > 0 && !ends_clause(text, clause); clause--)
		;
	while (clause > 0 && text[clause - 1] == ' ')
		clause--;
	if (clause > 0)
		fprintf(f, "%.*s\n", (int)clause, text);
	else
		fprintf(f, "%.*s...\n", (int)fit(text, (size_t)(COLUMNS - indent - 3)), text);
}

static void print_own(FILE *f, int column, bool cut)
{
	char buf[64];

	for (size_t i = 0; i < cli_table.n; i++) {
		const struct cli_opt *o = &cli_table.entry[i].opt;
		int taken;
		char *text;

		if (cli_table.entry[i].shared)
			continue;
		text = full_help(o);
		taken = fprintf(f, "  %-*s", column - 4, names(buf, o));
		/* a long name has its help below, unless lines are dear */
		if (taken > column - 2 && !cut)
			taken = fprintf(f, "\n%*s", column, "") - 1;
		else
			taken += fprintf(f, "  ");
		if (cut)
			print_cut(f, text, taken);
		else
			print_wrapped(f, text, column);
		free(text);
	}
}

/* What all tools share is known after the first: two options a line, a few words each. */
static void print_shared(FILE *f)
{
	const char *pending = NULL;
	char buf[64];

	for (size_t i = 0; i < cli_table.n; i++) {
		const struct cli_entry *e = &cli_table.entry[i];

		if (!e->shared)
			continue;
		if (pending) {
			fprintf(f, "%-*s%-*s%s\n", CELL - CELL_NAME, pending, CELL_NAME,
			        names(buf, &e->opt), e->brief);
			pending = NULL;
		} else {
			fprintf(f, "  %-*s", CELL_NAME, names(buf, &e->opt));
			pending = e->brief;
		}
	}
	if (pending)
		fprintf(f, "%s\n", pending);
}

static int names_column(void)
{
	int widest = 0;
	char buf[64];

	for (size_t i = 0; i < cli_table.n; i++) {
		int n = (int)strlen(names(buf, &cli_table.entry[i].opt));

		if (!cli_table.entry[i].shared && n > widest && n <= NAMES)
			widest = n;
	}
	return widest + 4;
}

static char *render(bool cut)
{
	const struct cli_tool *t = cli_self;
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (!f)
		cli_out_of_memory();
	fprintf(f, "%s - %s\n", t->name, t->purpose);
	fprintf(f, "usage: %s [OPTION]... %s\n\n", t->name, t->operands);
	print_own(f, names_column(), cut);
	if (t->opts && t->opts[0].name)
		fputc('\n', f);
	print_shared(f);
	fputc('\n', f);
	if (t->example)
		fprintf(f, "example: %s\n", t->example);
	fprintf(f, "more:    man %s\n", t->name);
	if (fclose(f) != 0)
		cli_out_of_memory();
	return text;
}

static int lines(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

void cli_help(void)
{
	char *text = render(false);

	if (lines(text) > LINES) {
		free(text);
		text = render(true);
	}
	fputs(text, stdout);
	free(text);
}
