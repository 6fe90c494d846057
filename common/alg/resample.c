#include "resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "convert.h"
#include "mix.h"

void resample_set(void *to, enum voxel_type type, double x)
{
	convert_from_double(&x, 1, type, to);
}

/* ---- voxels as they are ---- */

struct pick {
	const struct resample_plan *p;
	const struct resample_io *io;
	size_t voxel, row;       /* bytes of a voxel, of a row of the input */
	size_t *x, *y;           /* which sample, for each output */
	bool run;                /* those of x follow each other */
	char *slice, *empty;
};

static void pick_row(const struct pick *k, const char *restrict src, char *restrict dst)
{
	size_t n = k->p->axis[0].out;
	const size_t *restrict x = k->x;

#define EACH(T) \
	for (size_t i = 0; i < n; i++) \
		((T *)(void *)dst)[i] = ((const T *)(const void *)src)[x[i]]
	if (k->run) {
		memcpy(dst, src + x[0] * k->voxel, n * k->voxel);
		return;
	}
	switch (k->voxel) {
	case 1: EACH(uint8_t); break;
	case 2: EACH(uint16_t); break;
	case 4: EACH(uint32_t); break;
	case 8: EACH(uint64_t); break;
	default:
		for (size_t i = 0; i < n; i++)
			memcpy(dst + i * k->voxel, src + x[i] * k->voxel, k->voxel);
	}
#undef EACH
}

static void pick_slice(const struct pick *k, const char *src)
{
	const struct resample_plan *p = k->p;
	size_t wide = (size_t)p->size[0] * k->voxel, n = p->axis[0].out * k->voxel;
	char *dst = k->slice + (p->at[1] * p->size[0] + p->at[0]) * k->voxel;

	for (size_t y = 0; y < p->axis[1].out; y++, dst += wide) {
		if (y && k->y[y] == k->y[y - 1])
			memcpy(dst, dst - wide, n);
		else
			pick_row(k, src + k->y[y] * k->row, dst);
	}
}

static size_t *choose(const struct kernel_axis *a)
{
	size_t *at = malloc((a->out ? a->out : 1) * sizeof *at);

	for (size_t o = 0; at && o < a->out; o++)
		at[o] = kernel_nearest(a, o);
	return at;
}

static enum resample_result put_empty(const struct pick *k, uint64_t n)
{
	for (; n; n--)
		if (k->io->put(k->io->ctx, k->empty, 1) < 0)
			return RESAMPLE_STOPPED;
	return RESAMPLE_DONE;
}

static enum resample_result pick_all(struct pick *k, const void *src)
{
	const struct resample_plan *p = k->p;
	size_t o = 0;

	if (put_empty(k, p->at[2]) != RESAMPLE_DONE)
		return RESAMPLE_STOPPED;
	for (size_t z = 0; z < p->axis[2].in; z++) {
		bool made = false;

		if (z && k->io->next(k->io->ctx, &src) <= 0)
			return RESAMPLE_STOPPED;
		for (; o < p->axis[2].out && kernel_nearest(&p->axis[2], o) == z; o++) {
			if (!made)
				pick_slice(k, src);
			made = true;
			if (k->io->put(k->io->ctx, k->slice, 1) < 0)
				return RESAMPLE_STOPPED;
		}
	}
	return put_empty(k, p->size[2] - p->at[2] - p->axis[2].out);
}

static enum resample_result pick(const struct resample_plan *p, const struct resample_io *io)
{
	struct pick k = {.p = p, .io = io, .voxel = p->channels * voxel_size(p->type)};
	enum resample_result rc = RESAMPLE_NO_MEMORY;
	size_t bytes = (size_t)(p->size[0] * p->size[1]) * k.voxel;
	unsigned char fill[8];
	const void *src;

	if (io->next(io->ctx, &src) <= 0)
		return RESAMPLE_STOPPED;
	k.row = p->axis[0].in * k.voxel;
	k.x = choose(&p->axis[0]);
	k.y = choose(&p->axis[1]);
	k.slice = malloc(bytes);
	k.empty = malloc(bytes);
	resample_set(fill, p->type, p->outside);
	if (k.x && k.y && k.slice && k.empty) {
		for (size_t i = 0; i < bytes; i += voxel_size(p->type))
			memcpy(k.empty + i, fill, voxel_size(p->type));
		memcpy(k.slice, k.empty, bytes);
		k.run = true;
		for (size_t i = 1; i < p->axis[0].out; i++)
			k.run = k.run && k.x[i] == k.x[i - 1] + 1;
		rc = pick_all(&k, src);
	}
	free(k.x);
	free(k.y);
	free(k.slice);
	free(k.empty);
	return rc;
}

/* ---- which way ---- */

/* Nothing of the input lies within the result. */
static enum resample_result all_outside(const struct resample_plan *p, const struct resample_io *io)
{
	size_t voxel = voxel_size(p->type), bytes = (size_t)(p->size[0] * p->size[1]) * voxel * p->channels;
	enum resample_result rc = RESAMPLE_DONE;
	unsigned char fill[8];
	char *slice = NULL;
	const void *src;

	resample_set(fill, p->type, p->outside);
	for (size_t z = 0; z < p->axis[2].in; z++)
		if (io->next(io->ctx, &src) <= 0)
			return RESAMPLE_STOPPED;
	slice = malloc(bytes);
	if (!slice)
		return RESAMPLE_NO_MEMORY;
	for (size_t i = 0; i < bytes; i += voxel)
		memcpy(slice + i, fill, voxel);
	for (uint64_t z = 0; z < p->size[2] && rc == RESAMPLE_DONE; z++)
		if (io->put(io->ctx, slice, 1) < 0)
			rc = RESAMPLE_STOPPED;
	free(slice);
	return rc;
}

enum resample_result resample_run(const struct resample_plan *p, const struct resample_io *io)
{
	bool wide = p->wide || p->type == VOXEL_UINT32 || p->type == VOXEL_INT32 || p->type == VOXEL_DOUBLE;

	if (p->axis[0].out == 0 || p->axis[1].out == 0 || p->axis[2].out == 0)
		return all_outside(p, io);
	if (p->nearest)
		return pick(p, io);
	return wide ? mix_double(p, io) : mix_float(p, io);
}
