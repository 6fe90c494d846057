/* How far two volumes differ: common/alg/compare.c. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "alg/compare.h"
#include "tap.h"

static const struct vol_grid oblique = {
	.size = {4, 3, 2},
	.direction = {{0.6, 0.3, 0.1}, {-0.2, 0.7, 0.05}, {0.1, -0.2, 2.5}},
	.origin = {-100, 20, 300},
};

/* The voxel of b where a's voxel at[] is, by the place of both. */
static int64_t place_in(const struct vol_grid *a, const struct vol_grid *b, const uint64_t at[3])
{
	double i[3] = {(double)at[0], (double)at[1], (double)at[2]}, want[3], have[3];

	grid_point(a, i, want);
	for (uint64_t n = 0; n < b->size[0] * b->size[1] * b->size[2]; n++) {
		double k[3] = {(double)(n % b->size[0]), (double)(n / b->size[0] % b->size[1]),
		               (double)(n / b->size[0] / b->size[1])};

		grid_point(b, k, have);
		if (hypot(hypot(have[0] - want[0], have[1] - want[1]), have[2] - want[2]) < 1e-6)
			return (int64_t)n;
	}
	return -1;
}

/* A grid with the axes of g in another order, some of them run backwards. */
static struct vol_grid reorder(const struct vol_grid *g, const int axis[3], int flips)
{
	struct vol_grid r = *g;

	for (int k = 0; k < 3; k++) {
		int from = axis[k];
		bool flip = flips >> k & 1;

		r.size[k] = g->size[from];
		for (int w = 0; w < 3; w++) {
			r.direction[k][w] = g->direction[from][w] * (flip ? -1 : 1);
			if (flip)
				r.origin[w] += g->direction[from][w] * (double)(g->size[from] - 1);
		}
	}
	return r;
}

static void all_turns(void)
{
	static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	uint16_t volume[24];

	for (uint16_t i = 0; i < 24; i++)
		volume[i] = i;
	for (int way = 0; way < 48; way++) {
		struct vol_grid b = reorder(&oblique, orders[way / 8], way % 8);
		struct compare_turn t;
		double mm = compare_turn(&oblique, &b, &t);
		bool good = mm >= 0 && mm < 1e-9 && compare_turned(&t) == (way != 0);
		uint16_t buf[4];

		for (uint64_t z = 0; z < 2; z++)
			for (uint64_t y = 0; y < 3; y++) {
				uint64_t at[3] = {1, y, z};
				const uint16_t *row = compare_row(volume, b.size, 2, &t, at, 3, buf);

				for (; at[0] < 4; at[0]++)
					good = good && row[at[0] - 1] == place_in(&oblique, &b, at);
			}
		ok(good, "way %d: each voxel is found at its place", way);
	}
}

static void grids(void)
{
	struct vol_grid b = oblique;
	struct compare_turn t;

	b.origin[1] += 3;
	is_double(compare_turn(&oblique, &b, &t), 3, 1e-12, "moved by 3 mm");
	ok(!compare_turned(&t), "is not turned");
	b.size[0] = 5;
	is_double(compare_turn(&oblique, &b, &t), -1, 0, "other sizes fit in no way");
	b = oblique;
	b.size[0] = b.size[1] = b.size[2] = 1;
	for (int k = 0; k < 3; k++)
		b.direction[2][k] *= -1;
	struct vol_grid a = oblique;
	a.size[0] = a.size[1] = a.size[2] = 1;
	ok(compare_turn(&a, &b, &t) < 1e-12, "one voxel, whichever way its axes run");
}

static void numbers(void)
{
	enum { N = 5000 };
	float *f = malloc(N * sizeof *f);
	int16_t *v = malloc(N * sizeof *v);
	double *g = malloc(N * sizeof *g);
	struct compare c = {.tol = 2};
	struct compare_run a = {f, VOXEL_FLOAT, 1, 0}, b = {v, VOXEL_INT16, 0.5, -10};

	for (int i = 0; i < N; i++) {
		v[i] = (int16_t)(i % 300);
		f[i] = (float)(0.5 * v[i] - 10);
	}
	compare_add(&c, &a, &b, N);
	ok(c.n == N && c.differ == 0 && c.max == 0, "slope and intercept are applied");
	f[100] += 2;
	f[4500] -= 4;
	f[4999] += 3;
	c = (struct compare){.tol = 2};
	compare_add(&c, &a, &b, 3000);
	a.v = f + 3000;
	b.v = v + 3000;
	compare_add(&c, &a, &b, N - 3000);
	is_int(c.n, N, "all compared");
	is_int(c.differ, 3, "three differ");
	is_int(c.over, 2, "two by more than the tolerance");
	is_double(c.max, 4, 0, "the greatest");
	is_double(c.sum, 9, 0, "the sum");
	is_int(c.at, 4500, "the place, through several calls");
	f[3100] = NAN;
	c = (struct compare){.tol = 1e9};
	compare_add(&c, &a, &b, N - 3000);
	ok(c.unlike == 1 && c.over == 1 && c.at == 100, "NaN against a number is beyond any tolerance");
	is_double(c.max, 4, 0, "and left out of the greatest");
	for (int i = 0; i < N; i++)
		g[i] = f[i];
	b = (struct compare_run){g + 3000, VOXEL_DOUBLE, 1, 0};
	c = (struct compare){0};
	compare_add(&c, &a, &b, N - 3000);
	is_int(c.differ, 0, "NaN equals NaN");
	free(g);
	free(f);
	free(v);
}

int main(void)
{
	all_turns();
	grids();
	numbers();
	return done();
}
