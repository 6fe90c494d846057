/* philips.h - the two ways in which Philips scales MR: Rescale Slope and Intercept (RS, RI) lead to values for display, of
 * which each image or series may have its own scale; Scale Slope and Intercept (SS, SI; private) tie these to floating-point
 * values that can be compared. Of a stored value P, what is measured is (P RS + RI) / (RS SS). */
#ifndef DICOM_PHILIPS_H
#define DICOM_PHILIPS_H

#include "io/head.h"
#include "series.h"

/* dicom_philips_precise - let rescale slope and intercept of the series lead to the floating-point values: 1/SS and
 * RI/(RS SS), each frame by its own. The unit is not known then; windows are carried along. -1 with err, and nothing changed,
 * when a frame has no Scale Slope. */
int dicom_philips_precise(struct dicom_set *set, const struct dicom_series *series, struct vol_err *err);

/* dicom_philips_keys - vol.philips.rescale (RS RI), vol.philips.scale (SS SI) and vol.realworld (see volstream.5), each where
 * all frames of the series say the same. -1 with err: out of memory. */
int dicom_philips_keys(const struct dicom_set *set, const struct dicom_series *series, struct vol_head *h, struct vol_err *err);

#endif
