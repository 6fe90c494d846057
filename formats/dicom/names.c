#include "names.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dcmtk.h"

enum {
	FIELD = 80,     /* bytes of a field in a name: a file's name has 255 */
	TELLING = 3     /* of a name in a description: fewer letters are in half of all words */
};

static const char *const fields[] = {"number", "series", "desc", "kind", "modality", "index", NULL};

static int field_of(const char *at, size_t n)
{
	for (int f = 0; fields[f]; f++)
		if (strlen(fields[f]) == n && strncmp(fields[f], at, n) == 0)
			return f;
	return -1;
}

bool dicom_names_check(const char *pattern, char *why, size_t size)
{
	for (const char *at = pattern; *at; at++) {
		size_t n = strcspn(at + 1, "{}");

		if (*at == '}') {
			snprintf(why, size, "a '}' without its '{'");
			return false;
		}
		if (*at != '{')
			continue;
		if (at[1 + n] != '}') {
			snprintf(why, size, "a '{' without its '}'");
			return false;
		}
		if (field_of(at + 1, n) < 0) {
			snprintf(why, size, "{%.*s} is none of {number}, {series}, {desc}, {kind}, {modality}, {index}",
			         n < 40 ? (int)n : 40, at + 1);
			return false;
		}
		at += n + 1;
	}
	return true;
}

/* ---- what is not the patient's ---- */

static bool in_word(unsigned char c)
{
	return isalnum(c) || c >= 0x80;
}

/* Leave out of text every place where that word stands, in whichever case. */
static void leave_out(char *text, const char *word, size_t n)
{
	for (char *at = text; *at;) {
		if (strncasecmp(at, word, n) == 0)
			memmove(at, at + n, strlen(at + n) + 1);
		else
			at++;
	}
}

/* Names, numbers and dates; descriptions count as identifiers elsewhere, as nobody knows what was typed there. */
static int leave_out_words(void *ctx, const char *keyword, const char *value)
{
	if (strstr(keyword, "Description") || strcmp(keyword, "ProtocolName") == 0)
		return 0;
	for (const char *at = value; *at;) {
		size_t n = 0;

		while (in_word((unsigned char)at[n]))
			n++;
		if (n >= TELLING)
			leave_out(ctx, at, n);
		at += n ? n : 1;
	}
	return 0;
}

/* ---- the parts of a name ---- */

/* Bytes of the UTF-8 character there; 0: it is none. */
static size_t character(const char *at)
{
	const unsigned char *c = (const unsigned char *)at;
	size_t n = c[0] < 0x80 ? 1 : c[0] < 0xc2 ? 0 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : c[0] < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < n; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	/* C1 controls, spaces and marks that cannot be seen are in U+0080..00BF and U+2000..206F */
	if ((n == 2 && c[0] == 0xc2) || (n == 3 && c[0] == 0xe2 && (c[1] == 0x80 || c[1] == 0x81)))
		return 0;
	return n;
}

/* Only what is safe in a name, and no leading '.' or '-'. */
static void sanitise(const char *text, char out[FIELD + 1])
{
	size_t at = 0;

	while (*text) {
		size_t n = character(text);
		bool good = n > 1 || isalnum((unsigned char)*text) || (*text && strchr("_-.", *text));

		if (!good && at && out[at - 1] != '_' && at < FIELD)
			out[at++] = '_';
		if (good && at + n > FIELD)
			break;
		if (good && (at || n > 1 || isalnum((unsigned char)*text)))
			for (size_t i = 0; i < n; i++)
				out[at++] = text[i];
		text += n ? n : 1;
	}
	while (at && strchr("_-.", out[at - 1]))
		at--;
	out[at] = '\0';
	if (at == 0)
		strcpy(out, "none");
}

static void field_text(int field, const struct dicom_set *set, const struct dicom_series *s, size_t index, char out[FIELD + 1])
{
	char text[1024] = "";
	struct vol_err ignored;

	switch (field) {
	case 0:
		if (s->has_number)
			snprintf(text, sizeof text, "%d", s->number);
		break;
	case 1: snprintf(text, sizeof text, "%s", s->selector); break;
	case 2: snprintf(text, sizeof text, "%s", s->description ? s->description : ""); break;
	case 3: snprintf(text, sizeof text, "%s", s->kind ? s->kind : ""); break;
	case 4: snprintf(text, sizeof text, "%s", s->modality ? s->modality : ""); break;
	default: snprintf(text, sizeof text, "%zu", index + 1);
	}
	if ((field == 2 || field == 3) && (s->segmentation || s->n_frames))
		(void)dcmtk_identifiers(s->segmentation ? s->segmentation->path : set->files[set->frames[s->frame[0]].file].path,
		                        leave_out_words, text, &ignored);
	sanitise(text, out);
	if (field == 3 && !s->kind)
		out[0] = '\0';
}

/* Where the suffix of the pattern begins: at the first dot of its last name's literal end. */
static const char *suffix_of(const char *pattern)
{
	const char *end = strrchr(pattern, '}'), *name = strrchr(pattern, '/'), *dot;

	end = end && (!name || end > name) ? end + 1 : name ? name + 1 : pattern;
	dot = strchr(*end == '.' || !*end ? end : end + 1, '.');
	return dot ? dot : pattern + strlen(pattern);
}

static char *expand(const char *pattern, const struct dicom_set *set, const struct dicom_series *s, size_t index, unsigned copy)
{
	const char *suffix = suffix_of(pattern);
	size_t n = 0, fields_in = 0;
	char part[FIELD + 1], *name;

	for (const char *at = pattern; *at; at++)
		fields_in += *at == '{';
	name = malloc(strlen(pattern) + fields_in * FIELD + 16);
	for (const char *at = pattern; name; at++) {
		size_t length = strcspn(at, "}");

		if (at == suffix && copy > 1)
			n += (size_t)sprintf(name + n, "_%u", copy);
		if (*at != '{') {
			name[n++] = *at;
			if (!*at)
				break;
			continue;
		}
		field_text(field_of(at + 1, length - 1), set, s, index, part);
		if (part[0] || n == 0 || name[n - 1] == '/')
			n += (size_t)sprintf(name + n, "%s", part[0] ? part : "none");
		else if (n && strchr("_- ", name[n - 1]))
			n--; /* what parts it from what stands before */
		at += length;
	}
	return name;
}

static bool is_taken(const struct dicom_names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcasecmp(names->taken[i], name) == 0) /* some disks know no case */
			return true;
	return false;
}

char *dicom_names_next(struct dicom_names *names, const struct dicom_set *set, const struct dicom_series *series, size_t index,
                       bool (*keep)(const char *name))
{
	char **more = realloc(names->taken, (names->n + 1) * sizeof *more);

	if (!more)
		return NULL;
	names->taken = more;
	for (unsigned copy = 1;; copy++) {
		char *name = expand(names->pattern, set, series, index, copy);

		if (!name)
			return NULL;
		if (!is_taken(names, name) && !(keep && keep(name))) {
			names->taken[names->n] = strdup(name);
			if (names->taken[names->n]) {
				names->n++;
				names->copy = copy;
				return name;
			}
			free(name);
			return NULL;
		}
		free(name);
	}
}

char *dicom_names_beside(const struct dicom_names *names, const char *pattern, const struct dicom_set *set,
                         const struct dicom_series *series, size_t index)
{
	return expand(pattern, set, series, index, names->copy);
}

void dicom_names_free(struct dicom_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->taken[i]);
	free(names->taken);
	memset(names, 0, sizeof *names);
}
