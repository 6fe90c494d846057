#include "measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"
#include "quantile.h"
#include "stats.h"
#include "tally.h"

int measure_passes(const struct measure_what *what, enum voxel_type type)
{
	return histogram_fits(type) || what->values || what->percents == 0 ? 1 : quantile_passes(type);
}

void measure_begin(struct measure *m, const struct measure_what *what, enum voxel_type type, double pad_lo,
                   double pad_hi)
{
	memset(m, 0, sizeof *m);
	m->what = what;
	m->type = type;
	m->pad_lo = pad_lo;
	m->pad_hi = pad_hi;
}

void measure_of(struct measure *m, const struct measure_what *what, struct distribution *d)
{
	m->what = what;
	m->moments = distribution_moments(d);
	for (size_t i = 0; i < what->percents; i++)
		m->percentile[i] = distribution_percentile(d, what->percent[i]);
	if (d != &m->values) {
		m->values = *d;
		memset(d, 0, sizeof *d);
	}
}

/* ---- counted ---- */

static bool begin_counting(struct measure *m)
{
	m->counting = true;
	if (histogram_fits(m->type)) {
		m->histogram = calloc(1, sizeof *m->histogram);
		return m->histogram && histogram_begin(m->histogram, m->type);
	}
	if (m->what->values) {
		m->tally = tally_new();
		return m->tally;
	}
	m->stats = malloc(sizeof *m->stats);
	if (!m->stats)
		return false;
	stats_begin(m->stats, m->pad_lo, m->pad_hi);
	if (m->what->percents)
		m->quantile = quantile_new(m->type, m->what->percent, m->what->percents, m->pad_lo, m->pad_hi);
	return m->quantile || m->what->percents == 0;
}

static bool count(struct measure *m, const void *voxels, size_t n)
{
	if (m->histogram)
		histogram_add(m->histogram, voxels, n);
	if (m->stats)
		stats_add(m->stats, voxels, m->type, n);
	if (m->quantile)
		quantile_add(m->quantile, voxels, n);
	return !m->tally || tally_add(m->tally, voxels, m->type, n, m->pad_lo, m->pad_hi);
}

static int end_counts(struct measure *m)
{
	bool done;

	if (m->histogram) {
		histogram_end(m->histogram);
		done = histogram_distribution(m->histogram, &m->values);
		m->padding = distribution_drop(&m->values, m->pad_lo, m->pad_hi);
		histogram_free(m->histogram);
		free(m->histogram);
		m->histogram = NULL;
	} else {
		done = tally_distribution(m->tally, &m->values);
		m->padding = tally_padding(m->tally);
		m->not_finite = tally_not_finite(m->tally);
		tally_free(m->tally);
		m->tally = NULL;
	}
	measure_of(m, m->what, &m->values);
	return done ? 0 : -1;
}

static void end_stats(struct measure *m)
{
	struct stats *s = m->stats;

	stats_end(s);
	m->moments = (struct moments){s->n, s->min, s->max, s->mean, s->m2};
	m->padding = s->padding;
	m->not_finite = s->not_finite;
	free(s);
	m->stats = NULL;
}

static int end_pass(struct measure *m)
{
	int more;

	if (m->histogram || m->tally)
		return end_counts(m);
	if (m->stats)
		end_stats(m);
	if (!m->quantile)
		return 0;
	more = quantile_next(m->quantile);
	for (size_t i = 0; more == 0 && i < m->what->percents; i++)
		m->percentile[i] = quantile_get(m->quantile, i);
	if (more == 0) {
		quantile_free(m->quantile);
		m->quantile = NULL;
	}
	return more;
}

/* ---- kept ---- */

enum { SORTED = 1 << 13, SORTED_SMALL = 1 << 10 }; /* up to so many are sorted faster than counted */

static void forget(struct measure *m)
{
	free(m->kept);
	m->kept = NULL;
	m->n_kept = m->room = 0;
}

static bool keep(struct measure *m, const void *voxels, size_t n)
{
	size_t size = voxel_size(m->type), room = m->room ? m->room : 16;

	while (room < m->n_kept + n)
		room *= 2;
	if (room > m->room) {
		void *more = realloc(m->kept, room * size);

		if (!more)
			return false;
		m->kept = more;
		m->room = room;
	}
	if (n)
		memcpy((char *)m->kept + m->n_kept * size, voxels, n * size);
	m->n_kept += n;
	return true;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int sort_kept(struct measure *m)
{
	struct distribution d = {malloc((m->n_kept + 1) * sizeof *d.value), malloc((m->n_kept + 1) * sizeof *d.count), 0};
	size_t n = 0;

	if (!d.value || !d.count) {
		distribution_free(&d);
		return -1;
	}
	for (size_t i = 0; i < m->n_kept; i++) {
		double x = voxel_get(m->kept, m->type, i) + 0.0; /* no -0 */

		if (x >= m->pad_lo && x <= m->pad_hi)
			m->padding++;
		else if (!isfinite(x))
			m->not_finite++;
		else
			d.value[n++] = x;
	}
	qsort(d.value, n, sizeof *d.value, compare);
	for (size_t i = 0; i < n; i++) {
		if (d.n == 0 || d.value[i] != d.value[d.n - 1]) {
			d.value[d.n] = d.value[i];
			d.count[d.n++] = 0;
		}
		d.count[d.n - 1]++;
	}
	measure_of(m, m->what, &d);
	return 0;
}

/* As if the numbers came again and again. */
static int count_kept(struct measure *m)
{
	int more = begin_counting(m) ? 1 : -1;

	while (more > 0)
		more = count(m, m->kept, m->n_kept) ? end_pass(m) : -1;
	return more;
}

/* ---- both ---- */

bool measure_add(struct measure *m, const void *voxels, size_t n)
{
	size_t most = histogram_fits(m->type) ? MEASURE_KEPT_SMALL : MEASURE_KEPT;

	if (m->done)
		return true;
	if (m->counting)
		return count(m, voxels, n);
	if (m->n_kept + n <= most)
		return keep(m, voxels, n);
	if (!begin_counting(m) || !count(m, m->kept, m->n_kept))
		return false;
	forget(m);
	return count(m, voxels, n);
}

int measure_next(struct measure *m)
{
	const struct measure_what *what = m->what;
	size_t sorted = histogram_fits(m->type) ? SORTED_SMALL : SORTED;
	int more;

	if (m->done)
		return 0;
	if (m->counting)
		more = end_pass(m);
	else
		more = m->n_kept <= sorted ? sort_kept(m) : count_kept(m);
	if (more != 0)
		return more;
	m->done = true;
	forget(m);
	if (!what->values && !(what->small_values && histogram_fits(m->type)))
		distribution_free(&m->values);
	return 0;
}

void measure_free(struct measure *m)
{
	if (m->histogram)
		histogram_free(m->histogram);
	free(m->histogram);
	free(m->kept);
	tally_free(m->tally);
	free(m->stats);
	quantile_free(m->quantile);
	distribution_free(&m->values);
	memset(m, 0, sizeof *m);
}
