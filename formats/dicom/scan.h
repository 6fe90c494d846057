/* scan.h - read the headers of many files at once. */
#ifndef DICOM_SCAN_H
#define DICOM_SCAN_H

#include "facts.h"
#include "paths.h"

/* dicom_scan - facts of all files.
 *
 *   paths     emptied: the names move into the set, in the same order
 *   threads   at least 1
 *   measure   also look for the range of stored values where the rescaled result may or may not
 *             fit 16 bits; this reads the native pixels of such files
 *   progress  called with ctx, files done and files in all; NULL for none
 *
 * Files that are no use are facts with a status, not errors. The result does not depend on the
 * number of threads. -1 with err only when memory runs out; dicom_set_free in any case. */
int dicom_scan(struct dicom_paths *paths, int threads, bool measure,
               void (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx,
               struct dicom_set *set, struct vol_err *err);

#endif
