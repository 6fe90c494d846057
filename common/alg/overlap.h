/* overlap.h - how well two masks agree. */
#ifndef ALG_OVERLAP_H
#define ALG_OVERLAP_H

#include <stddef.h>
#include <stdint.h>

struct overlap {
	uint64_t a, b, both;     /* voxels */
	double dice, jaccard;    /* NaN when both are empty */
	/* Between the surfaces, in mm; NaN when one is empty. A surface is the voxels of a mask that have
	 * a face neighbour outside of it (what lies outside of the box is), their centres. */
	double hausdorff;        /* the greatest distance from one surface to the other, of both ways */
	double hd95;             /* of both ways the greater 95th percentile (Maier-Hein et al., Nature Methods 21, 2024) */
	double mean;             /* of all distances of both ways (average symmetric surface distance) */
};

/* overlap_measure - the two masks in a box of size[0] * size[1] * size[2] bytes each, 1 and 0, x
 * fastest; spacing in mm, axes perpendicular. 0; -1 out of memory: it takes 5 bytes a voxel of the box,
 * and 4 a voxel of the surfaces. */
int overlap_measure(const uint8_t *a, const uint8_t *b, const size_t size[3], const double spacing[3],
                    struct overlap *result);

#endif
