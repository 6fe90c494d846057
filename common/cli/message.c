/* The only code that writes to stderr: one line a message, whole, from any thread. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "private.h"

pthread_mutex_t cli_lock = PTHREAD_MUTEX_INITIALIZER;

bool cli_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

static bool colour(void)
{
	const char *no = getenv("NO_COLOR");

	return !(no && *no) && cli_terminal();
}

void cli_write(const char *text, size_t n)
{
	while (n > 0) {
		ssize_t put = write(STDERR_FILENO, text, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return; /* nobody to tell */
		text += put;
		n -= (size_t)put;
	}
}

/* Length of the printable UTF-8 character at s; 0 for a control character (also of the second
 * block, U+0080 to U+009F) and for what is no UTF-8. */
static size_t printable(const unsigned char *s)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3
	         : s[0] < 0xf5 ? 4 : 0;

	if (n == 1)
		return s[0] >= ' ' && s[0] != 0x7f;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if (s[0] == 0xc2 && s[1] < 0xa0)
		return 0;
	return n;
}

/* What came from files, names and the system may hold anything; one message stays one line, and
 * moves no cursor. In place. */
static void clean(char *s)
{
	while (*s) {
		size_t n = printable((unsigned char *)s);

		if (n == 0)
			*s = '?';
		s += n ? n : 1;
	}
}

void cli_say(const char *mark, const char *subject, const char *what)
{
	char line[8192];
	const char *on = "", *off = "";
	int head, n;

	if (colour()) {
		on = mark ? "\033[33m" : "\033[31m";
		off = "\033[0m";
	}
	/* the colour is ours, the rest is cleaned */
	head = snprintf(line, sizeof line, "%s%s:%s ", on, cli_self ? cli_self->name : "volpipe", off);
	n = snprintf(line + head, sizeof line - (size_t)head - 1, "%s%s%s%s%s", mark ? mark : "",
	             mark ? ": " : "", subject ? subject : "", subject && *subject ? ": " : "", what);
	if (n > (int)sizeof line - head - 2)
		n = (int)sizeof line - head - 2;
	clean(line + head);
	line[head + n] = '\n';
	pthread_mutex_lock(&cli_lock);
	cli_progress_erase();
	cli_write(line, (size_t)(head + n + 1));
	pthread_mutex_unlock(&cli_lock);
}

void cli_hook(enum vol_message kind, const char *subject, const char *what)
{
	if (cli.quiet || (kind == VOL_NOTE && !cli.verbose))
		return;
	cli_say(kind == VOL_WARNING ? "warning" : "note", subject, what);
}

void cli_error(const struct vol_err *err)
{
	fflush(stdout); /* what was found before comes before */
	cli_say(NULL, err->subject, err->what);
}

void cli_die(int status, const struct vol_err *err)
{
	cli_error(err);
	/* not exit(): other threads may still work with what it would take apart, such as DCMTK's dictionary */
	_exit(status);
}

void cli_fail(const struct vol_err *err)
{
	cli_die(vol_exit_trouble, err);
}

void cli_finish_stdout(void)
{
	bool bad = ferror(stdout);
	struct vol_err err;

	errno = 0;
	if (fclose(stdout) != 0)
		bad = true;
	if (!bad)
		return;
	/* a reader that has seen enough needs no message; SIGPIPE would have given none */
	if (errno == EPIPE)
		exit(vol_exit_trouble);
	if (errno)
		vol_fail_errno(&err, "stdout", "cannot be written");
	else
		vol_fail(&err, "stdout", "cannot be written");
	cli_say(NULL, err.subject, err.what);
	exit(vol_exit_trouble);
}
