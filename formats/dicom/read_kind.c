/* read_kind.c - which series, which image, and what kind of image a file holds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read_inside.h"

enum { TEXT = READ_TEXT };

void read_identify(struct reader *r)
{
	struct dicom_file *f = r->file;
	char buf[TEXT], utf8[TEXT], *end;
	const char *text;
	long number;

	if (!dcmtk_text(r->header, 0x0008, 0x0016, r->sop_class, sizeof r->sop_class) &&
	    !dcmtk_text(r->header, 0x0002, 0x0002, r->sop_class, sizeof r->sop_class))
		r->sop_class[0] = '\0';
	f->series_uid = read_text(r, 0x0020, 0x000e);
	f->sop_uid = read_text(r, 0x0008, 0x0018);
	f->modality = read_text(r, 0x0008, 0x0060);
	text = dcmtk_text(r->header, 0x0008, 0x103e, buf, sizeof buf); /* SeriesDescription */
	if (text)
		f->description = read_keep(r, dcmtk_utf8(r->header, text, utf8, sizeof utf8));
	text = dcmtk_text(r->header, 0x0020, 0x0011, buf, sizeof buf); /* SeriesNumber */
	if (text) {
		number = strtol(text, &end, 10);
		f->has_number = *end == '\0' && number > -1000000000L && number < 1000000000L;
		f->number = (int)number;
	}
}

#define SOP "1.2.840.10008.5.1.4.1.1."

struct sop_kind {
	const char *uid; /* a prefix when it ends with a point */
	enum dicom_status status;
	const char *what;
	bool enhanced; /* what frames are stands in functional groups */
};

static const struct sop_kind sop_kinds[] = {
	{SOP "2", DICOM_USED, "CT", false},
	{SOP "4", DICOM_USED, "MR", false},
	{SOP "128", DICOM_USED, "PET", false},
	{SOP "7", DICOM_USED, "secondary capture", false}, /* where it states its geometry */
	{SOP "2.1", DICOM_USED, "enhanced CT", true},
	{SOP "2.2", DICOM_USED, "legacy converted CT", true},
	{SOP "4.1", DICOM_USED, "enhanced MR", true},
	{SOP "4.3", DICOM_USED, "enhanced MR colour", true},
	{SOP "4.4", DICOM_USED, "legacy converted MR", true},
	{SOP "130", DICOM_USED, "enhanced PET", true},
	{SOP "128.1", DICOM_USED, "legacy converted PET", true},
	{SOP "7.2", DICOM_USED, "multi-frame secondary capture of bytes", true},
	{SOP "7.3", DICOM_USED, "multi-frame secondary capture of words", true},
	{SOP "7.4", DICOM_USED, "multi-frame secondary capture in colour", true},
	{SOP "13.1.1", DICOM_USED, "3-D X-ray angiography", true},
	{SOP "13.1.2", DICOM_USED, "3-D craniofacial X-ray", true},
	{SOP "13.1.3", DICOM_USED, "breast tomosynthesis", true},
	{SOP "20", DICOM_USED, "nuclear medicine", false},
	{SOP "481.2", DICOM_USED, "dose", false},
	{SOP "6.1", DICOM_USED, "ultrasound", false}, /* where it states its geometry, as secondary capture */
	{SOP "3.1", DICOM_USED, "ultrasound", false},
	{SOP "6.2", DICOM_UNSUPPORTED, "an ultrasound volume, whose planes lie in the transducer's space, not the patient's", false},
	{SOP "12.1", DICOM_UNSUPPORTED, "X-ray angiography: projections, which are no slices", false},
	{SOP "12.1.1", DICOM_UNSUPPORTED, "enhanced X-ray angiography: projections, which are no slices", false},
	{SOP "12.2", DICOM_UNSUPPORTED, "X-ray fluoroscopy: projections, which are no slices", false},
	{SOP "12.2.1", DICOM_UNSUPPORTED, "enhanced X-ray fluoroscopy: projections, which are no slices", false},
	{SOP "66.4", DICOM_OTHER, "segmentation object", false},
	{SOP "66.7", DICOM_OTHER, "label map segmentation object", false},
	{SOP "30", DICOM_OTHER, "parametric map", false},
	{SOP "481.", DICOM_OTHER, "radiotherapy object", false},
};

static const struct sop_kind *sop_kind(const char *uid)
{
	for (size_t i = 0; i < sizeof sop_kinds / sizeof *sop_kinds; i++) {
		const char *known = sop_kinds[i].uid;
		size_t n = strlen(known);

		if (known[n - 1] == '.' ? strncmp(uid, known, n) == 0 : strcmp(uid, known) == 0)
			return &sop_kinds[i];
	}
	return NULL;
}

/* NumberOfFrames, an IS; 0: it is no number. */
static size_t whole_number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	return *end || end == text || text[0] == '-' ? 0 : n;
}

/* As many frames as there are descriptions of frames; without either, no word is believed. */
static int count_frames(struct reader *r, const struct sop_kind *kind, const char *stated)
{
	size_t described = dcmtk_frames(r->header);
	char digits[24];

	r->spread = strcmp(r->sop_class, SOP "20") == 0    ? nuclear_frames :
	            strcmp(r->sop_class, SOP "481.2") == 0 ? dose_frames : NULL;
	if (r->spread) {
		r->n = stated ? whole_number(stated) : 1;
		if (r->n < 1 || r->n > READ_FRAMES_MAX)
			return read_because(r, DICOM_UNSUPPORTED, "NumberOfFrames (0028,0008) is '%.12s'", stated);
		return 1;
	}
	if (!kind || !kind->enhanced) {
		if (stated && whole_number(stated) != 1)
			return read_because(r, DICOM_UNSUPPORTED, "multi-frame (%.12s frames%s%s), and nothing says where they lie", stated,
			                    kind ? " of " : "", kind ? kind->what : "");
		return 1;
	}
	if (described == 0)
		return read_because(r, DICOM_UNSUPPORTED, "%s without PerFrameFunctionalGroupsSequence (5200,9230)", kind->what);
	snprintf(digits, sizeof digits, "%zu", described);
	if (!stated || whole_number(stated) != described)
		return read_because(r, DICOM_UNSUPPORTED, "NumberOfFrames (0028,0008) is '%.12s', and there are functional groups of %s",
		                    stated ? stated : "", digits);
	if (described > READ_FRAMES_MAX)
		return read_because(r, DICOM_UNSUPPORTED, "%s frames", digits);
	r->enhanced = true;
	r->n = described;
	return 1;
}

/* 1: an image of the kind this program converts. 0: the status says what else. */
int read_classify(struct reader *r, bool has_pixels)
{
	const struct sop_kind *kind = sop_kind(r->sop_class);
	const char *modality = r->file->modality ? r->file->modality : "no modality";
	char image_type[TEXT], buf[TEXT];
	const char *text;

	if (!dcmtk_text(r->header, 0x0008, 0x0008, image_type, sizeof image_type))
		image_type[0] = '\0';
	/* an image without pixels was cut between two attributes */
	if (!has_pixels && kind && kind->status != DICOM_OTHER)
		return read_because(r, DICOM_TRUNCATED, "ends before its pixels");
	if (!has_pixels)
		return read_because(r, DICOM_NO_PIXELS, "%s without pixels", modality);
	if (kind && kind->status == DICOM_OTHER)
		return read_because(r, DICOM_OTHER, "%s", kind->what);
	if (kind && kind->status == DICOM_UNSUPPORTED)
		return read_because(r, DICOM_UNSUPPORTED, "%s", kind->what);
	if (read_has(image_type, "LOCALIZER"))
		return read_because(r, DICOM_LOCALIZER, "ImageType is %s", image_type);
	text = dcmtk_text(r->header, 0x0028, 0x0008, buf, sizeof buf); /* NumberOfFrames */
	if (!count_frames(r, kind, text))
		return 0;
	if (!kind && r->sop_class[0])
		return read_because(r, DICOM_UNSUPPORTED, "SOP class %.64s (%s)", r->sop_class, modality);
	if (r->spread == nuclear_frames && !nuclear_is_volume(r, image_type))
		return 0;
	r->grid = !r->enhanced && !r->spread && uih_is(image_type);
	r->mosaic = !r->enhanced && !r->spread && !r->grid && mosaic_is(r, image_type);
	if (dcmtk_has(r->header, 0x0028, 0x3000))
		return read_because(r, DICOM_UNSUPPORTED, "values go through a Modality LUT");
	return 1;
}
