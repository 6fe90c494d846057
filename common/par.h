/* par.h - work on several threads, results in a fixed order.
 *
 * A ring of slots in fixed rotation 0, 1, ..., slots-1, 0, ... The caller fills a slot and
 * submits it; a worker runs `work` on it; the caller waits for the slots in the same rotation.
 * What comes out is therefore in order, whatever the number of threads. */
#ifndef VOL_PAR_H
#define VOL_PAR_H

#include <stddef.h>

struct par_ring;

/* What a worker does with a slot; ctx is the caller's and is shared by all workers. */
typedef void par_work_fn(void *ctx, size_t slot);

/* par_threads - how many threads to use: `asked` when positive, else VOLPIPE_THREADS, else the
 * processors this process may run on. At least 1, at most 64. */
int par_threads(int asked);

/* par_ring_new - threads workers and `slots` slots, none submitted. With one thread no thread is
 * made: par_submit runs the work itself. NULL when threads cannot be made (errno says why). */
struct par_ring *par_ring_new(int threads, size_t slots, par_work_fn *work, void *ctx);

/* par_submit - give the slot to the workers. It must not be submitted already. */
void par_submit(struct par_ring *r, size_t slot);

/* par_wait - until the work on a submitted slot is done; returns at once for one that is not
 * submitted. The slot is the caller's again. */
void par_wait(struct par_ring *r, size_t slot);

/* par_ring_free - waits for the work under way, drops what is queued, ends the threads. */
void par_ring_free(struct par_ring *r);

#endif
