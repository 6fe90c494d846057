/* uid.h - UIDs that follow from what they name. */
#ifndef DICOM_UID_H
#define DICOM_UID_H

#include <stdint.h>

enum { DICOM_UID = 45 }; /* all that dicom_uid makes are as long: "2.25." and 39 digits, and the NUL */

/* dicom_uid - the UID of a thing: a UUID under 2.25 (PS3.5, B.2) of version 8 (RFC 9562, 5.8), made of the
 * SHA-256 of key, `what` and number. Its first bit is set, so that it always has 39 digits. */
char *dicom_uid(char uid[DICOM_UID], const uint8_t key[32], const char *what, uint64_t number);

#endif
