/* write_seg.c - labels as a DICOM Segmentation: PS3.3, A.51 and C.8.20; bits as PS3.5, 8.1.1 and D.
 *
 * What the frames are stands before their bits, and is known when the last voxel has come: the bits wait in an unnamed
 * file. Frames come in the order of the stream, and of labels within a slice. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "dcmtk.h"
#include "io/fd.h"
#include "io/outfile.h"
#include "io/slices.h"
#include "write_inside.h"

#define SEGMENTATION SOP_CLASS "66.4"

enum { LABELS = 65536, ROOM = 65536 };

struct frame {
	uint32_t slice;  /* of the stream */
	uint16_t label;
};

struct seg {
	struct derived d;
	/* of the slice that came */
	uint16_t *voxels;
	uint16_t *here;              /* the labels in it */
	size_t n_here;
	uint32_t *first, *last;      /* rows of each label; first UINT32_MAX: not here */
	/* of all */
	struct frame *frame;
	size_t n, room;
	uint16_t *segment;           /* number of each label; 0: does not occur */
	long *source;                /* of each slice: which frame of the source it is; -1: none */
	int bits;                    /* the unnamed file */
	uint32_t crc;
	uint64_t bytes;
	/* bits on their way to it */
	unsigned char out[ROOM];
	size_t filled;
	unsigned acc, held;          /* less than 8 bits */
};

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
				return vol_fail(err, s->d.subject, "holds %lld, which is no label that a segmentation can hold (1 to "
				                                   "65535)", (long long)label);
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
		struct frame *more = reallocarray(s->frame, room, sizeof *more);

		if (!more)
			return vol_fail(err, s->d.subject, "out of memory");
		s->frame = more;
		s->room = room;
	}
	for (size_t k = 0; k < s->n_here; k++) {
		s->frame[s->n++] = (struct frame){slice, s->here[k]};
		s->segment[s->here[k]] = 1;
		if (put_frame(s, s->here[k], err) < 0)
			return -1;
	}
	if (s->bytes > UINT32_MAX - 2 * ROOM)
		return vol_fail(err, s->d.subject, "%zu frames are more than one file can hold: write some of the labels at a "
		                                   "time", s->n);
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

/* ---- the images that were labelled ---- */

static bool same_plane(const struct seg *s, const struct dicom_frame *f)
{
	double turned = 0;

	if (!f->has_position || !f->has_orientation || !f->has_spacing || f->pixels.rows != s->d.rows ||
	    f->pixels.columns != s->d.columns)
		return false;
	for (int w = 0; w < 3; w++)
		turned = fmax(turned, fmax(fabs(f->orientation[w] - s->d.row[w]), fabs(f->orientation[3 + w] - s->d.column[w])));
	return turned < 1e-3 && fabs(f->spacing[0] - s->d.spacing[0]) * (double)s->d.rows < 0.1 &&
	       fabs(f->spacing[1] - s->d.spacing[1]) * (double)s->d.columns < 0.1;
}

/* Slices lie where their images do, but for the rounding that dcm2vol takes out of positions. */
static void find_sources(struct seg *s)
{
	const struct dicom_series *series = s->d.like ? s->d.like->series : NULL;
	double near = fmin(0.1, 0.1 * s->d.step);

	for (uint64_t i = 0; i < s->d.slices; i++) {
		double at[3];

		derived_position(&s->d, i, at);
		s->source[i] = -1;
		for (size_t k = 0; series && k < series->n_frames && !key_get(s->d.head, "transform"); k++) {
			const struct dicom_frame *f = &s->d.like->set.frames[series->frame[k]];

			if (same_plane(s, f) && s->d.like->set.files[f->file].sop_uid &&
			    hypot(hypot(f->position[0] - at[0], f->position[1] - at[1]), f->position[2] - at[2]) <= near)
				s->source[i] = (long)k;
		}
	}
}

static void put_reference(const struct seg *s, uint32_t slice, struct dataset *to)
{
	const struct dicom_like *like = s->d.like;
	char buf[65];

	dataset_text(to, 0x00081150, "UI", dicom_like_text(like, 0x00080016, buf, sizeof buf));
	dataset_text(to, 0x00081155, "UI",
	             like->set.files[like->set.frames[like->series->frame[s->source[slice]]].file].sop_uid);
}

static void put_references(const struct seg *s, struct dataset *to)
{
	struct dataset_bytes instances = {0}, series = {0};
	struct dataset item = {0};
	uint32_t slice = UINT32_MAX;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct dataset instance = {0};

		if (s->frame[i].slice == slice || s->source[s->frame[i].slice] < 0)
			continue;
		slice = s->frame[i].slice;
		put_reference(s, slice, &instance);
		dataset_item(&instances, &instance);
		n++;
	}
	if (n == 0)
		return;
	dataset_text(&item, 0x0020000e, "UI", s->d.like->series->uid);
	dataset_sequence(&item, 0x0008114a, &instances);
	dataset_item(&series, &item);
	dataset_sequence(to, 0x00081115, &series);
}

/* ---- elements ---- */

static void one_item(struct dataset *to, uint32_t tag, struct dataset *item)
{
	struct dataset_bytes items = {0};

	dataset_item(&items, item);
	dataset_sequence(to, tag, &items);
}

static void put_segments(const struct seg *s, struct dataset *to)
{
	struct dataset_bytes items = {0};

	for (unsigned label = 1; label < LABELS; label++) {
		char name[256], text[32];
		struct dataset item = {0};

		if (!s->segment[label])
			continue;
		snprintf(text, sizeof text, "label %u", label);
		if (!key_label(s->d.head, label, name, sizeof name))
			strcpy(name, text);
		dataset_u16(&item, 0x00620004, "US", 1, &s->segment[label]);
		derived_text(&item, 0x00620005, "LO", name, 64);
		dataset_text(&item, 0x00620006, "ST", text);
		dataset_text(&item, 0x00620008, "CS", "SEMIAUTOMATIC");
		dataset_text(&item, 0x00620009, "LO", "volpipe");
		dataset_code(&item, 0x00620003, "85756007", "SCT", "Tissue");
		dataset_code(&item, 0x0062000f, "85756007", "SCT", "Tissue");
		dataset_item(&items, &item);
	}
	dataset_sequence(to, 0x00620002, &items);
}

static void put_dimensions(const struct seg *s, struct dataset *to)
{
	static const struct {
		uint16_t pointer[2], group[2];
		const char *label;
	} index[] = {
		{{0x0062, 0x000b}, {0x0062, 0x000a}, "Segment"},
		{{0x0020, 0x0032}, {0x0020, 0x9113}, "Place"},
	};
	struct dataset_bytes items = {0};
	struct dataset item = {0};
	char uid[DICOM_UID];

	dicom_uid(uid, s->d.key, "dimensions", 0);
	dataset_text(&item, 0x00209164, "UI", uid);
	one_item(to, 0x00209221, &item);
	for (size_t i = 0; i < sizeof index / sizeof *index; i++) {
		dataset_text(&item, 0x00209164, "UI", uid);
		dataset_u16(&item, 0x00209165, "AT", 2, index[i].pointer);
		dataset_u16(&item, 0x00209167, "AT", 2, index[i].group);
		dataset_text(&item, 0x00209421, "LO", index[i].label);
		dataset_item(&items, &item);
	}
	dataset_sequence(to, 0x00209222, &items);
}

/* What all frames share. */
static void put_shared(const struct seg *s, struct dataset *to)
{
	struct dataset shared = {0}, item = {0};
	double cosines[6];

	memcpy(cosines, s->d.row, sizeof s->d.row);
	memcpy(cosines + 3, s->d.column, sizeof s->d.column);
	dataset_decimals(&item, 0x00180050, 1, &s->d.step);
	dataset_decimals(&item, 0x00180088, 1, &s->d.step);
	dataset_decimals(&item, 0x00280030, 2, s->d.spacing);
	one_item(&shared, 0x00289110, &item);
	dataset_decimals(&item, 0x00200037, 6, cosines);
	one_item(&shared, 0x00209116, &item);
	one_item(to, 0x52009229, &shared);
}

static void put_source(const struct seg *s, uint32_t slice, struct dataset *to)
{
	struct dataset derivation = {0}, source = {0};

	if (s->source[slice] < 0)
		return;
	put_reference(s, slice, &source);
	dataset_text(&source, 0x0028135a, "CS", "YES"); /* SpatialLocationsPreserved */
	dataset_code(&source, 0x0040a170, "121322", "DCM", "Source image for image processing operation");
	one_item(&derivation, 0x00082112, &source);
	dataset_code(&derivation, 0x00089215, "113076", "DCM", "Segmentation");
	one_item(to, 0x00089124, &derivation);
}

static void put_frame_groups(const struct seg *s, const struct frame *f, struct dataset_bytes *items)
{
	uint32_t index[2] = {s->segment[f->label], (uint32_t)derived_number(&s->d, f->slice) + 1};
	struct dataset frame = {0}, item = {0};
	double at[3];

	put_source(s, f->slice, &frame);
	dataset_u32(&item, 0x00209157, 2, index);
	one_item(&frame, 0x00209111, &item);
	derived_position(&s->d, f->slice, at);
	dataset_decimals(&item, 0x00200032, 3, at);
	one_item(&frame, 0x00209113, &item);
	dataset_u16(&item, 0x0062000b, "US", 1, &s->segment[f->label]);
	one_item(&frame, 0x0062000a, &item);
	dataset_item(items, &frame);
}

/* A date and a time are asked for (PS3.3, C.7.6.16): the source's, or ones that nobody takes for real. */
static void put_date(const struct seg *s, struct dataset *to)
{
	static const uint32_t dates[][2] = {{0x00080023, 0x00080033}, {0x00080021, 0x00080031}, {0x00080020, 0x00080030}};
	char date[16] = "19000101", time[32] = "000000", buf[32];
	const char *text;

	for (size_t i = 0; s->d.like && i < sizeof dates / sizeof *dates; i++) {
		text = dicom_like_text(s->d.like, dates[i][0], buf, sizeof buf);
		if (!text || strlen(text) != 8 || strspn(text, "0123456789") != 8)
			continue;
		strcpy(date, text);
		text = dicom_like_text(s->d.like, dates[i][1], buf, sizeof buf);
		if (text && strlen(text) <= 16 && strspn(text, "0123456789.") == strlen(text))
			strcpy(time, text);
		break;
	}
	dataset_text(to, 0x00080023, "DA", date);
	dataset_text(to, 0x00080033, "TM", time);
}

static void put_all(const struct seg *s, const char *instance, struct dataset *to)
{
	char frames[16];

	dataset_text(to, 0x00080008, "CS", "DERIVED\\PRIMARY");
	dataset_text(to, 0x00080070, "LO", "volpipe");
	dataset_text(to, 0x00081090, "LO", "vol2dcm");
	dataset_text(to, 0x00181000, "LO", "none");
	dataset_text(to, 0x00181020, "LO", VOLPIPE_VERSION);
	dataset_text(to, 0x00201040, "LO", NULL);
	dataset_text(to, 0x00200013, "IS", "1");
	snprintf(frames, sizeof frames, "%zu", s->n);
	dataset_u16(to, 0x00280002, "US", 1, &(uint16_t){1});
	dataset_text(to, 0x00280004, "CS", "MONOCHROME2");
	dataset_text(to, 0x00280008, "IS", frames);
	dataset_u16(to, 0x00280010, "US", 1, &(uint16_t){(uint16_t)s->d.rows});
	dataset_u16(to, 0x00280011, "US", 1, &(uint16_t){(uint16_t)s->d.columns});
	dataset_u16(to, 0x00280100, "US", 1, &(uint16_t){1});
	dataset_u16(to, 0x00280101, "US", 1, &(uint16_t){1});
	dataset_u16(to, 0x00280102, "US", 1, &(uint16_t){0});
	dataset_u16(to, 0x00280103, "US", 1, &(uint16_t){0});
	dataset_text(to, 0x00282110, "CS", "00");
	dataset_text(to, 0x00620001, "CS", "BINARY");
	dataset_text(to, 0x00620013, "CS", "NO"); /* SegmentsOverlap */
	dataset_text(to, 0x00700080, "CS", "SEGMENTATION");
	derived_text(to, 0x00700081, "LO", s->d.how->description, 64);
	dataset_text(to, 0x00700084, "PN", NULL);
	put_date(s, to);
	put_segments(s, to);
	put_dimensions(s, to);
	put_shared(s, to);
	put_references(s, to);
	derived_put(&s->d, "SEG", SEGMENTATION, instance, to);
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
	put_all(s, instance, &d);
	dataset_file(&d, SEGMENTATION, instance, b);
	dataset_sequence_begin(b, 0x52009230);
	for (size_t i = 0; i < s->n && rc == 0; i++) {
		put_frame_groups(s, &s->frame[i], b);
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
	find_sources(s);
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
