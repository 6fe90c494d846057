/* slice_map.h - which image each slice of a volume was. */
#ifndef DICOM_SLICE_MAP_H
#define DICOM_SLICE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/head.h"
#include "one.h"

enum { SLICE_KEY_LEAST = 16, SLICE_KEY_MOST = 4096 }; /* bytes */

/* What the UIDs are hashed with. It is keyed since a UID is no secret that nobody could guess: most of it is the maker's
 * root, the device and the time of day, which can be counted through until the hash fits; and whoever has the images would
 * need no counting. With the key, only who has both can tell. */
struct slice_key {
	uint8_t bytes[SLICE_KEY_MOST];
	size_t n;
};

/* slice_key_read - all bytes of a file; slice_key_random - 32 that nobody will know. -1 with err. */
int slice_key_read(const char *path, struct slice_key *key, struct vol_err *err);
int slice_key_random(struct slice_key *key, struct vol_err *err);

/* slice_hash - HMAC-SHA-256 (RFC 2104) of a UID, its first 16 bytes in hex. */
void slice_hash(const struct slice_key *key, const char *uid, char hex[33]);

/* slice_map_open - the map of a volume, on the disk but without its name yet: outfile_commit when the volume is whole, else
 * outfile_abandon. Tab-separated, under a line of names:
 *
 *   volume, slice   counted from 0, as in the stream
 *   frame           of the image's file, from 1; of a mosaic the tile
 *   x y z           where the slice's first voxel lies in the stream, mm, LPS
 *   uid or hash     SOP Instance UID; hash, with a key
 *
 * A slice that was interpolated between two has neither frame nor UID; one that was moved in its plane is still its image.
 *
 *   head   of the volume, as dicom_one_open gave it
 *   key    NULL: the UIDs as they are
 *   flags  of outfile_create
 *
 * NULL with err. */
struct outfile *slice_map_open(const char *path, const struct dicom_one *one, const struct vol_head *head,
                               const struct slice_key *key, int flags, struct vol_err *err);

#endif
