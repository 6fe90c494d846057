#include "json_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/head.h"

static void put(struct json_out *j, const char *text, size_t n)
{
	if (j->n + n + 1 > j->room) {
		size_t room = 2 * (j->n + n) + 4096;
		char *more = j->failed ? NULL : realloc(j->text, room);

		if (!more) {
			j->failed = true;
			return;
		}
		j->text = more;
		j->room = room;
	}
	memcpy(j->text + j->n, text, n);
	j->n += n;
	j->text[j->n] = '\0';
}

static void puts_(struct json_out *j, const char *text)
{
	put(j, text, strlen(text));
}

/* Length of the UTF-8 sequence at s, of which `left` bytes are there; 0: it is none (RFC 3629). */
static size_t sequence(const unsigned char *s, size_t left)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 :
		   s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;

	if (n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) || (s[0] == 0xf0 && s[1] < 0x90) ||
	    (s[0] == 0xf4 && s[1] >= 0x90))
		return 0;
	return n;
}

static void quoted(struct json_out *j, const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;

	puts_(j, "\"");
	for (size_t i = 0, step; i < n; i += step) {
		size_t length = sequence(s + i, n - i);
		char code[8];

		step = length ? length : 1;
		if (s[i] == '"' || s[i] == '\\') {
			put(j, "\\", 1);
			put(j, text + i, 1);
		} else if (s[i] < ' ' || s[i] == 0x7f) {
			snprintf(code, sizeof code, "\\u%04x", s[i]);
			puts_(j, code);
		} else if (length) {
			put(j, text + i, length);
		} else {
			puts_(j, "\\ufffd");
		}
	}
	puts_(j, "\"");
}

static void member(struct json_out *j, const char *name)
{
	puts_(j, j->n ? ",\n\t" : "{\n\t");
	quoted(j, name, strlen(name));
	puts_(j, ": ");
}

static void number(struct json_out *j, double x)
{
	char buf[32];

	puts_(j, vol_number(buf, x));
}

void json_out_text(struct json_out *j, const char *name, const char *text)
{
	member(j, name);
	quoted(j, text, strlen(text));
}

void json_out_texts(struct json_out *j, const char *name, const char *text, char split)
{
	const char *end;

	member(j, name);
	puts_(j, "[");
	for (; (end = strchr(text, split)) != NULL; text = end + 1) {
		quoted(j, text, (size_t)(end - text));
		puts_(j, ", ");
	}
	quoted(j, text, strlen(text));
	puts_(j, "]");
}

void json_out_number(struct json_out *j, const char *name, double x)
{
	member(j, name);
	number(j, x);
}

void json_out_numbers(struct json_out *j, const char *name, const double *x, size_t n)
{
	member(j, name);
	puts_(j, "[");
	for (size_t i = 0; i < n; i++) {
		if (i)
			puts_(j, ", ");
		number(j, x[i]);
	}
	puts_(j, "]");
}

void json_out_bool(struct json_out *j, const char *name, bool yes)
{
	member(j, name);
	puts_(j, yes ? "true" : "false");
}

char *json_out_end(struct json_out *j)
{
	char *text;

	puts_(j, j->n ? "\n}\n" : "{}\n");
	text = j->text;
	if (j->failed) {
		free(text);
		text = NULL;
	}
	memset(j, 0, sizeof *j);
	return text;
}
