/* compare.h - how far two volumes differ: in place, and voxel by voxel. */
#ifndef ALG_COMPARE_H
#define ALG_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grid.h"
#include "voxel.h"

/* ---- place ---- */

/* How the axes of b lie along those of a: axis k of a is axis[k] of b, run backwards where flip[k]. */
struct compare_turn {
	int axis[3];
	bool flip[3];
};

/* compare_turn - of the 48 ways to run through b's lattice, the one whose corner voxels lie closest
 * to a's; plain order when that is as close. Returns the greatest distance of two corners in mm;
 * -1 when the sizes fit in no way. */
double compare_turn(const struct vol_grid *a, const struct vol_grid *b, struct compare_turn *t);

/* compare_turned - is it another order than b's own? */
bool compare_turned(const struct compare_turn *t);

/* compare_row - n voxels of b as they follow each other along a's x axis.
 *
 *   volume, size  b's voxels, whole, of `unit` bytes each
 *   at            index in a of the first
 *   buf           n * unit bytes; used only where they do not lie in a row as they are
 *
 * Returns buf, or where in `volume` they are. */
const void *compare_row(const void *volume, const uint64_t size[3], size_t unit,
                        const struct compare_turn *t, const uint64_t at[3], size_t n, void *buf);

/* ---- voxels ---- */

/* A row of numbers v, each meaning slope * v + intercept, computed in double. */
struct compare_run {
	const void *v;
	enum voxel_type type;
	double slope, intercept;
};

/* All zero but tol to begin with. Differences are absolute. */
struct compare {
	double tol;
	uint64_t n;       /* numbers compared */
	uint64_t differ;  /* that are not equal; NaN equals NaN */
	uint64_t over;    /* that differ by more than tol */
	uint64_t unlike;  /* of those: one is NaN or infinite, and the other is not the same */
	double max, sum;  /* over the others, the unlike left out */
	uint64_t at;      /* the first number with the greatest difference; of the unlike, if any */
};

/* compare_add - compare n more numbers. The same sums on every machine. */
void compare_add(struct compare *c, const struct compare_run *a, const struct compare_run *b,
                 size_t n);

/* compare_doubles - n numbers of a run from index `from` on, as what they mean. */
void compare_doubles(const struct compare_run *r, size_t from, size_t n, double *to);

#endif
