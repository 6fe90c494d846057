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
#include <unistd.h>

#include "bytes.h"
#include "io/fd.h"
#include "tiff_inside.h"

/* ---- libtiff ---- */

_Thread_local char tiff_said[200];

static void keep(thandle_t h, const char *module, const char *fmt, va_list args)
{
	size_t n;

	(void)h;
	(void)module;
	vsnprintf(tiff_said, sizeof tiff_said, fmt, args);
	n = strlen(tiff_said);
	while (n > 0 && (tiff_said[n - 1] == '.' || tiff_said[n - 1] == '\n'))
		tiff_said[--n] = '\0';
}

void tiff_listen(void)
{
	TIFFSetErrorHandler(NULL);
	TIFFSetWarningHandler(NULL);
	TIFFSetErrorHandlerExt(keep);
}

static int fail(const struct tiff_file *f, const char *what, struct vol_err *err)
{
	return vol_fail(err, f->name, "page %llu %s%s%s", (unsigned long long)f->pages, what, *tiff_said ? ": " : "", tiff_said);
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
		f->fd = got < 0 ? -1 : bytes_spool(b, err);
		bytes_close(b);
	}
	if (f->fd < 0)
		return -1;
	if (fstat(f->fd, &st) < 0)
		return vol_fail_errno(err, f->name, "cannot be read");
	f->size = (uint64_t)st.st_size - f->base;
	return 0;
}

/* ---- all pages ---- */

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
	return tiff_page_take(f, &f->page, err);
}

static int take_next(struct tiff_file *f, struct vol_err *err)
{
	struct tiff_page p;
	int as_is;

	if (f->pages == 0 ? take_first(f, err) < 0 : tiff_page_take(f, &p, err) < 0)
		return -1;
	if (f->pages > 0 && !tiff_page_same(&p, &f->page))
		return vol_fail(err, f->name, "page %llu is %u x %u %s, and page 0 is %u x %u %s", (unsigned long long)f->pages,
		                p.width, p.height, voxel_name(p.type), f->page.width, f->page.height,
		                voxel_name(f->page.type));
	as_is = f->as_is ? tiff_asis_add(f, err) : 0;
	f->as_is = as_is > 0;
	f->pages++;
	return as_is < 0 ? -1 : 0;
}

static int take_all(struct tiff_file *f, struct vol_err *err)
{
	for (;;) {
		if (tiff_is_slice(f->tif) && take_next(f, err) < 0)
			return -1;
		*tiff_said = '\0';
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

	tiff_listen();
	if (!f) {
		vol_fail(err, path, "out of memory");
		return NULL;
	}
	f->fd = -1;
	f->as_is = true;
	*tiff_said = '\0';
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
	tiff_decode_end(f);
	if (f->tif)
		TIFFClose(f->tif);
	if (f->fd >= 0)
		close(f->fd);
	free(f->name);
	free(f->text);
	free(f->run);
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

bool tiff_file_as_is(const struct tiff_file *f, bool *big)
{
	*big = f->big && voxel_size(f->page.type) > 1;
	return f->as_is;
}

void tiff_file_decode(struct tiff_file *f)
{
	f->as_is = false;
}

ssize_t tiff_file_read(struct tiff_file *f, void *buf, size_t n, struct vol_err *err)
{
	return f->as_is ? tiff_asis_read(f, buf, n, err) : tiff_decode_read(f, buf, n, err);
}
