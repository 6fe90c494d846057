/* write_seg.c - labels as a DICOM Segmentation: PS3.3, A.51 and C.8.20; bits as PS3.5, 8.1.1 and D.
 *
 * What the frames are stands before their bits, and is known when the last voxel has come: the bits wait in an unnamed
 * file. Frames come in the order of the stream, and of labels within a slice. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "dcmtk.h"
#include "io/fd.h"
#include "io/outfile.h"
#include "io/slices.h"
#include "write_seg.h"

#define SEGMENTATION SOP_CLASS "66.4"

/* ---- bits ---- */

static int flush(struct seg *s, struct vol_err *err)
{
	s->crc = (uint32_t)crc32_z(s->crc, s->out, s->filled);
	s->bytes += s->filled;
	if (fd_write(s->bits, s->out, s->filled, "temporary file", err) < 0)
		return -1;
	s->filled = 0;
	return 0;
}

static int put_byte(struct seg *s, unsigned byte, struct vol_err *err)
{
	s->out[s->filled++] = (unsigned char)byte;
	return s->filled == ROOM ? flush(s, err) : 0;
}

static int put_zeros(struct seg *s, uint64_t n, struct vol_err *err)
{
	for (; n >= 8; n -= 8) {
		if (put_byte(s, s->acc & 0xff, err) < 0)
			return -1;
		s->acc >>= 8;
	}
	s->held += (unsigned)n;
	if (s->held < 8)
		return 0;
	s->held -= 8;
	n = s->acc & 0xff;
	s->acc >>= 8;
	return put_byte(s, (unsigned)n, err);
}

static int put_row(struct seg *s, const uint16_t *row, uint16_t label, struct vol_err *err)
{
	uint64_t x = 0;

	for (; x + 8 <= s->d.columns; x += 8) {
		unsigned byte = 0;

		for (unsigned k = 0; k < 8; k++)
			byte |= (unsigned)(row[x + k] == label) << k;
		s->acc |= byte << s->held;
		if (put_byte(s, s->acc & 0xff, err) < 0)
			return -1;
		s->acc >>= 8;
	}
	for (; x < s->d.columns; x++) {
		s->acc |= (unsigned)(row[x] == label) << s->held;
		if (++s->held < 8)
			continue;
		if (put_byte(s, s->acc & 0xff, err) < 0)
			return -1;
		s->acc >>= 8;
		s->held = 0;
	}
	return 0;
}

static int put_frame(struct seg *s, uint16_t label, struct vol_err *err)
{
	uint64_t from = s->first[label], to = s->last[label];

	if (put_zeros(s, from * s->d.columns, err) < 0)
		return -1;
	for (uint64_t y = from; y <= to; y++)
		if (put_row(s, s->voxels + y * s->d.columns, label, err) < 0)
			return -1;
	return put_zeros(s, (s->d.rows - 1 - to) * s->d.columns, err);
}

/* ---- slices ---- */

/* A voxel of an integer type as a label; -1: it is none. */
static int64_t label_at(const void *voxels, enum voxel_type type, size_t i)
{
	switch (type) {
	case VOXEL_UINT8:
		return ((const uint8_t *)voxels)[i];
	case VOXEL_INT8:
		return ((const int8_t *)voxels)[i];
	case VOXEL_UINT16:
		return ((const uint16_t *)voxels)[i];
	case VOXEL_INT16:
		return ((const int16_t *)voxels)[i];
	case VOXEL_UINT32:
		return ((const uint32_t *)voxels)[i];
	default:
		return ((const int32_t *)voxels)[i];
	}
}

static int by_label(const void *va, const void *vb)
{
	return *(const uint16_t *)va - *(const uint16_t *)vb;
}

/* Which labels are in the slice, and in which rows. */
static int look(struct seg *s, const void *voxels, struct vol_err *err)
{
	enum voxel_type type = s->d.head->type;
	size_t i = 0;

	for (size_t k = 0; k < s->n_here; k++)
		s->first[s->here[k]] = UINT32_MAX;
	s->n_here = 0;
	for (uint32_t y = 0; y < s->d.rows; y++) {
		int64_t before = 0;

		for (uint64_t x = 0; x < s->d.columns; x++, i++) {
			int64_t label = label_at(voxels, type, i);

			if (label < 0 || label >= LABELS)
				return vol_fail(err, s->d.subject, "holds %lld, which is no label that a segmentation can hold "
				                                   "(1 to 65535)", (long long)label);
			s->voxels[i] = (uint16_t)label;
			if (label == before)
				continue;
			before = label;
			if (label == 0)
				continue;
			if (s->first[label] == UINT32_MAX) {
				s->first[label] = y;
				s->here[s->n_here++] = (uint16_t)label;
			}
			s->last[label] = y;
		}
	}
	qsort(s->here, s->n_here, sizeof *s->here, by_label);
	return 0;
}

static int add_frames(struct seg *s, uint32_t slice, struct vol_err *err)
{
	if (s->room - s->n < s->n_here) {
		size_t room = 2 * s->room + s->n_here;
		struct seg_frame *more = reallocarray(s->frame, room, sizeof *more);

		if (!more)
			return vol_fail(err, s->d.subject, "out of memory");
		s->frame = more;
		s->room = room;
	}
	for (size_t k = 0; k < s->n_here; k++) {
		s->frame[s->n++] = (struct seg_frame){slice, s->here[k]};
		s->segment[s->here[k]] = 1;
		if (put_frame(s, s->here[k], err) < 0)
			return -1;
	}
	if (s->bytes > UINT32_MAX - 2 * ROOM)
		return vol_fail(err, s->d.subject, "%zu frames are more than one file can hold: write some of the labels "
		                                   "at a time", s->n);
	return 0;
}

static int take_slices(struct seg *s, struct vol_in *in, struct vol_err *err)
{
	struct vol_slices slices;
	const void *voxels;
	uint32_t i = 0;
	int got;

	if (vol_slices_begin(&slices, in, s->d.head, err) < 0)
		return -1;
	while ((got = vol_slices_next(&slices, &voxels, err)) > 0) {
		SHA256Update(&s->d.sha, voxels, slices.numbers * slices.size);
		if (look(s, voxels, err) < 0 || add_frames(s, i++, err) < 0) {
			got = -1;
			break;
		}
	}
	vol_slices_end(&slices);
	if (got == 0 && s->n == 0)
		return vol_fail(err, s->d.subject, "holds no label, only 0: there is nothing to write");
	if (got == 0 && s->held && put_byte(s, s->acc, err) < 0)
		return -1;
	if (got == 0 && (s->bytes + s->filled) % 2 && put_byte(s, 0, err) < 0)
		return -1;
	return got < 0 ? -1 : flush(s, err);
}

/* ---- the file ---- */

static int drain(struct dataset_bytes *b, struct outfile *out, size_t least, struct vol_err *err)
{
	int rc = 0;

	if (b->failed)
		return vol_fail(err, outfile_name(out), "out of memory");
	if (b->n >= least && b->n > 0) {
		rc = outfile_write(out, b->at, b->n, err);
		b->n = 0;
	}
	return rc;
}

static int write_file(const struct seg *s, struct outfile *out, struct dataset_bytes *b, struct vol_err *err)
{
	char instance[DICOM_UID];
	struct dataset d = {0};
	off_t from = 0;
	int64_t moved;
	int rc = 0;

	dicom_uid(instance, s->d.key, "instance", 0);
	seg_head(s, SEGMENTATION, instance, &d);
	dataset_file(&d, SEGMENTATION, instance, b);
	dataset_sequence_begin(b, 0x52009230);
	for (size_t i = 0; i < s->n && rc == 0; i++) {
		seg_frame(s, &s->frame[i], b);
		rc = drain(b, out, ROOM, err);
	}
	dataset_sequence_end(b);
	dataset_begin(b, 0x7fe00010, "OW", (uint32_t)s->bytes);
	if (rc < 0 || drain(b, out, 0, err) < 0)
		return -1;
	moved = fd_move(s->bits, &from, outfile_fd(out), s->bytes, "temporary file", outfile_name(out), err);
	if (moved >= 0 && (uint64_t)moved < s->bytes)
		return vol_fail(err, "temporary file", "became shorter while it was read");
	return moved < 0 ? -1 : 0;
}

/* Rows, columns, frames and bits, as the file on the disk has them. */
static int verify(const struct seg *s, struct outfile *out, struct vol_err *err)
{
	char path[64], frames[16] = "";
	unsigned char buf[ROOM];
	struct dcmtk_header *h;
	uint16_t rows = 0, columns = 0;
	uint64_t at = 0, bytes = 0;
	uint32_t crc = 0;
	const char *why;
	ssize_t got;

	if (outfile_sync(out, err) < 0)
		return -1;
	(void)posix_fadvise(outfile_fd(out), 0, 0, POSIX_FADV_DONTNEED);
	snprintf(path, sizeof path, "/proc/self/fd/%d", outfile_fd(out));
	dcmtk_start();
	h = dcmtk_header_open(path);
	if (!h)
		return vol_fail(err, outfile_name(out), "out of memory");
	if (dcmtk_header_end(h, &why, &at) != DCMTK_AT_PIXELS || !dcmtk_u16(h, 0x0028, 0x0010, &rows) ||
	    !dcmtk_u16(h, 0x0028, 0x0011, &columns) || !dcmtk_text(h, 0x0028, 0x0008, frames, sizeof frames))
		rows = 0;
	dcmtk_header_close(h);
	if (rows != s->d.rows || columns != s->d.columns || strtoull(frames, NULL, 10) != s->n)
		return vol_fail(err, outfile_name(out), "read back, its header is not the one that was written");
	while ((got = fd_pread(outfile_fd(out), buf, sizeof buf, (off_t)(at + bytes), outfile_name(out), err)) > 0) {
		crc = (uint32_t)crc32_z(crc, buf, (size_t)got);
		bytes += (uint64_t)got;
	}
	if (got < 0)
		return -1;
	if (crc != s->crc || bytes != s->bytes)
		return vol_fail(err, outfile_name(out), "read back, its frames are not the ones that were written");
	vol_tell(outfile_name(out), "verified: %zu frames are the same", s->n);
	return 0;
}

static int begin(struct seg *s, struct vol_err *err)
{
	size_t voxels = (size_t)(s->d.rows * s->d.columns);

	if (!voxel_is_integer(s->d.head->type, NULL, NULL))
		return vol_fail(err, s->d.subject, "%s is no type for labels: volcast --type uint16 first",
		                voxel_name(s->d.head->type));
	s->voxels = reallocarray(NULL, voxels, sizeof *s->voxels);
	s->here = calloc(LABELS, sizeof *s->here);
	s->first = malloc(LABELS * sizeof *s->first);
	s->last = calloc(LABELS, sizeof *s->last);
	s->segment = calloc(LABELS, sizeof *s->segment);
	s->source = calloc((size_t)s->d.slices, sizeof *s->source);
	if (!s->voxels || !s->here || !s->first || !s->last || !s->segment || !s->source)
		return vol_fail(err, s->d.subject, "out of memory");
	memset(s->first, 0xff, LABELS * sizeof *s->first);
	seg_sources(s);
	s->bits = fd_unnamed(err);
	return s->bits < 0 ? -1 : 0;
}

static int run(struct seg *s, struct vol_in *in, const char *path, struct vol_err *err)
{
	struct dataset_bytes b = {0};
	struct outfile *out;
	uint16_t number = 0;
	int rc;

	out = outfile_create(path, OUTFILE_BINARY | s->d.how->flags, err);
	if (!out)
		return -1;
	rc = take_slices(s, in, err);
	for (unsigned label = 1; label < LABELS; label++)
		if (s->segment[label])
			s->segment[label] = ++number;
	derived_sealed(&s->d);
	if (rc == 0)
		rc = write_file(s, out, &b, err);
	dataset_bytes_free(&b);
	if (rc == 0 && s->d.how->verify)
		rc = verify(s, out, err);
	if (rc == 0)
		return outfile_commit(out, err);
	outfile_abandon(out);
	return -1;
}

int dicom_write_seg(struct vol_in *in, const struct vol_head *head, const char *path, const struct dicom_write *how,
                    struct vol_err *err)
{
	struct seg *s = calloc(1, sizeof *s);
	int rc;

	if (!s)
		return vol_fail(err, vol_in_name(in), "out of memory");
	s->bits = -1;
	rc = derived_begin(&s->d, in, head, how, err);
	if (rc == 0) {
		SHA256Update(&s->d.sha, (const uint8_t *)"segmentation\n", 13); /* the same voxels may be images too */
		rc = begin(s, err);
	}
	if (rc == 0)
		rc = run(s, in, path, err);
	if (s->bits >= 0)
		close(s->bits);
	free(s->voxels);
	free(s->here);
	free(s->first);
	free(s->last);
	free(s->frame);
	free(s->segment);
	free(s->source);
	derived_end(&s->d);
	free(s);
	return rc;
}
