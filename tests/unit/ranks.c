/* ranks.c against sorting: percentiles of every type, with what does not count among the numbers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alg/ranks.h"
#include "alg/resample.h"
#include "tap.h"

enum { N = 5003 };

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Hyndman and Fan's definition 7 of n sorted numbers. */
static double defined(const double *sorted, size_t n, double percent)
{
	double at = (double)(n - 1) * percent / 100, low = floor(at);
	size_t i = (size_t)low;

	if (n == 0)
		return NAN;
	return i + 1 < n ? sorted[i] + (sorted[i + 1] - sorted[i]) * (at - low) : sorted[i];
}

/* The bits of any numbers of the type. */
static void fill(void *voxels, enum voxel_type type, int kind)
{
	unsigned char *byte = voxels;

	for (size_t i = 0; i < N * voxel_size(type); i++)
		byte[i] = (unsigned char)(kind == 2 ? (i % voxel_size(type) == 0 ? rand() % 3 : 0) : rand());
	for (size_t i = 0; i < N && kind == 1; i++)
		resample_set(byte + i * voxel_size(type), type, rand() % 100);
}

static void check(enum voxel_type type, int kind, double pad_lo, double pad_hi)
{
	static const double wanted[][2] = {{0, 100}, {50, 50}, {1, 99}, {0.5, 99.5}, {33.3, 66.7}, {100, 0}};
	uint64_t voxels[N];
	double sorted[N];
	long wrong = 0;
	size_t n = 0;

	fill(voxels, type, kind);
	for (size_t i = 0; i < N; i++) {
		double x = voxel_get(voxels, type, i);

		if (isfinite(x) && !(x >= pad_lo && x <= pad_hi))
			sorted[n++] = x;
	}
	qsort(sorted, n, sizeof *sorted, ascending);
	for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++) {
		struct ranks r;

		if (!ranks_begin(&r, type, pad_lo, pad_hi, wanted[w])) {
			wrong++;
			continue;
		}
		do {
			ranks_add(&r, voxels, N / 3);
			ranks_add(&r, (const char *)voxels + N / 3 * voxel_size(type), N - N / 3);
		} while (ranks_again(&r));
		wrong += r.n != n;
		for (int i = 0; i < 2; i++) {
			double got = ranks_get(&r, i), want = defined(sorted, n, wanted[w][i]);

			/* two ways to interpolate, each rounded */
			if (isnan(want) ? !isnan(got) : !(fabs(got - want) <= 1e-12 * fabs(want)))
				wrong++;
		}
		ranks_free(&r);
	}
	is_int(wrong, 0, "%s, kind %d, without %g..%g: as sorting has it", voxel_name(type), kind, pad_lo, pad_hi);
}

int main(void)
{
	srand(3);
	for (int type = 0; type < VOXEL_TYPES; type++)
		for (int kind = 0; kind < 3; kind++) {
			check((enum voxel_type)type, kind, NAN, NAN);
			check((enum voxel_type)type, kind, 0, 20);
			check((enum voxel_type)type, kind, -INFINITY, INFINITY);
		}
	return done();
}
