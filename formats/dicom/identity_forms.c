/* identity_forms.c - the forms in which a value may stand in some file.
 *
 * What is searched must prove something when it is found. In text, that takes 4 bytes that stand as a word; for a number
 * 6 digits, as headers are full of shorter ones. Among voxels it takes more. Were all of them digits, at worst, a number
 * of n digits would begin at one place in 10^n; a hundred numbers of 12 digits are found by chance in one of a hundred
 * volumes of 10^8 such voxels. Hence IDENTITY_STRONG: 12 characters. Letters, in either case, are rarer still. UTF-16
 * digits are what small 16-bit numbers look like: forms in UTF-16 have 8 characters at least. */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "identity_inside.h"

enum { DIGITS = 6, PIECE = 32 }; /* bytes: of longer text the beginning and the end are searched, as fields cut it */

/* A form, which in turn may be spelled with or without blanks. */
static void add_spelled(struct forms *f, const char *s)
{
	char joined[IDENTITY_FORM];
	size_t n = 0;

	identity_add_text(f, s);
	for (; *s && n < sizeof joined - 1; s++)
		if (*s != ' ')
			joined[n++] = *s;
	joined[n] = '\0';
	if (*s == '\0')
		identity_add_text(f, joined);
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
	identity_add_text(f, piece);
	for (s += n - PIECE; (*s & 0xc0) == 0x80; s++)
		;
	identity_add_text(f, s);
}

/* ---- kinds of values ---- */

/* Copies up to the next of the separators; *s goes on behind it. */
static bool next_part(const char **s, const char *separators, char part[IDENTITY_FORM])
{
	size_t n = strcspn(*s, separators);

	if (n == 0 && !**s)
		return false;
	snprintf(part, IDENTITY_FORM, "%.*s", (int)(n < IDENTITY_FORM ? n : IDENTITY_FORM - 1), *s);
	*s += n + ((*s)[n] != '\0');
	return true;
}

/* One spelling of a name, family^given^middle^prefix^suffix (PS3.5, 6.2.1). */
static void add_name(struct forms *f, const char *name)
{
	static const char *const between[] = {" ", ", ", ",", "_", "-", ".", ""};
	char part[5][IDENTITY_FORM] = {""}, form[2 * IDENTITY_FORM + 4], words[IDENTITY_FORM];
	const char *s = name, *w;

	add_long(f, name);
	for (int i = 0; i < 5 && next_part(&s, "^", part[i]); i++) {
		if (strlen(part[i]) >= MATCH_LEAST)
			add_spelled(f, part[i]);
		for (w = part[i]; strpbrk(part[i], " -") && next_part(&w, " -", words);)
			if (strlen(words) >= MATCH_LEAST)
				identity_add_text(f, words);
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
	char part[IDENTITY_FORM];

	identity_add(f, raw, strlen(raw) < PIECE ? strlen(raw) : PIECE, 0, strlen(raw) >= IDENTITY_STRONG);
	while (next_part(&s, "^=", part))
		if (!identity_ascii(part))
			identity_add(f, part, strlen(part), 0, strlen(part) >= IDENTITY_STRONG);
}

static void add_names(struct forms *f, const char *names)
{
	char name[IDENTITY_FORM];

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
	static const char *const usual[] = {"%.4s%.2s%.2s", "%.4s-%.2s-%.2s", "%.4s/%.2s/%.2s",
	                                    "%.4s.%.2s.%.2s", "%.4s_%.2s_%.2s", "%.4s:%.2s:%.2s"};
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
		identity_add_text(f, form);
	}
	for (size_t i = 0; i < sizeof turned / sizeof *turned; i++) {
		snprintf(form, sizeof form, turned[i], s + 6, s + 4, s);
		identity_add_text(f, form);
		snprintf(form, sizeof form, turned[i], s + 4, s + 6, s);
		identity_add_text(f, form);
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
		identity_add_text(f, s);
	if (strncmp(s + 2, "0000", 4) != 0)
		snprintf(form, sizeof form, "%.6s", s), identity_add_text(f, form);
	snprintf(form, sizeof form, "%.2s:%.2s:%.2s", s, s + 2, s + 4);
	identity_add_text(f, form);
}

/* YYYYMMDDHHMMSS.FFFFFF&ZZXX */
static void add_moment(struct forms *f, const char *s)
{
	add_date(f, s);
	if (strlen(s) > 8) {
		identity_add_text(f, s);
		add_time(f, s + 8);
	}
}

static bool is_common(const char *s)
{
	static const char *const words[] = {
		"anon", "anonym", "anonymous", "anonymized", "anonymised", "anonymize", "anonymise", "deidentified",
		"de-identified", "unknown", "none", "null", "nothing", "test", "patient", "name", "phantom",
		"removed", "default", "male", "female", "other", "image", "images", "series", "study", "volume",
		"head", "neck", "brain", "chest", "abdomen", "pelvis", "spine", "knee", "body", "thorax", "lung",
		"heart", "hospital", "department", "radiology", "standard", "original", "primary", "axial",
		"localizer", "scout", "data", "file", "dicom", "true", "false", "float", "space", "time", "type",
		"unit", "stored", "label", "linear", "values", "slice", "slices", "spacing", "origin", "encoding"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasecmp(s, words[i]) == 0)
			return true;
	/* what streams call their facts */
	for (const struct dicom_attribute *a = dicom_acquisition; a->keyword; a++)
		if (strlen(s) >= MATCH_LEAST && strcasestr(a->keyword, s))
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

/* ACR-NEMA's way, YYYY.MM.DD and HH:MM:SS, to today's (PS3.5, 6.2 note). */
static void without(const char *s, char mark, char plain[IDENTITY_FORM])
{
	size_t n = 0;

	for (; *s && n < IDENTITY_FORM - 1; s++)
		if (*s != mark)
			plain[n++] = *s;
	plain[n] = '\0';
}

int identity_forms(const struct identity_value *v,
                   int (*each)(void *ctx, const void *bytes, size_t n, int flags, bool strong), void *ctx,
                   const char **why)
{
	struct forms f = {.add = each, .ctx = ctx, .name = strcmp(v->vr, "PN") == 0};
	bool uid = strcmp(v->vr, "UI") == 0;
	char plain[IDENTITY_FORM];

	*why = too_little(v->utf8);
	if (uid && strncmp(v->utf8, "1.2.840.10008.", 14) == 0)
		*why = "the standard's";
	if (*why)
		return 0;
	if (f.name)
		add_names(&f, v->utf8);
	else if (strcmp(v->vr, "DA") == 0)
		without(v->utf8, '.', plain), add_date(&f, plain);
	else if (strcmp(v->vr, "TM") == 0)
		without(v->utf8, ':', plain), add_time(&f, plain);
	else if (strcmp(v->vr, "DT") == 0)
		add_moment(&f, v->utf8);
	else if (uid)
		identity_add_text(&f, v->utf8);
	else
		add_long(&f, v->utf8);
	if (!identity_ascii(v->raw) && strcmp(v->raw, v->utf8) != 0)
		add_raw(&f, v->raw);
	if (f.n == 0)
		*why = "too common";
	return f.failed ? -1 : f.n;
}
