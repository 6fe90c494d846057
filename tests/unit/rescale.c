/* Stored numbers to physical ones: common/alg/rescale.c. All 2^16 numbers of the 16-bit types, and
 * the corners of the others; the expected side is plain arithmetic in long double. */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "alg/rescale.h"
#include "tap.h"

enum { N = 65536 };

static int16_t signed16[N];
static uint16_t unsigned16[N];
static void *out; /* N results of any type */

static void fill(void)
{
	out = malloc(N * sizeof(double));
	if (!out)
		abort();
	for (int i = 0; i < N; i++) {
		signed16[i] = (int16_t)(i - 32768);
		unsigned16[i] = (uint16_t)i;
	}
}

/* All numbers of a 16-bit type through one pair: exactly what the formula says, or the first that
 * does not fit. */
static void check_all(enum voxel_type from, enum voxel_type to, double slope, double intercept)
{
	struct rescale_plan p = {.from = from, .to = to};
	const void *src = from == VOXEL_INT16 ? (void *)signed16 : (void *)unsigned16;
	size_t got = rescale_apply(&p, slope, intercept, src, N, out), first = N, wrong = N;

	for (size_t i = N; i-- > 0;) {
		double want = (double)((long double)slope * voxel_get(src, from, i) + intercept);

		if (!rescale_holds(to, want))
			first = i;
	}
	for (size_t i = N; first == N && i-- > 0;) {
		double r = slope * voxel_get(src, from, i) + intercept;

		if (to == VOXEL_FLOAT)
			r = (float)r;
		if (voxel_get(out, to, i) != r)
			wrong = i;
	}
	is_int(got, first, "%s to %s, %g %g: stops at the first that does not fit", voxel_name(from),
	       voxel_name(to), slope, intercept);
	is_int(wrong, N, "%s to %s, %g %g: all are right", voxel_name(from), voxel_name(to), slope,
	       intercept);
}

static void all_numbers(void)
{
	static const double pairs[][2] = {{1, 0}, {1, -1024}, {1, -32768}, {-1, 0}, {-1, -1}, {2, 0},
	                                  {0.5, 0}, {2.0222, 0.1}, {65536, 0}, {65537, 5}, {1, 1e6}};
	static const enum voxel_type to[] = {VOXEL_INT16, VOXEL_INT32, VOXEL_FLOAT, VOXEL_DOUBLE};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		for (size_t k = 0; k < sizeof to / sizeof *to; k++) {
			check_all(VOXEL_INT16, to[k], pairs[i][0], pairs[i][1]);
			check_all(VOXEL_UINT16, to[k], pairs[i][0], pairs[i][1]);
		}
}

/* Few numbers, so that the scalar ends of vector loops are met too. */
static void lengths(void)
{
	struct rescale_plan p = {.from = VOXEL_INT16, .to = VOXEL_INT16};
	int16_t d[70];
	bool good = true;

	for (size_t n = 0; n <= 67; n++) {
		for (int i = 0; i < 70; i++)
			d[i] = 77;
		good = good && rescale_apply(&p, 1, -24, signed16 + 40000, n, d) == n;
		for (size_t i = 0; i < 70; i++)
			good = good && d[i] == (i < n ? (int)(7232 + i) - 24 : 77);
	}
	ok(good, "rows of 0 to 67 numbers, and nothing behind them");
}

static void padding(void)
{
	struct rescale_plan p = {.from = VOXEL_INT16, .to = VOXEL_INT16, .padded = true,
	                         .pad_lo = -32768, .pad_hi = -2000, .fill = -1024};
	const int16_t v[] = {-32768, -2001, -2000, -1999, 0, 100};
	const int16_t want[] = {-1024, -1024, -1024, -1999 - 1024, -1024, 100 - 1024};
	int16_t d[6];

	is_int(rescale_apply(&p, 1, -1024, v, 6, d), 6, "padding need not fit");
	ok(memcmp(d, want, sizeof d) == 0, "padding is filled, its neighbours are not");
	p.pad_lo = 1e9;
	p.pad_hi = 2e9;
	is_int(rescale_apply(&p, 1, -1024, v, 6, d), 0, "padding beyond the type is none");
	p.pad_lo = 99.5;
	p.pad_hi = 99.9;
	is_int(rescale_apply(&p, 1, 0, v, 6, d), 6, "padding between two integers is none");
	is_int(d[5], 100, "and replaces nothing");
	p.pad_lo = -1e9;
	p.pad_hi = 1e9;
	is_int(rescale_apply(&p, 1000, 0.5, v, 6, d), 6, "all padding fits whatever the pair");
	is_int(d[3], -1024, "and is filled");
}

static void other_types(void)
{
	struct rescale_plan p = {.from = VOXEL_UINT32, .to = VOXEL_INT32};
	const uint32_t u[] = {0, 1, UINT32_MAX, INT32_MAX};
	const float f[] = {1.5f, NAN, -INFINITY, 1e38f};
	const double big[] = {1e300, 1, 2};

	is_int(rescale_apply(&p, 1, 0, u, 4, out), 2, "uint32 into int32 stops at its greatest");
	is_int(rescale_apply(&p, 1, -2147483648.0, u, 4, out), 4, "moved down, all fits");
	is_int(voxel_get(out, VOXEL_INT32, 2), INT32_MAX, "and is right");
	p.to = VOXEL_DOUBLE;
	is_int(rescale_apply(&p, 1, 0, u, 4, out), 4, "uint32 into double");
	is_double(voxel_get(out, VOXEL_DOUBLE, 2), 4294967295.0, 0, "is exact");
	p = (struct rescale_plan){.from = VOXEL_FLOAT, .to = VOXEL_FLOAT};
	is_int(rescale_apply(&p, 2, 1, f, 4, out), 4, "NaN and infinity pass");
	is_double(voxel_get(out, VOXEL_FLOAT, 0), 4, 0, "1.5 becomes 4");
	ok(isnan(voxel_get(out, VOXEL_FLOAT, 1)) && isinf(voxel_get(out, VOXEL_FLOAT, 2)), "and stay what they are");
	is_int(rescale_apply(&p, 10, 1, f, 4, out), 3, "a number that becomes infinite does not");
	p.to = VOXEL_INT16;
	is_int(rescale_apply(&p, 2, 1, f, 4, out), 1, "NaN has no place in an integer");
	p = (struct rescale_plan){.from = VOXEL_DOUBLE, .to = VOXEL_FLOAT};
	is_int(rescale_apply(&p, 1, 0, big, 3, out), 0, "1e300 does not fit a float");
	p.to = VOXEL_DOUBLE;
	is_int(rescale_apply(&p, 1e10, 0, big, 3, out), 0, "times 1e10, not a double either");
}

static enum voxel_type choose(enum voxel_type from, double lo, double hi, double slope,
                              double intercept)
{
	struct rescale_plan p = {.from = from, .lo = lo, .hi = hi};

	return rescale_type(&p, &slope, &intercept, 1);
}

static void types(void)
{
	double slope[] = {1, 1, 1.5}, intercept[] = {0, -1024, 0};
	struct rescale_plan p = {.from = VOXEL_UINT16, .hi = 4095, .padded = true, .pad_lo = 63536,
	                         .pad_hi = 63536, .fill = -1024};

	is_int(choose(VOXEL_UINT16, 0, 4095, 1, -1024), VOXEL_INT16, "12 bits make int16");
	is_int(choose(VOXEL_UINT16, 0, 65535, 1, -1024), VOXEL_INT32, "16 bits make int32");
	is_int(choose(VOXEL_INT16, -32768, 32767, 1, 0), VOXEL_INT16, "int16 as it is");
	is_int(choose(VOXEL_INT16, -32768, 32767, -1, -1), VOXEL_INT16, "int16 turned over");
	is_int(choose(VOXEL_INT16, -32768, 32767, -1, 0), VOXEL_INT32, "which 0 makes too large");
	is_int(choose(VOXEL_INT32, 0, 10, 1e12, 0), VOXEL_FLOAT, "whole, but beyond int32");
	is_int(choose(VOXEL_UINT32, 0, 1 << 23, 0.1, 0), VOXEL_FLOAT, "24 bits, as floats");
	is_int(choose(VOXEL_UINT32, 0, 1 << 25, 0.1, 0), VOXEL_DOUBLE, "more, as doubles");
	is_int(choose(VOXEL_UINT8, 0, 255, 1e37, 0), VOXEL_DOUBLE, "beyond a float");
	is_int(choose(VOXEL_FLOAT, 0, 0, 1, 0), VOXEL_FLOAT, "float stays");
	is_int(choose(VOXEL_DOUBLE, 0, 0, 1, 0), VOXEL_DOUBLE, "double stays");
	is_int(rescale_type(&p, slope, intercept, 2), VOXEL_INT16, "several pairs, all whole");
	is_int(rescale_type(&p, slope, intercept, 3), VOXEL_FLOAT, "one of several is not");
	p.fill = -40000;
	is_int(rescale_type(&p, slope, intercept, 2), VOXEL_INT32, "the fill counts");
	p.fill = 0.5;
	is_int(rescale_type(&p, slope, intercept, 2), VOXEL_FLOAT, "a fraction too");
	p.fill = 0;
	p.hi = 65535;
	p.pad_lo = 32768;
	p.pad_hi = 65535;
	is_int(rescale_type(&p, slope, intercept, 2), VOXEL_INT16, "padding at an end does not");
	p.pad_hi = 65534;
	is_int(rescale_type(&p, slope, intercept, 2), VOXEL_INT32, "padding in the middle is no help");
	p.pad_lo = 0;
	p.pad_hi = 65535;
	is_int(rescale_type(&p, slope, intercept, 3), VOXEL_INT16, "nothing but padding");
}

static void holds(void)
{
	ok(rescale_holds(VOXEL_INT16, 32767) && !rescale_holds(VOXEL_INT16, 32768), "int16 ends");
	ok(!rescale_holds(VOXEL_INT32, 0.5) && !rescale_holds(VOXEL_INT32, NAN), "int32 is whole");
	ok(rescale_holds(VOXEL_FLOAT, 0.1) && !rescale_holds(VOXEL_FLOAT, 1e39), "float rounds");
	ok(rescale_holds(VOXEL_FLOAT, INFINITY) && rescale_holds(VOXEL_DOUBLE, DBL_MAX), "doubles");
}

int main(void)
{
	fill();
	all_numbers();
	lengths();
	padding();
	other_types();
	types();
	holds();
	free(out);
	return done();
}
