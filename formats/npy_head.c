/* npy_head.c - the header of an array: a mark, a version, a length, and a Python dictionary as text.
 *
 * numpy.org/doc/stable/reference/generated/numpy.lib.format.html is the standard. The dictionary is taken apart as just
 * what it may be, three keys with a plain value each: nothing in it is ever run, as NumPy once did. */
#include <ctype.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "npy.h"

enum { START_BYTES = 8, TEXT_MAX = 65535 };

static const char mark[6] = "\x93NUMPY";

struct parser {
	const char *p, *end;
	const char *subject;
	struct vol_err *err;
};

static int odd(const struct parser *p, const char *what)
{
	return vol_fail(p->err, p->subject, "npy header: %s", what);
}

static void skip_blanks(struct parser *p)
{
	while (p->p < p->end && (*p->p == ' ' || *p->p == '\t' || *p->p == '\n' || *p->p == '\r'))
		p->p++;
}

/* The next character that is no blank, taken when it is c. */
static bool take(struct parser *p, char c)
{
	skip_blanks(p);
	if (p->p == p->end || *p->p != c)
		return false;
	p->p++;
	return true;
}

/* 'text', without anything that needs a backslash. */
static bool take_string(struct parser *p, char *text, size_t size)
{
	char quote;
	size_t n = 0;

	skip_blanks(p);
	if (p->p == p->end || (*p->p != '\'' && *p->p != '"'))
		return false;
	for (quote = *p->p++; p->p < p->end && *p->p != quote; p->p++) {
		if (*p->p == '\\' || !isprint((unsigned char)*p->p) || n + 1 == size)
			return false;
		text[n++] = *p->p;
	}
	text[n] = '\0';
	return p->p < p->end && *p->p++ == quote;
}

static bool take_word(struct parser *p, const char *word)
{
	size_t n = strlen(word);

	skip_blanks(p);
	if ((size_t)(p->end - p->p) < n || memcmp(p->p, word, n) != 0)
		return false;
	p->p += n;
	return true;
}

/* Python 2 wrote 12L. */
static bool take_number(struct parser *p, uint64_t *x)
{
	const char *start;

	skip_blanks(p);
	start = p->p;
	for (*x = 0; p->p < p->end && isdigit((unsigned char)*p->p); p->p++)
		if (!size_mul(*x, 10, x) || __builtin_add_overflow(*x, (uint64_t)(*p->p - '0'), x))
			return false;
	if (p->p == start)
		return false;
	p->p += p->p < p->end && *p->p == 'L';
	return true;
}

static int take_shape(struct parser *p, struct npy_head *h)
{
	bool more = true;

	if (!take(p, '('))
		return odd(p, "shape is no tuple");
	while (!take(p, ')')) {
		if (h->dims == NPY_DIMS)
			return odd(p, "more than 8 axes");
		if (!more || !take_number(p, &h->shape[h->dims]))
			return odd(p, "shape is no tuple of whole numbers");
		h->dims++;
		more = take(p, ',');
	}
	return 0;
}

static int not_numbers(const struct parser *p, const char *descr, char kind, uint64_t bytes)
{
	const char *what = kind == 'c' ? "complex numbers: take numpy.abs or numpy.real of them first"
	                 : kind == 'O' ? "Python objects, which only Python can read"
	                 : kind == 'M' || kind == 'm' ? "dates or times"
	                 : kind == 'V' ? "records: save one field of them"
	                 : kind == 'U' || kind == 'S' || kind == 'a' ? "text"
	                 : kind == 'f' && bytes > 8 ? "long double: save them as float64"
	                 : "numbers that NumPy does not know";

	return vol_fail(p->err, p->subject, "holds '%s': %s", descr, what);
}

static int take_descr(struct parser *p, struct npy_head *h)
{
	char text[32], *digits;
	struct parser number = *p;

	skip_blanks(p);
	if (p->p < p->end && (*p->p == '[' || *p->p == '('))
		return vol_fail(p->err, p->subject, "holds records (a structured dtype): save one field of them");
	if (!take_string(p, text, sizeof text))
		return odd(p, "descr is no plain string");
	if (strcmp(text, "O") == 0 || strcmp(text, "|O") == 0)
		return not_numbers(p, text, 'O', 0);
	if (!strchr("<>|", text[0]) || strlen(text) < 3)
		return vol_fail(p->err, p->subject, "npy header: descr is '%s', which is no type with its byte order", text);
	h->kind = text[1];
	digits = text + 2;
	number.p = digits;
	number.end = digits + strlen(digits);
	if (!isdigit((unsigned char)*digits) || !take_number(&number, &h->bytes) || (*number.p && *number.p != '['))
		return vol_fail(p->err, p->subject, "npy header: descr is '%s', which is no type", text);
	h->big = text[0] == '>';
	if (h->kind == 'U' || h->kind == 'S')
		return 0;
	if ((h->kind == 'b' && h->bytes == 1) ||
	    ((h->kind == 'i' || h->kind == 'u') && (h->bytes == 1 || h->bytes == 2 || h->bytes == 4 || h->bytes == 8)) ||
	    (h->kind == 'f' && (h->bytes == 2 || h->bytes == 4 || h->bytes == 8))) {
		if (text[0] == '|' && h->bytes > 1)
			return vol_fail(p->err, p->subject, "npy header: descr is '%s', without a byte order", text);
		return 0;
	}
	return not_numbers(p, text, h->kind, h->bytes);
}

static int take_dictionary(struct parser *p, struct npy_head *h)
{
	bool descr = false, order = false, shape = false, more = true;
	char key[32];

	if (!take(p, '{'))
		return odd(p, "is no dictionary");
	while (!take(p, '}')) {
		int rc = 0;

		if (!more || !take_string(p, key, sizeof key) || !take(p, ':'))
			return odd(p, "is no dictionary of plain values");
		if (strcmp(key, "descr") == 0 && !descr) {
			descr = true;
			rc = take_descr(p, h);
		} else if (strcmp(key, "fortran_order") == 0 && !order) {
			order = true;
			h->fortran = take_word(p, "True");
			rc = h->fortran || take_word(p, "False") ? 0 : odd(p, "fortran_order is neither True nor False");
		} else if (strcmp(key, "shape") == 0 && !shape) {
			shape = true;
			rc = take_shape(p, h);
		} else {
			rc = vol_fail(p->err, p->subject, "npy header: key '%s' is not known, or stands twice", key);
		}
		if (rc < 0)
			return -1;
		more = take(p, ',');
	}
	skip_blanks(p);
	if (p->p < p->end)
		return odd(p, "something follows after the dictionary");
	return descr && order && shape ? 0 : odd(p, "descr, fortran_order or shape is missing");
}

static int count_items(struct npy_head *h, const struct parser *p)
{
	h->items = 1;
	for (int i = 0; i < h->dims; i++)
		if (!size_mul(h->items, h->shape[i], &h->items))
			return odd(p, "the product of the shape overflows");
	return 0;
}

/* All n bytes; -1 with err. */
static int get(const struct vol_source *source, void *ctx, void *buf, size_t n, const char *subject, struct vol_err *err)
{
	ssize_t got = source->read(ctx, buf, n, err);

	return got < 0 ? -1 : (size_t)got < n ? vol_fail(err, subject, "ends inside the npy header") : 0;
}

int npy_head_take(const struct vol_source *source, void *ctx, struct npy_head *h, char digest[65], const char *subject,
                  struct vol_err *err)
{
	unsigned char start[START_BYTES], length[4] = {0};
	struct parser p = {.subject = subject, .err = err};
	size_t n, wide;
	char *text;
	ssize_t got = source->read(ctx, start, sizeof start, err);
	int rc;

	memset(h, 0, sizeof *h);
	if (got < 0)
		return -1;
	if (got == 0)
		return vol_fail(err, subject, "is empty: nothing came to read");
	if (got < (ssize_t)sizeof start || memcmp(start, mark, sizeof mark) != 0)
		return vol_fail(err, subject, "is not NPY (no magic)");
	if (start[6] < 1 || start[6] > 3 || start[7] != 0)
		return vol_fail(err, subject, "is NPY version %d.%d, which is not known", start[6], start[7]);
	wide = start[6] == 1 ? 2 : 4;
	if (get(source, ctx, length, wide, subject, err) < 0)
		return -1;
	n = length[0] | (size_t)length[1] << 8 | (size_t)length[2] << 16 | (size_t)length[3] << 24;
	if (n > TEXT_MAX)
		return vol_fail(err, subject, "npy header is over 64 KiB");
	text = malloc(n + 1);
	if (!text)
		return vol_fail(err, subject, "out of memory");
	rc = get(source, ctx, text, n, subject, err);
	p.p = text;
	p.end = text + n;
	if (rc == 0)
		rc = take_dictionary(&p, h);
	if (rc == 0)
		rc = count_items(h, &p);
	if (rc == 0 && digest)
		SHA256Data((const unsigned char *)text, n, digest);
	free(text);
	return rc;
}

void npy_head_of(const struct vol_head *head, struct npy_head *h)
{
	memset(h, 0, sizeof *h);
	h->kind = !voxel_is_integer(head->type, NULL, NULL) ? 'f' : voxel_name(head->type)[0] == 'u' ? 'u' : 'i';
	h->bytes = voxel_size(head->type);
	if (head->list)
		h->shape[h->dims++] = head->list;
	for (int a = 2; a >= 0; a--)
		h->shape[h->dims++] = head->grid.size[a];
	if (head->channels > 1)
		h->shape[h->dims++] = head->channels;
	h->items = vol_head_bytes(head) / h->bytes;
}

size_t npy_head_print(const struct npy_head *h, unsigned char bytes[NPY_HEAD_MAX])
{
	char *text = (char *)bytes + START_BYTES + 2;
	size_t room = NPY_HEAD_MAX - START_BYTES - 2, n, all;

	n = (size_t)snprintf(text, room, "{'descr': '%c%c%llu', 'fortran_order': False, 'shape': (",
	                     h->bytes > 1 ? '<' : '|', h->kind, (unsigned long long)h->bytes);
	for (int i = 0; i < h->dims; i++)
		n += (size_t)snprintf(text + n, room - n, "%s%llu", i ? ", " : "", (unsigned long long)h->shape[i]);
	n += (size_t)snprintf(text + n, room - n, "%s), }", h->dims == 1 ? "," : "");
	all = (START_BYTES + 2 + n + 1 + 63) / 64 * 64;
	memset(text + n, ' ', all - START_BYTES - 2 - n);
	bytes[all - 1] = '\n';
	n = all - START_BYTES - 2;
	memcpy(bytes, mark, sizeof mark);
	bytes[6] = 1;
	bytes[7] = 0;
	bytes[8] = (unsigned char)(n & 255);
	bytes[9] = (unsigned char)(n >> 8);
	return all;
}
