/* like.h - the DICOM files that a derived series is made like: whose it is, of which study, by which equipment. */
#ifndef DICOM_LIKE_H
#define DICOM_LIKE_H

#include "dataset.h"
#include "scan.h"
#include "series.h"

struct dicom_like {
	struct dicom_set set;
	struct dicom_series_list list;
	const struct dicom_series *series; /* NULL: one file that is no image of a series */
	struct dcmtk_header *header;       /* of its first image */
	const char *path;                  /* of that; the set's */
};

/* dicom_like_open - what path (a file, or a folder or DICOMDIR with a series; selector as for dicom_series_choose)
 * holds. -1 with err: nothing, several series, no Study Instance UID. dicom_like_close in any case. */
int dicom_like_open(struct dicom_like *like, const char *path, const char *selector, int threads, struct vol_err *err);
void dicom_like_close(struct dicom_like *like);

/* dicom_like_text - an attribute of the first image, as the file has it. NULL when it is absent, empty or longer
 * than buf. */
const char *dicom_like_text(const struct dicom_like *like, uint32_t tag, char *buf, size_t size);

/* dicom_like_put - patient, study and equipment into d, with the character set. utf8: as UTF-8, as other texts in d need
 * it; else in the characters of the file. */
void dicom_like_put(const struct dicom_like *like, bool utf8, struct dataset *d);

#endif
