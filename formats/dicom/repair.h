/* repair.h - what dcm2vol does to a series that is not regular, when it is told to. */
#ifndef DICOM_REPAIR_H
#define DICOM_REPAIR_H

#include "series.h"
#include "straight.h"

struct dicom_repair {
	bool regrid;            /* irregular spacing and holes to a regular grid */
	bool untilt;            /* a sheared stack to an upright one */
	unsigned accept;        /* bits 1 << problem, see dicom_arrange_accepting */
};

/* dicom_repair_accept - "missing-slice,tilt" as bits. False with why (one line) for a name that is none, or not one of
 * DICOM_ACCEPTABLE. */
bool dicom_repair_accept(const char *list, unsigned *accept, char *why, size_t size);

/* dicom_repair - decide what is to be done about the series.
 *
 *   series   its geometry becomes regular when what is wrong with it is accepted or mended; else it stays
 *   plan     for straight_open, the caller's to free; m is 0 when all slices are taken as they are
 *   record   that in a line, for the user and the history, the caller's to free; NULL where nothing is done
 *
 * regrid: as many slices as fit best between the first and the last, which stay where they are; the step is about
 * geometry.h's step_mm. Slices within its tolerance of one there is are that one; the others are interpolated. untilt:
 * upright through the first slice, wide enough for all; of a list, each volume, while
 * regrid takes one volume at a time. -1 with err. */
int dicom_repair(const struct dicom_set *set, struct dicom_series *series, const struct dicom_repair *how,
                 const char *subject, struct straight *plan, char **record, struct vol_err *err);

#endif
