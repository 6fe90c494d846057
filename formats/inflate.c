#include "inflate.h"

#include <stdint.h>
#include <stdlib.h>

enum { PIECE = 1 << 30 }; /* both libraries count in 32 bits */

#ifdef HAVE_ISAL

#include <isa-l.h>

struct inflater {
	struct inflate_state state;
};

struct inflater *inflater_new(void)
{
	return malloc(sizeof(struct inflater));
}

void inflater_free(struct inflater *z)
{
	free(z);
}

void inflater_member(struct inflater *z)
{
	isal_inflate_init(&z->state);
	z->state.crc_flag = ISAL_GZIP; /* it reads the header, and checks CRC and length */
}

void inflater_bare(struct inflater *z)
{
	isal_inflate_init(&z->state);
	z->state.crc_flag = ISAL_DEFLATE;
}

void inflater_zlib(struct inflater *z)
{
	isal_inflate_init(&z->state);
	z->state.crc_flag = ISAL_ZLIB;
}

uint32_t inflate_crc(uint32_t crc, const void *bytes, size_t n)
{
	return crc32_gzip_refl(crc, bytes, n);
}

enum inflate_step inflater_step(struct inflater *z, const unsigned char **in, size_t n_in,
                                unsigned char **out, size_t n_out)
{
	struct inflate_state *s = &z->state;
	int rc;

	s->next_in = (unsigned char *)*in;
	s->avail_in = n_in < PIECE ? (uint32_t)n_in : PIECE;
	s->next_out = *out;
	s->avail_out = n_out < PIECE ? (uint32_t)n_out : PIECE;
	rc = isal_inflate(s);
	*in = s->next_in;
	*out = s->next_out;
	if (rc < 0 || rc == ISAL_NEED_DICT)
		return INFLATE_BAD;
	return s->block_state == ISAL_BLOCK_FINISH ? INFLATE_MEMBER_END : INFLATE_ON;
}

#else

#include <zlib.h>

struct inflater {
	z_stream stream;
};

struct inflater *inflater_new(void)
{
	struct inflater *z = calloc(1, sizeof *z);

	if (z && inflateInit2(&z->stream, 16 + MAX_WBITS) != Z_OK) {
		free(z);
		return NULL;
	}
	return z;
}

void inflater_free(struct inflater *z)
{
	if (z)
		inflateEnd(&z->stream);
	free(z);
}

void inflater_member(struct inflater *z)
{
	inflateReset2(&z->stream, 16 + MAX_WBITS);
}

void inflater_bare(struct inflater *z)
{
	inflateReset2(&z->stream, -MAX_WBITS);
}

void inflater_zlib(struct inflater *z)
{
	inflateReset2(&z->stream, MAX_WBITS);
}

uint32_t inflate_crc(uint32_t crc, const void *bytes, size_t n)
{
	return (uint32_t)crc32_z(crc, bytes, n);
}

enum inflate_step inflater_step(struct inflater *z, const unsigned char **in, size_t n_in,
                                unsigned char **out, size_t n_out)
{
	z_stream *s = &z->stream;
	int rc;

	s->next_in = (unsigned char *)*in;
	s->avail_in = n_in < PIECE ? (unsigned)n_in : PIECE;
	s->next_out = *out;
	s->avail_out = n_out < PIECE ? (unsigned)n_out : PIECE;
	rc = inflate(s, Z_NO_FLUSH);
	*in = s->next_in;
	*out = s->next_out;
	if (rc == Z_STREAM_END)
		return INFLATE_MEMBER_END;
	return rc == Z_OK || rc == Z_BUF_ERROR ? INFLATE_ON : INFLATE_BAD;
}

#endif
