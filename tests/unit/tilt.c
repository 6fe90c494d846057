/* What head tilt is made of: moments, outlines, ellipses, the plane of symmetry, the turned volume. */
#include <stdlib.h>

#include "alg/ellipse.h"
#include "alg/midplane.h"
#include "alg/sliced.h"
#include "alg/turn.h"
#include "tap.h"

static void test_moments(void)
{
	static const uint8_t bar[] = {
		0, 0, 0, 0, 0,
		0, 1, 1, 1, 0,
		0, 0, 0, 0, 0,
	}, none[4] = {0};
	struct shape s;
	double elongation;

	shape_of(bar, 5, 3, &s);
	is_int(s.n, 3, "voxels");
	is_double(s.x, 2, 0, "middle, x");
	is_double(s.y, 1, 0, "middle, y");
	is_double(s.xx, 2.0 / 3, 1e-15, "moment of three in a row");
	is_double(s.yy, 0, 0, "... across it");
	shape_of(none, 2, 2, &s);
	is_int(s.n, 0, "nothing is set");
	is_double(shape_axis(1, 0, 4, &elongation), 0, 0, "long along v");
	is_double(elongation, 0.5, 1e-15, "... twice as long");
	is_double(shape_axis(4, 0, 1, &elongation), 0, 1e-12, "long along u: the short axis is along v");
	/* axes of 3 and 1, the long one 30 degrees from v towards u */
	is_double(shape_axis(9 * 0.25 + 0.75, (9 - 1) * sqrt(0.1875), 9 * 0.75 + 0.25, &elongation), 30, 1e-12,
	          "30 degrees");
	is_double(elongation, 2.0 / 3, 1e-15, "... three times as long");
	shape_axis(2, 0, 2, &elongation);
	is_double(elongation, 0, 0, "a disc has no elongation");
	shape_axis(0, 0, 0, &elongation);
	is_double(elongation, 0, 0, "nor has a point");
}

static void test_outline(void)
{
	static const uint8_t picture[] = {
		9, 0, 0, 0, 0, 0, 0,
		0, 0, 1, 1, 1, 0, 0,
		0, 1, 1, 0, 1, 1, 0,
		0, 0, 1, 1, 1, 0, 0,
		0, 0, 0, 0, 0, 0, 7,
	};
	struct border o = {0};

	is_int(border_largest(&o, picture, 7, 5, 5), 0, "outline");
	/* corners where the direction changes: 2,1 1,2 2,3 4,3 5,2 4,1 */
	is_int(o.n, 6, "its corners");
	is_double(o.area, 6, 0, "its area");
	is_int(border_largest(&o, picture, 7, 5, 7), 0, "one of seven corners");
	is_int(o.n, 0, "there is none");
	border_free(&o);
}

static void test_ellipse(void)
{
	enum { N = 72 };
	struct point p[N], line[6];
	struct ellipse e;
	/* minor 600 along 25 degrees, major 1000: large, as points are whole numbers */
	const double a = 25 * M_PI / 180;

	for (int i = 0; i < N; i++) {
		double t = 2 * M_PI * i / N, u = 300 * cos(t), w = 500 * sin(t);

		p[i].x = (int32_t)lround(700.25 + u * cos(a) - w * sin(a));
		p[i].y = (int32_t)lround(650.75 + u * sin(a) + w * cos(a));
	}
	is_int(ellipse_fit(p, N, &e), 0, "an ellipse");
	is_double(e.x, 700.25, 0.1, "middle, x");
	is_double(e.y, 650.75, 0.1, "middle, y");
	is_double(e.minor, 600, 0.3, "minor");
	is_double(e.major, 1000, 0.3, "major");
	is_double(e.angle, 25, 0.03, "angle");
	for (int i = 0; i < 6; i++)
		line[i] = (struct point){i, 2 * i};
	is_int(ellipse_fit(p, 4, &e), 1, "four points do not determine one");
	is_int(ellipse_fit(line, 6, &e), 1, "nor does a line");
}

/* A shaded ellipsoid of half axes 30, 40 and 35 mm, turned. */
static void shade(int16_t *v, uint8_t *head, const struct vol_grid *g, double yaw, double roll, double shift)
{
	double y = yaw * M_PI / 180, r = roll * M_PI / 180;
	double n[3] = {cos(r) * cos(y), cos(r) * sin(y), sin(r)}, b[3] = {-sin(y), cos(y), 0}, u[3];

	for (int i = 0; i < 3; i++)
		u[i] = n[(i + 1) % 3] * b[(i + 2) % 3] - n[(i + 2) % 3] * b[(i + 1) % 3];
	for (size_t z = 0, i = 0; z < g->size[2]; z++)
		for (size_t at_y = 0; at_y < g->size[1]; at_y++)
			for (size_t x = 0; x < g->size[0]; x++, i++) {
				double p[3] = {3 * ((double)x - 19.5), 3 * ((double)at_y - 19.5),
				               3 * ((double)z - 19.5)};
				double l = p[0] * n[0] + p[1] * n[1] + p[2] * n[2] - shift;
				double w = p[0] * b[0] + p[1] * b[1] + p[2] * b[2];
				double up = p[0] * u[0] + p[1] * u[1] + p[2] * u[2];
				double q = hypot(hypot(l / 30, w / 40), up / 35);

				head[i] = q < 1;
				v[i] = q >= 1 ? -1000 : (int16_t)(600 * q * q + 200 * sin(w / 9) + 100 * cos(up / 7));
			}
}

static void test_midplane(void)
{
	struct vol_grid g = {{40, 40, 40}, {{3, 0, 0}, {0, 3, 0}, {0, 0, 3}}, {0, 0, 0}};
	double axes[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
	int16_t *v = malloc(64000 * sizeof *v);
	uint8_t *head = malloc(64000);
	struct midplane m;
	struct midplane_found f;

	shade(v, head, &g, 12, -7, 4);
	is_int(midplane_new(&m, &g, axes, -200, 1000), 0, "a head for the plane");
	for (size_t z = 0; z < 40; z++)
		midplane_add(&m, z, v + z * 1600, VOXEL_INT16, head + z * 1600);
	is_int(midplane_find(&m, &f), 0, "the plane");
	midplane_free(&m);
	is_double(f.yaw, 12, 0.3, "yaw");
	is_double(f.roll, -7, 0.3, "roll");
	/* the head's middle is 19.5 voxels from voxel 0 along each axis, and 4 mm along the normal */
	is_double(f.offset,
	          58.5 * (cos(f.roll * M_PI / 180) * (cos(f.yaw * M_PI / 180) + sin(f.yaw * M_PI / 180)) +
	                  sin(f.roll * M_PI / 180)) + 4, 0.3, "offset");
	ok(f.likeness > 0.95, "likeness");
	midplane_new(&m, &g, axes, -200, 1000);
	is_int(midplane_find(&m, &f), 1, "no head, no plane");
	midplane_free(&m);
	free(v);
	free(head);
}

static void test_turn(void)
{
	static const int16_t v[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
	static const uint64_t size[3] = {3, 2, 2};
	/* 40 degrees about z, through a point */
	const double c = cos(40 * M_PI / 180), s = sin(40 * M_PI / 180);
	struct grid_affine r = {{{c, -s, 0, 5}, {s, c, 0, -2}, {0, 0, 1, 0}}}, map;
	struct vol_grid g = {{3, 2, 2}, {{1, 0, 0}, {0, 2, 0}, {0.5, 0, 3}}, {-7, 8, 9}};
	struct turn t = {.volume = v, .size = {3, 2, 2}, .measured = {VOXEL_INT16, NAN, NAN}, .fill = -9};
	struct turn flat;
	int16_t whole[6], slice[6];

	t.map = grid_affine_identity();
	for (int k = TURN_NEAREST; k <= TURN_CATMULL; k++) {
		t.kernel = (enum turn_kernel)k;
		turn_slice(&t, 1, whole);
		ok(memcmp(whole, v + 6, sizeof whole) == 0, "kernel %d: no turn changes nothing", k);
	}
	ok(turn_map(&g, &r, &map) && turn_is_flat(&map, size), "a turn in the slices' plane, sheared slices");
	t.map = map;
	t.kernel = TURN_LINEAR;
	turn_slice(&t, 1, whole);
	flat = turn_flat(&t, v + 6, 1);
	turn_slice(&flat, 0, slice);
	ok(memcmp(whole, slice, sizeof slice) == 0, "... is the same from the slice alone");
	r.m[2][0] = 0.01;
	ok(turn_map(&g, &r, &map) && !turn_is_flat(&map, size), "a turn out of it");
}

static int twice(void *ctx, uint64_t i, const void *voxels, void *result)
{
	int in, out;

	(void)ctx;
	memcpy(&in, voxels, sizeof in);
	out = 2 * in + (int)i;
	memcpy(result, &out, sizeof out);
	return in == 77 ? -1 : 0;
}

static void test_sliced(void)
{
	for (int threads = 1; threads <= 3; threads++) {
		struct sliced *s = sliced_new(threads, sizeof(int), sizeof(int), twice, NULL);
		const void *result;
		int next = 0, good = 1, got, out;

		for (int i = 0; i <= 20; i++) {
			if (i < 20)
				sliced_put(s, &i);
			while ((got = sliced_take(s, i == 20, &result)) > 0) {
				memcpy(&out, result, sizeof out);
				good &= out == 3 * next++;
			}
		}
		ok(good && next == 20, "20 results in order, threads: %d", threads);
		out = 77;
		sliced_put(s, &out);
		is_int(sliced_take(s, true, &result), -1, "what failed says so");
		is_int(sliced_take(s, true, &result), 0, "that was all");
		sliced_free(s);
	}
	sliced_free(NULL);
}

int main(void)
{
	test_moments();
	test_outline();
	test_ellipse();
	test_midplane();
	test_turn();
	test_sliced();
	return done();
}
