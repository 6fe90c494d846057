/* bare.h - files that hold numbers and do not say where in space they are: plain .npy, raw voxels. */
#ifndef VOL_BARE_H
#define VOL_BARE_H

#include "io/head.h"

/* What whoever reads such a file says instead. All zero: nothing. */
struct bare_place {
	const struct vol_grid *grid; /* this one, of the same sizes; the others do not count then */
	double spacing[3];           /* mm; 0: not said */
	const double *directions;    /* 9: x, y, z axis, each as L, P, S: mm a step, or only directions when there is a
	                              * spacing; NULL: left, posterior, superior */
	const double *origin;        /* 3: mm, LPS; NULL: 0, 0, 0 */
};

/* bare_said - does it say how far apart the voxels are? */
bool bare_said(const struct bare_place *p);

/* bare_grid - directions and origin of g, whose sizes are there. Without any distance: 1 mm. -1 with err. */
int bare_grid(const struct bare_place *p, struct vol_grid *g, const char *subject, struct vol_err *err);

/* bare_tell - before writing: warn of stored values, whose slope and intercept have no place in such a file. */
int bare_tell(const struct vol_head *head, const char *subject, const char *format, struct vol_err *err);

#endif
