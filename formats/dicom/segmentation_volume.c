/* segmentation_volume.c - the slices of a segmentation, from its frames. */
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dcmtk.h"
#include "io/follow.h"
#include "io/keys.h"
#include "overlapping.h"
#include "segmentation_inside.h"

enum { VALUES = 65536 };

struct labels {
	struct segmentation seg; /* frames by slice, then segment */
	const struct segment *only; /* NULL: all */
	uint64_t nx, ny, nz;
	size_t next;             /* frame to come */
	uint16_t *slice;         /* 0, or 1 + the index of a segment; of a fractional segment, its values */
	bool marked;             /* are there others than 0? */
	uint16_t *pixel;         /* of a frame */
	void *room;
	uint16_t *segment_of;    /* of a label map: the same for its values; 0 also for those that are none */
	struct overlapping overlap;
	/* the slice as it goes out */
	enum voxel_type type;
	unsigned char *out;
	size_t out_bytes, at;
	uint64_t now;
};

/* ---- one frame onto its slice ---- */

/* What a pixel stands for in the slice: 0, or what it becomes. -1: it may not be. */
static int32_t meaning(const struct labels *l, const struct segmentation_frame *f, uint16_t pixel)
{
	const struct segmentation *s = &l->seg;
	uint16_t segment;

	if (s->type == SEGMENTATION_FRACTIONAL)
		return pixel <= s->most ? pixel : -1;
	if (s->type == SEGMENTATION_BINARY)
		return pixel ? (int32_t)f->segment + 1 : 0;
	if (pixel == 0 || (s->has_padding && pixel == s->padding))
		return 0;
	segment = l->segment_of[pixel];
	return segment ? segment : -1;
}

static int no_meaning(const struct labels *l, const struct segmentation_frame *f, uint16_t pixel, struct vol_err *err)
{
	if (l->seg.type == SEGMENTATION_FRACTIONAL)
		return vol_fail(err, l->seg.path, "frame %zu holds %u, over MaximumFractionalValue (0062,000E), %u [unsupported]",
		                f->number + 1, pixel, l->seg.most);
	return vol_fail(err, l->seg.path, "frame %zu holds %u, and no segment has that number [unsupported]", f->number + 1,
	                pixel);
}

static int paint(struct labels *l, const struct segmentation_frame *f, struct vol_err *err)
{
	const struct segmentation *s = &l->seg;
	const uint16_t *pixel = l->pixel;
	int64_t step = s->back_x ? -1 : 1;

	if (segmentation_frame(s, f, l->pixel, l->room, err) < 0)
		return -1;
	l->marked = true;
	for (uint32_t j = 0; j < s->rows; j++) {
		uint16_t *to = l->slice + (f->y + (s->back_y ? -(int64_t)j : (int64_t)j)) * (int64_t)l->nx + f->x;

		for (uint32_t i = 0; i < s->columns; i++, to += step, pixel++) {
			int32_t is;
			uint64_t four;

			/* most of a mask is empty */
			if (i + 4 <= s->columns && (memcpy(&four, pixel, sizeof four), four == 0)) {
				i += 3;
				to += 3 * step;
				pixel += 3;
				continue;
			}
			is = *pixel ? meaning(l, f, *pixel) : 0;
			if (is < 0)
				return no_meaning(l, f, *pixel, err);
			if (is == 0 || (l->only && s->type != SEGMENTATION_FRACTIONAL && &s->segment[is - 1] != l->only))
				continue;
			if (*to)
				overlapping_count(&l->overlap, (size_t)*to - 1, (size_t)is - 1);
			else
				*to = (uint16_t)is;
		}
	}
	return 0;
}

/* The slice that is due, into l->slice. */
static int draw(struct labels *l, uint64_t z, struct vol_err *err)
{
	const struct segmentation *s = &l->seg;

	/* not before a frame was read: what only claims to be large is never touched */
	if (l->marked)
		memset(l->slice, 0, l->nx * l->ny * sizeof *l->slice);
	l->marked = false;
	for (; l->next < s->frames && s->frame[l->next].slice == z; l->next++) {
		const struct segmentation_frame *f = &s->frame[l->next];

		if (l->only && s->type != SEGMENTATION_LABELMAP && &s->segment[f->segment] != l->only)
			continue;
		if (paint(l, f, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- the source ---- */

static void put_out(struct labels *l)
{
	const struct segmentation *s = &l->seg;
	size_t n = (size_t)(l->nx * l->ny);

	for (size_t i = 0; i < n; i++) {
		uint16_t is = l->slice[i], label = is == 0 ? 0 : l->only ? 1 : s->segment[is - 1].label;

		if (l->type == VOXEL_FLOAT)
			((float *)(void *)l->out)[i] = (float)((double)is / s->most);
		else if (l->type == VOXEL_UINT16)
			((uint16_t *)(void *)l->out)[i] = label;
		else
			l->out[i] = (unsigned char)label;
	}
}

static ssize_t read_labels(void *ctx, void *buf, size_t n, struct vol_err *err)
{
	struct labels *l = ctx;
	size_t got = 0;

	while (got < n && (l->at < l->out_bytes || l->now < l->nz)) {
		size_t part;

		if (l->at == l->out_bytes) {
			if (draw(l, l->now++, err) < 0)
				return -1;
			put_out(l);
			l->at = 0;
		}
		part = l->out_bytes - l->at < n - got ? l->out_bytes - l->at : n - got;
		memcpy((char *)buf + got, l->out + l->at, part);
		l->at += part;
		got += part;
	}
	return (ssize_t)got;
}

static void close_labels(void *ctx)
{
	struct labels *l = ctx;

	if (!l)
		return;
	segmentation_free(&l->seg);
	free(l->slice);
	free(l->pixel);
	free(l->room);
	free(l->segment_of);
	free(l->out);
	free(l);
}

static const struct vol_source labels_source = {read_labels, NULL, NULL, close_labels};

/* ---- before the first slice ---- */

static int by_slice(const void *va, const void *vb)
{
	const struct segmentation_frame *a = va, *b = vb;

	if (a->slice != b->slice)
		return a->slice < b->slice ? -1 : 1;
	if (a->segment != b->segment)
		return a->segment < b->segment ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

static int sort(struct segmentation *s, struct vol_err *err)
{
	qsort(s->frame, s->frames, sizeof *s->frame, by_slice);
	for (size_t i = 1; i < s->frames; i++) {
		const struct segmentation_frame *a = &s->frame[i - 1], *b = &s->frame[i];

		if (a->slice == b->slice && a->segment == b->segment)
			return vol_fail(err, s->path, "frames %zu and %zu lie at one place%s%.60s [duplicate-position]", a->number + 1,
			                b->number + 1, s->type == SEGMENTATION_LABELMAP ? "" : ", both of segment ",
			                s->type == SEGMENTATION_LABELMAP ? "" : s->segment[a->segment].name);
	}
	return 0;
}

static int values(struct labels *l, struct vol_err *err)
{
	const struct segmentation *s = &l->seg;

	if (s->type != SEGMENTATION_LABELMAP)
		return 0;
	l->segment_of = calloc(VALUES, sizeof *l->segment_of);
	if (!l->segment_of)
		return vol_fail(err, s->path, "out of memory");
	for (size_t i = 0; i < s->segments; i++)
		l->segment_of[s->segment[i].number] = (uint16_t)(i + 1);
	if (s->has_padding && l->segment_of[s->padding])
		return vol_fail(err, s->path, "PixelPaddingValue (0028,0120) is %u, which is also the number of a segment [unsupported]",
		                s->padding);
	return 0;
}

static int overlaps(const struct labels *l, const char *subject, struct vol_err *err)
{
	const struct overlapping_pair *most = overlapping_most(&l->overlap);
	const struct segment *segment = l->seg.segment;
	char more[100];

	if (!most)
		return 0;
	return vol_fail(err, subject, "segments %u %.60s and %u %.60s have %llu voxels in common%s, which labels cannot hold: "
	                "take each with dcm2vol --segment [overlapping-segments]", segment[most->a].label,
	                segment[most->a].name, segment[most->b].label, segment[most->b].name, (unsigned long long)most->n,
	                overlapping_more(&l->overlap, more, sizeof more));
}

/* Everything once, before anything comes out. */
static int look(struct labels *l, const char *subject, struct vol_err *err)
{
	while (l->next < l->seg.frames)
		if (draw(l, l->seg.frame[l->next].slice, err) < 0)
			return -1;
	l->next = 0;
	return overlaps(l, subject, err);
}

/* ---- the header ---- */

static int names(const struct labels *l, struct vol_head *h, struct vol_err *err)
{
	const struct segmentation *s = &l->seg;
	char *table = NULL;
	size_t size;
	FILE *f = open_memstream(&table, &size);
	bool failed = !f;
	int rc;

	if (f && l->only)
		fprintf(f, "1 %s", l->only->name);
	for (size_t i = 0; f && !l->only && i < s->segments; i++)
		fprintf(f, "%s%u %s", i ? "\n" : "", s->segment[i].label, s->segment[i].name);
	if (f)
		failed = fclose(f) != 0;
	rc = failed ? vol_fail(err, s->path, "out of memory") : follow_labels(h, table, err);
	free(table);
	return rc;
}

struct put {
	struct vol_head *h;
	struct vol_err *err;
};

static int put_identifier(void *ctx, const char *keyword, const char *value)
{
	struct put *p = ctx;
	char name[128];

	snprintf(name, sizeof name, "dicom.%s", keyword);
	return key_set(p->h, p->err, name, "%s", value);
}

static int make_head(struct labels *l, bool identifiers, const char *subject, struct vol_head *h, struct vol_err *err)
{
	const struct segmentation *s = &l->seg;
	struct put put = {h, err};
	unsigned most = 0;
	SHA2_CTX sha;

	for (size_t i = 0; !l->only && i < s->segments; i++)
		most = s->segment[i].label > most ? s->segment[i].label : most;
	l->type = s->type == SEGMENTATION_FRACTIONAL ? VOXEL_FLOAT : most > UINT8_MAX ? VOXEL_UINT16 : VOXEL_UINT8;
	h->type = l->type;
	if (vol_head_check(h, subject, err) < 0 || key_source(h, err) < 0)
		return -1;
	if (l->type == VOXEL_FLOAT) {
		if (key_set(h, err, "unit", "1") < 0)
			return -1;
	} else if (names(l, h, err) < 0) {
		return -1;
	}
	if (l->only && l->only->frames == 0 && s->type != SEGMENTATION_LABELMAP)
		vol_warn(subject, "segment %u %.60s has no frames: nothing is marked", l->only->label, l->only->name);
	SHA256Init(&sha);
	SHA256Update(&sha, (const uint8_t *)s->instance, strlen(s->instance));
	SHA256Update(&sha, (const uint8_t *)"\n", 1);
	SHA256End(&sha, h->digest);
	return identifiers ? dcmtk_identifiers(s->path, put_identifier, &put, err) : 0;
}

static int rooms(struct labels *l, const struct vol_head *h, struct vol_err *err)
{
	size_t n = (size_t)l->seg.rows * l->seg.columns;

	l->out_bytes = l->at = (size_t)vol_head_slice_bytes(h);
	l->slice = calloc((size_t)(l->nx * l->ny), sizeof *l->slice);
	l->out = malloc(l->out_bytes);
	l->pixel = malloc(n * sizeof *l->pixel);
	l->room = malloc(2 * n + 16);
	return l->slice && l->out && l->pixel && l->room ? 0 : vol_fail(err, l->seg.path, "out of memory");
}

static int begin(struct labels *l, const char *path, const struct segmentation_ask *ask, bool identifiers,
                 const char *subject, struct vol_head *h, struct vol_err *err)
{
	struct segmentation *s = &l->seg;
	int rc;

	if (segmentation_read(s, path, err) < 0 || segmentation_find(s, ask->segment, subject, &l->only, err) < 0)
		return -1;
	if (ask->grid)
		h->grid = *ask->grid;
	rc = ask->grid ? segmentation_onto(s, ask->grid, ask->grid_name, subject, err)
	               : segmentation_grid(s, subject, &h->grid, err);
	if (rc < 0 || sort(s, err) < 0 || values(l, err) < 0 || make_head(l, identifiers, subject, h, err) < 0)
		return -1;
	l->nx = h->grid.size[0];
	l->ny = h->grid.size[1];
	l->nz = h->grid.size[2];
	if (rooms(l, h, err) < 0)
		return -1;
	vol_note(subject, "%zu frames of %zu segments on %llu slices", s->frames, s->segments, (unsigned long long)l->nz);
	return look(l, subject, err);
}

struct vol_in *segmentation_open(const char *path, const struct segmentation_ask *ask, bool identifiers,
                                 const char *subject, struct vol_head *head, struct vol_err *err)
{
	struct labels *l = calloc(1, sizeof *l);
	struct vol_in *in;

	vol_head_init(head);
	if (!l) {
		vol_fail(err, path, "out of memory");
		return NULL;
	}
	l->seg.unpacked = -1;
	if (begin(l, path, ask, identifiers, subject, head, err) < 0) {
		close_labels(l);
		vol_head_free(head);
		return NULL;
	}
	in = vol_open_source(&labels_source, l, subject, head, false, err);
	if (!in)
		vol_head_free(head);
	return in;
}
