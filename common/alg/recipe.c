#include "recipe.h"

#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "components.h"
#include "select.h"

/* Slice i of those from the feet on. */
static size_t at(const struct bitmask *m, size_t i, bool from_head)
{
	return from_head ? m->size[2] - 1 - i : i;
}

static int find(struct components *c, const struct bitmask *m, bool from_head)
{
	if (components_begin(c, m->size, 26, false) < 0)
		return -1;
	for (size_t i = 0; i < m->size[2]; i++)
		if (components_add(c, bitmask_at_slice(m, at(m, i, from_head))) < 0)
			return -1;
	return components_end(c);
}

static int pick(struct components *c, const struct bitmask *m, bool from_head, const bool *keep)
{
	for (size_t i = 0; i < m->size[2]; i++) {
		uint64_t *slice = bitmask_at_slice(m, at(m, i, from_head));

		if (components_pick(c, i, slice, keep, slice) < 0)
			return -1;
	}
	return 0;
}

/* Keep one component, or all but one. None: nothing changes. */
static int pick_one(struct components *c, const struct bitmask *m, bool from_head, uint32_t one, bool others)
{
	bool *keep;
	int rc;

	if (!one)
		return 0;
	keep = malloc(c->n + (size_t)1);
	if (!keep)
		return -1;
	for (uint32_t i = 0; i <= c->n; i++)
		keep[i] = (i == one) != others;
	rc = pick(c, m, from_head, keep);
	free(keep);
	return rc;
}

/* The largest component of what is not set stays so; all else is set. None: nothing changes. */
static int keep_body(struct components *work, const struct bitmask *m, uint64_t *slice)
{
	const size_t one[3] = {m->size[0], m->size[1], 1};
	uint32_t largest;
	bool *keep;
	int rc;

	if (components_begin(work, one, 8, true) < 0 || components_add(work, slice) < 0 ||
	    components_end(work) < 0)
		return -1;
	largest = components_largest(work, 0);
	if (!largest)
		return 0;
	keep = calloc(work->n + (size_t)1, sizeof *keep);
	if (!keep)
		return -1;
	keep[largest] = true;
	rc = components_pick(work, 0, slice, keep, slice);
	words_not(slice, slice, m->size[0], m->size[1]);
	free(keep);
	return rc;
}

int recipe_lung(struct bitmask *air, bool fill, bool from_head)
{
	struct components c = {0}, work = {0};
	uint32_t outside;
	int rc = find(&c, air, from_head);

	/* the first voxel is of the first component, or of none that is air */
	outside = rc == 0 && c.n && c.at[1].first == 0 ? 1 : 0;
	if (rc == 0 && !fill) {
		uint32_t lung = components_largest(&c, outside);

		rc = pick_one(&c, air, from_head, lung ? lung : outside, !lung);
	} else if (rc == 0) {
		rc = pick_one(&c, air, from_head, outside, true);
		for (size_t z = 0; rc == 0 && z < air->size[2]; z++)
			rc = keep_body(&work, air, bitmask_at_slice(air, z));
		rc = rc == 0 ? find(&c, air, from_head) : rc;
		rc = rc == 0 ? pick_one(&c, air, from_head, components_largest(&c, 0), false) : rc;
	}
	components_free(&work);
	components_free(&c);
	return rc;
}

bool recipe_crop(const void *slice, enum voxel_type type, size_t nx, size_t ny, void *to, size_t w, size_t h,
                 uint8_t *sel)
{
	size_t size = voxel_size(type), rows, columns, top, left;
	struct bounds b = {0};

	memset(to, 0, w * h * size);
	select_nonzero(slice, type, nx * ny, sel);
	bounds_add(&b, sel, nx, ny, 0);
	if (!b.any)
		return true;
	columns = (size_t)(b.hi[0] - b.lo[0]);
	rows = (size_t)(b.hi[1] - b.lo[1]);
	if (columns > w || rows > h)
		return false;
	left = (w - columns) / 2;
	top = (h - rows) / 2;
	for (size_t y = 0; y < rows; y++)
		memcpy((char *)to + ((top + y) * w + left) * size,
		       (const char *)slice + ((b.lo[1] + y) * nx + b.lo[0]) * size, columns * size);
	return true;
}
