#include "summary.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/fd.h"
#include "io/head.h"
#include "json_in.h"

enum { FILE_MAX = 1 << 20 };

static void take_percentiles(struct summary *s, struct json *j)
{
	char name[64];
	double percent, value;

	json_open(j, '{');
	while (json_more(j, '}')) {
		json_key(j, name, sizeof name);
		if (json_null(j))
			continue;
		if (json_number(j, &value) && s->n < SUMMARY_PERCENTILES && vol_parse_number(name, &percent)) {
			s->percent[s->n] = percent;
			s->value[s->n++] = value;
		}
	}
}

/* One object; its members that are not known here may be anything. */
static bool take(struct summary *s, struct json *j)
{
	const struct {
		const char *name;
		double *to;
	} plain[] = {{"count", &s->count}, {"min", &s->min}, {"max", &s->max}, {"mean", &s->mean},
	             {"sd", &s->sd}};
	char name[64];

	json_open(j, '{');
	while (json_more(j, '}')) {
		double *to = NULL;

		json_key(j, name, sizeof name);
		for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
			if (strcmp(name, plain[i].name) == 0)
				to = plain[i].to;
		if (json_null(j))
			continue;
		if (to)
			json_number(j, to);
		else if (strcmp(name, "percentiles") == 0)
			take_percentiles(s, j);
		else
			json_skip(j);
	}
	return json_done(j);
}

static int parse(struct summary *s, const char *text, size_t len, const char *path, struct vol_err *err)
{
	struct json j;
	size_t line = 1;

	json_begin(&j, text, len);
	if (take(s, &j))
		return 0;
	for (const char *c = text; c < j.at; c++)
		line += *c == '\n';
	return vol_fail(err, path, "line %zu is not JSON as volstat --json writes it", line);
}

int summary_read(struct summary *s, const char *path, struct vol_err *err)
{
	char *text = malloc(FILE_MAX);
	ssize_t len = -1;
	int fd, rc = -1;

	*s = (struct summary){NAN, NAN, NAN, NAN, NAN, 0, {0}, {0}};
	if (!text)
		return vol_fail(err, path, "out of memory");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		vol_fail_errno(err, path, "cannot be opened");
	else
		len = fd_read(fd, text, FILE_MAX, path, err);
	if (len == FILE_MAX)
		vol_fail(err, path, "is over 1 MiB: no file of statistics");
	else if (len >= 0)
		rc = parse(s, text, (size_t)len, path, err);
	if (rc == 0 && isnan(s->min) && isnan(s->max) && isnan(s->mean) && isnan(s->sd) && s->n == 0)
		rc = vol_fail(err, path, "holds no statistics: make it with volstat --json");
	if (fd >= 0)
		close(fd);
	free(text);
	return rc;
}

double summary_percentile(const struct summary *s, double percent)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->percent[i] == percent)
			return s->value[i];
	return percent == 0 ? s->min : percent == 100 ? s->max : NAN;
}
