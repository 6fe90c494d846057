#include "vote.h"

#include <stdlib.h>
#include <string.h>

#include "par.h"

enum { ROWS = 16 };

/* Shares of the labels in one output voxel. */
struct poll {
	uint32_t *label;
	float *share;
	size_t n;
};

struct vote {
	const struct resample_plan *p;
	const struct resample_io *io;
	size_t in[3], out[3], taps[3], size, plane;
	size_t *first[3];          /* of z: for the present output only */
	float *weight[3];
	double *w;
	uint32_t *ring;            /* slices of the input, as bits; taps[2] of them */
	char *result, *empty;
	size_t o;                  /* the output slice */
	size_t near_z;
	struct par_ring *threads;
	struct vote_job {
		size_t y;
		uint32_t *all;     /* of each column of taps: its one label */
		uint8_t *mixed;    /* or that there are several */
		struct poll poll;
	} *job;
	size_t jobs;
};

static void widen(const void *src, enum voxel_type type, size_t n, uint32_t *dst)
{
	size_t size = voxel_size(type);
	const uint8_t *b = src;
	const uint16_t *s = src;

	if (size == 1)
		for (size_t i = 0; i < n; i++)
			dst[i] = b[i];
	else if (size == 2)
		for (size_t i = 0; i < n; i++)
			dst[i] = s[i];
	else
		memcpy(dst, src, n * sizeof *dst);
}

double vote_label(uint32_t bits, enum voxel_type type)
{
	switch (type) {
	case VOXEL_INT8: return (int8_t)bits;
	case VOXEL_INT16: return (int16_t)bits;
	case VOXEL_INT32: return (int32_t)bits;
	default: return bits;
	}
}

static void cast_vote(struct poll *p, uint32_t label, float share)
{
	size_t i = 0;

	while (i < p->n && p->label[i] != label)
		i++;
	if (i == p->n) {
		p->label[i] = label;
		p->share[i] = 0;
		p->n++;
	}
	p->share[i] += share;
}

static uint32_t winner(const struct poll *p, uint32_t near, enum voxel_type type)
{
	float best = 0;
	uint32_t won = 0;
	bool found = false;

	for (size_t i = 0; i < p->n; i++)
		best = p->share[i] > best ? p->share[i] : best;
	for (size_t i = 0; i < p->n; i++) {
		if (p->share[i] < best - 1e-6f)
			continue;
		if (p->label[i] == near)
			return near;
		if (!found || vote_label(p->label[i], type) < vote_label(won, type))
			won = p->label[i];
		found = true;
	}
	return won;
}

/* The row `row` of input slice z. */
static const uint32_t *row_of(const struct vote *v, size_t z, size_t row)
{
	return v->ring + z % v->taps[2] * v->plane + row * v->in[0];
}

/* Which columns of the taps in y and z have one label alone. */
static void look(const struct vote *v, struct vote_job *j, size_t y)
{
	const uint32_t *one = row_of(v, v->first[2][0], v->first[1][y]);

	memcpy(j->all, one, v->in[0] * sizeof *one);
	memset(j->mixed, 0, v->in[0]);
	for (size_t t = 0; t < v->taps[2]; t++)
		for (size_t s = 0; s < v->taps[1]; s++) {
			const uint32_t *row = row_of(v, v->first[2][0] + t, v->first[1][y] + s);

			if (row == one || v->weight[2][t] == 0 || v->weight[1][y * v->taps[1] + s] == 0)
				continue;
			for (size_t x = 0; x < v->in[0]; x++)
				j->mixed[x] |= row[x] != j->all[x];
		}
}

/* Is the first row of the columns one that counts? Else its label may not speak for them. */
static bool first_counts(const struct vote *v, size_t y)
{
	return v->weight[2][0] != 0 && v->weight[1][y * v->taps[1]] != 0;
}

static void count_votes(const struct vote *v, struct vote_job *j, size_t x, size_t y)
{
	j->poll.n = 0;
	for (size_t t = 0; t < v->taps[2]; t++)
		for (size_t s = 0; s < v->taps[1]; s++) {
			const uint32_t *row = row_of(v, v->first[2][0] + t, v->first[1][y] + s) + v->first[0][x];
			float w = v->weight[2][t] * v->weight[1][y * v->taps[1] + s];

			for (size_t r = 0; r < v->taps[0] && w != 0; r++)
				if (v->weight[0][x * v->taps[0] + r] != 0)
					cast_vote(&j->poll, row[r], w * v->weight[0][x * v->taps[0] + r]);
		}
}

static void put_label(const struct vote *v, size_t x, size_t y, uint32_t label)
{
	size_t at = (v->p->at[1] + y) * (size_t)v->p->size[0] + v->p->at[0] + x;

	memcpy(v->result + at * v->size, &label, v->size); /* little-endian: the low bytes */
}

static void vote_row(const struct vote *v, struct vote_job *j, size_t y)
{
	bool usable = first_counts(v, y);
	size_t near_y = kernel_nearest(&v->p->axis[1], y);

	look(v, j, y);
	for (size_t x = 0; x < v->out[0]; x++) {
		size_t from = v->first[0][x];
		bool alike = usable;

		for (size_t r = 0; r < v->taps[0] && alike; r++)
			alike = !j->mixed[from + r] && j->all[from + r] == j->all[from];
		if (alike) {
			put_label(v, x, y, j->all[from]);
		} else {
			count_votes(v, j, x, y);
			put_label(v, x, y,
			          winner(&j->poll, row_of(v, v->near_z, near_y)[kernel_nearest(&v->p->axis[0], x)],
			                 v->p->type));
		}
	}
}

static void work(void *ctx, size_t slot)
{
	struct vote *v = ctx;
	struct vote_job *j = &v->job[slot];

	for (size_t y = j->y; y < j->y + ROWS && y < v->out[1]; y++)
		vote_row(v, j, y);
}

static void vote_slice(struct vote *v)
{
	size_t slot = 0;

	v->first[2][0] = kernel_at(&v->p->axis[2], v->o, v->w);
	v->near_z = kernel_nearest(&v->p->axis[2], v->o);
	for (size_t t = 0; t < v->taps[2]; t++)
		v->weight[2][t] = (float)v->w[t];
	for (size_t y = 0; y < v->out[1]; y += ROWS) {
		par_wait(v->threads, slot);
		v->job[slot].y = y;
		par_submit(v->threads, slot);
		slot = (slot + 1) % v->jobs;
	}
	for (size_t i = 0; i < v->jobs; i++)
		par_wait(v->threads, (slot + i) % v->jobs);
}

static enum resample_result put_empty(struct vote *v, uint64_t n)
{
	for (; n; n--)
		if (v->io->put(v->io->ctx, v->empty, 1) < 0)
			return RESAMPLE_STOPPED;
	return RESAMPLE_DONE;
}

static enum resample_result run(struct vote *v, const void *slice)
{
	const struct kernel_axis *z = &v->p->axis[2];

	if (put_empty(v, v->p->at[2]) != RESAMPLE_DONE)
		return RESAMPLE_STOPPED;
	for (size_t k = 0; k < v->in[2]; k++) {
		if (k && v->io->next(v->io->ctx, &slice) <= 0)
			return RESAMPLE_STOPPED;
		widen(slice, v->p->type, v->plane, v->ring + k % v->taps[2] * v->plane);
		for (; v->o < v->out[2] && kernel_at(z, v->o, v->w) + v->taps[2] <= k + 1; v->o++) {
			vote_slice(v);
			if (v->io->put(v->io->ctx, v->result, 1) < 0)
				return RESAMPLE_STOPPED;
		}
	}
	return put_empty(v, v->p->size[2] - v->p->at[2] - v->out[2]);
}

static bool table(struct vote *v, int c)
{
	const struct kernel_axis *a = &v->p->axis[c];
	size_t outs = c < 2 ? a->out : 1;

	v->first[c] = malloc(outs * sizeof *v->first[c]);
	v->weight[c] = malloc(outs * a->taps * sizeof *v->weight[c]);
	for (size_t o = 0; c < 2 && v->first[c] && v->weight[c] && o < outs; o++) {
		v->first[c][o] = kernel_at(a, o, v->w);
		for (size_t t = 0; t < a->taps; t++)
			v->weight[c][o * a->taps + t] = (float)v->w[t];
	}
	return v->first[c] && v->weight[c];
}

static bool prepare(struct vote *v)
{
	const struct resample_plan *p = v->p;
	size_t bytes = (size_t)(p->size[0] * p->size[1]) * voxel_size(p->type), most = 0, box = 1;
	unsigned char fill[8];

	for (int c = 0; c < 3; c++) {
		v->in[c] = p->axis[c].in;
		v->out[c] = p->axis[c].out;
		v->taps[c] = p->axis[c].taps;
		most = v->taps[c] > most ? v->taps[c] : most;
		box *= v->taps[c];
	}
	v->size = voxel_size(p->type);
	v->plane = v->in[0] * v->in[1];
	v->w = malloc(most * sizeof *v->w);
	v->ring = malloc(v->taps[2] * v->plane * sizeof *v->ring);
	v->result = malloc(bytes);
	v->empty = malloc(bytes);
	v->jobs = (size_t)p->threads + 2;
	v->job = calloc(v->jobs, sizeof *v->job);
	v->threads = par_ring_new(p->threads, v->jobs, work, v);
	if (!v->w || !v->ring || !v->result || !v->empty || !v->job || !v->threads || !table(v, 0) || !table(v, 1) ||
	    !table(v, 2))
		return false;
	for (size_t i = 0; i < v->jobs; i++) {
		struct vote_job *j = &v->job[i];

		j->all = malloc(v->in[0] * sizeof *j->all);
		j->mixed = malloc(v->in[0]);
		j->poll.label = malloc(box * sizeof *j->poll.label);
		j->poll.share = malloc(box * sizeof *j->poll.share);
		if (!j->all || !j->mixed || !j->poll.label || !j->poll.share)
			return false;
	}
	resample_set(fill, p->type, p->outside);
	for (size_t i = 0; i < bytes; i += v->size)
		memcpy(v->empty + i, fill, v->size);
	memcpy(v->result, v->empty, bytes);
	return true;
}

enum resample_result vote_run(const struct resample_plan *plan, const struct resample_io *io)
{
	struct vote v = {.p = plan, .io = io};
	enum resample_result rc = RESAMPLE_NO_MEMORY;
	const void *slice;

	if (plan->axis[0].out == 0 || plan->axis[1].out == 0 || plan->axis[2].out == 0)
		return resample_run(plan, io); /* all of it outside */
	if (io->next(io->ctx, &slice) <= 0)
		return RESAMPLE_STOPPED;
	if (prepare(&v))
		rc = run(&v, slice);
	par_ring_free(v.threads);
	for (size_t i = 0; v.job && i < v.jobs; i++) {
		free(v.job[i].all);
		free(v.job[i].mixed);
		free(v.job[i].poll.label);
		free(v.job[i].poll.share);
	}
	free(v.job);
	for (int c = 0; c < 3; c++) {
		free(v.first[c]);
		free(v.weight[c]);
	}
	free(v.w);
	free(v.ring);
	free(v.result);
	free(v.empty);
	return rc;
}

/* ---- how many of each ---- */

static size_t slot_of(const struct vote_count *c, uint32_t label)
{
	size_t i = (label * 2654435761u) & (c->room - 1);

	while (c->voxels[i] && c->label[i] != label)
		i = (i + 1) & (c->room - 1);
	return i;
}

/* an open table, at most half full */
static int grow(struct vote_count *c)
{
	struct vote_count old = *c;

	c->room = old.room ? 2 * old.room : 256;
	c->label = calloc(c->room, sizeof *c->label);
	c->voxels = calloc(c->room, sizeof *c->voxels);
	if (!c->label || !c->voxels) {
		vote_count_free(c);
		*c = old;
		return -1;
	}
	for (size_t i = 0; i < old.room; i++)
		if (old.voxels[i]) {
			size_t at = slot_of(c, old.label[i]);

			c->label[at] = old.label[i];
			c->voxels[at] = old.voxels[i];
		}
	free(old.label);
	free(old.voxels);
	return 0;
}

static int count_run(struct vote_count *c, uint32_t label, size_t run)
{
	size_t at;

	if (2 * (c->n + 1) > c->room && grow(c) < 0)
		return -1;
	at = slot_of(c, label);
	c->n += c->voxels[at] == 0;
	c->label[at] = label;
	c->voxels[at] += run;
	return 0;
}

#define COUNT(T) \
	static int count_##T(struct vote_count *c, const T *v, size_t n) \
	{ \
		for (size_t i = 0; i < n;) { \
			size_t from = i; \
			while (i < n && v[i] == v[from]) \
				i++; \
			if (count_run(c, v[from], i - from) < 0) \
				return -1; \
		} \
		return 0; \
	}

COUNT(uint8_t)
COUNT(uint16_t)
COUNT(uint32_t)

int vote_count_add(struct vote_count *c, const void *voxels, enum voxel_type type, size_t n)
{
	switch (voxel_size(type)) {
	case 1: return count_uint8_t(c, voxels, n);
	case 2: return count_uint16_t(c, voxels, n);
	default: return count_uint32_t(c, voxels, n);
	}
}

struct pair {
	double value;
	uint32_t label;
	uint64_t voxels;
};

static int by_value(const void *a, const void *b)
{
	const struct pair *p = a, *q = b;

	return (p->value > q->value) - (p->value < q->value);
}

int vote_count_sort(struct vote_count *c, enum voxel_type type)
{
	struct pair *all = malloc((c->n ? c->n : 1) * sizeof *all);
	size_t n = 0;

	if (!all)
		return -1;
	for (size_t i = 0; i < c->room; i++)
		if (c->voxels[i])
			all[n++] = (struct pair){vote_label(c->label[i], type), c->label[i], c->voxels[i]};
	qsort(all, n, sizeof *all, by_value);
	for (size_t i = 0; i < n; i++) {
		c->label[i] = all[i].label;
		c->voxels[i] = all[i].voxels;
	}
	free(all);
	return 0;
}

void vote_count_free(struct vote_count *c)
{
	free(c->label);
	free(c->voxels);
	memset(c, 0, sizeof *c);
}
