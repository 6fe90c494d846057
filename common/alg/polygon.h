/* polygon.h - which pixels lie inside polygons, by the even-odd rule, exactly.
 *
 * Pixel centres are at whole numbers: column i, row j is the point (i, j). Corners of polygons are
 * fixed-point numbers, and all further arithmetic is on whole numbers, so that no result hangs on
 * rounding. A pixel is inside when an odd number of edges lies at or to the left of its centre, in
 * its row; an edge from row a to row b, a < b, counts in the rows from a up to, but not at, b. So a
 * centre that lies on an outline belongs where the inside is to its right, or, on a horizontal edge,
 * below it (at greater y): polygons that share an edge share no pixel and leave none out, whichever
 * way round they go. */
#ifndef ALG_POLYGON_H
#define ALG_POLYGON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voxel.h"

enum { POLYGON_BITS = 24 };        /* of the fraction: a corner lies within 3e-8 pixels of its number */
#define POLYGON_FAR 1e9            /* pixels from the first, at most */

struct polygon_point {
	int64_t x, y;              /* pixels times 2^POLYGON_BITS */
};

/* polygon_fix - the nearest fixed-point number, ties to even; false when v is not finite or too far. */
bool polygon_fix(double v, int64_t *fixed);

/* A rectangle of a slice, in which polygons are drawn. */
struct polygon_tile {
	size_t x, y, nx, ny;       /* its first column and row; its columns and rows */
	uint8_t *odd;              /* nx * ny: does the number of edges change here? all 0 before the first */
	size_t left, top, bottom;  /* where odd may be set: columns from left, rows top to bottom - 1 */
};

/* polygon_tile_begin - odd has room for nx * ny bytes, which are 0, or were left by polygon_fill. */
void polygon_tile_begin(struct polygon_tile *t, size_t x, size_t y, size_t nx, size_t ny, uint8_t *odd);

/* polygon_add - the edges of the closed polygon through n corners; the last is joined to the first.
 * Any number of polygons before a fill: what is inside an even number of them is outside. */
void polygon_add(struct polygon_tile *t, const struct polygon_point *p, size_t n);

/* polygon_fill - the pixels that are inside become label, in out, nx * ny voxels of type (unsigned of
 * 1, 2 or 4 bytes). The tile is as after polygon_tile_begin. *drawn grows by the pixels inside,
 * *over by those of them that were not 0. */
void polygon_fill(struct polygon_tile *t, enum voxel_type type, uint32_t label, void *out, uint64_t *drawn,
                  uint64_t *over);

#endif
