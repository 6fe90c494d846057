#include "overlap.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "edt.h"

static void surface(const uint8_t *m, const size_t size[3], uint8_t *out)
{
	size_t nx = size[0], ny = size[1], nz = size[2], i = 0;

	for (size_t z = 0; z < nz; z++)
		for (size_t y = 0; y < ny; y++)
			for (size_t x = 0; x < nx; x++, i++) {
				bool edge = x == 0 || x == nx - 1 || y == 0 || y == ny - 1 || z == 0 || z == nz - 1;

				out[i] = m[i] && (edge || !(m[i - 1] & m[i + 1] & m[i - nx] & m[i + nx] &
				                            m[i - nx * ny] & m[i + nx * ny]));
			}
}

static int ascending(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

/* Of sorted numbers, between the two nearest ranks in proportion. */
static double percentile(const float *v, size_t n, double share)
{
	double at = share * (double)(n - 1), below = floor(at);
	size_t i = (size_t)below, k = i + 1 < n ? i + 1 : i;

	return (double)v[i] + (at - below) * ((double)v[k] - (double)v[i]);
}

/* One way: from the surface of `from` to that of which `squared` holds the distances. */
struct way {
	size_t n;
	double sum, most, p95;
};

static int measure(const uint8_t *from, const float *squared, size_t voxels, struct way *w)
{
	float *d = NULL;
	size_t at = 0;

	memset(w, 0, sizeof *w);
	for (size_t i = 0; i < voxels; i++)
		w->n += from[i];
	d = malloc((w->n + 1) * sizeof *d);
	if (!d)
		return -1;
	for (size_t i = 0; i < voxels; i++)
		if (from[i])
			d[at++] = sqrtf(squared[i]);
	qsort(d, w->n, sizeof *d, ascending);
	for (size_t i = 0; i < w->n; i++)
		w->sum += (double)d[i];
	if (w->n) {
		w->most = (double)d[w->n - 1];
		w->p95 = percentile(d, w->n, 0.95);
	}
	free(d);
	return 0;
}

/* Both ways. `edge` and `squared` are room for a box each. */
static int distances(const uint8_t *a, const uint8_t *b, const size_t size[3], const double spacing[3],
                     uint8_t *edge, float *squared, struct overlap *r)
{
	size_t voxels = size[0] * size[1] * size[2];
	struct way there, back;

	surface(b, size, edge);
	if (edt_squared(edge, size, spacing, squared) < 0)
		return -1;
	surface(a, size, edge);
	if (measure(edge, squared, voxels, &there) < 0 || edt_squared(edge, size, spacing, squared) < 0)
		return -1;
	surface(b, size, edge);
	if (measure(edge, squared, voxels, &back) < 0)
		return -1;
	r->hausdorff = fmax(there.most, back.most);
	r->hd95 = fmax(there.p95, back.p95);
	r->mean = (there.sum + back.sum) / (double)(there.n + back.n);
	return 0;
}

int overlap_measure(const uint8_t *a, const uint8_t *b, const size_t size[3], const double spacing[3],
                    struct overlap *r)
{
	size_t voxels = size[0] * size[1] * size[2];
	uint8_t *edge;
	float *squared;
	int rc = -1;

	memset(r, 0, sizeof *r);
	for (size_t i = 0; i < voxels; i++) {
		r->a += a[i];
		r->b += b[i];
		r->both += a[i] & b[i];
	}
	r->dice = 2 * (double)r->both / (double)(r->a + r->b);
	r->jaccard = (double)r->both / (double)(r->a + r->b - r->both);
	r->hausdorff = r->hd95 = r->mean = NAN;
	if (!r->a || !r->b)
		return 0;
	edge = malloc(voxels);
	squared = malloc(voxels * sizeof *squared);
	if (edge && squared)
		rc = distances(a, b, size, spacing, edge, squared, r);
	free(edge);
	free(squared);
	return rc;
}
