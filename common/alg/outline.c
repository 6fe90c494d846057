#include "outline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- runs ---- */

static int add_run(struct outline_runs *r, uint32_t label, size_t y, size_t from, size_t to)
{
	if (r->n == r->room) {
		size_t room = r->room ? 2 * r->room : 256;
		struct outline_run *at = realloc(r->at, room * sizeof *at);

		if (!at)
			return -1;
		r->at = at;
		r->room = room;
	}
	r->at[r->n++] = (struct outline_run){label, y, from, to};
	return 0;
}

/* The first column from `from` on whose bytes differ from those of `from`. */
static size_t run_end(const char *row, size_t size, size_t from, size_t nx)
{
	size_t to = from + 1, many = 8 / size;
	uint64_t a, b;

	/* eight bytes at a time: each voxel is as the one before it */
	for (; to + many <= nx; to += many) {
		memcpy(&a, row + to * size, 8);
		memcpy(&b, row + (to - 1) * size, 8);
		if (a != b)
			break;
	}
	while (to < nx && memcmp(row + to * size, row + from * size, size) == 0)
		to++;
	return to;
}

int outline_runs_add(struct outline_runs *r, const void *row, enum voxel_type type, size_t nx, size_t y,
                     size_t *bad)
{
	for (size_t from = 0, to; from < nx; from = to) {
		double v = voxel_get(row, type, from);

		to = run_end(row, voxel_size(type), from, nx);
		if (v == 0)
			continue;
		if (!(v > 0 && v <= UINT32_MAX && v == floor(v))) {
			*bad = from;
			return 1;
		}
		if (add_run(r, (uint32_t)v, y, from, to) < 0)
			return -1;
	}
	return 0;
}

static int earlier(const void *a, const void *b)
{
	const struct outline_run *p = a, *q = b;

	if (p->label != q->label)
		return p->label < q->label ? -1 : 1;
	if (p->y != q->y)
		return p->y < q->y ? -1 : 1;
	return (p->from > q->from) - (p->from < q->from);
}

void outline_runs_sort(struct outline_runs *r)
{
	/* of one label they are in order already */
	for (size_t i = 1; i < r->n; i++)
		if (r->at[i].label < r->at[i - 1].label) {
			qsort(r->at, r->n, sizeof *r->at, earlier);
			return;
		}
}

void outline_runs_free(struct outline_runs *r)
{
	free(r->at);
	*r = (struct outline_runs){0};
}

/* ---- loops ---- */

/* The field has a border of a pixel all around, so that every pixel has its neighbours. */
enum { INSIDE = 1, WALKED = 2 }; /* WALKED: the top edge of the pixel is part of a loop that was told */

int outline_begin(struct outline *o, size_t nx, size_t ny)
{
	size_t bytes;

	*o = (struct outline){.nx = nx, .ny = ny};
	if (__builtin_mul_overflow(nx + 2, ny + 2, &bytes))
		return -1;
	o->field = calloc(bytes, 1);
	return o->field ? 0 : -1;
}

void outline_free(struct outline *o)
{
	free(o->field);
	free(o->corner);
	*o = (struct outline){0};
}

static int add_corner(struct outline *o, size_t x, size_t y)
{
	if (o->n == o->room) {
		size_t room = o->room ? 2 * o->room : 256;
		struct outline_corner *corner = realloc(o->corner, room * sizeof *corner);

		if (!corner)
			return -1;
		o->corner = corner;
		o->room = room;
	}
	o->corner[o->n++] = (struct outline_corner){x, y};
	return 0;
}

/* Walk the loop that has the top edge of pixel (x, y), from its left end. Directions: 0 right, 1 down,
 * 2 left, 3 up; (x, y) is the corner that was reached. */
static int walk(struct outline *o, size_t x, size_t y)
{
	const size_t stride = o->nx + 2;
	/* the two pixels ahead, seen from the one up left of the corner */
	const size_t right[4] = {stride + 1, stride, 0, 1}, left[4] = {1, stride + 1, stride, 0};
	int way = 0;

	o->n = 0;
	if (add_corner(o, x, y) < 0)
		return -1;
	for (;;) {
		uint8_t *at = o->field + y * stride + x;
		int turn;

		if (way == 0) {
			if (at[stride + 1] & WALKED)
				break; /* around */
			at[stride + 1] |= WALKED;
		}
		x += (way == 0) - (size_t)(way == 2);
		y += (way == 1) - (size_t)(way == 3);
		at = o->field + y * stride + x;
		/* outside ahead on the right: around the same pixel, also where two touch at the corner */
		if (!(at[right[way]] & INSIDE))
			turn = 1;
		else
			turn = at[left[way]] & INSIDE ? 3 : 0;
		if (turn) {
			way = (way + turn) & 3;
			if (add_corner(o, x, y) < 0)
				return -1;
		}
	}
	o->n--; /* the first again */
	return 0;
}

int outline_trace(struct outline *o, const struct outline_run *run, size_t n, outline_fn *fn, void *ctx)
{
	size_t stride = o->nx + 2;
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		memset(o->field + (run[i].y + 1) * stride + run[i].from + 1, INSIDE, run[i].to - run[i].from);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		const uint8_t *row = o->field + (run[i].y + 1) * stride + 1, *above = row - stride;

		for (size_t x = run[i].from; rc == 0 && x < run[i].to; x++)
			if (row[x] == INSIDE && !(above[x] & INSIDE)) {
				rc = walk(o, x, run[i].y);
				if (rc == 0)
					rc = fn(ctx, o->corner, o->n);
			}
	}
	for (size_t i = 0; i < n; i++)
		memset(o->field + (run[i].y + 1) * stride + run[i].from + 1, 0, run[i].to - run[i].from);
	return rc;
}
