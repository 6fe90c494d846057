/* apart_inside.h - what apart.c and apart_order.c share. */
#ifndef DICOM_APART_INSIDE_H
#define DICOM_APART_INSIDE_H

#include "apart.h"

/* A frame and the place it has, by which those of one series are sorted. */
struct lying {
	struct dicom_frame *f;
	const char *series, *kind;
	long long place[9]; /* position in micrometres, cosines in thousandths */
};

/* apart_by_place - 0: two frames lie at the same place. */
int apart_by_place(const struct lying *a, const struct lying *b);

/* apart_order - the frames at[0..n) of one series and kind, sorted by place, given an axis by the order in which they were
 * made (see apart.h). 0, or -1: out of memory. */
int apart_order(struct lying *at, size_t n);

#endif
