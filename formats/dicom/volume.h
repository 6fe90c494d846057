/* volume.h - one series as a volume. */
#ifndef DICOM_VOLUME_H
#define DICOM_VOLUME_H

#include "facts.h"
#include "io/vol.h"
#include "series.h"

/* dicom_volume_open - a reader over the slices of a regular series, in order.
 *
 *   set, series   borrowed; must outlive the reader
 *   threads       slices decoded at a time
 *   identifiers   put the identifying attributes of the first slice into the header too
 *   head          filled (without a history line); the caller's to free. Its digest is that of
 *                 the SOP Instance UIDs in slice order
 *
 * Voxels are stored values: int8 to uint32 by Bits Allocated and Pixel Representation, cut to
 * Bits Stored. NULL with err, also when the series is not regular (err then says why, with the
 * name of the problem in brackets). */
struct vol_in *dicom_volume_open(const struct dicom_set *set, const struct dicom_series *series,
                                 int threads, bool identifiers, const char *subject,
                                 struct vol_head *head, struct vol_err *err);

#endif
