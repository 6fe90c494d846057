/* fill.h - holes of a bit mask: voxels that are not set and from which no way leads to the border. */
#ifndef ALG_FILL_H
#define ALG_FILL_H

#include "components.h"

/* fill_slice - fill the holes of one slice of nx * ny voxels (size[0], size[1]). The way goes over 4
 * neighbours (as scipy.ndimage.binary_fill_holes) or 8, to an edge of the slice. work: all zero at
 * first, used again from slice to slice, components_free in the end. Voxels filled; -1 out of memory. */
int64_t fill_slice(struct components *work, const size_t size[3], int connectivity, uint64_t *slice);

/* fill_volume - fill the holes of a volume: the way goes over 6, 18 or 26 neighbours, to a face of
 * `faces`. (With FACES_ALL and 6: scipy.ndimage.binary_fill_holes.) Voxels filled; -1 out of memory. */
int64_t fill_volume(struct bitmask *m, int connectivity, unsigned faces);

#endif
