#include "jsontext.h"

#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { DEEP = 32, PLACE = 512 };

struct text {
	const char *at, *start, *end;
	json_number_fn *fn;
	void *ctx;
	char place[PLACE];    /* of the value that is read */
	int in_array;         /* its numbers have no name */
	locale_t c;
};

static bool value(struct text *t, int deep);

static void blanks(struct text *t)
{
	while (t->at < t->end && strchr(" \t\r\n", *t->at) && *t->at)
		t->at++;
}

static bool take(struct text *t, char c)
{
	blanks(t);
	if (t->at == t->end || *t->at != c)
		return false;
	t->at++;
	return true;
}

static bool word(struct text *t, const char *w)
{
	size_t n = strlen(w);

	if ((size_t)(t->end - t->at) < n || memcmp(t->at, w, n) != 0)
		return false;
	t->at += n;
	return true;
}

/* A string as it stands, its escapes checked but left in: no name that is looked for has any. */
static bool string(struct text *t, const char **from, size_t *n)
{
	if (!take(t, '"'))
		return false;
	*from = t->at;
	for (; t->at < t->end && *t->at != '"'; t->at++) {
		if ((unsigned char)*t->at < ' ')
			return false;
		if (*t->at != '\\')
			continue;
		if (++t->at == t->end || !*t->at || !strchr("\"\\/bfnrtu", *t->at))
			return false;
		for (int i = 0; *t->at == 'u' && i < 4; i++)
			if (t->end - t->at <= i + 1 || !t->at[i + 1] ||
			    !strchr("0123456789abcdefABCDEF", t->at[i + 1]))
				return false;
	}
	*n = (size_t)(t->at - *from);
	return take(t, '"');
}

static size_t digits(const char *s)
{
	return strspn(s, "0123456789");
}

static bool number(struct text *t)
{
	char s[64];
	size_t n = 0, some;
	const char *p = s;

	while (n < sizeof s - 1 && t->at + n < t->end && t->at[n] && strchr("+-.0123456789eE", t->at[n])) {
		s[n] = t->at[n];
		n++;
	}
	s[n] = '\0';
	p += *p == '-';
	some = digits(p);
	if (some == 0 || (some > 1 && *p == '0'))
		return false;
	p += some;
	if (*p == '.') {
		some = digits(++p);
		p += some;
	}
	if (some && (*p == 'e' || *p == 'E')) {
		p++;
		p += *p == '+' || *p == '-';
		some = digits(p);
		p += some;
	}
	if (some == 0 || *p)
		return false;
	t->at += n;
	if (!t->in_array)
		t->fn(t->ctx, t->place, strtod_l(s, NULL, t->c));
	return true;
}

static bool members(struct text *t, int deep)
{
	size_t outer = strlen(t->place);

	if (take(t, '}'))
		return true;
	do {
		const char *name;
		size_t n;

		if (!string(t, &name, &n) || outer + n + 2 > PLACE || memchr(name, '\0', n) || !take(t, ':'))
			return false;
		if (outer)
			t->place[outer] = '.';
		memcpy(t->place + outer + (outer > 0), name, n);
		t->place[outer + (outer > 0) + n] = '\0';
		if (!value(t, deep))
			return false;
		t->place[outer] = '\0';
	} while (take(t, ','));
	return take(t, '}');
}

static bool elements(struct text *t, int deep)
{
	if (take(t, ']'))
		return true;
	t->in_array++;
	do {
		if (!value(t, deep))
			return false;
	} while (take(t, ','));
	t->in_array--;
	return take(t, ']');
}

static bool value(struct text *t, int deep)
{
	const char *s;
	size_t n;

	blanks(t);
	if (t->at == t->end || deep == DEEP)
		return false;
	switch (*t->at) {
	case '{': t->at++; return members(t, deep + 1);
	case '[': t->at++; return elements(t, deep + 1);
	case '"': return string(t, &s, &n);
	case 't': return word(t, "true");
	case 'f': return word(t, "false");
	case 'n': return word(t, "null");
	default: return number(t);
	}
}

int json_numbers(const char *text, size_t len, json_number_fn *fn, void *ctx, const char *subject,
                 struct vol_err *err)
{
	struct text t = {.at = text, .start = text, .end = text + len, .fn = fn, .ctx = ctx};
	int line = 1;
	bool good;

	t.c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!t.c)
		return vol_fail(err, subject, "out of memory");
	good = value(&t, 0);
	blanks(&t);
	freelocale(t.c);
	if (good && t.at == t.end)
		return 0;
	for (const char *p = text; p < t.at; p++)
		line += *p == '\n';
	return vol_fail(err, subject, "line %d is not JSON", line);
}
