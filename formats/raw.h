/* raw.h - voxels and nothing else: x fastest, then y, z, the list; colours of a voxel together. */
#ifndef FORMATS_RAW_H
#define FORMATS_RAW_H

#include <stdbool.h>
#include <stdint.h>

#include "format.h"

/* raw_open - the voxels that head describes (type, channels, sizes, list, grid: all of it), after `skip` bytes of the
 * file, to its end and no further. path NULL or "-": stdin. head stays the caller's. NULL with err, which for a file
 * says at once how many bytes there should be. */
struct vol_in *raw_open(const char *path, const struct vol_head *head, bool big, uint64_t skip, struct vol_err *err);

/* raw_line - the options of raw2vol that read back what is written of head, as the shell takes them; size 1024. */
void raw_line(const struct vol_head *head, bool big, char *line, size_t size);

#endif
