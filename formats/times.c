#include "times.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/keys.h"

bool times_even(const struct vol_head *head, bool *ms, double *start, double *step)
{
	const char *axis = key_get(head, "axis");
	double first = 0, apart = 0, last = 0, worst = 0;
	uint64_t count = 0;
	int s_used = 0, ms_used = 0, used;
	char *end;

	if (!axis || head->list < 2)
		return false;
	(void)sscanf(axis, "time s %n", &s_used);
	(void)sscanf(axis, "time ms %n", &ms_used);
	used = s_used ? s_used : ms_used;
	if (!used)
		return false;
	for (const char *s = axis + used; *s; s = end + strspn(end, " "), count++) {
		double t = strtod(s, &end);

		if (end == s || !isfinite(t))
			return false;
		if (count == 0)
			first = t;
		else if (count == 1)
			apart = t - first;
		worst = fmax(worst, count ? fabs(t - (first + (double)count * apart)) : 0);
		last = t;
	}
	if (count != head->list || !(apart > 0) || worst > 1e-6 * fmax(apart, fabs(last - first)))
		return false;
	*ms = !s_used;
	*start = first;
	*step = apart;
	return true;
}

int times_set(struct vol_head *head, const char *unit, double start, double step, struct vol_err *err)
{
	char *text = NULL, number[32];
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int rc;

	if (!f)
		return vol_fail(err, "header", "out of memory");
	fprintf(f, "time %s", unit);
	for (uint64_t i = 0; i < head->list; i++)
		fprintf(f, " %s", vol_number(number, start + (double)i * step));
	rc = fclose(f) == 0 ? key_set(head, err, "axis", "%s", text) : vol_fail(err, "header", "out of memory");
	free(text);
	return rc;
}
