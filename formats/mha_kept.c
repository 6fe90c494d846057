/* mha_kept.c - the header of the volume as fields of a MetaImage file, which has no others for most of it.
 *
 * ITK keeps fields that it does not know as a dictionary, sorted by name, and writes them again; so they are counted:
 * volpipe.00001 = "a line of the text". Older readers end at lines of 500 bytes: a longer one is cut, and its parts but
 * the last end with a backslash instead of a quotation mark. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mha.h"

enum { PIECE = 400 };

static const char name[] = "volpipe.";

void mha_kept_print(FILE *f, const char *text)
{
	unsigned long count = 0;

	while (*text) {
		size_t line = strcspn(text, "\n"), n = line;

		if (n > PIECE) {
			n = PIECE;
			/* not within a character of UTF-8 */
			while (n > PIECE - 4 && (text[n] & 0xc0) == 0x80)
				n--;
		}
		fprintf(f, "%s%05lu = \"%.*s%c\n", name, ++count, (int)n, text, n < line ? '\\' : '"');
		text += n + (n == line && text[n] == '\n');
	}
}

int mha_kept_add(struct mha_kept *k, const char *field, const char *value, const char *subject, struct vol_err *err)
{
	size_t n = strlen(value), more;
	long long number;
	char *text;

	if (strncmp(field, name, sizeof name - 1) != 0 || k->broken)
		return 0;
	k->broken = !mha_whole(field + sizeof name - 1, 1, INT32_MAX, &number) || number != ++k->count || n < 2 ||
	            value[0] != '"' || (value[n - 1] != '"' && value[n - 1] != '\\');
	if (k->broken)
		return 0;
	if (k->n + n > k->size) {
		more = 2 * (k->n + n);
		text = realloc(k->text, more);
		if (!text)
			return vol_fail(err, subject, "out of memory");
		k->text = text;
		k->size = more;
	}
	memcpy(k->text + k->n, value + 1, n - 2);
	k->n += n - 2;
	if (value[n - 1] == '"')
		k->text[k->n++] = '\n';
	k->text[k->n] = '\0';
	return 0;
}
