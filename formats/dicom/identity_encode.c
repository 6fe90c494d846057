/* identity_encode.c - text in the encodings in which files may hold it. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wctype.h>

#include "identity_inside.h"

enum {
	WORD = 8, /* characters: shorter text has to stand alone */
	WIDE = 8  /* the least in UTF-16 */
};

/* ---- UTF-8 ---- */

/* The character at s, *s goes on behind it; -1: not UTF-8. Zero-ended. */
static int32_t next_char(const char **s)
{
	const unsigned char *p = (const unsigned char *)*s;
	int more = p[0] < 0x80 ? 0 : p[0] >= 0xf0 ? 3 : p[0] >= 0xe0 ? 2 : p[0] >= 0xc0 ? 1 : -1;
	int32_t c = more == 0 ? p[0] : p[0] & (0x3f >> (more > 0 ? more : 0));

	for (int i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return -1;
		c = c << 6 | (p[i] & 0x3f);
	}
	*s += 1 + (more > 0 ? more : 0);
	return more < 0 ? -1 : c;
}

static size_t put_char(char *to, int32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static size_t characters(const char *s)
{
	size_t n = 0;

	while (*s) {
		if (next_char(&s) < 0)
			return 0;
		n++;
	}
	return n;
}

bool identity_ascii(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s >= 0x80 || *s == '\033')
			return false;
	return true;
}

/* ---- one form ---- */

void identity_add(struct forms *f, const void *bytes, size_t n, int flags, bool strong)
{
	if (n < MATCH_LEAST || n > MATCH_MOST || f->failed)
		return;
	f->failed = f->add(f->ctx, bytes, n, flags, strong) < 0;
	f->n++;
}

static size_t utf16(const char *s, bool big, unsigned char *to)
{
	size_t n = 0;

	while (*s) {
		int32_t c = next_char(&s);
		unsigned unit[2] = {(unsigned)c, 0};

		if (c >= 0x10000) {
			unit[0] = 0xd800u | (unsigned)(c - 0x10000) >> 10;
			unit[1] = 0xdc00u | ((unsigned)(c - 0x10000) & 0x3ff);
		}
		for (int i = 0; i < (unit[1] ? 2 : 1); i++) {
			to[n++] = (unsigned char)(big ? unit[i] >> 8 : unit[i]);
			to[n++] = (unsigned char)(big ? unit[i] : unit[i] >> 8);
		}
	}
	return n;
}

/* As JSON writes it where it keeps to ASCII. */
static size_t escaped(const char *s, char *to, size_t room)
{
	unsigned char unit[4];
	size_t n = 0;

	while (*s && n + 13 < room) {
		const char *from = s;
		int32_t c = next_char(&s);
		char one[5] = {0};

		if (c < 0x80) {
			to[n++] = (char)c;
			continue;
		}
		memcpy(one, from, (size_t)(s - from));
		for (size_t i = 0, k = utf16(one, true, unit); i < k; i += 2)
			n += (size_t)sprintf(to + n, "\\u%02x%02x", unit[i], unit[i + 1]);
	}
	return n;
}

/* UTF-8, in all encodings; of what is not ASCII the other cases too, which no flag covers. */
void identity_add_text(struct forms *f, const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	unsigned char wide[4 * IDENTITY_FORM];
	char other[6 * IDENTITY_FORM];
	size_t n = characters(s), digits = strspn(s, "0123456789");
	bool number = digits == strlen(s);
	int flags = MATCH_ANY_CASE;

	if (n == 0 || strlen(s) >= IDENTITY_FORM)
		return;
	if (n < WORD || (number && n < IDENTITY_STRONG) || (!f->name && strspn(s, letters) == strlen(s)))
		flags |= MATCH_ALONE;
	if (number && n < WORD)
		flags |= MATCH_NUMBER;
	identity_add(f, s, strlen(s), flags, n >= IDENTITY_STRONG);
	if (n >= WIDE || !identity_ascii(s)) {
		identity_add(f, wide, utf16(s, false, wide), flags | MATCH_WIDE_LE, n >= IDENTITY_STRONG);
		identity_add(f, wide, utf16(s, true, wide), flags | MATCH_WIDE_BE, n >= IDENTITY_STRONG);
	}
	if (identity_ascii(s))
		return;
	identity_add(f, other, escaped(s, other, sizeof other), flags, n >= IDENTITY_STRONG);
	for (int upper = 0; upper < 2; upper++) {
		const char *from = s;
		size_t k = 0;

		while (*from) {
			int32_t c = next_char(&from);

			k += put_char(other + k, (int32_t)(upper ? towupper((wint_t)c) : towlower((wint_t)c)));
		}
		identity_add(f, other, k, flags, n >= IDENTITY_STRONG);
	}
}
