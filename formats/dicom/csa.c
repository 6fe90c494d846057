#include "csa.h"

#include <stdint.h>
#include <string.h>

#include "io/head.h"

enum { NAME = 64, TAG = 84, ITEM = 16 };

struct cursor {
	const unsigned char *at;
	size_t left;
};

static const unsigned char *take(struct cursor *c, size_t n)
{
	const unsigned char *at = c->at;

	if (n > c->left)
		return NULL;
	c->at += n;
	c->left -= n;
	return at;
}

static uint32_t little32(const unsigned char *b)
{
	return b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;
}

/* A value's text as a number: blanks around it and what follows its zero byte do not count. */
static bool number(const unsigned char *text, size_t n, double *x)
{
	char buf[64];

	n = strnlen((const char *)text, n);
	while (n && *text == ' ')
		text++, n--;
	while (n && text[n - 1] == ' ')
		n--;
	if (n == 0 || n >= sizeof buf)
		return false;
	memcpy(buf, text, n);
	buf[n] = '\0';
	return strspn(buf, "0123456789+-.eE") == n && vol_parse_number(buf, x);
}

/* The items of one tag; those that count are read. False: damaged. *got: how many numbers there were. Version 1 counts
 * the items of the first tag into each length. */
static bool items(struct cursor *c, uint32_t n, bool old, uint32_t of_first, size_t count, double *values, size_t *got)
{
	*got = 0;
	for (uint32_t i = 0; i < n; i++) {
		const unsigned char *head = take(c, ITEM), *text;
		uint32_t length;

		if (!head)
			return false;
		length = old ? little32(head) - of_first : little32(head + 4);
		text = take(c, length);
		if (!text)
			return false;
		if (values && *got == i && i < count && number(text, length, &values[i]))
			++*got;
		take(c, (4 - length % 4) % 4);
	}
	return true;
}

bool csa_numbers(const unsigned char *csa, size_t n, const char *name, size_t count, double *values)
{
	struct cursor c = {csa, n};
	bool old = n < 4 || memcmp(csa, "SV10", 4) != 0;
	const unsigned char *head = take(&c, old ? 8 : 16);
	uint32_t tags, of_first = 0;

	if (!head)
		return false;
	tags = little32(old ? head : head + 8);
	for (uint32_t i = 0; i < tags; i++) {
		const unsigned char *tag = take(&c, TAG);
		size_t got;
		bool this;

		if (!tag)
			return false;
		if (i == 0)
			of_first = little32(tag + 76);
		this = strncmp((const char *)tag, name, NAME) == 0;
		if (!items(&c, little32(tag + 76), old, of_first, count, this ? values : NULL, &got))
			return false;
		if (this)
			return got == count;
	}
	return false;
}
