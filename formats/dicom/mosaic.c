/* mosaic.c - Siemens' mosaics: the slices of a volume side by side in one image. The private headers say how many there
 * are and which way they follow each other; DICOM's own attributes say where the first pixel of the whole image would be if
 * the image were one slice around the same centre. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csa.h"
#include "read.h"
#include "read_inside.h"

enum { TILES_MAX = 4096 };

static const unsigned char *csa_of(struct reader *r, size_t *n)
{
	char buf[READ_TEXT];
	const char *owner = dcmtk_text(r->header, 0x0029, 0x0010, buf, sizeof buf);

	return owner && strcmp(owner, "SIEMENS CSA HEADER") == 0 ? dcmtk_bytes(r->header, 0x0029, 0x1010, n) : NULL;
}

/* By its number in the scanner's own block, (0019,100A), else in the CSA header. 0: not said. */
static double tiles_of(struct reader *r)
{
	char buf[READ_TEXT];
	const char *owner = dcmtk_text(r->header, 0x0019, 0x0010, buf, sizeof buf);
	const unsigned char *csa;
	uint16_t images;
	double tiles;
	size_t n;

	if (owner && strcmp(owner, "SIEMENS MR HEADER") == 0 && dcmtk_u16(r->header, 0x0019, 0x100a, &images) && images)
		return images;
	csa = csa_of(r, &n);
	return csa && csa_numbers(csa, n, "NumberOfImagesInMosaic", 1, &tiles) ? tiles : 0;
}

bool mosaic_is(struct reader *r, const char *image_type)
{
	const char *word = image_type;

	for (; (word = strstr(word, "MOSAIC")) != NULL; word++)
		if ((word == image_type || word[-1] == '\\') && (word[6] == '\0' || word[6] == '\\' || word[6] == ' '))
			return true;
	return tiles_of(r) > 1;
}

/* The unit vector from slice to slice: the normal of the images, the way that the CSA header says. */
static int normal_of(struct reader *r, double normal[3])
{
	const double *o = r->frame->orientation;
	double stated[3], along = 0, length = 0;
	size_t n;
	const unsigned char *csa = csa_of(r, &n);

	if (!csa)
		return read_because(r, DICOM_UNSUPPORTED, "Siemens mosaic without its CSA header (0029,1010)");
	if (!csa_numbers(csa, n, "SliceNormalVector", 3, stated))
		return read_because(r, DICOM_UNSUPPORTED, "Siemens mosaic whose CSA header (0029,1010) has no SliceNormalVector");
	for (int w = 0; w < 3; w++) {
		normal[w] = o[(w + 1) % 3] * o[3 + (w + 2) % 3] - o[(w + 2) % 3] * o[3 + (w + 1) % 3];
		length += normal[w] * normal[w];
		along += normal[w] * stated[w];
	}
	if (fabs(fabs(along) - 1) > 0.01)
		return read_because(r, DICOM_UNSUPPORTED, "Siemens mosaic: SliceNormalVector of the CSA header is not perpendicular to "
		                                          "ImageOrientationPatient (0020,0037)");
	for (int w = 0; w < 3; w++)
		normal[w] *= copysign(1 / sqrt(length), along);
	return 1;
}

/* What tells it from the same slices at another time. */
static void facts(struct reader *r)
{
	struct dicom_frame *f = r->frame;
	char buf[READ_TEXT];
	const char *text;

	text = dcmtk_text(r->header, 0x0020, 0x0012, buf, sizeof buf); /* AcquisitionNumber, InstanceNumber */
	if (!text)
		text = dcmtk_text(r->header, 0x0020, 0x0013, buf, sizeof buf);
	if (dicom_decimals(text, 1, &f->along[DICOM_BY_TIME]) <= 0)
		f->along[DICOM_BY_TIME] = NAN;
}

int mosaic_tiles(struct reader *r, const char *what, size_t n, unsigned side, unsigned down)
{
	struct dicom_pixels *p = &r->frame->pixels;

	if (p->rows % down || p->columns % side)
		return read_because(r, DICOM_UNSUPPORTED, "%s of %zu images, which %u x %u pixels do not hold", what, n, p->columns, p->rows);
	p->mosaic_rows = p->rows;
	p->mosaic_columns = p->columns;
	p->rows /= down;
	p->columns /= side;
	if (!read_several(r, n))
		return 0;
	for (unsigned i = 0; i < n; i++) {
		struct dicom_frame *tile = &r->all[i];

		*tile = r->all[0];
		tile->number = i + 1;
		tile->pixels.top = i / side * tile->pixels.rows;
		tile->pixels.left = i % side * tile->pixels.columns;
	}
	return 1;
}

int mosaic_split(struct reader *r)
{
	double stated = tiles_of(r), normal[3] = {0}, step;
	struct dicom_frame *f = r->frame;
	unsigned side;

	if (!(stated >= 1 && stated <= TILES_MAX && stated == rint(stated)))
		return read_because(r, DICOM_UNSUPPORTED, "Siemens mosaic of %.7g images", stated);
	side = (unsigned)ceil(sqrt(stated));
	if (!f->has_position || !f->has_orientation || !f->has_spacing)
		return read_because(r, DICOM_UNSUPPORTED, "Siemens mosaic without %s",
		                    !f->has_position ? "ImagePositionPatient (0020,0032)"
		                    : !f->has_orientation ? "ImageOrientationPatient (0020,0037)" : "PixelSpacing (0028,0030)");
	if (!(f->slice_step > 0))
		return read_because(r, DICOM_UNSUPPORTED, "Siemens mosaic without SpacingBetweenSlices (0018,0088)");
	if (!normal_of(r, normal))
		return 0;
	step = f->slice_step;
	facts(r);
	if (!mosaic_tiles(r, "Siemens mosaic", (size_t)stated, side, side))
		return 0;
	for (unsigned i = 0; i < r->n; i++) {
		const struct dicom_pixels *p = &r->all[i].pixels;

		f = &r->all[i];
		for (int w = 0; w < 3; w++)
			f->position[w] += f->orientation[w] * f->spacing[1] * (p->mosaic_columns - p->columns) / 2 +
					  f->orientation[3 + w] * f->spacing[0] * (p->mosaic_rows - p->rows) / 2 + i * step * normal[w];
	}
	return 1;
}
