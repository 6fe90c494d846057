#include "smooth.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "smooth_inside.h"

/* ---- sizes ---- */

void smooth_radius(struct smooth_plan *p)
{
	double reach = p->kind == SMOOTH_GAUSS ? 4 : 2;

	if (p->kind == SMOOTH_MEDIAN)
		return;
	for (int i = 0; i < 3; i++)
		p->radius[i] = p->sigma[i] > 0 ? (size_t)fmin(reach * p->sigma[i] + 0.5, SMOOTH_REACH + 1) : 0;
}

size_t smooth_window(const struct smooth_plan *p)
{
	return (2 * p->radius[0] + 1) * (2 * p->radius[1] + 1) * (2 * p->radius[2] + 1);
}

size_t smooth_place(enum smooth_border border, int64_t i, size_t n)
{
	int64_t last = (int64_t)n - 1, period = 2 * (int64_t)n;

	if (border == SMOOTH_NEAREST)
		return (size_t)(i < 0 ? 0 : i > last ? last : i);
	i %= period;
	if (i < 0)
		i += period;
	return (size_t)(i > last ? period - 1 - i : i);
}

const struct smooth_layer *smooth_layer_at(const struct smooth *s, int64_t z)
{
	return &s->layer[smooth_place(s->p.border, z, s->p.size[2]) % s->layers];
}

bool smooth_whole(const struct smooth *s, size_t z)
{
	int64_t reach = (int64_t)s->p.radius[2];

	for (int64_t k = -reach; k <= reach; k++)
		if (!smooth_layer_at(s, (int64_t)z + k)->whole)
			return false;
	return true;
}

/* ---- beginning and end ---- */

/* Half of exp(-i^2 / 2 sigma^2), made to add up to 1 over both sides. */
static int make_kernel(struct smooth *s, int axis)
{
	size_t r = s->p.radius[axis];
	double sum = 0, sigma = s->p.sigma[axis], *k = malloc((r + 1) * sizeof *k);
	float *f = malloc((r + 1) * sizeof *f);

	s->kernel_double[axis] = k;
	s->kernel[axis] = f;
	if (!k || !f)
		return -1;
	for (size_t i = 0; i <= r; i++) {
		k[i] = i ? exp(-0.5 * (double)(i * i) / (sigma * sigma)) : 1;
		sum += i ? 2 * k[i] : k[i];
	}
	for (size_t i = 0; i <= r; i++) {
		k[i] /= sum;
		f[i] = (float)k[i];
	}
	return 0;
}

static void work(void *ctx, size_t slot)
{
	struct smooth *s = ctx;
	size_t z = s->slot_z[slot], row = s->p.size[0], bytes = voxel_size(s->p.measured.type);
	const struct smooth_layer *l = smooth_layer_at(s, (int64_t)z);

	s->filter->work(s, z, s->scratch[slot], s->result[slot]);
	/* a padded mask lies a border away from the voxels as they came */
	for (size_t y = 0; y < s->p.size[1]; y++) {
		size_t at = y * row * bytes;
		const uint8_t *mask = l->whole ? NULL : l->mask + y * row;

		if (mask && l->source != l->voxels)
			mask = l->mask + (y + s->p.radius[1]) * smooth_padded_row(&s->p) + s->p.radius[0];
		measured_settle(&s->p.measured, (char *)l->source + at, mask, row, (char *)s->result[slot] + at);
	}
}

static int allocate(struct smooth *s)
{
	size_t slice = s->p.size[0] * s->p.size[1] * voxel_size(s->p.measured.type);
	size_t layer = s->filter->layer_bytes(&s->p), scratch = s->filter->scratch_bytes(&s->p);

	s->layer = calloc(s->layers, sizeof *s->layer);
	s->result = calloc(s->slots, sizeof *s->result);
	s->scratch = calloc(s->slots, sizeof *s->scratch);
	s->slot_z = calloc(s->slots, sizeof *s->slot_z);
	if (!s->layer || !s->result || !s->scratch || !s->slot_z)
		return -1;
	/* only touched as voxels come */
	for (size_t i = 0; i < s->layers; i++) {
		s->layer[i].source = malloc(slice);
		s->layer[i].voxels = layer ? malloc(layer) : s->layer[i].source;
		if (!s->layer[i].source || !s->layer[i].voxels)
			return -1;
	}
	for (size_t i = 0; i < s->slots; i++) {
		s->result[i] = malloc(slice);
		s->scratch[i] = malloc(scratch);
		if (!s->result[i] || !s->scratch[i])
			return -1;
	}
	for (int axis = 0; axis < 3; axis++)
		if (make_kernel(s, axis) < 0)
			return -1;
	return 0;
}

static const struct smooth_filter *filter_of(enum smooth_kind kind)
{
	switch (kind) {
	case SMOOTH_MEDIAN: return &smooth_median;
	case SMOOTH_BILATERAL: return &smooth_bilateral;
	default: return &smooth_gauss;
	}
}

struct smooth *smooth_new(const struct smooth_plan *p, struct vol_err *err)
{
	struct smooth *s = calloc(1, sizeof *s);

	if (!s) {
		vol_fail(err, "", "out of memory");
		return NULL;
	}
	s->p = *p;
	smooth_radius(&s->p);
	s->filter = filter_of(p->kind);
	s->slots = p->threads > 1 ? 2 * (size_t)p->threads : 1;
	for (int i = 0; i < 3; i++)
		if (s->p.radius[i] > SMOOTH_REACH) {
			vol_fail(err, "", "the filter reaches over more than %d voxels", SMOOTH_REACH);
			smooth_free(s);
			return NULL;
		}
	if (p->kind != SMOOTH_GAUSS && smooth_window(&s->p) > SMOOTH_WINDOW) {
		vol_fail(err, "", "the filter's window holds %zu voxels; %d is the most", smooth_window(&s->p),
		         SMOOTH_WINDOW);
		smooth_free(s);
		return NULL;
	}
	s->layers = 2 * s->p.radius[2] + s->slots + 1;
	if (s->layers > s->p.size[2])
		s->layers = s->p.size[2];
	if (allocate(s) < 0) {
		vol_fail(err, "", "out of memory");
		smooth_free(s);
		return NULL;
	}
	s->ring = par_ring_new(p->threads, s->slots, work, s);
	if (!s->ring) {
		vol_fail_errno(err, "", "threads");
		smooth_free(s);
		return NULL;
	}
	return s;
}

void smooth_free(struct smooth *s)
{
	if (!s)
		return;
	if (s->ring)
		par_ring_free(s->ring);
	for (size_t i = 0; s->layer && i < s->layers; i++) {
		if (s->layer[i].voxels != s->layer[i].source)
			free(s->layer[i].voxels);
		free(s->layer[i].source);
		free(s->layer[i].mask);
	}
	for (size_t i = 0; i < s->slots; i++) {
		if (s->result)
			free(s->result[i]);
		if (s->scratch)
			free(s->scratch[i]);
	}
	for (int i = 0; i < 3; i++) {
		free(s->kernel[i]);
		free(s->kernel_double[i]);
	}
	free(s->layer);
	free(s->result);
	free(s->scratch);
	free(s->slot_z);
	free(s);
}

/* ---- slices in, slices out ---- */

/* The mask of the layer, with the filter's border around it if its voxels have one. */
static int make_mask(struct smooth *s, struct smooth_layer *l, struct vol_err *err)
{
	const struct smooth_plan *p = &s->p;
	size_t nx = p->size[0], ny = p->size[1], row = smooth_padded_row(p), plane = smooth_padded(p);
	bool padded = l->voxels != l->source;
	uint8_t *plain;

	if (!l->mask)
		l->mask = malloc(plane > nx * ny ? plane : nx * ny);
	plain = padded ? malloc(nx * ny) : l->mask;
	if (!l->mask || !plain) {
		if (padded)
			free(plain);
		return vol_fail(err, "", "out of memory");
	}
	size_t n = measured_mask(&p->measured, l->source, nx * ny, plain);

	s->gaps += nx * ny - n;
	l->whole = n == nx * ny;
	if (!padded)
		return 0;
	for (size_t y = 0; !l->whole && y < ny + 2 * p->radius[1]; y++) {
		size_t from = smooth_place(p->border, (int64_t)y - (int64_t)p->radius[1], ny) * nx;

		for (size_t x = 0; x < row; x++)
			l->mask[y * row + x] =
				plain[from + smooth_place(p->border, (int64_t)x - (int64_t)p->radius[0], nx)];
	}
	free(plain);
	return 0;
}

int smooth_put(struct smooth *s, const void *slice, struct vol_err *err)
{
	struct smooth_layer *l = &s->layer[s->in % s->layers];

	memcpy(l->source, slice, s->p.size[0] * s->p.size[1] * voxel_size(s->p.measured.type));
	l->whole = true;
	if (measured_possible(&s->p.measured) && make_mask(s, l, err) < 0)
		return -1;
	if (s->filter->prepare)
		s->filter->prepare(s, l);
	s->in++;
	return 0;
}

const void *smooth_take(struct smooth *s)
{
	size_t nz = s->p.size[2], reach = s->p.radius[2];
	size_t slot;

	while (s->submitted - s->taken < s->slots && s->submitted < nz &&
	       (s->in == nz || s->submitted + reach < s->in)) {
		slot = (size_t)(s->serial_in++ % s->slots);
		s->slot_z[slot] = s->submitted++;
		par_submit(s->ring, slot);
	}
	if (s->taken == s->submitted) {
		if (s->taken == nz)
			s->in = s->submitted = s->taken = 0;
		return NULL;
	}
	if (s->in < nz && s->submitted - s->taken < s->slots)
		return NULL;
	slot = (size_t)(s->serial_out++ % s->slots);
	par_wait(s->ring, slot);
	s->taken++;
	return s->result[slot];
}

uint64_t smooth_gaps(const struct smooth *s)
{
	return s->gaps;
}
