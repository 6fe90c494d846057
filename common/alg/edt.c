#include "edt.h"

#include <math.h>
#include <stdlib.h>

/* Work space of one line: heights, and the parabolas of the envelope with where each begins. */
struct line {
	double *height, *from;
	size_t *at;
};

/* height[i] becomes the least of height[k] + ((i - k) step)^2. Infinite heights are no parabolas. */
static void envelope(struct line *l, size_t n, double step, float *out, size_t stride)
{
	const double *h = l->height;
	size_t m = 0;

	for (size_t i = 0; i < n; i++) {
		double cross = -INFINITY;

		if (isinf(h[i]))
			continue;
		while (m) {
			size_t k = l->at[m - 1];

			/* where the parabola of i passes below that of k */
			cross = ((h[i] - h[k]) / (step * step) + (double)i * (double)i - (double)k * (double)k) /
			        (2 * (double)(i - k));
			if (cross > l->from[m - 1])
				break;
			m--;
			cross = -INFINITY;
		}
		l->at[m] = i;
		l->from[m++] = cross;
	}
	for (size_t i = 0, k = 0; i < n; i++) {
		double d;

		if (!m) {
			out[i * stride] = INFINITY;
			continue;
		}
		while (k + 1 < m && l->from[k + 1] < (double)i)
			k++;
		d = ((double)i - (double)l->at[k]) * step;
		out[i * stride] = (float)(h[l->at[k]] + d * d);
	}
}

static void along(float *v, size_t n, size_t stride, double step, struct line *l)
{
	for (size_t i = 0; i < n; i++)
		l->height[i] = v[i * stride];
	envelope(l, n, step, v, stride);
}

int edt_squared(const uint8_t *set, const size_t size[3], const double spacing[3], float *distance)
{
	size_t nx = size[0], ny = size[1], nz = size[2], longest = nx > ny ? nx : ny;
	struct line l;
	int rc = -1;

	longest = longest > nz ? longest : nz;
	l.height = malloc(longest * sizeof *l.height);
	l.from = malloc(longest * sizeof *l.from);
	l.at = malloc(longest * sizeof *l.at);
	if (l.height && l.from && l.at) {
		for (size_t row = 0; row < ny * nz; row++) {
			for (size_t x = 0; x < nx; x++)
				l.height[x] = set[row * nx + x] ? 0 : INFINITY;
			envelope(&l, nx, spacing[0], distance + row * nx, 1);
		}
		for (size_t z = 0; z < nz; z++)
			for (size_t x = 0; x < nx; x++)
				along(distance + z * nx * ny + x, ny, nx, spacing[1], &l);
		for (size_t i = 0; i < nx * ny; i++)
			along(distance + i, nz, nx * ny, spacing[2], &l);
		rc = 0;
	}
	free(l.height);
	free(l.from);
	free(l.at);
	return rc;
}
