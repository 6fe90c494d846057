#include "json_in.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "io/head.h"

enum { DEPTH = 64 };

void json_begin(struct json *j, const char *text, size_t n)
{
	*j = (struct json){.at = text, .end = text + n, .first = true};
}

static bool bad(struct json *j)
{
	j->bad = true;
	return false;
}

char json_next(struct json *j)
{
	while (j->at < j->end && strchr(" \t\r\n", *j->at) && *j->at)
		j->at++;
	return j->bad || j->at == j->end ? '\0' : *j->at;
}

bool json_done(struct json *j)
{
	(void)json_next(j);
	return !j->bad && j->at == j->end;
}

static bool take(struct json *j, char c)
{
	if (!c || json_next(j) != c)
		return bad(j);
	j->at++;
	return true;
}

bool json_open(struct json *j, char bracket)
{
	j->first = true;
	return take(j, bracket);
}

bool json_more(struct json *j, char closing)
{
	bool first = j->first;

	j->first = false;
	if (json_next(j) == closing && closing) {
		j->at++;
		return false;
	}
	return first ? !j->bad : take(j, ',');
}

bool json_key(struct json *j, char *buf, size_t size)
{
	return json_string(j, buf, size) && take(j, ':');
}

/* ---- strings ---- */

static int hex4(const char *s)
{
	int x = 0;

	for (int i = 0; i < 4; i++) {
		const char *digits = "0123456789abcdef", *d = s[i] ? strchr(digits, s[i] | 0x20) : NULL;

		if (!d)
			return -1;
		x = 16 * x + (int)(d - digits);
	}
	return x;
}

static size_t utf8(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* What follows a backslash, as UTF-8. Returns its length; 0: wrong. */
static size_t escaped(struct json *j, char out[4])
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char c = j->at < j->end ? *j->at++ : '\0';
	const char *known = c ? strchr(from, c) : NULL;
	int x, low;

	if (known) {
		out[0] = to[known - from];
		return 1;
	}
	if (c != 'u' || j->end - j->at < 4 || (x = hex4(j->at)) < 0)
		return 0;
	j->at += 4;
	if (x >= 0xd800 && x < 0xdc00 && j->end - j->at >= 6 && j->at[0] == '\\' && j->at[1] == 'u' &&
	    (low = hex4(j->at + 2)) >= 0xdc00 && low < 0xe000) {
		j->at += 6;
		return utf8(0x10000 + ((uint32_t)(x - 0xd800) << 10) + (uint32_t)(low - 0xdc00), out);
	}
	/* half of a pair, and NUL, are no characters here */
	return utf8(x == 0 || (x >= 0xd800 && x < 0xe000) ? 0xfffd : (uint32_t)x, out);
}

bool json_string(struct json *j, char *buf, size_t size)
{
	size_t used = 0;

	if (!take(j, '"'))
		return false;
	while (j->at < j->end && *j->at != '"') {
		char piece[4] = {*j->at++};
		size_t n = piece[0] == '\\' ? escaped(j, piece) : 1;

		if (n == 0 || (n == 1 && piece[0] == '\0'))
			return bad(j);
		if (used + n < size) {
			memcpy(buf + used, piece, n);
			used += n;
		} else {
			size = used + 1; /* cut here, and nothing after it */
		}
	}
	buf[used] = '\0';
	return take(j, '"');
}

/* ---- other values ---- */

bool json_number(struct json *j, double *x)
{
	const char *digits;
	char text[64];
	size_t n = 0;

	(void)json_next(j);
	while (j->at < j->end && n + 1 < sizeof text && *j->at && strchr("+-.0123456789eE", *j->at))
		text[n++] = *j->at++;
	text[n] = '\0';
	/* what vol_parse_number takes and JSON does not */
	digits = text + (text[0] == '-');
	if (n == 0 || text[0] == '+' || *digits == '.' || text[n - 1] == '.' ||
	    (digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9'))
		return bad(j);
	return !j->bad && vol_parse_number(text, x) && isfinite(*x) ? true : bad(j);
}

static bool word(struct json *j, const char *text)
{
	size_t n = strlen(text);

	(void)json_next(j);
	if (j->bad || (size_t)(j->end - j->at) < n || memcmp(j->at, text, n) != 0)
		return false;
	j->at += n;
	return true;
}

bool json_null(struct json *j)
{
	return word(j, "null");
}

static void skip(struct json *j, int depth)
{
	char c = json_next(j), text[8];
	double x;

	if (depth == DEPTH) {
		bad(j);
	} else if (c == '{' || c == '[') {
		char closing = c == '{' ? '}' : ']';

		json_open(j, c);
		while (json_more(j, closing)) {
			if (c == '{')
				json_key(j, text, sizeof text);
			skip(j, depth + 1);
		}
	} else if (c == '"') {
		json_string(j, text, sizeof text);
	} else if (!word(j, "null") && !word(j, "true") && !word(j, "false")) {
		json_number(j, &x);
	}
}

void json_skip(struct json *j)
{
	skip(j, 0);
}
