#include "json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fields.h"

static int depth;
static bool pending; /* a value or a key stands before: a comma is due */
static bool after_key;

static void separate(void)
{
	if (pending && !after_key)
		putchar(',');
	pending = true;
	after_key = false;
}

/* Length of the UTF-8 sequence at s; 0 when it is none (RFC 3629: no overlong forms, no
 * surrogates, nothing over U+10FFFF). */
static int utf8_length(const unsigned char *s)
{
	int n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 :
		s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;

	for (int i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
		return 0;
	return n;
}

static void quote(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	putchar('"');
	while (*s) {
		int n = utf8_length(s);

		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if (*s == '\n')
			fputs("\\n", stdout);
		else if (*s == '\t')
			fputs("\\t", stdout);
		else if (*s < ' ' || *s == 0x7f)
			printf("\\u%04x", *s);
		else if (n == 0)
			fputs("\\ufffd", stdout);
		else
			fwrite(s, 1, (size_t)n, stdout);
		s += n ? n : 1;
	}
	putchar('"');
}

void cli_json_key(const char *name)
{
	separate();
	quote(name);
	putchar(':');
	after_key = true;
}

void cli_json_raw(const char *name, const char *text)
{
	if (name)
		cli_json_key(name);
	separate();
	fputs(text, stdout);
}

void cli_json_begin(char bracket)
{
	separate();
	putchar(bracket);
	depth++;
	pending = false;
}

void cli_json_end(char bracket)
{
	putchar(bracket);
	pending = true;
	if (--depth == 0) {
		putchar('\n');
		pending = false;
	}
}

void cli_json_null(const char *name)
{
	cli_json_raw(name, "null");
}

void cli_json_string(const char *name, const char *value)
{
	if (!value) {
		cli_json_null(name);
		return;
	}
	if (name)
		cli_json_key(name);
	separate();
	quote(value);
}

void cli_json_int(const char *name, long long value)
{
	char buf[32];

	snprintf(buf, sizeof buf, "%lld", value);
	cli_json_raw(name, buf);
}

void cli_json_bool(const char *name, bool value)
{
	cli_json_raw(name, value ? "true" : "false");
}

void cli_json_real(const char *name, double value)
{
	char buf[32];

	if (isfinite(value))
		cli_json_raw(name, cli_number(buf, value));
	else
		cli_json_null(name);
}
