/* segmentation_grid.c - where the frames of a segmentation lie: PS3.3, C.7.6.16.2.3. Frames in which nothing was marked may
 * be left out of the file, so that slices lack here which are empty, not lost. */
#include "segmentation_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geometry_inside.h"

enum { SLICES_MAX = 1000000 };

static int by_place(const void *va, const void *vb)
{
	const struct segmentation_frame *a = va, *b = vb;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

static void unit(const double from[3], double to[3])
{
	double length = sqrt(stack_dot(from, from));

	for (int w = 0; w < 3; w++)
		to[w] = from[w] / length;
}

static int cosines(const struct segmentation *s, const char *subject, double x[3], double y[3], double normal[3],
                   struct vol_err *err)
{
	const double *o = s->orientation;

	if (fabs(stack_dot(o, o) - 1) > 1e-3 || fabs(stack_dot(o + 3, o + 3) - 1) > 1e-3 || fabs(stack_dot(o, o + 3)) > 1e-3)
		return vol_fail(err, subject, "ImageOrientationPatient (0020,0037) is not two perpendicular unit vectors [no-position]");
	unit(o, x);
	unit(o + 3, y);
	for (int w = 0; w < 3; w++)
		normal[w] = x[(w + 1) % 3] * y[(w + 2) % 3] - x[(w + 2) % 3] * y[(w + 1) % 3];
	unit(normal, normal);
	return 0;
}

/* ---- their own grid ---- */

/* Are all distances between neighbours whole steps? Sets how many there are from first to last, and the least. */
static bool whole(const double *at, size_t n, double step, uint64_t *steps, uint64_t *least)
{
	double near = fmin(TOLERANCE_MM, 0.1 * step);

	*steps = 0;
	*least = SLICES_MAX;
	for (size_t i = 1; i < n; i++) {
		double k = round((at[i] - at[i - 1]) / step);

		if (k < 1 || k > SLICES_MAX || fabs(at[i] - at[i - 1] - k * step) > near)
			return false;
		*steps += (uint64_t)k;
		*least = k < (double)*least ? (uint64_t)k : *least;
	}
	return *steps < SLICES_MAX;
}

/* How many steps the n places span. */
static int count_steps(const struct segmentation *s, const char *subject, const double *at, size_t n, uint64_t *steps,
                       struct vol_err *err)
{
	double closest = INFINITY;
	uint64_t least;
	char a[32], b[32];

	for (size_t i = 1; i < n; i++)
		closest = fmin(closest, at[i] - at[i - 1]);
	if (s->step > 0 && whole(at, n, s->step, steps, &least)) {
		if (least > 1)
			vol_warn(subject, "no two frames lie one step (%s mm, SpacingBetweenSlices) apart, the closest %s mm: slices between "
			         "them are empty", stack_mm(a, s->step), stack_mm(b, closest));
		return 0;
	}
	if (!whole(at, n, closest, steps, &least))
		return vol_fail(err, subject, "frames lie %s mm apart and more, and not all of them whole steps of that%s: --like FILE "
		                "gives the grid [irregular-spacing]", stack_mm(a, closest),
		                s->step > 0 ? " or of SpacingBetweenSlices" : "");
	if (s->step > 0)
		vol_warn(subject, "SpacingBetweenSlices (0018,0088) is %s mm, but frames lie %s mm apart, which counts",
		         stack_mm(a, s->step), stack_mm(b, closest));
	return 0;
}

/* The different places among sorted frames. What is nearer than that is one place written twice. */
static double *places(const struct segmentation *s, size_t *n)
{
	double near = fmin(0.01, 0.1 * fmin(s->spacing[0], s->spacing[1]));
	double *at = calloc(s->frames, sizeof *at);

	*n = 0;
	if (s->step > 0)
		near = fmin(near, 0.1 * s->step);
	for (size_t i = 0; at && i < s->frames; i++)
		if (*n == 0 || s->frame[i].at - at[*n - 1] > near)
			at[(*n)++] = s->frame[i].at;
	return at;
}

static double furthest(const struct segmentation *s, const double step[3], double along)
{
	double worst = 0;

	for (size_t i = 0; i < s->frames; i++) {
		double k = round((s->frame[i].at - s->frame[0].at) / along), sum = 0;

		for (int w = 0; w < 3; w++) {
			double d = s->frame[i].position[w] - s->frame[0].position[w] - k * step[w];

			sum += d * d;
		}
		worst = fmax(worst, sqrt(sum));
	}
	return worst;
}

/* Differences of decimal fractions are next to one in binary: take it. */
static double decimal(double x)
{
	double r = round(x * 1e6) / 1e6;

	return fabs(r - x) < 1e-12 ? r : x;
}

static int fit(struct segmentation *s, const char *subject, const double normal[3], uint64_t steps, struct vol_grid *g,
               struct vol_err *err)
{
	const double *first = s->frame[0].position, *last = s->frame[s->frames - 1].position;
	double along, near, off, *step = g->direction[2];
	char a[32];

	along = s->step > 0 ? s->step : s->thickness;
	if (steps)
		along = decimal((s->frame[s->frames - 1].at - s->frame[0].at) / (double)steps);
	if (!(along > 0))
		return vol_fail(err, subject, "lies on a single slice, without SpacingBetweenSlices or SliceThickness [no-spacing]");
	for (int w = 0; w < 3; w++)
		step[w] = along * normal[w];
	near = fmin(TOLERANCE_MM, 0.1 * along);
	off = furthest(s, step, along);
	if (steps && off > fmin(1e-3, near)) { /* a tilted gantry: to the side, evenly */
		for (int w = 0; w < 3; w++)
			step[w] = decimal((last[w] - first[w]) / (double)steps);
		off = furthest(s, step, along);
	}
	if (off > near)
		return vol_fail(err, subject, "a frame lies %s mm off the regular stack of the others: --like FILE gives the grid "
		                "[irregular-spacing]", stack_mm(a, off));
	if (sqrt(stack_dot(step, step)) > 1.5 * along)
		return vol_fail(err, subject, "frames move sideways more than any gantry leans [tilt]");
	memcpy(g->origin, first, sizeof g->origin);
	g->size[2] = steps + 1;
	for (size_t i = 0; i < s->frames; i++)
		s->frame[i].slice = (uint64_t)llround((s->frame[i].at - s->frame[0].at) / along);
	return 0;
}

int segmentation_grid(struct segmentation *s, const char *subject, struct vol_grid *g, struct vol_err *err)
{
	double x[3], y[3], normal[3], *at;
	uint64_t steps = 0;
	size_t n;
	int rc;

	if (cosines(s, subject, x, y, normal, err) < 0)
		return -1;
	for (size_t i = 0; i < s->frames; i++)
		s->frame[i].at = stack_dot(s->frame[i].position, normal);
	qsort(s->frame, s->frames, sizeof *s->frame, by_place);
	g->size[0] = s->columns;
	g->size[1] = s->rows;
	for (int w = 0; w < 3; w++) {
		g->direction[0][w] = x[w] * s->spacing[1];
		g->direction[1][w] = y[w] * s->spacing[0];
	}
	at = places(s, &n);
	if (!at)
		return vol_fail(err, subject, "out of memory");
	rc = n > 1 ? count_steps(s, subject, at, n, &steps, err) : 0;
	free(at);
	return rc < 0 ? -1 : fit(s, subject, normal, steps, g, err);
}

/* ---- a given grid ---- */

struct lattice {
	const struct vol_grid *grid;
	struct grid_affine index;    /* mm to voxels */
	double x[3], y[3];           /* a column, a row further, in voxels */
	double sign_x, sign_y;
};

/* How far, in voxels, the frame's corners lie from voxels' centres, at worst; and on which voxel the first. */
static double off_lattice(const struct segmentation *s, const struct lattice *l, const struct segmentation_frame *f,
                          double first[3])
{
	double at[3], worst = 0;

	grid_affine_apply(&l->index, f->position, at);
	for (int w = 0; w < 3; w++)
		first[w] = round(at[w]);
	for (int c = 0; c < 4; c++) {
		double i = c & 1 ? s->columns - 1 : 0, j = c & 2 ? s->rows - 1 : 0;
		double want[] = {first[0] + l->sign_x * i, first[1] + l->sign_y * j, first[2]};

		for (int w = 0; w < 3; w++)
			worst = fmax(worst, fabs(at[w] + i * l->x[w] + j * l->y[w] - want[w]));
	}
	return worst;
}

static bool within(const struct segmentation *s, const struct lattice *l, const double first[3])
{
	double end[] = {first[0] + l->sign_x * (s->columns - 1), first[1] + l->sign_y * (s->rows - 1), first[2]};

	for (int w = 0; w < 3; w++)
		if (fmin(first[w], end[w]) < 0 || fmax(first[w], end[w]) > (double)l->grid->size[w] - 1)
			return false;
	return true;
}

static int settle(struct segmentation *s, const struct lattice *l, const char *name, const char *subject,
                  struct vol_err *err)
{
	size_t outside = 0;

	for (size_t i = 0; i < s->frames; i++) {
		struct segmentation_frame *f = &s->frame[i];
		double first[3], off = off_lattice(s, l, f, first);
		char a[32];

		if (!(off <= 0.1))
			return vol_fail(err, subject, "frame %zu lies %s voxels off the grid of %s: leave --like out, and volresample the "
			                "result [other-grid]", f->number + 1, stack_mm(a, off), name);
		outside += !within(s, l, first);
		f->x = (int64_t)first[0];
		f->y = (int64_t)first[1];
		f->slice = (uint64_t)fmax(first[2], 0);
	}
	if (outside)
		return vol_fail(err, subject, "%zu of %zu frames reach out of the volume of %s [other-grid]", outside, s->frames, name);
	return 0;
}

int segmentation_onto(struct segmentation *s, const struct vol_grid *g, const char *name, const char *subject,
                      struct vol_err *err)
{
	struct grid_affine mm = grid_affine_of(g);
	struct lattice l = {.grid = g};
	double x[3], y[3], normal[3];

	if (cosines(s, subject, x, y, normal, err) < 0)
		return -1;
	if (!grid_affine_invert(&mm, &l.index))
		return vol_fail(err, name, "has a grid without room");
	for (int w = 0; w < 3; w++)
		for (int v = 0; v < 3; v++) {
			l.x[w] += l.index.m[w][v] * x[v] * s->spacing[1];
			l.y[w] += l.index.m[w][v] * y[v] * s->spacing[0];
		}
	l.sign_x = l.x[0] < 0 ? -1 : 1;
	l.sign_y = l.y[1] < 0 ? -1 : 1;
	s->back_x = l.sign_x < 0;
	s->back_y = l.sign_y < 0;
	if (fabs(fabs(l.x[0]) - 1) > 0.1 || fabs(fabs(l.y[1]) - 1) > 0.1)
		return vol_fail(err, subject, "frames have not the rows and columns of the slices of %s: leave --like out, and "
		                "volresample the result [other-grid]", name);
	return settle(s, &l, name, subject, err);
}
