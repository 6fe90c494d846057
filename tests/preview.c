/* preview.c - three slices of a vol stream as one PNG, for `make demo` and for people who check
 * results by eye: through the middle, one along each pair of axes, pixels made square.
 *
 *     preview IN.vol OUT.png */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "io/keys.h"
#include "io/vol.h"

static _Noreturn void fail(const struct vol_err *err)
{
	fprintf(stderr, "preview: %s: %s\n", err->subject, err->what);
	exit(1);
}

struct view {
	const struct vol_head *h;
	const unsigned char *voxels;
	double lo, hi; /* values shown black and white */
	unsigned char *png;
	size_t width, height;
};

static void put32(unsigned char *b, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		b[i] = (unsigned char)(v >> (24 - 8 * i));
}

static void chunk(FILE *f, const char *type, const unsigned char *data, size_t n)
{
	unsigned char b[4];
	uLong crc = crc32(crc32(0, NULL, 0), (const unsigned char *)type, 4);

	put32(b, (uint32_t)n);
	fwrite(b, 1, 4, f);
	fwrite(type, 1, 4, f);
	if (n) /* zlib takes a NULL buffer as a wish to start anew */
		crc = crc32(crc, data, (uInt)n);
	fwrite(data, 1, n, f);
	put32(b, (uint32_t)crc);
	fwrite(b, 1, 4, f);
}

/* 8-bit grey; every row of v->png starts with its filter byte, 0 */
static int write_png(const struct view *v, const char *path)
{
	unsigned char head[13] = {0};
	uLongf n = compressBound((uLong)(v->height * (v->width + 1)));
	unsigned char *z = malloc(n);
	FILE *f = fopen(path, "wb");

	if (!z || !f || compress(z, &n, v->png, (uLong)(v->height * (v->width + 1))) != Z_OK)
		return -1;
	put32(head, (uint32_t)v->width);
	put32(head + 4, (uint32_t)v->height);
	head[8] = 8;
	fwrite("\x89PNG\r\n\x1a\n", 1, 8, f);
	chunk(f, "IHDR", head, sizeof head);
	chunk(f, "IDAT", z, n);
	chunk(f, "IEND", z, 0);
	free(z);
	return fclose(f);
}

static unsigned char grey(const struct view *v, const uint64_t i[3])
{
	const struct vol_grid *g = &v->h->grid;
	double x = voxel_get(v->voxels, v->h->type, (i[2] * g->size[1] + i[1]) * g->size[0] + i[0]);

	x = (x - v->lo) / (v->hi - v->lo);
	return (unsigned char)(x <= 0 ? 0 : x >= 1 ? 255 : x * 255);
}

/* One plane: axis a to the right, axis b down (or up), a pixel `mm` wide; returns its width. */
static size_t draw(struct view *v, size_t left, int a, int b, bool up, double mm, bool measure)
{
	const struct vol_grid *g = &v->h->grid;
	uint64_t i[3] = {g->size[0] / 2, g->size[1] / 2, g->size[2] / 2};
	size_t width = (size_t)((double)g->size[a] * grid_spacing(g, a) / mm);
	size_t height = (size_t)((double)g->size[b] * grid_spacing(g, b) / mm);

	if (measure) {
		v->height = height > v->height ? height : v->height;
		return width;
	}
	for (size_t y = 0; y < height; y++)
		for (size_t x = 0; x < width; x++) {
			i[a] = (uint64_t)((double)x * mm / grid_spacing(g, a));
			i[b] = (uint64_t)((double)y * mm / grid_spacing(g, b));
			if (up)
				i[b] = g->size[b] - 1 - i[b];
			v->png[y * (v->width + 1) + 1 + left + x] = grey(v, i);
		}
	return width;
}

static size_t draw_all(struct view *v, bool measure)
{
	double mm = grid_spacing(&v->h->grid, 0);
	size_t x = 0;

	x += draw(v, x, 0, 1, false, mm, measure) + 4;
	x += draw(v, x, 0, 2, true, mm, measure) + 4;
	return x + draw(v, x, 1, 2, true, mm, measure);
}

static unsigned char *load(const char *path, struct vol_head *h)
{
	struct vol_err err;
	struct vol_slab slab;
	struct vol_in *in = vol_open(path, h, &err);
	unsigned char *voxels;
	size_t at = 0;
	int got;

	if (!in)
		fail(&err);
	voxels = malloc(vol_head_bytes(h));
	while (voxels && (got = vol_next(in, &slab, &err)) > 0) {
		memcpy(voxels + at, slab.voxels, slab.n * voxel_size(h->type));
		at += slab.n * voxel_size(h->type);
	}
	if (!voxels || got < 0)
		fail(&err);
	vol_close(in);
	return voxels;
}

int main(int argc, char **argv)
{
	struct vol_head h;
	struct view v = {.h = &h, .lo = -1000, .hi = 1000};
	unsigned char *voxels;
	const char *window;
	double centre, width;

	if (argc != 3)
		return 2;
	v.voxels = voxels = load(argv[1], &h);
	window = key_get(&h, "window");
	if (window && sscanf(window, "%lf %lf", &centre, &width) == 2) {
		v.lo = centre - width / 2;
		v.hi = centre + width / 2;
	}
	v.width = draw_all(&v, true);
	v.png = calloc(v.height, v.width + 1);
	if (!v.png)
		return 1;
	draw_all(&v, false);
	if (write_png(&v, argv[2]) != 0) {
		perror(argv[2]);
		return 1;
	}
	free(v.png);
	free(voxels);
	vol_head_free(&h);
	return 0;
}
