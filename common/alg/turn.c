#include "turn.h"

#include <math.h>
#include <string.h>

#include "clones.h"
#include "convert.h"

enum { BLOCK = 256 };

/* Where a result comes from, along one axis: taps voxels from `at` on (clamped by the reader). */
struct place {
	int64_t at;
	double near;  /* distance from voxel `at`, 0 to 1 */
};

/* False outside of the volume. */
static inline bool find_place(double q, size_t n, struct place *p)
{
	double whole = floor(q + 0.5), low;

	if (!(q >= -0.5) || q > (double)n - 0.5)
		return false;
	/* what the map's rounding leaves of a voxel's own place is nothing */
	if (fabs(q - whole) < 1e-9)
		q = whole;
	low = floor(q);
	p->at = (int64_t)low;
	p->near = q - low;
	return true;
}

static inline size_t clamped(int64_t i, size_t n)
{
	return i < 0 ? 0 : (size_t)i >= n ? n - 1 : (size_t)i;
}

static inline bool is_gap(const struct measured *m, double v)
{
	return !isfinite(v) || (v >= m->pad_lo && v <= m->pad_hi);
}

static inline void catmull_weights(double t, double w[4])
{
	w[0] = ((-0.5 * t + 1) * t - 0.5) * t;
	w[1] = (1.5 * t - 2.5) * t * t + 1;
	w[2] = ((-1.5 * t + 2) * t + 0.5) * t;
	w[3] = (0.5 * t - 0.5) * t * t;
}

#define TURN(T) \
	static inline double nearest_##T(const struct turn *t, const struct place p[3]) \
	{ \
		size_t at[3]; \
		for (int i = 0; i < 3; i++) \
			at[i] = clamped(p[i].at + (p[i].near >= 0.5), t->size[i]); \
		return (double)((const T *)t->volume)[(at[2] * t->size[1] + at[1]) * t->size[0] + at[0]]; \
	} \
	static inline double linear_##T(const struct turn *t, const struct place p[3], bool gaps) \
	{ \
		const T *v = t->volume; \
		double sum = 0, weight = 0; \
		for (int64_t k = 0; k < 2; k++) { \
			double wz = k ? p[2].near : 1 - p[2].near; \
			const T *slice = v + clamped(p[2].at + k, t->size[2]) * t->size[0] * t->size[1]; \
			if (wz == 0) \
				continue; \
			for (int64_t j = 0; j < 2; j++) { \
				double wy = wz * (j ? p[1].near : 1 - p[1].near); \
				const T *row = slice + clamped(p[1].at + j, t->size[1]) * t->size[0]; \
				for (int64_t i = 0; i < 2; i++) { \
					double w = wy * (i ? p[0].near : 1 - p[0].near); \
					double x = (double)row[clamped(p[0].at + i, t->size[0])]; \
					if (gaps && is_gap(&t->measured, x)) \
						continue; \
					sum += w * x; \
					weight += w; \
				} \
			} \
		} \
		return !gaps ? sum : weight > 0.5 ? sum / weight : NAN; \
	} \
	/* NaN when there are gaps among the 64 */ \
	static inline double catmull_##T(const struct turn *t, const struct place p[3], bool gaps) \
	{ \
		const T *v = t->volume; \
		double w[3][4], sum = 0; \
		for (int i = 0; i < 3; i++) \
			catmull_weights(p[i].near, w[i]); \
		for (int k = 0; k < 4; k++) { \
			const T *slice = v + clamped(p[2].at + k - 1, t->size[2]) * t->size[0] * t->size[1]; \
			double plane = 0; \
			if (w[2][k] == 0) \
				continue; \
			for (int j = 0; j < 4; j++) { \
				const T *row = slice + clamped(p[1].at + j - 1, t->size[1]) * t->size[0]; \
				double line = 0; \
				for (int i = 0; i < 4; i++) { \
					double x = (double)row[clamped(p[0].at + i - 1, t->size[0])]; \
					if (gaps && is_gap(&t->measured, x)) \
						return NAN; \
					line += w[0][i] * x; \
				} \
				plane += w[1][j] * line; \
			} \
			sum += w[2][k] * plane; \
		} \
		return sum; \
	} \
	static void row_##T(const struct turn *t, const double from[3], const double step[3], size_t first, \
	                    size_t n, double *to, uint8_t *inside) \
	{ \
		bool gaps = measured_possible(&t->measured), cubic = t->kernel == TURN_CATMULL; \
		for (size_t x = 0; x < n; x++) { \
			double along = (double)(first + x); \
			struct place p[3]; \
			double v = NAN; \
			if (find_place(from[0] + along * step[0], t->size[0], &p[0]) && \
			    find_place(from[1] + along * step[1], t->size[1], &p[1]) && \
			    find_place(from[2] + along * step[2], t->size[2], &p[2])) { \
				if (cubic) \
					v = catmull_##T(t, p, gaps); \
				else if (t->kernel == TURN_NEAREST) \
					v = nearest_##T(t, p); \
				if (t->kernel == TURN_NEAREST && gaps && is_gap(&t->measured, v)) \
					v = NAN; \
				else if (isnan(v)) \
					v = linear_##T(t, p, gaps); \
			} \
			inside[x] = !isnan(v); \
			to[x] = isnan(v) ? t->fill : v; \
		} \
	}

TURN(uint8_t)
TURN(int8_t)
TURN(uint16_t)
TURN(int16_t)
TURN(uint32_t)
TURN(int32_t)
TURN(float)
TURN(double)

static void row(const struct turn *t, const double from[3], const double step[3], size_t first, size_t n,
                double *to, uint8_t *inside)
{
	switch (t->measured.type) {
	case VOXEL_UINT8: row_uint8_t(t, from, step, first, n, to, inside); break;
	case VOXEL_INT8: row_int8_t(t, from, step, first, n, to, inside); break;
	case VOXEL_UINT16: row_uint16_t(t, from, step, first, n, to, inside); break;
	case VOXEL_INT16: row_int16_t(t, from, step, first, n, to, inside); break;
	case VOXEL_UINT32: row_uint32_t(t, from, step, first, n, to, inside); break;
	case VOXEL_INT32: row_int32_t(t, from, step, first, n, to, inside); break;
	case VOXEL_FLOAT: row_float(t, from, step, first, n, to, inside); break;
	default: row_double(t, from, step, first, n, to, inside);
	}
}

bool turn_map(const struct vol_grid *g, const struct grid_affine *back, struct grid_affine *map)
{
	struct grid_affine place = grid_affine_of(g), index, there;

	if (!grid_affine_invert(&place, &index))
		return false;
	there = grid_affine_after(back, &place);
	*map = grid_affine_after(&index, &there);
	return true;
}

bool turn_is_flat(const struct grid_affine *map, const uint64_t size[3])
{
	const double *m = map->m[2];

	/* the most that rounding leaves, over the whole volume */
	return fabs(m[0]) * (double)size[0] + fabs(m[1]) * (double)size[1] + fabs(m[2] - 1) * (double)size[2] +
	       fabs(m[3]) < 1e-6;
}

struct turn turn_flat(const struct turn *t, const void *slice, uint64_t z)
{
	struct turn r = *t;

	r.volume = slice;
	r.size[2] = 1;
	for (int i = 0; i < 3; i++) {
		r.map.m[i][3] = i < 2 ? t->map.m[i][3] + t->map.m[i][2] * (double)z : 0;
		r.map.m[i][2] = 0;
	}
	r.map.m[2][0] = r.map.m[2][1] = 0;
	return r;
}

void turn_slice(const struct turn *t, size_t z, void *result)
{
	size_t nx = t->size[0], bytes = voxel_size(t->measured.type);
	double line[BLOCK], from[3], step[3];
	uint8_t inside[BLOCK];

	for (size_t y = 0; y < t->size[1]; y++) {
		double start[3] = {0, (double)y, (double)z};

		grid_affine_apply(&t->map, start, from);
		for (int i = 0; i < 3; i++)
			step[i] = t->map.m[i][0];
		for (size_t x = 0; x < nx; x += BLOCK) {
			size_t n = nx - x < BLOCK ? nx - x : BLOCK;
			char *to = (char *)result + (y * nx + x) * bytes;
			char same[BLOCK * sizeof(double)];

			row(t, from, step, x, n, line, inside);
			convert_from_double(line, n, t->measured.type, to);
			/* the fill stays, computed results keep clear of the padding's value */
			memcpy(same, to, n * bytes);
			measured_settle(&t->measured, same, inside, n, to);
		}
	}
}

/* ---- as the recipe ---- */

/* 5 bits of a pixel, computed with 10. */
enum { BITS = 5, FINE = 10 };

static int64_t fixed(double x)
{
	return (int64_t)rint(x * (1 << FINE));
}

static int64_t pixel(const uint8_t *from, size_t nx, size_t ny, int64_t x, int64_t y)
{
	return x >= 0 && y >= 0 && x < (int64_t)nx && y < (int64_t)ny ? from[y * (int64_t)nx + x] : 0;
}

void turn_recipe(const uint8_t *from, size_t nx, size_t ny, double x, double y, double degrees, uint8_t *to)
{
	const int64_t one = 1 << BITS, half = 1 << (FINE - BITS - 1);
	double angle = degrees * M_PI / 180, c = cos(angle), s = sin(angle);
	/* the map of the picture and, by its determinant, the way back */
	double mx = (1 - c) * x - s * y, my = s * x + (1 - c) * y, d = 1 / (c * c + s * s);
	double a = c * d, b = s * -d, e = -s * -d, f = c * d, bx = -a * mx - b * my, by = -e * mx - f * my;

	for (size_t j = 0; j < ny; j++) {
		int64_t x0 = fixed(b * (double)j + bx) + half, y0 = fixed(f * (double)j + by) + half;

		for (size_t i = 0; i < nx; i++) {
			int64_t px = (x0 + fixed(a * (double)i)) >> (FINE - BITS);
			int64_t py = (y0 + fixed(e * (double)i)) >> (FINE - BITS);
			int64_t ix = px >> BITS, iy = py >> BITS, fx = px & (one - 1), fy = py & (one - 1);
			int64_t sum = (one - fy) * ((one - fx) * pixel(from, nx, ny, ix, iy) +
			                            fx * pixel(from, nx, ny, ix + 1, iy)) +
			              fy * ((one - fx) * pixel(from, nx, ny, ix, iy + 1) +
			                    fx * pixel(from, nx, ny, ix + 1, iy + 1));

			to[j * nx + i] = (uint8_t)((sum + one * one / 2) >> (2 * BITS));
		}
	}
}
