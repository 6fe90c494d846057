/* split.h - components of the lungs to the right and left one, cut apart where they touch. */
#ifndef ALG_SPLIT_H
#define ALG_SPLIT_H

#include "components.h"

struct split_plan {
	bool left_is_up;     /* x grows to the patient's left */
	double spacing[2];   /* mm along x, y */
	double middle;       /* of the body along x, in voxels */
};

/* split_sides - the middle is the column, at most 50 mm from the body's, that the fewest voxels of the
 * lungs have. A component of which over 85 % lies on one side of it is of that side. Others hold both
 * lungs, and are cut in each slice: along the cheapest path from the first to the last row, at most 40
 * mm from the middle, where a voxel of lung costs as much as 100 columns away from the middle (dynamic
 * programming). What lies together in the slice and is 90 % on one side of the path is not cut.
 *
 *   c, keep   the components of mask, 6 neighbours, and which of them count
 *   mask      becomes the right side; left, another mask of that size, the left one
 *   cut       were any cut?
 *
 * -1 out of memory. */
int split_sides(const struct split_plan *p, struct components *c, const bool *keep, struct bitmask *mask,
                struct bitmask *left, bool *cut);

#endif
