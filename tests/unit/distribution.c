/* Pairs of value and count (common/alg/distribution.c): joined, moments and percentiles, against the numbers written out. */
#include <stdlib.h>

#include "alg/distribution.h"
#include "tap.h"

static struct distribution from(size_t n, const double *value, const uint64_t *count)
{
	struct distribution d = {malloc((n + 1) * sizeof *value), malloc((n + 1) * sizeof *count), n};

	for (size_t i = 0; i < n; i++) {
		d.value[i] = value[i];
		d.count[i] = count[i];
	}
	return d;
}

#define FROM(d, ...) \
	do { \
		const double v_[][2] = {__VA_ARGS__}; \
		double value_[sizeof v_ / sizeof *v_]; \
		uint64_t count_[sizeof v_ / sizeof *v_]; \
		for (size_t i_ = 0; i_ < sizeof v_ / sizeof *v_; i_++) { \
			value_[i_] = v_[i_][0]; \
			count_[i_] = (uint64_t)v_[i_][1]; \
		} \
		d = from(sizeof v_ / sizeof *v_, value_, count_); \
	} while (0)

static void check_join(void)
{
	struct distribution a, b, none = {0}, empty = {0};

	FROM(a, {-2, 1}, {0, 3}, {7, 2});
	FROM(b, {-3, 1}, {0, 4}, {8, 1});
	ok(distribution_join(&a, &b), "joined");
	is_int(a.n, 5, "values of both, each once");
	is_double(a.value[0], -3, 0, "ascending: the first");
	is_double(a.value[4], 8, 0, "the last");
	is_int(a.count[2], 7, "counts of the same value are added");
	ok(distribution_join(&a, &none) && a.n == 5, "nothing joined changes nothing");
	ok(distribution_join(&empty, &b) && empty.n == 3, "joined to nothing");
	is_int(distribution_drop(&a, -3, 0), 9, "dropped: closed on both sides");
	is_int(a.n, 2, "the rest stays");
	is_double(a.value[0], 7, 0, "in order");
	is_int(distribution_drop(&a, NAN, NAN), 0, "NaN drops nothing");
	distribution_free(&a);
	distribution_free(&b);
	distribution_free(&empty);
}

static void check_moments(void)
{
	struct distribution d, none = {0};
	struct moments m, whole, parts = {0, NAN, NAN, NAN, 0};

	m = distribution_moments(&none);
	ok(m.n == 0 && isnan(m.mean) && isnan(moments_sd(&m)) && isnan(distribution_percentile(&none, 50)),
	   "no numbers have no moments");
	moments_join(&parts, &m);
	is_int(parts.n, 0, "nothing joined to nothing");
	FROM(d, {1, 2}, {4, 1}, {10, 1}); /* 1 1 4 10: mean 4, squares 9 9 0 36 */
	m = distribution_moments(&d);
	is_double(m.mean, 4, 0, "mean");
	is_double(m.m2, 54, 0, "squares");
	is_double(moments_sd(&m), sqrt(13.5), 1e-15, "sd of the population");
	distribution_free(&d);
	/* an offset that swallows the variance unless sums are taken about the mean */
	FROM(d, {1e9, 1000000}, {1e9 + 1, 1000000});
	m = distribution_moments(&d);
	is_double(m.mean, 1e9 + 0.5, 0, "mean far from zero");
	is_double(moments_sd(&m), 0.5, 0, "sd far from zero");
	whole = m;
	distribution_free(&d);
	FROM(d, {1e9, 1000000});
	m = distribution_moments(&d);
	moments_join(&parts, &m);
	distribution_free(&d);
	FROM(d, {1e9 + 1, 1000000});
	m = distribution_moments(&d);
	moments_join(&parts, &m);
	distribution_free(&d);
	is_double(parts.mean, whole.mean, 0, "joined mean");
	is_double(parts.m2, whole.m2, 0, "joined squares");
	ok(parts.min == 1e9 && parts.max == 1e9 + 1 && parts.n == 2000000, "joined extremes and count");
}

static void check_percentiles(void)
{
	struct distribution d;
	uint64_t rank[2];

	FROM(d, {1, 2}, {4, 1}, {10, 1}); /* places 0..3 */
	is_double(distribution_percentile(&d, 0), 1, 0, "the least");
	is_double(distribution_percentile(&d, 100), 10, 0, "the greatest");
	is_double(distribution_percentile(&d, 50), 2.5, 0, "half way from 1 to 4");
	is_double(distribution_percentile(&d, 90), 8.2, 1e-14, "place 2.7");
	distribution_free(&d);
	is_double(percentile_place(1, 37, rank), 0, 0, "of one number");
	ok(rank[0] == 0 && rank[1] == 0, "its place is the first");
	is_double(percentile_place(UINT64_C(1) << 60, 100, rank), 0, 0, "of very many");
	ok(rank[0] <= rank[1] && rank[1] < UINT64_C(1) << 60, "places stay inside");
	is_double(percentile_mix(-1.5e308, 1.5e308, 0.5), 0, 0, "a difference beyond double");
	is_double(percentile_mix(3, 3, 0.3), 3, 0, "of equals");
}

int main(void)
{
	check_join();
	check_moments();
	check_percentiles();
	return done();
}
