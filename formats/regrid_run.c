/* regrid_run.c - regrid.h's voxels: which engine, and the slices for it in its order. */
#include "regrid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alg/resample.h"
#include "alg/warp.h"
#include "io/slices.h"
#include "par.h"

/* ---- slices in, slices out ---- */

struct run {
	struct regrid *r;
	struct vol_slices slices;
	struct vol_out *out;
	struct vol_err *err;
	size_t slice_in, slice_out;  /* bytes */
	bool count;
	/* the volume, when it is held; axes in another order */
	char *held;
	size_t number, n[3], voxel, at;
	ptrdiff_t step[3], start;
	char *slice;
};

static int count(struct run *u, struct vote_count *c, const void *voxels, size_t bytes)
{
	size_t size = voxel_size(u->r->from.type);

	if (u->count && vote_count_add(c, voxels, u->r->from.type, bytes / size) < 0)
		return vol_fail(u->err, vol_in_name(u->r->in), "out of memory");
	return 0;
}

static int next_slice(void *ctx, const void **slice)
{
	struct run *u = ctx;
	int got = vol_slices_next(&u->slices, slice, u->err);

	if (got == 0) /* the header promised it */
		return vol_fail(u->err, vol_in_name(u->r->in), "ends early");
	return got < 0 || count(u, &u->r->before, *slice, u->slice_in) < 0 ? -1 : 1;
}

static int put_slices(void *ctx, const void *slices, size_t n)
{
	struct run *u = ctx;

	if (count(u, &u->r->after, slices, n * u->slice_out) < 0)
		return -1;
	return vol_put(u->out, slices, n * u->slice_out, u->err);
}

/* A slice with its axes in the result's order and direction. */
static void turn_slice(struct run *u, const char *from)
{
	char *to = u->slice;

	for (size_t y = 0; y < u->n[1]; y++) {
		const char *at = from + (ptrdiff_t)y * u->step[1] * (ptrdiff_t)u->voxel;

		for (size_t x = 0; x < u->n[0]; x++, to += u->voxel, at += u->step[0] * (ptrdiff_t)u->voxel)
			memcpy(to, at, u->voxel);
	}
}

static int next_held(void *ctx, const void **slice)
{
	struct run *u = ctx;

	turn_slice(u, u->held + (u->start + (ptrdiff_t)u->at * u->step[2]) * (ptrdiff_t)u->voxel);
	u->at++;
	*slice = u->slice;
	return 1;
}

/* Rows and columns change places, slices come as they are needed. */
static int next_turned(void *ctx, const void **slice)
{
	struct run *u = ctx;

	if (next_slice(u, slice) < 0)
		return -1;
	turn_slice(u, *slice);
	*slice = u->slice;
	return 1;
}

/* A whole entry. The memory is touched only as voxels come. */
static int hold(struct run *u)
{
	uint64_t slices = u->r->from.grid.size[2], bytes;
	const void *slice;

	if (!size_mul(slices, u->slice_in, &bytes) || bytes > SIZE_MAX)
		return vol_fail(u->err, vol_in_name(u->r->in), "does not fit in memory");
	if (!u->held)
		u->held = malloc((size_t)bytes);
	if (!u->held)
		return vol_fail(u->err, vol_in_name(u->r->in), "a volume of %llu MiB, which must be held for a turned "
		                "grid, does not fit in memory", (unsigned long long)(bytes >> 20));
	for (uint64_t z = 0; z < slices; z++) {
		if (next_slice(u, &slice) < 0)
			return -1;
		memcpy(u->held + z * u->slice_in, slice, u->slice_in);
	}
	return 0;
}

static int told(struct run *u, enum resample_result rc)
{
	if (rc == RESAMPLE_NO_MEMORY)
		return vol_fail(u->err, vol_in_name(u->r->in), "out of memory");
	return rc == RESAMPLE_DONE ? 0 : -1;
}

/* ---- parallel axes ---- */

/* Outputs of an axis that lie within the field of view: *from on, how many is returned. */
static size_t within(uint64_t size, uint64_t in, double start, double step, uint64_t *from)
{
	double lo = (-0.5 - 1e-6 - start) / step, hi = ((double)in - 0.5 + 1e-6 - start) / step;
	double first = ceil(fmin(lo, hi)), end = floor(fmax(lo, hi)) + 1;

	first = fmax(first, 0);
	end = fmin(end, (double)size);
	*from = 0;
	if (!(first < end))
		return 0;
	*from = (uint64_t)first;
	return (size_t)(end - first);
}

static void plan_axis(const struct regrid *r, int a, struct resample_plan *p)
{
	int k = r->axis[a];
	uint64_t in = r->from.grid.size[k];
	double start = r->index.m[k][3], step = r->index.m[k][a];
	size_t out;

	p->size[a] = r->grid.size[a];
	if (r->as != REGRID_PLAIN) {
		p->at[a] = 0;
		if (r->as == REGRID_ZOOM)
			kernel_axis_zoom(&p->axis[a], r->kernel, (size_t)in, (size_t)p->size[a]);
		else
			kernel_axis_skimage(&p->axis[a], (size_t)in, (size_t)p->size[a]);
		return;
	}
	if (a == 2 && step < 0) { /* the slices are given in the other order */
		start = (double)in - 1 - start;
		step = -step;
	}
	out = within(p->size[a], in, start, step, &p->at[a]);
	kernel_axis_init(&p->axis[a], p->nearest ? KERNEL_NEAREST : r->kernel, (size_t)in, out,
	                 start + (double)p->at[a] * step, step, r->antialias);
}

static struct resample_plan make_plan(const struct regrid *r)
{
	struct resample_plan p = {
		.type = r->from.type,
		.nearest = r->kernel == KERNEL_NEAREST || r->exact,
		.channels = r->from.channels,
		.padded = r->padded,
		.pad_lo = r->pad_lo,
		.pad_hi = r->pad_hi,
		.unmeasured = r->unmeasured,
		.outside = r->outside,
		/* floats that scipy computes in doubles */
		.wide = r->as != REGRID_PLAIN && r->from.type == VOXEL_FLOAT,
		.threads = par_threads(r->threads),
	};

	for (int a = 0; a < 3; a++)
		plan_axis(r, a, &p);
	return p;
}

static int run_parallel(struct run *u, const struct resample_plan *p)
{
	struct regrid *r = u->r;
	struct resample_io io = {next_slice, put_slices, u};
	bool vote = r->kernel == KERNEL_LABEL && !p->nearest;

	if (r->held && hold(u) < 0)
		return -1;
	if (r->held || r->axis[0] != 0) {
		const uint64_t *n = r->from.grid.size;
		const ptrdiff_t steps[3] = {1, (ptrdiff_t)n[0], (ptrdiff_t)(n[0] * n[1])};

		u->at = 0;
		u->start = 0;
		for (int a = 0; a < 3; a++) {
			u->n[a] = (size_t)n[r->axis[a]];
			u->step[a] = steps[r->axis[a]];
		}
		if (r->index.m[r->axis[2]][2] < 0) {
			u->start = (ptrdiff_t)(u->n[2] - 1) * u->step[2];
			u->step[2] = -u->step[2];
		}
		if (!u->slice)
			u->slice = malloc(u->n[0] * u->n[1] * u->voxel);
		if (!u->slice)
			return vol_fail(u->err, vol_in_name(r->in), "out of memory");
		io.next = r->held ? next_held : next_turned;
	}
	return told(u, vote ? vote_run(p, &io) : resample_run(p, &io));
}

/* ---- turned grids ---- */

/* The held volume as numbers, smoothed along the axes that the result samples more coarsely. */
struct smooth {
	struct run *u;
	char *volume;
	size_t bytes, slice_in, slice_out, in, out;
};

static int smooth_next(void *ctx, const void **slice)
{
	struct smooth *s = ctx;

	*slice = s->u->held + s->in++ * s->slice_in;
	return 1;
}

static int smooth_put(void *ctx, const void *slices, size_t n)
{
	struct smooth *s = ctx;

	memcpy(s->volume + s->out * s->slice_out, slices, n * s->slice_out);
	s->out += n;
	return 0;
}

static bool smooth_axes(const struct regrid *r, struct kernel_axis axis[3])
{
	bool any = false;

	for (int k = 0; k < 3; k++) {
		double reach = 0;

		for (int a = 0; a < 3; a++)
			reach += r->index.m[k][a] * r->index.m[k][a];
		reach = sqrt(reach);
		any = any || reach > 1 + 1e-6;
		kernel_axis_smooth(&axis[k], (size_t)r->from.grid.size[k], reach > 1 + 1e-6 ? reach : 1);
	}
	return any && r->antialias;
}

static int smooth_held(struct run *u, bool wide, void **volume)
{
	const struct regrid *r = u->r;
	const uint64_t *n = r->from.grid.size;
	size_t all = (size_t)(n[0] * n[1] * n[2]), number = wide ? sizeof(double) : sizeof(float);
	enum voxel_type real = wide ? VOXEL_DOUBLE : VOXEL_FLOAT;
	struct resample_plan p = {.type = real, .size = {n[0], n[1], n[2]}, .channels = 1, .unmeasured = NAN,
	                          .threads = par_threads(r->threads)};
	struct smooth s = {.u = u, .slice_in = (size_t)(n[0] * n[1]) * number};
	struct resample_io io = {smooth_next, smooth_put, &s};
	void *raw = warp_load(u->held, r->from.type, all, wide, r->padded, r->pad_lo, r->pad_hi);

	*volume = raw;
	if (!raw || !smooth_axes(r, p.axis))
		return told(u, raw ? RESAMPLE_DONE : RESAMPLE_NO_MEMORY);
	/* in place: a slice is put only after it was taken */
	s.slice_out = s.slice_in;
	s.volume = raw;
	struct run from = *u;

	from.held = raw;
	s.u = &from;
	return told(u, resample_run(&p, &io));
}

static int run_turned(struct run *u)
{
	const struct regrid *r = u->r;
	bool whole = r->kernel == KERNEL_NEAREST || r->kernel == KERNEL_LABEL;
	struct warp_plan p = {.type = r->from.type, .kernel = r->kernel, .unmeasured = r->unmeasured,
	                      .outside = r->outside, .threads = par_threads(r->threads)};
	struct resample_io io = {NULL, put_slices, u};
	void *volume = NULL;
	int rc;

	p.wide = p.type == VOXEL_UINT32 || p.type == VOXEL_INT32 || p.type == VOXEL_DOUBLE;
	for (int a = 0; a < 3; a++) {
		p.in[a] = (size_t)r->from.grid.size[a];
		p.out[a] = (size_t)r->grid.size[a];
		memcpy(p.map[a], r->index.m[a], sizeof p.map[a]);
	}
	if (hold(u) < 0)
		return -1;
	if (!whole && smooth_held(u, p.wide, &volume) < 0) {
		free(volume);
		return -1;
	}
	rc = told(u, warp_run(&p, whole ? u->held : volume, &io));
	free(volume);
	return rc;
}

/* ---- all of it ---- */

static void tell_labels(struct regrid *r)
{
	double was = fabs(grid_det(&r->from.grid)) / 1000, is = fabs(grid_det(&r->grid)) / 1000;
	enum voxel_type type = r->from.type;
	const char *name = vol_in_name(r->in);

	if (vote_count_sort(&r->before, type) < 0 || vote_count_sort(&r->after, type) < 0)
		return;
	for (size_t i = 0, k = 0; i < r->before.n; i++) {
		double label = vote_label(r->before.label[i], type);
		double before = (double)r->before.voxels[i] * was, after;

		while (k < r->after.n && vote_label(r->after.label[k], type) < label)
			k++;
		after = k < r->after.n && r->after.label[k] == r->before.label[i] ? (double)r->after.voxels[k] * is : 0;
		if (label == 0)
			continue;
		vol_note(name, "label %.0f: %.4g ml before, %.4g ml after", label, before, after);
		if (after == 0)
			vol_warn(name, "label %.0f (%.4g ml) is lost: it wins no voxel of the result", label, before);
	}
}

int regrid_run(struct regrid *r, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	struct run u = {.r = r, .out = out, .err = err};
	uint64_t entries = r->from.list ? r->from.list : 1;
	struct resample_plan plan = {0};
	const void *more;
	int rc;

	r->in = in;
	u.voxel = r->from.channels * voxel_size(r->from.type);
	u.slice_in = (size_t)vol_head_slice_bytes(&r->from);
	u.slice_out = (size_t)(r->grid.size[0] * r->grid.size[1]) * u.voxel;
	u.count = r->kernel == KERNEL_LABEL;
	rc = vol_slices_begin(&u.slices, in, &r->from, err);
	if (rc == 0 && r->parallel)
		plan = make_plan(r);
	for (uint64_t e = 0; rc == 0 && e < entries; e++)
		rc = r->parallel ? run_parallel(&u, &plan) : run_turned(&u);
	/* the input ends with its last slice */
	if (rc == 0)
		rc = vol_slices_next(&u.slices, &more, err) < 0 ? -1 : 0;
	if (rc == 0 && u.count)
		tell_labels(r);
	vol_slices_end(&u.slices);
	free(u.held);
	free(u.slice);
	return rc;
}

void regrid_free(struct regrid *r)
{
	vol_head_free(&r->from);
	vote_count_free(&r->before);
	vote_count_free(&r->after);
}
