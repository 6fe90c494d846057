/* versus.h - two volumes against each other, in place and in value. */
#ifndef VOL_VERSUS_H
#define VOL_VERSUS_H

#include "alg/compare.h"
#include "io/vol.h"

struct versus {
	struct vol_head a, b;
	char unit[64];          /* of the values that were compared; "" when it is not known */
	double mm;              /* worst corner; negative: the sizes do not fit */
	bool shapes;            /* as many channels and list entries */
	struct compare_turn turn; /* how the axes of B run along those of A */
	struct compare c;       /* the voxels; only when shapes and mm >= 0 */
};

/* versus_run - read both (any format; one of them may be "-") and compare what the voxels mean: in
 * the physical unit when both tell the way to it, else the numbers in the files. B may hold the same
 * lattice with its axes in another order: it is then held in memory, one list entry at a time; else
 * both stream.
 *
 *   tol       numbers may differ by it and count as the same (c.over)
 *   progress  as for vol_progress, of reading A; NULL for none
 *   r         the caller's, filled; versus_free afterwards, also on failure
 *
 * 0, however much they differ; -1 with err when one of them cannot be read. */
int versus_run(const char *a, const char *b, double tol,
               void (*progress)(void *ctx, uint64_t done, uint64_t total), struct versus *r,
               struct vol_err *err);
void versus_free(struct versus *r);

#endif
