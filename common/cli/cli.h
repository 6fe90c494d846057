/* cli.h - what every tool's command line does alike.
 *
 * A tool declares one table; from it come parsing, --help, --version, the SYNOPSIS and OPTIONS of
 * the man page (--man), bash and zsh completion (--complete bash|zsh) and the history line. This
 * room is the only code that writes to stderr. */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum cli_type {
	CLI_FLAG,    /* bool *; no argument */
	CLI_COUNT,   /* int *; no argument, adds 1 each time */
	CLI_INT,     /* int *; a whole number within lo..hi of the option */
	CLI_REAL,    /* double *; a finite number, dot in every locale */
	CLI_RANGE,   /* double[2]; LO,HI, two finite numbers, LO <= HI */
	CLI_LENGTHS, /* struct cli_lengths *; one number, or x,y,z, each with an optional suffix */
	CLI_STRING,  /* const char ** */
	CLI_FILE,    /* const char **; as CLI_STRING, completed with file names */
	CLI_CHOICE   /* int *; index into the option's NULL-ended `choices` */
};

/* "1", "0.7,0.7,2", "10vox", "2cm", "50%". One number stands for all three. */
struct cli_lengths {
	int given;                 /* numbers in the text: 1, 3, or, for an option with `pair`, 2 (v[2] is 0 then) */
	double v[3];               /* cm is turned to mm */
	enum cli_unit {
		CLI_BARE,          /* no suffix: what the option says it means, mostly mm */
		CLI_MM,
		CLI_VOX,
		CLI_PERCENT
	} unit[3];
};

struct cli_opt {
	char letter;               /* 0: long name only */
	const char *name;          /* long name; NULL ends the table */
	enum cli_type type;
	void *value;               /* where it goes; the value there before parsing is the default */
	const char *arg;           /* "FILE", "N", "LO,HI"; NULL for flags */
	const char *help;          /* lower case, no full stop, the important clause first; --help
	                            * cuts it where lines are dear, the page has all of it, made a
	                            * sentence. The choices are added to it, do not repeat them */
	int lo, hi;                /* CLI_INT: closed range; both 0: any */
	const char *const *choices;
	bool pair;                 /* CLI_LENGTHS: x,y may do */
	bool how;                  /* changes only how, never what: kept out of the history */
};

/* Options that tools share, declared once. The variables are the room's own. */
struct cli_shared {
	const char *output;        /* -o; NULL: stdout */
	bool no_clobber;
	bool quiet;                /* -q: no warnings, no progress */
	int verbose;               /* -v: notes too */
	bool no_progress;
	int threads;               /* --threads; 0: not said (par_threads decides) */
};
extern struct cli_shared cli;

enum cli_wants {               /* which shared options a tool takes, beside -q -v --help --version */
	CLI_OUTPUT = 1,        /* -o FILE, --no-clobber */
	CLI_THREADS = 2,       /* --threads N */
	CLI_PROGRESS = 4       /* --no-progress */
};

struct cli_tool {
	const char *name;
	const char *purpose;       /* one line, for the head of --help and NAME in the page */
	const char *operands;      /* "[IN]", "IN...", "A B" */
	int min_operands, max_operands; /* max -1: any number */
	int wants;                 /* enum cli_wants */
	const struct cli_opt *opts;    /* the tool's own; NULL-named end */
	const char *example;       /* one command line that runs */
	const char *see_also;      /* "vol2nii(1), volstream(5)" */
	/* Only for a tool that answers by its exit status: what 0 and 1 mean, for the page. All that
	 * fails then exits 2. */
	const char *const *verdict;
};

/* cli_parse - parse; answers --help, --version, --man, --complete itself and exits 0; on a wrong
 * command line prints one line (and where to read more) and exits 2. Installs the hook for
 * warnings and notes. Operands come back as a NULL-ended list (inside argv) and their count.
 * The last of several values for an option counts. */
char **cli_parse(const struct cli_tool *tool, int argc, char **argv, int *count);

/* cli_usage - the command line is wrong in a way that the table cannot know: one line, exit 2.
 * "--mask needs --fill", "--range: '5,5' holds nothing". */
_Noreturn void cli_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* cli_to_stdout - is there no -o FILE? cli_level - the level of --compress, -1 where it was not given, or 9 for --best; both
 * are a wrong command line. cli_verify - so is --verify without a file. */
bool cli_to_stdout(void);
int cli_level(int level, bool best);
void cli_verify(bool verify);

/* cli_fail - print `tool: subject: what` and exit 1 (2 with a verdict). Control characters are shown
 * as '?'. */
_Noreturn void cli_fail(const struct vol_err *err);

/* cli_error - print it and go on (the caller will return 1). */
void cli_error(const struct vol_err *err);

/* cli_history - "tool version --opt value ..." with the options that took effect (given on the
 * command line) and the values that their variables hold now, in table order, without those marked
 * `how` and shared ones; of a CLI_FILE only that it was given. A CLI_STRING that may hold a path or
 * a name of a patient must be `how`. Static, until the next call. */
const char *cli_history(void);

/* cli_history_of - the same with words between version and options: operands that are no files, such
 * as what a tool of several trades was asked to do. They are not quoted. */
const char *cli_history_of(const char *words);

/* cli_voxels - length l along axis 0..2 as a number of voxels, where they are spacing mm apart and size of them stand
 * for 100 %: mm and shares upwards to whole ones; voxels as they are. bare: what a number without suffix means. */
double cli_voxels(const struct cli_lengths *l, int axis, double spacing, uint64_t size, enum cli_unit bare);

/* cli_given - was the option with this long name on the command line? */
bool cli_given(const char *name);

/* cli_progress - to be given to vol_progress: after a second of work, a line on stderr with share
 * done, rate and time left, redrawn a few times a second; nothing unless stderr is a terminal, or
 * with -q or --no-progress, or in the middle of a pipe (its last stage shows one). `what` is the
 * noun that is counted, a string ("files"); NULL for bytes. total 0: not known. From any thread.
 * cli_progress_done erases it and ends the work: the next call begins a new one. It is also erased
 * before any message, and at exit. */
void cli_progress(void *what, uint64_t done, uint64_t total);
void cli_progress_done(void);

/* cli_finish_stdout - flush and close stdout; a full disk or closed pipe is an error, exit 1 (of a
 * closed pipe nothing is said). The last thing that a tool that prints text does. */
void cli_finish_stdout(void);

/* cli_version - "0.1.0". */
const char *cli_version(void);

#endif
