/* nm.c - Nuclear Medicine: the frames of one file by its vectors (PS3.3, C.8.4.8, C.8.4.11, C.8.4.15). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "read.h"
#include "read_inside.h"

/* What a frame's number along each index is; what says when becomes time, what tells pictures apart becomes their kind. */
enum { SLICE, TIME_SLOT, TIME_SLICE, DETECTOR, ENERGY, PHASE, ROTATION, INTERVAL, VIEW, VECTORS };

static const struct {
	uint16_t element; /* of group 0054 */
	const char *name, *kind;
} vectors[VECTORS] = {
	[SLICE] = {0x0080, "SliceVector", NULL},
	[TIME_SLOT] = {0x0070, "TimeSlotVector", NULL},
	[TIME_SLICE] = {0x0100, "TimeSliceVector", NULL},
	[DETECTOR] = {0x0020, "DetectorVector", "detector"},
	[ENERGY] = {0x0010, "EnergyWindowVector", "energy window"},
	[PHASE] = {0x0030, "PhaseVector", "phase"},
	[ROTATION] = {0x0050, "RotationVector", "rotation"},
	[INTERVAL] = {0x0060, "RRIntervalVector", "RR interval"},
	[VIEW] = {0x0090, "AngularViewVector", "angular view"},
};

struct nuclear {
	const uint16_t *index[VECTORS]; /* one a frame; NULL: there is none */
	bool varies[VECTORS];
	double step;                    /* mm from slice to slice along the normal, by its sign */
};

int nuclear_is_volume(struct reader *r, const char *image_type)
{
	const char *word = image_type;

	for (int i = 0; i < 2; i++)
		word = strchr(word, '\\') ? strchr(word, '\\') + 1 : "";
	if (strncmp(word, "RECON TOMO", 10) == 0 || strncmp(word, "RECON GATED TOMO", 16) == 0)
		return 1;
	return read_because(r, DICOM_UNSUPPORTED, "nuclear medicine, ImageType (0008,0008) %.80s: no reconstructed slices", image_type);
}

/* Each vector that there is, and that the frames are counted by no other. 1; 0. */
static int read_vectors(struct reader *r, struct nuclear *m)
{
	char pointers[READ_TEXT];
	size_t n = 0, known = 0, stated = 0;

	for (int v = 0; v < VECTORS; v++) {
		m->index[v] = dcmtk_words(r->header, 0x0054, vectors[v].element, &n);
		if (m->index[v] && n != r->n)
			return read_because(r, DICOM_UNSUPPORTED, "%s (0054,%04x) has %zu values, of %zu frames", vectors[v].name,
			                    vectors[v].element, n, r->n);
		for (size_t i = 1; m->index[v] && i < n; i++)
			m->varies[v] = m->varies[v] || m->index[v][i] != m->index[v][0];
	}
	if (!dcmtk_text(r->header, 0x0028, 0x0009, pointers, sizeof pointers))
		pointers[0] = '\0';
	for (const char *at = pointers; (at = strchr(at, '(')); at++) {
		char tag[16];

		stated++;
		for (int v = 0; v < VECTORS; v++) {
			snprintf(tag, sizeof tag, "(0054,%04x)", vectors[v].element);
			known += strncasecmp(at, tag, strlen(tag)) == 0;
		}
	}
	if (known != stated)
		return read_because(r, DICOM_UNSUPPORTED, "FrameIncrementPointer (0028,0009) is %.60s, which is not known", pointers);
	if (!m->index[SLICE] && r->n > 1)
		return read_because(r, DICOM_UNSUPPORTED, "nuclear medicine of %zu frames without SliceVector (0054,0080)", r->n);
	return 1;
}

static int read_step(struct reader *r, struct nuclear *m)
{
	char buf[READ_TEXT];
	const char *text = dcmtk_text(r->header, 0x0018, 0x0088, buf, sizeof buf);

	if (dicom_decimals(text, 1, &m->step) > 0 && m->step != 0)
		return 1;
	if (!m->varies[SLICE])
		return 1;
	return read_because(r, DICOM_UNSUPPORTED, "SpacingBetweenSlices (0018,0088) is '%.40s' where slices lie by it", text ? text : "");
}

static char *of_detector(struct reader *r, size_t item, uint32_t tag, char buf[READ_TEXT])
{
	const uint32_t path[] = {0x00540022, tag}; /* DetectorInformationSequence */

	return dcmtk_path_text(r->header, item, path, 2, buf, READ_TEXT);
}

/* The first slice's place is its detector's (C.8.4.11), counted from 1. 1; 0. */
static int read_detector(struct reader *r, const struct nuclear *m, size_t i)
{
	struct dicom_frame *f = r->frame;
	size_t item = m->index[DETECTOR] && m->index[DETECTOR][i] ? m->index[DETECTOR][i] - 1u : 0;
	char buf[READ_TEXT];
	int position = dicom_decimals(of_detector(r, item, 0x00200032, buf), 3, f->position);
	int orientation = dicom_decimals(of_detector(r, item, 0x00200037, buf), 6, f->orientation);

	if (position < 0 || orientation < 0)
		return read_because(r, DICOM_UNSUPPORTED, "%s of detector %zu is not numbers",
		                    position < 0 ? "ImagePositionPatient (0020,0032)" : "ImageOrientationPatient (0020,0037)", item + 1);
	f->has_position = f->has_position || position > 0;
	f->has_orientation = f->has_orientation || orientation > 0;
	return 1;
}

/* Frames that differ in what is neither slice nor time are pictures of several kinds. */
static void set_kind(struct reader *r, const struct nuclear *m, size_t i)
{
	char text[400] = "";
	size_t at = 0;

	for (int v = 0; v < VECTORS; v++)
		if (vectors[v].kind && m->varies[v])
			at += (size_t)snprintf(text + at, sizeof text - at, "%s%s %u", at ? ", " : "", vectors[v].kind, m->index[v][i]);
	if (at)
		r->frame->kind = read_keep(r, text);
}

int nuclear_frames(struct reader *r)
{
	struct nuclear m = {.step = 0};
	int time, good = read_vectors(r, &m) && read_step(r, &m) && read_several(r, r->n);

	if (good && m.varies[TIME_SLOT] && m.varies[TIME_SLICE])
		good = read_because(r, DICOM_UNSUPPORTED, "frames by TimeSlotVector (0054,0070) and by TimeSliceVector (0054,0100)");
	time = m.varies[TIME_SLOT] ? TIME_SLOT : TIME_SLICE;
	for (size_t i = 0; good && i < r->n; i++) {
		r->frame = &r->all[i];
		if (i)
			*r->frame = r->all[0];
		good = read_detector(r, &m, i);
	}
	for (size_t i = 0; good && i < r->n; i++) {
		r->frame = &r->all[i];
		read_behind(r, i, m.index[SLICE] ? m.step * ((double)m.index[SLICE][i] - 1) : 0);
		if (m.varies[time])
			r->frame->along[DICOM_BY_TIME] = m.index[time][i];
		r->frame->has_time = r->frame->has_time && !m.varies[time];
		set_kind(r, &m, i);
	}
	return good;
}
