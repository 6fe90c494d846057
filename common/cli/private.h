/* private.h - what the files of this room tell each other. */
#ifndef CLI_PRIVATE_H
#define CLI_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli.h"

/* The tool that runs; NULL before cli_parse. */
extern const struct cli_tool *cli_self;

/* An option with all that the room knows about it. */
struct cli_entry {
	struct cli_opt opt;
	bool shared;       /* declared in this room, not by the tool */
	const char *brief; /* shared: the few words in --help; its opt.help is for the page */
	int given;         /* how often it was on the command line */
};

/* All options of the tool: its own in their order, then those that it shares. */
struct cli_table {
	struct cli_entry *entry;
	size_t n;
};
extern struct cli_table cli_table;

/* options.c */
void cli_table_build(const struct cli_tool *tool);
bool cli_takes_value(const struct cli_opt *o);
bool cli_is_help(const struct cli_opt *o);
bool cli_is_version(const struct cli_opt *o);
_Noreturn void cli_out_of_memory(void);

/* value.c: cli_value_set - read the text of an option's value into its variable; -1 with err about
 * the option. cli_value_number - shortest text of a number, into 32 bytes. */
int cli_value_set(const struct cli_opt *o, const char *text, struct vol_err *err);
const char *cli_value_number(char *buf, double x);

/* help.c, man.c, complete.c: print to stdout. cli_complete: -1 for a shell it does not know. */
void cli_help(void);
void cli_man(void);
int cli_complete(const char *shell);

/* message.c: cli_say - one line on stderr; the mark ("warning", or NULL) stands before the subject.
 * cli_die - an error line, then exit. cli_terminal - is stderr a terminal that knows escape sequences? */
void cli_say(const char *mark, const char *subject, const char *what);
_Noreturn void cli_die(int status, const struct vol_err *err);
bool cli_terminal(void);
void cli_write(const char *text, size_t n);
void cli_hook(enum vol_message kind, const char *subject, const char *what);

/* Held while anything is written to stderr. progress.c: cli_progress_begin - the work begins now.
 * cli_progress_erase - with the lock held. */
extern pthread_mutex_t cli_lock;
void cli_progress_begin(void);
void cli_progress_erase(void);

#endif
