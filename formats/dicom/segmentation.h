/* segmentation.h - a DICOM Segmentation read as a volume of labels: PS3.3, A.51 (binary and fractional), A.90 (label map),
 * C.8.20 (segments), C.7.6.16 (where the frames are). */
#ifndef DICOM_SEGMENTATION_H
#define DICOM_SEGMENTATION_H

#include "facts.h"
#include "io/vol.h"
#include "series.h"

/* What the user asks of a segmentation; all NULL: all segments, on the grid of the frames. */
struct segmentation_ask {
	const char *segment;          /* the number or the name of one, which comes as a mask */
	const struct vol_grid *grid;  /* to put it on: a lattice on which all frames lie */
	const char *grid_name;        /* of that, for messages */
};

/* segmentation_choose - the file with the segmentation that the user means, among all that were found.
 *
 *   selector   as for dicom_series_choose; NULL: the only one, where there are no images
 *
 * 1; 0: the user means no segmentation, but images; -1 with err: several. */
int segmentation_choose(const struct dicom_set *set, const struct dicom_series_list *list, const char *selector,
                        const char *subject, const struct dicom_file **file, struct vol_err *err);

/* segmentation_list - add all segmentations to a list of series, as such. -1 with err when memory runs out. */
int segmentation_list(const struct dicom_set *set, struct dicom_series_list *list, struct vol_err *err);

/* segmentation_open - a reader over it.
 *
 *   ask          borrowed until it returns
 *   identifiers  put the identifying attributes into the header too
 *   head         filled (without a history line); the caller's to free
 *
 * Voxels are uint8, or uint16 where a label is over 255: the number of the segment, 0 where there is none; of one segment
 * that was asked for, 1. vol.labels has the names. One fractional segment is float32, 0 to 1. All frames are read
 * once before this returns, so that what labels cannot hold is refused before a voxel comes: NULL with err, whose reason
 * stands in brackets. Holds one slice and one frame. */
struct vol_in *segmentation_open(const char *path, const struct segmentation_ask *ask, bool identifiers,
                                 const char *subject, struct vol_head *head, struct vol_err *err);

#endif
