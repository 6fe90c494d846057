#include "distribution.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void distribution_free(struct distribution *d)
{
	free(d->value);
	free(d->count);
	memset(d, 0, sizeof *d);
}

bool distribution_join(struct distribution *d, const struct distribution *more)
{
	struct distribution sum = {0};
	size_t room = d->n + more->n, i = 0, k = 0;

	sum.value = malloc((room + 1) * sizeof *sum.value);
	sum.count = malloc((room + 1) * sizeof *sum.count);
	if (!sum.value || !sum.count) {
		distribution_free(&sum);
		return false;
	}
	while (i < d->n || k < more->n) {
		bool left = k == more->n || (i < d->n && d->value[i] <= more->value[k]);
		bool right = i == d->n || (k < more->n && more->value[k] <= d->value[i]);

		sum.value[sum.n] = left ? d->value[i] : more->value[k];
		sum.count[sum.n] = (left ? d->count[i] : 0) + (right ? more->count[k] : 0);
		i += left;
		k += right;
		sum.n++;
	}
	distribution_free(d);
	*d = sum;
	return true;
}

uint64_t distribution_drop(struct distribution *d, double lo, double hi)
{
	uint64_t dropped = 0;
	size_t kept = 0;

	for (size_t i = 0; i < d->n; i++) {
		if (d->value[i] >= lo && d->value[i] <= hi) {
			dropped += d->count[i];
			continue;
		}
		d->value[kept] = d->value[i];
		d->count[kept++] = d->count[i];
	}
	d->n = kept;
	return dropped;
}

/* ---- moments ---- */

/* A sum that keeps what rounding took. */
struct sum {
	double s, lost;
};

static void add(struct sum *sum, double x)
{
	double t = sum->s + x;

	sum->lost += fabs(sum->s) >= fabs(x) ? (sum->s - t) + x : (x - t) + sum->s;
	sum->s = t;
}

/* Sum of count * (value - centre) ^ power. */
static double power_sum(const struct distribution *d, double centre, int power)
{
	struct sum sum = {0};

	for (size_t i = 0; i < d->n; i++) {
		double x = d->value[i] - centre;

		add(&sum, (double)d->count[i] * (power == 2 ? x * x : x));
	}
	return sum.s + sum.lost;
}

struct moments distribution_moments(const struct distribution *d)
{
	struct moments m = {0, NAN, NAN, NAN, 0};

	if (d->n == 0)
		return m;
	for (size_t i = 0; i < d->n; i++)
		m.n += d->count[i];
	m.min = d->value[0];
	m.max = d->value[d->n - 1];
	m.mean = power_sum(d, 0, 1) / (double)m.n;
	m.mean += power_sum(d, m.mean, 1) / (double)m.n;
	m.m2 = power_sum(d, m.mean, 2);
	return m;
}

void moments_join(struct moments *m, const struct moments *more)
{
	double a = (double)m->n, b = (double)more->n, delta = more->mean - m->mean;

	if (more->n == 0)
		return;
	if (m->n == 0) {
		*m = *more;
		return;
	}
	m->min = fmin(m->min, more->min);
	m->max = fmax(m->max, more->max);
	m->mean += delta * (b / (a + b));
	m->m2 += more->m2 + delta * delta * a * (b / (a + b));
	m->n += more->n;
}

double moments_sd(const struct moments *m)
{
	return m->n ? sqrt(m->m2 / (double)m->n) : NAN;
}

/* ---- percentiles ---- */

double percentile_place(uint64_t n, double percent, uint64_t rank[2])
{
	double place = (double)(n - 1) * (percent / 100), down = floor(place);

	rank[0] = (uint64_t)down;
	if (rank[0] > n - 1) /* n over 2^53 rounds */
		rank[0] = n - 1;
	rank[1] = rank[0] + (rank[0] + 1 < n);
	return place - down;
}

double percentile_mix(double a, double b, double fraction)
{
	/* the difference of two finite numbers may be infinite */
	if (a == b || fraction == 0)
		return a;
	if (!isfinite(b - a))
		return a * (1 - fraction) + b * fraction;
	return fraction < 0.5 ? a + (b - a) * fraction : b - (b - a) * (1 - fraction);
}

/* The number of a rank, counted from 0. */
static double at_rank(const struct distribution *d, uint64_t rank)
{
	size_t i = 0;

	while (i + 1 < d->n && rank >= d->count[i])
		rank -= d->count[i++];
	return d->value[i];
}

double distribution_percentile(const struct distribution *d, double percent)
{
	uint64_t n = 0, rank[2];
	double fraction;

	for (size_t i = 0; i < d->n; i++)
		n += d->count[i];
	if (n == 0)
		return NAN;
	fraction = percentile_place(n, percent, rank);
	return percentile_mix(at_rank(d, rank[0]), at_rank(d, rank[1]), fraction);
}
