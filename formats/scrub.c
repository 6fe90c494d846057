#include "scrub.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "inflate.h"
#include "io/fd.h"

enum {
	FILE_CHUNK = 512 << 10,
	PART_CHUNK = 128 << 10,
	OUT = 64 << 10,
	BEHIND = 16,          /* bytes before a place that are still looked at */
	HEADER = 512,         /* bytes of a packed part's header that are waited for */
	SURE = 32 << 10,      /* so many bytes out of them, and they are deflated data, not some bytes like it */
	MOST_PARTS = 64       /* at once that are not sure yet */
};

/* Bytes that are not text: voxels, and deflated data. */
struct range {
	uint64_t from, to;
};

struct part;

/* Bytes that are searched: of the file, or of a part of it that is unpacked. */
struct layer {
	struct job *job;
	struct layer *parent;
	uint64_t place;              /* in the parent */
	size_t depth;
	unsigned char *buf;
	size_t n, room;
	uint64_t base;               /* offset of buf[0] */
	uint64_t searched, carved;   /* offsets */
	bool known, all_voxels, voxels_in_gzip;
	enum scrub_kind kind;
	uint64_t expected;           /* a gzip member ended here: the next one begins, if it is a file of several */
	struct range *range;
	size_t n_range;
	struct part *part;           /* being unpacked; a list */
	struct {
		uint64_t from, to;
	} last[8];                   /* the last findings */
	unsigned n_last;
};

struct part {
	struct part *next;
	struct inflater *z;
	struct layer *out;
	uint64_t place, from, at;    /* where it was found, its deflated data begin, the next byte of them is */
	uint64_t produced;
	bool must;                   /* it is none that only looks like one */
	bool bare;                   /* deflated data with nothing around them */
};

struct hit {
	size_t string;
	uint64_t from, to;
};

struct job {
	const struct scrub *s;
	const char *name;
	int fd;
	struct vol_err *err;
	bool failed;
	size_t keep;                 /* bytes that a string and its neighbours take */
	struct hit *hit;
	size_t n_hit, hit_room;
	const struct layer *searching;
};

static void fail(struct job *j, const char *what)
{
	if (!j->failed)
		vol_fail(j->err, j->name, "%s", what);
	j->failed = true;
}

static struct layer *layer_new(struct job *j, struct layer *parent, uint64_t place)
{
	struct layer *l = calloc(1, sizeof *l);

	if (!l) {
		fail(j, "out of memory");
		return NULL;
	}
	l->job = j;
	l->parent = parent;
	l->place = place;
	l->depth = parent ? parent->depth + 1 : 0;
	l->room = (parent ? PART_CHUNK : FILE_CHUNK) + 2 * j->keep + BEHIND;
	l->expected = UINT64_MAX;
	l->buf = malloc(l->room);
	if (!l->buf)
		fail(j, "out of memory");
	return l;
}

static void layer_free(struct layer *l)
{
	if (!l)
		return;
	free(l->range);
	free(l->buf);
	free(l);
}

/* ---- text and what is none ---- */

static void add_range(struct layer *l, uint64_t from, uint64_t to)
{
	if ((l->n_range & (l->n_range - 1)) == 0) { /* at each power of two: forget what lies behind us, or double */
		size_t kept = 0;
		struct range *more;

		for (size_t i = 0; i < l->n_range; i++)
			if (l->range[i].to >= l->base)
				l->range[kept++] = l->range[i];
		l->n_range = kept;
		more = realloc(l->range, (kept ? 2 * kept : 1) * sizeof *more);
		if (!more) {
			fail(l->job, "out of memory");
			return;
		}
		l->range = more;
	}
	l->range[l->n_range++] = (struct range){from, to};
}

static bool is_text(const struct layer *l, uint64_t from, uint64_t to)
{
	if (l->all_voxels)
		return false;
	for (size_t i = 0; i < l->n_range; i++)
		if (from >= l->range[i].from && to <= l->range[i].to)
			return false;
	return true;
}

static void take_strips(void *ctx, uint64_t from, uint64_t to)
{
	add_range(ctx, from, to);
}

static bool named_voxels(const char *name)
{
	static const char *const ends[] = {".img", ".raw", ".zraw", ".rec", ".img.gz", ".raw.gz"};
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (n > strlen(ends[i]) && strcasecmp(name + n - strlen(ends[i]), ends[i]) == 0)
			return true;
	return false;
}

static void know(struct layer *l)
{
	const char *packer = NULL;
	uint64_t from, to;
	char what[100];

	l->known = true;
	l->kind = scrub_kind(l->buf, l->n, &packer);
	if (l->kind == SCRUB_OPAQUE) {
		snprintf(what, sizeof what, "is packed by %s, which is not looked into: unpack it first", packer);
		fail(l->job, what);
	}
	if ((l->kind == SCRUB_ZIP || l->kind == SCRUB_GZIP) && l->depth == SCRUB_DEPTH)
		fail(l->job, "is packed in packed data too often to be looked into");
	if (l->kind == SCRUB_GZIP && l->all_voxels) {
		l->all_voxels = false; /* it is those that are packed */
		l->voxels_in_gzip = true;
	}
	if (l->kind == SCRUB_TIFF && !l->parent)
		scrub_tiff(l->job->fd, take_strips, l);
	if (l->kind == SCRUB_PLAIN && scrub_voxels(l->buf, l->n, &from, &to)) {
		/* what is packed there begins with words of its own */
		size_t words = from < l->n ? scrub_gzip_header(l->buf + from, l->n - (size_t)from) : 0;

		add_range(l, from + words, to);
	}
}

/* ---- findings ---- */

static void take_hit(void *ctx, size_t string, size_t at)
{
	struct job *j = ctx;
	uint64_t from = j->searching->base + at, to = from + match_length(j->s->match, string);

	if (!j->s->strong(j->s->ctx, string) && !is_text(j->searching, from, to))
		return;
	if (j->n_hit == j->hit_room) {
		size_t room = j->hit_room ? 2 * j->hit_room : 64;
		struct hit *more = realloc(j->hit, room * sizeof *more);

		if (!more) {
			fail(j, "out of memory");
			return;
		}
		j->hit = more;
		j->hit_room = room;
	}
	j->hit[j->n_hit++] = (struct hit){string, from, to};
}

/* By place, the longest first. */
static int by_place(const void *va, const void *vb)
{
	const struct hit *a = va, *b = vb;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	if (a->to != b->to)
		return a->to > b->to ? -1 : 1;
	return a->string < b->string ? -1 : a->string > b->string;
}

static bool is_within_last(const struct layer *l, const struct hit *h)
{
	for (unsigned i = 0; i < sizeof l->last / sizeof *l->last; i++)
		if (h->from >= l->last[i].from && h->to <= l->last[i].to)
			return true;
	return false;
}

static void report(struct layer *l, const struct hit *h)
{
	struct scrub_place p = {.n = l->depth + 1, .string = h->string};
	const struct layer *up = l;
	unsigned at = l->n_last++ % (sizeof l->last / sizeof *l->last);

	l->last[at].from = h->from;
	l->last[at].to = h->to;
	p.at[l->depth] = h->from;
	for (; up->parent; up = up->parent)
		p.at[up->depth - 1] = up->place;
	l->job->s->found(l->job->s->ctx, &p);
}

static void search(struct layer *l, bool last)
{
	struct job *j = l->job;
	size_t from = (size_t)(l->searched - l->base), to = last ? l->n : l->n > j->keep ? l->n - j->keep : 0;

	if (to <= from)
		return;
	j->n_hit = 0;
	j->searching = l;
	match_find(j->s->match, l->buf, l->n, from, to, take_hit, j);
	if (j->n_hit)
		qsort(j->hit, j->n_hit, sizeof *j->hit, by_place);
	for (size_t i = 0; i < j->n_hit; i++)
		if (!is_within_last(l, &j->hit[i]))
			report(l, &j->hit[i]);
	l->searched = l->base + to;
}

/* ---- parts ---- */

static void feed(struct layer *l, const unsigned char *bytes, size_t n, bool last);

enum ended { GOES_ON, ENDED_WELL, ENDED_BADLY };

/* Unpack what is there of a part. */
static enum ended run_part(struct layer *l, struct part *p)
{
	unsigned char *out = malloc(OUT);
	enum ended ended = GOES_ON;

	if (!out)
		fail(l->job, "out of memory");
	while (out && ended == GOES_ON && !l->job->failed) {
		const unsigned char *in = l->buf + (p->at - l->base), *before = in;
		size_t left = l->n - (size_t)(p->at - l->base);
		unsigned char *to = out;
		enum inflate_step step = inflater_step(p->z, &in, left, &to, OUT);
		size_t got = (size_t)(to - out);

		p->at += (uint64_t)(in - before);
		p->produced += got;
		if (got)
			feed(p->out, out, got, false);
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
		fail(l->job, "holds packed data that are damaged: what is in there cannot be searched");
	if (how == GOES_ON && p->must)
		fail(l->job, "ends within packed data: what is in there cannot be searched [truncated]");
	feed(p->out, NULL, 0, true);
	/* where bare data end nobody checks, and the inflater may have taken 8 bytes of what follows */
	if (p->bare)
		end = end > p->from + 8 ? end - 8 : p->from;
	if (how == ENDED_WELL || p->produced > SURE)
		add_range(l, p->from, end);
	if (how == ENDED_WELL) {
		l->carved = end > l->base ? end : l->base;
		l->expected = p->must && l->kind == SCRUB_GZIP ? p->at : UINT64_MAX;
	}
	layer_free(p->out);
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
			fail(l->job, "holds packed data that cannot be looked into");
		return;
	}
	p = calloc(1, sizeof *p);
	if (p) {
		*p = (struct part){.z = inflater_new(), .out = layer_new(l->job, l, f->place), .place = f->place, .at = f->from,
		                   .from = f->data, .must = f->must, .bare = f->how == DEFLATE};
	}
	if (!p || !p->z || !p->out || !p->out->buf) {
		fail(l->job, "out of memory");
		if (p) {
			inflater_free(p->z);
			layer_free(p->out);
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
static void look_for_pixels(struct layer *l)
{
	struct found f = {.how = DEFLATE, .must = true};
	size_t start = (size_t)(l->searched > l->base ? l->searched - l->base : 0), from;
	uint64_t length;

	if (l->base == 0 && l->searched == 0 && (f.place = scrub_deflated(l->buf, l->n)) != 0) {
		f.from = f.data = f.place;
		begin_part(l, &f);
	} else if (scrub_pixels(l->buf + start, l->n - start, &from, &length)) {
		uint64_t at = l->base + start + from;

		add_range(l, at, length == UINT32_MAX ? UINT64_MAX : at + length);
	}
}

static bool is_sure(const struct layer *l)
{
	for (const struct part *p = l->part; p; p = p->next)
		if (p->produced > SURE)
			return true;
	return false;
}

static void run_parts(struct layer *l, bool last)
{
	for (struct part **p = &l->part; *p;) {
		struct part *one = *p;
		enum ended ended = one->at < l->base + l->n ? run_part(l, one) : GOES_ON;

		if (ended == GOES_ON && !last) {
			if (one->produced > SURE)
				add_range(l, one->from, one->at);
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
		fail(l->job, "holds an encrypted member, which cannot be looked into");
	if (f->must && method != 0 && method != 8)
		fail(l->job, "holds a member that is packed by a method that is not looked into: unpack it first");
	f->how = DEFLATE;
	f->from = f->data = f->place + header;
	return method == 8 && !(flags & 1);
}

/* Does a packed part begin here? n: bytes that are there, HEADER or up to the end. */
static bool begins(struct layer *l, const unsigned char *p, size_t n, uint64_t place, struct found *f)
{
	size_t header;

	*f = (struct found){.place = place, .from = place, .voxels = !is_text(l, place, place + 1)};
	if (n < 3)
		return false;
	if (p[0] == 0x1f && p[1] == 0x8b && p[2] == 8 && n >= 18) {
		header = scrub_gzip_header(p, n);
		f->how = GZIP;
		f->data = place + (header ? header : 10);
		f->must = (place == 0 && l->kind == SCRUB_GZIP) || place == l->expected;
		f->voxels = l->voxels_in_gzip || !is_text(l, f->data, f->data + 1);
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
		if (first[p[0]] | first[p[1]] | first[p[2]] | first[p[3]] | first[p[4]] | first[p[5]] | first[p[6]] | first[p[7]])
			break;
	while (at < end && !first[l->buf[at]])
		at++;
	return at;
}

static void carve(struct layer *l, bool last)
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

/* ---- the stream ---- */

static void process(struct layer *l, bool last)
{
	uint64_t low;

	if (!l->known)
		know(l);
	if (l->kind == SCRUB_DICOM)
		look_for_pixels(l);
	run_parts(l, false);
	carve(l, last);
	if (last)
		run_parts(l, true);
	search(l, last);
	low = l->searched < l->carved ? l->searched : l->carved;
	low = low > l->base + BEHIND ? low - BEHIND : l->base;
	low = low < l->base + l->n ? low : l->base + l->n;
	memmove(l->buf, l->buf + (low - l->base), l->n - (size_t)(low - l->base));
	l->n -= (size_t)(low - l->base);
	l->base = low;
}

static void feed(struct layer *l, const unsigned char *bytes, size_t n, bool last)
{
	while (n && !l->job->failed) {
		size_t part = l->room - l->n < n ? l->room - l->n : n;

		memcpy(l->buf + l->n, bytes, part);
		l->n += part;
		bytes += part;
		n -= part;
		if (l->n == l->room)
			process(l, false);
	}
	if (last)
		process(l, true);
}

static void abandon_parts(struct layer *l)
{
	while (l->part) {
		struct part *p = l->part;

		l->part = p->next;
		abandon_parts(p->out);
		layer_free(p->out);
		inflater_free(p->z);
		free(p);
	}
}

int scrub_file(const struct scrub *s, const char *path, struct vol_err *err)
{
	bool from_stdin = strcmp(path, "-") == 0;
	int fd = from_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct job j = {.s = s, .name = from_stdin ? "stdin" : path, .fd = fd, .err = err};
	ssize_t got = 1;
	struct layer *l;

	if (fd < 0)
		return vol_fail_errno(err, path, "cannot be opened");
	j.keep = match_longest(s->match) + MATCH_BESIDE;
	l = layer_new(&j, NULL, 0);
	if (l && named_voxels(path))
		l->all_voxels = true;
	while (l && l->buf && got > 0 && !j.failed) {
		got = fd_read(fd, l->buf + l->n, l->room - l->n, j.name, err);
		if (got > 0) {
			l->n += (size_t)got;
			if (l->n == l->room)
				process(l, false);
		}
	}
	if (got < 0)
		j.failed = true;
	if (!j.failed)
		process(l, true);
	if (l) {
		abandon_parts(l);
		layer_free(l);
	}
	free(j.hit);
	if (!from_stdin)
		close(fd);
	return j.failed ? -1 : 0;
}
