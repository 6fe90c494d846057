#include "pixels.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "alg/bits.h"
#include "dcmtk.h"
#include "input.h"
#include "io/fd.h"

size_t dicom_pixels_bytes(const struct dicom_pixels *p)
{
	return (size_t)p->rows * p->columns * (p->allocated / 8);
}

bool dicom_pixels_plain(const struct dicom_pixels *p)
{
	return p->codec == DICOM_NATIVE && p->swap == 0 && bits_full(p->allocated, p->stored, p->high);
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

int dicom_pixels_read(const char *path, const struct dicom_pixels *p, void *out, struct vol_err *err)
{
	size_t n = dicom_pixels_bytes(p), length;
	unsigned char *data;
	int rc;

	switch (p->codec) {
	case DICOM_NATIVE:
	case DICOM_DEFLATED:
		rc = read_native(path, p, out, n, err);
		break;
	case DICOM_JPEG2000:
	case DICOM_RLE:
		rc = dcmtk_codestream(path, &data, &length, err);
		if (rc == 0) {
			rc = (p->codec == DICOM_RLE ? rle_decode : jpeg2000_decode)(path, data, length, p, out, err);
			free(data);
		}
		break;
	default:
		rc = dcmtk_codestream(path, &data, &length, err);
		if (rc == 0) {
			rc = jpeg_check(path, data, length, p, err);
			free(data);
		}
		if (rc == 0)
			rc = dcmtk_decode(path, out, n, err);
	}
	if (rc == 0)
		bits_settle(out, n / (p->allocated / 8), p->allocated, p->stored, p->high, p->is_signed);
	return rc;
}
