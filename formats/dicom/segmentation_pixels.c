/* segmentation_pixels.c - the frames of a segmentation. Those of one bit a pixel lie one behind the other without a gap, a
 * frame beginning inside a byte (PS3.5, 8.1.1 and D.2); but where each is deflated by itself (8.2.16 and A.4.13). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "alg/bits.h"
#include "dcmtk.h"
#include "input.h"
#include "io/fd.h"
#include "pixels.h"
#include "place.h"
#include "read_inside.h"
#include "segmentation_inside.h"

/* ---- where they are ---- */

#define FRAMES_DEFLATED "1.2.840.10008.1.2.8.1"

static int format(struct segmentation *s, struct dcmtk_header *h, struct dicom_pixels *p, struct vol_err *err)
{
	static const char *const names[] = {[SEGMENTATION_BINARY] = "binary", [SEGMENTATION_FRACTIONAL] = "fractional",
	                                    [SEGMENTATION_LABELMAP] = "label map"};
	const char *as_read = dcmtk_transfer_syntax(h);
	uint16_t allocated = 0, stored = 0, high = 0, sign = 0, samples = 1;
	char buf[READ_TEXT];
	const char *stated = dcmtk_text(h, 0x0002, 0x0010, buf, sizeof buf);
	bool fits;

	dcmtk_u16(h, 0x0028, 0x0100, &allocated);
	if (!dcmtk_u16(h, 0x0028, 0x0101, &stored))
		stored = allocated;
	if (!dcmtk_u16(h, 0x0028, 0x0102, &high))
		high = (uint16_t)(stored - 1);
	dcmtk_u16(h, 0x0028, 0x0103, &sign);
	dcmtk_u16(h, 0x0028, 0x0002, &samples);
	fits = s->type == SEGMENTATION_BINARY ? allocated == 1
	                                      : allocated == 8 || (s->type == SEGMENTATION_LABELMAP && allocated == 16);
	if (!fits || samples != 1 || sign != 0 || stored < 1 || stored > allocated || high >= allocated || high + 1 < stored)
		return vol_fail(err, s->path, "%u samples of %u bits allocated, %u stored, high %u%s: no pixels of a %s segmentation "
		                "[unsupported]", samples, allocated, stored, high, sign ? ", signed" : "", names[s->type]);
	*p = (struct dicom_pixels){.rows = s->rows, .columns = s->columns, .allocated = allocated, .stored = stored, .high = high,
	                           .syntax = as_read, .deflated_from = dcmtk_deflated_from(h)};
	if (stated && strcmp(stated, FRAMES_DEFLATED) == 0) { /* which DCMTK reads for what it is else, explicit VR */
		s->frames_deflated = true;
		p->codec = DICOM_RLE; /* that is, in fragments */
		return 0;
	}
	if ((stated && !read_codec(stated, &p->codec)) || !read_codec(as_read, &p->codec))
		return vol_fail(err, s->path, "transfer syntax %.64s [unsupported]", stated ? stated : as_read);
	if (allocated == 1 && p->codec != DICOM_NATIVE && p->codec != DICOM_DEFLATED)
		return vol_fail(err, s->path, "pixels of one bit in transfer syntax %.64s [unsupported]", as_read);
	return 0;
}

static uint64_t all_bytes(const struct segmentation *s, unsigned allocated)
{
	return (allocated * (uint64_t)s->rows * s->columns * s->frames + 7) / 8;
}

/* Bits: where the first frame begins, for all of them. */
static int place_bits(struct segmentation *s, const struct dicom_pixels *p, uint64_t end, struct vol_err *err)
{
	uint64_t need = all_bytes(s, 1);

	if (p->codec == DICOM_DEFLATED)
		return 0;
	if (p->swap)
		return vol_fail(err, s->path, "pixels of one bit in big-endian words [unsupported]");
	if (p->length == 0xffffffff || p->length < need)
		return vol_fail(err, s->path, "states %llu bytes of pixels where %llu are needed [truncated]",
		                (unsigned long long)p->length, (unsigned long long)need);
	if (end < p->offset || end - p->offset < need)
		return vol_fail(err, s->path, "ends after %llu of %llu bytes of pixels [truncated]",
		                (unsigned long long)(end < p->offset ? 0 : end - p->offset), (unsigned long long)need);
	return 0;
}

/* All pixels, once, so that no frame is a way through all before it. */
static int unpack(struct segmentation *s, int fd, uint64_t end, const struct dicom_pixels *p, struct vol_err *err)
{
	uint64_t one = (uint64_t)s->rows * s->columns * p->allocated / 8;

	s->unpacked = fd_unnamed(err);
	if (s->unpacked < 0 || deflated_unpack(s->path, fd, end, p, s->unpacked, all_bytes(s, p->allocated), err) < 0)
		return -1;
	for (size_t i = 0; i < s->frames; i++)
		s->frame[i].pixels.offset = s->bits ? 0 : i * one;
	return 0;
}

static int place_in(struct segmentation *s, int fd, uint64_t start, uint64_t end, const struct dicom_pixels *p, uint64_t at,
                    struct vol_err *err)
{
	size_t n = p->allocated == 1 && !s->frames_deflated ? 1 : s->frames;
	struct dicom_frame *frame = calloc(n, sizeof *frame);
	enum dicom_status status;
	char why[160] = "";
	int rc = 0;

	if (!frame)
		return vol_fail(err, s->path, "out of memory");
	s->bits = p->allocated == 1;
	frame[0].pixels = *p;
	status = dicom_place_pixels(fd, start, end, frame, n, at, strcmp(p->syntax, "1.2.840.10008.1.2") == 0,
	                            strcmp(p->syntax, "1.2.840.10008.1.2.2") == 0, why, sizeof why);
	if (status != DICOM_USED)
		rc = vol_fail(err, s->path, "%s [%s]", why, dicom_status_name(status));
	else if (s->bits && !s->frames_deflated)
		rc = place_bits(s, &frame[0].pixels, end, err);
	for (size_t i = 0; i < s->frames; i++)
		s->frame[i].pixels = frame[n > 1 ? i : 0].pixels;
	if (rc == 0 && p->codec == DICOM_DEFLATED)
		rc = unpack(s, fd, end, &frame[0].pixels, err);
	free(frame);
	return rc;
}

int segmentation_place(struct segmentation *s, struct dcmtk_header *h, uint64_t at, struct vol_err *err)
{
	struct dicom_pixels p;
	uint64_t start, end;
	int fd, rc;

	if (format(s, h, &p, err) < 0)
		return -1;
	fd = input_open(s->path, &start, &end);
	if (fd < 0)
		return vol_fail_errno(err, s->path, "cannot be opened");
	rc = place_in(s, fd, start, end, &p, at, err);
	close(fd);
	return rc;
}

/* ---- one of them ---- */

/* n bytes at an offset of what has them as they are. */
static int read_plain(const struct segmentation *s, uint64_t at, void *buf, size_t n, struct vol_err *err)
{
	uint64_t start, end;
	int fd = s->unpacked >= 0 ? s->unpacked : input_open(s->path, &start, &end);
	ssize_t got;

	if (fd < 0)
		return vol_fail_errno(err, s->path, "cannot be opened");
	got = fd_pread(fd, buf, n, (off_t)at, s->path, err);
	if (fd != s->unpacked)
		close(fd);
	if (got >= 0 && (size_t)got < n)
		return vol_fail(err, s->path, "became shorter while it was read [truncated]");
	return got < 0 ? -1 : 0;
}

/* n pixels of one bit, behind the first `shift` bits. */
static void spread(const unsigned char *bytes, unsigned shift, size_t n, uint16_t *pixel)
{
	memset(pixel, 0, n * sizeof *pixel);
	/* most of a mask is empty. A byte's first pixel may lie before the frame, and its last behind it */
	for (size_t b = 0; b < (n + shift + 7) / 8; b++)
		for (unsigned k = 0, bits = bytes[b]; bits; k++, bits >>= 1) {
			size_t i = 8 * b + k;

			if (bits & 1 && i >= shift && i - shift < n)
				pixel[i - shift] = 1;
		}
}

/* The n bytes of a frame that is deflated by itself; a byte more makes them even. */
static int read_deflated(const struct segmentation *s, const struct segmentation_frame *f, unsigned char *room, size_t n,
                         struct vol_err *err)
{
	unsigned char *data;
	z_stream z = {0};
	size_t length;
	int ended;

	if (fragments_read(s->path, &f->pixels, &data, &length, err) < 0)
		return -1;
	if (inflateInit2(&z, -15) != Z_OK) {
		free(data);
		return vol_fail(err, s->path, "out of memory");
	}
	z.next_in = data;
	z.avail_in = (uInt)length;
	z.next_out = room;
	z.avail_out = (uInt)n + 2;
	ended = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	free(data);
	if (ended != Z_STREAM_END || z.total_out < n || z.total_out > n + 1)
		return vol_fail(err, s->path, "frame %zu inflates to %s%lu bytes, not %zu [truncated]", f->number + 1,
		                ended == Z_STREAM_END ? "" : "no end within ", z.total_out, n);
	return 0;
}

int segmentation_frame(const struct segmentation *s, const struct segmentation_frame *f, uint16_t *pixel, void *room,
                       struct vol_err *err)
{
	const struct dicom_pixels *p = &f->pixels;
	size_t n = (size_t)s->rows * s->columns, bytes = s->bits ? (n + 7) / 8 : n * p->allocated / 8;
	uint64_t first = s->bits && !s->frames_deflated ? (uint64_t)f->number * n : 0;
	unsigned shift = (unsigned)(first % 8);
	int rc;

	if (s->frames_deflated)
		rc = read_deflated(s, f, room, bytes, err);
	else if (s->bits || s->unpacked >= 0)
		rc = read_plain(s, p->offset + first / 8, room, s->bits ? (n + shift + 7) / 8 : bytes, err);
	else
		rc = dicom_pixels_read(s->path, p, room, err);
	if (rc < 0)
		return -1;
	if (s->bits) {
		spread(room, shift, n, pixel);
		return 0;
	}
	if (s->frames_deflated || s->unpacked >= 0) /* else that is done */
		bits_settle(room, n, p->allocated, p->stored, p->high, false);
	for (size_t i = 0; i < n; i++)
		pixel[i] = p->allocated == 8 ? ((unsigned char *)room)[i] : ((uint16_t *)room)[i];
	return 0;
}
