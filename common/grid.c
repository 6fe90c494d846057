#include "grid.h"

#include <math.h>
#include <string.h>

bool size_mul(uint64_t a, uint64_t b, uint64_t *out)
{
	uint64_t r;

	if (__builtin_mul_overflow(a, b, &r))
		return false;
	*out = r;
	return true;
}

double grid_det(const struct vol_grid *g)
{
	const double(*d)[3] = g->direction;

	return d[0][0] * (d[1][1] * d[2][2] - d[1][2] * d[2][1]) -
	       d[0][1] * (d[1][0] * d[2][2] - d[1][2] * d[2][0]) +
	       d[0][2] * (d[1][0] * d[2][1] - d[1][1] * d[2][0]);
}

double grid_spacing(const struct vol_grid *g, int axis)
{
	const double *d = g->direction[axis];

	return sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
}

int grid_check(const struct vol_grid *g, const char *subject, struct vol_err *err)
{
	double volume = 1;

	for (int a = 0; a < 3; a++) {
		if (g->size[a] == 0)
			return vol_fail(err, subject, "size is zero along axis %d", a);
		for (int w = 0; w < 3; w++)
			if (!isfinite(g->direction[a][w]) || !isfinite(g->origin[w]))
				return vol_fail(err, subject, "directions or origin are not finite");
		if (!(grid_spacing(g, a) > 0))
			return vol_fail(err, subject, "spacing is zero along axis %d", a);
		volume *= grid_spacing(g, a);
	}
	/* relative to a box with the same spacing: below this, axes lie in one plane */
	if (!(fabs(grid_det(g)) > 1e-6 * volume))
		return vol_fail(err, subject, "direction matrix cannot be inverted");
	return 0;
}

void grid_point(const struct vol_grid *g, const double i[3], double mm[3])
{
	for (int w = 0; w < 3; w++)
		mm[w] = g->origin[w] + i[0] * g->direction[0][w] + i[1] * g->direction[1][w] +
			i[2] * g->direction[2][w];
}

/* the far corner along an axis; one step out for a single slice, so that its direction counts */
static double far_index(uint64_t size)
{
	return size > 1 ? (double)(size - 1) : 1;
}

double grid_corner_distance(const struct vol_grid *a, const struct vol_grid *b)
{
	double worst = 0;

	for (int corner = 0; corner < 8; corner++) {
		double ia[3], ib[3], pa[3], pb[3], sum = 0;

		for (int k = 0; k < 3; k++) {
			ia[k] = corner >> k & 1 ? far_index(a->size[k]) : 0;
			ib[k] = corner >> k & 1 ? far_index(b->size[k]) : 0;
		}
		grid_point(a, ia, pa);
		grid_point(b, ib, pb);
		for (int w = 0; w < 3; w++)
			sum += (pa[w] - pb[w]) * (pa[w] - pb[w]);
		worst = fmax(worst, sqrt(sum));
	}
	return worst;
}

double grid_shear_mm(const struct vol_grid *g)
{
	struct vol_grid box = *g;
	double unit[3][3];

	for (int a = 0; a < 3; a++) {
		double length = grid_spacing(g, a), left = 0;

		memcpy(unit[a], g->direction[a], sizeof unit[a]);
		for (int b = 0; b < a; b++) {
			double dot = 0;

			for (int w = 0; w < 3; w++)
				dot += unit[a][w] * unit[b][w];
			for (int w = 0; w < 3; w++)
				unit[a][w] -= dot * unit[b][w];
		}
		for (int w = 0; w < 3; w++)
			left += unit[a][w] * unit[a][w];
		left = sqrt(left);
		for (int w = 0; w < 3; w++) {
			unit[a][w] /= left;
			box.direction[a][w] = unit[a][w] * length;
		}
	}
	return grid_corner_distance(g, &box);
}

struct grid_affine grid_affine_identity(void)
{
	return (struct grid_affine){{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}};
}

struct grid_affine grid_affine_of(const struct vol_grid *g)
{
	struct grid_affine a;

	for (int w = 0; w < 3; w++) {
		for (int k = 0; k < 3; k++)
			a.m[w][k] = g->direction[k][w];
		a.m[w][3] = g->origin[w];
	}
	return a;
}

struct grid_affine grid_affine_after(const struct grid_affine *a, const struct grid_affine *b)
{
	struct grid_affine r;

	for (int w = 0; w < 3; w++)
		for (int k = 0; k < 4; k++)
			r.m[w][k] = a->m[w][0] * b->m[0][k] + a->m[w][1] * b->m[1][k] + a->m[w][2] * b->m[2][k] +
				    (k == 3 ? a->m[w][3] : 0);
	return r;
}

bool grid_affine_invert(const struct grid_affine *a, struct grid_affine *inverse)
{
	const double(*m)[4] = a->m;
	double det = 0, r[3][3];

	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 3; k++) {
			int i1 = (i + 1) % 3, i2 = (i + 2) % 3, k1 = (k + 1) % 3, k2 = (k + 2) % 3;

			/* the cofactor of [k][i], with its sign by the cyclic order */
			r[i][k] = m[k1][i1] * m[k2][i2] - m[k1][i2] * m[k2][i1];
		}
	for (int k = 0; k < 3; k++)
		det += m[0][k] * r[k][0];
	if (!isfinite(det) || det == 0)
		return false;
	for (int i = 0; i < 3; i++) {
		inverse->m[i][3] = 0;
		for (int k = 0; k < 3; k++) {
			inverse->m[i][k] = r[i][k] / det;
			inverse->m[i][3] -= inverse->m[i][k] * m[k][3];
		}
	}
	return true;
}

void grid_affine_apply(const struct grid_affine *a, const double in[3], double out[3])
{
	double r[3];

	for (int w = 0; w < 3; w++)
		r[w] = a->m[w][0] * in[0] + a->m[w][1] * in[1] + a->m[w][2] * in[2] + a->m[w][3];
	memcpy(out, r, sizeof r);
}

struct vol_grid grid_respaced(const struct vol_grid *g, const uint64_t size[3], const double spacing[3])
{
	struct vol_grid r = *g;

	for (int a = 0; a < 3; a++) {
		double now = grid_spacing(g, a);

		r.size[a] = size[a];
		for (int w = 0; w < 3; w++) {
			/* by the unit vector: along an axis of space the result is the spacing itself */
			if (spacing[a] != now)
				r.direction[a][w] = g->direction[a][w] / now * spacing[a];
			r.origin[w] += 0.5 * ((double)(g->size[a] - 1) * g->direction[a][w] -
			                      (double)(size[a] - 1) * r.direction[a][w]);
		}
	}
	return r;
}

struct vol_grid grid_resized(const struct vol_grid *g, const uint64_t size[3])
{
	double spacing[3];

	for (int a = 0; a < 3; a++)
		spacing[a] = size[a] == g->size[a] ? grid_spacing(g, a)
		                                   : grid_spacing(g, a) * (double)g->size[a] / (double)size[a];
	return grid_respaced(g, size, spacing);
}

struct vol_grid grid_framed(const struct vol_grid *g, const int64_t lo[3], const uint64_t size[3])
{
	struct vol_grid r = *g;

	grid_point(g, (const double[]){(double)lo[0], (double)lo[1], (double)lo[2]}, r.origin);
	memcpy(r.size, size, sizeof r.size);
	return r;
}
