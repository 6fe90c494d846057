/* tiff_pack.c - compressed pages: strips that are compressed by several threads, each by itself.
 *
 * Strips go to the file in their order, and the cuts do not depend on the threads: neither do the bytes. A page's tags
 * follow its strips, when their sizes are known; what points there was written before, and is set then. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/fd.h"
#include "par.h"
#include "tiff.h"

enum { THREADS_MAX = 16, STRIP_MAX = 64 << 20 };

/* A strip on its way. */
struct slot {
	struct tiff_codec *codec; /* made when it is needed first */
	unsigned char *in;        /* strip_size */
	size_t n;                 /* bytes of voxels, 0 when there are none */
	const unsigned char *out;
	size_t out_n;             /* 0 after the work: it failed */
};

struct tiff_pack {
	const struct tiff_tags *tags;
	int level;
	struct par_ring *ring;
	struct slot *slots;
	size_t n_slots, now;     /* the slot being filled */
	size_t strip_size;       /* bytes of a whole strip */
	uint64_t *strip_at, *strip_bytes;
	uint32_t strips;         /* of a page */

	/* the file */
	int fd;
	const char *name, *text;
	uint64_t pages, at;      /* at: where the next byte goes */
	uint64_t pointer;        /* where the place of the next tags has to be set */
	uint64_t filled, done;   /* pages whose last strip is filled; whose tags are written */
	uint32_t fill_strip, done_strip; /* of the page: to be filled next, to be written next */
};

static void work(void *ctx, size_t i)
{
	struct tiff_pack *p = ctx;
	struct slot *s = &p->slots[i];

	if (!s->codec)
		s->codec = tiff_codec_new(p->tags, p->level);
	s->out_n = s->codec ? tiff_codec_strip(s->codec, s->in, s->n, &s->out) : 0;
}

/* ---- the file ---- */

static int out(struct tiff_pack *p, const void *bytes, size_t n, struct vol_err *err)
{
	p->at += n;
	return fd_write(p->fd, bytes, n, p->name, err);
}

/* Both the tags of a page and its strips begin at multiples of 8. */
static int align(struct tiff_pack *p, struct vol_err *err)
{
	static const char zeros[8];

	return p->at % 8 ? out(p, zeros, 8 - p->at % 8, err) : 0;
}

static int point_here(struct tiff_pack *p, struct vol_err *err)
{
	unsigned char place[8];

	for (int i = 0; i < 8; i++)
		place[i] = (unsigned char)(p->at >> 8 * i);
	if (pwrite(p->fd, place, p->tags->big ? 8 : 4, (off_t)p->pointer) != (p->tags->big ? 8 : 4))
		return vol_fail_errno(err, p->name, "cannot be written");
	return 0;
}

static int end_page(struct tiff_pack *p, struct vol_err *err)
{
	struct tiff_ifd d = {.tags = p->tags, .text = p->done == 0 ? p->text : NULL, .strip_at = p->strip_at,
	                     .strip_bytes = p->strip_bytes, .strips = p->strips};
	size_t size = tiff_ifd_size(&d);
	unsigned char *bytes = malloc(size);
	int rc;

	if (!bytes)
		return vol_fail(err, p->name, "out of memory");
	rc = align(p, err);
	if (rc == 0)
		rc = point_here(p, err);
	tiff_ifd_print(&d, p->at, 0, bytes);
	p->pointer = p->at + tiff_ifd_next(&d);
	if (rc == 0)
		rc = out(p, bytes, size, err);
	free(bytes);
	p->done++;
	p->done_strip = 0;
	return rc;
}

/* Wait for the slot's strip and write it; nothing when none is under way there. */
static int write_slot(struct tiff_pack *p, size_t i, struct vol_err *err)
{
	struct slot *s = &p->slots[i];

	if (s->n == 0)
		return 0;
	par_wait(p->ring, i);
	s->n = 0;
	if (s->out_n == 0)
		return vol_fail(err, p->name, "cannot be compressed: %s", tiff_codec_is_there(p->tags) ? "out of memory" :
		                "libtiff has no such compression here");
	if (!p->tags->big && p->at + s->out_n > UINT32_MAX - (64 << 20))
		return vol_fail(err, p->name, "comes out larger compressed than it is: --bigtiff holds it");
	if (align(p, err) < 0)
		return -1;
	p->strip_at[p->done_strip] = p->at;
	p->strip_bytes[p->done_strip] = s->out_n;
	if (out(p, s->out, s->out_n, err) < 0)
		return -1;
	return ++p->done_strip == p->strips ? end_page(p, err) : 0;
}

/* Bytes of the strip that is being filled. */
static size_t strip_size(const struct tiff_pack *p)
{
	uint32_t rows = p->tags->height - p->fill_strip * p->tags->strip_rows;

	return rows < p->tags->strip_rows ? p->strip_size / p->tags->strip_rows * rows : p->strip_size;
}

int tiff_pack_put(struct tiff_pack *p, const void *voxels, size_t bytes, struct vol_err *err)
{
	const char *from = voxels;

	while (bytes) {
		struct slot *s = &p->slots[p->now];
		size_t size = strip_size(p), n = size - s->n < bytes ? size - s->n : bytes;

		memcpy(s->in + s->n, from, n);
		s->n += n;
		from += n;
		bytes -= n;
		if (s->n < size)
			break;
		par_submit(p->ring, p->now);
		p->now = (p->now + 1) % p->n_slots;
		if (++p->fill_strip == p->strips) {
			p->fill_strip = 0;
			p->filled++;
		}
		if (write_slot(p, p->now, err) < 0)
			return -1;
	}
	return 0;
}

int tiff_pack_begin(struct tiff_pack *p, int fd, const char *fd_name, const char *text, uint64_t pages,
                    struct vol_err *err)
{
	unsigned char head[TIFF_HEAD_MAX];

	p->fd = fd;
	p->name = fd_name;
	p->text = text;
	p->pages = pages;
	p->at = p->filled = p->done = 0;
	p->pointer = p->tags->big ? 8 : 4;
	tiff_head_print(p->tags, 0, head);
	return out(p, head, tiff_head_size(p->tags), err);
}

int tiff_pack_end(struct tiff_pack *p, struct vol_err *err)
{
	if (p->filled != p->pages || p->fill_strip != 0)
		return vol_fail(err, p->name, "%llu pages came of %llu", (unsigned long long)p->filled,
		                (unsigned long long)p->pages);
	for (size_t k = 1; k <= p->n_slots; k++)
		if (write_slot(p, (p->now + k) % p->n_slots, err) < 0)
			return -1;
	return 0;
}

/* ---- all ---- */

struct tiff_pack *tiff_pack_new(const struct tiff_tags *t, const struct format_write *how, struct vol_err *err)
{
	int threads = how->threads < 1 ? 1 : how->threads > THREADS_MAX ? THREADS_MAX : how->threads;
	uint64_t row = (uint64_t)t->width * t->channels * voxel_size(t->type);
	struct tiff_pack *p = calloc(1, sizeof *p);
	bool good = p;

	if (row * t->strip_rows > STRIP_MAX) {
		free(p);
		vol_fail(err, "slices", "have rows of %llu bytes, which is too long to compress", (unsigned long long)row);
		return NULL;
	}
	if (p) {
		p->tags = t;
		p->level = how->level;
		p->strip_size = (size_t)(row * t->strip_rows);
		p->strips = (t->height + t->strip_rows - 1) / t->strip_rows;
		p->strip_at = malloc(p->strips * sizeof *p->strip_at);
		p->strip_bytes = malloc(p->strips * sizeof *p->strip_bytes);
		p->n_slots = threads > 1 ? (size_t)threads + 2 : 1;
		p->slots = calloc(p->n_slots, sizeof *p->slots);
		good = p->strip_at && p->strip_bytes && p->slots;
	}
	for (size_t i = 0; good && i < p->n_slots; i++) {
		p->slots[i].in = malloc(p->strip_size);
		good = p->slots[i].in;
	}
	if (good)
		p->ring = par_ring_new(threads, p->n_slots, work, p);
	if (good && p->ring)
		return p;
	tiff_pack_free(p);
	vol_fail(err, "slices", "out of memory");
	return NULL;
}

void tiff_pack_free(struct tiff_pack *p)
{
	if (!p)
		return;
	par_ring_free(p->ring);
	for (size_t i = 0; p->slots && i < p->n_slots; i++) {
		tiff_codec_free(p->slots[i].codec);
		free(p->slots[i].in);
	}
	free(p->slots);
	free(p->strip_at);
	free(p->strip_bytes);
	free(p);
}
