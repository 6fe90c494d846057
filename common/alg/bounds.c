#include "bounds.h"

#include <math.h>
#include <string.h>

static void widen(struct bounds *b, const uint64_t lo[3], const uint64_t hi[3])
{
	for (int a = 0; a < 3; a++) {
		b->lo[a] = b->any && b->lo[a] < lo[a] ? b->lo[a] : lo[a];
		b->hi[a] = b->any && b->hi[a] > hi[a] ? b->hi[a] : hi[a];
	}
	b->any = true;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

void bounds_add(struct bounds *b, const uint8_t *sel, size_t nx, size_t ny, uint64_t z)
{
	for (size_t y = 0; y < ny; y++) {
		const uint8_t *row = sel + y * nx;
		size_t first = 0, last = nx - 1;

		if (all_zero(row, nx))
			continue;
		while (!row[first])
			first++;
		while (!row[last])
			last--;
		widen(b, (const uint64_t[]){first, y, z}, (const uint64_t[]){last, y, z});
	}
}

void bounds_within(struct bounds *b, const struct vol_grid *g, const double lo[3], const double hi[3])
{
	const double slack = 1e-4;

	/* along a row each coordinate is a straight line */
	for (uint64_t z = 0; z < g->size[2]; z++)
		for (uint64_t y = 0; y < g->size[1]; y++) {
			double from = 0, to = (double)(g->size[0] - 1), mm[3];

			grid_point(g, (const double[]){0, (double)y, (double)z}, mm);
			for (int w = 0; w < 3; w++) {
				double step = g->direction[0][w], a = lo[w] - slack - mm[w], c = hi[w] + slack - mm[w];

				if (fabs(step) * to < slack / 10) {
					if (a > 0 || c < 0)
						to = -1;
					continue;
				}
				from = fmax(from, step > 0 ? a / step : c / step);
				to = fmin(to, step > 0 ? c / step : a / step);
			}
			from = ceil(from);
			to = floor(to);
			if (from <= to)
				widen(b, (const uint64_t[]){(uint64_t)from, y, z}, (const uint64_t[]){(uint64_t)to, y, z});
		}
}
