#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

vol_message_fn *vol_message_hook;
int vol_exit_trouble = 1;

int vol_fail(struct vol_err *err, const char *subject, const char *fmt, ...)
{
	va_list ap;

	snprintf(err->subject, sizeof err->subject, "%s", subject ? subject : "");
	va_start(ap, fmt);
	vsnprintf(err->what, sizeof err->what, fmt, ap);
	va_end(ap);
	return -1;
}

int vol_fail_errno(struct vol_err *err, const char *subject, const char *what)
{
	return vol_fail(err, subject, "%s: %s", what, strerror(errno));
}

static void say(enum vol_message kind, const char *subject, const char *fmt, va_list ap)
{
	char what[1024];

	if (!vol_message_hook)
		return;
	vsnprintf(what, sizeof what, fmt, ap);
	vol_message_hook(kind, subject, what);
}

void vol_warn(const char *subject, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(VOL_WARNING, subject, fmt, ap);
	va_end(ap);
}

void vol_note(const char *subject, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(VOL_NOTE, subject, fmt, ap);
	va_end(ap);
}

void vol_tell(const char *subject, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(VOL_TOLD, subject, fmt, ap);
	va_end(ap);
}
