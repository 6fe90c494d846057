/* structures_draw.c - contours filled, a slice at a time. */
#include "structures_draw.h"

#include <stdlib.h>
#include <string.h>

int structures_draw_begin(struct structures_drawing *d, const struct structures *s, const struct vol_grid *grid, bool last)
{
	size_t n = (size_t)(grid->size[0] * grid->size[1]);

	*d = (struct structures_drawing){.s = s, .nx = (size_t)grid->size[0], .ny = (size_t)grid->size[1], .last = last};
	d->slice = calloc(n, sizeof *d->slice);
	d->mask = malloc(n);
	d->odd = calloc(n, 1);
	return d->slice && d->mask && d->odd ? 0 : -1;
}

void structures_draw_end(struct structures_drawing *d)
{
	free(d->slice);
	free(d->mask);
	free(d->odd);
}

/* The rows that contours may touch. */
static void rows(const struct structures_drawing *d, size_t from, size_t to, size_t *top, size_t *bottom)
{
	int64_t least = INT64_MAX, most = INT64_MIN, one = (int64_t)1 << POLYGON_BITS;

	for (size_t i = from; i < to; i++)
		for (size_t k = 0; k < d->s->contour[i].n; k++) {
			int64_t y = d->s->point[d->s->contour[i].first + k].y;

			least = y < least ? y : least;
			most = y > most ? y : most;
		}
	least = least / one - 1;
	most = most / one + 2;
	*top = least < 0 ? 0 : (size_t)least < d->ny ? (size_t)least : d->ny;
	*bottom = most < 0 ? 0 : (size_t)most < d->ny ? (size_t)most : d->ny;
}

/* Contours from .. to - 1, of one structure, onto the slice: where an odd number of them is around a voxel's centre. */
static void draw_structure(struct structures_drawing *d, size_t from, size_t to)
{
	size_t index = d->s->contour[from].structure, top, bottom;
	uint64_t over = 0, drawn = 0;
	struct polygon_tile t;

	rows(d, from, to, &top, &bottom);
	if (top >= bottom)
		return;
	memset(d->mask + top * d->nx, 0, (bottom - top) * d->nx);
	polygon_tile_begin(&t, 0, 0, d->nx, d->ny, d->odd);
	for (size_t i = from; i < to; i++)
		polygon_add(&t, d->s->point + d->s->contour[i].first, d->s->contour[i].n);
	polygon_fill(&t, VOXEL_UINT8, 1, d->mask, &drawn, &over);
	d->drawn += drawn;
	for (size_t i = top * d->nx; i < bottom * d->nx; i++) {
		if (!d->mask[i])
			continue;
		if (d->slice[i])
			overlapping_count(&d->overlap, (size_t)d->slice[i] - 1, index);
		if (!d->slice[i] || d->last)
			d->slice[i] = (uint16_t)(index + 1);
	}
}

size_t structures_draw(struct structures_drawing *d, uint64_t z, size_t from)
{
	const struct structures *s = d->s;
	size_t to;

	memset(d->slice, 0, d->nx * d->ny * sizeof *d->slice);
	for (; from < s->contours && s->contour[from].slice == z; from = to) {
		const struct structure_contour *c = s->contour;

		for (to = from + 1; to < s->contours && c[to].slice == z && c[to].structure == c[from].structure;)
			to++;
		draw_structure(d, from, to);
	}
	return from;
}
