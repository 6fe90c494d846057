/* tiff_file.c - a TIFF file, its pages and their voxels, by libtiff.
 *
 * libtiff goes back and forth in a file, so that a pipe is put into a temporary file first. Where voxels lie in the file
 * as they are, they are read past libtiff, at the speed of the disk. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <tiffio.h>
#include <unistd.h>

#include "bytes.h"
#include "io/fd.h"
#include "tiff.h"

enum {
	BAND = 4 << 20,       /* strips up to here are decoded at once, longer ones row by row */
	ROW_MAX = 64 << 20,   /* bytes of a row, or of a tile, that has to be decoded */
	SKIPPED_PAGES = 5     /* FILETYPE_REDUCEDIMAGE | FILETYPE_MASK: previews and masks are no slices */
};

struct tiff_file {
	char *name;
	int fd;
	uint64_t base, size;  /* of the file: where it starts on the descriptor, bytes from there on */
	uint64_t pos;         /* libtiff's */
	TIFF *tif;
	struct tiff_page page;
	uint64_t pages;
	char *text;
	bool has_resolution;
	double per_unit[2];
	int unit;

	/* as it is */
	bool as_is, big;
	struct tiff_run *run;
	size_t runs, room, at; /* at: the one that is read */
	uint64_t used;         /* bytes of it that are read */

	/* decoded */
	uint64_t done;         /* pages whose last band was decoded */
	uint32_t next_row;     /* of the page, to be decoded next; 0 before the page is looked up */
	unsigned char *band, *tile;
	size_t band_size, band_len, band_pos;
};

/* ---- libtiff ---- */

/* What libtiff said last: it knows best what is wrong, and says it before it returns. */
static _Thread_local char said[200];

static void keep(thandle_t h, const char *module, const char *fmt, va_list args)
{
	size_t n;

	(void)h;
	(void)module;
	vsnprintf(said, sizeof said, fmt, args);
	n = strlen(said);
	while (n > 0 && (said[n - 1] == '.' || said[n - 1] == '\n'))
		said[--n] = '\0';
}

static int fail(const struct tiff_file *f, const char *what, struct vol_err *err)
{
	return vol_fail(err, f->name, "page %llu %s%s%s", (unsigned long long)f->pages, what, *said ? ": " : "", said);
}

static tmsize_t tif_read(thandle_t h, void *buf, tmsize_t n)
{
	struct tiff_file *f = h;
	struct vol_err why;
	ssize_t got;

	if (n < 0 || f->pos > f->size)
		return 0;
	got = fd_pread(f->fd, buf, (size_t)n, (off_t)(f->base + f->pos), f->name, &why);
	f->pos += got > 0 ? (uint64_t)got : 0;
	return got;
}

static tmsize_t tif_write(thandle_t h, void *buf, tmsize_t n)
{
	(void)h;
	(void)buf;
	(void)n;
	return -1;
}

static toff_t tif_seek(thandle_t h, toff_t offset, int whence)
{
	struct tiff_file *f = h;

	f->pos = (whence == SEEK_CUR ? f->pos : whence == SEEK_END ? f->size : 0) + offset;
	return f->pos;
}

static int tif_close(thandle_t h)
{
	(void)h;
	return 0;
}

static toff_t tif_size(thandle_t h)
{
	return ((struct tiff_file *)h)->size;
}

/* ---- the file ---- */

/* All of b, as it comes, in a file without a name. */
static int spool(struct bytes *b, struct vol_err *err)
{
	int fd = fd_unnamed(err);

	if (fd >= 0 && bytes_drain(b, fd, "temporary file", UINT64_MAX >> 1, err) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int open_fd(struct tiff_file *f, const char *path, struct vol_err *err)
{
	bool from_stdin = !path || strcmp(path, "-") == 0;
	struct bytes *b = bytes_open(path, err);
	const unsigned char *start;
	struct stat st;
	ssize_t got;
	off_t at;

	if (!b)
		return -1;
	f->name = strdup(bytes_name(b));
	got = bytes_peek(b, &start, 8, err);
	if (f->name && got >= 0 && (got == 0 || !vol_format_tiff.sniff(start, (size_t)got)))
		got = vol_fail(err, f->name, got ? "is not TIFF (no magic)" : "is empty: nothing came to read");
	else if (!f->name)
		got = vol_fail(err, path, "out of memory");
	if (got >= 0 && !bytes_compressed(b) && bytes_reopen(b)) {
		f->fd = from_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
		if (f->fd < 0)
			return vol_fail_errno(err, f->name, "cannot be opened");
		at = lseek(f->fd, 0, SEEK_CUR);
		f->base = at > 0 ? (uint64_t)at : 0;
	} else {
		f->fd = got < 0 ? -1 : spool(b, err);
		bytes_close(b);
	}
	if (f->fd < 0)
		return -1;
	if (fstat(f->fd, &st) < 0)
		return vol_fail_errno(err, f->name, "cannot be read");
	f->size = (uint64_t)st.st_size - f->base;
	return 0;
}

/* ---- a page ---- */

static int take_type(struct tiff_file *f, struct tiff_page *p, struct vol_err *err)
{
	static const struct {
		uint16_t bits, format;
		enum voxel_type type;
	} types[] = {
		{8, SAMPLEFORMAT_UINT, VOXEL_UINT8}, {8, SAMPLEFORMAT_INT, VOXEL_INT8},
		{16, SAMPLEFORMAT_UINT, VOXEL_UINT16}, {16, SAMPLEFORMAT_INT, VOXEL_INT16},
		{32, SAMPLEFORMAT_UINT, VOXEL_UINT32}, {32, SAMPLEFORMAT_INT, VOXEL_INT32},
		{32, SAMPLEFORMAT_IEEEFP, VOXEL_FLOAT}, {64, SAMPLEFORMAT_IEEEFP, VOXEL_DOUBLE},
	};
	static const char *const kind[] = {"", "unsigned", "signed", "floating-point", "undefined", "complex", "complex"};
	uint16_t bits, format;

	TIFFGetFieldDefaulted(f->tif, TIFFTAG_BITSPERSAMPLE, &bits);
	TIFFGetFieldDefaulted(f->tif, TIFFTAG_SAMPLEFORMAT, &format);
	if (format == SAMPLEFORMAT_VOID)
		format = SAMPLEFORMAT_UINT;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].bits == bits && types[i].format == format) {
			p->type = types[i].type;
			return 0;
		}
	return vol_fail(err, f->name, "pixels are %s numbers of %d bits: a volume stream has no such voxels",
	                format < sizeof kind / sizeof *kind ? kind[format] : "unknown", bits);
}

static int take_colour(struct tiff_file *f, struct tiff_page *p, struct vol_err *err)
{
	uint16_t samples, photometric = PHOTOMETRIC_MINISBLACK, planes;

	TIFFGetFieldDefaulted(f->tif, TIFFTAG_SAMPLESPERPIXEL, &samples);
	TIFFGetFieldDefaulted(f->tif, TIFFTAG_PLANARCONFIG, &planes);
	TIFFGetField(f->tif, TIFFTAG_PHOTOMETRIC, &photometric);
	p->channels = samples;
	if (samples > 1 && planes == PLANARCONFIG_SEPARATE)
		return vol_fail(err, f->name, "has its colours in planes apart: run tiffcp -p contig first");
	if (photometric == PHOTOMETRIC_RGB && (samples == 3 || samples == 4))
		return 0;
	if (samples != 1)
		return vol_fail(err, f->name, "has %d numbers a pixel, which are no RGB (photometric interpretation %d)", samples,
		                photometric);
	if (photometric == PHOTOMETRIC_MINISWHITE && f->pages == 0)
		vol_warn(f->name, "is meant to be shown with 0 as white: the numbers are taken as they are");
	else if (photometric == PHOTOMETRIC_PALETTE && f->pages == 0)
		vol_note(f->name, "has a colour map: the numbers are taken as they are");
	return 0;
}

static int take_page(struct tiff_file *f, struct tiff_page *p, struct vol_err *err)
{
	uint16_t orientation, compression;
	uint32_t depth;

	if (!TIFFGetField(f->tif, TIFFTAG_IMAGEWIDTH, &p->width) || !TIFFGetField(f->tif, TIFFTAG_IMAGELENGTH, &p->height) ||
	    p->width == 0 || p->height == 0)
		return vol_fail(err, f->name, "page %llu has no size", (unsigned long long)f->pages);
	TIFFGetFieldDefaulted(f->tif, TIFFTAG_IMAGEDEPTH, &depth);
	if (depth != 1)
		return vol_fail(err, f->name, "page %llu is a volume in itself (ImageDepth %u), which is not supported",
		                (unsigned long long)f->pages, depth);
	TIFFGetFieldDefaulted(f->tif, TIFFTAG_ORIENTATION, &orientation);
	if (orientation != ORIENTATION_TOPLEFT)
		return vol_fail(err, f->name, "page %llu is not stored from top left (orientation %d): save it so first",
		                (unsigned long long)f->pages, orientation);
	TIFFGetFieldDefaulted(f->tif, TIFFTAG_COMPRESSION, &compression);
	if (!TIFFIsCODECConfigured(compression))
		return vol_fail(err, f->name, "is compressed in a way that libtiff does not know here (%d)", compression);
	if (take_type(f, p, err) < 0 || take_colour(f, p, err) < 0)
		return -1;
	if (!size_mul((uint64_t)p->width * p->channels, voxel_size(p->type), &p->row))
		return vol_fail(err, f->name, "has rows that are too long");
	return 0;
}

static bool same_page(const struct tiff_page *a, const struct tiff_page *b)
{
	return a->width == b->width && a->height == b->height && a->type == b->type && a->channels == b->channels;
}

/* ---- voxels as they lie ---- */

static int add_run(struct tiff_file *f, uint64_t at, uint64_t bytes, struct vol_err *err)
{
	struct tiff_run *last = f->runs ? f->run + f->runs - 1 : NULL, *more;

	if (last && last->at + last->bytes == at) {
		last->bytes += bytes;
		return 0;
	}
	if (f->runs == f->room) {
		more = realloc(f->run, (f->room = 2 * f->room + 16) * sizeof *more);
		if (!more)
			return vol_fail(err, f->name, "out of memory");
		f->run = more;
	}
	f->run[f->runs++] = (struct tiff_run){at, bytes};
	return 0;
}

/* Do the strips of this page hold its rows as they are? Note where. 1, 0 when not, -1. */
static int add_strips(struct tiff_file *f, const struct tiff_page *p, struct vol_err *err)
{
	uint32_t rows, strips = TIFFNumberOfStrips(f->tif);
	uint16_t compression, order;

	TIFFGetFieldDefaulted(f->tif, TIFFTAG_COMPRESSION, &compression);
	TIFFGetFieldDefaulted(f->tif, TIFFTAG_FILLORDER, &order);
	TIFFGetFieldDefaulted(f->tif, TIFFTAG_ROWSPERSTRIP, &rows);
	if (compression != COMPRESSION_NONE || order != FILLORDER_MSB2LSB || TIFFIsTiled(f->tif) || rows == 0)
		return 0;
	for (uint32_t s = 0, row = 0; row < p->height; s++, row += rows) {
		uint64_t bytes, at = s < strips ? TIFFGetStrileOffset(f->tif, s) : 0;

		if (rows > p->height - row)
			rows = p->height - row;
		if (!size_mul(p->row, rows, &bytes) || at == 0 || at > f->size || bytes > f->size - at)
			return vol_fail(err, f->name, "ends inside the voxels of page %llu", (unsigned long long)f->pages);
		/* no byte is voxels of two pages: else a small file could be a large volume */
		if ((f->used += bytes) > f->size)
			return vol_fail(err, f->name, "has pages that share their voxels");
		if (add_run(f, at, bytes, err) < 0)
			return -1;
	}
	return 1;
}

/* ---- all pages ---- */

static bool is_slice(TIFF *tif)
{
	uint32_t kind = 0;

	TIFFGetFieldDefaulted(tif, TIFFTAG_SUBFILETYPE, &kind);
	return !(kind & SKIPPED_PAGES);
}

static int take_first(struct tiff_file *f, struct vol_err *err)
{
	const char *text;
	float x, y;
	uint16_t unit;

	f->text = strdup(TIFFGetField(f->tif, TIFFTAG_IMAGEDESCRIPTION, &text) ? text : "");
	if (!f->text)
		return vol_fail(err, f->name, "out of memory");
	TIFFGetFieldDefaulted(f->tif, TIFFTAG_RESOLUTIONUNIT, &unit);
	f->has_resolution = TIFFGetField(f->tif, TIFFTAG_XRESOLUTION, &x) && TIFFGetField(f->tif, TIFFTAG_YRESOLUTION, &y);
	f->unit = unit;
	if (f->has_resolution) {
		f->per_unit[0] = x;
		f->per_unit[1] = y;
	}
	return take_page(f, &f->page, err);
}

static int take_next(struct tiff_file *f, struct vol_err *err)
{
	struct tiff_page p;
	int as_is;

	if (f->pages == 0 ? take_first(f, err) < 0 : take_page(f, &p, err) < 0)
		return -1;
	if (f->pages > 0 && !same_page(&p, &f->page))
		return vol_fail(err, f->name, "page %llu is %u x %u %s, and page 0 is %u x %u %s", (unsigned long long)f->pages,
		                p.width, p.height, voxel_name(p.type), f->page.width, f->page.height,
		                voxel_name(f->page.type));
	as_is = f->as_is ? add_strips(f, &f->page, err) : 0;
	f->as_is = as_is > 0;
	f->pages++;
	return as_is < 0 ? -1 : 0;
}

static int take_all(struct tiff_file *f, struct vol_err *err)
{
	for (;;) {
		if (is_slice(f->tif) && take_next(f, err) < 0)
			return -1;
		*said = '\0';
		if (TIFFLastDirectory(f->tif))
			break;
		if (!TIFFReadDirectory(f->tif))
			return fail(f, "has damaged tags", err);
	}
	f->used = 0;
	return f->pages ? 0 : vol_fail(err, f->name, "has only previews and masks");
}

struct tiff_file *tiff_file_open(const char *path, struct vol_err *err)
{
	struct tiff_file *f = calloc(1, sizeof *f);

	TIFFSetErrorHandler(NULL);
	TIFFSetWarningHandler(NULL);
	TIFFSetErrorHandlerExt(keep);
	if (!f) {
		vol_fail(err, path, "out of memory");
		return NULL;
	}
	f->fd = -1;
	f->as_is = true;
	*said = '\0';
	if (open_fd(f, path, err) < 0)
		goto fail;
	/* m: not mapped, which would raise SIGBUS when the file is cut short meanwhile */
	f->tif = TIFFClientOpen(f->name, "rm", f, tif_read, tif_write, tif_seek, tif_close, tif_size, NULL, NULL);
	if (!f->tif) {
		fail(f, "has damaged tags", err);
		goto fail;
	}
	f->big = TIFFIsBigEndian(f->tif);
	if (take_all(f, err) == 0)
		return f;
fail:
	tiff_file_close(f);
	return NULL;
}

void tiff_file_close(struct tiff_file *f)
{
	if (!f)
		return;
	if (f->tif)
		TIFFClose(f->tif);
	if (f->fd >= 0)
		close(f->fd);
	free(f->name);
	free(f->text);
	free(f->run);
	free(f->band);
	free(f->tile);
	free(f);
}

const char *tiff_file_name(const struct tiff_file *f)
{
	return f->name;
}

const struct tiff_page *tiff_file_page(const struct tiff_file *f)
{
	return &f->page;
}

uint64_t tiff_file_pages(const struct tiff_file *f)
{
	return f->pages;
}

const char *tiff_file_text(const struct tiff_file *f)
{
	return f->text;
}

bool tiff_file_resolution(const struct tiff_file *f, double per_unit[2], int *unit)
{
	per_unit[0] = f->per_unit[0];
	per_unit[1] = f->per_unit[1];
	*unit = f->unit;
	return f->has_resolution && f->per_unit[0] > 0 && f->per_unit[1] > 0;
}

int tiff_file_repeat(struct tiff_file *f, uint64_t n, struct vol_err *err)
{
	uint64_t bytes;

	if (!f->as_is || f->runs != 1)
		return vol_fail(err, f->name, "has %llu of the %llu pages that its description tells", (unsigned long long)f->pages,
		                (unsigned long long)n);
	if (!size_mul(f->run->bytes, n, &bytes) || bytes > f->size - f->run->at)
		return vol_fail(err, f->name, "ends inside the voxels of %llu pages that its description tells",
		                (unsigned long long)n);
	f->run->bytes = bytes;
	f->pages = n;
	return 0;
}

bool tiff_file_as_is(const struct tiff_file *f, bool *big)
{
	*big = f->big && voxel_size(f->page.type) > 1;
	return f->as_is;
}

void tiff_file_decode(struct tiff_file *f)
{
	f->as_is = false;
}

/* ---- reading as it lies ---- */

static ssize_t read_runs(struct tiff_file *f, char *buf, size_t n, struct vol_err *err)
{
	size_t have = 0;

	while (have < n && f->at < f->runs) {
		const struct tiff_run *r = f->run + f->at;
		size_t want = n - have < r->bytes - f->used ? n - have : (size_t)(r->bytes - f->used);
		ssize_t got = fd_pread(f->fd, buf + have, want, (off_t)(f->base + r->at + f->used), f->name, err);

		if (got < 0)
			return -1;
		have += (size_t)got;
		f->used += (uint64_t)got;
		if ((size_t)got < want)
			break;
		if (f->used == r->bytes) {
			f->at++;
			f->used = 0;
		}
	}
	return (ssize_t)have;
}

int64_t tiff_file_drain(struct tiff_file *f, int fd, const char *fd_name, uint64_t n, struct vol_err *err)
{
	uint64_t done = 0;

	while (done < n && f->at < f->runs) {
		const struct tiff_run *r = f->run + f->at;
		uint64_t want = n - done < r->bytes - f->used ? n - done : r->bytes - f->used;
		off_t at = (off_t)(f->base + r->at + f->used);
		int64_t moved = fd_move(f->fd, &at, fd, want, f->name, fd_name, err);

		if (moved < 0)
			return -1;
		done += (uint64_t)moved;
		f->used += (uint64_t)moved;
		if ((uint64_t)moved < want)
			break;
		if (f->used == r->bytes) {
			f->at++;
			f->used = 0;
		}
	}
	return (int64_t)done;
}

/* ---- decoding ---- */

static int damaged(const struct tiff_file *f, struct vol_err *err)
{
	return vol_fail(err, f->name, "page %llu cannot be decoded from row %u on%s%s", (unsigned long long)f->done,
	                f->next_row, *said ? ": " : "", said);
}

static int make_band(struct tiff_file *f, uint64_t rows, struct vol_err *err)
{
	size_t need = (size_t)(rows * f->page.row);
	unsigned char *more;

	f->band_len = need;
	f->band_pos = 0;
	if (need <= f->band_size)
		return 0;
	/* backed by memory only as pixels come */
	more = realloc(f->band, need);
	if (!more)
		return vol_fail(err, f->name, "out of memory");
	f->band = more;
	f->band_size = need;
	return 0;
}

static int strip_band(struct tiff_file *f, struct vol_err *err)
{
	uint32_t strip_rows, left = f->page.height - f->next_row, rows;
	uint64_t strip;

	TIFFGetFieldDefaulted(f->tif, TIFFTAG_ROWSPERSTRIP, &strip_rows);
	if (strip_rows == 0 || TIFFScanlineSize64(f->tif) != f->page.row)
		return damaged(f, err);
	rows = strip_rows < left ? strip_rows : left;
	strip = f->page.row * rows;
	if (f->next_row % strip_rows == 0 && strip <= BAND) {
		if (make_band(f, rows, err) < 0)
			return -1;
		if (TIFFReadEncodedStrip(f->tif, f->next_row / strip_rows, f->band, (tmsize_t)strip) != (tmsize_t)strip)
			return damaged(f, err);
		f->next_row += rows;
		return 0;
	}
	rows = (uint32_t)(BAND / f->page.row);
	rows = rows > left ? left : rows ? rows : 1;
	if (make_band(f, rows, err) < 0)
		return -1;
	for (uint32_t i = 0; i < rows; i++, f->next_row++)
		if (TIFFReadScanline(f->tif, f->band + i * f->page.row, f->next_row, 0) != 1)
			return damaged(f, err);
	return 0;
}

static int tile_band(struct tiff_file *f, struct vol_err *err)
{
	uint32_t width = 0, height = 0, rows;
	size_t pixel = f->page.channels * voxel_size(f->page.type), tile_row;
	uint64_t size = TIFFTileSize64(f->tif), band;

	TIFFGetField(f->tif, TIFFTAG_TILEWIDTH, &width);
	TIFFGetField(f->tif, TIFFTAG_TILELENGTH, &height);
	if (width == 0 || height == 0 || size == 0)
		return damaged(f, err);
	rows = height < f->page.height - f->next_row ? height : f->page.height - f->next_row;
	if (size > ROW_MAX || !size_mul(f->page.row, rows, &band) || band > 4ull * ROW_MAX)
		return vol_fail(err, f->name, "has tiles that are too large (%u x %u)", width, height);
	tile_row = width * pixel;
	if (size != (uint64_t)tile_row * height)
		return damaged(f, err);
	if (!f->tile && !(f->tile = malloc((size_t)size)))
		return vol_fail(err, f->name, "out of memory");
	if (make_band(f, rows, err) < 0)
		return -1;
	for (uint64_t x = 0; x < f->page.width; x += width) {
		size_t n = (x + width > f->page.width ? f->page.width - (size_t)x : width) * pixel;
		uint32_t tile = TIFFComputeTile(f->tif, (uint32_t)x, f->next_row, 0, 0);

		if (TIFFReadEncodedTile(f->tif, tile, f->tile, (tmsize_t)size) != (tmsize_t)size)
			return damaged(f, err);
		for (uint32_t i = 0; i < rows; i++)
			memcpy(f->band + i * f->page.row + x * pixel, f->tile + i * tile_row, n);
	}
	f->next_row += rows;
	return 0;
}

/* To the page whose turn it is, which is as it was when all were looked at. */
static int go_to_page(struct tiff_file *f, struct vol_err *err)
{
	struct tiff_page p;
	uint64_t pages = f->pages;
	bool there = f->done == 0 ? TIFFSetDirectory(f->tif, 0) : TIFFReadDirectory(f->tif);
	int rc;

	while (there && !is_slice(f->tif))
		there = TIFFReadDirectory(f->tif);
	if (!there)
		return damaged(f, err);
	f->pages = f->done; /* for messages */
	rc = f->done > 0 ? take_page(f, &p, err) : 0;
	f->pages = pages;
	if (rc == 0 && f->done > 0 && !same_page(&p, &f->page))
		return vol_fail(err, f->name, "changed while it was read");
	free(f->tile); /* tiles may have another size in every page */
	f->tile = NULL;
	return rc;
}

static ssize_t read_bands(struct tiff_file *f, char *buf, size_t n, struct vol_err *err)
{
	size_t have = 0;

	*said = '\0';
	while (have < n) {
		size_t take = f->band_len - f->band_pos < n - have ? f->band_len - f->band_pos : n - have;

		if (take) {
			memcpy(buf + have, f->band + f->band_pos, take);
			f->band_pos += take;
			have += take;
			continue;
		}
		if (f->done == f->pages)
			break;
		if (f->page.row > ROW_MAX)
			return vol_fail(err, f->name, "has rows of %llu bytes, which is too long to decode",
			                (unsigned long long)f->page.row);
		if (f->next_row == 0 && go_to_page(f, err) < 0)
			return -1;
		if ((TIFFIsTiled(f->tif) ? tile_band(f, err) : strip_band(f, err)) < 0)
			return -1;
		if (f->next_row == f->page.height) {
			f->next_row = 0;
			f->done++;
		}
	}
	return (ssize_t)have;
}

ssize_t tiff_file_read(struct tiff_file *f, void *buf, size_t n, struct vol_err *err)
{
	return f->as_is ? read_runs(f, buf, n, err) : read_bands(f, buf, n, err);
}
