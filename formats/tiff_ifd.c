/* tiff_ifd.c - the tags of a page, and the start of a file, as bytes.
 *
 * TIFF 6.0, sections 2 and 8; BigTIFF has all counts and offsets in 64 bits. A file is little-endian. Each page is whole
 * in itself, in colours that lie together, from top left; what ImageJ has to know of the stack is text in the first. */
#include <math.h>
#include <string.h>
#include <tiffio.h>

#include "tiff.h"

/* relative error of a resolution, above which a fraction of 32-bit numbers does not do: below what the reader calls
 * the same */
#define NEAR 1e-6

enum { ENTRIES_MAX = 20, STRIP = 256 << 10 };

/* ---- tags of a volume ---- */

/* The best fraction of 32-bit numbers for x > 0, by its continued fraction. False when none is near. */
static bool fraction(double x, uint32_t f[2])
{
	uint64_t p[2] = {1, 0}, q[2] = {0, 1};
	double rest = x;

	for (int i = 0; i < 64; i++) {
		double whole = floor(rest);
		uint64_t a, next[2];

		if (!(whole <= UINT32_MAX))
			break;
		a = (uint64_t)whole;
		next[0] = a * p[0] + p[1];
		next[1] = a * q[0] + q[1];
		if (next[0] > UINT32_MAX || next[1] > UINT32_MAX)
			break;
		p[1] = p[0];
		p[0] = next[0];
		q[1] = q[0];
		q[0] = next[1];
		if (rest == whole || fabs((double)p[0] / (double)q[0] / x - 1) < 1e-15)
			break;
		rest = 1 / (rest - whole);
	}
	f[0] = (uint32_t)p[0];
	f[1] = (uint32_t)q[0];
	return p[0] > 0 && q[0] > 0 && fabs((double)p[0] / (double)q[0] / x - 1) <= NEAR;
}

/* 64-bit offsets where a file could be 4 GiB; compressed voxels may come out a little larger than they are. */
static bool must_be_big(const struct vol_head *head, const struct tiff_tags *t)
{
	uint64_t bytes = vol_head_bytes(head), pages = vol_head_slices(head);
	uint64_t strips = pages * ((t->height + (uint64_t)t->strip_rows - 1) / t->strip_rows);

	if (bytes > UINT32_MAX || strips > UINT32_MAX / 16)
		return true;
	if (t->compress != TIFF_PLAIN)
		bytes += bytes / 2;
	return bytes + 1024 * pages + 16 * strips + (32 << 20) > UINT32_MAX;
}

/* Strips of a page of compressed rows: equally long, as far as they can be. */
static uint32_t strip_rows(uint64_t row, uint32_t height)
{
	uint64_t rows = row < STRIP ? STRIP / row : 1, strips = (height + rows - 1) / rows;

	return (uint32_t)((height + strips - 1) / strips);
}

int tiff_tags_make(const struct vol_head *head, const struct format_write *how, const char *name, struct tiff_tags *t,
                   struct vol_err *err)
{
	uint64_t row = head->grid.size[0] * head->channels * voxel_size(head->type);

	if (head->grid.size[0] > INT32_MAX || head->grid.size[1] > INT32_MAX)
		return vol_fail(err, name, "has slices of %llu x %llu: TIFF holds up to %d", (unsigned long long)head->grid.size[0],
		                (unsigned long long)head->grid.size[1], INT32_MAX);
	*t = (struct tiff_tags){.width = (uint32_t)head->grid.size[0], .height = (uint32_t)head->grid.size[1],
	                        .type = head->type, .channels = (uint16_t)head->channels,
	                        .compress = (enum tiff_compress)how->compress};
	for (int a = 0; a < 2; a++)
		if (!fraction(1 / grid_spacing(&head->grid, a), t->resolution[a]))
			return vol_fail(err, name, "has voxels of %g mm: TIFF's resolution cannot say that",
			                grid_spacing(&head->grid, a));
	t->strip_rows = t->compress == TIFF_PLAIN ? t->height : strip_rows(row, t->height);
	t->big = how->bigtiff || must_be_big(head, t);
	return 0;
}

uint16_t tiff_predictor(const struct tiff_tags *t)
{
	if (t->compress == TIFF_PLAIN)
		return PREDICTOR_NONE;
	return voxel_is_integer(t->type, NULL, NULL) ? PREDICTOR_HORIZONTAL : PREDICTOR_FLOATINGPOINT;
}

/* ---- bytes ---- */

static void put(unsigned char *to, uint64_t x, int bytes)
{
	for (; bytes--; x >>= 8)
		*to++ = (unsigned char)x;
}

/* A tag: count values of its type, which are small numbers (all the same one), numbers of an array, or text. */
struct entry {
	uint16_t tag, type;
	uint64_t count, value;
	const uint64_t *array;
	const char *text;
};

static int value_size(uint16_t type)
{
	return type == TIFF_ASCII ? 1 : type == TIFF_SHORT ? 2 : type == TIFF_LONG ? 4 : 8;
}

static uint16_t sample_format(enum voxel_type type)
{
	double lo;

	if (!voxel_is_integer(type, &lo, NULL))
		return SAMPLEFORMAT_IEEEFP;
	return lo < 0 ? SAMPLEFORMAT_INT : SAMPLEFORMAT_UINT;
}

/* All entries of a page, in ascending order of tags. */
static int make_entries(const struct tiff_ifd *d, struct entry *e)
{
	static const uint16_t code[] = {[TIFF_PLAIN] = COMPRESSION_NONE, [TIFF_DEFLATE] = COMPRESSION_ADOBE_DEFLATE,
	                                [TIFF_LZW] = COMPRESSION_LZW, [TIFF_ZSTD] = COMPRESSION_ZSTD};
	const struct tiff_tags *t = d->tags;
	uint16_t wide = t->big ? TIFF_LONG8 : TIFF_LONG;
	int n = 0;

#define ONE(tag_, type_, value_) e[n++] = (struct entry){.tag = tag_, .type = type_, .count = 1, .value = value_}
#define EACH(tag_, value_) e[n++] = (struct entry){.tag = tag_, .type = TIFF_SHORT, .count = t->channels, .value = value_}
	ONE(TIFFTAG_SUBFILETYPE, TIFF_LONG, 0);
	ONE(TIFFTAG_IMAGEWIDTH, TIFF_LONG, t->width);
	ONE(TIFFTAG_IMAGELENGTH, TIFF_LONG, t->height);
	EACH(TIFFTAG_BITSPERSAMPLE, 8 * voxel_size(t->type));
	ONE(TIFFTAG_COMPRESSION, TIFF_SHORT, code[t->compress]);
	ONE(TIFFTAG_PHOTOMETRIC, TIFF_SHORT, t->channels > 1 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK);
	if (d->text)
		e[n++] = (struct entry){.tag = TIFFTAG_IMAGEDESCRIPTION, .type = TIFF_ASCII, .count = strlen(d->text) + 1,
		                        .text = d->text};
	e[n++] = (struct entry){.tag = TIFFTAG_STRIPOFFSETS, .type = wide, .count = d->strips, .array = d->strip_at};
	ONE(TIFFTAG_SAMPLESPERPIXEL, TIFF_SHORT, t->channels);
	ONE(TIFFTAG_ROWSPERSTRIP, TIFF_LONG, t->strip_rows);
	e[n++] = (struct entry){.tag = TIFFTAG_STRIPBYTECOUNTS, .type = wide, .count = d->strips, .array = d->strip_bytes};
	for (int a = 0; a < 2; a++)
		ONE(a ? TIFFTAG_YRESOLUTION : TIFFTAG_XRESOLUTION, TIFF_RATIONAL,
		    t->resolution[a][0] | (uint64_t)t->resolution[a][1] << 32);
	/* the description has the unit, as ImageJ will have it */
	ONE(TIFFTAG_RESOLUTIONUNIT, TIFF_SHORT, RESUNIT_NONE);
	if (tiff_predictor(t) != PREDICTOR_NONE)
		ONE(TIFFTAG_PREDICTOR, TIFF_SHORT, tiff_predictor(t));
	if (t->channels == 4)
		ONE(TIFFTAG_EXTRASAMPLES, TIFF_SHORT, EXTRASAMPLE_UNASSALPHA);
	EACH(TIFFTAG_SAMPLEFORMAT, sample_format(t->type));
#undef ONE
#undef EACH
	return n;
}

/* Bytes of a value that stands outside of its entry, a multiple of 8; 0 when it stands inside. */
static size_t outside(const struct entry *e, bool big)
{
	size_t n = (size_t)(e->count * (uint64_t)value_size(e->type));

	return n <= (big ? 8 : 4) ? 0 : (n + 7) / 8 * 8;
}

static size_t table_size(int entries, bool big)
{
	size_t n = big ? 8 + 20 * (size_t)entries + 8 : 2 + 12 * (size_t)entries + 4;

	return (n + 7) / 8 * 8;
}

size_t tiff_ifd_size(const struct tiff_ifd *d)
{
	struct entry e[ENTRIES_MAX];
	int n = make_entries(d, e);
	size_t size = table_size(n, d->tags->big);

	for (int i = 0; i < n; i++)
		size += outside(e + i, d->tags->big);
	return size;
}

static void put_values(const struct entry *e, unsigned char *to)
{
	int size = value_size(e->type);

	if (e->text) {
		memcpy(to, e->text, e->count);
		return;
	}
	for (uint64_t i = 0; i < e->count; i++)
		put(to + i * (uint64_t)size, e->array ? e->array[i] : e->value, size);
}

void tiff_ifd_print(const struct tiff_ifd *d, uint64_t at, uint64_t next, unsigned char *out)
{
	bool big = d->tags->big;
	struct entry e[ENTRIES_MAX];
	int n = make_entries(d, e), wide = big ? 8 : 4;
	size_t far = table_size(n, big), far_size;
	unsigned char *p = out + (big ? 8 : 2);

	memset(out, 0, tiff_ifd_size(d));
	put(out, (uint64_t)n, big ? 8 : 2);
	for (int i = 0; i < n; i++, p += 4 + 2 * wide) {
		put(p, e[i].tag, 2);
		put(p + 2, e[i].type, 2);
		put(p + 4, e[i].count, wide);
		far_size = outside(e + i, big);
		put_values(e + i, far_size ? out + far : p + 4 + wide);
		if (far_size)
			put(p + 4 + wide, at + far, wide);
		far += far_size;
	}
	put(p, next, wide);
}

size_t tiff_ifd_next(const struct tiff_ifd *d)
{
	struct entry e[ENTRIES_MAX];
	size_t n = (size_t)make_entries(d, e);

	return d->tags->big ? 8 + 20 * n : 2 + 12 * n;
}

size_t tiff_head_size(const struct tiff_tags *t)
{
	return t->big ? 16 : 8;
}

void tiff_head_print(const struct tiff_tags *t, uint64_t first, unsigned char out[TIFF_HEAD_MAX])
{
	memcpy(out, t->big ? "II+\0" : "II*\0", 4);
	if (!t->big) {
		put(out + 4, first, 4);
		return;
	}
	put(out + 4, 8, 2); /* bytes of an offset */
	put(out + 6, 0, 2);
	put(out + 8, first, 8);
}
