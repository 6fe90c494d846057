/* mha_keys.c - the keys of a volume as fields of a MetaImage header.
 *
 * In names, bytes other than letters, digits and "._-" are %XX. In values, a backslash is \\, a line feed \n, other
 * control characters and blanks at an end of the line (which readers drop) \xXX, an empty value \e; a line that ends
 * with one backslash goes on in the next field. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "io/keys.h"
#include "mha.h"

enum { LINE = 400, KEYS_MAX = 16384 };

static const char own[] = "volpipe.";
static const char hex[] = "0123456789ABCDEF";

/* ---- writing ---- */

static bool plain(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' ||
	       c == '-';
}

static void print_name(FILE *f, const char *name, unsigned part)
{
	if (strncmp(name, "vol.", 4) != 0)
		fputs(own, f);
	for (const unsigned char *c = (const unsigned char *)name; *c; c++) {
		if (plain(*c))
			fputc(*c, f);
		else
			fprintf(f, "%%%c%c", hex[*c >> 4], hex[*c & 15]);
	}
	if (part)
		fprintf(f, "+%04u", part);
	fputs(" = ", f);
}

/* One character, escaped where it has to be. Returns how many bytes that took. */
static int print_char(FILE *f, unsigned char c, bool at_end)
{
	if (c == '\\' || c == '\n') {
		fputc('\\', f);
		fputc(c == '\n' ? 'n' : '\\', f);
		return 2;
	}
	if (c < ' ' || c == 127 || (c == ' ' && at_end)) {
		fprintf(f, "\\x%c%c", hex[c >> 4], hex[c & 15]);
		return 4;
	}
	fputc(c, f);
	return 1;
}

static void print_key(FILE *f, const char *name, const char *value)
{
	unsigned part = 0;
	int used = 0;

	print_name(f, name, part);
	if (!*value)
		fputs("\\e", f);
	for (const unsigned char *c = (const unsigned char *)value; *c; c++) {
		/* not within a character of UTF-8 */
		if (used >= LINE && (*c & 0xc0) != 0x80) {
			fputs("\\\n", f);
			print_name(f, name, ++part);
			used = 0;
		}
		used += print_char(f, *c, used == 0 || !c[1]);
	}
	fputc('\n', f);
}

void mha_keys_print(FILE *f, const struct vol_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		print_key(f, keys->name[i], keys->value[i]);
}

/* ---- reading ---- */

static int digit(char c)
{
	const char *at = c ? strchr(hex, toupper((unsigned char)c)) : NULL;

	return at ? (int)(at - hex) : -1;
}

/* Undo mark XX, and, in values, the other escapes; in place. */
static void unescape(char *s, bool value)
{
	char *out = s;

	while (*s) {
		const char *number = value ? s + 2 : s + 1;
		bool marked = value ? s[0] == '\\' && s[1] == 'x' : s[0] == '%';

		if (marked && digit(number[0]) >= 0 && digit(number[1]) >= 0 && (digit(number[0]) || digit(number[1]))) {
			*out++ = (char)(digit(number[0]) << 4 | digit(number[1]));
			s = (char *)number + 2;
		} else if (value && s[0] == '\\' && s[1] && strchr("n\\e", s[1])) {
			if (s[1] != 'e')
				*out++ = s[1] == 'n' ? '\n' : '\\';
			s += 2;
		} else {
			*out++ = *s++;
		}
	}
	*out = '\0';
}

/* Does it end with a backslash that is no half of an escape? */
static bool goes_on(const char *value)
{
	size_t n = strlen(value), back = 0;

	while (back < n && value[n - 1 - back] == '\\')
		back++;
	return back % 2 == 1;
}

/* A name that can stand in the header of a stream. */
static bool good_name(const char *name)
{
	return *name && !strpbrk(name, ":\n\r") && name[0] != '#' && name[0] != ' ';
}

int mha_key_take(struct vol_head *head, const char *field, const char *value, struct vol_err *err)
{
	bool ours = strncmp(field, own, sizeof own - 1) == 0;
	char name[512], *plus, *joined;
	const char *before;
	int rc;

	if ((!ours && strncmp(field, "vol.", 4) != 0) || strlen(field) >= sizeof name || head->keys.n >= KEYS_MAX)
		return 0;
	strcpy(name, ours ? field + sizeof own - 1 : field);
	plus = strchr(name, '+');
	if (plus)
		*plus = '\0';
	unescape(name, false);
	if (!good_name(name))
		return 0;
	if (!plus)
		return key_set_full(head, name, value, err);
	before = key_get_full(head, name);
	if (!before || !goes_on(before))
		return 0;
	if (asprintf(&joined, "%.*s%s", (int)strlen(before) - 1, before, value) < 0)
		return vol_fail(err, "header", "out of memory");
	rc = key_set_full(head, name, joined, err);
	free(joined);
	return rc;
}

int mha_keys_done(struct vol_head *head, struct vol_err *err)
{
	(void)err;
	for (size_t i = 0; i < head->keys.n; i++)
		unescape(head->keys.value[i], true);
	return 0;
}
