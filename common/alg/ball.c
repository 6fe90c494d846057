#include "ball.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The half widths of the ball's rows, in voxels; -1: no part of it. */
struct ball {
	size_t ry, rz;
	int64_t widest, *half; /* (2 ry + 1) * (2 rz + 1) of them */
};

/* Lengths are compared with a billionth to spare: 3 steps of 0.1 mm are 0.3 mm. */
static int ball_new(struct ball *b, const size_t size[3], const double spacing[3], double mm)
{
	double room = mm * mm * (1 + 1e-9);
	size_t at = 0;

	/* beyond the volume's own size nothing changes */
	b->ry = (size_t)fmin(mm / spacing[1] + 1, (double)size[1]);
	b->rz = (size_t)fmin(mm / spacing[2] + 1, (double)size[2]);
	b->widest = 0;
	b->half = malloc((2 * b->ry + 1) * (2 * b->rz + 1) * sizeof *b->half);
	if (!b->half)
		return -1;
	for (int64_t z = -(int64_t)b->rz; z <= (int64_t)b->rz; z++)
		for (int64_t y = -(int64_t)b->ry; y <= (int64_t)b->ry; y++) {
			double dy = (double)y * spacing[1], dz = (double)z * spacing[2];
			double left = room - dy * dy - dz * dz;
			int64_t half = left < 0 ? -1 : (int64_t)fmin(floor(sqrt(left) / spacing[0] * (1 + 1e-12)),
			                                             (double)size[0]);

			b->half[at++] = half;
			b->widest = half > b->widest ? half : b->widest;
		}
	return 0;
}

/* wide: widest + 1 rows, each one voxel wider on both sides than the one before. */
static void widen(const uint64_t *row, size_t words, uint64_t tail, int64_t widest, uint64_t *wide)
{
	memcpy(wide, row, words * sizeof *wide);
	for (int64_t k = 0; k < widest; k++, wide += words) {
		uint64_t *to = wide + words;

		for (size_t i = 0; i < words; i++)
			to[i] = wide[i] | wide[i] << 1 | wide[i] >> 1 | (i ? wide[i - 1] >> 63 : 0) |
			        (i + 1 < words ? wide[i + 1] << 63 : 0);
		to[words - 1] &= tail;
	}
}

/* What row y of slice z sets, into the ring of slices. */
static void spread(const struct ball *b, const struct bitmask *m, size_t y, size_t z, const uint64_t *wide,
                   uint64_t *ring)
{
	size_t slices = 2 * b->rz + 1, rows = 2 * b->ry + 1;
	size_t z0 = z < b->rz ? 0 : z - b->rz, y0 = y < b->ry ? 0 : y - b->ry;

	for (size_t k = z0; k <= z + b->rz && k < m->size[2]; k++)
		for (size_t j = y0; j <= y + b->ry && j < m->size[1]; j++) {
			int64_t half = b->half[(k + b->rz - z) * rows + (j + b->ry - y)];

			if (half >= 0)
				words_or(ring + (k % slices) * m->slice + j * m->row, wide + (size_t)half * m->row,
				         m->row);
		}
}

int ball_dilate(struct bitmask *m, const double spacing[3], double mm)
{
	struct ball b;
	size_t slices, nz = m->size[2];
	uint64_t *ring, *wide;
	int rc = -1;

	if (ball_new(&b, m->size, spacing, mm) < 0)
		return -1;
	slices = 2 * b.rz + 1;
	ring = calloc(slices * m->slice, sizeof *ring);
	wide = malloc(((size_t)b.widest + 1) * m->row * sizeof *wide);
	if (ring && wide) {
		for (size_t z = 0; z < nz + b.rz; z++) {
			size_t done = z - b.rz;

			for (size_t y = 0; z < nz && y < m->size[1]; y++) {
				const uint64_t *row = bitmask_at_row(m, y, z);

				if (!words_any(row, m->row))
					continue;
				widen(row, m->row, bitmask_tail(m->size[0]), b.widest, wide);
				spread(&b, m, y, z, wide, ring);
			}
			if (z < b.rz)
				continue;
			/* nothing more comes to this one, and all it gave is given */
			memcpy(bitmask_at_slice(m, done), ring + (done % slices) * m->slice,
			       m->slice * sizeof *ring);
			memset(ring + (done % slices) * m->slice, 0, m->slice * sizeof *ring);
		}
		rc = 0;
	}
	free(ring);
	free(wide);
	free(b.half);
	return rc;
}
