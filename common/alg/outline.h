/* outline.h - the outlines of labels in a slice, along the edges of their pixels.
 *
 * Drawn again by the even-odd rule (polygon.h), the loops of a label give exactly its pixels: outer
 * outlines and those of holes are told apart by nothing else. */
#ifndef ALG_OUTLINE_H
#define ALG_OUTLINE_H

#include <stddef.h>
#include <stdint.h>

#include "voxel.h"

/* A run of pixels of one label: columns from to to - 1 of row y. */
struct outline_run {
	uint32_t label;
	size_t y, from, to;
};

struct outline_runs {
	struct outline_run *at;    /* owned */
	size_t n, room;
};

/* outline_runs_add - the runs of row y, nx voxels of any type, to the end of the list. Voxels are
 * whole numbers from 0, which is no label, to 2^32 - 1: 0. *bad then stays; else *bad becomes the
 * column of the first that is not, and 1 is returned. -1 out of memory. */
int outline_runs_add(struct outline_runs *r, const void *row, enum voxel_type type, size_t nx, size_t y,
                     size_t *bad);

/* outline_runs_sort - by label, then row, then column. */
void outline_runs_sort(struct outline_runs *r);
void outline_runs_free(struct outline_runs *r);

/* A corner of pixels: (x - 1/2, y - 1/2) in pixels, centres at whole numbers. */
struct outline_corner {
	size_t x, y;
};

struct outline {
	size_t nx, ny;
	uint8_t *field;            /* (nx + 2) * (ny + 2), owned */
	struct outline_corner *corner; /* of the loop that is being walked, owned */
	size_t n, room;
};

/* What is called for a loop: its n >= 4 corners; edges are along x and y in turn. 0, or -1. */
typedef int outline_fn(void *ctx, const struct outline_corner *corner, size_t n);

/* outline_begin - -1 out of memory. */
int outline_begin(struct outline *o, size_t nx, size_t ny);

/* outline_trace - call fn for each loop around the pixels of n runs, which are all those of one label,
 * in the order of rows and columns of the first top edge of each. Loops go with the label on their
 * right as x grows to the right and y down, so clockwise around it, the other way around its holes.
 * Where two pixels touch at a corner only, each keeps to its own loop. -1 out of memory, or from fn. */
int outline_trace(struct outline *o, const struct outline_run *run, size_t n, outline_fn *fn, void *ctx);
void outline_free(struct outline *o);

#endif
