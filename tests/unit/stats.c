/* Statistics of voxels, and the words for a grid's orientation. */
#include <stdlib.h>

#include "alg/orient.h"
#include "alg/stats.h"
#include "tap.h"

static void test_small(void)
{
	static const int16_t v[] = {-2000, 1, 2, 3, 4, -2000};
	static const float f[] = {1, NAN, 3, INFINITY, -INFINITY};
	struct stats s;

	stats_begin(&s, -2000, -2000);
	stats_add(&s, v, VOXEL_INT16, 6);
	stats_end(&s);
	is_int(s.n, 4, "padding is left out");
	is_int(s.padding, 2, "... and counted");
	is_double(s.min, 1, 0, "min");
	is_double(s.max, 4, 0, "max");
	is_double(s.mean, 2.5, 0, "mean");
	is_double(s.sd, sqrt(1.25), 1e-15, "sd of the population");
	stats_begin(&s, NAN, NAN);
	stats_add(&s, f, VOXEL_FLOAT, 5);
	stats_end(&s);
	is_int(s.n, 2, "what is not finite is left out");
	is_int(s.not_finite, 3, "... and counted");
	is_double(s.mean, 2, 0, "mean of the rest");
	stats_begin(&s, -3000, 3000);
	stats_add(&s, v, VOXEL_INT16, 6);
	stats_end(&s);
	is_int(s.n, 0, "nothing left");
	ok(isnan(s.min) && isnan(s.max) && isnan(s.mean) && isnan(s.sd), "... has no statistics");
}

/* Far from zero, where sums of squares cancel; in uneven parts. */
static void test_large(void)
{
	enum { N = 1000003 };
	double *v = malloc(N * sizeof *v);
	struct stats one, many;

	for (size_t i = 0; i < N; i++)
		v[i] = 1e9 + (double)(i % 7) - 3;
	stats_begin(&one, NAN, NAN);
	stats_add(&one, v, VOXEL_DOUBLE, N);
	stats_end(&one);
	/* 1000003 = 7 * 142857 + 4: four more of -3, -2, -1, 0 */
	is_double(one.mean, 1e9 - 6.0 / N, 1e-6, "mean of large numbers");
	is_double(one.sd, sqrt((142857.0 * 28 + 14) / N - 36.0 / N / N), 1e-9, "sd of large numbers");
	stats_begin(&many, NAN, NAN);
	for (size_t at = 0, step = 1; at < N; at += step, step = step * 3 % 10007) {
		if (step > N - at)
			step = N - at;
		stats_add(&many, v + at, VOXEL_DOUBLE, step);
	}
	stats_end(&many);
	ok(one.n == many.n && memcmp(&one.mean, &many.mean, 8) == 0 && memcmp(&one.sd, &many.sd, 8) == 0,
	   "the same bits however the row is cut");
	free(v);
}

static void test_types(void)
{
	static const uint8_t u8[] = {0, 255};
	static const int8_t i8[] = {-128, 127};
	static const uint16_t u16[] = {0, 65535};
	static const uint32_t u32[] = {0, UINT32_MAX};
	static const int32_t i32[] = {INT32_MIN, INT32_MAX};
	static const struct {
		enum voxel_type type;
		const void *v;
		double lo, hi;
	} cases[] = {{VOXEL_UINT8, u8, 0, 255}, {VOXEL_INT8, i8, -128, 127}, {VOXEL_UINT16, u16, 0, 65535},
	             {VOXEL_UINT32, u32, 0, 4294967295.0}, {VOXEL_INT32, i32, -2147483648.0, 2147483647}};
	struct stats s;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		stats_begin(&s, NAN, NAN);
		stats_add(&s, cases[i].v, cases[i].type, 2);
		stats_end(&s);
		ok(s.min == cases[i].lo && s.max == cases[i].hi && s.mean == (s.min + s.max) / 2,
		   "%s", voxel_name(cases[i].type));
	}
}

static void words(const char *name, double d[3][3], double shear, const char *want)
{
	struct vol_grid g = {.size = {4, 5, 6}};
	char buf[128];

	memcpy(g.direction, d, sizeof g.direction);
	struct orient o = orient_of(&g);

	is_str(orient_words(&o, shear, buf), want, "%s", name);
}

static void test_orient(void)
{
	const double c = cos(M_PI / 9), s = sin(M_PI / 9), h = sqrt(0.5);

	words("plain", (double[3][3]){{.7, 0, 0}, {0, .7, 0}, {0, 0, 2}}, 0, "axial, R→L A→P I→S");
	words("feet first slices", (double[3][3]){{.7, 0, 0}, {0, .7, 0}, {0, 0, -2}}, 0, "axial, R→L A→P S→I");
	words("RAS", (double[3][3]){{-1, 0, 0}, {0, -1, 0}, {0, 0, 1}}, 0, "axial, L→R P→A I→S");
	words("coronal", (double[3][3]){{1, 0, 0}, {0, 0, -1}, {0, 1, 0}}, 0, "coronal, R→L S→I A→P");
	words("sagittal", (double[3][3]){{0, 1, 0}, {0, 0, -1}, {1, 0, 0}}, 0, "sagittal, A→P S→I R→L");
	words("oblique", (double[3][3]){{1, 0, 0}, {0, c, s}, {0, -s, c}}, 0,
	      "axial, R→L A→P I→S, oblique by 20.00 degrees");
	words("half way is decided", (double[3][3]){{1, 0, 0}, {0, h, h}, {0, -h, h}}, 0,
	      "axial, R→L A→P I→S, oblique by 45.00 degrees");
	words("sheared", (double[3][3]){{1, 0, 0}, {0, 1, 0}, {0, .5, 5}}, 2.5,
	      "axial, R→L A→P I→S, oblique by 5.71 degrees, sheared by 2.5 mm");
}

int main(void)
{
	test_small();
	test_large();
	test_types();
	test_orient();
	return done();
}
