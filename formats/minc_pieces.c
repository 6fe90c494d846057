#include "minc_pieces.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "alg/extremes.h"
#include "io/fd.h"
#include "par.h"

#ifdef HAVE_ISAL
#include <isa-l.h>
enum { ISAL_LEVEL_MAX = 2 };
#endif

enum {
	PIECE = 256 << 10,     /* slices smaller than this go together */
	PIECE_MAX = 1 << 20,   /* slices larger than this are divided: HDF5 caches as much by default */
	THREADS_MAX = 16
};

struct slot {
	unsigned char *in, *out;
	size_t have;           /* bytes filled in */
	size_t packed;         /* 0 after the work: it failed */
#ifdef HAVE_ISAL
	struct isal_zstream *isal;
	unsigned char *isal_buf;
	uint32_t isal_buf_size;
#endif
};

struct packer {
	struct minc_pieces *p;
	int fd, level;
	const char *name;
	size_t bytes, out_size; /* of a piece */
	struct par_ring *ring;
	struct slot *slots;
	size_t n_slots, now;
};

int minc_pieces_plan(struct hdf5_data *d, const struct vol_head *head, const char *subject, struct vol_err *err)
{
	uint64_t row = head->grid.size[0] * head->channels * voxel_size(head->type), slice = row * head->grid.size[1];
	uint64_t slices = 1, rows = head->grid.size[1];
	int i = 0;

	if (row > INT32_MAX)
		return vol_fail(err, subject, "has rows over 2 GiB, which HDF5 cannot compress: leave out --compress");
	if (slice < PIECE)
		slices = PIECE / slice;
	else if (slice > PIECE_MAX)
		rows = row < PIECE_MAX ? PIECE_MAX / row : 1;
	if (slices > head->grid.size[2])
		slices = head->grid.size[2];
	if (head->list)
		d->piece[i++] = 1;
	d->piece[i++] = (uint32_t)slices;
	d->piece[i++] = (uint32_t)rows;
	d->piece[i++] = (uint32_t)head->grid.size[0];
	if (head->channels > 1)
		d->piece[i] = head->channels;
	return 0;
}

/* ---- one piece ---- */

static bool pack_zlib(const struct packer *k, struct slot *s)
{
	uLongf n = k->out_size;

	if (compress2(s->out, &n, s->in, k->bytes, k->level) != Z_OK)
		return false;
	s->packed = n;
	return true;
}

#ifdef HAVE_ISAL

static bool pack_isal(const struct packer *k, struct slot *s)
{
	struct isal_zstream *z = s->isal;

	isal_deflate_init(z);
	z->level = (uint32_t)k->level;
	z->level_buf = s->isal_buf;
	z->level_buf_size = s->isal_buf_size;
	z->gzip_flag = IGZIP_ZLIB;
	z->end_of_stream = 1;
	z->next_in = s->in;
	z->avail_in = (uint32_t)k->bytes;
	z->next_out = s->out;
	z->avail_out = (uint32_t)k->out_size;
	if (isal_deflate(z) != COMP_OK || z->avail_in || z->internal_state.state != ZSTATE_END)
		return false;
	s->packed = k->out_size - z->avail_out;
	return true;
}

static bool new_isal(struct slot *s, int level)
{
	enum { TOKENS = 12 << 10 }; /* as in gzip_out.c */

	s->isal_buf_size = level == 1 ? ISAL_DEF_LVL1_REQ + ISAL_DEF_LVL1_TOKEN_SIZE * TOKENS
	                              : ISAL_DEF_LVL2_REQ + ISAL_DEF_LVL2_TOKEN_SIZE * TOKENS;
	s->isal = malloc(sizeof *s->isal);
	s->isal_buf = malloc(s->isal_buf_size);
	return s->isal && s->isal_buf;
}

#endif

static void work(void *ctx, size_t i)
{
	struct packer *k = ctx;
	struct slot *s = &k->slots[i];
	bool good;

#ifdef HAVE_ISAL
	good = s->isal ? pack_isal(k, s) : pack_zlib(k, s);
#else
	good = pack_zlib(k, s);
#endif
	if (!good)
		s->packed = 0;
}

/* ---- the row of them ---- */

static int new_slots(struct packer *k, int threads, struct vol_err *err)
{
	k->n_slots = threads > 1 ? (size_t)threads + 2 : 1;
	k->slots = calloc(k->n_slots, sizeof *k->slots);
	for (size_t i = 0; k->slots && i < k->n_slots; i++) {
		struct slot *s = &k->slots[i];
		bool good;

		s->in = malloc(k->bytes);
		s->out = malloc(k->out_size);
		good = s->in && s->out;
#ifdef HAVE_ISAL
		if (good && k->level <= ISAL_LEVEL_MAX)
			good = new_isal(s, k->level);
#endif
		if (!good)
			return vol_fail(err, k->name, "out of memory");
	}
	if (!k->slots)
		return vol_fail(err, k->name, "out of memory");
	k->ring = par_ring_new(threads, k->n_slots, work, k);
	return k->ring ? 0 : vol_fail_errno(err, k->name, "threads cannot be started");
}

static void packer_free(struct packer *k)
{
	if (k->ring)
		par_ring_free(k->ring);
	for (size_t i = 0; k->slots && i < k->n_slots; i++) {
		free(k->slots[i].in);
		free(k->slots[i].out);
#ifdef HAVE_ISAL
		free(k->slots[i].isal);
		free(k->slots[i].isal_buf);
#endif
	}
	free(k->slots);
}

/* Wait for a slot, and write what it has, if anything. */
static int empty_slot(struct packer *k, struct slot *s, struct vol_err *err)
{
	struct minc_pieces *p = k->p;

	if (!s->have)
		return 0;
	par_wait(k->ring, (size_t)(s - k->slots));
	s->have = 0;
	if (!s->packed)
		return vol_fail(err, k->name, "cannot be compressed");
	if (p->n == p->room) {
		uint64_t room = 2 * p->room + 256;
		struct hdf5_piece *more = reallocarray(p->piece, room, sizeof *more);

		if (!more)
			return vol_fail(err, k->name, "out of memory");
		p->piece = more;
		p->room = room;
	}
	if (fd_write(k->fd, s->out, s->packed, k->name, err) < 0)
		return -1;
	p->piece[p->n++] = (struct hdf5_piece){p->address, (uint32_t)s->packed};
	p->address += s->packed;
	return 0;
}

/* The slot is full, or nothing more belongs to it: all pieces have the same size, the rest is 0. */
static int submit(struct packer *k, struct vol_err *err)
{
	struct slot *s = &k->slots[k->now];

	memset(s->in + s->have, 0, k->bytes - s->have);
	s->have = k->bytes;
	par_submit(k->ring, k->now);
	k->now = (k->now + 1) % k->n_slots;
	return empty_slot(k, &k->slots[k->now], err);
}

static int flush(struct packer *k, struct vol_err *err)
{
	for (size_t i = 0; i < k->n_slots; i++) {
		if (empty_slot(k, &k->slots[k->now], err) < 0)
			return -1;
		k->now = (k->now + 1) % k->n_slots;
	}
	return 0;
}

/* Pieces end where a run does: the slices of a list entry, or the rows of a divided slice. */
static int fill(struct packer *k, struct vol_in *in, const struct vol_head *head, uint64_t run, struct vol_err *err)
{
	uint64_t left = run;
	struct vol_slab slab;
	int got;

	while ((got = vol_next(in, &slab, err)) > 0) {
		const unsigned char *from = slab.voxels;
		size_t n = slab.n * voxel_size(head->type);

		if (!voxel_is_integer(head->type, NULL, NULL))
			extremes_add(&k->p->lo, &k->p->hi, slab.voxels, head->type, slab.n, NAN, NAN);
		while (n) {
			struct slot *s = &k->slots[k->now];
			size_t part = k->bytes - s->have;

			part = part < n ? part : n;
			part = part < left ? part : (size_t)left;
			memcpy(s->in + s->have, from, part);
			s->have += part;
			from += part;
			n -= part;
			left -= part;
			if ((s->have == k->bytes || left == 0) && submit(k, err) < 0)
				return -1;
			if (left == 0)
				left = run;
		}
	}
	return got < 0 ? -1 : flush(k, err);
}

int minc_pieces_write(struct minc_pieces *p, const struct hdf5_data *d, struct vol_in *in, const struct vol_head *head,
                      int fd, const char *name, int threads, struct vol_err *err)
{
	struct packer k = {.p = p, .fd = fd, .level = d->level, .name = name};
	uint64_t slice = vol_head_slice_bytes(head);
	bool divided = d->piece[head->list ? 2 : 1] < head->grid.size[1];
	int rc;

	k.bytes = voxel_size(head->type);
	for (int i = 0; i < d->dims; i++)
		k.bytes *= d->piece[i];
	k.out_size = compressBound(k.bytes) + k.bytes / 64 + 1024; /* ISA-L's bound is a little higher than zlib's */
	rc = new_slots(&k, threads > THREADS_MAX ? THREADS_MAX : threads, err);
	if (rc == 0)
		rc = fill(&k, in, head, divided ? slice : slice * head->grid.size[2], err);
	packer_free(&k);
	return rc;
}
