/* divide.h - a series that is no volume as it is, but several that are. Plain C over facts. */
#ifndef DICOM_DIVIDE_H
#define DICOM_DIVIDE_H

#include "series.h"

/* dicom_divide - the volumes that lie mixed in a series, as series of their own.
 *
 *   whole   a series that was arranged, with or without success
 *   split   the volumes of a list each on its own; also such as are not like the others
 *   parts   n of them, the caller's to free with the frame[] of each; n is 0 where the series stays whole
 *
 * What may tell them apart: the images' size, their orientation, Image Type; and of images at one place the axes of a list
 * and the attributes of dicom_acquisition; up to three of these together. A division counts only
 * when every part is a regular volume, or list of volumes, of two slices or more: so it loses nothing and guesses nothing.
 * Derived images among original ones are set apart whatever they are. -1 when memory runs out. */
int dicom_divide(const struct dicom_set *set, const struct dicom_series *whole, bool split, struct dicom_series **parts,
                 size_t *n, struct vol_err *err);

#endif
