/* mha_numbers.c - voxels of a MetaImage file that are written as text, or lie side by side as vectors. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alg/convert.h"
#include "bytes.h"
#include "mha.h"

/* ---- text ---- */

enum { SEEN = 64 << 10, WORD = 64, RUN = 4096 };

static int take_word(const char *s, size_t len, enum voxel_type type, double *x, const char *name, struct vol_err *err)
{
	char word[WORD];
	double lo, hi;

	snprintf(word, sizeof word, "%.*s", len < WORD ? (int)len : WORD - 1, s);
	for (char *c = word; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
	if (len >= WORD || !vol_parse_number(word, x))
		return vol_fail(err, name, "'%.40s' stands among the voxels and is no number", word);
	if (voxel_is_integer(type, &lo, &hi) && !(*x >= lo && *x <= hi && *x == floor(*x)))
		return vol_fail(err, name, "a voxel is %.40s, and %s has no such number", word, mha_type_name(type));
	return 0;
}

/* Numbers that are in sight: up to n, into x. Returns how many; *used: bytes they took. */
static ssize_t take_words(const char *p, size_t size, enum voxel_type type, double *x, size_t n, size_t *used,
                          const char *name, struct vol_err *err)
{
	size_t count = 0, at = 0, end;

	for (; count < n; at = end) {
		while (at < size && isspace((unsigned char)p[at]))
			at++;
		for (end = at; end < size && !isspace((unsigned char)p[end]); end++)
			;
		/* the last one may go on */
		if (end == at || (end == size && size == SEEN && end - at < WORD))
			break;
		if (take_word(p + at, end - at, type, &x[count++], name, err) < 0)
			return -1;
	}
	*used = at;
	return (ssize_t)count;
}

ssize_t mha_read_text(struct bytes *b, enum voxel_type type, void *numbers, size_t n, struct vol_err *err)
{
	size_t done = 0, used;
	double x[RUN];

	while (done < n) {
		const unsigned char *p;
		ssize_t got = bytes_peek(b, &p, SEEN, err), some;

		if (got < 0)
			return -1;
		if (got == 0)
			break;
		some = take_words((const char *)p, (size_t)got, type, x, n - done < RUN ? n - done : RUN, &used,
		                  bytes_name(b), err);
		if (some < 0 || bytes_skip(b, used, err) < 0)
			return -1;
		convert_from_double(x, (size_t)some, type, (char *)numbers + done * voxel_size(type));
		done += (size_t)some;
	}
	return (ssize_t)done;
}

/* ---- vectors ---- */

struct apart {
	struct vol_in *raw;
	const char *held;        /* all of the numbers, each voxel's side by side */
	size_t bytes;            /* of a number */
	uint64_t step, voxels;   /* numbers of a voxel; voxels */
	uint64_t voxel, entry;   /* the next one */
};

#define EACH(TYPE) \
	do { \
		const TYPE *s = (const TYPE *)a->held + a->voxel * a->step + a->entry; \
		for (size_t i = 0; i < n; i++) \
			((TYPE *)to)[i] = s[i * a->step]; \
	} while (0)

static void pick(const struct apart *a, void *to, size_t n)
{
	switch (a->bytes) {
	case 1: EACH(uint8_t); break;
	case 2: EACH(uint16_t); break;
	case 4: EACH(uint32_t); break;
	default: EACH(uint64_t); break;
	}
}

static ssize_t apart_read(void *ctx, void *buf, size_t n, struct vol_err *err)
{
	struct apart *a = ctx;
	size_t done = 0;

	(void)err;
	for (n /= a->bytes; done < n && a->entry < a->step;) {
		size_t some = n - done;

		if (some > a->voxels - a->voxel)
			some = (size_t)(a->voxels - a->voxel);
		pick(a, (char *)buf + done * a->bytes, some);
		done += some;
		a->voxel += some;
		if (a->voxel == a->voxels) {
			a->voxel = 0;
			a->entry++;
		}
	}
	return (ssize_t)(done * a->bytes);
}

static void apart_close(void *ctx)
{
	struct apart *a = ctx;

	vol_close(a->raw);
	free(a);
}

static const struct vol_source apart_source = {.read = apart_read, .close = apart_close};

struct vol_in *mha_apart(const struct vol_source *source, void *ctx, const char *name, const struct vol_head *head,
                         bool big, struct vol_err *err)
{
	struct apart *a = calloc(1, sizeof *a);
	struct vol_head raw;

	if (!a) {
		vol_fail(err, name, "out of memory");
		source->close(ctx);
		return NULL;
	}
	/* the same numbers, in a row; vol_head_check has seen that they can be counted */
	vol_head_init(&raw);
	raw.type = head->type;
	raw.grid = head->grid;
	raw.grid.size[0] = head->list;
	raw.grid.size[1] = head->grid.size[0];
	raw.grid.size[2] = head->grid.size[1] * head->grid.size[2];
	a->raw = vol_open_source(source, ctx, name, &raw, big, err);
	if (!a->raw || vol_hold(a->raw, err) < 0) {
		apart_close(a);
		return NULL;
	}
	a->held = vol_held(a->raw);
	a->bytes = voxel_size(head->type);
	a->step = head->list;
	a->voxels = head->grid.size[0] * head->grid.size[1] * head->grid.size[2];
	return vol_open_source(&apart_source, a, name, head, false, err);
}
