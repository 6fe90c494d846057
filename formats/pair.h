/* pair.h - a volume in two files beside each other: the header x.hdr and the voxels x.img, each perhaps
 * compressed (.hdr.gz, .img.gz). */
#ifndef VOL_PAIR_H
#define VOL_PAIR_H

#include <stdbool.h>

#include "err.h"

/* pair_is - does the path (NULL: no) end in .hdr or .img, perhaps with .gz? pair_is_voxels - in .img? */
bool pair_is(const char *path);
bool pair_is_voxels(const char *path);

/* pair_name - the path of one that pair_is with the suffix of a half: `part` is "hdr", "img" or what else
 * stands beside them; gz: with .gz. The caller's to free; NULL when memory runs out. */
char *pair_name(const char *path, const char *part, bool gz);

/* pair_find - the file that is the other half, compressed or not, rather as the half that was named. The
 * caller's to free; NULL with err. */
char *pair_find(const char *path, const char *part, struct vol_err *err);

struct vol_head;
struct format_write;

/* pair_each_file - the each_file of struct vol_format, for those that write pairs: of either name, both. */
void pair_each_file(const char *path, const struct vol_head *head, const struct format_write *how,
                    void (*what)(const char *name));

#endif
