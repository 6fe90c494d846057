/* read_frame.c - where a frame lies, what its stored values mean, and how it was made. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "read_inside.h"

enum { TEXT = READ_TEXT };

/* A rescale is a slip of the pen where what comes of it leaves single precision, in which most formats and programs hold it. */
static const double LEAST_SLOPE = 1e-37, GREATEST_VALUE = 3e38;

/* ---- geometry ---- */

static int geometry(struct reader *r)
{
	struct dicom_frame *f = r->frame;
	int got = read_decimals(r, 0x00209113, 0x00200032, 3, f->position);
	char reference[TEXT];

	for (int w = 0; got > 0 && w < 3; w++)
		if (fabs(f->position[w]) > 1e5) /* a hundred metres: no scanner is that long */
			got = -1;
	if (got < 0)
		return read_bad(r, "ImagePositionPatient", 0x00209113, 0x00200032);
	f->has_position = got > 0;
	f->reference = read_keep(r, read_value(r, 0, 0x00200052, reference));
	if (f->reference && !f->reference[0])
		f->reference = NULL;
	got = read_decimals(r, 0x00209116, 0x00200037, 6, f->orientation);
	if (got < 0)
		return read_bad(r, "ImageOrientationPatient", 0x00209116, 0x00200037);
	f->has_orientation = got > 0;
	got = read_decimals(r, 0x00289110, 0x00280030, 2, f->spacing);
	if (got < 0 || (got > 0 && !(f->spacing[0] > 0 && f->spacing[1] > 0)))
		return read_bad(r, "PixelSpacing", 0x00289110, 0x00280030);
	f->has_spacing = got > 0;
	if (read_decimals(r, 0x00289110, 0x00180050, 1, &f->thickness) <= 0 || f->thickness < 0)
		f->thickness = 0;
	if (read_decimals(r, 0x00289110, 0x00180088, 1, &f->slice_step) <= 0)
		f->slice_step = 0;
	f->slice_step = fabs(f->slice_step); /* some scanners sign it by the direction of travel */
	return 1;
}

/* ---- what stored values mean ---- */

static const char *rescale_unit(struct reader *r)
{
	const char *modality = r->file->modality ? r->file->modality : "";
	char type[TEXT], units[TEXT];
	bool has_type = read_value(r, 0x00289145, 0x00281054, type);
	bool has_units = dcmtk_text(r->header, 0x0054, 0x1001, units, sizeof units);

	if (strcmp(modality, "PT") == 0) {
		if (!has_units)
			return NULL;
		return strcmp(units, "BQML") == 0 ? read_keep(r, "Bq/ml") :
		       strcmp(units, "GML") == 0 ? read_keep(r, "g/ml") :
		       strcmp(units, "CNTS") == 0 ? read_keep(r, "counts") : NULL;
	}
	/* PS3.3 C.8.2.1: HU is what original CT images rescale to */
	if (strcmp(modality, "CT") == 0 && (!has_type || strcmp(type, "HU") == 0))
		return read_keep(r, "HU");
	/* US: unspecified */
	return has_type && strcmp(type, "US") != 0 && strlen(type) <= 16 ? read_keep(r, type) : NULL;
}

static int rescale(struct reader *r)
{
	struct dicom_frame *f = r->frame;
	int slope = read_decimals(r, 0x00289145, 0x00281053, 1, &f->slope);
	int intercept = read_decimals(r, 0x00289145, 0x00281052, 1, &f->intercept);

	if (slope < 0 || (slope > 0 && !(fabs(f->slope) >= LEAST_SLOPE && fabs(f->slope) * exp2(f->pixels.stored) <= GREATEST_VALUE)))
		return read_bad(r, "RescaleSlope", 0x00289145, 0x00281053);
	if (intercept < 0 || (intercept > 0 && fabs(f->intercept) > GREATEST_VALUE))
		return read_bad(r, "RescaleIntercept", 0x00289145, 0x00281052);
	if (slope != intercept)
		return read_because(r, DICOM_UNSUPPORTED, slope ? "has RescaleSlope (0028,1053) without RescaleIntercept (0028,1052)"
		                                           : "has RescaleIntercept (0028,1052) without RescaleSlope (0028,1053)");
	/* C.11.1 is of measured values */
	if (f->pixels.colour != DICOM_GREY && slope > 0 && (f->slope != 1 || f->intercept != 0))
		return read_because(r, DICOM_UNSUPPORTED, "colour has RescaleSlope (0028,1053) %g and RescaleIntercept (0028,1052) %g",
		                    f->slope, f->intercept);
	f->has_rescale = slope > 0 && f->pixels.colour == DICOM_GREY;
	if (f->pixels.colour != DICOM_GREY)
		return 1;
	f->rescale_unit = rescale_unit(r);
	return 1;
}

/* A 16-bit pattern as the stored value it stands for. */
static int64_t stored_value(uint16_t bits, const struct dicom_pixels *p)
{
	return p->is_signed ? (int16_t)bits : (int64_t)bits;
}

void read_padding(struct reader *r)
{
	struct dicom_frame *f = r->frame;
	uint16_t value, limit;
	int64_t a, b;

	f->has_padding = f->pixels.colour == DICOM_GREY && dcmtk_u16(r->header, 0x0028, 0x0120, &value);
	if (!f->has_padding)
		return;
	if (!dcmtk_u16(r->header, 0x0028, 0x0121, &limit))
		limit = value;
	a = stored_value(value, &f->pixels);
	b = stored_value(limit, &f->pixels);
	f->padding[0] = a < b ? a : b;
	f->padding[1] = a < b ? b : a;
}

static bool is_lossy(const char *syntax)
{
	return strcmp(syntax, TS ".4.50") == 0 || strcmp(syntax, TS ".4.51") == 0 || strcmp(syntax, TS ".4.81") == 0;
}

void read_acquisition(struct reader *r)
{
	char buf[257];

	for (size_t i = 0; dicom_acquisition[i].keyword; i++) {
		const char *text = dcmtk_text(r->header, dicom_acquisition[i].group,
		                              dicom_acquisition[i].element, buf, sizeof buf);

		/* control characters have no place in a header line, and none in these attributes */
		for (const char *c = text; c && *c; c++)
			if ((unsigned char)*c < ' ')
				text = NULL;
		/* these leave no choice (PS3.3, C.7.6.1.1.5), whatever an archive left out */
		if (strcmp(dicom_acquisition[i].keyword, "LossyImageCompression") == 0 && is_lossy(r->frame->pixels.syntax))
			text = "01";
		r->frame->acquisition[i] = read_keep(r, text);
	}
}
/* What stands with the frame in work: in its functional groups, or outermost where there is but one. */
int read_frame(struct reader *r)
{
	struct dicom_frame *f = r->frame;

	if (geometry(r) <= 0 || rescale(r) <= 0)
		return 0;
	f->has_window = f->pixels.colour == DICOM_GREY && read_decimals(r, 0x00289132, 0x00281050, 1, &f->window[0]) > 0 &&
			read_decimals(r, 0x00289132, 0x00281051, 1, &f->window[1]) > 0;
	return 1;
}
