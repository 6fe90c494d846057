/* tiff_codec.c - one strip of voxels to compressed bytes.
 *
 * Deflate (RFC 1950, as Adobe's TIFF Technical Note of 2002 has it) at the levels that deflate.h is fast at, and before
 * that the differences of TIFF 6.0, section 14, and of Adobe's Technical Note 3 for floats. All else by libtiff, as if into
 * a file of its own, which is kept in memory: only the bytes of the strip are taken from there. (Its libdeflate is some
 * times as fast as zlib.) */
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>
#include <zlib.h>

#include "deflate.h"
#include "tiff.h"

struct tiff_codec {
	const struct tiff_tags *tags;
	int level;
	size_t row;               /* bytes of a row */
	unsigned char *out;       /* room */
	size_t out_n, room;

	/* deflate */
	struct deflate *deflate;
	unsigned char *differ;    /* a strip of differences */

	/* libtiff */
	TIFF *tif;
	uint64_t pos;             /* its place in its file */
	bool open;                /* what it writes now is the strip */
};

/* as enum tiff_compress */
static const uint16_t code[] = {COMPRESSION_NONE, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_LZW, COMPRESSION_ZSTD};
static const int usual_level[] = {0, 2, 0, 3};

/* ---- deflate ---- */

#define DIFFER(type) \
	static void differ_##type(const void *from, size_t n, size_t step, void *to) \
	{ \
		const type *x = from; \
		type *d = to; \
\
		for (size_t i = 0; i < step && i < n; i++) \
			d[i] = x[i]; \
		for (size_t i = step; i < n; i++) \
			d[i] = (type)(x[i] - x[i - step]); \
	}

DIFFER(uint8_t)
DIFFER(uint16_t)
DIFFER(uint32_t)

/* A row of floats: the highest bytes of all numbers, then the next ones, ...; then differences of bytes. */
static void differ_floats(const unsigned char *from, size_t n, size_t size, size_t step, unsigned char *apart,
                          unsigned char *to)
{
	for (size_t b = 0; b < size; b++)
		for (size_t i = 0; i < n; i++)
			apart[(size - 1 - b) * n + i] = from[i * size + b];
	differ_uint8_t(apart, n * size, step, to);
}

static void differ_row(const struct tiff_codec *c, const unsigned char *from, unsigned char *apart, unsigned char *to)
{
	size_t size = voxel_size(c->tags->type), n = c->row / size, step = c->tags->channels;

	if (tiff_predictor(c->tags) == PREDICTOR_FLOATINGPOINT)
		differ_floats(from, n, size, step, apart, to);
	else if (size == 1)
		differ_uint8_t(from, n, step, to);
	else if (size == 2)
		differ_uint16_t(from, n, step, to);
	else
		differ_uint32_t(from, n, step, to);
}

/* zlib's two bytes before and its checksum after the data. */
static size_t deflate_strip(struct tiff_codec *c, const unsigned char *voxels, size_t n)
{
	/* window of 32 KiB; how well it is compressed is told there, and is of no use to anybody */
	static const unsigned char head[2] = {0x78, 0x01};
	unsigned char *apart = c->differ + c->row * c->tags->strip_rows;
	uint32_t sum;
	size_t got;

	for (size_t at = 0; at < n; at += c->row)
		differ_row(c, voxels + at, apart, c->differ + at);
	memcpy(c->out, head, sizeof head);
	got = deflate_block(c->deflate, c->differ, n, 0, true, c->out + sizeof head);
	if (got == 0)
		return 0;
	got += sizeof head;
	sum = (uint32_t)adler32_z(1, c->differ, n);
	for (int i = 0; i < 4; i++)
		c->out[got++] = (unsigned char)(sum >> (24 - 8 * i));
	return got;
}

static bool open_deflate(struct tiff_codec *c)
{
	size_t strip = c->row * c->tags->strip_rows;

	c->deflate = deflate_new(c->level);
	c->differ = malloc(strip + c->row);
	c->out = malloc(deflate_room(strip) + 6);
	return c->deflate && c->differ && c->out;
}

/* ---- a file of libtiff's in memory, of which only the strip that is written is kept ---- */

static tmsize_t mem_read(thandle_t h, void *buf, tmsize_t n)
{
	(void)h;
	(void)buf;
	(void)n;
	return 0;
}

static tmsize_t mem_write(thandle_t h, void *buf, tmsize_t n)
{
	struct tiff_codec *c = h;
	unsigned char *more;

	c->pos += (uint64_t)n;
	if (!c->open)
		return n;
	if (c->out_n + (size_t)n > c->room) {
		c->room = c->out_n + (size_t)n + c->room / 2;
		more = realloc(c->out, c->room);
		if (!more) {
			c->room = 0;
			return -1;
		}
		c->out = more;
	}
	memcpy(c->out + c->out_n, buf, (size_t)n);
	c->out_n += (size_t)n;
	return n;
}

static toff_t mem_seek(thandle_t h, toff_t offset, int whence)
{
	struct tiff_codec *c = h;

	/* there is nothing but a header */
	c->pos = (whence == SEEK_CUR ? c->pos : whence == SEEK_END ? 16 : 0) + offset;
	return c->pos;
}

static toff_t mem_size(thandle_t h)
{
	(void)h;
	return 16;
}

static int mem_close(thandle_t h)
{
	(void)h;
	return 0;
}

static bool open_file(struct tiff_codec *c)
{
	const struct tiff_tags *t = c->tags;
	bool real = !voxel_is_integer(t->type, NULL, NULL);
	TIFF *f;

	f = c->tif = TIFFClientOpen("strip", "wlm", c, mem_read, mem_write, mem_seek, mem_close, mem_size, NULL, NULL);
	if (!f)
		return false;
	TIFFSetField(f, TIFFTAG_IMAGEWIDTH, t->width);
	TIFFSetField(f, TIFFTAG_IMAGELENGTH, t->strip_rows);
	TIFFSetField(f, TIFFTAG_ROWSPERSTRIP, t->strip_rows);
	TIFFSetField(f, TIFFTAG_BITSPERSAMPLE, (int)(8 * voxel_size(t->type)));
	TIFFSetField(f, TIFFTAG_SAMPLESPERPIXEL, (int)t->channels);
	TIFFSetField(f, TIFFTAG_SAMPLEFORMAT, real ? SAMPLEFORMAT_IEEEFP : SAMPLEFORMAT_UINT);
	TIFFSetField(f, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
	TIFFSetField(f, TIFFTAG_PHOTOMETRIC, t->channels > 1 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK);
	if (TIFFSetField(f, TIFFTAG_COMPRESSION, code[t->compress]) != 1 ||
	    TIFFSetField(f, TIFFTAG_PREDICTOR, (int)tiff_predictor(t)) != 1)
		return false;
	if (t->compress == TIFF_ZSTD)
		TIFFSetField(f, TIFFTAG_ZSTD_LEVEL, c->level);
	else if (t->compress == TIFF_DEFLATE)
		TIFFSetField(f, TIFFTAG_ZIPQUALITY, c->level);
	return true;
}

static size_t libtiff_strip(struct tiff_codec *c, const unsigned char *voxels, size_t n)
{
	tmsize_t done;

	c->out_n = 0;
	c->open = true;
	done = TIFFWriteEncodedStrip(c->tif, 0, (void *)voxels, (tmsize_t)n);
	c->open = false;
	return done == (tmsize_t)n ? c->out_n : 0;
}

/* ---- all ---- */

bool tiff_codec_is_there(const struct tiff_tags *t)
{
	return TIFFIsCODECConfigured(code[t->compress]);
}

struct tiff_codec *tiff_codec_new(const struct tiff_tags *t, int level)
{
	struct tiff_codec *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	tiff_listen();
	c->tags = t;
	c->level = level ? level : usual_level[t->compress];
	c->row = (size_t)t->width * t->channels * voxel_size(t->type);
	if (t->compress == TIFF_DEFLATE && deflate_is_fast(c->level) ? open_deflate(c) : open_file(c))
		return c;
	tiff_codec_free(c);
	return NULL;
}

size_t tiff_codec_strip(struct tiff_codec *c, const unsigned char *voxels, size_t n, const unsigned char **out)
{
	size_t got = c->deflate ? deflate_strip(c, voxels, n) : libtiff_strip(c, voxels, n);

	*out = c->out;
	return got;
}

void tiff_codec_free(struct tiff_codec *c)
{
	if (!c)
		return;
	if (c->tif)
		TIFFClose(c->tif);
	deflate_free(c->deflate);
	free(c->differ);
	free(c->out);
	free(c);
}
