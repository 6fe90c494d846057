#include "bare.h"

#include <math.h>
#include <string.h>

#include "io/keys.h"

bool bare_said(const struct bare_place *p)
{
	return p->grid || p->directions || p->spacing[0] > 0;
}

static int same_sizes(const struct vol_grid *a, const struct vol_grid *b, const char *subject, struct vol_err *err)
{
	const uint64_t *m = a->size, *n = b->size;

	if (memcmp(m, n, sizeof a->size) == 0)
		return 0;
	return vol_fail(err, subject, "is of %llu x %llu x %llu voxels, the grid that it should lie on of %llu x %llu x "
	                "%llu", (unsigned long long)m[0], (unsigned long long)m[1], (unsigned long long)m[2],
	                (unsigned long long)n[0], (unsigned long long)n[1], (unsigned long long)n[2]);
}

int bare_grid(const struct bare_place *p, struct vol_grid *g, const char *subject, struct vol_err *err)
{
	if (p->grid) {
		if (same_sizes(g, p->grid, subject, err) < 0)
			return -1;
		*g = *p->grid;
		return 0;
	}
	memset(g->direction, 0, sizeof g->direction);
	memset(g->origin, 0, sizeof g->origin);
	if (p->origin)
		memcpy(g->origin, p->origin, sizeof g->origin);
	for (int a = 0; a < 3; a++) {
		double length = p->spacing[a] > 0 ? p->spacing[a] : 1;

		g->direction[a][a] = length;
		if (!p->directions)
			continue;
		memcpy(g->direction[a], p->directions + 3 * a, sizeof g->direction[a]);
		if (p->spacing[a] > 0) {
			length /= grid_spacing(g, a);
			for (int w = 0; w < 3; w++)
				g->direction[a][w] *= length;
		}
	}
	return grid_check(g, subject, err);
}

int bare_tell(const struct vol_head *head, const char *subject, const char *format, struct vol_err *err)
{
	const char *unit = key_get(head, "unit");
	struct vol_rescale r;

	if (!unit || strcmp(unit, "stored") != 0)
		return 0;
	if (key_rescale(head, &r, subject, err) < 0)
		return -1;
	if (r.n > 0)
		vol_warn(subject, "has stored values, and %s has no place for slope and intercept: volhu applies them", format);
	rescale_free(&r);
	return 0;
}
