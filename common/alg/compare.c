#include "compare.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* ---- place ---- */

static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

/* b, walked through as t says. */
static struct vol_grid turn(const struct vol_grid *b, const struct compare_turn *t)
{
	struct vol_grid g = *b;

	for (int k = 0; k < 3; k++) {
		const double *d = b->direction[t->axis[k]];

		g.size[k] = b->size[t->axis[k]];
		for (int w = 0; w < 3; w++) {
			g.direction[k][w] = t->flip[k] ? -d[w] : d[w];
			if (t->flip[k])
				g.origin[w] += d[w] * (double)(g.size[k] - 1);
		}
	}
	return g;
}

double compare_turn(const struct vol_grid *a, const struct vol_grid *b, struct compare_turn *best)
{
	double least = -1;

	/* way 0 is the plain one: others must be closer by more than rounding */
	for (int way = 0; way < 48; way++) {
		struct compare_turn t;
		struct vol_grid g;
		double mm;

		memcpy(t.axis, orders[way / 8], sizeof t.axis);
		for (int k = 0; k < 3; k++)
			t.flip[k] = way >> k & 1;
		g = turn(b, &t);
		if (memcmp(g.size, a->size, sizeof g.size) != 0)
			continue;
		mm = grid_corner_distance(a, &g);
		if (least < 0 || mm < least - 1e-9) {
			least = mm;
			*best = t;
		}
	}
	return least;
}

bool compare_turned(const struct compare_turn *t)
{
	for (int k = 0; k < 3; k++)
		if (t->axis[k] != k || t->flip[k])
			return true;
	return false;
}

const void *compare_row(const void *volume, const uint64_t size[3], size_t unit,
                        const struct compare_turn *t, const uint64_t at[3], size_t n, void *buf)
{
	const int64_t step[3] = {1, (int64_t)size[0], (int64_t)(size[0] * size[1])};
	const char *from;
	char *to = buf;
	int64_t first = 0, stride = 0;

	for (int k = 0; k < 3; k++) {
		int b = t->axis[k];
		int64_t i = (int64_t)(t->flip[k] ? size[b] - 1 - at[k] : at[k]);

		first += i * step[b];
		if (k == 0)
			stride = t->flip[k] ? -step[b] : step[b];
	}
	from = (const char *)volume + first * (int64_t)unit;
	if (stride == 1)
		return from;
	stride *= (int64_t)unit;
	for (size_t i = 0; i < n; i++, to += unit)
		memcpy(to, from + (int64_t)i * stride, unit);
	return buf;
}

/* ---- voxels ---- */

enum { CHUNK = 1024, LANES = 4 };

#define DOUBLES(T) \
	{ \
		const T *v = (const T *)r->v + from; \
		for (size_t i = 0; i < n; i++) \
			to[i] = r->slope * (double)v[i] + r->intercept; \
		break; \
	}

void compare_doubles(const struct compare_run *r, size_t from, size_t n, double *to)
{
	switch (r->type) {
	case VOXEL_UINT8: DOUBLES(uint8_t)
	case VOXEL_INT8: DOUBLES(int8_t)
	case VOXEL_UINT16: DOUBLES(uint16_t)
	case VOXEL_INT16: DOUBLES(int16_t)
	case VOXEL_UINT32: DOUBLES(uint32_t)
	case VOXEL_INT32: DOUBLES(int32_t)
	case VOXEL_FLOAT: DOUBLES(float)
	case VOXEL_DOUBLE: DOUBLES(double)
	case VOXEL_TYPES: break;
	}
}

/* Numbers among which some are not finite, one at a time. */
static void add_slowly(struct compare *c, const double *x, const double *y, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double d = fabs(x[i] - y[i]);

		if (x[i] == y[i] || (isnan(x[i]) && isnan(y[i])))
			continue;
		c->differ++;
		if (!isfinite(d)) {
			if (c->unlike++ == 0)
				c->at = c->n + i;
			c->over++;
			continue;
		}
		c->over += d > c->tol;
		c->sum += d;
		if (d > c->max && c->unlike == 0)
			c->at = c->n + i;
		c->max = fmax(c->max, d);
	}
}

/* A full chunk, in lanes that a vector unit can take and that sum in the same order without one.
 * False, with nothing changed, when not all is finite. */
static bool add_chunk(struct compare *c, const double *x, const double *y)
{
	double sum[LANES] = {0}, max[LANES] = {0}, most;
	uint64_t differ[LANES] = {0}, over[LANES] = {0};

	for (int i = 0; i < CHUNK; i += LANES)
		for (int k = 0; k < LANES; k++) {
			double d = fabs(x[i + k] - y[i + k]);

			sum[k] += d;
			max[k] = d > max[k] ? d : max[k];
			differ[k] += d > 0;
			over[k] += d > c->tol;
		}
	/* a NaN or an infinity anywhere is still in its sum */
	if (!isfinite((sum[0] + sum[1]) + (sum[2] + sum[3])))
		return false;
	most = fmax(fmax(max[0], max[1]), fmax(max[2], max[3]));
	for (int i = 0; most > c->max && c->unlike == 0; i++)
		if (fabs(x[i] - y[i]) == most) {
			c->at = c->n + (uint64_t)i;
			break;
		}
	c->max = fmax(c->max, most);
	c->sum += (sum[0] + sum[1]) + (sum[2] + sum[3]);
	c->differ += (differ[0] + differ[1]) + (differ[2] + differ[3]);
	c->over += (over[0] + over[1]) + (over[2] + over[3]);
	return true;
}

void compare_add(struct compare *c, const struct compare_run *a, const struct compare_run *b,
                 size_t n)
{
	double x[CHUNK], y[CHUNK];

	if (a->type == b->type && a->slope == b->slope && a->intercept == b->intercept &&
	    memcmp(a->v, b->v, n * voxel_size(a->type)) == 0) {
		c->n += n;
		return;
	}
	for (size_t done = 0; done < n; done += CHUNK) {
		size_t part = n - done < CHUNK ? n - done : CHUNK;

		compare_doubles(a, done, part, x);
		compare_doubles(b, done, part, y);
		if (part < CHUNK || !add_chunk(c, x, y))
			add_slowly(c, x, y, part);
		c->n += part;
	}
}
