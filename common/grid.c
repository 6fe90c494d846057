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
