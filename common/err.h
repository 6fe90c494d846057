/* err.h - what went wrong: the one way in which the rooms tell each other.
 *
 * A function that can fail takes a `struct vol_err *`, fills it once, at the place that knows
 * most, and returns -1 (or NULL). Only the tool prints it: `tool: subject: what`. */
#ifndef VOL_ERR_H
#define VOL_ERR_H

struct vol_err {
	char subject[4096]; /* the file, "stdin", a series; "" when there is none */
	char what[1024];    /* what is wrong, and what to do: lower case, no full stop, one line */
};

/* vol_fail - fill err from a printf format; returns -1, so that `return vol_fail(...)` works. */
int vol_fail(struct vol_err *err, const char *subject, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* vol_fail_errno - the same for a failed system call: "WHAT: strerror(errno)". Returns -1. */
int vol_fail_errno(struct vol_err *err, const char *subject, const char *what);

/* vol_warn - tell the user something that is not an error: a choice made, a fact dropped.
 * Goes to the hook that the command line installs; without one, nowhere. Safe from any thread
 * when the hook is. */
void vol_warn(const char *subject, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* vol_note - the same for what only `-v` shows. */
void vol_note(const char *subject, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* vol_tell - the same for the answer to what an option asked; shown but for `-q`. */
void vol_tell(const char *subject, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

enum vol_message { VOL_NOTE, VOL_TOLD, VOL_WARNING };
typedef void vol_message_fn(enum vol_message kind, const char *subject, const char *what);

/* vol_message_hook - where warnings, notes and answers go; the command line sets it once at the start. */
extern vol_message_fn *vol_message_hook;

/* vol_exit_trouble - exit status of a tool that fails: 1, or 2 for those whose 1 is an answer. Set
 * by the command line; needed by what must end the process at once. */
extern int vol_exit_trouble;

#endif
