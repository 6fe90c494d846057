/* gzip_out.c - parallel gzip in one member.
 *
 * A slot is one block: its input with the 32 KiB before it, its compressor, its output. Slots go
 * round in the ring's rotation, so output is written in order by the one thread that also fills
 * them. */
#include "gzip_out.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "deflate.h"
#include "inflate.h"
#include "io/fd.h"
#include "par.h"

enum {
	WINDOW = 32 << 10,   /* how far deflate looks back */
	BLOCK = 256 << 10,
	/* more would not fit the memory that a streaming tool may have */
	THREADS_MAX = 16
};

struct slot {
	unsigned char *in;   /* WINDOW + BLOCK; the block starts at WINDOW */
	size_t n;            /* bytes of the block */
	size_t dict;         /* bytes of the window, right before the block */
	bool last;
	unsigned char *out;  /* deflate_room(BLOCK) */
	size_t out_n;        /* 0 after the work: it failed */
	uint32_t crc;        /* of the block */
	struct deflate *deflate;
};

struct gzip_out {
	int fd;
	const char *name;
	int level;
	struct par_ring *ring;
	struct slot *slots;
	size_t n_slots, now; /* the slot being filled */
	uint32_t crc;        /* of all that was written */
	uint64_t length;
	uint64_t packed;     /* bytes of deflate data written */
};

/* ---- one block ---- */

static void work(void *ctx, size_t i)
{
	struct gzip_out *g = ctx;
	struct slot *s = &g->slots[i];

	s->out_n = deflate_block(s->deflate, s->in + WINDOW, s->n, s->dict, s->last, s->out);
	s->crc = inflate_crc(0, s->in + WINDOW, s->n);
}

/* ---- the row of blocks ---- */

static int new_slots(struct gzip_out *g, struct vol_err *err)
{
	for (size_t i = 0; i < g->n_slots; i++) {
		struct slot *s = &g->slots[i];

		s->in = malloc(WINDOW + BLOCK);
		s->out = malloc(deflate_room(BLOCK));
		s->deflate = deflate_new(g->level);
		if (!s->in || !s->out || !s->deflate)
			return vol_fail(err, g->name, "out of memory");
	}
	return 0;
}

struct gzip_out *gzip_out_bare(int fd, const char *fd_name, int level, int threads, struct vol_err *err)
{
	struct gzip_out *g = calloc(1, sizeof *g);

	if (threads > THREADS_MAX)
		threads = THREADS_MAX;
	if (g) {
		g->fd = fd;
		g->name = fd_name;
		g->level = level < 1 ? 1 : level > 9 ? 9 : level;
		g->n_slots = threads > 1 ? (size_t)threads + 2 : 1;
		g->slots = calloc(g->n_slots, sizeof *g->slots);
	}
	if (!g || !g->slots) {
		vol_fail(err, fd_name, "out of memory");
		goto fail;
	}
	if (new_slots(g, err) < 0)
		goto fail;
	g->ring = par_ring_new(threads, g->n_slots, work, g);
	if (!g->ring) {
		vol_fail(err, fd_name, "out of memory");
		goto fail;
	}
	return g;
fail:
	gzip_out_abandon(g);
	return NULL;
}

struct gzip_out *gzip_out_new(int fd, const char *fd_name, int level, int threads,
                              struct vol_err *err)
{
	/* no name, no time, unknown system: the same bytes everywhere */
	static const unsigned char head[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
	struct gzip_out *g = gzip_out_bare(fd, fd_name, level, threads, err);

	if (!g || fd_write(fd, head, sizeof head, fd_name, err) == 0)
		return g;
	gzip_out_abandon(g);
	return NULL;
}

/* Wait for the slot's block and write it; nothing when none is under way there. */
static int write_slot(struct gzip_out *g, size_t i, struct vol_err *err)
{
	struct slot *s = &g->slots[i];

	if (s->n == 0 && !s->last)
		return 0;
	par_wait(g->ring, i);
	if (s->out_n == 0)
		return vol_fail(err, g->name, "cannot be compressed");
	g->crc = (uint32_t)crc32_combine(g->crc, s->crc, (z_off_t)s->n);
	g->length += s->n;
	g->packed += s->out_n;
	s->n = 0;
	return fd_write(g->fd, s->out, s->out_n, g->name, err);
}

/* The slot in hand is full: off with it, and make the next one ready for filling. */
static int next_slot(struct gzip_out *g, struct vol_err *err)
{
	size_t i = g->now, j = (i + 1) % g->n_slots;
	struct slot *full = &g->slots[i], *next = &g->slots[j];

	par_submit(g->ring, i);
	g->now = j;
	if (write_slot(g, j, err) < 0)
		return -1;
	memcpy(next->in, full->in + BLOCK, WINDOW);
	next->dict = WINDOW;
	return 0;
}

int gzip_out_write(struct gzip_out *g, const void *buf, size_t n, struct vol_err *err)
{
	const unsigned char *p = buf;

	while (n) {
		struct slot *s = &g->slots[g->now];
		size_t part = BLOCK - s->n;

		/* a full block goes only when more follows: the last one ends the stream */
		if (part == 0) {
			if (next_slot(g, err) < 0)
				return -1;
			continue;
		}
		if (part > n)
			part = n;
		memcpy(s->in + WINDOW + s->n, p, part);
		s->n += part;
		p += part;
		n -= part;
	}
	return 0;
}

/* The last block. */
static int finish(struct gzip_out *g, struct vol_err *err)
{
	int rc = 0;

	g->slots[g->now].last = true;
	par_submit(g->ring, g->now);
	for (size_t k = 1; rc == 0 && k <= g->n_slots; k++)
		rc = write_slot(g, (g->now + k) % g->n_slots, err);
	return rc;
}

int gzip_out_finish(struct gzip_out *g, struct vol_err *err)
{
	unsigned char tail[8];
	int rc = finish(g, err);

	for (int i = 0; i < 4; i++) {
		tail[i] = (unsigned char)(g->crc >> 8 * i);
		tail[4 + i] = (unsigned char)(g->length >> 8 * i);
	}
	if (rc == 0)
		rc = fd_write(g->fd, tail, sizeof tail, g->name, err);
	gzip_out_abandon(g);
	return rc;
}

int gzip_out_finish_bare(struct gzip_out *g, uint32_t *crc, uint64_t *packed, struct vol_err *err)
{
	int rc = finish(g, err);

	*crc = g->crc;
	*packed = g->packed;
	gzip_out_abandon(g);
	return rc;
}

void gzip_out_abandon(struct gzip_out *g)
{
	if (!g)
		return;
	par_ring_free(g->ring);
	for (size_t i = 0; g->slots && i < g->n_slots; i++) {
		struct slot *s = &g->slots[i];

		deflate_free(s->deflate);
		free(s->in);
		free(s->out);
	}
	free(g->slots);
	free(g);
}
