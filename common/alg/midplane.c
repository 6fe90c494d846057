#include "midplane.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "convert.h"

enum { LEVELS = 3, LEAST_POINTS = 100 };
static const double block_mm = 2;

int midplane_new(struct midplane *m, const struct vol_grid *g, double axes[3][3], double lo, double hi)
{
	uint64_t n = 1;

	memset(m, 0, sizeof *m);
	m->lo = lo;
	m->hi = hi;
	for (int i = 0; i < 3; i++) {
		double spacing = grid_spacing(g, i);

		m->from[i] = g->size[i];
		m->block[i] = spacing < block_mm ? (uint64_t)fmin(round(block_mm / spacing), 64) : 1;
		m->size[i] = (m->from[i] + m->block[i] - 1) / m->block[i];
		n *= m->size[i];
		/* a block's middle */
		for (int k = 0; k < 3; k++) {
			double step = 0;

			for (int w = 0; w < 3; w++)
				step += axes[k][w] * g->direction[i][w];
			m->place.m[k][i] = step * (double)m->block[i];
			m->place.m[k][3] += step * 0.5 * (double)(m->block[i] - 1);
		}
	}
	m->value = calloc((size_t)n, sizeof *m->value);
	m->inside = calloc((size_t)n, sizeof *m->inside);
	return m->value && m->inside ? 0 : -1;
}

void midplane_free(struct midplane *m)
{
	free(m->value);
	free(m->inside);
	memset(m, 0, sizeof *m);
}

void midplane_add(struct midplane *m, uint64_t z, const void *slice, enum voxel_type type, const uint8_t *head)
{
	size_t nx = (size_t)m->from[0];

	for (uint64_t y = 0; y < m->from[1]; y++) {
		size_t row = (size_t)((z / m->block[2] * m->size[1] + y / m->block[1]) * m->size[0]);

		for (size_t x = 0; x < nx; x++)
			if (head[y * nx + x]) {
				double v = voxel_get(slice, type, (size_t)y * nx + x);

				/* NaN is lo */
				v = v > m->hi ? m->hi : v > m->lo ? v : m->lo;
				m->value[row + x / m->block[0]] += (float)(v - m->lo);
				m->inside[row + x / m->block[0]]++;
			}
	}
}

/* ---- the picture at one resolution ---- */

struct level {
	uint64_t size[3];
	float *value;               /* lo is 0 here */
	struct grid_affine place;
	struct grid_affine index;   /* back */
	struct point {
		float at[3];        /* index */
		float value;
	} *point;                   /* of the head */
	size_t points;
};

static void level_free(struct level *l)
{
	free(l->value);
	free(l->point);
}

/* 1 2 1 along an axis, the border repeated: noise would make planes between voxels look better than
 * those through them, as interpolation averages it. */
static void smooth(float *v, const uint64_t size[3], int axis)
{
	size_t stride = axis == 0 ? 1 : axis == 1 ? (size_t)size[0] : (size_t)(size[0] * size[1]);
	size_t n = (size_t)size[axis], all = (size_t)(size[0] * size[1] * size[2]);

	for (size_t start = 0; start < all; start++) {
		float *line = v + start, before, here;

		if (start / stride % n != 0)
			continue;
		before = here = line[0];
		for (size_t i = 0; i < n; i++) {
			float after = line[(i + 1 < n ? i + 1 : i) * stride];

			line[i * stride] = 0.25F * before + 0.5F * here + 0.25F * after;
			before = here;
			here = after;
		}
	}
}

/* Blocks of `by` blocks of m along each axis whose voxels are not larger already. */
static int level_make(struct level *l, const struct midplane *m, uint64_t by)
{
	uint64_t times[3], n = 1;
	double full = (double)(m->block[0] * m->block[1] * m->block[2]), volume;
	float *inside;

	memset(l, 0, sizeof *l);
	l->place = m->place;
	volume = full;
	for (int i = 0; i < 3; i++) {
		double mm = hypot(hypot(m->place.m[0][i], m->place.m[1][i]), m->place.m[2][i]);

		times[i] = (uint64_t)fmax(1, fmin((double)by, round((double)by * block_mm / mm)));
		l->size[i] = (m->size[i] + times[i] - 1) / times[i];
		n *= l->size[i];
		volume *= (double)times[i];
		for (int k = 0; k < 3; k++) {
			l->place.m[k][3] += m->place.m[k][i] * 0.5 * (double)(times[i] - 1);
			l->place.m[k][i] = m->place.m[k][i] * (double)times[i];
		}
	}
	l->value = calloc((size_t)n, sizeof *l->value);
	inside = calloc((size_t)n, sizeof *inside);
	l->point = malloc((size_t)n * sizeof *l->point);
	if (!l->value || !inside || !l->point || !grid_affine_invert(&l->place, &l->index)) {
		free(inside);
		return -1;
	}
	for (size_t z = 0, i = 0; z < m->size[2]; z++)
		for (size_t y = 0; y < m->size[1]; y++)
			for (size_t x = 0; x < m->size[0]; x++, i++) {
				size_t to = (size_t)((z / times[2] * l->size[1] + y / times[1]) * l->size[0] +
				                     x / times[0]);

				l->value[to] += m->value[i];
				inside[to] += (float)m->inside[i];
			}
	for (size_t i = 0; i < n; i++)
		l->value[i] /= (float)volume;
	for (int axis = 0; axis < 3; axis++)
		smooth(l->value, l->size, axis);
	for (size_t i = 0; i < n; i++)
		if (inside[i] > 0.5F * (float)volume)
			l->point[l->points++] = (struct point){
				{(float)(i % l->size[0]), (float)(i / l->size[0] % l->size[1]),
			         (float)(i / l->size[0] / l->size[1])}, l->value[i]};
	free(inside);
	return 0;
}

/* ---- a plane ---- */

/* Normal of a plane, and the map of a level's indices to those of their mirror images. */
static void normal_of(const struct midplane_found *f, double n[3])
{
	double y = f->yaw * M_PI / 180, r = f->roll * M_PI / 180;

	n[0] = cos(r) * cos(y);
	n[1] = cos(r) * sin(y);
	n[2] = sin(r);
}

static struct grid_affine mirror_of(const struct level *l, const struct midplane_found *f)
{
	struct grid_affine mirror, there;
	double n[3];

	normal_of(f, n);
	for (int i = 0; i < 3; i++) {
		for (int k = 0; k < 3; k++)
			mirror.m[i][k] = (i == k) - 2 * n[i] * n[k];
		mirror.m[i][3] = 2 * f->offset * n[i];
	}
	there = grid_affine_after(&mirror, &l->place);
	return grid_affine_after(&l->index, &there);
}

/* The value at an index; false outside. */
static inline bool value_at(const struct level *l, const float q[3], float *v)
{
	size_t at[3], step[3] = {1, (size_t)l->size[0], (size_t)(l->size[0] * l->size[1])}, i;
	float near[3];
	const float *p;

	for (int k = 0; k < 3; k++) {
		float last = (float)(l->size[k] - 1), x = q[k];

		if (!(x >= -0.5F && x <= last + 0.5F))
			return false;
		x = x < 0 ? 0 : x > last ? last : x;
		at[k] = (size_t)x;
		near[k] = x - (float)at[k];
		if (at[k] + 1 >= l->size[k])
			step[k] = 0;
	}
	i = (size_t)((at[2] * l->size[1] + at[1]) * l->size[0] + at[0]);
	p = l->value + i;
	float a = p[0] + near[0] * (p[step[0]] - p[0]);
	p = l->value + i + step[1];
	float b = p[0] + near[0] * (p[step[0]] - p[0]);
	p = l->value + i + step[2];
	float c = p[0] + near[0] * (p[step[0]] - p[0]);
	p = l->value + i + step[1] + step[2];
	float d = p[0] + near[0] * (p[step[0]] - p[0]);

	a += near[1] * (b - a);
	c += near[1] * (d - c);
	*v = a + near[2] * (c - a);
	return true;
}

/* Sums over the points of the head whose mirror image lies in the volume. */
struct sums {
	size_t n;
	double distance, x, y, xx, xy, yy;
};

static struct sums compare(const struct level *l, const struct midplane_found *f)
{
	struct grid_affine mirror = mirror_of(l, f);
	struct sums s = {0};
	float m[3][4];

	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 4; k++)
			m[i][k] = (float)mirror.m[i][k];
	for (size_t i = 0; i < l->points; i++) {
		const struct point *p = &l->point[i];
		float q[3], v;

		for (int k = 0; k < 3; k++)
			q[k] = m[k][0] * p->at[0] + m[k][1] * p->at[1] + m[k][2] * p->at[2] + m[k][3];
		if (!value_at(l, q, &v))
			continue;
		s.n++;
		s.distance += fabsf(v - p->value);
		s.x += v;
		s.y += p->value;
		s.xx += (double)v * v;
		s.xy += (double)v * p->value;
		s.yy += (double)p->value * p->value;
	}
	return s;
}

/* Mean difference; infinite when less than half of the head has its mirror image in the volume. */
static double cost(const struct level *l, const struct midplane_found *f)
{
	struct sums s = compare(l, f);

	return s.n * 2 < l->points || s.n == 0 ? INFINITY : s.distance / (double)s.n;
}

static double likeness(const struct level *l, const struct midplane_found *f)
{
	struct sums s = compare(l, f);
	double n = (double)s.n, xx, xy, yy;

	if (s.n == 0)
		return 0;
	xx = s.xx / n - s.x / n * (s.x / n);
	yy = s.yy / n - s.y / n * (s.y / n);
	xy = s.xy / n - s.x / n * (s.y / n);
	return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
}

/* ---- the search ---- */

/* The planes are turned about the middle of the head, so that offset and angles do not depend on
 * each other. */
static struct midplane_found plane(const double middle[3], double yaw, double roll, double shift)
{
	struct midplane_found f = {.yaw = yaw, .roll = roll};
	double n[3];

	normal_of(&f, n);
	f.offset = n[0] * middle[0] + n[1] * middle[1] + n[2] * middle[2] + shift;
	return f;
}

static void middle_of(const struct level *l, double middle[3])
{
	double sum[3] = {0, 0, 0};

	for (size_t i = 0; i < l->points; i++)
		for (int k = 0; k < 3; k++)
			sum[k] += l->point[i].at[k];
	for (int k = 0; k < 3; k++)
		sum[k] /= (double)l->points;
	grid_affine_apply(&l->place, sum, middle);
}

static void search_all(const struct level *l, const double middle[3], double x[3])
{
	double best = INFINITY;

	for (double yaw = -45; yaw <= 45; yaw += 5)
		for (double roll = -30; roll <= 30; roll += 5)
			for (double shift = -24; shift <= 24; shift += 6) {
				struct midplane_found f = plane(middle, yaw, roll, shift);
				double c = cost(l, &f);

				if (c < best) {
					best = c;
					x[0] = yaw;
					x[1] = roll;
					x[2] = shift;
				}
			}
}

/* Steps along yaw, roll and shift, halved when none is better. */
static void refine(const struct level *l, const double middle[3], double x[3], double degrees, double mm, int halvings)
{
	struct midplane_found f = plane(middle, x[0], x[1], x[2]);
	double best = cost(l, &f);

	while (halvings >= 0) {
		bool better = false;

		for (int i = 0; i < 6; i++) {
			double y[3] = {x[0], x[1], x[2]}, c;

			y[i / 2] += (i % 2 ? -1 : 1) * (i / 2 == 2 ? mm : degrees);
			f = plane(middle, y[0], y[1], y[2]);
			c = cost(l, &f);
			if (c < best && fabs(y[0]) <= 45 && fabs(y[1]) <= 30) {
				best = c;
				memcpy(x, y, sizeof y);
				better = true;
			}
		}
		if (!better) {
			halvings--;
			degrees /= 2;
			mm /= 2;
		}
	}
}

int midplane_find(struct midplane *m, struct midplane_found *found)
{
	static const struct {
		uint64_t by;
		double degrees, mm;
		int halvings;
	} steps[LEVELS] = {{4, 2.5, 3, 1}, {2, 1, 1.5, 2}, {1, 0.4, 0.5, 5}};
	double middle[3], x[3] = {0, 0, 0};
	bool searched = false;

	for (int i = 0; i < LEVELS; i++) {
		struct level l;

		if (level_make(&l, m, steps[i].by) < 0) {
			level_free(&l);
			return -1;
		}
		/* a small head is not searched for as coarsely */
		if (l.points < LEAST_POINTS) {
			level_free(&l);
			continue;
		}
		if (!searched) {
			middle_of(&l, middle);
			search_all(&l, middle, x);
			searched = true;
		}
		refine(&l, middle, x, steps[i].degrees, steps[i].mm, steps[i].halvings);
		*found = plane(middle, x[0], x[1], x[2]);
		found->likeness = likeness(&l, found);
		level_free(&l);
	}
	return searched ? 0 : 1;
}
