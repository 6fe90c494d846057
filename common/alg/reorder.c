#include "reorder.h"

#include <string.h>

enum { LINE = 64 }; /* bytes of a cache line */

struct reorder reorder_plan(const uint64_t size[3], const int from[3], const bool flip[3], size_t unit)
{
	const ptrdiff_t stride[3] = {(ptrdiff_t)unit, (ptrdiff_t)(unit * size[0]),
	                             (ptrdiff_t)(unit * size[0] * size[1])};
	struct reorder r = {.unit = unit};

	for (int a = 0; a < 3; a++) {
		r.size[a] = (size_t)size[from[a]];
		r.step[a] = flip[a] ? -stride[from[a]] : stride[from[a]];
		if (flip[a])
			r.start += (ptrdiff_t)(r.size[a] - 1) * stride[from[a]];
	}
	return r;
}

/* The axis of the result along which the input lies without gaps. A unit step is found also along
 * axes of one voxel; then the first will do. */
static int dense_axis(const struct reorder *r)
{
	for (int a = 0; a < 3; a++)
		if (r->step[a] == (ptrdiff_t)r->unit || -r->step[a] == (ptrdiff_t)r->unit)
			return a;
	return 0;
}

/* Voxels along both sides of a tile: a cache line's worth, so that lines are read and written whole. */
static size_t tile_side(size_t unit)
{
	return unit <= 8 ? LINE / unit : 8;
}

size_t reorder_lines(const struct reorder *r)
{
	return dense_axis(r) == 2 ? tile_side(r->unit) : 1;
}

/* ---- rows: x stays along x ---- */

#define REVERSE(TYPE)                                                                              \
	{                                                                                          \
		const TYPE *s = src;                                                               \
		TYPE *d = dst;                                                                     \
		for (size_t i = 0; i < n; i++)                                                     \
			d[i] = s[n - 1 - i];                                                       \
		break;                                                                             \
	}

/* n voxels that begin at src, in reverse */
static void reverse(const void *src, void *dst, size_t n, size_t unit)
{
	switch (unit) {
	case 1: REVERSE(uint8_t)
	case 2: REVERSE(uint16_t)
	case 4: REVERSE(uint32_t)
	case 8: REVERSE(uint64_t)
	default:
		for (size_t i = 0; i < n; i++)
			memcpy((char *)dst + i * unit, (const char *)src + (n - 1 - i) * unit, unit);
	}
}

static void rows(const struct reorder *r, const char *in, size_t n, char *out)
{
	size_t len = r->size[0] * r->unit;

	for (size_t z = 0; z < n; z++)
		for (size_t y = 0; y < r->size[1]; y++, out += len) {
			const char *row = in + (ptrdiff_t)z * r->step[2] + (ptrdiff_t)y * r->step[1];

			if (r->step[0] > 0)
				memcpy(out, row, len);
			else
				reverse(row - (len - r->unit), out, r->size[0], r->unit);
		}
}

/* ---- tiles: x comes to lie along y or z ---- */

/* A tile by way of a buffer of its own, since rows of volumes often lie at multiples of 4096 bytes and
 * would push each other out of the first cache. rows: rows of the tile in the input, each of cols
 * voxels without gaps; row i begins at src + i * step; they become columns of the result, whose rows
 * lie dst_step apart. backwards: the first row of the result is made of the last voxels. */
struct tile {
	const char *src;
	char *dst;
	ptrdiff_t step;
	size_t dst_step, rows, cols;
	bool backwards;
};

#define TILE(TYPE, SIDE)                                                                           \
	{                                                                                          \
		TYPE buf[SIDE][SIDE], line[SIDE];                                                  \
		if (t->rows == SIDE && t->cols == SIDE) {                                          \
			for (size_t i = 0; i < SIDE; i++)                                          \
				memcpy(buf[i], t->src + (ptrdiff_t)i * t->step, sizeof buf[i]);    \
			for (size_t k = 0; k < SIDE; k++) {                                        \
				size_t c = t->backwards ? SIDE - 1 - k : k;                        \
				for (size_t i = 0; i < SIDE; i++)                                  \
					line[i] = buf[i][c];                                       \
				memcpy(t->dst + k * t->dst_step, line, sizeof line);               \
			}                                                                          \
			break;                                                                     \
		}                                                                                  \
	}                                                                                          \
	any_tile(t, unit);                                                                         \
	break;

static void any_tile(const struct tile *t, size_t unit)
{
	for (size_t k = 0; k < t->cols; k++) {
		const char *s = t->src + (t->backwards ? t->cols - 1 - k : k) * unit;
		char *d = t->dst + k * t->dst_step;

		for (size_t i = 0; i < t->rows; i++)
			memcpy(d + i * unit, s + (ptrdiff_t)i * t->step, unit);
	}
}

static void one_tile(const struct tile *t, size_t unit)
{
	switch (unit) {
	case 1: TILE(uint8_t, 64)
	case 2: TILE(uint16_t, 32)
	case 4: TILE(uint32_t, 16)
	case 8: TILE(uint64_t, 8)
	default: any_tile(t, unit);
	}
}

/* One plane, of x and of the axis along which the input is dense. in: its first voxel in the result. */
static void plane(const struct reorder *r, int dense, const char *in, size_t n, char *out, size_t out_step)
{
	size_t side = tile_side(r->unit);
	bool backwards = r->step[dense] < 0;

	for (size_t k = 0; k < n; k += side) {
		size_t cols = n - k < side ? n - k : side;
		const char *from = in + (ptrdiff_t)(backwards ? k + cols - 1 : k) * r->step[dense];

		for (size_t i = 0; i < r->size[0]; i += side) {
			const struct tile t = {
				.src = from + (ptrdiff_t)i * r->step[0],
				.dst = out + k * out_step + i * r->unit,
				.step = r->step[0],
				.dst_step = out_step,
				.rows = r->size[0] - i < side ? r->size[0] - i : side,
				.cols = cols,
				.backwards = backwards,
			};

			one_tile(&t, r->unit);
		}
	}
}

void reorder_slices(const struct reorder *r, const void *in, size_t first, size_t n, void *out)
{
	const char *from = (const char *)in + r->start + (ptrdiff_t)first * r->step[2];
	size_t row = r->size[0] * r->unit, slice = row * r->size[1];
	char *to = out;

	switch (dense_axis(r)) {
	case 0:
		rows(r, from, n, to);
		break;
	case 1:
		for (size_t z = 0; z < n; z++)
			plane(r, 1, from + (ptrdiff_t)z * r->step[2], r->size[1], to + z * slice, row);
		break;
	default:
		for (size_t y = 0; y < r->size[1]; y++)
			plane(r, 2, from + (ptrdiff_t)y * r->step[1], n, to + y * row, slice);
	}
}
