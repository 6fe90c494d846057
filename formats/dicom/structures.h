/* structures.h - the contours of an RT Structure Set on a grid: PS3.3, A.19, C.8.8.5 (which structures) and C.8.8.6 (their
 * contours). */
#ifndef DICOM_STRUCTURES_H
#define DICOM_STRUCTURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alg/polygon.h"
#include "err.h"
#include "grid.h"

/* A region of interest. */
struct structure {
	long number;               /* ROINumber */
	uint32_t label;            /* in the volume, from 1; 0: not taken */
	char *name;                /* one line of UTF-8; owned */
	char *reference;           /* UID of the frame of reference of its contours; NULL: not said; owned */
	/* its contours: taken; and left out, why */
	size_t taken;
	size_t outside;            /* on no slice of the grid */
	size_t open;               /* points and lines, which enclose nothing */
	size_t twice;              /* the same contour once more */
	size_t cut;                /* of those taken: reach out of the slices */
	size_t absent;             /* of all: refer to images, none of which is one of how->image */
	size_t known;              /* of all: refer to one that is */
	uint64_t first, last, slices; /* that hold contours of it; how many */
};

struct structure_contour {
	uint64_t slice;
	size_t structure;          /* index */
	size_t first, n;           /* its points, at least 3 */
	double height;             /* slice, as a fraction, that it really lies on */
	bool xor;                  /* the file says that contours are to be combined so */
};

struct structures {
	struct structure *at;      /* n of them, as in the file; owned */
	size_t n;
	struct structure_contour *contour; /* by slice, then structure; owned */
	size_t contours;
	struct polygon_point *point; /* in pixels of the grid; owned */
	size_t points;
	uint32_t greatest;         /* label */
};

struct structures_how {
	const struct vol_grid *grid;
	const char *wanted;        /* name or number of the only structure to take; NULL: all */
	double tolerance;          /* mm that a contour may lie off the plane of its slice; NAN: 0.1, or a tenth of the way to
	                            * the next slice where that is less */
	const char *reference;     /* UID of the frame of reference of the grid; NULL: not known */
	bool accept_reference;     /* though it be another one */
	const char *const *image;  /* SOP Instance UIDs of the images that the grid is of, sorted; NULL: not known */
	size_t images;
};

/* structures_read - all contours that enclose something, on the grid. A contour that crosses slices, or lies between two of
 * them, is an error that names it; so are coordinates that are none, contours of two heights on one slice, and another
 * frame of reference, but where contours refer to the images that the grid is of. Takes 16 bytes a point. -1 with err,
 * whose reason stands in brackets; structures_free in any case. */
int structures_read(struct structures *s, const char *path, const struct structures_how *how, struct vol_err *err);
void structures_free(struct structures *s);

#endif
