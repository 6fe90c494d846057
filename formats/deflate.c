#include "deflate.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#ifdef HAVE_ISAL
#include <isa-l.h>
enum { ISAL_LEVEL_MAX = 2 };
#endif

struct deflate {
	int level;
	z_stream zlib;
	bool zlib_ready;
#ifdef HAVE_ISAL
	struct isal_zstream *isal;
	unsigned char *isal_buf;
	uint32_t isal_buf_size;
#endif
};

static bool prepare(struct deflate *d)
{
#ifdef HAVE_ISAL
	/* symbols a Huffman table is made for: fewer than ISA-L suggests, since noise and bone ask
	 * for different tables; 2 % smaller files */
	enum { TOKENS = 12 << 10 };
	static const uint32_t buf_size[ISAL_LEVEL_MAX + 1] = {
		0, ISAL_DEF_LVL1_REQ + ISAL_DEF_LVL1_TOKEN_SIZE * TOKENS,
		ISAL_DEF_LVL2_REQ + ISAL_DEF_LVL2_TOKEN_SIZE * TOKENS};

	if (d->level <= ISAL_LEVEL_MAX) {
		d->isal_buf_size = buf_size[d->level];
		d->isal = malloc(sizeof *d->isal);
		d->isal_buf = malloc(d->isal_buf_size);
		return d->isal && d->isal_buf;
	}
#endif
	d->zlib_ready = deflateInit2(&d->zlib, d->level, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK;
	return d->zlib_ready;
}

bool deflate_is_fast(int level)
{
#ifdef HAVE_ISAL
	return level <= ISAL_LEVEL_MAX;
#else
	(void)level;
	return false;
#endif
}

struct deflate *deflate_new(int level)
{
	struct deflate *d = calloc(1, sizeof *d);

	if (!d)
		return NULL;
	d->level = level;
	if (prepare(d))
		return d;
	deflate_free(d);
	return NULL;
}

void deflate_free(struct deflate *d)
{
	if (!d)
		return;
	if (d->zlib_ready)
		deflateEnd(&d->zlib);
#ifdef HAVE_ISAL
	free(d->isal);
	free(d->isal_buf);
#endif
	free(d);
}

/* zlib's deflateBound, and the flush, stay well below; ISA-L's stored blocks add 5 bytes in 64 KiB at worst. */
size_t deflate_room(size_t n)
{
	return n + n / 64 + 1024;
}

static size_t by_zlib(struct deflate *d, const unsigned char *in, size_t n, size_t dict, bool last, unsigned char *out)
{
	z_stream *z = &d->zlib;
	size_t room = deflate_room(n);
	int rc;

	deflateReset(z);
	if (dict && deflateSetDictionary(z, in - dict, (unsigned)dict) != Z_OK)
		return 0;
	z->next_in = (unsigned char *)in;
	z->avail_in = (unsigned)n;
	z->next_out = out;
	z->avail_out = (unsigned)room;
	rc = deflate(z, last ? Z_FINISH : Z_SYNC_FLUSH);
	if (last ? rc != Z_STREAM_END : rc != Z_OK || z->avail_in || !z->avail_out)
		return 0;
	return room - z->avail_out;
}

#ifdef HAVE_ISAL

static size_t by_isal(struct deflate *d, const unsigned char *in, size_t n, size_t dict, bool last, unsigned char *out)
{
	struct isal_zstream *z = d->isal;
	size_t room = deflate_room(n);

	/* without a dictionary it finds in its tables what was there before: other matches, other bytes */
	if (dict == 0)
		memset(d->isal_buf, 0, d->isal_buf_size);
	isal_deflate_init(z);
	z->level = (uint32_t)d->level;
	z->level_buf = d->isal_buf;
	z->level_buf_size = d->isal_buf_size;
	z->gzip_flag = IGZIP_DEFLATE;
	z->flush = last ? NO_FLUSH : SYNC_FLUSH;
	z->end_of_stream = last;
	if (dict && isal_deflate_set_dict(z, (unsigned char *)in - dict, (uint32_t)dict) != COMP_OK)
		return 0;
	z->next_in = (unsigned char *)in;
	z->avail_in = (uint32_t)n;
	z->next_out = out;
	z->avail_out = (uint32_t)room;
	if (isal_deflate(z) != COMP_OK || z->avail_in || !z->avail_out ||
	    z->internal_state.state != (last ? ZSTATE_END : ZSTATE_NEW_HDR))
		return 0;
	return room - z->avail_out;
}

#endif

size_t deflate_block(struct deflate *d, const unsigned char *in, size_t n, size_t dict, bool last, unsigned char *out)
{
#ifdef HAVE_ISAL
	if (d->isal)
		return by_isal(d, in, n, dict, last, out);
#endif
	return by_zlib(d, in, n, dict, last, out);
}
