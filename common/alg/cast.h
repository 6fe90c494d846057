/* cast.h - numbers to another voxel type where they fit, and which one does not. */
#ifndef ALG_CAST_H
#define ALG_CAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "grid.h"
#include "voxel.h"

struct cast {
	enum voxel_type from, to;
	bool round;     /* fractions become the nearest whole number, halves away from zero; and integers
	                 * of 32 bits the nearest float */
	bool saturate;  /* what lies beyond the type becomes its least or greatest number */
	double fill;    /* what NaN becomes; NAN: nothing is given for it */
};

/* cast_holds - can the type hold the number as it is? A float rounds, so it holds all that does not
 * become infinite. */
bool cast_holds(enum voxel_type type, double x);

/* cast_apply - n numbers of c->from to c->to; src and dst do not overlap. Returns n; less: the index
 * of the first number that does not fit, and dst then holds nothing of use. A double always becomes
 * the nearest float; infinities fit a float, NaN does too. */
size_t cast_apply(const struct cast *c, const void *src, size_t n, void *dst);

/* cast_fail - say that x, number `at` of a volume on `grid` (counted through its list), does not fit,
 * why, and what to do. Returns -1. */
int cast_fail(const struct cast *c, double x, uint64_t at, const struct vol_grid *grid,
              const char *subject, struct vol_err *err);

#endif
