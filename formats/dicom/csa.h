/* csa.h - the header that Siemens' scanners put into (0029,1010): named values, as text. Versions 1 and 2 ("SV10"). There
 * is no standard for it; the layout is described at nipy.org/nibabel/dicom/siemens_csa.html. */
#ifndef DICOM_CSA_H
#define DICOM_CSA_H

#include <stdbool.h>
#include <stddef.h>

/* csa_numbers - the first `count` values of the name. False: the name, or so many numbers of it, are not there. */
bool csa_numbers(const unsigned char *csa, size_t n, const char *name, size_t count, double *values);

#endif
