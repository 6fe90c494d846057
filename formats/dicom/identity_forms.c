/* identity_forms.c - the forms in which a value may stand in some file.
 *
 * What is searched must prove something when it is found. In text, that takes 4 bytes that stand as a word; for a number
 * 6 digits, as headers are full of shorter ones. Among voxels it takes more. At worst all of them are digits, where a
 * number of n digits begins at one place in 10^n: 10^10 voxels and a hundred values give one false finding in
 * 10^12 places. So `strong` is what has 12 characters: letters, in either case, are rarer still. UTF-16 digits are what small
 * 16-bit numbers look like; forms in UTF-16 have 8 characters at least. */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wctype.h>

#include "identity_inside.h"

enum {
	STRONG = 12, /* characters */
	WORD = 8,    /* shorter ones have to stand alone */
	WIDE = 8,    /* the least in UTF-16 */
	DIGITS = 6,
	PIECE = 32,  /* bytes: of longer text the beginning and the end are searched, as fields cut it */
	FORM = 200,
};

struct forms {
	int (*add)(void *ctx, const void *bytes, size_t n, int flags, bool strong);
	void *ctx;
	int n;
	bool failed;
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

static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s >= 0x80 || *s == '\033')
			return false;
	return true;
}

/* ---- one form ---- */

static void add(struct forms *f, const void *bytes, size_t n, int flags, bool strong)
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
static void add_text(struct forms *f, const char *s)
{
	unsigned char wide[4 * FORM];
	char other[6 * FORM];
	size_t n = characters(s), digits = strspn(s, "0123456789");
	bool number = digits == strlen(s);
	int flags = MATCH_ANY_CASE;

	if (n == 0 || strlen(s) >= FORM)
		return;
	if (n < WORD || (number && n < STRONG))
		flags |= MATCH_ALONE;
	if (number && n < WORD)
		flags |= MATCH_NUMBER;
	add(f, s, strlen(s), flags, n >= STRONG);
	if (n >= WIDE || !is_ascii(s)) {
		add(f, wide, utf16(s, false, wide), flags | MATCH_WIDE_LE, n >= STRONG);
		add(f, wide, utf16(s, true, wide), flags | MATCH_WIDE_BE, n >= STRONG);
	}
	if (is_ascii(s))
		return;
	add(f, other, escaped(s, other, sizeof other), flags, n >= STRONG);
	for (int upper = 0; upper < 2; upper++) {
		const char *from = s;
		size_t k = 0;

		while (*from) {
			int32_t c = next_char(&from);

			k += put_char(other + k, (int32_t)(upper ? towupper((wint_t)c) : towlower((wint_t)c)));
		}
		add(f, other, k, flags, n >= STRONG);
	}
}

/* A form, which in turn may be spelled with or without blanks. */
static void add_spelled(struct forms *f, const char *s)
{
	char joined[FORM];
	size_t n = 0;

	add_text(f, s);
	for (; *s && n < sizeof joined - 1; s++)
		if (*s != ' ')
			joined[n++] = *s;
	joined[n] = '\0';
	if (*s == '\0')
		add_text(f, joined);
}

/* As long as fields are: whole, or how it begins and how it ends. */
static void add_long(struct forms *f, const char *s)
{
	size_t n = strlen(s), cut = PIECE;
	char piece[PIECE + 1];

	if (n <= PIECE) {
		add_spelled(f, s);
		return;
	}
	while (cut > 0 && (s[cut] & 0xc0) == 0x80)
		cut--;
	memcpy(piece, s, cut);
	piece[cut] = '\0';
	add_text(f, piece);
	for (s += n - PIECE; (*s & 0xc0) == 0x80; s++)
		;
	add_text(f, s);
}

/* ---- kinds of values ---- */

/* Copies up to the next of the separators; *s goes on behind it. */
static bool next_part(const char **s, const char *separators, char part[FORM])
{
	size_t n = strcspn(*s, separators);

	if (n == 0 && !**s)
		return false;
	snprintf(part, FORM, "%.*s", (int)(n < FORM ? n : FORM - 1), *s);
	*s += n + ((*s)[n] != '\0');
	return true;
}

/* One spelling of a name, family^given^middle^prefix^suffix (PS3.5, 6.2.1). */
static void add_name(struct forms *f, const char *name)
{
	static const char *const between[] = {" ", ", ", ",", "_", "-", ".", ""};
	char part[5][FORM] = {""}, form[2 * FORM + 4], words[FORM];
	const char *s = name, *w;

	add_long(f, name);
	for (int i = 0; i < 5 && next_part(&s, "^", part[i]); i++) {
		if (strlen(part[i]) >= MATCH_LEAST)
			add_spelled(f, part[i]);
		for (w = part[i]; strpbrk(part[i], " -") && next_part(&w, " -", words);)
			if (strlen(words) >= MATCH_LEAST)
				add_text(f, words);
	}
	for (size_t i = 0; part[0][0] && part[1][0] && i < sizeof between / sizeof *between; i++) {
		snprintf(form, sizeof form, "%s%s%s", part[0], between[i], part[1]);
		add_spelled(f, form);
		snprintf(form, sizeof form, "%s%s%s", part[1], between[i], part[0]);
		add_spelled(f, form);
	}
}

/* ISO 2022 and other bytes as they are: whole, and by parts, each of which begins with its own escape. */
static void add_raw(struct forms *f, const char *raw)
{
	const char *s = raw;
	char part[FORM];

	add(f, raw, strlen(raw) < PIECE ? strlen(raw) : PIECE, 0, strlen(raw) >= STRONG);
	while (next_part(&s, "^=", part))
		if (!is_ascii(part))
			add(f, part, strlen(part), 0, strlen(part) >= STRONG);
}

static void add_names(struct forms *f, const char *names)
{
	char name[FORM];

	while (next_part(&names, "=", name))
		if (name[0])
			add_name(f, name);
}

static bool all_digits(const char *s, size_t n)
{
	for (; n; s++, n--)
		if (!isdigit((unsigned char)*s))
			return false;
	return true;
}

/* YYYYMMDD. False: none, or one that stands for none. */
static bool add_date(struct forms *f, const char *s)
{
	static const char *const usual[] = {"%.4s%.2s%.2s", "%.4s-%.2s-%.2s", "%.4s/%.2s/%.2s", "%.4s.%.2s.%.2s", "%.4s_%.2s_%.2s",
	                                    "%.4s:%.2s:%.2s"};
	static const char *const turned[] = {"%.2s.%.2s.%.4s", "%.2s/%.2s/%.4s", "%.2s-%.2s-%.4s", "%.2s_%.2s_%.4s",
	                                     "%.2s%.2s%.4s"};
	static const char *const none[] = {"00010101", "19000101", "19700101", "19800101", "99991231"};
	char form[16];

	if (strlen(s) < 8 || !all_digits(s, 8) || strncmp(s + 4, "1232", 4) > 0 || strncmp(s + 4, "0101", 4) < 0)
		return false;
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		if (strncmp(s, none[i], 8) == 0)
			return false;
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
		snprintf(form, sizeof form, usual[i], s, s + 4, s + 6);
		add_text(f, form);
	}
	for (size_t i = 0; i < sizeof turned / sizeof *turned; i++) {
		snprintf(form, sizeof form, turned[i], s + 6, s + 4, s);
		add_text(f, form);
		snprintf(form, sizeof form, turned[i], s + 4, s + 6, s);
		add_text(f, form);
	}
	return true;
}

/* HHMMSS.FFFFFF. The full hour is a round number, and midnight stands for no time. */
static void add_time(struct forms *f, const char *s)
{
	char form[16];

	if (strlen(s) < 6 || !all_digits(s, 6) || strncmp(s, "000000", 6) == 0)
		return;
	if (strspn(s + 6, ".0") < strlen(s + 6))
		add_text(f, s);
	if (strncmp(s + 2, "0000", 4) != 0)
		snprintf(form, sizeof form, "%.6s", s), add_text(f, form);
	snprintf(form, sizeof form, "%.2s:%.2s:%.2s", s, s + 2, s + 4);
	add_text(f, form);
}

/* YYYYMMDDHHMMSS.FFFFFF&ZZXX */
static void add_moment(struct forms *f, const char *s)
{
	add_date(f, s);
	if (strlen(s) > 8) {
		add_text(f, s);
		add_time(f, s + 8);
	}
}

static bool is_common(const char *s)
{
	static const char *const words[] = {
		"anon", "anonym", "anonymous", "anonymized", "anonymised", "anonymize", "anonymise", "deidentified", "de-identified",
		"unknown", "none", "null", "nothing", "test", "patient", "name", "phantom", "removed", "default", "male", "female",
		"other", "image", "images", "series", "study", "volume", "head", "neck", "brain", "chest", "abdomen", "pelvis",
		"spine", "knee", "body", "thorax", "lung", "heart", "hospital", "department", "radiology", "standard", "original",
		"primary", "axial", "localizer", "scout", "data", "file", "dicom", "true", "false", "float", "space", "time",
		"type", "unit", "stored", "label", "linear", "values", "slice", "slices", "spacing", "origin", "encoding"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasecmp(s, words[i]) == 0)
			return true;
	return s[strspn(s, (char[]){s[0], '^', ' ', '.', '-', '\0'})] == '\0';
}

static const char *too_little(const char *s)
{
	size_t digits = 0;

	if (strlen(s) < MATCH_LEAST)
		return "too short";
	if (is_common(s))
		return "too common";
	if (strspn(s, "0123456789.,+-eE ") < strlen(s))
		return NULL;
	for (; *s; s++)
		digits += isdigit((unsigned char)*s) != 0;
	return digits < DIGITS ? "too short" : NULL;
}

int identity_forms(const struct identity_value *v, int (*each)(void *ctx, const void *bytes, size_t n, int flags, bool strong),
                   void *ctx, const char **why)
{
	struct forms f = {.add = each, .ctx = ctx};
	bool uid = strcmp(v->vr, "UI") == 0;

	*why = too_little(v->utf8);
	if (uid && strncmp(v->utf8, "1.2.840.10008.", 14) == 0)
		*why = "the standard's";
	if (*why)
		return 0;
	if (strcmp(v->vr, "PN") == 0)
		add_names(&f, v->utf8);
	else if (strcmp(v->vr, "DA") == 0)
		add_date(&f, v->utf8);
	else if (strcmp(v->vr, "TM") == 0)
		add_time(&f, v->utf8);
	else if (strcmp(v->vr, "DT") == 0)
		add_moment(&f, v->utf8);
	else if (uid)
		add_text(&f, v->utf8);
	else
		add_long(&f, v->utf8);
	if (!is_ascii(v->raw) && strcmp(v->raw, v->utf8) != 0)
		add_raw(&f, v->raw);
	if (f.n == 0)
		*why = "too common";
	return f.failed ? -1 : f.n;
}
