/* The options that tools share, and the table of all options of the tool that runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

struct cli_shared cli;
const struct cli_tool *cli_self;
struct cli_table cli_table;

static bool help, version; /* never read: cli_parse answers when it meets them */

/* needs: the enum cli_wants that brings it; 0: every tool has it */
static const struct {
	int needs;
	struct cli_opt opt;
	const char *brief;
} shared[] = {
	{CLI_OUTPUT,
	 {.letter = 'o', .name = "output", .type = CLI_FILE, .value = &cli.output, .arg = "FILE",
	  .how = true,
	  .help = "where the result goes; without it, or for -, to the standard output. The file "
	          "appears under its name when it is complete, in place of an older one"},
	 "instead of stdout"},
	{CLI_OUTPUT,
	 {.name = "no-clobber", .type = CLI_FLAG, .value = &cli.no_clobber, .how = true,
	  .help = "refuse to replace an existing file"},
	 "replace no file"},
	{CLI_THREADS,
	 {.name = "threads", .type = CLI_INT, .value = &cli.threads, .arg = "N", .how = true,
	  .lo = 1, .hi = 1024,
	  .help = "use at most N threads; by default VOLPIPE_THREADS, or as many as there are "
	          "processors. The result does not depend on it"},
	 "at most N threads"},
	{CLI_PROGRESS,
	 {.name = "no-progress", .type = CLI_FLAG, .value = &cli.no_progress, .how = true,
	  .help = "no progress line; there is one only on a terminal, after a second"},
	 "no progress line"},
	{0,
	 {.letter = 'q', .name = "quiet", .type = CLI_FLAG, .value = &cli.quiet, .how = true,
	  .help = "no warnings, no progress line"},
	 "no warnings"},
	{0,
	 {.letter = 'v', .name = "verbose", .type = CLI_COUNT, .value = &cli.verbose, .how = true,
	  .help = "say more about what is done and why"},
	 "say more"},
	{0,
	 {.name = "help", .type = CLI_FLAG, .value = &help, .how = true,
	  .help = "print a summary of the options"},
	 "this text"},
	{0,
	 {.name = "version", .type = CLI_FLAG, .value = &version, .how = true,
	  .help = "print the version"},
	 "name and version"},
};

enum { SHARED = sizeof shared / sizeof *shared };

void cli_out_of_memory(void)
{
	struct vol_err err;

	vol_fail(&err, NULL, "out of memory");
	cli_die(vol_exit_trouble, &err);
}

void cli_table_build(const struct cli_tool *tool)
{
	size_t own = 0, n = 0;

	while (tool->opts && tool->opts[own].name)
		own++;
	free(cli_table.entry);
	cli_table.entry = calloc(own + SHARED, sizeof *cli_table.entry);
	if (!cli_table.entry)
		cli_out_of_memory();
	for (; n < own; n++)
		cli_table.entry[n].opt = tool->opts[n];
	for (size_t i = 0; i < SHARED; i++) {
		if (shared[i].needs && !(tool->wants & shared[i].needs))
			continue;
		cli_table.entry[n++] = (struct cli_entry){
			.opt = shared[i].opt, .shared = true, .brief = shared[i].brief};
	}
	cli_table.n = n;
}

bool cli_takes_value(const struct cli_opt *o)
{
	return o->type != CLI_FLAG && o->type != CLI_COUNT;
}

bool cli_is_help(const struct cli_opt *o)
{
	return o->value == &help;
}

bool cli_is_version(const struct cli_opt *o)
{
	return o->value == &version;
}

bool cli_given(const char *name)
{
	for (size_t i = 0; i < cli_table.n; i++)
		if (strcmp(cli_table.entry[i].opt.name, name) == 0)
			return cli_table.entry[i].given > 0;
	return false;
}

const char *cli_version(void)
{
	return VOLPIPE_VERSION;
}
