/* structures_draw.h - contours filled, a slice at a time. */
#ifndef DICOM_STRUCTURES_DRAW_H
#define DICOM_STRUCTURES_DRAW_H

#include "overlapping.h"
#include "structures.h"

struct structures_drawing {
	const struct structures *s;  /* borrowed */
	size_t nx, ny;
	bool last;                   /* where structures overlap, the last in the file has the voxel; else the first */
	uint16_t *slice;             /* nx * ny: 1 + index of the structure, or 0 */
	uint8_t *mask, *odd;
	struct overlapping overlap;  /* of all slices that were drawn */
	uint64_t drawn;              /* voxels, one of two structures twice */
};

/* structures_draw_begin - -1: out of memory. structures_draw_end in any case. */
int structures_draw_begin(struct structures_drawing *d, const struct structures *s, const struct vol_grid *grid, bool last);
void structures_draw_end(struct structures_drawing *d);

/* structures_draw - slice z into d->slice; `from` is the first contour that is on it or after it. Returns the first of the
 * slices after. A voxel is a structure's when its centre is within an odd number of the structure's contours; see
 * polygon.h for centres on a contour. */
size_t structures_draw(struct structures_drawing *d, uint64_t z, size_t from);

#endif
