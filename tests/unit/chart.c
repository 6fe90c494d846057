/* The arithmetic of charts (common/alg/chart.c). */
#include "alg/chart.h"
#include "tap.h"

static void check_axes(void)
{
	struct chart_axis a = chart_axis_bins(-10, 10, 40, 100);
	const uint64_t count[] = {1, 2, 3, 4, 5};
	const double value[] = {-3, -1, 0, 4, 5};
	double column[8] = {0};

	ok(a.n == 40 && a.per == 1 && a.step == 0.5 && a.lo == -10, "fewer bins than columns: one each");
	a = chart_axis_bins(0, 5, 5, 2);
	ok(a.n == 2 && a.per == 3 && a.step == 3, "more bins: whole ones together");
	chart_add_bins(&a, count, 5, column);
	ok(column[0] == 6 && column[1] == 9, "their counts are added");
	a = chart_axis_values(-3, 5, 4);
	ok(a.n == 3 && a.per == 3 && a.lo == -3.5, "whole numbers: three a column");
	memset(column, 0, sizeof column);
	chart_add_values(&a, value, count, 5, column);
	ok(column[0] == 3 && column[1] == 3 && column[2] == 9, "each in its column");
	a = chart_axis_values(-2147483648.0, 4294967295.0, 880);
	ok(a.n <= 880 && a.lo + a.step * (double)a.n > 4294967295.0, "the widest axis there is");
	a = chart_axis_values(7, 7, 80);
	ok(a.n == 1 && a.step == 1, "one value, one column");
}

static void check_heights(void)
{
	is_double(chart_height(25, 100, false), 0.25, 0, "linear");
	is_double(chart_height(0, 100, true), 0, 0, "none has no height");
	is_double(chart_height(1, 32, true), 1 / 6.0, 1e-15, "logarithmic, from a half up");
	is_double(chart_height(32, 32, true), 1, 0, "the greatest");
	is_double(chart_height(1, 1, true), 1, 0, "when the greatest is 1");
	is_double(chart_height(0, 0, false), 0, 0, "when there is none");
}

static void check_marks(void)
{
	char buf[32];

	is_double(chart_step(0, 100, 5), 20, 0, "step of 20");
	is_double(chart_step(0, 101, 5), 50, 0, "step of 50");
	is_double(chart_step(-0.2, 0.2, 8), 0.05, 1e-17, "step of a twentieth");
	is_double(chart_step(3, 3, 8), 1, 0, "of an empty axis");
	is_str(chart_number(buf, -1000), "-1000", "a mark");
	is_str(chart_number(buf, 0.1 + 0.2), "0.3", "without what rounding left");
	is_str(chart_count(buf, 999), "999", "a count");
	is_str(chart_count(buf, 1500), "1.5k", "thousands");
	is_str(chart_count(buf, 999999), "1M", "rounded up to the next unit");
	is_str(chart_count(buf, 78643200), "78.6M", "millions");
}

int main(void)
{
	check_axes();
	check_heights();
	check_marks();
	return done();
}
