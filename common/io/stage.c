#include "stage.h"

#include <stdlib.h>

#include "keys.h"

static int run_open(const struct vol_stage *s, void *ctx, struct vol_in *in, struct vol_head *head,
                    struct vol_err *err)
{
	struct vol_out *out;

	if (s->progress)
		vol_progress(in, s->progress, NULL);
	if (s->head && s->head(ctx, in, head, err) < 0)
		return -1;
	if (s->history && key_history(head, s->history, err) < 0)
		return -1;
	out = vol_create(s->out, s->flags, head, err);
	if (!out)
		return -1;
	if ((s->run ? s->run(ctx, in, out, err) : vol_copy(in, out, err)) < 0) {
		vol_abandon(out);
		return -1;
	}
	return vol_finish(out, err);
}

int vol_save(struct vol_in *in, struct vol_head *head, const char *history, const char *path, int flags,
             struct vol_err *err)
{
	const struct vol_stage s = {.out = path, .flags = flags, .history = history};

	return key_source(head, err) < 0 ? -1 : run_open(&s, NULL, in, head, err);
}

int vol_stage_run(const struct vol_stage *s, void *ctx, struct vol_err *err)
{
	struct vol_head head;
	struct vol_in *in = vol_open(s->in, &head, err);
	int rc;

	if (!in)
		return -1;
	rc = run_open(s, ctx, in, &head, err);
	vol_close(in);
	vol_head_free(&head);
	return rc;
}

int vol_each(struct vol_in *in, size_t from, struct vol_out *out, size_t to, vol_each_fn *work,
             void *ctx, struct vol_err *err)
{
	char *result = malloc(VOL_SLAB / from * to);
	struct vol_slab slab;
	uint64_t first = 0;
	int got;

	if (!result)
		return vol_fail(err, vol_in_name(in), "out of memory");
	while ((got = vol_next(in, &slab, err)) > 0) {
		got = work(ctx, slab.voxels, slab.n, first, result, err);
		if (got == 0)
			got = vol_put(out, result, slab.n * to, err);
		if (got < 0)
			break;
		first += slab.n;
	}
	free(result);
	return got;
}
