/* scrub_tiff.c - where the pixels of a TIFF file lie: its strips and tiles, packed or not (TIFF 6.0; BigTIFF). Not by
 * libtiff, which judges whole images; here a damaged directory just tells nothing, and all of the file is text. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scrub.h"

enum { MOST_PAGES = 1 << 20, MOST_ENTRIES = 4096, MOST_STRIPS = 1 << 24 };

struct tiff {
	int fd;
	bool big_endian, bigtiff;
	void (*take)(void *ctx, uint64_t from, uint64_t to);
	void *ctx;
	uint64_t from, to; /* strips so far that follow each other */
};

static uint64_t number(const struct tiff *t, const unsigned char *p, int bytes)
{
	uint64_t x = 0;

	for (int i = 0; i < bytes; i++)
		x = x << 8 | p[t->big_endian ? i : bytes - 1 - i];
	return x;
}

static bool get(const struct tiff *t, void *buf, size_t n, uint64_t at)
{
	return at < INT64_MAX && pread(t->fd, buf, n, (off_t)at) == (ssize_t)n;
}

static int bytes_of(unsigned type)
{
	return type == 3 ? 2 : type == 4 ? 4 : type == 16 ? 8 : 0; /* SHORT, LONG, LONG8 */
}

/* The numbers of an entry of a directory; *n of them, the caller's. NULL: none. */
static uint64_t *numbers(const struct tiff *t, const unsigned char *entry, size_t *n)
{
	unsigned type = (unsigned)number(t, entry + 2, 2);
	int size = bytes_of(type), inside = t->bigtiff ? 8 : 4;
	uint64_t count = number(t, entry + 4, inside);
	const unsigned char *value = entry + 4 + inside;
	unsigned char *raw;
	uint64_t *all;

	if (!size || count == 0 || count > MOST_STRIPS)
		return NULL;
	raw = malloc((size_t)count * (size_t)size);
	all = malloc((size_t)count * sizeof *all);
	*n = (size_t)count;
	if (raw && count * (uint64_t)size <= (uint64_t)inside)
		memcpy(raw, value, (size_t)count * (size_t)size);
	else if (raw && !get(t, raw, (size_t)count * (size_t)size, number(t, value, inside)))
		*n = 0;
	for (size_t i = 0; raw && all && i < *n; i++)
		all[i] = number(t, raw + i * (size_t)size, size);
	free(raw);
	if (all && raw && *n)
		return all;
	free(all);
	return NULL;
}

static void flush(struct tiff *t)
{
	if (t->to > t->from)
		t->take(t->ctx, t->from, t->to);
	t->from = t->to = 0;
}

static void take_strip(struct tiff *t, uint64_t from, uint64_t n)
{
	if (n > UINT64_MAX - from)
		return;
	if (from != t->to)
		flush(t);
	if (t->to == 0)
		t->from = from;
	t->to = from + n;
}

/* A page; the place of the next one, 0 after the last. */
static uint64_t take_page(struct tiff *t, uint64_t at)
{
	unsigned char head[8], *entries;
	size_t size = t->bigtiff ? 20 : 12, first = t->bigtiff ? 8 : 2, n_offsets = 0, n_counts = 0;
	uint64_t n, next = 0, *offsets = NULL, *counts = NULL;

	if (!get(t, head, first, at))
		return 0;
	n = number(t, head, (int)first);
	entries = n <= MOST_ENTRIES ? malloc((size_t)n * size + 8) : NULL;
	if (entries && get(t, entries, (size_t)n * size + (t->bigtiff ? 8 : 4), at + first)) {
		for (size_t i = 0; i < n; i++) {
			unsigned tag = (unsigned)number(t, entries + i * size, 2);

			if ((tag == 273 || tag == 324) && !offsets)
				offsets = numbers(t, entries + i * size, &n_offsets);
			if ((tag == 279 || tag == 325) && !counts)
				counts = numbers(t, entries + i * size, &n_counts);
		}
		next = number(t, entries + n * size, t->bigtiff ? 8 : 4);
	}
	for (size_t i = 0; offsets && counts && i < n_offsets && i < n_counts; i++)
		take_strip(t, offsets[i], counts[i]);
	free(entries);
	free(offsets);
	free(counts);
	return next;
}

void scrub_tiff(int fd, void (*take)(void *ctx, uint64_t from, uint64_t to), void *ctx)
{
	struct tiff t = {.fd = fd, .take = take, .ctx = ctx};
	unsigned char head[16];
	uint64_t at;

	if (!get(&t, head, sizeof head, 0))
		return;
	t.big_endian = head[0] == 'M';
	t.bigtiff = number(&t, head + 2, 2) == 43;
	at = t.bigtiff ? number(&t, head + 8, 8) : number(&t, head + 4, 4);
	for (int page = 0; at && page < MOST_PAGES; page++)
		at = take_page(&t, at);
	flush(&t);
}
