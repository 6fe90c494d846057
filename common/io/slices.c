#include "slices.h"

#include <stdlib.h>
#include <string.h>

int vol_slices_begin(struct vol_slices *s, struct vol_in *in, const struct vol_head *head,
                     struct vol_err *err)
{
	uint64_t bytes = vol_head_slice_bytes(head);

	memset(s, 0, sizeof *s);
	s->in = in;
	s->name = vol_in_name(in);
	s->size = voxel_size(head->type);
	s->numbers = (size_t)(bytes / s->size);
	if (bytes <= VOL_SLAB) /* slabs of whole slices */
		return 0;
	/* backed by memory only as voxels come: a header may claim much */
	s->buf = malloc((size_t)bytes);
	return s->buf ? 0 : vol_fail(err, s->name, "a slice of %llu bytes does not fit in memory",
	                             (unsigned long long)bytes);
}

static int pull(struct vol_slices *s, struct vol_err *err)
{
	int got;

	if (s->used < s->slab.n)
		return 1;
	s->used = 0;
	got = vol_next(s->in, &s->slab, err);
	if (got <= 0)
		s->slab.n = 0;
	return got;
}

int vol_slices_next(struct vol_slices *s, const void **voxels, struct vol_err *err)
{
	size_t have = 0;
	int got = pull(s, err);

	if (got <= 0)
		return got;
	if (s->slab.n - s->used >= s->numbers) {
		*voxels = (const char *)s->slab.voxels + s->used * s->size;
		s->used += s->numbers;
		/* an odd slice inside of a slab of several is where the rest of it lies, not aligned */
		if ((uintptr_t)*voxels % 16 == 0)
			return 1;
		if (!s->buf)
			s->buf = malloc(s->numbers * s->size);
		if (!s->buf)
			return vol_fail(err, s->name, "out of memory");
		memcpy(s->buf, *voxels, s->numbers * s->size);
		*voxels = s->buf;
		return 1;
	}
	while (have < s->numbers) {
		size_t n = s->numbers - have;

		/* never 0: the input ends with a slice, or with an error */
		if (pull(s, err) <= 0)
			return -1;
		if (n > s->slab.n - s->used)
			n = s->slab.n - s->used;
		memcpy(s->buf + have * s->size, (const char *)s->slab.voxels + s->used * s->size, n * s->size);
		s->used += n;
		have += n;
	}
	*voxels = s->buf;
	return 1;
}

int vol_slices_skip(struct vol_slices *s, uint64_t n, struct vol_err *err)
{
	uint64_t left;
	int got = 1;

	if (!size_mul(n, s->numbers, &left))
		return 0;
	while (left && (got = pull(s, err)) > 0) {
		size_t take = s->slab.n - s->used;

		if (take > left)
			take = (size_t)left;
		s->used += take;
		left -= take;
	}
	return got;
}

void vol_slices_end(struct vol_slices *s)
{
	free(s->buf);
	s->buf = NULL;
}
