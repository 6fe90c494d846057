/* Exact counts (common/alg/histogram.c): of each value of the small types, and in bins. */
#include <stdlib.h>

#include "alg/histogram.h"
#include "tap.h"

enum { N = 9001 }; /* over a long row, and no multiple of the lanes */

static uint64_t state = 3;

static uint32_t draw(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 32);
}

/* In short and long rows, against a count of one value after the other. */
static void check_values(enum voxel_type type)
{
	size_t size = voxel_size(type), total = 0;
	unsigned char *v = malloc(N * size);
	struct histogram h;
	struct distribution d;
	bool good = true;

	for (size_t i = 0; i < N * size; i++)
		v[i] = (unsigned char)(draw() & 0x83); /* few values, of both signs, the extremes among them */
	ok(histogram_fits(type) && histogram_begin(&h, type), "%s: begun", voxel_name(type));
	histogram_add(&h, v, N);
	for (size_t i = 0; i < N; i += 100)
		histogram_add(&h, v + i * size, i + 100 < N ? 100 : N - i);
	histogram_end(&h);
	ok(histogram_distribution(&h, &d), "%s: listed", voxel_name(type));
	for (size_t k = 0; k < d.n; k++) {
		size_t n = 0;

		for (size_t i = 0; i < N; i++)
			n += voxel_get(v, type, i) == d.value[k];
		good = good && n && d.count[k] == 2 * n && (k == 0 || d.value[k] > d.value[k - 1]);
		total += n;
	}
	ok(good && total == N, "%s: all values, ascending, with their counts", voxel_name(type));
	distribution_free(&d);
	histogram_free(&h);
	free(v);
}

/* No number may lie outside the edges of its bin, however they were rounded. */
static void check_edges(double lo, double hi, size_t n)
{
	struct bins b;
	bool good = true;

	ok(bins_even(&b, lo, hi, n) == 0, "%zu bins from %g to %g", n, lo, hi);
	for (size_t i = 0; i < n; i++) {
		double x[3] = {b.edge[i], nextafter(b.edge[i + 1], -INFINITY), (b.edge[i] + b.edge[i + 1]) / 2};
		uint64_t before = b.count[i];

		bins_add(&b, x, VOXEL_DOUBLE, 3, NAN, NAN);
		good = good && b.count[i] - before == 3;
	}
	ok(good && b.below == 0 && b.above == 0, "each bin holds from its lower edge to below its upper one");
	bins_add(&b, (double[]){hi, nextafter(hi, INFINITY), nextafter(lo, -INFINITY), NAN, INFINITY, -INFINITY},
	         VOXEL_DOUBLE, 6, NAN, NAN);
	ok(b.count[n - 1] == 4 && b.above == 1 && b.below == 1 && b.not_finite == 3,
	   "the last its upper edge too; what is beyond, and no number, is told apart");
	bins_free(&b);
}

static void check_bins(void)
{
	struct bins b;
	const int16_t v[] = {-5, -4, -1, 0, 0, 3, 9, 10};

	ok(bins_even(&b, 7, 7, 1) == 0 && b.edge[0] == 6.5 && b.edge[1] == 7.5, "an empty range is widened");
	bins_free(&b);
	ok(bins_even(&b, 0, 1, 0) < 0 && bins_even(&b, 0, 1, (size_t)BINS_MAX + 1) < 0, "no bins, and too many");
	ok(bins_even(&b, 1e16, 1e16 + 4, 100) < 0, "edges that doubles cannot tell apart");
	ok(bins_even(&b, -1.7e308, 1.7e308, 2) < 0, "a width beyond double");
	ok(bins_even(&b, -5.5, 10.5, 16) == 0 && b.n == 16, "one bin a whole number");
	bins_add(&b, v, VOXEL_INT16, 8, -1, 0);
	ok(b.padding == 3 && b.count[0] == 1 && b.count[4] == 0 && b.count[15] == 1, "padding is left out");
	bins_free(&b);
	ok(bins_wide(&b, -5, 10, 5, false) == 0 && b.n == 4 && b.edge[0] == -5 && b.edge[4] == 15,
	   "bins of a width: the greatest number on an edge has one above");
	bins_free(&b);
	ok(bins_wide(&b, -3, 10, 5, true) == 0 && b.n == 3 && b.edge[0] == -3 && b.edge[3] == 12,
	   "bins of a width from a given start");
	bins_free(&b);
}

int main(void)
{
	check_values(VOXEL_UINT8);
	check_values(VOXEL_INT8);
	check_values(VOXEL_UINT16);
	check_values(VOXEL_INT16);
	ok(!histogram_fits(VOXEL_INT32) && !histogram_fits(VOXEL_FLOAT), "larger types do not fit");
	check_edges(0, 1, 10);
	check_edges(-0.1, 0.7, 997);
	check_edges(-1024, 3071, 4096);
	check_edges(1e-310, 3e-308, 77);
	check_edges(-1e300, 1e300, 1000);
	check_bins();
	return done();
}
