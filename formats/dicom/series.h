/* series.h - the series that a set of files holds, and choosing one. */
#ifndef DICOM_SERIES_H
#define DICOM_SERIES_H

#include "facts.h"
#include "geometry.h"
#include "list.h"

struct dicom_series {
	const char *uid;          /* Series Instance UID; NULL: the images have none */
	const char *modality;     /* of the first image; NULL: absent */
	const char *description;
	bool has_number;
	int number;
	char selector[40];        /* what --series takes: "3", or "3.2" when several have number 3 */
	size_t *frame, n_frames;  /* usable images: indexes into set->frames, in slice order; owned */
	size_t n_images;          /* all its images, also those that cannot be used */
	const char *kind;         /* of its frames, where the series has several kinds; else NULL */
	struct dicom_geometry geometry;
	struct dicom_list list;   /* volumes, one behind the other in frame[]; n == 0: one */
	const struct dicom_file *segmentation; /* it is this one, and has no frames; NULL: images */
};

struct dicom_series_list {
	struct dicom_series *series; /* by number, then UID; owned */
	size_t n;
};

/* dicom_series_find - group the images by Series Instance UID, and arrange each series. Frames of several kinds (magnitude
 * and field map, stacks of several directions) are as many series, told apart by their selectors; and so are volumes that lie
 * mixed under one UID, see divide.h. split: each volume of a list is a series.
 *
 * Localizers, files that are byte for byte another one, and files that are not a series' images (status NOT_DICOM, NO_PIXELS, OTHER) belong to
 * none. An image that is truncated or of an unsupported kind makes its whole series that: leaving
 * it out would be a hole. -1 with err when memory runs out; the list is to be freed in any case. */
int dicom_series_find(const struct dicom_set *set, bool split, struct dicom_series_list *list, struct vol_err *err);
void dicom_series_free(struct dicom_series_list *list);

/* dicom_series_choose - the one series that the user means.
 *
 *   selector   NULL: there must be just one; else a selector, or a whole Series Instance UID
 *   subject    the input, for messages
 *
 * NULL with err, which lists what there is, when it is not clear. */
struct dicom_series *dicom_series_choose(const struct dicom_set *set, struct dicom_series_list *list,
                                         const char *selector, const char *subject,
                                         struct vol_err *err);

#endif
