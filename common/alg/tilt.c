#include "tilt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ellipse.h"
#include "headmask.h"
#include "midplane.h"
#include "orient.h"
#include "turn.h"

enum { LEFT, BACK, UP };

bool tilt_is_axial(const struct vol_grid *g)
{
	return orient_of(g).world[2] == 2;
}

/* ---- the axes that count as upright ---- */

static double dot(const double a[3], const double b[3])
{
	return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void unit(double v[3])
{
	double length = sqrt(dot(v, v));

	for (int i = 0; i < 3; i++)
		v[i] /= length;
}

/* Orthonormal: back along its axis of the grid, left in the plane of the slices, up across it. */
static void upright_axes(const struct vol_grid *g, double axes[3][3])
{
	struct orient o = orient_of(g);
	double along;

	for (int axis = 0; axis < 3; axis++)
		for (int i = 0; i < 3; i++)
			axes[o.world[axis]][i] = o.sign[axis] * g->direction[axis][i];
	unit(axes[BACK]);
	along = dot(axes[LEFT], axes[BACK]);
	for (int i = 0; i < 3; i++)
		axes[LEFT][i] -= along * axes[BACK][i];
	unit(axes[LEFT]);
	for (int i = 0; i < 3; i++) {
		int j = (i + 1) % 3, k = (i + 2) % 3;

		axes[UP][i] = axes[LEFT][j] * axes[BACK][k] - axes[LEFT][k] * axes[BACK][j];
	}
}

/* ---- slices ---- */

static void measure_slice(const struct tilt_finder *f, const struct shape *s, struct tilt_slice *t)
{
	const double (*d)[3] = f->plan.grid.direction, (*axes)[3] = f->axes;
	/* steps along x and y, in left and back */
	double xl = dot(d[0], axes[LEFT]), xb = dot(d[0], axes[BACK]);
	double yl = dot(d[1], axes[LEFT]), yb = dot(d[1], axes[BACK]);
	double ll = xl * xl * s->xx + 2 * xl * yl * s->xy + yl * yl * s->yy;
	double bb = xb * xb * s->xx + 2 * xb * yb * s->xy + yb * yb * s->yy;
	double lb = xl * xb * s->xx + (xl * yb + yl * xb) * s->xy + yl * yb * s->yy;

	*t = (struct tilt_slice){.angle = NAN, .area = 0, .elongation = NAN};
	if (s->n == 0)
		return;
	t->area = (double)s->n * fabs(xl * yb - yl * xb);
	/* from back towards left is against yaw */
	t->angle = -shape_axis(ll, lb, bb, &t->elongation);
}

struct vote {
	double value, weight;
};

static int by_value(const void *a, const void *b)
{
	const struct vote *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

/* The value with half of the weight on either side; between two values where it falls so. */
static double weighted_median(struct vote *v, size_t n)
{
	double all = 0, below = 0;

	qsort(v, n, sizeof *v, by_value);
	for (size_t i = 0; i < n; i++)
		all += v[i].weight;
	for (size_t i = 0; i < n; i++) {
		below += v[i].weight;
		if (below == all / 2 && i + 1 < n)
			return (v[i].value + v[i + 1].value) / 2;
		if (below >= all / 2)
			return v[i].value;
	}
	return NAN;
}

static double vote_of(const struct tilt_slice *s)
{
	return isnan(s->angle) ? 0 : s->area * s->elongation;
}

static int by_ellipses(const struct tilt_finder *f, struct tilt *t)
{
	size_t n = 0;
	struct vote *v = malloc((size_t)f->n * sizeof *v);

	if (!v)
		return -1;
	for (uint64_t z = 0; z < f->n; z++)
		if (vote_of(&f->slice[z]) > 0)
			v[n++] = (struct vote){f->slice[z].angle, vote_of(&f->slice[z])};
	if (n == 0) {
		free(v);
		return 1;
	}
	t->yaw = weighted_median(v, n);
	for (size_t i = 0; i < n; i++)
		v[i].value = fabs(v[i].value - t->yaw);
	t->spread = weighted_median(v, n);
	free(v);
	return 0;
}

/* ---- the plane ---- */

/* Of the plane of symmetry, along left, back and up. */
static void normal_of(const struct tilt *t, double n[3])
{
	double yaw = t->yaw * M_PI / 180, roll = t->roll * M_PI / 180;

	n[LEFT] = cos(roll) * cos(yaw);
	n[BACK] = cos(roll) * sin(yaw);
	n[UP] = sin(roll);
}

static const char *unpacked(struct tilt_finder *f, const void *volume, size_t z)
{
	size_t nx = f->head.size[0], ny = f->head.size[1];

	bitmask_unpack(bitmask_at_slice(&f->head, z), nx, ny, 1, f->mask.bytes);
	return (const char *)volume + z * nx * ny * voxel_size(f->plan.measured.type);
}

/* The value below which 99 in 100 voxels of the head lie, to a 1024th of their range: what is brighter
 * (metal) is no brighter than that for the symmetry. */
static double upper_value(struct tilt_finder *f, const void *volume)
{
	size_t n = f->head.size[0] * f->head.size[1];
	uint64_t bin[1024] = {0}, all = 0, above = 0;
	double least = f->plan.threshold, most = least, upper = least;

	for (int pass = 0; pass < 2; pass++)
		for (size_t z = 0; z < f->head.size[2]; z++) {
			const char *slice = unpacked(f, volume, z);

			for (size_t i = 0; i < n; i++) {
				double v = f->mask.bytes[i] ? voxel_get(slice, f->plan.measured.type, i) : NAN;

				if (!isfinite(v) || !(v > least))
					continue;
				if (pass == 0) {
					most = fmax(most, v);
				} else {
					bin[(size_t)((v - least) / (most - least) * 1023)]++;
					all++;
				}
			}
		}
	for (int i = 1023; i >= 0; i--) {
		above += bin[i];
		upper = least + (most - least) * (i + 1) / 1024;
		if (above * 100 > all)
			break;
	}
	return upper;
}

static int by_symmetry(struct tilt_finder *f, const void *volume, struct tilt *t)
{
	struct midplane m;
	struct midplane_found found;
	double n[3], own[3], distance = 0;
	int rc = midplane_new(&m, &f->plan.grid, f->axes, f->plan.threshold, upper_value(f, volume));

	for (size_t z = 0; rc == 0 && z < f->head.size[2]; z++) {
		const char *slice = unpacked(f, volume, z);

		midplane_add(&m, z, slice, f->plan.measured.type, f->mask.bytes);
	}
	if (rc == 0)
		rc = midplane_find(&m, &found);
	midplane_free(&m);
	if (rc)
		return rc;
	t->yaw = found.yaw;
	t->roll = found.roll;
	t->likeness = found.likeness;
	/* the pivot moves onto the plane, so that the plane ends up through it */
	normal_of(t, own);
	for (int i = 0; i < 3; i++) {
		n[i] = own[LEFT] * f->axes[LEFT][i] + own[BACK] * f->axes[BACK][i] + own[UP] * f->axes[UP][i];
		distance += n[i] * (t->pivot[i] - f->plan.grid.origin[i]);
	}
	for (int i = 0; i < 3; i++)
		t->pivot[i] -= (distance - found.offset) * n[i];
	return 0;
}

/* ---- the rotation ---- */

/* The least rotation that takes left to the normal of yaw and roll: from upright to as it was. */
static void rotation(const struct tilt *t, double axes[3][3], double r[3][3])
{
	double n[3], own[3][3], half[3][3];

	normal_of(t, n);
	/* Rodrigues' formula for a = (1, 0, 0) and b = n: I + K + K^2 / (1 + a . b), K the cross product with
	 * a x b */
	const double v[3] = {0, -n[2], n[1]}, c = n[0];
	const double k[3][3] = {{0, -v[2], v[1]}, {v[2], 0, -v[0]}, {-v[1], v[0], 0}};

	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++) {
			own[i][j] = (i == j) + k[i][j];
			for (int w = 0; w < 3; w++)
				own[i][j] += k[i][w] * k[w][j] / (1 + c);
		}
	/* axes^T own axes: in patient space */
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++) {
			half[i][j] = 0;
			for (int w = 0; w < 3; w++)
				half[i][j] += own[i][w] * axes[w][j];
		}
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 3; j++) {
			r[i][j] = 0;
			for (int w = 0; w < 3; w++)
				r[i][j] += axes[w][i] * half[w][j];
		}
}

static void set_back(double axes[3][3], struct tilt *t)
{
	double r[3][3];

	rotation(t, axes, r);
	for (int i = 0; i < 3; i++) {
		t->back.m[i][3] = t->pivot[i];
		for (int j = 0; j < 3; j++) {
			t->back.m[i][j] = r[i][j];
			t->back.m[i][3] -= r[i][j] * t->pivot[j];
		}
	}
}

/* ---- slice by slice ---- */

int tilt_begin(struct tilt_finder *f, const struct tilt_plan *p)
{
	memset(f, 0, sizeof *f);
	f->plan = *p;
	upright_axes(&p->grid, f->axes);
	if (p->symmetry && bitmask_new(&f->head, p->grid.size) < 0)
		return -1;
	return headmask_new(&f->mask, (size_t)p->grid.size[0], (size_t)p->grid.size[1]);
}

void tilt_free(struct tilt_finder *f)
{
	headmask_free(&f->mask);
	if (f->head.word)
		bitmask_free(&f->head);
	free(f->slice);
	memset(f, 0, sizeof *f);
}

int tilt_add(struct tilt_finder *f, const void *slice)
{
	struct headmask *h = &f->mask;
	uint64_t z = f->n % f->plan.grid.size[2];
	struct shape s;

	if (f->n == f->room) {
		size_t room = f->room ? 2 * f->room : 64;
		struct tilt_slice *more = realloc(f->slice, room * sizeof *more);

		if (!more)
			return -1;
		f->slice = more;
		f->room = room;
	}
	if (f->plan.recipe)
		return tilt_recipe(slice, f->plan.measured.type, h->nx, h->ny, &f->slice[f->n++], NULL);
	if (headmask_slice(h, slice, &f->plan.measured, f->plan.threshold, false) < 0)
		return -1;
	if (f->plan.symmetry)
		memcpy(bitmask_at_slice(&f->head, (size_t)z), h->words, f->head.slice * sizeof *h->words);
	shape_of(h->bytes, h->nx, h->ny, &s);
	measure_slice(f, &s, &f->slice[f->n++]);
	f->weight += (double)s.n;
	f->middle[0] += (double)s.n * s.x;
	f->middle[1] += (double)s.n * s.y;
	f->middle[2] += (double)s.n * (double)z;
	return 0;
}

int tilt_end(struct tilt_finder *f, const void *volume, struct tilt *t)
{
	double middle[3];
	int rc;

	memset(t, 0, sizeof *t);
	if (f->weight == 0)
		return 1;
	for (int i = 0; i < 3; i++)
		middle[i] = f->middle[i] / f->weight;
	grid_point(&f->plan.grid, middle, t->pivot);
	rc = f->plan.symmetry ? by_symmetry(f, volume, t) : by_ellipses(f, t);
	if (rc == 0)
		set_back(f->axes, t);
	return rc;
}

/* ---- as the recipe ---- */

/* numpy.uint8(): whole part, its low 8 bits. */
static void low_bytes(const void *slice, enum voxel_type type, size_t n, uint8_t *to)
{
	for (size_t i = 0; i < n; i++) {
		double v = voxel_get(slice, type, i);

		to[i] = fabs(v) < 9e15 ? (uint8_t)(int64_t)v : 0;
	}
}

int tilt_recipe(const void *slice, enum voxel_type type, size_t nx, size_t ny, struct tilt_slice *s, uint8_t *to)
{
	uint8_t *low = malloc(nx * ny);
	struct border o = {0};
	struct ellipse e;
	int rc = -1;

	*s = (struct tilt_slice){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
	if (low) {
		low_bytes(slice, type, nx * ny, low);
		rc = border_largest(&o, low, nx, ny, 5);
	}
	if (rc == 0 && o.n)
		rc = ellipse_fit(o.at, o.n, &e);
	else if (rc == 0)
		rc = 1;
	if (rc == 0) {
		s->x = (float)e.x;
		s->y = (float)e.y;
		s->minor = (float)e.minor;
		s->major = (float)e.major;
		s->angle = (float)e.angle > 90 ? (float)e.angle - 180.0 : (double)(float)e.angle;
	}
	if (to && rc == 0)
		turn_recipe(low, nx, ny, s->x, s->y, s->angle, to);
	else if (to && rc == 1)
		memcpy(to, low, nx * ny);
	border_free(&o);
	free(low);
	return rc < 0 ? -1 : 0;
}
