#include "summary.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/fd.h"
#include "io/head.h"
#include "jsontext.h"

enum { FILE_MAX = 1 << 20 };

static void take(void *ctx, const char *place, double value)
{
	static const char percentiles[] = "percentiles.";
	struct summary *s = ctx;
	const struct {
		const char *name;
		double *to;
	} plain[] = {{"count", &s->count}, {"min", &s->min}, {"max", &s->max}, {"mean", &s->mean},
	             {"sd", &s->sd}};
	double percent;

	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		if (strcmp(place, plain[i].name) == 0)
			*plain[i].to = value;
	if (strncmp(place, percentiles, sizeof percentiles - 1) != 0 || s->n == SUMMARY_PERCENTILES ||
	    !vol_parse_number(place + sizeof percentiles - 1, &percent))
		return;
	s->percent[s->n] = percent;
	s->value[s->n++] = value;
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
		rc = json_numbers(text, (size_t)len, take, s, path, err);
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
