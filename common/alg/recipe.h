/* recipe.h - what the widely copied tutorials do, voxel for voxel.
 *
 * The lung mask of the Kaggle tutorials (2017), and the crop of the head CT ones.
 *
 * For lungs: what they compute with scikit-image: air is what is not above -320 HU; the component of the first
 * voxel of the feet-most slice is taken for the air outside; with `fill`, in each slice all but the
 * largest component that is not air becomes air; of what is air then the largest component is the
 * lung. Components are of full connectivity: 26 neighbours, 8 in a slice. Where it is wrong: see
 * lung.h, which does not take one voxel's word for it. */
#ifndef ALG_RECIPE_H
#define ALG_RECIPE_H

#include "bitmask.h"
#include "voxel.h"

/* recipe_lung - air: voxels that are not above -320 HU; becomes the mask. from_head: slices run from
 * head to feet. 0; -1 out of memory. */
int recipe_lung(struct bitmask *air, bool fill, bool from_head);

/* recipe_crop - a slice of nx * ny numbers into one of w * h: the box around what is not 0, without its last
 * row and column, in the middle of zeros. sel: room for nx * ny bytes. False when the box is larger than
 * w * h (then `to` holds zeros). */
bool recipe_crop(const void *slice, enum voxel_type type, size_t nx, size_t ny, void *to, size_t w, size_t h,
                 uint8_t *sel);

#endif
