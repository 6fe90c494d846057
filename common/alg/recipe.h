/* recipe.h - the lung mask of the widely copied Kaggle tutorials (2017), voxel for voxel.
 *
 * What they compute with scikit-image: air is what is not above -320 HU; the component of the first
 * voxel of the feet-most slice is taken for the air outside; with `fill`, in each slice all but the
 * largest component that is not air becomes air; of what is air then the largest component is the
 * lung. Components are of full connectivity: 26 neighbours, 8 in a slice. Where it is wrong: see
 * lung.h, which does not take one voxel's word for it. */
#ifndef ALG_RECIPE_H
#define ALG_RECIPE_H

#include "bitmask.h"

/* recipe_lung - air: voxels that are not above -320 HU; becomes the mask. from_head: slices run from
 * head to feet. 0; -1 out of memory. */
int recipe_lung(struct bitmask *air, bool fill, bool from_head);

#endif
