/* vote.h - labels onto a parallel grid: the label with the greatest share of an output voxel wins. */
#ifndef ALG_VOTE_H
#define ALG_VOTE_H

#include "resample.h"

/* vote_run - as resample_run, for integers; the axes are those of KERNEL_LABEL, z with step > 0, and
 * every number counts, also padding. Of labels with the same share (to 1e-6) the one at the nearest
 * input voxel wins if it is among them, else the least. Never makes a number that was not there, but
 * for plan->outside. */
enum resample_result vote_run(const struct resample_plan *plan, const struct resample_io *io);

/* How many voxels each label has. All zero to begin with. */
struct vote_count {
	uint32_t *label;  /* the number's bits, zero above its type */
	uint64_t *voxels;
	size_t n, room;
};

/* vote_count_add - count n numbers; integers only. -1 when memory runs out. */
int vote_count_add(struct vote_count *c, const void *voxels, enum voxel_type type, size_t n);

/* vote_count_sort - by label, as numbers of the type, the first n of the arrays; the end of counting. -1 when
 * memory runs out. vote_count_free - give back. */
int vote_count_sort(struct vote_count *c, enum voxel_type type);
void vote_count_free(struct vote_count *c);

/* vote_label - the label's number. */
double vote_label(uint32_t bits, enum voxel_type type);

#endif
