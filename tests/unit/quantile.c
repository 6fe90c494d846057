/* Exact percentiles in passes (common/alg/quantile.c), against a sorted copy. */
#include <stdlib.h>

#include "alg/distribution.h"
#include "alg/quantile.h"
#include "tap.h"

enum { N = 4999 };

static uint64_t state = 11;

static uint32_t draw(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 32);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static const double percent[] = {0, 0.1, 25, 50, 50, 66.6, 99.9, 100};
enum { PERCENTS = sizeof percent / sizeof *percent };

static void check(enum voxel_type type, const void *v, size_t n, double pad_lo, double pad_hi, const char *what)
{
	struct quantile *q = quantile_new(type, percent, PERCENTS, pad_lo, pad_hi);
	double *sorted = malloc((n + 1) * sizeof *sorted);
	size_t kept = 0;
	int passes = 0, more;
	bool good = true;

	for (size_t i = 0; i < n; i++) {
		double x = voxel_get(v, type, i);

		if (isfinite(x) && !(x >= pad_lo && x <= pad_hi))
			sorted[kept++] = x;
	}
	qsort(sorted, kept, sizeof *sorted, compare);
	do {
		/* in two parts of any length */
		quantile_add(q, v, n / 3);
		quantile_add(q, (const char *)v + n / 3 * voxel_size(type), n - n / 3);
		passes++;
		more = quantile_next(q);
	} while (more > 0);
	ok(more == 0 && passes <= quantile_passes(type), "%s %s: %d passes", voxel_name(type), what, passes);
	for (size_t i = 0; i < PERCENTS; i++) {
		double got = quantile_get(q, i), want = NAN;
		uint64_t rank[2];

		if (kept) {
			double fraction = percentile_place(kept, percent[i], rank);

			want = percentile_mix(sorted[rank[0]], sorted[rank[1]], fraction);
		}
		good = good && (got == want || (isnan(got) && isnan(want)));
	}
	ok(good, "%s %s: the same numbers as sorted", voxel_name(type), what);
	quantile_free(q);
	free(sorted);
}

int main(void)
{
	uint32_t *u = malloc(N * sizeof *u);
	float *f = malloc(N * sizeof *f);
	double *d = malloc(N * sizeof *d);
	struct quantile *q;

	for (size_t i = 0; i < N; i++) {
		u[i] = draw();
		f[i] = (float)((int32_t)draw() / 1e5);
		d[i] = ldexp((int32_t)draw(), (int)(draw() % 200) - 100);
	}
	f[7] = NAN;
	f[8] = INFINITY;
	f[9] = -INFINITY;
	f[10] = -0.0f;
	d[5] = -NAN;
	d[6] = -5e-324;
	check(VOXEL_UINT32, u, N, NAN, NAN, "noise");
	check(VOXEL_INT32, u, N, NAN, NAN, "noise");
	check(VOXEL_INT32, u, N, -1e9, 0, "without padding");
	check(VOXEL_FLOAT, f, N, NAN, NAN, "noise");
	check(VOXEL_FLOAT, f, N, -100, 100, "without padding");
	check(VOXEL_DOUBLE, d, N, NAN, NAN, "over many magnitudes");
	check(VOXEL_DOUBLE, d, 1, NAN, NAN, "of one number");
	check(VOXEL_FLOAT, f + 7, 3, NAN, NAN, "of none that counts");
	for (size_t i = 0; i < N; i++)
		u[i] = 70000 + draw() % 3;
	check(VOXEL_UINT32, u, N, NAN, NAN, "of three values");
	check(VOXEL_INT32, u, N, 70001, 70001, "of two values");

	q = quantile_new(VOXEL_FLOAT, percent, PERCENTS, NAN, NAN);
	quantile_add(q, f, N);
	ok(quantile_next(q) == 1, "a second pass is wanted");
	quantile_add(q, f, 3);
	ok(quantile_next(q) < 0, "fewer numbers in it are found out");
	quantile_free(q);
	free(u);
	free(f);
	free(d);
	return done();
}
