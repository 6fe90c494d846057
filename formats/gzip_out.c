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

#include "inflate.h"
#include "io/fd.h"
#include "par.h"

#ifdef HAVE_ISAL
#include <isa-l.h>
enum { ISAL_LEVEL_MAX = 2 };
#endif

enum {
	WINDOW = 32 << 10,   /* how far deflate looks back */
	BLOCK = 256 << 10,
	/* the most that incompressible input can grow to: zlib's deflateBound for BLOCK, and the
	 * flush, stay well below; ISA-L's stored blocks add 5 bytes in 64 KiB at worst */
	OUT_SIZE = BLOCK + BLOCK / 64 + 1024,
	/* more would not fit the memory that a streaming tool may have */
	THREADS_MAX = 16
};

struct slot {
	unsigned char *in;   /* WINDOW + BLOCK; the block starts at WINDOW */
	size_t n;            /* bytes of the block */
	size_t dict;         /* bytes of the window, right before the block */
	bool last;
	unsigned char *out;  /* OUT_SIZE */
	size_t out_n;        /* 0 after the work: it failed */
	uint32_t crc;        /* of the block */
	z_stream zlib;
	bool zlib_ready;
#ifdef HAVE_ISAL
	struct isal_zstream *isal;
	unsigned char *isal_buf;
	uint32_t isal_buf_size;
#endif
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

static bool deflate_zlib(struct slot *s)
{
	z_stream *z = &s->zlib;
	int rc;

	deflateReset(z);
	if (s->dict && deflateSetDictionary(z, s->in + WINDOW - s->dict, (unsigned)s->dict) != Z_OK)
		return false;
	z->next_in = s->in + WINDOW;
	z->avail_in = (unsigned)s->n;
	z->next_out = s->out;
	z->avail_out = OUT_SIZE;
	rc = deflate(z, s->last ? Z_FINISH : Z_SYNC_FLUSH);
	s->out_n = OUT_SIZE - z->avail_out;
	return s->last ? rc == Z_STREAM_END : rc == Z_OK && z->avail_in == 0 && z->avail_out > 0;
}

#ifdef HAVE_ISAL

static bool deflate_isal(struct slot *s, int level)
{
	struct isal_zstream *z = s->isal;

	isal_deflate_init(z);
	z->level = (uint32_t)level;
	z->level_buf = s->isal_buf;
	z->level_buf_size = s->isal_buf_size;
	z->gzip_flag = IGZIP_DEFLATE;
	z->flush = s->last ? NO_FLUSH : SYNC_FLUSH;
	z->end_of_stream = s->last;
	if (s->dict && isal_deflate_set_dict(z, s->in + WINDOW - s->dict, (uint32_t)s->dict) != COMP_OK)
		return false;
	z->next_in = s->in + WINDOW;
	z->avail_in = (uint32_t)s->n;
	z->next_out = s->out;
	z->avail_out = OUT_SIZE;
	if (isal_deflate(z) != COMP_OK || z->avail_in || !z->avail_out)
		return false;
	s->out_n = OUT_SIZE - z->avail_out;
	return z->internal_state.state == (s->last ? ZSTATE_END : ZSTATE_NEW_HDR);
}

#endif

static void work(void *ctx, size_t i)
{
	struct gzip_out *g = ctx;
	struct slot *s = &g->slots[i];
	bool good;

#ifdef HAVE_ISAL
	good = s->isal ? deflate_isal(s, g->level) : deflate_zlib(s);
#else
	good = deflate_zlib(s);
#endif
	if (!good)
		s->out_n = 0;
	s->crc = inflate_crc(0, s->in + WINDOW, s->n);
}

/* ---- the row of blocks ---- */

static bool new_compressor(struct slot *s, int level)
{
#ifdef HAVE_ISAL
	/* symbols a Huffman table is made for: fewer than ISA-L suggests, since noise and bone ask
	 * for different tables; 2 % smaller files */
	enum { TOKENS = 12 << 10 };
	static const uint32_t buf_size[ISAL_LEVEL_MAX + 1] = {
		0, ISAL_DEF_LVL1_REQ + ISAL_DEF_LVL1_TOKEN_SIZE * TOKENS,
		ISAL_DEF_LVL2_REQ + ISAL_DEF_LVL2_TOKEN_SIZE * TOKENS};

	if (level <= ISAL_LEVEL_MAX) {
		s->isal_buf_size = buf_size[level];
		s->isal = malloc(sizeof *s->isal);
		s->isal_buf = malloc(s->isal_buf_size);
		return s->isal && s->isal_buf;
	}
#endif
	s->zlib_ready = deflateInit2(&s->zlib, level, Z_DEFLATED, -MAX_WBITS, 8,
	                             Z_DEFAULT_STRATEGY) == Z_OK;
	return s->zlib_ready;
}

static int new_slots(struct gzip_out *g, struct vol_err *err)
{
	for (size_t i = 0; i < g->n_slots; i++) {
		struct slot *s = &g->slots[i];

		s->in = malloc(WINDOW + BLOCK);
		s->out = malloc(OUT_SIZE);
		if (!s->in || !s->out || !new_compressor(s, g->level))
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

		if (s->zlib_ready)
			deflateEnd(&s->zlib);
#ifdef HAVE_ISAL
		free(s->isal);
		free(s->isal_buf);
#endif
		free(s->in);
		free(s->out);
	}
	free(g->slots);
	free(g);
}
