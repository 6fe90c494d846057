/* --complete bash|zsh: completion scripts. They name options, choices and, where a file is wanted,
 * leave the names to the shell. */
#include <stdio.h>
#include <string.h>

#include "private.h"

/* The option as a pattern of bash's case: "-o|--output". */
static void bash_pattern(const struct cli_opt *o)
{
	printf("\t");
	if (o->letter)
		printf("-%c|", o->letter);
	printf("--%s)\n", o->name);
}

static void bash_value(const struct cli_opt *o)
{
	bash_pattern(o);
	if (o->type == CLI_FILE) {
		/* an empty answer makes bash itself complete file names, blanks and all */
		printf("\t\treturn ;;\n");
		return;
	}
	if (o->type == CLI_CHOICE) {
		printf("\t\tmapfile -t COMPREPLY < <(compgen -W '");
		for (int i = 0; o->choices[i]; i++)
			printf("%s%s", i ? " " : "", o->choices[i]);
		printf("' -- \"$cur\") ;;\n");
		return;
	}
	printf("\t\tcompopt +o default ;;\n");
}

static void complete_bash(void)
{
	const char *name = cli_self->name;

	printf("# bash completion for %s (volpipe %s); made by %s --complete bash\n\n", name,
	       cli_version(), name);
	printf("_volpipe_%s()\n{\n", name);
	printf("\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n\n");
	printf("\tCOMPREPLY=()\n");
	printf("\t# --name=value comes as three words\n");
	printf("\tif [[ $cur == = ]]; then\n\t\tcur=\n");
	printf("\telif [[ $prev == = && $COMP_CWORD -ge 2 ]]; then\n");
	printf("\t\tprev=${COMP_WORDS[COMP_CWORD-2]}\n\tfi\n");
	printf("\tcase $prev in\n");
	for (size_t i = 0; i < cli_table.n; i++)
		if (cli_takes_value(&cli_table.entry[i].opt))
			bash_value(&cli_table.entry[i].opt);
	printf("\t*)\n\t\t[[ $cur == -* ]] || return\n");
	printf("\t\tmapfile -t COMPREPLY < <(compgen -W '");
	for (size_t i = 0; i < cli_table.n; i++) {
		const struct cli_opt *o = &cli_table.entry[i].opt;

		if (o->letter)
			printf("-%c ", o->letter);
		printf("--%s%s", o->name, i + 1 < cli_table.n ? " " : "");
	}
	printf("' -- \"$cur\") ;;\n\tesac\n}\n\n");
	printf("complete -o default -F _volpipe_%s %s\n", name, name);
}

/* Text within one of zsh's single-quoted option specifications. */
static void zsh_text(const char *s)
{
	for (; *s; s++) {
		if (*s == '\'')
			fputs("'\\''", stdout);
		else if (strchr("[]:\\", *s))
			printf("\\%c", *s);
		else
			putchar(*s);
	}
}

static void zsh_option(const struct cli_entry *e)
{
	const struct cli_opt *o = &e->opt;
	bool value = cli_takes_value(o);

	printf("\t");
	if (o->letter)
		printf("'(-%c --%s)'{-%c%s,--%s%s}'[", o->letter, o->name, o->letter, value ? "+" : "",
		       o->name, value ? "=" : "");
	else
		printf("'--%s%s[", o->name, value ? "=" : "");
	zsh_text(e->brief ? e->brief : o->help);
	printf("]");
	if (value) {
		printf(":");
		zsh_text(o->arg ? o->arg : "value");
		printf(":");
	}
	if (o->type == CLI_FILE)
		printf("_files");
	for (int i = 0; o->type == CLI_CHOICE && o->choices[i]; i++)
		printf("%s%s", i ? " " : "(", o->choices[i]);
	printf("%s' \\\n", o->type == CLI_CHOICE ? ")" : "");
}

static void complete_zsh(void)
{
	printf("#compdef %s\n", cli_self->name);
	printf("# zsh completion for %s (volpipe %s); made by %s --complete zsh\n\n", cli_self->name,
	       cli_version(), cli_self->name);
	printf("_arguments -s -S : \\\n");
	for (size_t i = 0; i < cli_table.n; i++)
		zsh_option(&cli_table.entry[i]);
	printf("\t'*:file:_files'\n");
}

int cli_complete(const char *shell)
{
	if (strcmp(shell, "bash") == 0)
		complete_bash();
	else if (strcmp(shell, "zsh") == 0)
		complete_zsh();
	else
		return -1;
	return 0;
}
