/* scrub_parts.c - what is packed, found by its first bytes and unpacked as it comes. Many bytes look like a beginning;
 * what is none ends within some bytes, as the inflater sees. */
#include <stdlib.h>
#include <string.h>

#include "scrub_inside.h"

enum {
	OUT = 64 << 10,
	HEADER = 512,         /* bytes of a packed part's header that are waited for */
	SURE = 32 << 10,      /* so many bytes out of them, and they are deflated data, not some bytes like it */
	MOST_PARTS = 64,      /* at once that are not sure yet */
	WASTE = 64 << 20, WASTE_RATIO = 16 /* bytes out of what is none, and so many times the layer; more was made to be so */
};

enum ended { GOES_ON, ENDED_WELL, ENDED_BADLY };

/* Unpack what is there of a part. */
static enum ended run_part(struct layer *l, struct part *p)
{
	unsigned char *out = malloc(OUT);
	enum ended ended = GOES_ON;

	if (!out)
		scrub_fail(l->job, "out of memory");
	while (out && ended == GOES_ON && !l->job->failed) {
		const unsigned char *in = l->buf + (p->at - l->base), *before = in;
		size_t left = l->n - (size_t)(p->at - l->base);
		unsigned char *to = out;
		enum inflate_step step = inflater_step(p->z, &in, left, &to, OUT);
		size_t got = (size_t)(to - out);

		p->at += (uint64_t)(in - before);
		p->produced += got;
		if (got)
			scrub_feed(p->out, out, got, false);
		if (step == INFLATE_BAD)
			ended = ENDED_BADLY;
		else if (step == INFLATE_MEMBER_END)
			ended = ENDED_WELL;
		else if (got < OUT)
			break; /* all input is used up */
	}
	free(out);
	return ended;
}

static void end_part(struct layer *l, struct part *p, enum ended how)
{
	uint64_t end = p->at;

	if (how == ENDED_BADLY && p->must)
		scrub_fail(l->job, "holds packed data that are damaged: what is in there cannot be searched");
	if (how == GOES_ON && p->must)
		scrub_fail(l->job, "ends within packed data: what is in there cannot be searched [truncated]");
	scrub_feed(p->out, NULL, 0, true);
	if (how == ENDED_BADLY && !p->must)
		l->job->wasted += p->produced;
	if (l->job->wasted > WASTE + WASTE_RATIO * (l->base + l->n))
		scrub_fail(l->job, "holds too much that looks like packed data and is none");
	/* where bare data end nobody checks, and the inflater may have taken 8 bytes of what follows */
	if (p->bare)
		end = end > p->from + 8 ? end - 8 : p->from;
	if (how == ENDED_WELL || p->produced > SURE)
		scrub_not_text(l, p->from, end);
	if (how == ENDED_WELL) {
		l->carved = end > l->base ? end : l->base;
		l->expected = p->must && l->kind == SCRUB_GZIP ? p->at : UINT64_MAX;
	}
	scrub_layer_free(p->out);
	inflater_free(p->z);
	free(p);
}

struct found {
	enum { GZIP, ZLIB, DEFLATE } how;
	uint64_t place, from; /* of its first bytes, and of what the inflater is given */
	uint64_t data;        /* of deflated data, behind names and comments */
	bool must, voxels;
};

static void begin_part(struct layer *l, const struct found *f)
{
	struct part *p;
	enum ended ended;
	size_t n = 0;

	for (p = l->part; p; p = p->next)
		n++;
	if (l->depth == SCRUB_DEPTH || n >= MOST_PARTS) {
		if (f->must || n >= MOST_PARTS)
			scrub_fail(l->job, "holds packed data that cannot be looked into");
		return;
	}
	p = calloc(1, sizeof *p);
	if (p) {
		*p = (struct part){.z = inflater_new(), .out = scrub_layer_new(l->job, l, f->place),
		                   .place = f->place, .at = f->from, .from = f->data, .must = f->must, .bare = f->how == DEFLATE};
	}
	if (!p || !p->z || !p->out || !p->out->buf) {
		scrub_fail(l->job, "out of memory");
		if (p) {
			inflater_free(p->z);
			scrub_layer_free(p->out);
		}
		free(p);
		return;
	}
	p->out->all_voxels = f->voxels;
	if (f->how == GZIP)
		inflater_member(p->z);
	else if (f->how == ZLIB)
		inflater_zlib(p->z);
	else
		inflater_bare(p->z);
	ended = p->at < l->base + l->n ? run_part(l, p) : GOES_ON;
	if (ended != GOES_ON) {
		end_part(l, p, ended);
		return;
	}
	p->next = l->part;
	l->part = p;
}

/* A DICOM file: its data set may be deflated; else its pixels are voxels. */
void scrub_pixels_look(struct layer *l)
{
	struct found f = {.how = DEFLATE, .must = true};
	size_t start = (size_t)(l->searched > l->base ? l->searched - l->base : 0), from;
	uint64_t length;

	if (l->base == 0 && l->searched == 0 && (f.place = scrub_deflated(l->buf, l->n)) != 0) {
		f.from = f.data = f.place;
		begin_part(l, &f);
	} else if (scrub_pixels(l->buf + start, l->n - start, &from, &length)) {
		uint64_t at = l->base + start + from;

		scrub_not_text(l, at, length == UINT32_MAX ? UINT64_MAX : at + length);
	}
}

static bool is_sure(const struct layer *l)
{
	for (const struct part *p = l->part; p; p = p->next)
		if (p->produced > SURE)
			return true;
	return false;
}

void scrub_parts_go_on(struct layer *l, bool last)
{
	for (struct part **p = &l->part; *p;) {
		struct part *one = *p;
		enum ended ended = one->at < l->base + l->n ? run_part(l, one) : GOES_ON;

		if (ended == GOES_ON && !last) {
			if (one->produced > SURE)
				scrub_not_text(l, one->from, one->at);
			p = &one->next;
			continue;
		}
		*p = one->next;
		end_part(l, one, ended);
	}
}

/* A member of a zip archive (APPNOTE.TXT, 4.3.7). False: none that is packed. */
static bool take_zip(struct layer *l, const unsigned char *p, size_t n, struct found *f)
{
	unsigned flags = p[6] | p[7] << 8, method = p[8] | p[9] << 8;
	size_t header = 30u + (p[26] | p[27] << 8) + (p[28] | p[29] << 8);

	(void)n;
	f->must = l->kind == SCRUB_ZIP;
	if (f->must && (flags & 1))
		scrub_fail(l->job, "holds an encrypted member, which cannot be looked into");
	if (f->must && method != 0 && method != 8)
		scrub_fail(l->job, "holds a member that is packed by a method that is not looked into: unpack it first");
	f->how = DEFLATE;
	f->from = f->data = f->place + header;
	return method == 8 && !(flags & 1);
}

/* Does a packed part begin here? n: bytes that are there, HEADER or up to the end. */
static bool begins(struct layer *l, const unsigned char *p, size_t n, uint64_t place, struct found *f)
{
	size_t header;

	*f = (struct found){.place = place, .from = place, .voxels = !scrub_is_text(l, place, place + 1)};
	if (n < 3)
		return false;
	if (p[0] == 0x1f && p[1] == 0x8b && p[2] == 8 && n >= 18) {
		header = scrub_gzip_header(p, n);
		f->how = GZIP;
		f->data = place + (header ? header : n);
		f->must = (place == 0 && l->kind == SCRUB_GZIP) || place == l->expected;
		f->voxels = l->voxels_in_gzip || !scrub_is_text(l, f->data, f->data + 1);
		return !(p[3] & 0xe0);
	}
	if (p[0] == 'P' && n >= 30 && memcmp(p, "PK\3\4", 4) == 0)
		return take_zip(l, p, n, f);
	f->how = ZLIB;
	f->data = place + 2;
	if ((p[0] & 0x0f) != 8 || p[0] > 0x78 || (p[1] & 0x20) || ((unsigned)p[0] << 8 | p[1]) % 31)
		return false;
	if (l->kind == SCRUB_PNG)
		f->voxels = place >= 4 && place - l->base >= 4 && memcmp(p - 4, "IDAT", 4) == 0;
	else if (p[0] != 0x78)
		return false; /* smaller windows are what PNG's writers choose for a few words */
	if (l->kind == SCRUB_TIFF || l->kind == SCRUB_HDF5)
		f->voxels = true;
	return true;
}

/* The next place from `at` on where one may begin, by its first byte. */
static size_t next_first(const struct layer *l, size_t at, size_t end)
{
	static const bool first[256] = {[0x1f] = true, ['P'] = true, [0x78] = true};

	if (l->kind == SCRUB_PNG)
		return at;
	for (const unsigned char *p = l->buf + at; at + 8 <= end; at += 8, p += 8)
		if (first[p[0]] | first[p[1]] | first[p[2]] | first[p[3]] | first[p[4]] | first[p[5]] | first[p[6]] |
		    first[p[7]])
			break;
	while (at < end && !first[l->buf[at]])
		at++;
	return at;
}

void scrub_parts_look(struct layer *l, bool last)
{
	struct found f;

	while (!l->job->failed) {
		size_t end = last ? l->n : l->n > HEADER ? l->n - HEADER : 0, at;

		if (is_sure(l)) {
			l->carved = l->base + l->n;
			return;
		}
		if (l->carved >= l->base + end)
			return;
		at = next_first(l, (size_t)(l->carved - l->base), end);
		l->carved = l->base + at + (at < end);
		if (at < end && begins(l, l->buf + at, l->n - at, l->base + at, &f))
			begin_part(l, &f);
	}
}

void scrub_parts_abandon(struct layer *l)
{
	while (l->part) {
		struct part *p = l->part;

		l->part = p->next;
		scrub_parts_abandon(p->out);
		scrub_layer_free(p->out);
		inflater_free(p->z);
		free(p);
	}
}
