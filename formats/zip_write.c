/* zip_write.c - the writing half of zip.h. Nothing is ever written twice, so that a pipe gets the bytes of a file. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "gzip_out.h"
#include "inflate.h"
#include "io/fd.h"
#include "zip.h"

enum {
	MEMBERS_MAX = 16,
	SIZES_FOLLOW = 8,                 /* flag: CRC and sizes stand after the data */
	VERSION = 20, VERSION64 = 45,     /* of the standard, that a reader has to know */
	UNIX = 3 << 8,
	DATE = 1 << 5 | 1                 /* 1980-01-01; the year counts from there */
};

struct member {
	const char *name;
	unsigned flags, method;
	uint32_t crc;
	uint64_t packed, size, offset;
	bool wide;                        /* sizes of 64 bits in its own header */
};

struct zip_out {
	int fd;
	const char *fd_name;
	uint64_t at;
	struct member member[MEMBERS_MAX];
	size_t n;
	struct gzip_out *deflate;         /* of the member that was begun; NULL: stored */
	uint64_t put;
};

/* Some numbers, little-endian, one after the other. */
struct text {
	unsigned char p[128];
	size_t n;
};

static void add(struct text *t, uint64_t x, int bytes)
{
	for (; bytes--; x >>= 8)
		t->p[t->n++] = (unsigned char)x;
}

static void add_mark(struct text *t, const char mark[4])
{
	memcpy(t->p + t->n, mark, 4);
	t->n += 4;
}

/* What does not fit 32 bits stands elsewhere. */
static uint64_t narrow(uint64_t x)
{
	return x < UINT32_MAX ? x : UINT32_MAX;
}

static int out(struct zip_out *z, const void *p, size_t n, struct vol_err *err)
{
	z->at += n;
	return fd_write(z->fd, p, n, z->fd_name, err);
}

struct zip_out *zip_out_new(int fd, const char *fd_name, struct vol_err *err)
{
	struct zip_out *z = calloc(1, sizeof *z);

	if (!z) {
		vol_fail(err, fd_name, "out of memory");
		return NULL;
	}
	z->fd = fd;
	z->fd_name = fd_name;
	return z;
}

void zip_out_abandon(struct zip_out *z)
{
	if (z)
		gzip_out_abandon(z->deflate);
	free(z);
}

static int begin(struct zip_out *z, const struct member *m, struct vol_err *err)
{
	bool follow = m->flags & SIZES_FOLLOW;
	struct text t = {.n = 0};

	if (z->n == MEMBERS_MAX)
		return vol_fail(err, z->fd_name, "too many members for one archive");
	z->member[z->n] = *m;
	z->member[z->n].offset = z->at;
	add_mark(&t, "PK\3\4");
	add(&t, m->wide ? VERSION64 : VERSION, 2);
	add(&t, m->flags, 2);
	add(&t, m->method, 2);
	add(&t, 0, 2);
	add(&t, DATE, 2);
	add(&t, follow ? 0 : m->crc, 4);
	add(&t, m->wide ? UINT32_MAX : follow ? 0 : m->packed, 4);
	add(&t, m->wide ? UINT32_MAX : follow ? 0 : m->size, 4);
	add(&t, strlen(m->name), 2);
	add(&t, m->wide ? 20 : 0, 2);
	if (out(z, t.p, t.n, err) < 0 || out(z, m->name, strlen(m->name), err) < 0)
		return -1;
	t.n = 0;
	if (m->wide) {
		add(&t, 1, 2);
		add(&t, 16, 2);
		add(&t, 0, 8);
		add(&t, 0, 8);
	}
	return out(z, t.p, t.n, err);
}

int zip_out_small(struct zip_out *z, const char *name, const void *bytes, size_t n, struct vol_err *err)
{
	const struct member m = {.name = name, .crc = inflate_crc(0, bytes, n), .packed = n, .size = n};

	if (begin(z, &m, err) < 0)
		return -1;
	z->n++;
	return out(z, bytes, n, err);
}

int zip_out_begin(struct zip_out *z, const char *name, uint64_t size, int level, int threads, struct vol_err *err)
{
	struct member m = {.name = name, .flags = SIZES_FOLLOW, .method = level ? 8 : 0, .size = size};

	/* deflated, it may be a little more */
	m.wide = size + size / 32 + (64 << 10) >= UINT32_MAX;
	z->put = 0;
	if (begin(z, &m, err) < 0)
		return -1;
	if (level == 0)
		return 0;
	z->deflate = gzip_out_bare(z->fd, z->fd_name, level, threads, err);
	return z->deflate ? 0 : -1;
}

int zip_out_put(struct zip_out *z, const void *bytes, size_t n, struct vol_err *err)
{
	struct member *m = &z->member[z->n];

	z->put += n;
	if (z->deflate)
		return gzip_out_write(z->deflate, bytes, n, err);
	m->crc = inflate_crc(m->crc, bytes, n);
	return out(z, bytes, n, err);
}

int zip_out_end(struct zip_out *z, struct vol_err *err)
{
	struct member *m = &z->member[z->n];
	struct gzip_out *deflate = z->deflate;
	struct text t = {.n = 0};

	m->packed = z->put;
	z->deflate = NULL;
	if (deflate) {
		if (gzip_out_finish_bare(deflate, &m->crc, &m->packed, err) < 0)
			return -1;
		z->at += m->packed;
	}
	if (z->put != m->size)
		return vol_fail(err, z->fd_name, "%llu bytes came for a member of %llu", (unsigned long long)z->put,
		                (unsigned long long)m->size);
	add_mark(&t, "PK\7\10");
	add(&t, m->crc, 4);
	add(&t, m->packed, m->wide ? 8 : 4);
	add(&t, m->size, m->wide ? 8 : 4);
	z->n++;
	return out(z, t.p, t.n, err);
}

/* ---- the directory ---- */

static int put_entry(struct zip_out *z, const struct member *m, struct vol_err *err)
{
	struct text t = {.n = 0}, extra = {.n = 0};
	bool wide;

	if (m->size >= UINT32_MAX)
		add(&extra, m->size, 8);
	if (m->packed >= UINT32_MAX)
		add(&extra, m->packed, 8);
	if (m->offset >= UINT32_MAX)
		add(&extra, m->offset, 8);
	wide = m->wide || extra.n > 0;
	add_mark(&t, "PK\1\2");
	add(&t, UNIX | (wide ? VERSION64 : VERSION), 2);
	add(&t, wide ? VERSION64 : VERSION, 2);
	add(&t, m->flags, 2);
	add(&t, m->method, 2);
	add(&t, 0, 2);
	add(&t, DATE, 2);
	add(&t, m->crc, 4);
	add(&t, narrow(m->packed), 4);
	add(&t, narrow(m->size), 4);
	add(&t, strlen(m->name), 2);
	add(&t, extra.n ? extra.n + 4 : 0, 2);
	add(&t, 0, 2);                     /* comment */
	add(&t, 0, 2);                     /* disk */
	add(&t, 0, 2);
	add(&t, (uint64_t)0100644 << 16, 4); /* a file, as Unix has it */
	add(&t, narrow(m->offset), 4);
	if (out(z, t.p, t.n, err) < 0 || out(z, m->name, strlen(m->name), err) < 0)
		return -1;
	t.n = 0;
	if (extra.n) {
		add(&t, 1, 2);
		add(&t, extra.n, 2);
	}
	return out(z, t.p, t.n, err) < 0 ? -1 : out(z, extra.p, extra.n, err);
}

static int put_end(struct zip_out *z, uint64_t start, struct vol_err *err)
{
	uint64_t end = z->at, size = end - start;
	struct text t = {.n = 0};

	if (start >= UINT32_MAX || size >= UINT32_MAX) {
		add_mark(&t, "PK\6\6");
		add(&t, 44, 8);            /* what follows of this record */
		add(&t, UNIX | VERSION64, 2);
		add(&t, VERSION64, 2);
		add(&t, 0, 8);             /* disks */
		add(&t, z->n, 8);
		add(&t, z->n, 8);
		add(&t, size, 8);
		add(&t, start, 8);
		add_mark(&t, "PK\6\7");
		add(&t, 0, 4);
		add(&t, end, 8);
		add(&t, 1, 4);             /* disks in all */
	}
	add_mark(&t, "PK\5\6");
	add(&t, 0, 4);
	add(&t, z->n, 2);
	add(&t, z->n, 2);
	add(&t, narrow(size), 4);
	add(&t, narrow(start), 4);
	add(&t, 0, 2);
	return out(z, t.p, t.n, err);
}

int zip_out_finish(struct zip_out *z, struct vol_err *err)
{
	uint64_t start = z->at;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < z->n; i++)
		rc = put_entry(z, &z->member[i], err);
	if (rc == 0)
		rc = put_end(z, start, err);
	zip_out_abandon(z);
	return rc;
}
