#include "pixels.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alg/bits.h"
#include "colour.h"
#include "dcmtk.h"
#include "input.h"
#include "io/fd.h"

unsigned dicom_pixels_channels(const struct dicom_pixels *p)
{
	return p->colour == DICOM_GREY ? 1 : 3;
}

unsigned dicom_pixels_bits(const struct dicom_pixels *p)
{
	return p->palette ? p->palette->bits : p->allocated;
}

unsigned dicom_pixels_samples(const struct dicom_pixels *p)
{
	return p->colour == DICOM_GREY || p->colour == DICOM_PALETTE ? 1 : 3;
}

size_t dicom_pixels_bytes(const struct dicom_pixels *p)
{
	return (size_t)p->rows * p->columns * dicom_pixels_channels(p) * (dicom_pixels_bits(p) / 8);
}

size_t dicom_pixels_stored(const struct dicom_pixels *p)
{
	return (size_t)p->rows * p->columns * (colour_halved(p) ? 2 : dicom_pixels_samples(p)) * (p->allocated / 8);
}

bool dicom_pixels_plain(const struct dicom_pixels *p)
{
	return p->codec == DICOM_NATIVE && p->swap == 0 && !p->mosaic_columns && bits_full(p->allocated, p->stored, p->high) &&
	       colour_plain(p);
}

static int read_native(const char *path, const struct dicom_pixels *p, void *out, size_t n,
                       struct vol_err *err)
{
	uint64_t start, end;
	int fd = input_open(path, &start, &end);
	ssize_t got;

	if (fd < 0)
		return vol_fail_errno(err, path, "cannot be opened");
	if (p->codec == DICOM_DEFLATED) {
		int rc = deflated_read(path, fd, end, p, out, n, err);

		close(fd);
		return rc;
	}
	got = fd_pread(fd, out, n, (off_t)p->offset, path, err);
	/* the second byte of the last word stands for an odd last pixel */
	if (got == (ssize_t)n && p->swap && n & 1) {
		ssize_t last = p->offset + n >= end ? 0 :
			fd_pread(fd, (char *)out + n - 1, 1, (off_t)(p->offset + n), path, err);

		got = last < 0 ? -1 : got - (last == 0);
	}
	close(fd);
	if (got >= 0 && (size_t)got < n)
		return vol_fail(err, path, "ends after %zd of %zu bytes of pixels [truncated]", got, n);
	if (got < 0)
		return -1;
	if (p->swap)
		bits_swap(out, n);
	return 0;
}

static int read_encapsulated(const char *path, const struct dicom_pixels *p, void *out, struct vol_err *err)
{
	unsigned char *data;
	size_t length;
	int rc;

	if (fragments_read(path, p, &data, &length, err) < 0)
		return -1;
	if (p->codec == DICOM_RLE)
		rc = rle_decode(path, data, length, p, out, err);
	else if (p->codec == DICOM_JPEG2000)
		rc = jpeg2000_decode(path, data, length, p, out, err);
	else
		rc = jpeg_check(path, data, length, p, err) < 0 ? -1 : dcmtk_decode(path, p, data, length, out, err);
	free(data);
	return rc;
}

int dicom_tiles_read(const char *path, const struct dicom_pixels *const *tile, size_t n, void *out, struct vol_err *err)
{
	struct dicom_pixels whole = *tile[0];
	size_t word = (size_t)dicom_pixels_channels(&whole) * (dicom_pixels_bits(&whole) / 8), row = whole.columns * word, stride = whole.mosaic_columns * word;
	unsigned char *buf, *to = out;
	int rc;

	whole.columns = whole.mosaic_columns;
	whole.rows = whole.mosaic_rows;
	whole.mosaic_columns = whole.mosaic_rows = 0;
	buf = malloc(dicom_pixels_bytes(&whole));
	if (!buf)
		return vol_fail(err, path, "out of memory");
	rc = dicom_pixels_read(path, &whole, buf, err);
	for (size_t i = 0; rc == 0 && i < n; i++)
		for (size_t y = 0; y < tile[i]->rows; y++, to += row)
			memcpy(to, buf + (tile[i]->top + y) * stride + tile[i]->left * word, row);
	free(buf);
	return rc;
}

/* What dicom_pixels_stored counts, settled. */
static int read_stored(const char *path, const struct dicom_pixels *p, void *out, struct vol_err *err)
{
	size_t n = dicom_pixels_stored(p);
	int rc;

	if (p->codec == DICOM_NATIVE || p->codec == DICOM_DEFLATED)
		rc = read_native(path, p, out, n, err);
	else
		rc = read_encapsulated(path, p, out, err);
	if (rc == 0)
		bits_settle(out, n / (p->allocated / 8), p->allocated, p->stored, p->high, p->is_signed);
	return rc;
}

int dicom_pixels_read(const char *path, const struct dicom_pixels *p, void *out, struct vol_err *err)
{
	void *stored = out;
	int rc;

	if (p->mosaic_columns)
		return dicom_tiles_read(path, &p, 1, out, err);
	if (!colour_in_place(p) && !(stored = malloc(dicom_pixels_stored(p))))
		return vol_fail(err, path, "out of memory");
	rc = read_stored(path, p, stored, err);
	if (rc == 0)
		colour_make(p, stored, out);
	if (stored != out)
		free(stored);
	return rc;
}
