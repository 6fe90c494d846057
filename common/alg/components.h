/* components.h - connected components of a bit mask: union-find over runs of voxels.
 *
 *     struct components c = {0};
 *     if (components_begin(&c, size, 26, false) < 0) ...
 *     for each slice: components_add(&c, words of the slice)       (as bitmask.h lays them out)
 *     if (components_end(&c) < 0) ...
 *     c.at[1] ... c.at[c.n]
 *     components_pick(&c, z, words, keep, words);
 *     components_free(&c);
 *
 * One pass: the runs of a row are joined with those of the rows before it that they touch (union by
 * lower number, path halving; Rosenfeld and Pfaltz 1966, by runs as He, Chao and Suzuki 2008). Work
 * grows with the number of runs, not of voxels. Memory: 4 bytes a run, 52 a provisional component.
 *
 * Components are numbered 1, 2, ... in the order of their first voxels in scan order (x, then y, then
 * z), as scipy.ndimage.label and skimage.measure.label number them.
 *
 * Of the runs only the numbers are kept, so functions that go back to a slice want its words as they
 * were when added. One struct is used by one thread at a time. */
#ifndef ALG_COMPONENTS_H
#define ALG_COMPONENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bitmask.h"
#include "voxel.h"

/* Faces of the volume that a component touches. */
enum {
	FACE_X0 = 1,
	FACE_X1 = 2,
	FACE_Y0 = 4,
	FACE_Y1 = 8,
	FACE_Z0 = 16,
	FACE_Z1 = 32,
	FACES_IN_PLANE = FACE_X0 | FACE_X1 | FACE_Y0 | FACE_Y1,
	FACES_ALL = FACES_IN_PLANE | FACE_Z0 | FACE_Z1
};

struct component {
	uint64_t size;           /* voxels */
	uint64_t first;          /* index of its first voxel: (z * ny + y) * nx + x */
	uint32_t lo[3], hi[3];   /* bounding box, closed */
	uint32_t faces;          /* FACE_... */
};

/* A run of voxels lo <= x < hi of row y that belongs to component `label`. */
struct component_run {
	uint32_t lo, hi, y, label;
};

struct component_rows;           /* the runs of a slice */

struct components {
	size_t size[3];
	size_t slices;           /* added so far */
	uint32_t n;              /* components; set by components_end */
	struct component *at;    /* at[1] to at[n] */
	/* inside */
	int connectivity;
	bool background;
	uint32_t labels;         /* provisional numbers given, or n */
	size_t room_labels;
	uint32_t *parent;        /* of a provisional number */
	uint32_t *run;           /* number of each run, in scan order */
	size_t runs, room_runs;
	size_t *start;           /* of each slice, its first run */
	size_t room_start;
	struct component_rows *rows[2];
};

/* components_begin - for a volume of that size. c is all zero, or was used before: then its memory is
 * used again, and what it held is gone.
 *
 *   connectivity   6, 18 or 26 neighbours; 4 or 8: each slice is taken on its own
 *   background     components of the voxels that are not set
 *
 * 0; -1 out of memory, or a side of 2^32 voxels and more. After any -1 only components_free makes
 * sense. */
int components_begin(struct components *c, const size_t size[3], int connectivity, bool background);

/* components_add - the next slice. -1 out of memory, or over 2^32 - 2 provisional components. */
int components_add(struct components *c, const uint64_t *slice);

/* components_end - all slices (or as many as there are) have been added: number the components. -1 out
 * of memory. */
int components_end(struct components *c);

/* components_of - begin, add and end for all slices of a mask. */
int components_of(struct components *c, const struct bitmask *m, int connectivity, bool background);

void components_free(struct components *c);

/* components_largest - the number of the largest component that is not `except` (0: none), the first
 * of several; 0 when there is none. */
uint32_t components_largest(const struct components *c, uint32_t except);

/* components_runs - all runs of slice z in scan order, good until the next call with this c; their
 * count in *n. NULL out of memory. */
const struct component_run *components_runs(struct components *c, size_t z, const uint64_t *slice,
                                            size_t *n);

/* components_pick - out: the voxels of slice z whose component has keep[number] set, and no others.
 * components_join - sets those voxels in out, and leaves the others as they are. out may be slice.
 * keep has n + 1 entries. -1 out of memory. */
int components_pick(struct components *c, size_t z, const uint64_t *slice, const bool *keep, uint64_t *out);
int components_join(struct components *c, size_t z, const uint64_t *slice, const bool *keep, uint64_t *out);

/* components_values - slice z as nx * ny numbers of type (uint8, uint16 or uint32): value[number], or
 * the number itself when value is NULL; value[0], or 0, where no component is. -1 out of memory. */
int components_values(struct components *c, size_t z, const uint64_t *slice, const uint32_t *value,
                      enum voxel_type type, void *out);

#endif
