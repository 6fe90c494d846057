/* beside.h - files beside a volume, with what its series says and the volume has no room for. */
#ifndef DICOM_BESIDE_H
#define DICOM_BESIDE_H

#include "gradients.h"
#include "one.h"

/* Names of files to write; NULL: none. */
struct beside_want {
	struct gradients_want tables;
	const char *json;         /* see sidecar.h */
	bool identifiers;         /* in it: what a person typed */
};

/* Files that are written and have no name yet. */
struct beside;

/* beside_write - what is wanted, of the volume that dicom_one_open opened with this head: on the disk, without their names.
 *
 *   flags     enum outfile_flags
 *   subject   the volume, for messages
 *
 * *files is NULL where nothing is wanted. -1 with err: then there is nothing. */
int beside_write(const struct dicom_one *one, const struct vol_head *head, const struct beside_want *want, int flags,
                 const char *subject, struct beside **files, struct vol_err *err);

/* beside_commit - give them their names, when the volume has its own: who finds them finds it. -1 with err: one cannot have
 * its name. Frees. beside_abandon - forget them. NULL is fine for both. */
int beside_commit(struct beside *files, struct vol_err *err);
void beside_abandon(struct beside *files);

/* beside_clash - do two of the names, or one and `output`, name the same file? Then that name; else NULL. */
const char *beside_clash(const struct beside_want *want, const char *output);

#endif
