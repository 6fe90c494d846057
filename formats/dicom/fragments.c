/* fragments.c - encapsulated pixels (PS3.5, A.4): which of the items hold which frame, and their bytes. Not by DCMTK, which
 * would read the whole file for one frame. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "input.h"
#include "io/fd.h"
#include "pixels.h"
#include "place.h"

enum { HEADER = 8, NO_ITEM = 0, ITEM, END };

struct fragment {
	uint64_t at;      /* of the item's header, counted from that of the first fragment */
	bool starts;      /* a code stream begins in it */
};

struct walk {
	int fd;
	uint64_t start, end, first; /* of the file in fd; where the first fragment is */
	struct fragment *item;
	size_t n, room;
	char *why;
	size_t why_size;
};

static uint32_t little32(const unsigned char *b)
{
	return b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;
}

/* What kind of header these 8 bytes are: of an item, of the delimiter, of neither. */
static int kind_of(const unsigned char *b)
{
	if (b[0] != 0xfe || b[1] != 0xff || b[3] != 0xe0)
		return NO_ITEM;
	return b[2] == 0 ? ITEM : b[2] == 0xdd ? END : NO_ITEM;
}

static enum dicom_status refuse(struct walk *w, enum dicom_status status, const char *what)
{
	snprintf(w->why, w->why_size, "%s", what);
	return status;
}

/* SOI of JPEG and JPEG-LS (ITU-T T.81); SOC and SIZ of JPEG 2000 (T.800). RLE: each fragment is a frame. */
static bool starts_stream(enum dicom_codec codec, const unsigned char *b, size_t n)
{
	if (codec == DICOM_DCMTK)
		return n >= 2 && b[0] == 0xff && b[1] == 0xd8;
	if (codec == DICOM_JPEG2000)
		return n >= 4 && memcmp(b, "\xff\x4f\xff\x51", 4) == 0;
	return true;
}

static bool keep(struct walk *w, uint64_t at, bool starts)
{
	if (w->n == w->room) {
		size_t room = w->room ? w->room * 2 : 64;
		struct fragment *item = realloc(w->item, room * sizeof *item);

		if (!item)
			return false;
		w->item = item;
		w->room = room;
	}
	w->item[w->n++] = (struct fragment){at, starts};
	return true;
}

/* All items behind the offset table, to the delimiter: are they in the file? Their bytes are not read. */
static enum dicom_status walk_items(struct walk *w, enum dicom_codec codec, size_t frames)
{
	unsigned char b[HEADER + 4];
	size_t most = frames * 64 + 1024; /* no memory for more than any encoder makes */

	for (uint64_t at = w->first; at + HEADER <= w->end;) {
		ssize_t got = pread(w->fd, b, sizeof b, (off_t)at);
		int kind = got < HEADER ? NO_ITEM : kind_of(b);

		if (kind == NO_ITEM) {
			snprintf(w->why, w->why_size, "encapsulated pixels are damaged at byte %llu", (unsigned long long)(at - w->start));
			return DICOM_UNSUPPORTED;
		}
		if (kind == END)
			return w->n ? DICOM_USED : refuse(w, DICOM_UNSUPPORTED, "no compressed pixels");
		if (frames == 1)
			w->n++;
		else if (w->n == most || !keep(w, at - w->first, starts_stream(codec, b + HEADER, (size_t)got - HEADER)))
			return refuse(w, DICOM_UNSUPPORTED, "too many fragments of compressed pixels");
		at += HEADER + (uint64_t)little32(b + 4);
	}
	return refuse(w, DICOM_TRUNCATED, "ends inside the compressed pixels");
}

/* ---- which fragments hold which frame ---- */

static void assign(struct dicom_pixels *p, const struct walk *w, size_t from, size_t to)
{
	p->offset = w->first + (w->n && w->item ? w->item[from].at : 0);
	p->fragments = (uint32_t)(to - from);
}

/* By the offset table: an offset for each frame, each of them that of a fragment. */
static bool by_table(const struct walk *w, const unsigned char *table, struct dicom_frame *frame, size_t frames)
{
	size_t from = 0, to;

	if (!table || little32(table) != 0)
		return false;
	for (size_t i = 0; i < frames; i++, from = to) {
		to = i + 1 < frames ? from + 1 : w->n;
		while (i + 1 < frames && to < w->n && w->item[to].at != little32(table + 4 * (i + 1)))
			to++;
		if (to > w->n || to <= from || (i + 1 < frames && to == w->n))
			return false;
		assign(&frame[i].pixels, w, from, to);
	}
	return true;
}

/* Without a table: where a code stream begins, a frame does. */
static bool by_starts(const struct walk *w, struct dicom_frame *frame, size_t frames)
{
	size_t starts = 0;

	for (size_t i = 0; i < w->n; i++)
		starts += w->item[i].starts;
	if (starts != frames || !w->item[0].starts)
		return false;
	for (size_t i = 0, from = 0, to; i < frames; i++, from = to) {
		for (to = from + 1; to < w->n && !w->item[to].starts; to++)
			;
		assign(&frame[i].pixels, w, from, to);
	}
	return true;
}

static enum dicom_status share_out(struct walk *w, const unsigned char *table, struct dicom_frame *frame, size_t frames)
{
	if (frames == 1) {
		assign(&frame->pixels, w, 0, w->n);
		return DICOM_USED;
	}
	if (w->n == frames) {
		for (size_t i = 0; i < frames; i++)
			assign(&frame[i].pixels, w, i, i + 1);
		return DICOM_USED;
	}
	if (w->n < frames) {
		snprintf(w->why, w->why_size, "states %zu frames and has compressed pixels of %zu", frames, w->n);
		return DICOM_TRUNCATED;
	}
	if (by_table(w, table, frame, frames) || by_starts(w, frame, frames))
		return DICOM_USED;
	snprintf(w->why, w->why_size, "nothing tells which of %zu fragments hold which of %zu frames", w->n, frames);
	return DICOM_UNSUPPORTED;
}

enum dicom_status dicom_place_fragments(int fd, uint64_t start, uint64_t end, struct dicom_frame *frame, size_t frames, uint64_t at,
                                        char *why, size_t n)
{
	struct walk w = {.fd = fd, .start = start, .end = end, .why = why, .why_size = n};
	unsigned char b[HEADER], *table = NULL;
	enum dicom_status status;
	uint32_t length;

	if (at + HEADER > end || pread(fd, b, HEADER, (off_t)at) != HEADER)
		return refuse(&w, DICOM_TRUNCATED, "ends inside the compressed pixels");
	if (kind_of(b) != ITEM) {
		snprintf(why, n, "encapsulated pixels are damaged at byte %llu", (unsigned long long)(at - start));
		return DICOM_UNSUPPORTED;
	}
	length = little32(b + 4);
	w.first = at + HEADER + length;
	if (frames > 1 && length == frames * 4 && w.first <= end && (table = malloc(length)) != NULL &&
	    pread(fd, table, length, (off_t)(at + HEADER)) != (ssize_t)length) {
		free(table);
		table = NULL;
	}
	status = walk_items(&w, frame->pixels.codec, frames);
	if (status == DICOM_USED)
		status = share_out(&w, table, frame, frames);
	free(table);
	free(w.item);
	return status;
}

/* ---- the bytes ---- */

/* One more item behind those in *data; *at moves behind it. */
static int add_item(const char *path, int fd, uint64_t end, uint64_t *at, unsigned char **data, size_t *n,
                    struct vol_err *err)
{
	unsigned char b[HEADER], *more;
	size_t length;

	if (*at + HEADER > end || fd_pread(fd, b, HEADER, (off_t)*at, path, err) != HEADER || kind_of(b) != ITEM)
		return vol_fail(err, path, "compressed pixels cannot be found at byte %llu", (unsigned long long)*at);
	length = little32(b + 4);
	*at += HEADER;
	if (*at > end || length > end - *at)
		return vol_fail(err, path, "ends inside the compressed pixels [truncated]");
	if (length == 0)
		return 0;
	more = realloc(*data, *n + length);
	if (!more)
		return vol_fail(err, path, "out of memory");
	*data = more;
	if (fd_pread(fd, more + *n, length, (off_t)*at, path, err) != (ssize_t)length)
		return vol_fail(err, path, "ends inside the compressed pixels [truncated]");
	*at += length;
	*n += length;
	return 0;
}

int fragments_read(const char *path, const struct dicom_pixels *p, unsigned char **data, size_t *n, struct vol_err *err)
{
	uint64_t start, end, at = p->offset;
	int fd = input_open(path, &start, &end), rc = 0;

	*data = NULL;
	*n = 0;
	if (fd < 0)
		return vol_fail_errno(err, path, "cannot be opened");
	for (uint32_t i = 0; rc == 0 && i < p->fragments; i++)
		rc = add_item(path, fd, end, &at, data, n, err);
	close(fd);
	if (rc == 0 && *n == 0)
		rc = vol_fail(err, path, "no compressed pixels");
	if (rc < 0) {
		free(*data);
		*data = NULL;
	}
	return rc;
}
