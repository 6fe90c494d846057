/* write_seg_head.c - all that a segmentation says beside its bits: PS3.3, C.8.20 (segmentation), C.7.6.16 (multi-frame
 * functional groups), C.7.6.17 (dimensions), C.12.2 (references). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "write_seg.h"

/* ---- the images that were labelled ---- */

static bool same_plane(const struct seg *s, const struct dicom_frame *f)
{
	double turned = 0;

	if (!f->has_position || !f->has_orientation || !f->has_spacing || f->pixels.rows != s->d.rows ||
	    f->pixels.columns != s->d.columns)
		return false;
	for (int w = 0; w < 3; w++) {
		turned = fmax(turned, fabs(f->orientation[w] - s->d.row[w]));
		turned = fmax(turned, fabs(f->orientation[3 + w] - s->d.column[w]));
	}
	return turned < 1e-3 && fabs(f->spacing[0] - s->d.spacing[0]) * (double)s->d.rows < 0.1 &&
	       fabs(f->spacing[1] - s->d.spacing[1]) * (double)s->d.columns < 0.1;
}

/* Slices lie where their images do, but for the rounding that dcm2vol takes out of positions. */
void seg_sources(struct seg *s)
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

void seg_frame(const struct seg *s, const struct seg_frame *f, struct dataset_bytes *items)
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

void seg_head(const struct seg *s, const char *sop_class, const char *instance, struct dataset *to)
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
	derived_put(&s->d, "SEG", sop_class, instance, to);
}
