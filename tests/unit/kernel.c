/* Interpolation along an axis: kernel.c's weights and bspline.c's recursions, against what defines them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alg/bspline.h"
#include "alg/fold.h"
#include "alg/kernel.h"
#include "tap.h"

/* The line written out beyond its ends, one copy after the other. */
static long fold_slowly(long i, long n, enum fold_mode mode)
{
	long at = 0, step = i < 0 ? -1 : 1;

	if (mode == FOLD_EDGE || n == 1)
		return i < 0 ? 0 : i >= n ? n - 1 : i;
	for (long k = 0; k != labs(i); k++) {
		if (at + step >= 0 && at + step < n) {
			at += step;
		} else {
			step = -step;
			if (mode == FOLD_MIRROR)
				at += step;
		}
	}
	return at;
}

static void folds(void)
{
	static const char *const names[] = {"edge", "mirror", "reflect"};

	for (int mode = FOLD_EDGE; mode <= FOLD_REFLECT; mode++) {
		long wrong = 0;

		for (long n = 1; n < 6; n++)
			for (long i = -20; i < 25; i++)
				wrong += fold(i, n, (enum fold_mode)mode) != fold_slowly(i, n, (enum fold_mode)mode);
		is_int(wrong, 0, "fold, %s, by walking", names[mode]);
	}
}

static double gain(const struct kernel_axis *a)
{
	return a->filter == KERNEL_PLAIN ? 1 : BSPLINE_GAIN;
}

/* Weights add up to 1 (times the gain), lie within the line, and give back straight lines where no end is near. */
static void weights(void)
{
	static const struct {
		size_t in, out;
		double start, step;
	} axes[] = {{10, 10, 0, 1}, {10, 23, -0.3, 0.43}, {50, 20, 0.75, 2.5}, {40, 7, 3, 5.1}, {1, 4, -0.4, 0.2},
	            {2, 9, -0.4, 0.2}, {30, 30, 29, -1}, {30, 11, 28.5, -2.7}, {1000, 3, 166, 333.3}, {5, 1, 2, 1}};
	static const char *const names[] = {"nearest", "linear", "cubic", "catmull", "lanczos", "area", "label"};

	for (int k = KERNEL_LINEAR; k <= KERNEL_LABEL; k++)
		for (int antialias = 0; antialias < 2; antialias++) {
			long outside = 0;
			double off = 0, line = 0, limit;

			for (size_t i = 0; i < sizeof axes / sizeof *axes; i++) {
				struct kernel_axis a;
				double *w;

				kernel_axis_init(&a, (enum kernel)k, axes[i].in, axes[i].out, axes[i].start, axes[i].step,
				                 antialias);
				w = malloc(a.taps * sizeof *w);
				for (size_t o = 0; o < a.out; o++) {
					size_t first = kernel_at(&a, o, w), far = (size_t)ceil(kernel_radius((enum kernel)k) *
					                                                     fmax(1, fabs(a.step))) + 1;
					double sum = 0, mean = 0, p = kernel_position(&a, o);

					outside += first + a.taps > kernel_line(&a);
					for (size_t t = 0; t < a.taps; t++) {
						sum += w[t];
						mean += w[t] * (double)(first + t);
					}
					off = fmax(off, fabs(sum / gain(&a) - 1));
					if (p > (double)far && p < (double)kernel_line(&a) - 1 - (double)far)
						line = fmax(line, fabs(mean / sum - p));
				}
				free(w);
			}
			is_int(outside, 0, "%s%s: weights within the line", names[k], antialias ? ", antialiased" : "");
			ok(off < 1e-12, "... their sum is 1 (%g off)", off);
			/* Exact for interpolating kernels but the windowed sinc. A widened kernel is sampled at voxels, which
			 * loses some hundredths of one; shares of voxels have their middle in the voxels' middles. */
			limit = k == KERNEL_AREA ? 0.5 : antialias ? 0.06 : k == KERNEL_LANCZOS ? 0.03 : 1e-9;
			ok(line <= limit, "... straight lines stay so (%g off)", line);
		}
}

static void shapes(void)
{
	ok(fabs(kernel_value(KERNEL_CUBIC, 0) - 2.0 / 3) < 1e-15 && fabs(kernel_value(KERNEL_CUBIC, 1) - 1.0 / 6) < 1e-15,
	   "the B-spline is 2/3 in the middle and 1/6 a sample away");
	ok(kernel_value(KERNEL_CATMULL, 0) == 1 && fabs(kernel_value(KERNEL_CATMULL, 0.5) - 0.5625) < 1e-15 &&
	   fabs(kernel_value(KERNEL_CATMULL, 1.5) + 0.0625) < 1e-15, "Keys' kernel is 9/16 and -1/16 half-way");
	ok(fabs(kernel_value(KERNEL_LANCZOS, 1.5) - sin(1.5 * M_PI) / (1.5 * M_PI) * sin(0.5 * M_PI) / (0.5 * M_PI)) < 1e-15,
	   "Lanczos is sinc times a sinc of a third");
	for (int k = KERNEL_LINEAR; k <= KERNEL_LANCZOS; k++) {
		bool zero = true;

		for (int x = 1; x < 5 && k != KERNEL_CUBIC; x++)
			zero = zero && fabs(kernel_value((enum kernel)k, x)) < 1e-15;
		ok(zero && kernel_value((enum kernel)k, kernel_radius((enum kernel)k)) == 0 &&
		   kernel_value((enum kernel)k, -0.3) == kernel_value((enum kernel)k, 0.3),
		   "kernel %d: even, 0 at its radius, and at other samples if it interpolates", k);
	}
}

static void nearest(void)
{
	struct kernel_axis a;

	kernel_axis_init(&a, KERNEL_NEAREST, 5, 10, -0.25, 0.5, true);
	is_int((long)kernel_nearest(&a, 0), 0, "nearest: -0.25 is 0");
	is_int((long)kernel_nearest(&a, 1), 0, "0.25 is 0");
	kernel_axis_init(&a, KERNEL_NEAREST, 5, 10, 0, 0.5, true);
	is_int((long)kernel_nearest(&a, 1), 1, "a half goes up");
	is_int((long)kernel_nearest(&a, 9), 4, "past the end is the end");
	kernel_axis_init(&a, KERNEL_NEAREST, 100, 300, 0, 0.1 + 0.2 + 0.2, true);
	is_int((long)kernel_nearest(&a, 101), 51, "a half that rounding errors spoilt still goes up");
}

/* The coefficients are those of the spline through the samples: (c[-1] + 4 c[0] + c[1]) / 6 = s. */
static void recursions(void)
{
	static const char *const names[] = {"mirror", "reflect"};

	srand(5);
	for (int ends = BSPLINE_MIRROR; ends <= BSPLINE_REFLECT; ends++) {
		double off = 0, off_float = 0;

		for (size_t n = 2; n < 60; n += n < 8 ? 1 : 13) {
			double s[3 * 60], c[3 * 60];
			float f[3 * 60];

			for (size_t i = 0; i < 3 * n; i++) {
				s[i] = c[i] = (double)rand() / RAND_MAX;
				f[i] = (float)s[i];
			}
			bspline_filter_double(c, n, 3, 3, (enum bspline_ends)ends);
			bspline_filter_float(f, n, 3, 3, (enum bspline_ends)ends);
			for (long i = 0; i < (long)n; i++)
				for (long k = 0; k < 3; k++) {
					enum fold_mode mode = ends == BSPLINE_MIRROR ? FOLD_MIRROR : FOLD_REFLECT;
					long l = 3 * fold(i - 1, (long)n, mode) + k, r = 3 * fold(i + 1, (long)n, mode) + k;

					off = fmax(off, fabs(c[l] + 4 * c[3 * i + k] + c[r] - s[3 * i + k]));
					off_float = fmax(off_float, fabs((double)f[l] + 4 * (double)f[3 * i + k] + (double)f[r] -
					                                 s[3 * i + k]));
				}
		}
		/* |z|^18 of the past is forgotten in double, |z|^14 in float */
		ok(off < 2e-10, "B-spline, %s: through the samples in double (%g)", names[ends], off);
		ok(off_float < 1e-6, "... and in float (%g)", off_float);
	}
}

int main(void)
{
	folds();
	shapes();
	weights();
	nearest();
	recursions();
	return done();
}
