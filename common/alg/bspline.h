/* bspline.h - from samples to the coefficients of the cubic B-spline through them.
 *
 * Unser, Aldroubi, Eden, "B-spline signal processing" (IEEE Trans. Signal Processing 41, 1993): along each
 * axis one recursion forth, p[k] = s[k] + z p[k-1], and one back, c[k] = z (c[k+1] - p[k]), with the
 * pole z = sqrt(3) - 2. Here without the gain of 6, which belongs into the weights that follow.
 *
 * What lies k samples away counts with |z|^k: a few dozen samples hold all that numbers of finite
 * precision can see, so that long lines are filtered in pieces. */
#ifndef ALG_BSPLINE_H
#define ALG_BSPLINE_H

#include <stddef.h>

#define BSPLINE_POLE (-0.26794919243112270647255365849413)
#define BSPLINE_GAIN 6.0

/* How a line goes on beyond its ends: d c b | a b c d (about the last sample), or c b a | a b c d
 * (about the edge of the last voxel). */
enum bspline_ends { BSPLINE_MIRROR, BSPLINE_REFLECT };

/* Samples after which the past is forgotten: |z|^14 = 1e-8 for float, |z|^18 = 5e-11 for double. */
enum { BSPLINE_REACH_FLOAT = 14, BSPLINE_REACH_DOUBLE = 18, BSPLINE_REACH_MAX = 18 };

/* bspline_start - weights w (room for reach + 1) of the first samples in p[0], of a line of n >= 2.
 * Returns how many: at most n and reach + 1. */
size_t bspline_start(size_t n, enum bspline_ends ends, size_t reach, double *w);

/* bspline_end - c[n-1] = *last p[n-1] + *before p[n-2], n >= 2. */
void bspline_end(enum bspline_ends ends, double *last, double *before);

/* bspline_filter_float, bspline_filter_double - both recursions, in place, along `count` >= 2 rows of `width`
 * numbers each, that begin `stride` numbers apart. */
void bspline_filter_float(float *rows, size_t count, size_t stride, size_t width, enum bspline_ends ends);
void bspline_filter_double(double *rows, size_t count, size_t stride, size_t width, enum bspline_ends ends);

/* bspline_volume_float, bspline_volume_double - along all three axes of a volume, mirrored about its outer
 * samples; axes of one sample stay. 0, or -1 when memory runs out. */
int bspline_volume_float(float *v, const size_t n[3]);
int bspline_volume_double(double *v, const size_t n[3]);

#endif
