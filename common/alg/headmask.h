/* headmask.h - the head in a slice: the largest thing above a threshold, with what it encloses. */
#ifndef ALG_HEADMASK_H
#define ALG_HEADMASK_H

#include "components.h"
#include "measured.h"

struct headmask {
	size_t nx, ny;
	bool *keep;
	size_t room;
	uint8_t *bytes;      /* nx * ny: the mask after headmask_slice, 1 or 0 */
	uint64_t *words;     /* the same as bits (bitmask.h) */
	uint64_t *before;
	struct components parts, holes;
};

/* headmask_new - for slices of nx * ny voxels. 0; -1 out of memory. headmask_free also after that. */
int headmask_new(struct headmask *h, size_t nx, size_t ny);
void headmask_free(struct headmask *h);

/* headmask_slice - of the voxels above the threshold (NaN is not) that were measured, the largest component of 4
 * neighbours, the first of equals; its holes filled (closed against 4 neighbours); and with `grow` the
 * 8 neighbours of it all. It is what scipy.ndimage.label, binary_fill_holes and a dilation by ones((3, 3))
 * make. Leaves the mask in h->bytes and h->words. Returns its voxels, -1 out of memory. */
int64_t headmask_slice(struct headmask *h, const void *slice, const struct measured *measured, double threshold,
                       bool grow);

#endif
