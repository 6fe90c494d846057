/* ball.h - widen a bit mask by a ball in mm. */
#ifndef ALG_BALL_H
#define ALG_BALL_H

#include "bitmask.h"

/* ball_dilate - set all voxels whose centre is within mm (closed) of the centre of a set voxel. Exact:
 * the ball is taken row by row, each as wide as it is there. In place; beside the mask it takes some
 * slices of a ball's height. spacing: mm along x, y, z. 0; -1 out of memory. */
int ball_dilate(struct bitmask *m, const double spacing[3], double mm);

#endif
