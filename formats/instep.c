#include "instep.h"

#include <string.h>

#include "beside.h"

int instep_first(struct instep *s, struct vol_in *in, const struct vol_head *head, struct vol_err *err)
{
	memset(s, 0, sizeof *s);
	s->in = in;
	return vol_head_copy(&s->head, head, err);
}

int instep_beside(struct instep *s, const char *path, const struct instep *first, struct vol_err *err)
{
	memset(s, 0, sizeof *s);
	s->in = beside_open(path, &first->head, vol_in_name(first->in), &s->head, err);
	if (!s->in)
		return -1;
	s->owned = true;
	s->again = first->head.list > 1 && s->head.list <= 1;
	return s->again ? vol_hold(s->in, err) : 0;
}

/* Up to n numbers of one volume; fewer only at its end. */
static int64_t take(struct instep *s, size_t n, char *to, struct vol_err *err)
{
	size_t size = voxel_size(s->head.type), have = 0;

	while (have < n) {
		size_t some = s->slab.n - s->used;

		if (some == 0) {
			int got = vol_next(s->in, &s->slab, err);

			s->used = 0;
			if (got <= 0)
				s->slab.n = 0;
			if (got < 0)
				return -1;
			if (got == 0 && !s->again)
				break;
			if (got == 0)
				vol_rewind(s->in);
			continue;
		}
		if (some > n - have)
			some = n - have;
		memcpy(to + have * size, (const char *)s->slab.voxels + s->used * size, some * size);
		s->used += some;
		have += some;
	}
	return (int64_t)have;
}

int64_t instep_take(struct instep *s, int volumes, size_t n, char *const *to, struct vol_err *err)
{
	int64_t all = take(&s[0], n, to[0], err);

	for (int v = 1; v < volumes && all >= 0; v++) {
		/* at the end, what was not held has to end as well: not early, with nothing after */
		int64_t got = all > 0 ? take(&s[v], (size_t)all, to[v], err)
			      : s[v].again ? 0 : take(&s[v], n, to[v], err);

		if (got < 0)
			return -1;
		if (got != all) /* cannot be: the grids are the same */
			return vol_fail(err, vol_in_name(s[v].in), "does not end with the others");
	}
	return all;
}

void instep_close(struct instep *s)
{
	if (s->owned)
		vol_close(s->in);
	if (s->in)
		vol_head_free(&s->head);
	memset(s, 0, sizeof *s);
}
