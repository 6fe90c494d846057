/* straight.h - slices that lie where they lie, made into a regular stack by interpolation. */
#ifndef DICOM_STRAIGHT_H
#define DICOM_STRAIGHT_H

#include "io/vol.h"

/* What each slice of the result is made of. The result's axes are parallel to the slices', its steps in the plane are
 * theirs. All zero: nothing is to be done. */
struct straight {
	size_t n, m;            /* slices there are; slices to be made, > 0; of a list, in each of its volumes */
	double (*shift)[2];     /* n: where a slice's first voxel lies along x and y, in voxels; owned */
	size_t *below;          /* m: the slice that lies at or before it; owned */
	double *weight;         /* m: of the slice after that, 0..1; 0: that is not looked at; owned */
	int64_t lo[2];          /* where the result's first voxel lies, as `shift` */
	struct vol_grid grid;   /* of the result */
};

void straight_free(struct straight *s);

/* straight_open - a reader over the regular stack.
 *
 *   plan   borrowed; must outlive the reader
 *   in     the slices; none is taken yet. Owned by the reader, and gone after failure too
 *   head   theirs; turned into the result's: grid, vol.source, vol.padding, and a wider type where no value was left
 *          to say that nothing was measured
 *
 * Values are interpolated linearly between the slices and in their plane, over what was measured (not vol.padding, not
 * outside of a slice); rounded to whole numbers. Where less than half of the weight was measured the result is padding,
 * and nowhere else. What falls onto voxels is copied. Where slices with slopes of their own are mixed the result is
 * float, in the unit that they lead to. Two slices are held. NULL with err. */
struct vol_in *straight_open(const struct straight *plan, struct vol_in *in, struct vol_head *head, struct vol_err *err);

#endif
