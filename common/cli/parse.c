/* The command line, by the C library's getopt_long: bundled letters, abbreviated long names,
 * options after operands and `--` work as everywhere. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "private.h"

enum { LONG = 256 }; /* getopt's value for a long name: LONG + its place in our table */

void cli_usage(const char *fmt, ...)
{
	struct vol_err err = {0};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err.what, sizeof err.what, fmt, ap);
	va_end(ap);
	cli_die(2, &err);
}

/* The same, and where to read what would be right. */
_Noreturn static void wrong(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void wrong(const char *fmt, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	cli_usage("%s: see '%s --help'", what, cli_self->name);
}

/* A standard descriptor that came closed would be given to the next file that is opened, which
 * would then receive our output. Put something there that fails instead. */
static void fill_standard_files(void)
{
	static const int mode[] = {O_WRONLY, O_RDONLY, O_RDONLY};

	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", mode[fd]) < 0)
			exit(1);
}

/* Our table as getopt_long wants it. */
static void translate(struct option *longs, char *letters)
{
	*letters++ = ':'; /* tell a missing value from an unknown option */
	for (size_t i = 0; i < cli_table.n; i++) {
		const struct cli_opt *o = &cli_table.entry[i].opt;
		bool value = cli_takes_value(o);

		longs[i].name = o->name;
		longs[i].has_arg = value ? required_argument : no_argument;
		longs[i].val = LONG + (int)i;
		if (o->letter) {
			*letters++ = o->letter;
			if (value)
				*letters++ = ':';
		}
	}
}

static struct cli_entry *find(int got)
{
	if (got >= LONG)
		return &cli_table.entry[got - LONG];
	for (size_t i = 0; i < cli_table.n; i++)
		if (got && cli_table.entry[i].opt.letter == got)
			return &cli_table.entry[i];
	return NULL;
}

/* getopt did not take `arg`; `option` is the letter or long option it was about, 0 when there is
 * none such. */
_Noreturn static void refuse(const char *arg, int option)
{
	const struct cli_entry *e = find(option);
	size_t len = strcspn(arg, "=");
	char list[512] = "";
	int matches = 0;

	if (e)
		wrong("option '--%s' takes no value", e->opt.name);
	if (option)
		wrong("unknown option '-%c'", option);
	for (size_t i = 0; len > 2 && i < cli_table.n; i++) {
		const char *name = cli_table.entry[i].opt.name;
		size_t used = strlen(list);

		if (strncmp(name, arg + 2, len - 2) == 0)
			snprintf(list + used, sizeof list - used, "%s--%s", matches++ ? ", " : "",
			         name);
	}
	if (matches > 1)
		wrong("option '%.*s' may mean %s", (int)len, arg, list);
	wrong("unknown option '%.*s'", (int)len, arg);
}

static void take(struct cli_entry *e, const char *text)
{
	struct vol_err err;

	if (cli_is_help(&e->opt)) {
		cli_help();
		cli_finish_stdout();
		exit(0);
	}
	if (cli_is_version(&e->opt)) {
		printf("%s (volpipe) %s\n", cli_self->name, cli_version());
		cli_finish_stdout();
		exit(0);
	}
	if (cli_value_set(&e->opt, text, &err) < 0)
		cli_die(2, &err);
	e->given++;
}

static void parse_options(int argc, char **argv)
{
	/* static: many a command line ends the program in here, and a leak checker then looks for
	 * pointers that the compiler has long forgotten */
	static struct option *longs;
	static char *letters;
	int got;

	longs = calloc(cli_table.n + 1, sizeof *longs);
	letters = calloc(2 * cli_table.n + 2, 1);

	if (!longs || !letters)
		cli_out_of_memory();
	translate(longs, letters);
	opterr = 0;
	optind = 0; /* from the start, also when called again */
	while ((got = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (got == ':')
			wrong("option '--%s' needs %s", find(optopt)->opt.name,
			      find(optopt)->opt.arg ? find(optopt)->opt.arg : "a value");
		if (got == '?')
			refuse(argv[optind - 1], optopt);
		take(find(got), optarg);
	}
	free(longs);
	free(letters);
}

/* --man and --complete are for the build. They stand alone and are in no table, so that no
 * abbreviation of a real option meets them. */
static void answer_build(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--man") == 0)
		cli_man();
	else if (argc != 3 || strcmp(argv[1], "--complete") != 0)
		return;
	else if (cli_complete(argv[2]) < 0)
		cli_usage("--complete: '%s' is none of bash, zsh", argv[2]);
	cli_finish_stdout();
	exit(0);
}

char **cli_parse(const struct cli_tool *tool, int argc, char **argv, int *count)
{
	fill_standard_files();
	cli_self = tool;
	vol_exit_trouble = tool->verdict ? 2 : 1;
	cli_progress_begin();
	vol_message_hook = cli_hook;
	cli_table_build(tool);
	answer_build(argc, argv);
	parse_options(argc, argv);
	*count = argc > optind ? argc - optind : 0;
	if (*count < tool->min_operands)
		wrong("too few operands (%s)", tool->operands);
	if (tool->max_operands >= 0 && *count > tool->max_operands)
		wrong("unexpected operand '%s'", argv[optind + tool->max_operands]);
	return argv + optind;
}
