/* distribution.h - numbers as pairs of value and count, and what follows from them exactly. */
#ifndef ALG_DISTRIBUTION_H
#define ALG_DISTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Values ascending, each once, none with count 0. All zero: no numbers. */
struct distribution {
	double *value;   /* n of each; owned */
	uint64_t *count;
	size_t n;
};

void distribution_free(struct distribution *d);

/* distribution_join - add what `more` has to d. False: out of memory, d as before. */
bool distribution_join(struct distribution *d, const struct distribution *more);

/* distribution_drop - take out the values within lo..hi (closed). Returns how many numbers those were. */
uint64_t distribution_drop(struct distribution *d, double lo, double hi);

/* What several sets of numbers have in common: enough to join them. */
struct moments {
	uint64_t n;
	double min, max, mean; /* NaN while n is 0 */
	double m2;             /* sum of squared distances from the mean */
};

/* distribution_moments - of all numbers; sums are compensated (Neumaier 1974), so that mean and m2 are
 * right to a few units in the last place. */
struct moments distribution_moments(const struct distribution *d);

/* moments_join - m becomes what both together have: Chan, Golub and LeVeque's update (1983). */
void moments_join(struct moments *m, const struct moments *more);

/* moments_sd - standard deviation of the population (divided by n); NaN when n is 0. */
double moments_sd(const struct moments *m);

/* distribution_percentile - as percentile_place and percentile_mix say; NaN when there are no numbers. */
double distribution_percentile(const struct distribution *d, double percent);

/* percentile_place - among n > 0 sorted numbers, counted from 0, the percentile lies between rank[0] and
 * rank[1], at the returned fraction of the way: at (n - 1) * (percent / 100), which is definition 7 of
 * Hyndman and Fan (1996) and numpy's default. percentile_mix - the percentile from the numbers of those two
 * ranks and the fraction, reckoned as numpy does: the same bits as numpy.percentile on doubles. */
double percentile_place(uint64_t n, double percent, uint64_t rank[2]);
double percentile_mix(double a, double b, double fraction);

#endif
