#include "sliced.h"

#include <stdlib.h>
#include <string.h>

#include "par.h"

struct slot {
	char *voxels, *result;
	uint64_t i;
	int rc;
};

struct sliced {
	struct par_ring *ring;
	struct slot *slot;
	size_t slots, in_bytes;
	sliced_fn *work;
	void *ctx;
	uint64_t put, taken;
};

static void run(void *ctx, size_t i)
{
	struct sliced *s = ctx;
	struct slot *slot = &s->slot[i];

	slot->rc = s->work(s->ctx, slot->i, slot->voxels, slot->result);
}

struct sliced *sliced_new(int threads, size_t in_bytes, size_t out_bytes, sliced_fn *work, void *ctx)
{
	struct sliced *s = calloc(1, sizeof *s);
	bool good;

	if (!s)
		return NULL;
	s->slots = 2 * (size_t)threads;
	s->in_bytes = in_bytes;
	s->work = work;
	s->ctx = ctx;
	s->slot = calloc(s->slots, sizeof *s->slot);
	good = s->slot;
	for (size_t i = 0; good && i < s->slots; i++) {
		s->slot[i].result = malloc(out_bytes);
		if (in_bytes)
			s->slot[i].voxels = malloc(in_bytes);
		good = s->slot[i].result && (s->slot[i].voxels || !in_bytes);
	}
	if (good)
		s->ring = par_ring_new(threads, s->slots, run, s);
	if (!s->ring) {
		sliced_free(s);
		return NULL;
	}
	return s;
}

void sliced_put(struct sliced *s, const void *voxels)
{
	struct slot *slot = &s->slot[s->put % s->slots];

	slot->i = s->put;
	if (s->in_bytes)
		memcpy(slot->voxels, voxels, s->in_bytes);
	par_submit(s->ring, (size_t)(s->put++ % s->slots));
}

int sliced_take(struct sliced *s, bool end, const void **result)
{
	size_t i = (size_t)(s->taken % s->slots);

	if (s->put - s->taken < (end ? 1 : s->slots))
		return 0;
	par_wait(s->ring, i);
	s->taken++;
	*result = s->slot[i].result;
	return s->slot[i].rc ? -1 : 1;
}

void sliced_free(struct sliced *s)
{
	if (!s)
		return;
	if (s->ring)
		par_ring_free(s->ring);
	for (size_t i = 0; s->slot && i < s->slots; i++) {
		free(s->slot[i].voxels);
		free(s->slot[i].result);
	}
	free(s->slot);
	free(s);
}
