#include "headmask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fill.h"
#include "select.h"

enum { BLOCK = 1024 };

int headmask_new(struct headmask *h, size_t nx, size_t ny)
{
	size_t words = bitmask_row_words(nx) * ny;

	memset(h, 0, sizeof *h);
	h->nx = nx;
	h->ny = ny;
	h->bytes = malloc(nx * ny);
	h->words = malloc(words * sizeof *h->words);
	h->before = malloc(words * sizeof *h->before);
	return h->bytes && h->words && h->before ? 0 : -1;
}

void headmask_free(struct headmask *h)
{
	free(h->bytes);
	free(h->words);
	free(h->before);
	free(h->keep);
	components_free(&h->parts);
	components_free(&h->holes);
	memset(h, 0, sizeof *h);
}

static int keep_largest(struct headmask *h)
{
	size_t size[3] = {h->nx, h->ny, 1};
	uint32_t largest;

	if (components_begin(&h->parts, size, 4, false) < 0 || components_add(&h->parts, h->words) < 0 ||
	    components_end(&h->parts) < 0)
		return -1;
	largest = components_largest(&h->parts, 0);
	if (h->room < h->parts.n + (size_t)1) {
		bool *keep = realloc(h->keep, (h->parts.n + (size_t)1) * sizeof *keep);

		if (!keep)
			return -1;
		h->keep = keep;
		h->room = h->parts.n + (size_t)1;
	}
	memset(h->keep, 0, (h->parts.n + (size_t)1) * sizeof *h->keep);
	if (largest)
		h->keep[largest] = true;
	return components_pick(&h->parts, 0, h->words, h->keep, h->words);
}

/* Every set voxel sets its 8 neighbours. */
static void grow_by_one(struct headmask *h)
{
	size_t row = bitmask_row_words(h->nx);
	uint64_t tail = bitmask_tail(h->nx);

	memcpy(h->before, h->words, row * h->ny * sizeof *h->words);
	for (size_t y = 0; y < h->ny; y++)
		for (size_t i = 0; i < row; i++) {
			uint64_t w[3] = {0, 0, 0}; /* the words to the left, here, and to the right, of three rows */

			for (size_t k = y ? y - 1 : 0; k <= y + 1 && k < h->ny; k++)
				for (int side = 0; side < 3; side++)
					if (i + (size_t)side >= 1 && i + (size_t)side - 1 < row)
						w[side] |= h->before[k * row + i + (size_t)side - 1];
			h->words[y * row + i] = w[1] | w[1] << 1 | w[1] >> 1 | w[0] >> 63 | w[2] << 63;
			if (i == row - 1)
				h->words[y * row + i] &= tail;
		}
}

static void drop_gaps(struct headmask *h, const void *slice, const struct measured *m)
{
	uint8_t row[BLOCK];
	size_t n = h->nx * h->ny;

	for (size_t at = 0, some; at < n; at += some) {
		some = n - at < BLOCK ? n - at : BLOCK;
		measured_mask(m, (const char *)slice + at * voxel_size(m->type), some, row);
		for (size_t i = 0; i < some; i++)
			h->bytes[at + i] &= row[i];
	}
}

int64_t headmask_slice(struct headmask *h, const void *slice, const struct measured *measured, double threshold,
                       bool grow)
{
	size_t size[3] = {h->nx, h->ny, 1};

	select_range(slice, measured->type, h->nx * h->ny, nextafter(threshold, INFINITY), INFINITY, h->bytes);
	if (measured_possible(measured))
		drop_gaps(h, slice, measured);
	bitmask_pack(h->bytes, h->nx, h->ny, h->words);
	if (keep_largest(h) < 0 || fill_slice(&h->holes, size, 4, h->words) < 0)
		return -1;
	if (grow)
		grow_by_one(h);
	bitmask_unpack(h->words, h->nx, h->ny, 1, h->bytes);
	return (int64_t)words_count(h->words, bitmask_row_words(h->nx) * h->ny);
}
