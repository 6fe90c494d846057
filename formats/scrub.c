#include "scrub.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "io/fd.h"
#include "scrub_inside.h"

enum { FILE_CHUNK = 512 << 10, PART_CHUNK = 128 << 10 };

void scrub_fail(struct job *j, const char *what)
{
	if (!j->failed)
		vol_fail(j->err, j->name, "%s", what);
	j->failed = true;
}

struct layer *scrub_layer_new(struct job *j, struct layer *parent, uint64_t place)
{
	struct layer *l = calloc(1, sizeof *l);

	if (!l) {
		scrub_fail(j, "out of memory");
		return NULL;
	}
	l->job = j;
	l->parent = parent;
	l->place = place;
	l->depth = parent ? parent->depth + 1 : 0;
	l->room = (parent ? PART_CHUNK : FILE_CHUNK) + 2 * j->keep + SCRUB_BEHIND;
	l->expected = UINT64_MAX;
	l->buf = malloc(l->room);
	if (!l->buf)
		scrub_fail(j, "out of memory");
	return l;
}

void scrub_layer_free(struct layer *l)
{
	if (!l)
		return;
	free(l->range);
	free(l->buf);
	free(l);
}

/* ---- text and what is none ---- */

void scrub_not_text(struct layer *l, uint64_t from, uint64_t to)
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
			scrub_fail(l->job, "out of memory");
			return;
		}
		l->range = more;
	}
	l->range[l->n_range++] = (struct range){from, to};
}

bool scrub_is_text(const struct layer *l, uint64_t from, uint64_t to)
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
	scrub_not_text(ctx, from, to);
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
		scrub_fail(l->job, what);
	}
	if ((l->kind == SCRUB_ZIP || l->kind == SCRUB_GZIP) && l->depth == SCRUB_DEPTH)
		scrub_fail(l->job, "is packed in packed data too often to be looked into");
	if (l->kind == SCRUB_GZIP && l->all_voxels) {
		l->all_voxels = false; /* it is those that are packed */
		l->voxels_in_gzip = true;
	}
	if (l->kind == SCRUB_TIFF && !l->parent)
		scrub_tiff(l->job->fd, take_strips, l);
	if (l->kind == SCRUB_PLAIN && scrub_voxels(l->buf, l->n, &from, &to)) {
		/* what is packed there begins with words of its own */
		size_t words = from < l->n ? scrub_gzip_header(l->buf + from, l->n - (size_t)from) : 0;

		scrub_not_text(l, from + words, to);
	}
}

/* ---- findings ---- */

static void take_hit(void *ctx, size_t string, size_t at)
{
	struct job *j = ctx;
	uint64_t from = j->searching->base + at, to = from + match_length(j->s->match, string);

	if (!j->s->strong(j->s->ctx, string) && !scrub_is_text(j->searching, from, to))
		return;
	if (j->n_hit == j->hit_room) {
		size_t room = j->hit_room ? 2 * j->hit_room : 64;
		struct hit *more = realloc(j->hit, room * sizeof *more);

		if (!more) {
			scrub_fail(j, "out of memory");
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

/* ---- the stream ---- */

static void process(struct layer *l, bool last)
{
	uint64_t low;

	if (!l->known)
		know(l);
	if (l->kind == SCRUB_DICOM)
		scrub_pixels_look(l);
	scrub_parts_go_on(l, false);
	scrub_parts_look(l, last);
	if (last)
		scrub_parts_go_on(l, true);
	search(l, last);
	low = l->searched < l->carved ? l->searched : l->carved;
	low = low > l->base + SCRUB_BEHIND ? low - SCRUB_BEHIND : l->base;
	low = low < l->base + l->n ? low : l->base + l->n;
	memmove(l->buf, l->buf + (low - l->base), l->n - (size_t)(low - l->base));
	l->n -= (size_t)(low - l->base);
	l->base = low;
}

void scrub_feed(struct layer *l, const unsigned char *bytes, size_t n, bool last)
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
	l = scrub_layer_new(&j, NULL, 0);
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
		scrub_parts_abandon(l);
		scrub_layer_free(l);
	}
	free(j.hit);
	if (!from_stdin)
		close(fd);
	return j.failed ? -1 : 0;
}
