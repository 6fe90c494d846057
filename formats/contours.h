/* contours.h - outlines of labels as text: volcontour(5). */
#ifndef VOL_CONTOURS_H
#define VOL_CONTOURS_H

#include <stdbool.h>
#include <stdint.h>

#include "alg/outline.h"
#include "alg/polygon.h"
#include "io/head.h"

struct contour {
	uint64_t slice;            /* of the grid */
	uint32_t label;            /* from 1 */
	size_t first, n;           /* its points, at least 3 */
};

struct contours {
	struct contour *at;        /* n of them, by slice, then label; owned */
	struct polygon_point *point; /* in pixels of the grid; owned */
	size_t n, points;
	uint32_t greatest;         /* label that the text has, with contours or without; 0: none */
	char *names;               /* as vol.labels has them, or NULL; owned */
	uint64_t outside;          /* contours left out: on no slice of the grid */
	uint64_t outside_line;     /* of the first of them */
	char *subject;             /* for messages; owned */
};

/* How to understand a text that does not say it all. */
struct contours_how {
	const struct vol_grid *grid;
	bool mm;                   /* the unit until the text names one; else pixels */
	int64_t slice;             /* where points of two numbers are until it says; -1: nowhere */
	double tolerance;          /* mm that a point may lie off the plane of its slice; NAN: 0.1, or a
	                            * tenth of the way to the next slice where that is less */
};

/* contours_read - all contours of a text (path NULL or "-": stdin; gzip is undone) on a grid. Takes
 * memory with what it reads, 16 bytes a point and as much again while it grows. -1 with err, whose
 * subject is FILE:LINE where a line is wrong. contours_free is due either way. */
int contours_read(struct contours *c, const char *path, const struct contours_how *how, struct vol_err *err);
void contours_free(struct contours *c);

struct contours_out;

/* contours_create - start a text with contours of a volume of labels, in pixels or in mm. path NULL or
 * "-": stdout; flags: enum outfile_flags. The head is the caller's and has to outlive it. */
struct contours_out *contours_create(const char *path, int flags, const struct vol_head *head, bool mm,
                                     struct vol_err *err);

/* contours_put - a loop of label on a slice. Those of a slice one after the other, and in it those of
 * a label, make the shortest text. */
int contours_put(struct contours_out *o, uint64_t slice, uint32_t label, const struct outline_corner *corner,
                 size_t n, struct vol_err *err);

/* contours_finish - the text is complete under its name; frees. contours_abandon - nothing is; NULL is
 * fine. */
int contours_finish(struct contours_out *o, struct vol_err *err);
void contours_abandon(struct contours_out *o);

#endif
