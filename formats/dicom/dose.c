/* dose.c - RT Dose: the planes of one file, and what their numbers are (PS3.3, C.8.8.3). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read.h"
#include "read_inside.h"

/* What a DS can be long (PS3.5, 7.1.2), for as many values as fit. */
enum { OFFSETS_MAX = 65536 };

static const double NEAR_MM = 1e-3;

/* Where each plane lies; the frames are those of the first one. 1; 0: the status says why not. */
static int read_offsets(struct reader *r, double *offset)
{
	static const char name[] = "GridFrameOffsetVector (3004,000C)";
	char *text = malloc(OFFSETS_MAX), pointer[READ_TEXT];
	int got = text ? dicom_decimals(dcmtk_text(r->header, 0x3004, 0x000c, text, OFFSETS_MAX), (int)r->n, offset) : 0;
	size_t values = 1;

	for (const char *c = text; got > 0 && *c; c++)
		values += *c == '\\';
	free(text);
	if (!text) {
		r->no_memory = true;
		return 0;
	}
	if (dcmtk_text(r->header, 0x0028, 0x0009, pointer, sizeof pointer) && strcasecmp(pointer, "(3004,000c)") != 0)
		return read_because(r, DICOM_UNSUPPORTED, "dose with FrameIncrementPointer (0028,0009) %.40s, not to %s", pointer, name);
	if (got > 0 && values == r->n)
		return 1;
	/* a plane alone needs no offset; one cut out of a grid keeps the grid's */
	if (r->n == 1 && got >= 0) {
		offset[0] = 0;
		return 1;
	}
	return read_because(r, DICOM_UNSUPPORTED, "dose of %zu frames, and no %s of as many values", r->n, name);
}

/* C.8.8.3.2: offsets begin with 0 and count along rows x columns from the first plane; or, of planes that lie as a patient's
 * axes do, they are the third coordinates themselves. 1; 0. */
static int settle_offsets(struct reader *r, double *offset)
{
	const struct dicom_frame *f = r->frame;
	static const double axial[6] = {1, 0, 0, 0, 1, 0};
	double turned = 0, z = f->position[2];

	if (fabs(offset[0]) < NEAR_MM)
		return 1;
	for (int i = 0; i < 6; i++)
		turned = fmax(turned, fabs(f->orientation[i] - axial[i]));
	if (turned > 1e-4 || fabs(offset[0] - z) > NEAR_MM)
		return read_because(r, DICOM_UNSUPPORTED, "GridFrameOffsetVector (3004,000C) begins with %.7g, neither 0 nor where the "
		                                          "first plane lies", offset[0]);
	for (size_t i = 0; i < r->n; i++)
		offset[i] -= z;
	return 1;
}

/* Stored numbers to dose. 1; 0. */
static int read_scaling(struct reader *r)
{
	struct dicom_frame *f = r->frame;
	char text[READ_TEXT], units[READ_TEXT];
	int got = dicom_decimals(dcmtk_text(r->header, 0x3004, 0x000e, text, sizeof text), 1, &f->slope);

	if (got <= 0 || !(f->slope > 0) || f->slope > 1e28)
		return read_because(r, DICOM_UNSUPPORTED, "no sound DoseGridScaling (3004,000E) with the dose");
	f->has_rescale = true;
	f->intercept = 0;
	if (!dcmtk_text(r->header, 0x3004, 0x0002, units, sizeof units))
		return read_because(r, DICOM_UNSUPPORTED, "dose without DoseUnits (3004,0002)");
	f->rescale_unit = strcmp(units, "GY") == 0 ? read_keep(r, "Gy") : strcmp(units, "RELATIVE") == 0 ? read_keep(r, "relative") : NULL;
	return 1;
}

int dose_frames(struct reader *r)
{
	double *offset = calloc(r->n, sizeof *offset);
	const struct dicom_frame *f = r->frame;
	int good = offset != NULL;

	if (!offset)
		r->no_memory = true;
	/* the order of the two halves of a number is not agreed upon, and a dose is no place to try */
	if (good && f->pixels.allocated == 32 && strcmp(f->pixels.syntax, "1.2.840.10008.1.2.2") == 0)
		good = read_because(r, DICOM_UNSUPPORTED, "dose of 32 bits in big-endian: programs differ on which half comes first");
	good = good && read_scaling(r) && read_offsets(r, offset) && (!f->has_orientation || settle_offsets(r, offset)) &&
	       read_several(r, r->n);
	for (size_t i = 0; good && i < r->n; i++)
		read_behind(r, i, offset[i]);
	free(offset);
	return good;
}
