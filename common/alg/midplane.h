/* midplane.h - the plane about which a head is most nearly its own mirror image. */
#ifndef ALG_MIDPLANE_H
#define ALG_MIDPLANE_H

#include <stdint.h>

#include "grid.h"
#include "voxel.h"

/* The head made small: voxels averaged over blocks of about 2 mm, cut to a range of values. */
struct midplane {
	uint64_t from[3];        /* size of the volume */
	uint64_t block[3];       /* its voxels to one of ours */
	uint64_t size[3];
	double lo, hi;           /* values are cut to this range; outside of the head they are lo */
	float *value;            /* owned */
	uint32_t *inside;        /* voxels of the head in each block; owned */
	struct grid_affine place; /* index of a block to the head's own axes, mm: below */
};

/* midplane_new - for a volume on grid g. axes: the directions left, back and up that count as upright,
 * orthonormal, in patient space. 0; -1 out of memory; midplane_free also then. */
int midplane_new(struct midplane *m, const struct vol_grid *g, double axes[3][3], double lo, double hi);
void midplane_free(struct midplane *m);

/* midplane_add - slice z, and the head in it (bytes of 1 and 0). Each once, in any order. */
void midplane_add(struct midplane *m, uint64_t z, const void *slice, enum voxel_type type, const uint8_t *head);

struct midplane_found {
	double yaw, roll;      /* degrees: the plane's normal is (cos r cos y, cos r sin y, sin r) in left, back, up */
	double offset;         /* mm: the plane is normal . p = offset, p from the volume's voxel 0, 0, 0 */
	double likeness;       /* correlation of the head with its mirror image, -1 to 1 */
};

/* midplane_find - the plane for which the mean absolute difference of the head and its mirror image is
 * least, among those within 45 degrees of yaw and 30 of roll: over a lattice of planes at 8 mm, then by
 * steps that are halved, at 4 and 2 mm; a head of under 100 voxels at one of these begins at the next
 * (after Ardekani et al., IEEE TMI 1997, who take the correlation). What lies outside of the volume is
 * left out. 0; 1 when there is too little of a head; -1 out of memory. */
int midplane_find(struct midplane *m, struct midplane_found *found);

#endif
