/* header.h - what the facts of a series come to in a vol stream's header. */
#ifndef DICOM_HEADER_H
#define DICOM_HEADER_H

#include "facts.h"
#include "io/head.h"
#include "series.h"

/* dicom_header - type, grid and keys of a regular series; see dicom_volume_open. Facts that differ
 * between slices and have only one place in the header are left out; where that costs the user
 * something, with a warning. */
int dicom_header(const struct dicom_set *set, const struct dicom_series *series, bool identifiers,
                 const char *subject, struct vol_head *h, struct vol_err *err);

#endif
