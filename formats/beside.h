/* beside.h - a second volume beside the first: a mask, a grid to follow, in any readable format. */
#ifndef VOL_BESIDE_H
#define VOL_BESIDE_H

#include "io/vol.h"

/* BESIDE_MM: corners may lie this far apart for two volumes to share a grid; a hundredth of a
 * millimetre is well above what formats lose (NIfTI's floats) and below what can matter. */
#define BESIDE_MM 0.01

/* beside_open - open path (any format; "-" only when the first volume is not stdin) and check that
 * it lies on the grid of `first`: the same sizes in the same order, corners within BESIDE_MM. A list
 * axis must be as long as first's, or absent (then it goes for every entry). NULL with err, which
 * says how far apart they are and that volresample --like FIRST puts it there. */
struct vol_in *beside_open(const char *path, const struct vol_head *first, const char *first_name,
                           struct vol_head *head, struct vol_err *err);

/* beside_grid - only the grid of a volume in any format. */
int beside_grid(const char *path, struct vol_grid *grid, struct vol_err *err);

#endif
