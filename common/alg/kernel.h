/* kernel.h - interpolation along one axis: which samples make an output, and how much of each.
 *
 * Output o of an axis lies at index start + o * step of the input; a separable resampling is three
 * such axes. Weights add up to 1 (before the gain of a B-spline), also at the ends, where samples that
 * would lie outside are stood for by those inside. */
#ifndef ALG_KERNEL_H
#define ALG_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "bspline.h"
#include "fold.h"

enum kernel {
	KERNEL_NEAREST,
	KERNEL_LINEAR,
	KERNEL_CUBIC,   /* the cubic B-spline through the samples */
	KERNEL_CATMULL, /* Keys' cubic with a = -1/2 (IEEE Trans. ASSP 29, 1981) */
	KERNEL_LANCZOS, /* sinc windowed by a sinc, three lobes a side */
	KERNEL_AREA,    /* the share of each input voxel in the output voxel's extent */
	KERNEL_LABEL    /* a vote of labels: area where the axis shrinks, linear where it grows */
};

/* Where the recursions of a B-spline go: over the samples, or, where the kernel is widened by the
 * step, over the outputs (the spline through samples of the output's own distance). */
enum kernel_filter { KERNEL_PLAIN, KERNEL_FILTER_FIRST, KERNEL_FILTER_LAST };

struct kernel_axis {
	size_t in, out;          /* samples, outputs */
	size_t extend;           /* the line has this many more copies of its ends on both sides; the
	                          * indices below count from the first of them */
	double start, step;      /* step < 0: against the input's order */
	enum kernel shape;       /* never NEAREST or LABEL */
	double widen;            /* >= 1: how far the kernel is stretched against aliasing */
	double sigma;            /* > 0: Gaussian before a linear interpolation, in samples */
	enum fold_mode ends;
	enum kernel_filter filter;
	enum bspline_ends filter_ends;
	size_t taps;             /* weights of an output */
	bool identity;           /* outputs are the samples */
};

/* kernel_axis_init - an axis of `in` samples. antialias: stretch the kernel when |step| > 1. */
void kernel_axis_init(struct kernel_axis *a, enum kernel k, size_t in, size_t out, double start,
                      double step, bool antialias);

/* kernel_axis_zoom - the axis of scipy.ndimage.zoom(mode="nearest"): first and last samples are first
 * and last outputs; k is LINEAR or CUBIC (there the line is extended by 12 samples). */
void kernel_axis_zoom(struct kernel_axis *a, enum kernel k, size_t in, size_t out);

/* kernel_axis_skimage - the axis of skimage.transform.resize(order=1, mode="reflect") of version 0.19:
 * a Gaussian of (in / out - 1) / 2 samples when that is above 0, then linear. */
void kernel_axis_skimage(struct kernel_axis *a, size_t in, size_t out);

/* kernel_axis_smooth - the samples themselves, averaged by a tent of `widen` > 1 samples. */
void kernel_axis_smooth(struct kernel_axis *a, size_t in, double widen);

/* kernel_line - samples of the line that outputs are made of: in + 2 * extend. */
static inline size_t kernel_line(const struct kernel_axis *a)
{
	return a->in + 2 * a->extend;
}

/* kernel_at - weights w[taps] of output o; returns the index in the line of the first. The gain of a
 * B-spline is in them. */
size_t kernel_at(const struct kernel_axis *a, size_t o, double *w);

/* kernel_position - where output o lies, in indices of the line; kernel_nearest - the sample there,
 * halves upwards, within the line. */
double kernel_position(const struct kernel_axis *a, size_t o);
size_t kernel_nearest(const struct kernel_axis *a, size_t o);

/* kernel_value - the kernel at x samples from its middle; 0 from kernel_radius on. Not for AREA. */
double kernel_value(enum kernel k, double x);
double kernel_radius(enum kernel k);

/* kernel_signed - has it negative weights? */
bool kernel_signed(enum kernel k);

#endif
