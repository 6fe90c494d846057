/* rescale.h - stored numbers to physical ones: value = slope * stored + intercept.
 *
 * Into integers only where every result is one: nothing wraps, nothing is cut off. Into float and
 * double the result is computed in double and rounded once. */
#ifndef ALG_RESCALE_H
#define ALG_RESCALE_H

#include <stdbool.h>
#include <stddef.h>

#include "voxel.h"

/* What is to be done, the same for all slices. */
struct rescale_plan {
	enum voxel_type from, to; /* to: int16, int32, float or double */
	double lo, hi;            /* the stored values that can occur, closed; not for float, double */
	bool padded;              /* stored values within pad_lo..pad_hi become fill, which `to` holds */
	double pad_lo, pad_hi, fill;
};

/* rescale_type - the type for the result, from what the header says alone.
 *
 *   p          all but p->to
 *   slope, intercept   n of each; no slope is 0
 *
 * int16, or else int32, when every stored value within lo..hi that is not padding leads to a whole
 * number that fits, with every pair, and the fill fits too. Else float, as long as stored integers
 * that differ stay different in it; else double. From double always double. */
enum voxel_type rescale_type(const struct rescale_plan *p, const double *slope,
                             const double *intercept, size_t n);

/* rescale_holds - can the type hold the number: as it is in an integer, rounded in a float? */
bool rescale_holds(enum voxel_type type, double x);

/* rescale_apply - convert n numbers that share one pair; src and dst do not overlap.
 *
 * Returns n. Less: the index of the first number, not padding, whose result p->to does not hold;
 * dst then holds nothing of use. The same bits on every machine. */
size_t rescale_apply(const struct rescale_plan *p, double slope, double intercept,
                     const void *src, size_t n, void *dst);

#endif
