#include "par.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>

enum { MAX_THREADS = 64 };

enum slot_state { FREE, QUEUED, RUNNING, DONE };

struct par_ring {
	par_work_fn *work;
	void *ctx;
	size_t slots, head, queued; /* queue: the slots from head on, in rotation */
	enum slot_state *state;
	size_t *queue;
	bool stop;
	int threads;
	pthread_t thread[MAX_THREADS];
	pthread_mutex_t lock;
	pthread_cond_t submitted, done;
};

int par_threads(int asked)
{
	const char *env = getenv("VOLPIPE_THREADS");
	cpu_set_t set;
	int n = asked;

	if (n <= 0 && env)
		n = atoi(env);
	if (n <= 0)
		n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
	return n < 1 ? 1 : n > MAX_THREADS ? MAX_THREADS : n;
}

static void *worker(void *arg)
{
	struct par_ring *r = arg;

	pthread_mutex_lock(&r->lock);
	for (;;) {
		while (!r->stop && r->queued == 0)
			pthread_cond_wait(&r->submitted, &r->lock);
		if (r->stop)
			break;
		size_t slot = r->queue[r->head];

		r->head = (r->head + 1) % r->slots;
		r->queued--;
		r->state[slot] = RUNNING;
		pthread_mutex_unlock(&r->lock);
		r->work(r->ctx, slot);
		pthread_mutex_lock(&r->lock);
		r->state[slot] = DONE;
		pthread_cond_broadcast(&r->done);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

struct par_ring *par_ring_new(int threads, size_t slots, par_work_fn *work, void *ctx)
{
	struct par_ring *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->work = work;
	r->ctx = ctx;
	r->slots = slots;
	r->state = calloc(slots, sizeof *r->state);
	r->queue = calloc(slots, sizeof *r->queue);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->submitted, NULL);
	pthread_cond_init(&r->done, NULL);
	if (!r->state || !r->queue) {
		par_ring_free(r);
		return NULL;
	}
	if (threads > MAX_THREADS)
		threads = MAX_THREADS;
	for (int i = 0; threads > 1 && i < threads; i++) {
		/* fewer threads than asked for is slower, not wrong; none at all means "run in
		 * par_submit" */
		if (pthread_create(&r->thread[i], NULL, worker, r) != 0)
			break;
		r->threads++;
	}
	return r;
}

void par_submit(struct par_ring *r, size_t slot)
{
	if (r->threads == 0) {
		r->work(r->ctx, slot);
		r->state[slot] = DONE;
		return;
	}
	pthread_mutex_lock(&r->lock);
	r->state[slot] = QUEUED;
	r->queue[(r->head + r->queued++) % r->slots] = slot;
	pthread_cond_signal(&r->submitted);
	pthread_mutex_unlock(&r->lock);
}

void par_wait(struct par_ring *r, size_t slot)
{
	if (r->threads == 0) {
		r->state[slot] = FREE;
		return;
	}
	pthread_mutex_lock(&r->lock);
	while (r->state[slot] == QUEUED || r->state[slot] == RUNNING)
		pthread_cond_wait(&r->done, &r->lock);
	r->state[slot] = FREE;
	pthread_mutex_unlock(&r->lock);
}

void par_ring_free(struct par_ring *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	pthread_cond_broadcast(&r->submitted);
	pthread_mutex_unlock(&r->lock);
	for (int i = 0; i < r->threads; i++)
		pthread_join(r->thread[i], NULL);
	pthread_cond_destroy(&r->submitted);
	pthread_cond_destroy(&r->done);
	pthread_mutex_destroy(&r->lock);
	free(r->state);
	free(r->queue);
	free(r);
}
