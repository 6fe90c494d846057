/* Polygons to pixels, pixels to outlines. */
#include <stdlib.h>

#include "alg/outline.h"
#include "alg/polygon.h"
#include "tap.h"

enum { NX = 12, NY = 9 };

static uint64_t drawn, over;

static void corner(struct polygon_point *p, double x, double y)
{
	if (!polygon_fix(x, &p->x) || !polygon_fix(y, &p->y))
		abort();
}

/* One polygon of n <= 16 pairs, drawn in tiles of nx * ny, into out. */
static void draw(const double *xy, size_t n, size_t nx, size_t ny, uint8_t *out, uint32_t label)
{
	static uint8_t odd[NX * NY];
	uint8_t part[NX * NY];
	struct polygon_point p[16];
	struct polygon_tile t;

	for (size_t i = 0; i < n; i++)
		corner(&p[i], xy[2 * i], xy[2 * i + 1]);
	for (size_t y = 0; y < NY; y += ny)
		for (size_t x = 0; x < NX; x += nx) {
			for (size_t i = 0; i < nx * ny; i++)
				part[i] = out[(y + i / nx) * NX + x + i % nx];
			polygon_tile_begin(&t, x, y, nx, ny, odd);
			polygon_add(&t, p, n);
			polygon_fill(&t, VOXEL_UINT8, label, part, &drawn, &over);
			for (size_t i = 0; i < nx * ny; i++)
				out[(y + i / nx) * NX + x + i % nx] = part[i];
		}
	for (size_t i = 0; i < NX * NY; i++)
		if (odd[i])
			abort();
}

static int count(const uint8_t *v, int label)
{
	int n = 0;

	for (int i = 0; i < NX * NY; i++)
		n += v[i] == label;
	return n;
}

static void test_rules(void)
{
	static const double box[] = {2, 1, 6, 1, 6, 4, 2, 4}, far[] = {-1e9, -1e9, 1e9, -1e9, 1e9, 1e9, -1e9, 1e9};
	static const double flat[] = {1, 1, 8, 1, 3, 1}, bow[] = {-.5, -.5, 4.5, 4.5, 4.5, -.5, -.5, 4.5};
	uint8_t v[NX * NY] = {0};
	int64_t fixed;

	draw(box, 4, NX, NY, v, 1);
	is_int(count(v, 1), 12, "a box between centres has its left and top edge only");
	ok(v[NX + 2] && v[3 * NX + 5] && !v[NX + 6] && !v[4 * NX + 2], "... those");
	draw(far, 4, NX, NY, v, 2);
	is_int(count(v, 2), NX * NY, "a polygon of 2e9 pixels");
	is_int(over, 12, "what is drawn over is counted");
	is_int(drawn, 12 + NX * NY, "and what is drawn");
	memset(v, 0, sizeof v);
	draw(flat, 3, NX, NY, v, 1);
	is_int(count(v, 1), 0, "a flat one is empty");
	draw(bow, 4, NX, NY, v, 1);
	is_int(count(v, 1), 1 + 3 + 5 + 3 + 1, "one that crosses itself: both triangles, left edges in");
	ok(!polygon_fix(NAN, &fixed) && !polygon_fix(INFINITY, &fixed) && !polygon_fix(-1.1e9, &fixed),
	   "what is no place is refused");
	ok(polygon_fix(-0.5, &fixed) && fixed == -(1 << 23), "a half is exact");
}

/* The plane cut into triangles around a centre: every pixel in exactly one, in any direction of the edges,
 * in any tiles. */
static void test_partition(void)
{
	static const size_t tiles[][2] = {{NX, NY}, {NX, 1}, {4, 1}, {1, 1}, {NX, 3}};
	bool good = true, same = true;

	srand(7);
	for (int round = 0; round < 400; round++) {
		uint8_t sum[NX * NY] = {0};
		const double rim[] = {-1, -1, 6, -3, 13, -1, 13, 4, 13, 10, 5, 9.5, -1, 10};
		/* on centres, on halves, anywhere; near and far */
		double at[2] = {rand() % 13 / (1 + round % 2), rand() % 10 / (1 + round % 2)};

		if (round % 4 == 3)
			at[0] += rand() / (double)RAND_MAX, at[1] += rand() / (double)RAND_MAX;
		for (int k = 0; k < 7; k++) {
			const double *a = rim + 2 * k, *b = rim + 2 * ((k + 1) % 7);
			double one[] = {at[0], at[1], a[0], a[1], b[0], b[1]}, other[] = {b[0], b[1], a[0], a[1], at[0], at[1]};
			uint8_t v[NX * NY] = {0}, w[NX * NY] = {0};

			draw(rand() % 2 ? one : other, 3, NX, NY, v, 1);
			draw(one, 3, tiles[round % 5][0], tiles[round % 5][1], w, 1);
			same &= memcmp(v, w, sizeof v) == 0;
			for (int i = 0; i < NX * NY; i++)
				sum[i] = (uint8_t)(sum[i] + v[i]);
		}
		for (int i = 0; i < NX * NY; i++)
			good &= sum[i] == 1;
	}
	ok(good, "polygons side by side neither overlap nor leave gaps");
	ok(same, "the same in any tiles, either way round");
}

struct redraw {
	struct polygon_tile tile;
	double area;
	int loops, bad;
};

static int add_loop(void *ctx, const struct outline_corner *c, size_t n)
{
	struct redraw *r = ctx;
	struct polygon_point p[4 * NX * NY];

	r->loops++;
	for (size_t i = 0; i < n; i++) {
		const struct outline_corner *d = &c[(i + 1) % n], *e = &c[(i + 2) % n];

		corner(&p[i], (double)c[i].x - .5, (double)c[i].y - .5);
		r->area += ((double)c[i].x * (double)d->y - (double)d->x * (double)c[i].y) / 2;
		r->bad += (c[i].x == d->x) == (c[i].y == d->y) || (c[i].x == d->x) == (d->x == e->x);
	}
	polygon_add(&r->tile, p, n);
	return 0;
}

static void test_outlines(void)
{
	bool same = true, areas = true, corners = true;

	srand(3);
	for (int round = 0; round < 2000; round++) {
		uint8_t v[NX * NY], w[NX * NY] = {0}, odd[NX * NY] = {0};
		struct outline_runs runs = {0};
		struct outline o;
		size_t bad, from = 0, to;
		double area = 0;

		for (int i = 0; i < NX * NY; i++)
			v[i] = (uint8_t)(rand() % 10 < round % 11 ? 1 + rand() % (1 + round % 3) : 0);
		if (outline_begin(&o, NX, NY) < 0)
			abort();
		for (size_t y = 0; y < NY; y++)
			if (outline_runs_add(&runs, v + y * NX, VOXEL_UINT8, NX, y, &bad) != 0)
				abort();
		outline_runs_sort(&runs);
		for (; from < runs.n; from = to) {
			struct redraw r = {0};

			for (to = from; to < runs.n && runs.at[to].label == runs.at[from].label;)
				to++;
			polygon_tile_begin(&r.tile, 0, 0, NX, NY, odd);
			if (outline_trace(&o, runs.at + from, to - from, add_loop, &r) < 0)
				abort();
			polygon_fill(&r.tile, VOXEL_UINT8, runs.at[from].label, w, &drawn, &over);
			area += r.area;
			corners &= r.bad == 0;
		}
		same &= memcmp(v, w, sizeof v) == 0;
		areas &= area == NX * NY - count(v, 0);
		outline_runs_free(&runs);
		outline_free(&o);
	}
	ok(same, "outlines give the labels back");
	ok(areas, "... and enclose their area, holes the other way round");
	ok(corners, "corners are corners");
}

static int count_loop(void *ctx, const struct outline_corner *c, size_t n)
{
	(void)c;
	*(int *)ctx = *(int *)ctx * 100 + (int)n;
	return 0;
}

static void test_loops(void)
{
	struct outline_run diagonal[] = {{1, 0, 0, 1}, {1, 1, 1, 2}};
	struct outline_run ring[] = {{1, 2, 2, 5}, {1, 3, 2, 3}, {1, 3, 4, 5}, {1, 4, 2, 5}};
	struct outline o;
	float wrong[] = {0, 3, 1.5F, NAN};
	struct outline_runs runs = {0};
	size_t bad = 0;
	int n = 0;

	if (outline_begin(&o, NX, NY) < 0)
		abort();
	outline_trace(&o, diagonal, 2, count_loop, &n);
	is_int(n, 404, "two pixels that touch at a corner: two loops");
	n = 0;
	outline_trace(&o, ring, 4, count_loop, &n);
	is_int(n, 404, "a ring: its outline and its hole");
	is_int(outline_runs_add(&runs, wrong, VOXEL_FLOAT, 4, 0, &bad), 1, "a fraction is no label");
	is_int(bad, 2, "... where it is");
	is_int(outline_runs_add(&runs, wrong + 3, VOXEL_FLOAT, 1, 0, &bad), 1, "nor is NaN");
	wrong[2] = -1;
	is_int(outline_runs_add(&runs, wrong, VOXEL_FLOAT, 3, 0, &bad), 1, "nor what is below 0");
	outline_runs_free(&runs);
	outline_free(&o);
}

int main(void)
{
	test_rules();
	test_partition();
	test_outlines();
	test_loops();
	return done();
}
