#include "solid.h"

#include <stdlib.h>
#include <string.h>

#include "box.h"
#include "fill.h"

/* What of slice z is thick enough. */
static void thick(const struct bitmask *m, const size_t reach[2], size_t z, uint64_t *slice)
{
	memcpy(slice, bitmask_at_slice(m, z), m->slice * sizeof *slice);
	box_erode(slice, m->size[0], m->size[1], reach[0], reach[1]);
}

static int find_core(struct components *c, const struct bitmask *m, const size_t reach[2], uint64_t *slice)
{
	if (components_begin(c, m->size, 6, false) < 0)
		return -1;
	for (size_t z = 0; z < m->size[2]; z++) {
		thick(m, reach, z, slice);
		if (components_add(c, slice) < 0)
			return -1;
	}
	return components_end(c);
}

static int grow_back(struct components *c, const struct bitmask *m, const size_t reach[2], const bool *keep,
                     uint64_t *slice)
{
	struct components work = {0};
	int rc = 0;

	for (size_t z = 0; rc == 0 && z < m->size[2]; z++) {
		uint64_t *of = bitmask_at_slice(m, z);

		thick(m, reach, z, slice);
		rc = components_pick(c, z, slice, keep, slice);
		box_dilate(slice, m->size[0], m->size[1], reach[0], reach[1]);
		words_and(of, slice, m->slice);
		if (rc == 0 && fill_slice(&work, m->size, 4, of) < 0)
			rc = -1;
	}
	components_free(&work);
	return rc;
}

int solid_keep(struct bitmask *m, const struct solid_plan *p, struct solid_found *f)
{
	const size_t reach[2] = {(size_t)(p->thin_mm / 2 / p->spacing[0] + 1e-9),
	                         (size_t)(p->thin_mm / 2 / p->spacing[1] + 1e-9)};
	struct components c = {0};
	uint64_t *slice = malloc(m->slice * sizeof *slice);
	bool *keep = NULL;
	int rc = -1;

	memset(f, 0, sizeof *f);
	if (slice && find_core(&c, m, reach, slice) == 0)
		keep = calloc(c.n + (size_t)1, sizeof *keep);
	if (keep) {
		uint32_t largest = components_largest(&c, 0);

		keep[largest] = largest > 0;
		f->faces = largest ? c.at[largest].faces : 0;
		rc = grow_back(&c, m, reach, keep, slice);
	}
	components_free(&c);
	free(keep);
	free(slice);
	if (rc == 0 && p->fill_volume && fill_volume(m, 6, FACES_ALL) < 0)
		rc = -1;
	f->voxels = rc == 0 ? bitmask_count(m) : 0;
	return rc;
}
