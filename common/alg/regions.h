/* regions.h - what lies under each label: how much, where, and which values. */
#ifndef ALG_REGIONS_H
#define ALG_REGIONS_H

#include <stddef.h>
#include <stdint.h>

#include "voxel.h"

struct region {
	uint32_t label;
	uint64_t voxels;
	uint64_t lo[3], hi[3];   /* bounding box in voxels, closed */
	double centroid[3];      /* in voxels; set by regions_end */
	uint64_t values;         /* numbers of the image that count: not NaN, not infinite */
	double min, max, mean, sd; /* of them; NaN when there are none. sd of the population. Set by regions_end */
	/* inside */
	double sum[3], shift, sum1, sum2;
};

struct regions {
	struct region *at;       /* by label, ascending, after regions_end; owned */
	size_t n;
	/* inside */
	size_t room;
	uint32_t *slot;          /* hash table of indices + 1 */
	size_t slots;
};

/* regions_row - one row of nx labels (0 counts for nothing) at y, z; image: as many numbers, or NULL.
 * All zero to begin with. Labels are whole numbers from 0 to 2^32 - 1: -1 when one is not, or out of
 * memory (*why says which). */
int regions_row(struct regions *r, const void *labels, enum voxel_type type, size_t nx, uint64_t y,
                uint64_t z, const void *image, enum voxel_type image_type, const char **why);

void regions_end(struct regions *r);
void regions_free(struct regions *r);

#endif
