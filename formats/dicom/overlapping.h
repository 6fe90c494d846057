/* overlapping.h - which of several things that were drawn have voxels in common. */
#ifndef DICOM_OVERLAPPING_H
#define DICOM_OVERLAPPING_H

#include <stddef.h>
#include <stdint.h>

enum { OVERLAPPING_MAX = 256 };

struct overlapping {
	struct overlapping_pair {
		size_t a, b;
		uint64_t n;
	} pair[OVERLAPPING_MAX];  /* the first so many pairs that were met */
	size_t pairs;
	uint64_t all;             /* voxels of any pair */
};

/* overlapping_count - a voxel of a is one of b, too. */
void overlapping_count(struct overlapping *o, size_t a, size_t b);

/* overlapping_most - the pair with the most voxels; NULL: there is none. */
const struct overlapping_pair *overlapping_most(const struct overlapping *o);

/* overlapping_more - ", and 2 other pairs, 3134 voxels in all", or "". Returns buf. */
char *overlapping_more(const struct overlapping *o, char *buf, size_t size);

#endif
