/* tiff_asis.c - voxels that lie in the file as they are: they are read past libtiff, at the speed of the disk. */
#include <stdlib.h>

#include "io/fd.h"
#include "tiff_inside.h"

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

int tiff_asis_add(struct tiff_file *f, struct vol_err *err)
{
	const struct tiff_page *p = &f->page;
	uint32_t rows, strips = TIFFNumberOfStrips(f->tif);
	uint16_t compression, order, planes;

	TIFFGetFieldDefaulted(f->tif, TIFFTAG_COMPRESSION, &compression);
	TIFFGetFieldDefaulted(f->tif, TIFFTAG_FILLORDER, &order);
	TIFFGetFieldDefaulted(f->tif, TIFFTAG_PLANARCONFIG, &planes);
	TIFFGetFieldDefaulted(f->tif, TIFFTAG_ROWSPERSTRIP, &rows);
	if (compression != COMPRESSION_NONE || order != FILLORDER_MSB2LSB || TIFFIsTiled(f->tif) || rows == 0 ||
	    (planes == PLANARCONFIG_SEPARATE && p->channels > 1))
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

/* ---- reading as it lies ---- */

ssize_t tiff_asis_read(struct tiff_file *f, char *buf, size_t n, struct vol_err *err)
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
