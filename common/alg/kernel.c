#include "kernel.h"

#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

static double sinc(double x)
{
	return x < 1e-9 ? 1 : sin(pi * x) / (pi * x);
}

double kernel_radius(enum kernel k)
{
	switch (k) {
	case KERNEL_NEAREST: return 0.5;
	case KERNEL_LANCZOS: return 3;
	case KERNEL_CUBIC:
	case KERNEL_CATMULL: return 2;
	case KERNEL_AREA:
	case KERNEL_LABEL:
	case KERNEL_LINEAR: break;
	}
	return 1;
}

double kernel_value(enum kernel k, double x)
{
	x = fabs(x);
	if (x >= kernel_radius(k))
		return 0;
	switch (k) {
	case KERNEL_NEAREST: return 1;
	case KERNEL_CUBIC: return x < 1 ? 2.0 / 3 - x * x + x * x * x / 2 : (2 - x) * (2 - x) * (2 - x) / 6;
	case KERNEL_CATMULL:
		return x < 1 ? 1 + x * x * (1.5 * x - 2.5) : 2 + x * (x * (2.5 - 0.5 * x) - 4);
	case KERNEL_LANCZOS: return sinc(x) * sinc(x / 3);
	case KERNEL_AREA:
	case KERNEL_LABEL:
	case KERNEL_LINEAR: break;
	}
	return 1 - x;
}

bool kernel_signed(enum kernel k)
{
	return k == KERNEL_CUBIC || k == KERNEL_CATMULL || k == KERNEL_LANCZOS;
}

/* How far from its position an output's samples lie, in samples. */
static double reach(const struct kernel_axis *a)
{
	if (a->sigma > 0)
		return 1 + floor(4 * a->sigma + 0.5);
	if (a->shape == KERNEL_AREA)
		return (fabs(a->step) + 1) / 2;
	return kernel_radius(a->shape) * a->widen;
}

static void count_taps(struct kernel_axis *a)
{
	double most = ceil(2 * reach(a)) + 1;

	a->taps = most < (double)kernel_line(a) ? (size_t)most : kernel_line(a);
	if (a->identity)
		a->taps = 1;
}

void kernel_axis_init(struct kernel_axis *a, enum kernel k, size_t in, size_t out, double start,
                      double step, bool antialias)
{
	bool shrinks = fabs(step) > 1 + 1e-9;

	memset(a, 0, sizeof *a);
	a->in = in;
	a->out = out;
	a->start = start;
	a->step = step;
	a->shape = k;
	if (k == KERNEL_LABEL)
		a->shape = antialias && shrinks ? KERNEL_AREA : KERNEL_LINEAR;
	a->widen = antialias && shrinks && k != KERNEL_AREA && k != KERNEL_NEAREST ? fabs(step) : 1;
	a->identity = start == 0 && step == 1 && out == in;
	if (k == KERNEL_CUBIC && !a->identity) {
		/* About the edge when widened: there the edges of both grids fall together, and the line of
		 * outputs goes on as the line of samples does. */
		a->filter = a->widen > 1 ? KERNEL_FILTER_LAST : KERNEL_FILTER_FIRST;
		a->filter_ends = a->widen > 1 ? BSPLINE_REFLECT : BSPLINE_MIRROR;
		a->ends = a->widen > 1 ? FOLD_REFLECT : FOLD_MIRROR;
		if ((a->widen > 1 ? out : in) == 1)
			a->filter = KERNEL_PLAIN;
	}
	count_taps(a);
}

void kernel_axis_zoom(struct kernel_axis *a, enum kernel k, size_t in, size_t out)
{
	double step = out > 1 ? (double)(in - 1) / (double)(out - 1) : 1;

	kernel_axis_init(a, k, in, out, 0, step, false);
	if (k == KERNEL_CUBIC) {
		a->identity = false; /* scipy filters, to the rounding of doubles, in vain */
		a->extend = 12;
		a->start = 12;
		a->filter = KERNEL_FILTER_FIRST;
		a->filter_ends = BSPLINE_MIRROR;
		a->ends = FOLD_MIRROR;
		count_taps(a);
	}
}

void kernel_axis_skimage(struct kernel_axis *a, size_t in, size_t out)
{
	double step = (double)in / (double)out;

	kernel_axis_init(a, KERNEL_LINEAR, in, out, step / 2 - 0.5, step, false);
	a->ends = FOLD_MIRROR;
	a->sigma = step > 1 ? (step - 1) / 2 : 0;
	count_taps(a);
}

void kernel_axis_smooth(struct kernel_axis *a, size_t in, double widen)
{
	kernel_axis_init(a, KERNEL_LINEAR, in, in, 0, 1, false);
	if (widen > 1) {
		a->identity = false;
		a->widen = widen;
		count_taps(a);
	}
}

double kernel_position(const struct kernel_axis *a, size_t o)
{
	double p = a->start + (double)o * a->step, half = rint(2 * p) / 2;

	/* what rounding errors moved off a sample, or off the middle between two */
	return fabs(p - half) < 1e-9 * (1 + fabs(p)) ? half : p;
}

size_t kernel_nearest(const struct kernel_axis *a, size_t o)
{
	return (size_t)fold((long)floor(kernel_position(a, o) + 0.5), (long)kernel_line(a), FOLD_EDGE);
}

/* Weight of sample j, which may lie beyond the ends. */
static double weight(const struct kernel_axis *a, double p, double j)
{
	if (a->shape == KERNEL_AREA) {
		double half = fabs(a->step) / 2, lo = fmax(p - half, j - 0.5), hi = fmin(p + half, j + 0.5);

		return hi > lo ? hi - lo : 0;
	}
	return kernel_value(a->shape, (p - j) / a->widen);
}

/* The least index that the samples from..to of the continued line have, such that all taps lie in the
 * line; the weights are cleared. */
static size_t window(const struct kernel_axis *a, long from, long to, double *w)
{
	long n = (long)kernel_line(a), first = n - (long)a->taps;

	for (long j = from; j <= to; j++) {
		long at = fold(j, n, a->ends);

		first = at < first ? at : first;
	}
	for (size_t t = 0; t < a->taps; t++)
		w[t] = 0;
	return (size_t)first;
}

/* skimage: Gaussian, cut at 4 sigma, then linear; each mirrored on its own. */
static size_t gaussian_at(const struct kernel_axis *a, double p, double *w)
{
	long n = (long)kernel_line(a), r = (long)floor(4 * a->sigma + 0.5), base = (long)floor(p), first;
	double share = p - (double)base, sum = 0;

	for (long d = -r; d <= r; d++)
		sum += exp(-0.5 * (double)(d * d) / (a->sigma * a->sigma));
	first = (long)window(a, base - r, base + 1 + r, w);
	for (long d = -r; d <= r; d++) {
		double g = exp(-0.5 * (double)(d * d) / (a->sigma * a->sigma)) / sum;

		w[fold(base + d, n, a->ends) - first] += (1 - share) * g;
		w[fold(base + 1 + d, n, a->ends) - first] += share * g;
	}
	return (size_t)first;
}

size_t kernel_at(const struct kernel_axis *a, size_t o, double *w)
{
	double p = kernel_position(a, o), r = reach(a), sum = 0, gain = 1;
	long n = (long)kernel_line(a), from, to;
	size_t first;

	if (a->identity) {
		w[0] = 1;
		return o;
	}
	if (a->sigma > 0)
		return gaussian_at(a, p, w);
	from = (long)ceil(p - r);
	to = (long)floor(p + r);
	/* those at the very rim weigh nothing */
	from += weight(a, p, (double)from) == 0;
	to -= weight(a, p, (double)to) == 0;
	first = window(a, from, to, w);
	for (long j = from; j <= to; j++) {
		double x = weight(a, p, (double)j);

		w[(size_t)fold(j, n, a->ends) - first] += x;
		sum += x;
	}
	if (a->filter != KERNEL_PLAIN)
		gain = BSPLINE_GAIN;
	for (size_t t = 0; t < a->taps; t++)
		w[t] *= gain / sum;
	return first;
}
