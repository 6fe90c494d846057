/* sliced.h - work on one slice after the other, several at a time, results in order.
 *
 *     while there are slices:  sliced_put; while (sliced_take(s, false, &r) > 0) ...
 *     at the end:              while (sliced_take(s, true, &r) > 0) ... */
#ifndef ALG_SLICED_H
#define ALG_SLICED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is done with slice `i` (counted from 0 as they are put): voxels is a copy of it, NULL when in_bytes
 * is 0. 0, or -1 out of memory. Called from any thread. */
typedef int sliced_fn(void *ctx, uint64_t i, const void *voxels, void *result);

struct sliced;

/* sliced_new - two slices for each thread are under way. in_bytes: of a slice that is put, 0 when the
 * work has it already; out_bytes: of its result. NULL when there is no memory or no thread. */
struct sliced *sliced_new(int threads, size_t in_bytes, size_t out_bytes, sliced_fn *work, void *ctx);

/* sliced_put - the next slice. sliced_take must have returned 0 before. */
void sliced_put(struct sliced *s, const void *voxels);

/* sliced_take - the next result, good until the next put: 1. 0: none, until more is put (or, with `end`, that was
 * all). -1: the work had no memory. */
int sliced_take(struct sliced *s, bool end, const void **result);

/* sliced_free - s may be NULL. */
void sliced_free(struct sliced *s);

#endif
