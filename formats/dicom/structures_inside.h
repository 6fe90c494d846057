/* structures_inside.h - what the files that read a structure set share. */
#ifndef DICOM_STRUCTURES_INSIDE_H
#define DICOM_STRUCTURES_INSIDE_H

#include <stdio.h>
#include <stdlib.h>

#include "dcmtk.h"
#include "structures.h"

enum { STRUCTURES_TEXT = 1024 };

/* A structure set in work. */
struct structures_maker {
	struct structures *s;
	const struct structures_how *how;
	const char *path;
	struct dcmtk_header *h;
	struct vol_err *err;
	size_t room, contour_room, point_room;
	struct grid_affine index;  /* mm to voxels */
	double apart, tolerance, plane; /* mm: between slices; see structures_how; within which heights are the same */
	/* in work */
	struct structure *structure;
	size_t number;             /* contour of it, from 1 */
	bool refers, known;
};

#define STRUCTURES_WRONG(m, reason, ...) \
	__extension__({ \
		char what_[400]; \
		snprintf(what_, sizeof what_, __VA_ARGS__); \
		vol_fail((m)->err, (m)->path, "%s [%s]", what_, reason); \
	})

/* structures_grow - room for n more. False: out of memory. */
bool structures_grow(void **at, size_t have, size_t n, size_t *room, size_t size);

/* structures_whole - is that text a whole number? */
bool structures_whole(const char *s, long *n);

/* structures_contours - take an item of ROIContourSequence: all contours of one structure, for dcmtk_each. 0, or -1 with
 * err. structures_sort - after the last: in order, and none twice. */
int structures_contours(void *maker, struct dcmtk_item *item);
int structures_sort(const struct structures_maker *m);

/* structures_find - the one of that number, or NULL. */
struct structure *structures_find(const struct structures *s, long number);

#endif
