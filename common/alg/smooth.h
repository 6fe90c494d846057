/* smooth.h - filters over a neighbourhood, a slice at a time: Gaussian, median, bilateral.
 *
 *     s = smooth_new(&plan, &err);
 *     for each slice, of all entries of a list axis:
 *             smooth_put(s, voxels);
 *             while ((result = smooth_take(s)))
 *                     ... the next slice of the result, in order ...
 *     smooth_free(s);
 *
 * Held are as many slices as the filter reaches over, and a few for each thread. Voxels that were not
 * measured (measured.h) have no weight: the filter is normalised over the others (Knutsson and Westin,
 * "Normalized and differential convolution", CVPR 1993), and they themselves stay as they are. Integers
 * are rounded to the nearest. The same bits for any number of threads. */
#ifndef ALG_SMOOTH_H
#define ALG_SMOOTH_H

#include <stddef.h>

#include "err.h"
#include "measured.h"

enum smooth_kind {
	SMOOTH_GAUSS,     /* separable, cut at 4 sigma: as scipy.ndimage.gaussian_filter */
	SMOOTH_MEDIAN,    /* over a box; of an even number of measured voxels the upper one of the two */
	SMOOTH_BILATERAL  /* Gaussian in space (an ellipsoid, cut at 2 sigma) and in value (Tomasi and
	                   * Manduchi, ICCV 1998) */
};

/* What lies beyond the border of the volume: d c b a | a b c d | d c b a, or a a a a | a b c d | d d d d
 * (`reflect` and `nearest` of scipy.ndimage). */
enum smooth_border { SMOOTH_REFLECT, SMOOTH_NEAREST };

struct smooth_plan {
	enum smooth_kind kind;
	enum smooth_border border;
	size_t size[3];       /* voxels along x, y, z; z: slices of an entry of the list axis */
	struct measured measured;
	double sigma[3];      /* in voxels, for Gaussian and bilateral; 0: not along this axis */
	size_t radius[3];     /* voxels on each side, for the median; smooth_new sets it for the others */
	double edge;          /* bilateral: sigma of the differences of values; positive */
	int threads;
};

struct smooth;

/* SMOOTH_REACH - the greatest radius along an axis. SMOOTH_WINDOW - voxels in a window at most. */
enum { SMOOTH_REACH = 1024, SMOOTH_WINDOW = 32767 };

/* smooth_radius - fill p->radius from sigma for the Gaussian and bilateral. smooth_window - voxels in
 * the window of a median or bilateral filter (of its box). */
void smooth_radius(struct smooth_plan *p);
size_t smooth_window(const struct smooth_plan *p);

/* smooth_new - NULL when memory runs out, or the filter reaches further than SMOOTH_REACH, or its
 * window holds more than SMOOTH_WINDOW voxels. The plan is copied. */
struct smooth *smooth_new(const struct smooth_plan *p, struct vol_err *err);

/* smooth_put - the next slice, size[0] * size[1] numbers. Only after smooth_take has given NULL (or
 * never was called yet). -1 when memory runs out. */
int smooth_put(struct smooth *s, const void *slice, struct vol_err *err);

/* smooth_take - the next slice of the result, good until the next call; NULL when more slices have to be
 * put first. */
const void *smooth_take(struct smooth *s);

/* smooth_gaps - voxels so far that were not measured. */
uint64_t smooth_gaps(const struct smooth *s);

void smooth_free(struct smooth *s);

#endif
