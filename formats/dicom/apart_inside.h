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

/* apart_each - how many frames lie at the first place; 0: n is no multiple of that. */
size_t apart_each(const struct lying *at, size_t n);

/* The steps. Each takes the frames at[0..n) of one series and kind, sorted by place. 0; -1: out of memory.
 *
 * apart_pictures - ImageType, part of the complex signal, kernel and tube voltage become part of the kind, as far as images at
 * one place differ in them, where every place has the same pictures. apart_echoes - so does the echo time where every place has
 * each echo several times, and no other fact tells all volumes apart. apart_order - an axis by the order in which images were
 * made (see apart.h). */
int apart_pictures(struct dicom_set *set, struct lying *at, size_t n);
int apart_echoes(struct dicom_set *set, struct lying *at, size_t n);
int apart_order(struct dicom_set *set, struct lying *at, size_t n);

#endif
