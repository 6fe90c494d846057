#include "ellipsoid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clones.h"

/* Squared distances in units of the reach: within is up to 1. */
#define WITHIN 1.00002F
static const float far = 4;

struct ellipsoid {
	size_t size[3];
	float step[3];       /* one voxel, in units of the reach; huge where there is no reach */
	size_t reach[3];     /* whole voxels */
	bool erode;
	ellipsoid_source_fn *source;
	void *ctx;
	size_t pulled, given;
	float **map;         /* ring of 2 * reach[2] + 1 slices: squared distance within the slice */
	bool *any;           /* is there a voxel in reach at all? */
	uint8_t *slice;
	float *line;         /* squared distance along x of the rows of one slice */
};

void ellipsoid_free(struct ellipsoid *b)
{
	if (!b)
		return;
	for (size_t i = 0; b->map && i < 2 * b->reach[2] + 1; i++)
		free(b->map[i]);
	free(b->map);
	free(b->any);
	free(b->slice);
	free(b->line);
	free(b);
}

struct ellipsoid *ellipsoid_new(const size_t size[3], const double reach[3], bool erode, ellipsoid_source_fn *source,
                      void *ctx)
{
	struct ellipsoid *b = calloc(1, sizeof *b);
	size_t plane = size[0] * size[1], ring;

	if (!b)
		return NULL;
	memcpy(b->size, size, sizeof b->size);
	for (int k = 0; k < 3; k++) {
		double most = reach[k] * (1 + 1e-5), whole = floor(most);

		b->reach[k] = whole < (double)size[k] - 1 ? (size_t)whole : size[k] - 1;
		b->step[k] = most >= 1 ? (float)(1 / reach[k]) : 4;
	}
	b->erode = erode;
	b->source = source;
	b->ctx = ctx;
	ring = 2 * b->reach[2] + 1;
	b->map = calloc(ring, sizeof *b->map);
	b->any = calloc(ring, sizeof *b->any);
	b->slice = malloc(plane);
	b->line = malloc(plane * sizeof *b->line);
	for (size_t i = 0; b->map && i < ring; i++)
		if (!(b->map[i] = malloc(plane * sizeof **b->map)))
			break;
	if (b->map && b->any && b->slice && b->line && b->map[ring - 1])
		return b;
	ellipsoid_free(b);
	return NULL;
}

/* ---- one slice ---- */

/* Squared distance along each row to its nearest voxel that is `set`. */
static bool along_x(const struct ellipsoid *b, const uint8_t *slice, uint8_t set, float *line)
{
	size_t nx = b->size[0], reach = b->reach[0];
	float step = b->step[0];
	bool any = false;

	for (size_t y = 0; y < b->size[1]; y++, slice += nx, line += nx) {
		size_t last = SIZE_MAX / 2; /* steps since a voxel */

		if (!memchr(slice, set, nx)) {
			for (size_t x = 0; x < nx; x++)
				line[x] = far;
			continue;
		}
		any = true;
		for (size_t x = 0; x < nx; x++) {
			last = slice[x] == set ? 0 : last + 1;
			line[x] = last > reach ? far : ((float)last * step) * ((float)last * step);
		}
		last = SIZE_MAX / 2;
		for (size_t x = nx; x-- > 0;) {
			last = slice[x] == set ? 0 : last + 1;
			if (last <= reach) {
				float d = ((float)last * step) * ((float)last * step);

				line[x] = d < line[x] ? d : line[x];
			}
		}
	}
	return any;
}

VOL_CLONES static void nearer(float *restrict to, const float *restrict from, float more, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		float d = from[i] + more;

		to[i] = d < to[i] ? d : to[i];
	}
}

static void along_y(const struct ellipsoid *b, const float *line, float *map)
{
	size_t nx = b->size[0], ny = b->size[1];

	memcpy(map, line, nx * ny * sizeof *map);
	for (size_t dy = 1; dy <= b->reach[1]; dy++) {
		float more = ((float)dy * b->step[1]) * ((float)dy * b->step[1]);

		nearer(map, line + dy * nx, more, (ny - dy) * nx);
		nearer(map + dy * nx, line, more, (ny - dy) * nx);
	}
}

VOL_CLONES static void within(const float *restrict map, float limit, size_t n, uint8_t *restrict out)
{
	for (size_t i = 0; i < n; i++)
		out[i] |= map[i] <= limit;
}

/* ---- the ring ---- */

static int pull(struct ellipsoid *b)
{
	size_t at = b->pulled % (2 * b->reach[2] + 1);

	if (b->source(b->ctx, b->slice) < 0)
		return -1;
	/* an erosion is a dilation of the rest */
	b->any[at] = along_x(b, b->slice, !b->erode, b->line);
	if (b->any[at])
		along_y(b, b->line, b->map[at]);
	b->pulled++;
	return 0;
}

int ellipsoid_next(void *ellipsoid, uint8_t *slice)
{
	struct ellipsoid *b = ellipsoid;
	size_t plane = b->size[0] * b->size[1], ring = 2 * b->reach[2] + 1, z = b->given;
	size_t from = z > b->reach[2] ? z - b->reach[2] : 0, to = z + b->reach[2];

	if (to >= b->size[2])
		to = b->size[2] - 1;
	while (b->pulled <= to)
		if (pull(b) < 0)
			return -1;
	memset(slice, 0, plane);
	for (size_t k = from; k <= to; k++) {
		float dz = (float)(k > z ? k - z : z - k) * b->step[2];

		if (b->any[k % ring])
			within(b->map[k % ring], WITHIN - dz * dz, plane, slice);
	}
	for (size_t i = 0; b->erode && i < plane; i++)
		slice[i] ^= 1;
	b->given++;
	return 0;
}
