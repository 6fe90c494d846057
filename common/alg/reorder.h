/* reorder.h - the voxels of a volume in another order of axes, some of them backwards. */
#ifndef ALG_REORDER_H
#define ALG_REORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the voxels of the result lie in the input. */
struct reorder {
	size_t unit;       /* bytes of a voxel, all its channels: at most REORDER_UNIT */
	size_t size[3];    /* voxels of the result along x, y, z */
	ptrdiff_t step[3]; /* bytes from one input voxel to the next, along each axis of the result */
	ptrdiff_t start;   /* bytes from the first voxel of the input to the first of the result */
};

enum { REORDER_UNIT = 32 }; /* RGBA of doubles */

/* reorder_plan - axis a of the result is axis from[a] of an input of size[] voxels, backwards where
 * flip[a]. from holds 0, 1 and 2, each once. The input has to fit in memory. */
struct reorder reorder_plan(const uint64_t size[3], const int from[3], const bool flip[3], size_t unit);

/* reorder_slices - slices first to first + n - 1 of the result, into out. in: all voxels of the input,
 * at an address that its numbers may have. Reads whole cache lines of the input, once a call, when n
 * is at least reorder_lines. Safe from many threads. */
void reorder_slices(const struct reorder *r, const void *in, size_t first, size_t n, void *out);

/* reorder_lines - the least number of slices that should be made in one call: more than 1 where a
 * slice of the result takes a voxel here and there out of every row of the input. */
size_t reorder_lines(const struct reorder *r);

#endif
