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

bool measure_begin(struct measure *m, const struct measure_what *what, enum voxel_type type, double pad_lo,
                   double pad_hi)
{
	memset(m, 0, sizeof *m);
	m->what = what;
	m->type = type;
	m->pad_lo = pad_lo;
	m->pad_hi = pad_hi;
	if (histogram_fits(type)) {
		m->histogram = calloc(1, sizeof *m->histogram);
		return m->histogram && histogram_begin(m->histogram, type);
	}
	if (what->values) {
		m->tally = tally_new();
		return m->tally;
	}
	m->stats = malloc(sizeof *m->stats);
	if (!m->stats)
		return false;
	stats_begin(m->stats, pad_lo, pad_hi);
	if (what->percents)
		m->quantile = quantile_new(type, what->percent, what->percents, pad_lo, pad_hi);
	return m->quantile || what->percents == 0;
}

bool measure_add(struct measure *m, const void *voxels, size_t n)
{
	if (m->histogram)
		histogram_add(m->histogram, voxels, n);
	if (m->stats)
		stats_add(m->stats, voxels, m->type, n);
	if (m->quantile)
		quantile_add(m->quantile, voxels, n);
	return !m->tally || tally_add(m->tally, voxels, m->type, n, m->pad_lo, m->pad_hi);
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

int measure_next(struct measure *m)
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

void measure_free(struct measure *m)
{
	if (m->histogram)
		histogram_free(m->histogram);
	free(m->histogram);
	tally_free(m->tally);
	free(m->stats);
	quantile_free(m->quantile);
	distribution_free(&m->values);
	memset(m, 0, sizeof *m);
}
