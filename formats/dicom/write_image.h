/* write_image.h - what the two files that write images share. */
#ifndef DICOM_WRITE_IMAGE_H
#define DICOM_WRITE_IMAGE_H

#include "write_inside.h"

struct image_kind {
	enum { CT = 1, MR = 2, OT = 4 } kind;
	const char *modality, *sop_class;
};

struct images {
	struct derived d;
	const struct image_kind *kind;
	struct values16 values;
	struct vol_rescale rescale;  /* of the numbers that are written; n 0: none */
	char unit[17];               /* what it leads to, as Rescale Type; "": unknown */
	bool has_padding, has_window;
	uint16_t padding[2];
	double window[2];            /* in rescaled values */
	struct outdir *dir;
	uint32_t *crc;               /* of each slice, by its number; where it will be verified */
};

/* image_head - the file of slice i of the stream up to its voxels, behind what text holds. */
int image_head(const struct images *m, uint64_t i, struct dataset_bytes *text, struct vol_err *err);

/* image_scanning_sequence - how the scanner worked, as the stream or the source says, maybe in buf; NULL: not known. */
const char *image_scanning_sequence(const struct images *m, char *buf, size_t size);

#endif
