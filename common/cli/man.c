/* --man: the sections of the page that follow from the option table, in man(7) macros.
 * man/assemble.awk sets them into the prose of man/TOOL.1.in. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

/* A fixed one: the same source gives the same page on any day. */
#define PAGE_DATE "2026-11-21"

/* How one character is written so that roff shows just that character. */
static void put_char(int c, bool code)
{
	switch (c) {
	case '\\': fputs("\\e", stdout); break;
	case '~': fputs("\\(ti", stdout); break;
	case '^': fputs("\\(ha", stdout); break;
	case '`': fputs("\\(ga", stdout); break;
	case '-': fputs(code ? "\\-" : "-", stdout); break;
	case '\'': fputs(code ? "\\(aq" : "'", stdout); break;
	default: putchar(c); break;
	}
}

/* Text as roff. A minus that one may want to copy (options, numbers, a lone "-") is no hyphen:
 * in `code` all are such, in prose those of words that begin with one or have a digit after it. */
static void put_text(const char *s, bool code)
{
	const char *begin = s;
	bool option = false, word = true;

	if (*s == '.' || *s == '\'')
		fputs("\\&", stdout);
	for (; *s; s++) {
		if (word)
			option = s[*s == '('] == '-';
		word = *s == ' ';
		/* roff knows a sentence by its line */
		if (!code && word && s > begin && s[-1] == '.' && isupper((unsigned char)s[1]))
			putchar('\n');
		else
			put_char((unsigned char)*s, code || option || isdigit((unsigned char)s[1]));
	}
}

/* A help text as a sentence. */
static void put_sentence(const char *s)
{
	size_t word = strspn(s, "abcdefghijklmnopqrstuvwxyz");
	size_t n = strlen(s);

	/* names such as vol2nii, or x,y,z, are left as they are */
	if (word > 0 && strchr(" ,;:", s[word]) && (word > 1 || s[word] == ' ')) {
		putchar(toupper((unsigned char)*s));
		s++;
		n--;
	}
	put_text(s, false);
	if (n > 0 && !strchr(".!?", s[n - 1]))
		putchar('.');
	putchar('\n');
}

static void put_name(void)
{
	char upper[64];
	size_t i;

	for (i = 0; cli_self->name[i] && i + 1 < sizeof upper; i++)
		upper[i] = (char)toupper((unsigned char)cli_self->name[i]);
	upper[i] = '\0';
	printf(".TH %s 1 " PAGE_DATE " \"volpipe %s\" \"volpipe manual\"\n", upper, cli_version());
	printf(".SH NAME\n%s \\- ", cli_self->name);
	put_text(cli_self->purpose, false);
	putchar('\n');
}

/* Operands: what stands for something is in capitals in the table, and slanted in the page. */
static void put_operands(const char *s)
{
	while (*s) {
		size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

		if (n == 0) {
			put_char((unsigned char)*s++, true);
			continue;
		}
		printf("\\fI%.*s\\fR", (int)n, s);
		s += n;
	}
}

static void put_synopsis(void)
{
	printf(".SH SYNOPSIS\n.B %s\n[\\fIOPTION\\fR]...\\&\n", cli_self->name);
	put_operands(cli_self->operands);
	putchar('\n');
}

static void put_option(const struct cli_opt *o)
{
	fputs(".TP\n", stdout);
	if (o->letter)
		printf("\\fB\\-%c\\fR, ", o->letter);
	fputs("\\fB\\-\\-", stdout);
	put_text(o->name, true);
	fputs("\\fR", stdout);
	if (o->arg) {
		fputs(" \\fI", stdout);
		put_text(o->arg, true);
		fputs("\\fR", stdout);
	}
	putchar('\n');
	put_sentence(o->help);
	if (o->type != CLI_CHOICE)
		return;
	fputs("One of", stdout);
	for (int i = 0; o->choices[i]; i++) {
		fputs(i == 0 ? " \\fB" : o->choices[i + 1] ? ", \\fB" : " or \\fB", stdout);
		put_text(o->choices[i], true);
		fputs("\\fR", stdout);
	}
	fputs(".\n", stdout);
}

static void put_exit_status(void)
{
	const char *const *verdict = cli_self->verdict;

	printf(".SH EXIT STATUS\n");
	if (verdict) {
		printf(".TP\n0\n");
		put_sentence(verdict[0]);
		printf(".TP\n1\n");
		put_sentence(verdict[1]);
		printf(".TP\n2\nThe command line, the data or the system is at fault.\n");
	} else {
		printf(".TP\n0\nDone.\n");
		printf(".TP\n1\nThe data or the system is at fault%s.\n",
		       cli_self->wants & CLI_OUTPUT ? "; no output file is left" : "");
		printf(".TP\n2\nThe command line is wrong.\n");
	}
	printf(".PP\nErrors and warnings are single lines on the standard error output, "
	       "\\(lq%s: subject: what is wrong\\(rq.\n", cli_self->name);
}

/* "vol2nii(1), volstream(5)" one line each */
static void put_see_also(const char *s)
{
	printf(".SH SEE ALSO\n");
	while (*s) {
		size_t n = strcspn(s, ", "), name = strcspn(s, "(, ");

		printf(".BR %.*s", (int)name, s);
		if (name < n)
			printf(" %.*s", (int)(n - name), s + name);
		s += n;
		if (*s == ',')
			printf(name < n ? "," : " ,");
		s += strspn(s, ", ");
		putchar('\n');
	}
}

void cli_man(void)
{
	put_name();
	put_synopsis();
	printf(".SH OPTIONS\n");
	for (size_t i = 0; i < cli_table.n; i++)
		put_option(&cli_table.entry[i].opt);
	put_exit_status();
	put_see_also(cli_self->see_also ? cli_self->see_also : "volstream(5)");
}
