#include "chart.h"

#include <math.h>
#include <stdio.h>

static struct chart_axis axis_of(double lo, double width, double cells, size_t most)
{
	double per = fmax(1, ceil(cells / (double)most));

	return (struct chart_axis){lo, per * width, (size_t)fmax(1, ceil(cells / per)), per};
}

struct chart_axis chart_axis_bins(double lo, double hi, size_t bins, size_t most)
{
	return axis_of(lo, (hi - lo) / (double)bins, (double)bins, most);
}

struct chart_axis chart_axis_values(double first, double last, size_t most)
{
	return axis_of(first - 0.5, 1, last - first + 1, most);
}

void chart_add_bins(const struct chart_axis *a, const uint64_t *count, size_t n, double *column)
{
	for (size_t i = 0; i < n; i++)
		column[i / (size_t)a->per] += (double)count[i];
}

void chart_add_values(const struct chart_axis *a, const double *value, const uint64_t *count, size_t n,
                      double *column)
{
	for (size_t i = 0; i < n; i++)
		column[(size_t)((value[i] - a->lo) / a->per)] += (double)count[i];
}

double chart_height(double count, double greatest, bool log)
{
	if (count < 0.5 || greatest < 0.5)
		return 0;
	return log ? log2(2 * count) / log2(2 * greatest) : count / greatest;
}

double chart_step(double lo, double hi, size_t most)
{
	static const double nice[] = {1, 2, 5, 10};
	double least = (hi - lo) / (double)most, ten;

	if (!(least > 0) || !isfinite(least))
		return 1;
	ten = pow(10, floor(log10(least)));
	for (int i = 0; i < 3; i++)
		if (nice[i] * ten >= least)
			return nice[i] * ten;
	return 10 * ten;
}

char *chart_number(char *buf, double x)
{
	snprintf(buf, 32, "%.6g", x == 0 ? 0 : x); /* no "-0" */
	return buf;
}

char *chart_count(char *buf, double count)
{
	static const char *const unit[] = {"", "k", "M", "G", "T", "P"};
	int i = 0;

	for (; count >= 999.5 && i < 5; i++) /* three digits */
		count /= 1000;
	snprintf(buf, 32, "%.3g%s", count, unit[i]);
	return buf;
}
