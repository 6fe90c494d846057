/* minc_walk.c - the voxels of a MINC file in the order of a stream. */
#include "minc.h"

#include <stdlib.h>
#include <string.h>

enum {
	BLOCK = 1 << 20,     /* bytes a block, where nothing speaks for more */
	BLOCK_MAX = 64 << 20 /* and the most, where pieces of many slices are compressed together */
};

static uint64_t row_bytes(const struct minc_walk *w)
{
	return w->size[0] * w->channels * voxel_size(w->f->type);
}

uint64_t minc_block_bytes(const struct minc_walk *w)
{
	return w->thick * w->rows * row_bytes(w) * (w->turned ? 2 : 1);
}

bool minc_is_plain(const struct minc_walk *w)
{
	const int order[] = {w->list, w->space[2], w->space[1], w->space[0], w->colour};
	int last = -1;

	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		if (order[i] < 0)
			continue;
		if (order[i] < last)
			return false;
		last = order[i];
	}
	return !w->flat;
}

/* Whole pieces in every block, or each would be inflated once for every slice. */
void minc_plan_block(struct minc_walk *w)
{
	uint64_t row = row_bytes(w), slice = w->size[1] * row;
	uint64_t z = w->space[2] >= 0 ? w->f->chunk[w->space[2]] : 0, y = w->f->chunk[w->space[1]], most;

	w->rows = w->size[1];
	if (slice <= BLOCK_MAX) {
		most = BLOCK_MAX / slice;
		w->thick = z > BLOCK / slice ? z : BLOCK / slice;
		if (z > 1 && w->thick > z)
			w->thick -= w->thick % z;
		if (w->thick > most)
			w->thick = most;
		if (w->thick < 1)
			w->thick = 1;
		if (w->thick > w->size[2])
			w->thick = w->size[2];
		return;
	}
	w->thick = 1;
	w->rows = BLOCK_MAX / row ? BLOCK_MAX / row : 1;
	if (y > 1 && w->rows > y)
		w->rows -= w->rows % y;
}

/* Numbers of the block from one index of dimension d to the next, in the file's order. */
static size_t block_stride(const struct minc_walk *w, const uint64_t count[], int d)
{
	size_t stride = 1;

	for (int i = d + 1; d >= 0 && i < w->f->dims; i++)
		stride *= (size_t)count[i];
	return stride;
}

/* Colours beside each other, where the file has them apart. */
static void turn(const struct minc_walk *w, const uint64_t count[], uint64_t slices, uint64_t rows)
{
	size_t sz = block_stride(w, count, w->space[2]), sy = block_stride(w, count, w->space[1]);
	size_t sx = block_stride(w, count, w->space[0]), sc = block_stride(w, count, w->colour);
	unsigned char *out = w->turned;

	/* colour is uint8 */
	for (uint64_t z = 0; z < slices; z++)
		for (uint64_t y = 0; y < rows; y++)
			for (uint64_t x = 0; x < w->size[0]; x++)
				for (uint64_t c = 0; c < w->channels; c++)
					*out++ = w->block[z * sz + y * sy + x * sx + c * sc];
}

static int make_room(struct minc_walk *w, struct vol_err *err)
{
	size_t n = (size_t)(w->thick * w->rows * row_bytes(w));

	if (w->block)
		return 0;
	w->block = malloc(n);
	if (w->colour >= 0 && w->colour < w->space[0])
		w->turned = malloc(n);
	if (!w->block || (w->colour >= 0 && w->colour < w->space[0] && !w->turned))
		return vol_fail(err, w->f->name, "out of memory");
	return 0;
}

static void go_on(struct minc_walk *w, uint64_t slices, uint64_t rows)
{
	w->y += rows;
	if (w->y < w->size[1])
		return;
	w->y = 0;
	w->z += slices;
	if (w->z < w->size[2])
		return;
	w->z = 0;
	w->t++;
}

ssize_t minc_next(struct minc_walk *w, const unsigned char **p, struct vol_err *err)
{
	struct minc_file *f = w->f;
	uint64_t start[MINC_DIMS] = {0}, count[MINC_DIMS], row = row_bytes(w);
	uint64_t slices = w->size[2] - w->z < w->thick ? w->size[2] - w->z : w->thick;
	uint64_t rows = w->size[1] - w->y < w->rows ? w->size[1] - w->y : w->rows;

	if (w->t == w->lists)
		return 0;
	if (make_room(w, err) < 0)
		return -1;
	for (int d = 0; d < MINC_DIMS; d++)
		count[d] = 1;
	count[w->space[0]] = w->size[0];
	start[w->space[1]] = w->y;
	count[w->space[1]] = rows;
	if (w->space[2] >= 0) {
		start[w->space[2]] = w->z;
		count[w->space[2]] = slices;
	}
	if (w->list >= 0)
		start[w->list] = w->t;
	if (w->colour >= 0)
		count[w->colour] = w->channels;
	if (f->read(f, start, count, w->block, err) < 0)
		return -1;
	for (uint64_t z = 0; w->flat && z < slices; z++)
		if (w->flat[w->t * w->size[2] + w->z + z])
			memset(w->block + z * rows * row, 0, rows * row);
	*p = w->block;
	if (w->turned) {
		turn(w, count, slices, rows);
		*p = w->turned;
	}
	go_on(w, slices, rows);
	return (ssize_t)(slices * rows * row);
}

void minc_walk_free(struct minc_walk *w)
{
	free(w->flat);
	free(w->block);
	free(w->turned);
	w->flat = NULL;
	w->block = w->turned = NULL;
}
