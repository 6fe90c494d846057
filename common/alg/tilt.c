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

static const char *slice_of(const struct tilt_plan *p, size_t z)
{
	return (const char *)p->volume + z * (size_t)(p->grid.size[0] * p->grid.size[1]) * voxel_size(p->measured.type);
}

static void measure_slice(const struct tilt_plan *p, double axes[3][3], const struct shape *s, struct tilt_slice *t)
{
	const double (*d)[3] = p->grid.direction;
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

static int by_ellipses(const struct tilt_plan *p, const struct tilt_slice *slice, struct tilt *t)
{
	size_t n = 0, nz = (size_t)p->grid.size[2];
	struct vote *v = malloc(nz * sizeof *v);

	if (!v)
		return -1;
	for (size_t z = 0; z < nz; z++)
		if (vote_of(&slice[z]) > 0)
			v[n++] = (struct vote){slice[z].angle, vote_of(&slice[z])};
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

/* The value below which 99 in 100 voxels of the head lie, to a 1024th of their range: what is brighter
 * (metal) is no brighter than that for the symmetry. */
static double upper_value(const struct tilt_plan *p, const struct bitmask *head, uint8_t *bytes)
{
	size_t nx = head->size[0], ny = head->size[1];
	uint64_t bin[1024] = {0}, all = 0, above = 0;
	double most = p->threshold, upper = p->threshold;

	for (int pass = 0; pass < 2; pass++)
		for (size_t z = 0; z < p->grid.size[2]; z++) {
			bitmask_unpack(bitmask_at_slice(head, z), nx, ny, 1, bytes);
			for (size_t i = 0; i < nx * ny; i++) {
				double v = bytes[i] ? voxel_get(slice_of(p, z), p->measured.type, i) : NAN;

				if (!isfinite(v) || !(v > p->threshold))
					continue;
				if (pass == 0) {
					most = fmax(most, v);
				} else {
					bin[(size_t)((v - p->threshold) / (most - p->threshold) * 1023)]++;
					all++;
				}
			}
		}
	for (int i = 1023; i >= 0; i--) {
		above += bin[i];
		upper = p->threshold + (most - p->threshold) * (i + 1) / 1024;
		if (above * 100 > all)
			break;
	}
	return upper;
}

static int by_symmetry(const struct tilt_plan *p, const struct bitmask *head, uint8_t *bytes, double axes[3][3],
                       struct tilt *t)
{
	struct midplane m;
	struct midplane_found found;
	double normal[3], distance = 0;
	int rc = midplane_new(&m, &p->grid, axes, p->threshold, upper_value(p, head, bytes));

	for (size_t z = 0; rc == 0 && z < p->grid.size[2]; z++) {
		bitmask_unpack(bitmask_at_slice(head, z), head->size[0], head->size[1], 1, bytes);
		midplane_add(&m, z, slice_of(p, z), p->measured.type, bytes);
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
	for (int i = 0; i < 3; i++) {
		double y = t->yaw * M_PI / 180, r = t->roll * M_PI / 180;

		normal[i] = cos(r) * cos(y) * axes[LEFT][i] + cos(r) * sin(y) * axes[BACK][i] + sin(r) * axes[UP][i];
	}
	for (int i = 0; i < 3; i++)
		distance += normal[i] * (t->pivot[i] - p->grid.origin[i]);
	for (int i = 0; i < 3; i++)
		t->pivot[i] -= (distance - found.offset) * normal[i];
	return 0;
}

/* ---- the rotation ---- */

/* The least rotation that takes left to the normal of yaw and roll: from upright to as it was. */
static void rotation(const struct tilt *t, double axes[3][3], double r[3][3])
{
	double yaw = t->yaw * M_PI / 180, roll = t->roll * M_PI / 180;
	double n[3] = {cos(roll) * cos(yaw), cos(roll) * sin(yaw), sin(roll)}, own[3][3], half[3][3];
	/* a x b / (1 + a . b): Rodrigues' formula for a = (1, 0, 0), b = n */
	double v[3] = {0, -n[2], n[1]}, c = n[0];
	double k[3][3] = {{0, -v[2], v[1]}, {v[2], 0, -v[0]}, {-v[1], v[0], 0}};

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

static int set_maps(const struct tilt_plan *p, double axes[3][3], struct tilt *t)
{
	struct grid_affine place = grid_affine_of(&p->grid), index, back, there;
	double r[3][3];

	rotation(t, axes, r);
	for (int i = 0; i < 3; i++) {
		back.m[i][3] = t->pivot[i];
		for (int j = 0; j < 3; j++) {
			back.m[i][j] = r[i][j];
			back.m[i][3] -= r[i][j] * t->pivot[j];
		}
	}
	if (!grid_affine_invert(&place, &index))
		return 1;
	there = grid_affine_after(&back, &place);
	t->map = grid_affine_after(&index, &there);
	memset(t->back, 0, sizeof t->back);
	for (int i = 0; i < 3; i++)
		memcpy(t->back[i], back.m[i], sizeof t->back[i]);
	t->back[3][3] = 1;
	return 0;
}

static int find(const struct tilt_plan *p, struct headmask *h, struct bitmask *head, struct tilt_slice *slice,
                struct tilt *t)
{
	size_t nx = head->size[0], ny = head->size[1];
	double axes[3][3], all = 0, middle[3] = {0, 0, 0};
	int rc;

	upright_axes(&p->grid, axes);
	for (size_t z = 0; z < p->grid.size[2]; z++) {
		struct shape s;

		if (headmask_slice(h, slice_of(p, z), &p->measured, p->threshold, false) < 0)
			return -1;
		memcpy(bitmask_at_slice(head, z), h->words, head->slice * sizeof *h->words);
		shape_of(h->bytes, nx, ny, &s);
		measure_slice(p, axes, &s, &slice[z]);
		all += (double)s.n;
		middle[0] += (double)s.n * s.x;
		middle[1] += (double)s.n * s.y;
		middle[2] += (double)s.n * (double)z;
	}
	if (all == 0)
		return 1;
	for (int i = 0; i < 3; i++)
		middle[i] /= all;
	grid_point(&p->grid, middle, t->pivot);
	rc = p->symmetry ? by_symmetry(p, head, h->bytes, axes, t) : by_ellipses(p, slice, t);
	return rc ? rc : set_maps(p, axes, t);
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

static int recipe(const struct tilt_plan *p, struct tilt_slice *slice)
{
	size_t nx = (size_t)p->grid.size[0], ny = (size_t)p->grid.size[1], bytes = voxel_size(p->measured.type);
	uint8_t *low = malloc(nx * ny);
	struct outline o = {0};
	int rc = low ? 0 : -1;

	for (size_t z = 0; rc == 0 && z < p->grid.size[2]; z++) {
		struct ellipse e;

		slice[z] = (struct tilt_slice){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
		low_bytes((const char *)p->volume + z * nx * ny * bytes, p->measured.type, nx * ny, low);
		rc = outline_largest(&o, low, nx, ny, 5);
		if (rc < 0 || o.n == 0)
			continue;
		rc = ellipse_fit(o.at, o.n, &e);
		if (rc == 0) {
			slice[z].x = (float)e.x;
			slice[z].y = (float)e.y;
			slice[z].minor = (float)e.minor;
			slice[z].major = (float)e.major;
			slice[z].angle = (float)e.angle > 90 ? (float)e.angle - 180.0 : (double)(float)e.angle;
		}
		rc = rc < 0 ? -1 : 0;
	}
	outline_free(&o);
	free(low);
	return rc;
}

void tilt_recipe_slice(const void *volume, enum voxel_type type, size_t nx, size_t ny, size_t z,
                       const struct tilt_slice *s, uint8_t *work, uint8_t *to)
{
	const char *slice = (const char *)volume + z * nx * ny * voxel_size(type);

	if (isnan(s->angle)) {
		low_bytes(slice, type, nx * ny, to);
	} else {
		low_bytes(slice, type, nx * ny, work);
		turn_recipe(work, nx, ny, s->x, s->y, s->angle, to);
	}
}

int tilt_find(const struct tilt_plan *p, struct tilt_slice *slice, struct tilt *t)
{
	struct headmask h;
	struct bitmask head;
	int rc = -1;

	memset(t, 0, sizeof *t);
	if (p->recipe)
		return recipe(p, slice);
	if (bitmask_new(&head, p->grid.size) < 0)
		return -1;
	if (headmask_new(&h, head.size[0], head.size[1]) == 0)
		rc = find(p, &h, &head, slice, t);
	headmask_free(&h);
	bitmask_free(&head);
	return rc;
}
