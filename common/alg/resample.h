/* resample.h - a volume onto a grid whose axes are parallel to its own, slice after slice.
 *
 * Each axis is weights over a few samples (kernel.h), so that the three axes are done one after the
 * other: rows, columns, then slices out of a ring of planes; slices first where the planes grow. Nothing
 * is held but that ring: the recursion of a B-spline along z is cut where it has died out. Work is
 * shared by threads over slices and over rows; every voxel is computed alike by whichever thread.
 *
 * What was not measured - padding, NaN, infinities - has weight 0: a result is the weighted mean of
 * the measured voxels that it draws on (normalised convolution; Knutsson, Westin 1993). It counts as not
 * measured itself when their weight is 0, or, for kernels with negative weights, below a half. */
#ifndef ALG_RESAMPLE_H
#define ALG_RESAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel.h"
#include "voxel.h"

struct resample_plan {
	enum voxel_type type;         /* of input and result, one number a voxel */
	struct kernel_axis axis[3];   /* x, y, z with step > 0; their outputs lie within the input */
	uint64_t size[3], at[3];      /* of the result; where in it the axes' outputs begin */
	bool nearest;                 /* take voxels as they are at kernel_nearest; steps of any sign */
	size_t channels;              /* numbers of a voxel, over 1 only with `nearest` */
	bool padded;                  /* numbers within pad_lo..pad_hi are not measured */
	double pad_lo, pad_hi;
	double unmeasured;            /* for results that are not measured; NAN only for float, double */
	double outside;               /* for the result's voxels outside of the input */
	bool wide;                    /* compute in double; 32-bit integers and doubles always are */
	int threads;
};

struct resample_io {
	/* next - the next slice of the input, exactly axis[2].in of them: 1; 0 or -1 ends the work. */
	int (*next)(void *ctx, const void **slice);
	/* put - the next n slices of the result. -1 ends the work. */
	int (*put)(void *ctx, const void *slices, size_t n);
	void *ctx;
};

enum resample_result { RESAMPLE_DONE, RESAMPLE_STOPPED, RESAMPLE_NO_MEMORY };

/* resample_run - take the whole input, put the whole result. Takes memory only once the first slice has
 * come. STOPPED: next or put asked for it. Integers are rounded, halves away from zero, and saturated. */
enum resample_result resample_run(const struct resample_plan *plan, const struct resample_io *io);

/* resample_set - one number of the type from a double: rounded, saturated; NaN becomes 0 in integers. */
void resample_set(void *to, enum voxel_type type, double x);

#endif
