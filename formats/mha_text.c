/* mha_text.c - the header of a MetaImage file as text. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "io/head.h"
#include "mha.h"

enum { STEP = 4096, HEAD_MAX = 20 << 20 };

static const char blanks[] = " \t\r\v\f", data_file[] = "ElementDataFile";

static bool is_blank(char c)
{
	return c != '\0' && strchr(blanks, c);
}

static bool is_text(const char *at, size_t n, const char *text)
{
	return n == strlen(text) && memcmp(at, text, n) == 0;
}

size_t mha_name_length(const char *line, size_t n, size_t *value)
{
	size_t end = 0;

	while (end < n && line[end] != '=' && line[end] != ':' && line[end] != '\n')
		end++;
	if (end == n || line[end] == '\n')
		return 0;
	*value = end + 1;
	while (end > 0 && is_blank(line[end - 1]))
		end--;
	return end;
}

char *mha_strip(char *s)
{
	size_t n;

	s += strspn(s, blanks);
	n = strlen(s);
	while (n > 0 && is_blank(s[n - 1]))
		s[--n] = '\0';
	return s;
}

bool mha_is_head(const unsigned char *start, size_t n)
{
	/* with what MetaIO's headers begin, and those of others */
	static const char *const sure[] = {"ObjectType", "NDims", "DimSize", "ElementType", "ElementSpacing",
	                                   "BinaryData", "BinaryDataByteOrderMSB", "TransformMatrix", data_file};
	/* words of any text: one of ours has to follow */
	static const char *const other[] = {"Comment", "ObjectSubType", "TransformType", "Name", "ID", "ParentID",
	                                    "AcquisitionDate", "Color"};
	const char *s = (const char *)start;
	size_t value, len;

	while (n > 0 && (*s == '\n' || is_blank(*s))) {
		s++;
		n--;
	}
	len = mha_name_length(s, n, &value);
	for (size_t i = 0; len && i < sizeof sure / sizeof *sure; i++)
		if (is_text(s, len, sure[i]))
			return true;
	for (size_t i = 0; len && i < sizeof other / sizeof *other; i++)
		if (is_text(s, len, other[i]))
			return memmem(s, n, "NDims", 5) || memmem(s, n, "ObjectType", 10);
	return false;
}

bool mha_whole(const char *s, long long lo, long long hi, long long *x)
{
	char *end;

	if (!*s || strspn(s, "+-0123456789") != strlen(s))
		return false;
	errno = 0;
	*x = strtoll(s, &end, 10);
	return errno == 0 && !*end && *x >= lo && *x <= hi;
}

bool mha_numbers(const char *text, double *x, int n)
{
	char word[64];

	for (int i = 0; i < n; i++) {
		size_t len;

		text += strspn(text, blanks);
		len = strcspn(text, blanks);
		if (len == 0 || len >= sizeof word)
			return false;
		memcpy(word, text, len);
		word[len] = '\0';
		if (!vol_parse_number(word, &x[i]) || !isfinite(x[i]))
			return false;
		text += len;
	}
	return text[strspn(text, blanks)] == '\0';
}

/* ---- taking it off a file ---- */

/* Is this line, of n bytes, the last field? *list: lines with names follow. */
static bool ends_head(const char *line, size_t n, bool *list)
{
	size_t value, len;

	while (n > 0 && is_blank(*line)) {
		line++;
		n--;
	}
	len = mha_name_length(line, n, &value);
	if (!is_text(line, len, data_file))
		return false;
	while (value < n && is_blank(line[value]))
		value++;
	*list = n - value >= 4 && memcmp(line + value, "LIST", 4) == 0;
	return true;
}

struct text {
	char *s;
	size_t len, size;
	size_t line; /* where the last one, which is not ended, starts */
	bool ended, list;
};

/* Add what is seen, up to the end of the header. Returns how much that is; -1 when memory runs out. */
static ssize_t add(struct text *t, const unsigned char *p, size_t n)
{
	size_t before = t->len, at = before;
	char *more, *end;

	if (before + n + 1 > t->size) {
		more = realloc(t->s, t->size = 2 * (before + n + 1));
		if (!more)
			return -1;
		t->s = more;
	}
	memcpy(t->s + before, p, n);
	t->len += n;
	while (!t->list && (end = memchr(t->s + at, '\n', t->len - at))) {
		const char *line = t->s + t->line;

		at = t->line = (size_t)(end + 1 - t->s);
		if (!ends_head(line, (size_t)(end - line), &t->list))
			continue;
		t->ended = true;
		if (t->list)
			break;
		t->len = t->line;
		return (ssize_t)(t->len - before);
	}
	return (ssize_t)n;
}

static int take(struct bytes *b, struct text *t, struct vol_err *err)
{
	const char *name = bytes_name(b);
	const unsigned char *p;
	ssize_t got, used;

	while ((!t->ended || t->list) && (got = bytes_peek(b, &p, STEP, err)) != 0) {
		if (got < 0)
			return -1;
		if (t->len == 0 && !mha_is_head(p, (size_t)got))
			return vol_fail(err, name, "is not MetaImage (it does not begin with a field of one)");
		used = add(t, p, (size_t)got);
		if (used < 0)
			return vol_fail(err, name, "out of memory");
		if (bytes_skip(b, (uint64_t)used, err) < 0)
			return -1;
		if (t->len > HEAD_MAX)
			return vol_fail(err, name, "header is over 20 MiB");
	}
	if (t->len == 0)
		return vol_fail(err, name, "is empty: nothing came to read");
	/* nothing has to end the last line */
	if (!t->ended && !ends_head(t->s + t->line, t->len - t->line, &t->list))
		return vol_fail(err, name, "ends inside the header: it has no %s", data_file);
	if (memchr(t->s, '\0', t->len))
		return vol_fail(err, name, "header holds a zero byte");
	t->s[t->len] = '\0';
	return 0;
}

char *mha_read_head(struct bytes *b, size_t *n, struct vol_err *err)
{
	struct text t = {.s = NULL};

	if (take(b, &t, err) < 0) {
		free(t.s);
		return NULL;
	}
	*n = t.len;
	return t.s;
}
