/* write.h - a volume as derived DICOM: a folder with a file for each slice, or labels as one segmentation.
 *
 * DICOM PS3.3: CT Image (A.3), MR Image (A.4), Secondary Capture Image (A.8), Segmentation (A.51). */
#ifndef DICOM_WRITE_H
#define DICOM_WRITE_H

#include "io/vol.h"

struct dicom_write {
	const char *like;        /* whose it is: a file or a folder; NULL: nobody's */
	const char *series;      /* which series of `like`, as for dicom_series_choose; NULL: the only one */
	const char *modality;    /* "CT", "MR", "OT"; NULL: as the stream or `like` says */
	const char *description; /* Series Description, UTF-8; NULL: that of `like` */
	int number;              /* Series Number; 0: a hundred times that of `like` and 1, or 1 */
	bool quantise;           /* numbers that 16 bits do not hold may be rounded */
	bool verify;
	int threads, flags;      /* flags: enum outfile_flags */
};

/* dicom_write_labels - does the volume hold labels, by its keys? */
bool dicom_write_labels(const struct vol_head *head);

/* dicom_write_series - all voxels of `in`, whose header is head, into the new folder path: NNNN.dcm, numbered along the
 * normal of the slices. Whole or not at all. Voxels become 16 bits, signed as they were. 0, or -1 with err. */
int dicom_write_series(struct vol_in *in, const struct vol_head *head, const char *path, const struct dicom_write *how,
                       struct vol_err *err);

/* dicom_write_seg - the labels into the file path, a binary segmentation: a segment for each label but 0 that occurs, a
 * frame for each slice that it occurs in. */
int dicom_write_seg(struct vol_in *in, const struct vol_head *head, const char *path, const struct dicom_write *how,
                    struct vol_err *err);

#endif
