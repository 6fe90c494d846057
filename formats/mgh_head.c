/* mgh_head.c - MGH as a format, and the bytes of its header. */
#include <string.h>

#include "mgh.h"

static const char *const suffixes[] = {".mgh.gz", ".mgz", ".mgh", NULL};

const struct vol_format vol_format_mgh = {
	.name = "MGH",
	.suffixes = suffixes,
	.sniff = mgh_is_head,
	.decode = mgh_decode,
	.encode = mgh_encode,
};

/* ---- numbers ---- */

static int32_t take_int(const unsigned char *p)
{
	return (int32_t)((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]);
}

static float take_float(const unsigned char *p)
{
	int32_t bits = take_int(p);
	float x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

static unsigned char *give_int(unsigned char *p, int32_t x)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)((uint32_t)x >> (24 - 8 * i));
	return p + 4;
}

static unsigned char *give_float(unsigned char *p, float x)
{
	int32_t bits;

	memcpy(&bits, &x, sizeof bits);
	return give_int(p, bits);
}

/* ---- the header ---- */

/* The version alone is a weak mark: small numbers have to follow it. */
bool mgh_is_head(const unsigned char *start, size_t n)
{
	if (n < 24 || start[0] != 0 || start[3] != 1)
		return false;
	for (int i = 1; i < 5; i++)
		if (take_int(start + 4 * i) < 1)
			return false;
	return take_int(start + 20) >= 0 && take_int(start + 20) <= MGH_USHORT;
}

void mgh_head_unpack(const unsigned char *bytes, struct mgh_head *m)
{
	memset(m, 0, sizeof *m);
	m->version = take_int(bytes);
	for (int i = 0; i < 4; i++)
		m->dim[i] = take_int(bytes + 4 + 4 * i);
	m->type = take_int(bytes + 20);
	/* a positive number of 16 bits; without it what follows means nothing */
	m->good_ras = bytes[28] < 0x80 && (bytes[28] || bytes[29]);
	for (int i = 0; i < 3; i++) {
		m->spacing[i] = take_float(bytes + 30 + 4 * i);
		for (int w = 0; w < 3; w++)
			m->cosine[i][w] = take_float(bytes + 42 + 12 * i + 4 * w);
		m->centre[i] = take_float(bytes + 78 + 4 * i);
	}
}

void mgh_head_pack(const struct mgh_head *m, unsigned char *bytes)
{
	unsigned char *p = bytes;

	memset(bytes, 0, MGH_HEAD_BYTES);
	p = give_int(p, m->version);
	for (int i = 0; i < 4; i++)
		p = give_int(p, m->dim[i]);
	p = give_int(p, m->type);
	p = give_int(p, 1); /* degrees of freedom: of what was not averaged */
	*p++ = 0;
	*p++ = m->good_ras;
	for (int i = 0; i < 3; i++)
		p = give_float(p, m->spacing[i]);
	for (int i = 0; i < 9; i++)
		p = give_float(p, m->cosine[i / 3][i % 3]);
	for (int i = 0; i < 3; i++)
		p = give_float(p, m->centre[i]);
}

void mgh_grid(const struct mgh_head *m, struct vol_grid *g)
{
	for (int w = 0; w < 3; w++) {
		double sign = w < 2 ? -1 : 1, middle = 0;

		g->size[w] = (uint64_t)m->dim[w];
		for (int a = 0; a < 3; a++) {
			double step = (double)m->cosine[a][w] * (double)m->spacing[a];

			g->direction[a][w] = sign * step + 0; /* no "-0" */
			middle += step * m->dim[a] / 2;
		}
		g->origin[w] = sign * ((double)m->centre[w] - middle) + 0;
	}
}
