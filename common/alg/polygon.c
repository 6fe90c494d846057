#include "polygon.h"

#include <math.h>
#include <string.h>

#define ONE ((int64_t)1 << POLYGON_BITS)

__extension__ typedef __int128 wide;

bool polygon_fix(double v, int64_t *fixed)
{
	if (!(fabs(v) <= POLYGON_FAR))
		return false;
	*fixed = llrint(v * (double)ONE);
	return true;
}

/* The least whole number that is not below x / ONE. */
static int64_t pixel_from(int64_t x)
{
	return (x >> POLYGON_BITS) + ((x & (ONE - 1)) != 0);
}

/* The least whole number that is not left of where the edge a - b, a.y < b.y, meets the height y. */
static int64_t crossing(const struct polygon_point *a, const struct polygon_point *b, int64_t y)
{
	int64_t dx = b->x - a->x, dy = b->y - a->y, quotient, rest;

	if (dx == 0)
		return pixel_from(a->x);
	/* most edges are short: their product fits 64 bits */
	if (dx < INT32_MAX && dx > -INT32_MAX && dy < INT32_MAX) {
		int64_t product = dx * (y - a->y);

		quotient = product / dy;
		rest = product % dy;
	} else {
		wide product = (wide)dx * (y - a->y); /* below 2^112 */

		quotient = (int64_t)(product / dy);   /* not above |dx| */
		rest = (int64_t)(product % dy);
	}
	/* division went towards 0. Below 0 that is up, but by less than one unit, and pixels begin at whole
	 * ones: above a->x + quotient lies the next fixed-point number only for a rest above 0. */
	return pixel_from(a->x + quotient + (rest > 0));
}

static size_t clamp(int64_t v, size_t from, size_t n)
{
	if (v <= (int64_t)from)
		return 0;
	return (uint64_t)v - from < n ? (size_t)((uint64_t)v - from) : n;
}

static void add_edge(struct polygon_tile *t, const struct polygon_point *a, const struct polygon_point *b)
{
	size_t top, bottom;

	if (a->y == b->y)
		return;
	if (a->y > b->y) {
		const struct polygon_point *other = a;

		a = b;
		b = other;
	}
	top = clamp(pixel_from(a->y), t->y, t->ny);
	bottom = clamp(pixel_from(b->y), t->y, t->ny);
	if (top >= bottom)
		return;
	t->top = top < t->top ? top : t->top;
	t->bottom = bottom > t->bottom ? bottom : t->bottom;
	for (size_t j = top; j < bottom; j++) {
		size_t i = clamp(crossing(a, b, (int64_t)(t->y + j) * ONE), t->x, t->nx);

		if (i == t->nx)
			continue;
		t->odd[j * t->nx + i] ^= 1;
		t->left = i < t->left ? i : t->left;
	}
}

void polygon_tile_begin(struct polygon_tile *t, size_t x, size_t y, size_t nx, size_t ny, uint8_t *odd)
{
	*t = (struct polygon_tile){x, y, nx, ny, odd, nx, ny, 0};
}

void polygon_add(struct polygon_tile *t, const struct polygon_point *p, size_t n)
{
	for (size_t k = 0; k < n; k++)
		add_edge(t, &p[k], &p[k + 1 < n ? k + 1 : 0]);
}

#define RUN(NAME, T) \
	static uint64_t run_##NAME(void *out, size_t at, size_t n, uint32_t label) \
	{ \
		T *v = (T *)out + at; \
		uint64_t over = 0; \
		for (size_t i = 0; i < n; i++) { \
			over += v[i] != 0; \
			v[i] = (T)label; \
		} \
		return over; \
	}

RUN(uint8, uint8_t)
RUN(uint16, uint16_t)
RUN(uint32, uint32_t)

static uint64_t run(enum voxel_type type, void *out, size_t at, size_t n, uint32_t label)
{
	switch (voxel_size(type)) {
	case 1: return run_uint8(out, at, n, label);
	case 2: return run_uint16(out, at, n, label);
	default: return run_uint32(out, at, n, label);
	}
}

/* The next change in a row, cleared; nx: there is none. */
static size_t next_change(uint8_t *row, size_t from, size_t nx)
{
	uint8_t *found = from < nx ? memchr(row + from, 1, nx - from) : NULL;

	if (!found)
		return nx;
	*found = 0;
	return (size_t)(found - row);
}

void polygon_fill(struct polygon_tile *t, enum voxel_type type, uint32_t label, void *out, uint64_t *drawn,
                  uint64_t *over)
{
	for (size_t j = t->top; j < t->bottom; j++) {
		uint8_t *row = t->odd + j * t->nx;
		size_t from = t->left, to;

		while ((from = next_change(row, from, t->nx)) < t->nx) {
			to = next_change(row, from + 1, t->nx);
			*drawn += to - from;
			*over += run(type, out, j * t->nx + from, to - from, label);
			from = to + 1;
		}
	}
	t->left = t->nx;
	t->top = t->ny;
	t->bottom = 0;
}
