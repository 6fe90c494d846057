/* The line that a stage leaves in the stream's history: what was asked, never where it lay. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

/* A word as a shell would take it; quoted only where it must be. */
static void print_word(FILE *f, const char *s)
{
	if (*s && !strpbrk(s, " \t\n\r'\"\\")) {
		fputs(s, f);
		return;
	}
	fputc('\'', f);
	for (; *s; s++) {
		if (*s == '\'')
			fputs("'\\''", f);
		else
			fputc((unsigned char)*s < ' ' ? ' ' : *s, f);
	}
	fputc('\'', f);
}

static void print_lengths(FILE *f, const struct cli_lengths *l)
{
	static const char *const suffix[] = {"", "mm", "vox", "%"};
	char number[32];

	for (int k = 0; k < (l->given == 2 ? 2 : 3); k++)
		fprintf(f, "%c%s%s", k ? ',' : ' ', cli_value_number(number, l->v[k]), suffix[l->unit[k]]);
}

static void print_value(FILE *f, const struct cli_opt *o)
{
	char a[32], b[32];

	switch (o->type) {
	case CLI_FLAG:
	case CLI_COUNT:
	case CLI_FILE: /* a path may say whose data it is */
		break;
	case CLI_INT: fprintf(f, " %d", *(int *)o->value); break;
	case CLI_REAL: fprintf(f, " %s", cli_value_number(a, *(double *)o->value)); break;
	case CLI_RANGE:
		fprintf(f, " %s,%s", cli_value_number(a, ((double *)o->value)[0]),
		        cli_value_number(b, ((double *)o->value)[1]));
		break;
	case CLI_LENGTHS: print_lengths(f, o->value); break;
	case CLI_STRING:
		fputc(' ', f);
		print_word(f, *(const char **)o->value);
		break;
	case CLI_CHOICE: fprintf(f, " %s", o->choices[*(int *)o->value]); break;
	}
}

const char *cli_history(void)
{
	return cli_history_of("");
}

const char *cli_history_of(const char *words)
{
	static char *line;
	size_t n;
	FILE *f;

	free(line);
	line = NULL;
	f = open_memstream(&line, &n);
	if (!f)
		cli_out_of_memory();
	fprintf(f, "%s %s%s%s", cli_self->name, cli_version(), *words ? " " : "", words);
	for (size_t i = 0; i < cli_table.n; i++) {
		const struct cli_opt *o = &cli_table.entry[i].opt;

		if (!cli_table.entry[i].given || o->how)
			continue;
		for (int k = 0; k < (o->type == CLI_COUNT ? cli_table.entry[i].given : 1); k++)
			fprintf(f, " --%s", o->name);
		print_value(f, o);
	}
	if (fclose(f) != 0 || !line)
		cli_out_of_memory();
	return line;
}
