/* frame.h - the box of a volume that counts, and the volume in another frame: volcrop, volpad. */
#ifndef VOL_FRAME_H
#define VOL_FRAME_H

#include "alg/bounds.h"
#include "regrid.h"

/* frame_of_range - widen b by the measured voxels of `in` (see vol_hold; it is rewound) within lo..hi, through all
 * list entries. -1 with err. */
int frame_of_range(struct vol_in *in, const struct vol_head *head, double lo, double hi, struct bounds *b,
                   struct vol_err *err);

/* frame_of_mask - widen b by what is not 0 in a volume in any format on the grid of head, whose volume has this name. */
int frame_of_mask(const char *path, const struct vol_head *head, const char *name, struct bounds *b,
                  struct vol_err *err);

/* frame_head - set up r and the header such that voxel 0,0,0 of the result is voxel lo of the volume, which may lie
 * outside of it, in the sizes given; fill: as in struct regrid. Voxels are copied whatever they are, by regrid_run.
 * -1 with err, also when nothing of the volume would be in it. */
int frame_head(struct regrid *r, struct vol_in *in, struct vol_head *head, const int64_t lo[3],
               const uint64_t size[3], double fill, struct vol_err *err);

#endif
