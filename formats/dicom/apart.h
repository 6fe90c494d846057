/* apart.h - images of one series that lie at the same place, and what tells them apart where they do not say it outright.
 * Plain C over facts. */
#ifndef DICOM_APART_H
#define DICOM_APART_H

#include "facts.h"

/* dicom_tell_apart - give the frames of each series what sorts them.
 *
 * Where frames at one place differ in what picture they are - ImageType, part of the complex signal, convolution kernel, tube
 * voltage -, these attributes become part of the `kind` of all frames of the series, and each kind a series (series.h).
 *
 * Where frames at one place, of one kind, then agree in all that makes a list axis (`along`), and each place has equally many,
 * the first of these attributes that has another value for each of them, and the same values at every place, becomes an axis:
 * AcquisitionNumber (pass), TriggerTime (trigger), the time of acquisition, the content time (both: time), InstanceNumber (time).
 * Failing these, the order of the instance numbers at each place is the order in time where they go through all places, or
 * all times of one place, without a break, no acquisition attribute differs, and the scanner's own number of positions or of
 * points in time is what there is. `told` then names the attribute. Where nothing tells them apart nothing is changed.
 *
 * Series of which an image cannot be used, or does not say where it lies, stay as they are, and so do images without a series.
 * Within one place positions agree to a thousandth of a millimetre. -1 with err: out of memory. */
int dicom_tell_apart(struct dicom_set *set, struct vol_err *err);

#endif
