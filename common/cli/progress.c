/* The progress line: after a second, on a terminal, gone when something else is said. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "private.h"

static const double FIRST = 1, AGAIN = 0.2; /* seconds */

static struct {
	enum { UNKNOWN, WANTED, UNWANTED } state;
	double start, next; /* when the work began, when to draw */
	bool drawn;
} line;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* In a pipe only the last stage draws: several would overwrite each other. */
static bool wanted(void)
{
	bool to_file = cli.output && strcmp(cli.output, "-") != 0;
	struct stat st;

	if (cli.quiet || cli.no_progress || !cli_terminal())
		return false;
	return to_file || fstat(STDOUT_FILENO, &st) < 0 || !S_ISFIFO(st.st_mode);
}

static bool in_background(void)
{
	pid_t group = tcgetpgrp(STDERR_FILENO);

	return group >= 0 && group != getpgrp();
}

void cli_progress_erase(void)
{
	if (line.drawn)
		cli_write("\r\033[K", 4);
	line.drawn = false;
}

void cli_progress_begin(void)
{
	line.start = now();
	line.next = line.start + FIRST;
}

void cli_progress_done(void)
{
	pthread_mutex_lock(&cli_lock);
	cli_progress_erase();
	cli_progress_begin(); /* more work may follow, with a clock of its own */
	pthread_mutex_unlock(&cli_lock);
}

static void decide(void)
{
	line.state = wanted() ? WANTED : UNWANTED;
	if (line.state == WANTED)
		atexit(cli_progress_done);
}

static void draw(const char *unit, double done, double total, double seconds)
{
	char text[128], left[32] = "";
	double rate = done / seconds;
	int n;

	if (total > 0 && rate > 0) {
		long s = (long)((total - done) / rate + 0.5);

		snprintf(left, sizeof left, "  %ld:%02ld left", s / 60, s % 60);
	}
	n = snprintf(text, sizeof text, "\r\033[K%s:", cli_self ? cli_self->name : "volpipe");
	if (total > 0)
		n += snprintf(text + n, sizeof text - (size_t)n, " %3.0f %%", 100 * done / total);
	if (unit)
		n += snprintf(text + n, sizeof text - (size_t)n, "  %.0f %s  %.0f/s%s", done, unit,
		              rate, left);
	else
		n += snprintf(text + n, sizeof text - (size_t)n, "  %.0f MB  %.0f MB/s%s", done / 1e6,
		              rate / 1e6, left);
	cli_write(text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
	line.drawn = true;
}

void cli_progress(void *what, uint64_t done, uint64_t total)
{
	double t;

	pthread_mutex_lock(&cli_lock);
	if (line.state == UNKNOWN)
		decide();
	if (line.state == WANTED && (t = now()) >= line.next) {
		line.next = t + AGAIN;
		if (!in_background())
			draw(what, (double)done, (double)total, t - line.start);
	}
	pthread_mutex_unlock(&cli_lock);
}
