/* analyze.c - the bytes of a header, and Analyze as a format. */
#include "analyze.h"

#include <string.h>

#include "alg/orient.h"
#include "nifti.h"
#include "pair.h"

/* ---- bytes ---- */

static uint32_t take(const unsigned char *p, int n, bool big)
{
	uint32_t x = 0;

	for (int i = 0; i < n; i++)
		x |= (uint32_t)p[i] << 8 * (big ? n - 1 - i : i);
	return x;
}

static int16_t take_short(const unsigned char *p, bool big)
{
	return (int16_t)take(p, 2, big);
}

static float take_float(const unsigned char *p, bool big)
{
	uint32_t bits = take(p, 4, big);
	float x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

static void give(unsigned char *p, int n, uint32_t x)
{
	for (int i = 0; i < n; i++)
		p[i] = (unsigned char)(x >> 8 * i);
}

static void give_float(unsigned char *p, float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof bits);
	give(p, 4, bits);
}

/* A field of text without what surrounds it; to[n + 1]. Empty when it is no text. */
static void take_text(const unsigned char *p, size_t n, char *to)
{
	size_t len = 0, from = 0;

	while (len < n && p[len])
		len++;
	while (from < len && p[from] == ' ')
		from++;
	while (len > from && p[len - 1] == ' ')
		len--;
	for (size_t i = from; i < len; i++)
		if (p[i] < 0x21 || p[i] > 0x7e)
			len = from;
	memcpy(to, p + from, len - from);
	to[len - from] = '\0';
}

/* ---- the header ---- */

/* Where the fields are. */
enum {
	EXTENTS = 32, REGULAR = 38, DIM = 40, VOX_UNITS = 56, CAL_UNITS = 60, DATATYPE = 70, BITPIX = 72,
	PIXDIM = 76, VOX_OFFSET = 108, FUNUSED1 = 112, FUNUSED2 = 116, DESCRIP = 148, ORIENT = 252, ORIGINATOR = 253
};

bool analyze_is_head(const unsigned char *start, size_t n)
{
	if (n < ANALYZE_BYTES || nifti_has_magic(start, n))
		return false;
	for (int big = 0; big < 2; big++)
		if (take(start, 4, big) == ANALYZE_BYTES)
			return take_short(start + DIM, big) >= 1 && take_short(start + DIM, big) <= 7;
	return false;
}

void analyze_unpack(const unsigned char *bytes, struct analyze_head *h)
{
	bool big = take(bytes, 4, true) == ANALYZE_BYTES;

	memset(h, 0, sizeof *h);
	h->big = big;
	for (int i = 0; i < 8; i++) {
		h->dim[i] = take_short(bytes + DIM + 2 * i, big);
		h->pixdim[i] = take_float(bytes + PIXDIM + 4 * i, big);
	}
	h->datatype = take_short(bytes + DATATYPE, big);
	h->bitpix = take_short(bytes + BITPIX, big);
	take_text(bytes + VOX_UNITS, 4, h->vox_units);
	take_text(bytes + CAL_UNITS, 8, h->cal_units);
	h->vox_offset = take_float(bytes + VOX_OFFSET, big);
	h->slope = take_float(bytes + FUNUSED1, big);
	h->inter = take_float(bytes + FUNUSED2, big);
	h->orient = bytes[ORIENT];
	for (int i = 0; i < 3; i++)
		h->origin[i] = take_short(bytes + ORIGINATOR + 2 * i, big);
}

void analyze_pack(const struct analyze_head *h, unsigned char *bytes)
{
	memset(bytes, 0, ANALYZE_BYTES);
	give(bytes, 4, ANALYZE_BYTES);
	give(bytes + EXTENTS, 4, 16384);
	bytes[REGULAR] = 'r';
	for (int i = 0; i < 8; i++) {
		give(bytes + DIM + 2 * i, 2, (uint16_t)h->dim[i]);
		give_float(bytes + PIXDIM + 4 * i, h->pixdim[i]);
	}
	give(bytes + DATATYPE, 2, (uint16_t)h->datatype);
	give(bytes + BITPIX, 2, (uint16_t)h->bitpix);
	memcpy(bytes + VOX_UNITS, h->vox_units, 4);
	memcpy(bytes + CAL_UNITS, h->cal_units, 8);
	give_float(bytes + FUNUSED1, h->slope);
	memcpy(bytes + DESCRIP, "volpipe", 7);
	bytes[ORIENT] = (unsigned char)h->orient;
	for (int i = 0; i < 3; i++)
		give(bytes + ORIGINATOR + 2 * i, 2, (uint16_t)h->origin[i]);
}

/* ---- the place ---- */

bool analyze_has_origin(const struct analyze_head *h)
{
	bool any = false;

	for (int a = 0; a < 3; a++) {
		any = any || h->origin[a];
		if (h->origin[a] <= -h->dim[a + 1] || h->origin[a] >= 2 * h->dim[a + 1])
			return false;
	}
	return any;
}

void analyze_grid(const struct analyze_head *h, const struct orient *axes, bool plain, struct vol_grid *g)
{
	bool stated = !plain && analyze_has_origin(h);

	memset(g, 0, sizeof *g);
	for (int a = 0; a < 3; a++) {
		double at = stated ? h->origin[a] - 1 : (h->dim[a + 1] - 1) / 2.0;
		double step = axes->sign[a] * (double)h->pixdim[a + 1];

		g->size[a] = (uint64_t)h->dim[a + 1];
		g->direction[a][axes->world[a]] = step;
		g->origin[axes->world[a]] = -at * step + 0; /* no "-0" */
	}
}

/* ---- the format ---- */

static struct vol_in *decode(const char *path, struct vol_head *head, struct vol_err *err)
{
	const struct analyze_read how = {0};

	return analyze_open(path, &how, head, err);
}

static struct vol_in *reread(const char *path, const struct vol_head *given, const struct format_write *how,
                             struct vol_head *head, struct vol_err *err)
{
	const struct analyze_read as_written = {.axes = how->neurological ? "neurological" : "radiological"};

	(void)given;
	return analyze_open(path, &as_written, head, err);
}

/* A name says NIfTI first. */
static const char *const suffixes[] = {".hdr.gz", ".img.gz", ".hdr", ".img", NULL};

const struct vol_format vol_format_analyze = {
	.name = "Analyze 7.5",
	.suffixes = suffixes,
	.sniff = analyze_is_head,
	.decode = decode,
	.encode = analyze_encode,
	.each_file = pair_each_file,
	.reread = reread,
};
