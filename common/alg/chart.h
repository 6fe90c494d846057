/* chart.h - the arithmetic of a chart of counts: what goes into a column, how high it is, where the axes are marked. */
#ifndef ALG_CHART_H
#define ALG_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The horizontal axis, from lo on in n columns of `step` each. A column holds `per` whole bins or whole numbers, never
 * parts of one: else every few columns one would stand out, twice as high as its neighbours. */
struct chart_axis {
	double lo, step;
	size_t n;
	double per;
};

/* chart_axis_bins - for bins of equal width from lo to hi. chart_axis_values - for whole numbers, the least and the
 * greatest being first and last. At most `most` columns (at least 1). */
struct chart_axis chart_axis_bins(double lo, double hi, size_t bins, size_t most);
struct chart_axis chart_axis_values(double first, double last, size_t most);

/* chart_add_bins - add the counts of n bins to the columns. chart_add_values - of n whole numbers. */
void chart_add_bins(const struct chart_axis *a, const uint64_t *count, size_t n, double *column);
void chart_add_values(const struct chart_axis *a, const double *value, const uint64_t *count, size_t n,
                      double *column);

/* chart_height - of a count, as a part of the greatest one's. log: logarithmic from a half up, so that 1 is seen
 * and 0 is not. */
double chart_height(double count, double greatest, bool log);

/* chart_step - the distance of marks on an axis from lo to hi, 1, 2 or 5 times a power of ten, so that there are at
 * most `most` (but up to two). */
double chart_step(double lo, double hi, size_t most);

/* chart_number - a mark in few characters: "0.25", "-1000"; counts with k, M, G for thousands: "1.5M". Into buf of at
 * least 32 bytes. */
char *chart_number(char *buf, double x);
char *chart_count(char *buf, double count);

#endif
