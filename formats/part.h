/* part.h - what goes to a file of an outside format: a start, the voxels, an end. */
#ifndef VOL_PART_H
#define VOL_PART_H

#include <stdbool.h>
#include <stddef.h>

#include "format.h"

struct part {
	const void *start;   /* n bytes */
	size_t n;
	struct vol_in *in;   /* the voxels after it; NULL: none */
	size_t number;       /* bytes of one number of a slab */
	bool big;            /* to be written big-endian */
	const void *end;     /* end_n bytes after the voxels */
	size_t end_n;
};

/* part_write - the part in a file that appears whole or not at all; path NULL or "-" is stdout. gzip: at
 * how->level, or the default where that is 0. 0, or -1 with err. */
int part_write(const struct part *p, const char *path, const struct format_write *how, bool gzip,
               struct vol_err *err);

/* part_write_pair - header and voxels as the two files of a path that pair_is, compressed by its name. Both
 * are whole on the disk before the first gets its name. */
int part_write_pair(const struct part *header, const struct part *voxels, const char *path,
                    const struct format_write *how, struct vol_err *err);

#endif
