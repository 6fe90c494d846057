/* segmentation.c - what a segmentation's header says. */
#include "segmentation_inside.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dcmtk.h"
#include "read.h"
#include "read_inside.h"

#define SOP "1.2.840.10008.5.1.4.1.1.66."

/* One file in work. */
struct maker {
	struct segmentation *s;
	struct dcmtk_header *h;
	struct vol_err *err;
	size_t room;
};

static int wrong(const struct maker *m, const char *reason, const char *what)
{
	return vol_fail(m->err, m->s->path, "%s [%s]", what, reason);
}

#define WRONG(m, reason, ...) \
	__extension__({ \
		char what_[400]; \
		snprintf(what_, sizeof what_, __VA_ARGS__); \
		wrong(m, reason, what_); \
	})

static const char *text(const struct maker *m, uint32_t tag, char buf[READ_TEXT])
{
	return dcmtk_item_text(m->h, NULL, tag, buf, READ_TEXT);
}

/* A whole number of an item; -1: absent, or none from 0 to `most`. */
static long number(struct dcmtk_header *h, struct dcmtk_item *item, uint32_t tag, long most)
{
	char buf[READ_TEXT], *end;
	const char *s = dcmtk_item_text(h, item, tag, buf, sizeof buf);
	long n = s ? strtol(s, &end, 10) : -1;

	return s && *end == '\0' && n >= 0 && n <= most ? n : -1;
}

/* ---- segments ---- */

/* Names travel a line each. */
static char *one_line(const char *s)
{
	char *line = strdup(s);

	for (char *c = line; c && *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127)
			*c = ' ';
	return line;
}

/* vol2dcm numbers segments from 1, as the standard asks, and says which label each was. */
static uint16_t label_of(const struct maker *m, struct dcmtk_item *item, uint16_t segment)
{
	char buf[READ_TEXT];
	const char *s = dcmtk_item_text(m->h, item, 0x00620009, buf, sizeof buf);
	unsigned label;
	int n = 0;

	if (!s || strcmp(s, "volpipe") != 0)
		return segment;
	s = dcmtk_item_text(m->h, item, 0x00620006, buf, sizeof buf);
	if (!s || sscanf(s, "label %5u%n", &label, &n) != 1 || s[n] || label < 1 || label > SEGMENTS_MAX)
		return segment;
	return (uint16_t)label;
}

static int take_segment(void *ctx, struct dcmtk_item *item)
{
	struct maker *m = ctx;
	struct segmentation *s = m->s;
	long n = number(m->h, item, 0x00620004, SEGMENTS_MAX);
	char buf[READ_TEXT], utf8[READ_TEXT];
	const char *name;

	if (n < 0)
		return WRONG(m, "unsupported", "segment %zu has no sound SegmentNumber (0062,0004)", s->segments + 1);
	if (n == 0) /* the background of a label map */
		return s->type == SEGMENTATION_LABELMAP ? 0 : wrong(m, "unsupported", "a segment has the SegmentNumber (0062,0004) 0");
	if (s->segments == m->room) {
		struct segment *more = reallocarray(s->segment, m->room = 2 * m->room + 16, sizeof *more);

		if (!more)
			return wrong(m, "unsupported", "out of memory");
		s->segment = more;
	}
	name = dcmtk_item_text(m->h, item, 0x00620005, buf, sizeof buf);
	if (name)
		name = dcmtk_utf8(m->h, name, utf8, sizeof utf8);
	else
		snprintf(utf8, sizeof utf8, "segment %ld", n);
	s->segment[s->segments] = (struct segment){.number = (uint16_t)n, .label = label_of(m, item, (uint16_t)n),
	                                           .name = one_line(name ? name : utf8)};
	return s->segment[s->segments++].name ? 0 : wrong(m, "unsupported", "out of memory");
}

static int by_number(const void *va, const void *vb)
{
	const struct segment *a = va, *b = vb;

	return a->number - b->number;
}

static int by_label(const void *va, const void *vb)
{
	const struct segment *a = va, *b = vb;

	return a->label - b->label;
}

static int segments(struct maker *m)
{
	struct segmentation *s = m->s;
	bool same = false;

	if (dcmtk_each(m->h, NULL, 0x00620002, take_segment, m))
		return -1;
	if (s->segments == 0)
		return wrong(m, "unsupported", "has no segments in SegmentSequence (0062,0002)");
	qsort(s->segment, s->segments, sizeof *s->segment, by_label);
	for (size_t i = 1; i < s->segments; i++)
		same |= s->segment[i].label == s->segment[i - 1].label;
	qsort(s->segment, s->segments, sizeof *s->segment, by_number);
	for (size_t i = 1; i < s->segments; i++)
		if (s->segment[i].number == s->segment[i - 1].number)
			return WRONG(m, "unsupported", "two segments have the SegmentNumber (0062,0004) %u", s->segment[i].number);
	for (size_t i = 0; (same || s->type == SEGMENTATION_LABELMAP) && i < s->segments; i++)
		s->segment[i].label = s->segment[i].number;
	return 0;
}

static size_t find(const struct segmentation *s, long n)
{
	struct segment key = {.number = (uint16_t)n};
	const struct segment *found = bsearch(&key, s->segment, s->segments, sizeof key, by_number);

	return found ? (size_t)(found - s->segment) : s->segments;
}

/* ---- frames ---- */

static int decimals(const struct maker *m, size_t frame, uint32_t group, uint32_t tag, int n, double *value)
{
	const uint32_t path[] = {group, tag};
	char buf[READ_TEXT];

	return dicom_decimals(dcmtk_frame_text(m->h, frame, path, 2, buf, sizeof buf), n, value);
}

/* How far the last pixel would lie elsewhere by these, mm. */
static double moved_mm(const struct segmentation *s, const double orientation[6], const double spacing[2])
{
	double worst = 0;

	for (int w = 0; w < 3; w++)
		worst = fmax(worst, fabs(orientation[w] * spacing[1] - s->orientation[w] * s->spacing[1]) * s->columns +
		                            fabs(orientation[3 + w] * spacing[0] - s->orientation[3 + w] * s->spacing[0]) * s->rows);
	return worst;
}

static int frame_place(const struct maker *m, struct segmentation_frame *f)
{
	struct segmentation *s = m->s;
	double orientation[6], spacing[2], more;
	size_t i = f->number;

	if (decimals(m, i, 0x00209113, 0x00200032, 3, f->position) <= 0)
		return WRONG(m, "no-position", "frame %zu has no sound ImagePositionPatient (0020,0032)", i + 1);
	if (decimals(m, i, 0x00209116, 0x00200037, 6, orientation) <= 0)
		return WRONG(m, "no-position", "frame %zu has no sound ImageOrientationPatient (0020,0037)", i + 1);
	if (decimals(m, i, 0x00289110, 0x00280030, 2, spacing) <= 0 || !(spacing[0] > 0 && spacing[1] > 0))
		return WRONG(m, "no-spacing", "frame %zu has no sound PixelSpacing (0028,0030)", i + 1);
	if (i == 0) {
		memcpy(s->orientation, orientation, sizeof orientation);
		memcpy(s->spacing, spacing, sizeof spacing);
		s->step = decimals(m, i, 0x00289110, 0x00180088, 1, &more) > 0 && more > 0 ? more : 0;
		s->thickness = decimals(m, i, 0x00289110, 0x00180050, 1, &more) > 0 && more > 0 ? more : 0;
		return 0;
	}
	if (moved_mm(s, orientation, spacing) > 0.1)
		return WRONG(m, "mixed-orientation", "frame %zu has another orientation or pixel spacing than frame 1", i + 1);
	return 0;
}

static int frame_segment(const struct maker *m, struct segmentation_frame *f)
{
	static const uint32_t path[] = {0x0062000a, 0x0062000b};
	struct segmentation *s = m->s;
	char buf[READ_TEXT], *end;
	const char *said;
	long n;

	if (s->type == SEGMENTATION_LABELMAP)
		return 0;
	said = dcmtk_frame_text(m->h, f->number, path, 2, buf, sizeof buf);
	n = said ? strtol(said, &end, 10) : -1;
	if (!said || *end || n < 1 || n > SEGMENTS_MAX || find(s, n) == s->segments)
		return WRONG(m, "unsupported", "frame %zu: ReferencedSegmentNumber (0062,000B) is '%.20s', and no segment has it",
		             f->number + 1, said ? said : "");
	f->segment = find(s, n);
	s->segment[f->segment].frames++;
	return 0;
}

static int frames(struct maker *m)
{
	struct segmentation *s = m->s;
	char buf[READ_TEXT];
	const char *stated = text(m, 0x00280008, buf);

	s->frames = dcmtk_frames(m->h);
	if (s->frames == 0)
		return wrong(m, "unsupported", "has no PerFrameFunctionalGroupsSequence (5200,9230)");
	if (s->frames > READ_FRAMES_MAX)
		return WRONG(m, "unsupported", "%zu frames", s->frames);
	if (!stated || strtoul(stated, NULL, 10) != s->frames)
		return WRONG(m, "unsupported", "NumberOfFrames (0028,0008) is '%.12s', and there are functional groups of %zu",
		             stated ? stated : "", s->frames);
	s->frame = calloc(s->frames, sizeof *s->frame);
	if (!s->frame)
		return wrong(m, "unsupported", "out of memory");
	for (size_t i = 0; i < s->frames; i++) {
		s->frame[i].number = i;
		if (frame_place(m, &s->frame[i]) < 0 || frame_segment(m, &s->frame[i]) < 0)
			return -1;
	}
	return 0;
}

/* ---- the file ---- */

static int kind(struct maker *m)
{
	struct segmentation *s = m->s;
	char buf[READ_TEXT];
	const char *t = text(m, 0x00080016, buf);
	long most = number(m->h, NULL, 0x0062000e, 65535);
	uint16_t padding, rows, columns;

	if (!t || (strcmp(t, SOP "4") != 0 && strcmp(t, SOP "7") != 0))
		return wrong(m, "unsupported", "is no segmentation of voxels");
	t = text(m, 0x00620001, buf);
	s->type = !t ? SEGMENTATION_BINARY : strcmp(t, "FRACTIONAL") == 0 ? SEGMENTATION_FRACTIONAL :
		strcmp(t, "LABELMAP") == 0 ? SEGMENTATION_LABELMAP : SEGMENTATION_BINARY;
	if (!t || (s->type == SEGMENTATION_BINARY && strcmp(t, "BINARY") != 0))
		return WRONG(m, "unsupported", "SegmentationType (0062,0001) is '%.40s'", t ? t : "");
	if (s->type == SEGMENTATION_FRACTIONAL) {
		t = text(m, 0x00620010, buf);
		s->occupancy = t && strcmp(t, "OCCUPANCY") == 0;
		if (!t || (!s->occupancy && strcmp(t, "PROBABILITY") != 0))
			return WRONG(m, "unsupported", "SegmentationFractionalType (0062,0010) is '%.40s'", t ? t : "");
		if (most < 1)
			return wrong(m, "unsupported", "has no sound MaximumFractionalValue (0062,000E)");
		s->most = (uint16_t)most;
	}
	if (!dcmtk_u16(m->h, 0x0028, 0x0010, &rows) || !dcmtk_u16(m->h, 0x0028, 0x0011, &columns) || !rows || !columns)
		return wrong(m, "unsupported", "has no sound Rows (0028,0010) and Columns (0028,0011)");
	s->rows = rows;
	s->columns = columns;
	s->has_padding = s->type == SEGMENTATION_LABELMAP && dcmtk_u16(m->h, 0x0028, 0x0120, &padding);
	if (s->has_padding)
		s->padding = padding;
	t = dcmtk_text(m->h, 0x0008, 0x0018, buf, sizeof s->instance);
	snprintf(s->instance, sizeof s->instance, "%.64s", t ? t : "");
	return 0;
}

int segmentation_read(struct segmentation *s, const char *path, struct vol_err *err)
{
	struct maker m = {.s = s, .err = err};
	const char *why;
	uint64_t at;
	int rc;

	*s = (struct segmentation){.unpacked = -1, .path = strdup(path)};
	dcmtk_start();
	m.h = s->path ? dcmtk_header_open(path) : NULL;
	if (!m.h)
		return vol_fail(err, path, "out of memory");
	if (dcmtk_header_end(m.h, &why, &at) != DCMTK_AT_PIXELS)
		rc = WRONG(&m, "truncated", "header cannot be read to its pixels%s%s", why ? ": " : "", why ? why : "");
	else
		rc = kind(&m) < 0 || segments(&m) < 0 || frames(&m) < 0 || segmentation_place(s, m.h, at, err) < 0 ? -1 : 0;
	dcmtk_header_close(m.h);
	return rc;
}

void segmentation_free(struct segmentation *s)
{
	for (size_t i = 0; i < s->segments; i++)
		free(s->segment[i].name);
	free(s->segment);
	free(s->frame);
	free(s->path);
	if (s->unpacked >= 0)
		close(s->unpacked);
}
