/* transform.h - an affine transform out of a text file.
 *
 * The transform maps points of the result's space to points of the input's, in mm, LPS: what ITK calls from
 * the fixed to the moving image. */
#ifndef VOL_TRANSFORM_H
#define VOL_TRANSFORM_H

#include "err.h"
#include "grid.h"

/* transform_read - read path: 16 numbers by rows (the last row 0 0 0 1) or 12 without that row, with `#`
 * comments; or an Insight Transform File (.txt, .tfm) with one AffineTransform, MatrixOffsetTransformBase,
 * Rigid3DTransform, Euler3DTransform, VersorRigid3DTransform or TranslationTransform in 3-D.
 * -1 with err: no such file, not a number, cannot be inverted, another transform. */
int transform_read(const char *path, struct grid_affine *t, struct vol_err *err);

#endif
