/* Values of options: text to number and back, with a dot in every locale. */
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

static locale_t c_locale(void)
{
	static locale_t c;

	if (!c)
		c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	return c;
}

/* Whole text as a finite decimal number: no blanks, no hexadecimal, no "inf". */
static bool number(const char *s, double *x)
{
	char *end;

	if (!*s || s[strspn(s, "+-.0123456789eE")])
		return false;
	*x = strtod_l(s, &end, c_locale());
	return *end == '\0' && isfinite(*x);
}

static bool range(const char *s, double *r)
{
	const char *comma = strchr(s, ',');
	char lo[64];

	if (!comma || (size_t)(comma - s) >= sizeof lo)
		return false;
	memcpy(lo, s, (size_t)(comma - s));
	lo[comma - s] = '\0';
	return number(lo, &r[0]) && number(comma + 1, &r[1]);
}

static int set_int(const struct cli_opt *o, const char *name, const char *text,
                   struct vol_err *err)
{
	char *end;
	long n;

	if (!*text || text[strspn(text, "+-0123456789")])
		return vol_fail(err, name, "'%s' is not a whole number", text);
	errno = 0;
	n = strtol(text, &end, 10);
	if (*end || end == text)
		return vol_fail(err, name, "'%s' is not a whole number", text);
	if ((o->lo || o->hi) && (n < o->lo || n > o->hi))
		return vol_fail(err, name, "%s is not within %d and %d", text, o->lo, o->hi);
	if (errno || n < INT_MIN || n > INT_MAX)
		return vol_fail(err, name, "%s is too large a number", text);
	*(int *)o->value = (int)n;
	return 0;
}

static int set_real(const struct cli_opt *o, const char *name, const char *text,
                    struct vol_err *err)
{
	double x;

	if (!number(text, &x))
		return vol_fail(err, name, "'%s' is not a number", text);
	*(double *)o->value = x;
	return 0;
}

static int set_range(const struct cli_opt *o, const char *name, const char *text,
                     struct vol_err *err)
{
	double r[2];

	if (!range(text, r))
		return vol_fail(err, name, "'%s' is not %s", text, o->arg ? o->arg : "LO,HI");
	if (r[0] > r[1])
		return vol_fail(err, name, "'%s' begins above its end", text);
	memcpy(o->value, r, sizeof r);
	return 0;
}

static bool length(const char *s, size_t n, double *v, enum cli_unit *unit)
{
	static const struct {
		const char *suffix;
		enum cli_unit unit;
		double scale;
	} units[] = {{"mm", CLI_MM, 1}, {"cm", CLI_MM, 10}, {"vox", CLI_VOX, 1}, {"%", CLI_PERCENT, 1}};
	char text[64];

	if (n >= sizeof text)
		return false;
	memcpy(text, s, n);
	text[n] = '\0';
	*unit = CLI_BARE;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		size_t len = strlen(units[i].suffix);

		if (n > len && strcmp(text + n - len, units[i].suffix) == 0) {
			text[n - len] = '\0';
			*unit = units[i].unit;
			return number(text, v) && (*v *= units[i].scale, true);
		}
	}
	return number(text, v);
}

static int set_lengths(const struct cli_opt *o, const char *name, const char *text,
                       struct vol_err *err)
{
	struct cli_lengths l = {0};
	const char *const forms = o->pair ? "one number, x,y or x,y,z" : "one number, or x,y,z";
	const char *at = text;
	int n = 0;

	for (bool more = true; more; n++) {
		size_t len = strcspn(at, ",");

		if (n == 3 || !length(at, len, &l.v[n], &l.unit[n]))
			return vol_fail(err, name, "'%s' is not %s", text, forms);
		more = at[len] == ',';
		at += len + 1;
	}
	if (n == 2 && !o->pair)
		return vol_fail(err, name, "'%s' is not %s", text, forms);
	l.given = n;
	for (; n < 3 && l.given == 1; n++) {
		l.v[n] = l.v[0];
		l.unit[n] = l.unit[0];
	}
	*(struct cli_lengths *)o->value = l;
	return 0;
}

static int set_choice(const struct cli_opt *o, const char *name, const char *text,
                      struct vol_err *err)
{
	char list[512] = "";
	size_t used = 0;

	for (int i = 0; o->choices[i]; i++) {
		int n = snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "",
		                 o->choices[i]);

		if (strcmp(o->choices[i], text) == 0) {
			*(int *)o->value = i;
			return 0;
		}
		used += (size_t)n < sizeof list - used ? (size_t)n : 0;
	}
	return vol_fail(err, name, "'%s' is none of %s", text, list);
}

int cli_value_set(const struct cli_opt *o, const char *text, struct vol_err *err)
{
	char name[64];

	snprintf(name, sizeof name, "--%s", o->name);
	switch (o->type) {
	case CLI_FLAG: *(bool *)o->value = true; return 0;
	case CLI_COUNT: ++*(int *)o->value; return 0;
	case CLI_INT: return set_int(o, name, text, err);
	case CLI_REAL: return set_real(o, name, text, err);
	case CLI_RANGE: return set_range(o, name, text, err);
	case CLI_LENGTHS: return set_lengths(o, name, text, err);
	case CLI_CHOICE: return set_choice(o, name, text, err);
	case CLI_FILE:
		if (!*text)
			return vol_fail(err, name, "'' is not a file name");
		break;
	case CLI_STRING: break;
	}
	*(const char **)o->value = text;
	return 0;
}

const char *cli_value_number(char *buf, double x)
{
	locale_t before = uselocale(c_locale());

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(buf, 32, "%.*g", digits, x);
		if (strtod_l(buf, NULL, c_locale()) == x)
			break;
	}
	uselocale(before);
	return buf;
}

double cli_voxels(const struct cli_lengths *l, int axis, double spacing, uint64_t size, enum cli_unit bare)
{
	enum cli_unit unit = l->unit[axis] == CLI_BARE ? bare : l->unit[axis];

	/* a hair less than rounding errors of what people write in decimals */
	if (unit == CLI_PERCENT)
		return ceil(l->v[axis] / 100 * (double)size - 1e-9);
	return unit == CLI_VOX ? l->v[axis] : ceil(l->v[axis] / spacing - 1e-6);
}
