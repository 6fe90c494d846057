#include "warp.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clones.h"
#include "convert.h"
#include "par.h"
#include "vote.h"

enum { TAPS = 6 };

struct warp {
	const struct warp_plan *p;
	const void *volume;   /* values, 0 where not measured; or the voxels */
	void *bad;            /* 1 there, of the same type; NULL when all is measured */
	int taps;
	size_t size;
	double most;
	struct par_ring *ring;
	struct warp_job {
		size_t z;
		char *slice;
		double *row;
		uint8_t *state;
	} *job;
	size_t jobs;
};

enum state { INSIDE, OUTSIDE, LOST };

/* Index of the input where voxel x of a row lies. False outside of the field of view. */
static inline bool place(const struct warp_plan *p, size_t x, size_t y, size_t z, double at[3])
{
	bool inside = true;

	for (int a = 0; a < 3; a++) {
		at[a] = p->map[a][0] * (double)x + (p->map[a][1] * (double)y + p->map[a][2] * (double)z + p->map[a][3]);
		inside = inside && at[a] >= -0.5 - 1e-6 && at[a] <= (double)p->in[a] - 0.5 + 1e-6;
	}
	return inside;
}

static long nearest(const struct warp_plan *p, const double at[3])
{
	long i[3];

	for (int a = 0; a < 3; a++)
		/* the middle between two, moved by rounding errors, goes one way */
		i[a] = fold((long)floor(at[a] + 0.5 + 1e-9), (long)p->in[a], FOLD_EDGE);
	return (i[2] * (long)p->in[1] + i[1]) * (long)p->in[0] + i[0];
}

/* Weights along one axis, and the samples, times the step between them. */
static int weigh(enum kernel k, double at, size_t in, size_t step, double w[TAPS], size_t index[TAPS])
{
	int radius = (int)kernel_radius(k), taps = 2 * radius;
	long base = (long)floor(at) - radius + 1;
	enum fold_mode ends = k == KERNEL_CUBIC ? FOLD_MIRROR : FOLD_EDGE;
	double sum = 0, t = at - floor(at);

	switch (k) {
	case KERNEL_CUBIC:
		w[0] = (1 - t) * (1 - t) * (1 - t);
		w[1] = (3 * t - 6) * t * t + 4;
		w[2] = ((3 - 3 * t) * t + 3) * t + 1;
		w[3] = t * t * t;
		if (in == 1) /* no recursions went along it, which want the gain of 6 */
			for (int i = 0; i < 4; i++)
				w[i] /= 6;
		break;
	case KERNEL_LINEAR:
	case KERNEL_LABEL:
		w[0] = 1 - t;
		w[1] = t;
		break;
	default:
		for (int i = 0; i < taps; i++)
			sum += w[i] = kernel_value(k, at - (double)(base + i));
		for (int i = 0; i < taps; i++)
			w[i] /= sum;
	}
	for (int i = 0; i < taps; i++) {
		long at_i = base + i;

		if (at_i < 0 || at_i >= (long)in)
			at_i = fold(at_i, (long)in, ends);
		index[i] = (size_t)at_i * step;
	}
	return taps;
}

#define INTERPOLATE(T) \
	static double value_##T(const T *v, int taps, double w[3][TAPS], size_t i[3][TAPS]) \
	{ \
		double sum = 0; \
		for (int c = 0; c < taps; c++) { \
			double plane = 0; \
			for (int b = 0; b < taps; b++) { \
				const T *row = v + i[2][c] + i[1][b]; \
				double line = 0; \
				for (int a = 0; a < taps; a++) \
					line += w[0][a] * (double)row[i[0][a]]; \
				plane += w[1][b] * line; \
			} \
			sum += w[2][c] * plane; \
		} \
		return sum; \
	}

INTERPOLATE(float)
INTERPOLATE(double)

static double read_at(const struct warp *w, const void *from, double weight[3][TAPS], size_t index[3][TAPS])
{
	return w->p->wide ? value_double(from, w->taps, weight, index) : value_float(from, w->taps, weight, index);
}

static void warp_row(const struct warp *w, struct warp_job *j, size_t y)
{
	const struct warp_plan *p = w->p;
	char *to = j->slice + y * p->out[0] * w->size;
	double at[3], weight[3][TAPS], bad;
	size_t index[3][TAPS];

	for (size_t x = 0; x < p->out[0]; x++) {
		j->state[x] = OUTSIDE;
		j->row[x] = 0;
		if (!place(p, x, y, j->z, at))
			continue;
		j->state[x] = INSIDE;
		weigh(p->kernel, at[0], p->in[0], 1, weight[0], index[0]);
		weigh(p->kernel, at[1], p->in[1], p->in[0], weight[1], index[1]);
		weigh(p->kernel, at[2], p->in[2], p->in[0] * p->in[1], weight[2], index[2]);
		j->row[x] = read_at(w, w->volume, weight, index);
		if (!w->bad)
			continue;
		bad = read_at(w, w->bad, weight, index);
		if (bad <= w->most)
			j->row[x] /= 1 - bad;
		else
			j->state[x] = LOST;
	}
	convert_from_double(j->row, p->out[0], p->type, to);
	for (size_t x = 0; x < p->out[0]; x++)
		if (j->state[x] != INSIDE)
			resample_set(to + x * w->size, p->type, j->state[x] == LOST ? p->unmeasured : p->outside);
}

static void nearest_row(const struct warp *w, struct warp_job *j, size_t y)
{
	const struct warp_plan *p = w->p;
	char *to = j->slice + y * p->out[0] * w->size;
	double at[3];

	for (size_t x = 0; x < p->out[0]; x++, to += w->size) {
		if (place(p, x, y, j->z, at))
			memcpy(to, (const char *)w->volume + (size_t)nearest(p, at) * w->size, w->size);
		else
			resample_set(to, p->type, p->outside);
	}
}

/* The label with the most of the linear weights; of equals the nearest voxel's, else the least. */
static void label_row(const struct warp *w, struct warp_job *j, size_t y)
{
	const struct warp_plan *p = w->p;
	char *to = j->slice + y * p->out[0] * w->size;
	double at[3], weight[3][TAPS], label[8], share[8];
	size_t index[3][TAPS];

	for (size_t x = 0; x < p->out[0]; x++, to += w->size) {
		double best = 0, won = INFINITY, near;
		int n = 0;

		if (!place(p, x, y, j->z, at)) {
			resample_set(to, p->type, p->outside);
			continue;
		}
		weigh(p->kernel, at[0], p->in[0], 1, weight[0], index[0]);
		weigh(p->kernel, at[1], p->in[1], p->in[0], weight[1], index[1]);
		weigh(p->kernel, at[2], p->in[2], p->in[0] * p->in[1], weight[2], index[2]);
		for (int k = 0; k < 8; k++) {
			int a = k & 1, b = k >> 1 & 1, c = k >> 2, i = 0;
			double l = voxel_get(w->volume, p->type, index[0][a] + index[1][b] + index[2][c]);

			while (i < n && label[i] != l)
				i++;
			if (i == n) {
				label[n] = l;
				share[n++] = 0;
			}
			share[i] += weight[0][a] * weight[1][b] * weight[2][c];
		}
		near = voxel_get(w->volume, p->type, (size_t)nearest(p, at));
		for (int i = 0; i < n; i++)
			best = fmax(best, share[i]);
		for (int i = 0; i < n; i++)
			if (share[i] >= best - 1e-6 && won != near)
				won = label[i] == near ? near : fmin(won, label[i]);
		resample_set(to, p->type, won);
	}
}

static void work(void *ctx, size_t slot)
{
	struct warp *w = ctx;
	struct warp_job *j = &w->job[slot];

	for (size_t y = 0; y < w->p->out[1]; y++) {
		if (w->p->kernel == KERNEL_NEAREST)
			nearest_row(w, j, y);
		else if (w->p->kernel == KERNEL_LABEL)
			label_row(w, j, y);
		else
			warp_row(w, j, y);
	}
}

static enum resample_result run(struct warp *w, const struct resample_io *io)
{
	size_t sent = 0, slot = 0;

	for (size_t z = 0; z < w->p->out[2]; z++) {
		for (; sent < w->p->out[2] && sent < z + w->jobs; sent++) {
			w->job[sent % w->jobs].z = sent;
			par_submit(w->ring, sent % w->jobs);
		}
		slot = z % w->jobs;
		par_wait(w->ring, slot);
		if (io->put(io->ctx, w->job[slot].slice, 1) < 0)
			return RESAMPLE_STOPPED;
	}
	return RESAMPLE_DONE;
}

static bool make_jobs(struct warp *w)
{
	size_t row = w->p->out[0];

	w->jobs = (size_t)w->p->threads + 2;
	w->job = calloc(w->jobs, sizeof *w->job);
	w->ring = par_ring_new(w->p->threads, w->jobs, work, w);
	for (size_t i = 0; w->job && w->ring && i < w->jobs; i++) {
		w->job[i].slice = malloc(row * w->p->out[1] * w->size);
		w->job[i].row = malloc(row * sizeof(double));
		w->job[i].state = malloc(row);
		if (!w->job[i].slice || !w->job[i].row || !w->job[i].state)
			return false;
	}
	return w->job && w->ring;
}

/* ---- the volume ---- */

#define LOAD(T, BIG) \
	VOL_CLONES static void mark_##T(T *v, size_t n, double lo, double hi) \
	{ \
		const T least = (T)lo, most = (T)hi, big = BIG; \
		for (size_t i = 0; i < n; i++) { \
			int bad = ((v[i] >= least) & (v[i] <= most)) | !((v[i] >= -big) & (v[i] <= big)); \
			v[i] = bad ? (T)NAN : v[i]; \
		} \
	} \
	/* NaN becomes 0 here and 1 there */ \
	static bool split_##T(T *v, T **bad, size_t n) \
	{ \
		bool any = false; \
		for (size_t i = 0; i < n && !any; i++) \
			any = v[i] != v[i]; \
		if (!any) \
			return true; \
		*bad = malloc(n * sizeof **bad); \
		for (size_t i = 0; *bad && i < n; i++) { \
			(*bad)[i] = v[i] != v[i]; \
			v[i] = v[i] != v[i] ? 0 : v[i]; \
		} \
		return *bad; \
	}

LOAD(float, FLT_MAX)
LOAD(double, DBL_MAX)

void *warp_load(const void *voxels, enum voxel_type type, size_t n, bool wide, bool padded, double pad_lo,
                double pad_hi)
{
	void *v = malloc(n * (wide ? sizeof(double) : sizeof(float)));
	double lo = padded ? pad_lo : 1, hi = padded ? pad_hi : 0;

	if (!v)
		return NULL;
	if (wide) {
		convert_to_double(voxels, type, n, v);
		mark_double(v, n, lo, hi);
	} else {
		convert_to_float(voxels, type, n, v);
		mark_float(v, n, lo, hi);
	}
	return v;
}

/* Not measured apart, and samples to coefficients. */
static bool prepare(struct warp *w, void *volume)
{
	const struct warp_plan *p = w->p;
	size_t n = p->in[0] * p->in[1] * p->in[2];
	bool fine = true;

	if (p->kernel == KERNEL_NEAREST || p->kernel == KERNEL_LABEL)
		return true;
	if (p->wide) {
		double *bad = NULL;

		fine = split_double(volume, &bad, n);
		w->bad = bad;
		if (fine && p->kernel == KERNEL_CUBIC)
			fine = bspline_volume_double(volume, p->in) == 0 &&
			       (!bad || bspline_volume_double(bad, p->in) == 0);
	} else {
		float *bad = NULL;

		fine = split_float(volume, &bad, n);
		w->bad = bad;
		if (fine && p->kernel == KERNEL_CUBIC)
			fine = bspline_volume_float(volume, p->in) == 0 && (!bad || bspline_volume_float(bad, p->in) == 0);
	}
	return fine;
}

enum resample_result warp_run(const struct warp_plan *plan, void *volume, const struct resample_io *io)
{
	struct warp w = {.p = plan, .volume = volume, .size = voxel_size(plan->type)};
	enum resample_result rc = RESAMPLE_NO_MEMORY;

	w.taps = 2 * (int)kernel_radius(plan->kernel);
	w.most = kernel_signed(plan->kernel) ? 0.5 : 0.99999;
	if (prepare(&w, volume) && make_jobs(&w))
		rc = run(&w, io);
	par_ring_free(w.ring);
	for (size_t i = 0; w.job && i < w.jobs; i++) {
		free(w.job[i].slice);
		free(w.job[i].row);
		free(w.job[i].state);
	}
	free(w.job);
	free(w.bad);
	return rc;
}
