/* tiff_decode.c - voxels that are compressed, in tiles, or in a plane for each colour: some rows at a time, by libtiff.
 *
 * While some rows are taken, a thread decodes the next ones: libtiff is in the hands of one at a time. */
#include <stdlib.h>
#include <string.h>

#include "par.h"
#include "tiff_inside.h"

enum {
	BAND = 4 << 20,       /* strips up to here are decoded at once, longer ones row by row */
	PART_MAX = 64 << 20   /* bytes of a row, of a tile, or of a strip of one colour */
};

static int damaged(const struct tiff_file *f, struct vol_err *err)
{
	return vol_fail(err, f->name, "page %llu cannot be decoded from row %u on%s%s", (unsigned long long)f->done,
	                f->next_row, *tiff_said ? ": " : "", tiff_said);
}

/* Backed by memory only as pixels come. */
static int make_room(const struct tiff_file *f, unsigned char **p, size_t *have, size_t need, struct vol_err *err)
{
	unsigned char *more = need > *have ? realloc(*p, need) : *p;

	if (!more)
		return vol_fail(err, f->name, "out of memory");
	*p = more;
	*have = need > *have ? need : *have;
	return 0;
}

static int make_band(struct tiff_file *f, uint64_t rows, struct vol_err *err)
{
	f->fill->len = (size_t)(rows * f->page.row);
	return make_room(f, &f->fill->p, &f->fill->size, f->fill->len, err);
}

/* How many planes the pixels of the page lie in: all colours in one, or a plane each. */
static unsigned planes_of(const struct tiff_file *f)
{
	uint16_t planes;

	TIFFGetFieldDefaulted(f->tif, TIFFTAG_PLANARCONFIG, &planes);
	return planes == PLANARCONFIG_SEPARATE ? f->page.channels : 1;
}

/* n pixels into a row: all their numbers, or those of one plane of several. */
static void place(unsigned char *to, const unsigned char *from, size_t n, size_t size, unsigned plane, unsigned planes)
{
	if (planes == 1) {
		memcpy(to, from, n * size);
		return;
	}
	for (size_t i = 0; i < n; i++)
		memcpy(to + (i * planes + plane) * size, from + i * size, size);
}

/* ---- strips ---- */

static int strip_rows(const struct tiff_file *f, uint32_t *in_strip, uint32_t *rows, struct vol_err *err)
{
	uint32_t left = f->page.height - f->next_row;

	TIFFGetFieldDefaulted(f->tif, TIFFTAG_ROWSPERSTRIP, in_strip);
	if (*in_strip == 0 || TIFFScanlineSize64(f->tif) != f->page.row / planes_of(f))
		return damaged(f, err);
	*rows = *in_strip < left ? *in_strip : left;
	return 0;
}

/* A strip of each colour: whole ones, for between two of them libtiff forgets where it is in the first. */
static int planes_band(struct tiff_file *f, unsigned planes, struct vol_err *err)
{
	size_t size = voxel_size(f->page.type);
	uint32_t in_strip, rows;
	uint64_t strip;

	if (strip_rows(f, &in_strip, &rows, err) < 0)
		return -1;
	strip = f->page.row / planes * rows;
	if (strip > PART_MAX)
		return vol_fail(err, f->name, "has strips of %llu bytes, which is too long to decode",
		                (unsigned long long)strip);
	if (make_band(f, rows, err) < 0 || make_room(f, &f->part, &f->part_size, (size_t)strip, err) < 0)
		return -1;
	for (unsigned plane = 0; plane < planes; plane++) {
		uint32_t at = TIFFComputeStrip(f->tif, f->next_row, (uint16_t)plane);

		if (TIFFReadEncodedStrip(f->tif, at, f->part, (tmsize_t)strip) != (tmsize_t)strip)
			return damaged(f, err);
		place(f->fill->p, f->part, (size_t)rows * f->page.width, size, plane, planes);
	}
	f->next_row += rows;
	return 0;
}

static int strip_band(struct tiff_file *f, struct vol_err *err)
{
	uint32_t in_strip, rows, left = f->page.height - f->next_row;
	uint64_t strip;

	if (strip_rows(f, &in_strip, &rows, err) < 0)
		return -1;
	strip = f->page.row * rows;
	if (f->next_row % in_strip == 0 && strip <= BAND) {
		if (make_band(f, rows, err) < 0)
			return -1;
		if (TIFFReadEncodedStrip(f->tif, f->next_row / in_strip, f->fill->p, (tmsize_t)strip) != (tmsize_t)strip)
			return damaged(f, err);
		f->next_row += rows;
		return 0;
	}
	rows = (uint32_t)(BAND / f->page.row);
	rows = rows > left ? left : rows ? rows : 1;
	if (make_band(f, rows, err) < 0)
		return -1;
	for (uint32_t i = 0; i < rows; i++, f->next_row++)
		if (TIFFReadScanline(f->tif, f->fill->p + i * f->page.row, f->next_row, 0) != 1)
			return damaged(f, err);
	return 0;
}

/* ---- tiles ---- */

struct tiles {
	uint32_t width, height, rows; /* rows: of the band, where the last tiles reach beyond the page */
	size_t size, row, pixel;      /* bytes of a tile, of a row of it, of a pixel in its plane */
	unsigned planes;
};

static int tiles_of(struct tiff_file *f, struct tiles *t, struct vol_err *err)
{
	uint64_t size = TIFFTileSize64(f->tif), band;

	*t = (struct tiles){.planes = planes_of(f)};
	TIFFGetField(f->tif, TIFFTAG_TILEWIDTH, &t->width);
	TIFFGetField(f->tif, TIFFTAG_TILELENGTH, &t->height);
	if (t->width == 0 || t->height == 0 || size == 0)
		return damaged(f, err);
	t->rows = t->height < f->page.height - f->next_row ? t->height : f->page.height - f->next_row;
	if (size > PART_MAX || !size_mul(f->page.row, t->rows, &band) || band > 2ull * PART_MAX)
		return vol_fail(err, f->name, "has tiles that are too large (%u x %u)", t->width, t->height);
	t->pixel = f->page.channels / t->planes * voxel_size(f->page.type);
	t->row = t->width * t->pixel;
	t->size = (size_t)size;
	return size == (uint64_t)t->row * t->height ? 0 : damaged(f, err);
}

static int tile_band(struct tiff_file *f, struct vol_err *err)
{
	size_t pixel = f->page.channels * voxel_size(f->page.type);
	struct tiles t;

	if (tiles_of(f, &t, err) < 0 || make_band(f, t.rows, err) < 0 ||
	    make_room(f, &f->part, &f->part_size, t.size, err) < 0)
		return -1;
	for (unsigned plane = 0; plane < t.planes; plane++)
		for (uint64_t x = 0; x < f->page.width; x += t.width) {
			size_t n = x + t.width > f->page.width ? f->page.width - (size_t)x : t.width;
			uint32_t tile = TIFFComputeTile(f->tif, (uint32_t)x, f->next_row, 0, (uint16_t)plane);

			if (TIFFReadEncodedTile(f->tif, tile, f->part, (tmsize_t)t.size) != (tmsize_t)t.size)
				return damaged(f, err);
			for (uint32_t i = 0; i < t.rows; i++)
				place(f->fill->p + i * f->page.row + x * pixel, f->part + i * t.row, n, t.pixel, plane,
				      t.planes);
		}
	f->next_row += t.rows;
	return 0;
}

/* ---- pages ---- */

/* To the page whose turn it is, which is as it was when all were looked at. */
static int go_to_page(struct tiff_file *f, struct vol_err *err)
{
	struct tiff_page p;
	uint64_t pages = f->pages;
	bool there = f->done == 0 ? TIFFSetDirectory(f->tif, 0) : TIFFReadDirectory(f->tif);
	int rc;

	while (there && !tiff_is_slice(f->tif))
		there = TIFFReadDirectory(f->tif);
	if (!there)
		return damaged(f, err);
	f->pages = f->done; /* for messages */
	rc = f->done > 0 ? tiff_page_take(f, &p, err) : 0;
	f->pages = pages;
	if (rc == 0 && f->done > 0 && !tiff_page_same(&p, &f->page))
		return vol_fail(err, f->name, "changed while it was read");
	return rc;
}

static int fill_band(struct tiff_file *f, struct vol_err *err)
{
	unsigned planes;
	int rc;

	if (f->page.row > PART_MAX)
		return vol_fail(err, f->name, "has rows of %llu bytes, which is too long to decode",
		                (unsigned long long)f->page.row);
	if (f->next_row == 0 && go_to_page(f, err) < 0)
		return -1;
	planes = planes_of(f);
	rc = TIFFIsTiled(f->tif) ? tile_band(f, err) : planes > 1 ? planes_band(f, planes, err) : strip_band(f, err);
	if (rc == 0 && f->next_row == f->page.height) {
		f->next_row = 0;
		f->done++;
	}
	return rc;
}

/* The next rows into a band; none after the last page. */
static void fill(void *ctx, size_t i)
{
	struct tiff_file *f = ctx;
	struct tiff_band *b = f->fill = &f->band[i];

	b->pos = b->len = 0;
	*tiff_said = '\0';
	b->failed = f->done < f->pages && fill_band(f, &b->err) < 0;
}

/* To a band that is filled, the next one being begun. A file of one band needs no thread. */
static int next_band(struct tiff_file *f, struct vol_err *err)
{
	bool first = false;

	if (f->ring) {
		par_wait(f->ring, f->now ^= 1);
	} else {
		first = f->done == 0 && f->next_row == 0;
		fill(f, f->now);
	}
	if (f->band[f->now].failed) {
		*err = f->band[f->now].err;
		return -1;
	}
	if (first && f->done < f->pages)
		f->ring = par_ring_new(2, 2, fill, f);
	if (f->ring && f->band[f->now].len > 0)
		par_submit(f->ring, f->now ^ 1);
	return f->band[f->now].len > 0;
}

ssize_t tiff_decode_read(struct tiff_file *f, char *buf, size_t n, struct vol_err *err)
{
	size_t have = 0;

	while (have < n) {
		struct tiff_band *b = &f->band[f->now];
		size_t take = b->len - b->pos < n - have ? b->len - b->pos : n - have;
		int there;

		if (take == 0) {
			there = next_band(f, err);
			if (there <= 0)
				return there < 0 ? -1 : (ssize_t)have;
			continue;
		}
		memcpy(buf + have, b->p + b->pos, take);
		b->pos += take;
		have += take;
	}
	return (ssize_t)have;
}

void tiff_decode_end(struct tiff_file *f)
{
	par_ring_free(f->ring);
	f->ring = NULL;
	for (int i = 0; i < 2; i++)
		free(f->band[i].p);
	free(f->part);
}
