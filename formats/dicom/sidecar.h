/* sidecar.h - what a series says of how it was made, as BIDS keeps it beside a volume: one JSON object. */
#ifndef DICOM_SIDECAR_H
#define DICOM_SIDECAR_H

#include "facts.h"
#include "series.h"

struct sidecar_ask {
	bool identifiers; /* with what a person typed: SeriesDescription, ProtocolName */
	bool regridded;   /* the slices of the volume are not the files' own: no SliceTiming */
};

/* dicom_sidecar - the object as text; the caller's to free.
 *
 *   set, series   as for dicom_volume_open; the headers of the series' files are read again, one at a time
 *   subject       for messages
 *
 * Names as BIDS has them, and dcm2niix where BIDS has none; seconds, mm, tesla, MHz, degrees, mA, mAs, kV, Bq. Whatever is
 * not the same in all images of the series is left out, but for echo times, which follow the list axis, and the times of slices
 * and of PET's frames. PhaseEncodingDirection (i, j) and SliceTiming are of the voxel axes of the volume that
 * dicom_volume_open gives: i along rows, j down columns, k along row x column.
 *
 * No name, number, date, time of day, UID or place of a person, study or institution; a text that holds one of the identifying
 * values of its own file is left out. NULL with err: a file cannot be read again, or memory runs out. */
char *dicom_sidecar(const struct dicom_set *set, const struct dicom_series *series, const struct sidecar_ask *ask,
                    const char *subject, struct vol_err *err);

#endif
