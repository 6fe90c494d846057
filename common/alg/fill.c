#include "fill.h"

#include <stdlib.h>

/* Which components are holes; voxels that they have in all. NULL out of memory. */
static bool *find_holes(const struct components *c, unsigned faces, int64_t *voxels)
{
	bool *hole = calloc((size_t)c->n + 1, sizeof *hole);

	*voxels = 0;
	for (uint32_t i = 1; hole && i <= c->n; i++) {
		hole[i] = !(c->at[i].faces & faces);
		*voxels += hole[i] ? (int64_t)c->at[i].size : 0;
	}
	return hole;
}

int64_t fill_slice(struct components *work, const size_t size[3], int connectivity, uint64_t *slice)
{
	const size_t one[3] = {size[0], size[1], 1};
	int64_t voxels;
	bool *hole;

	if (components_begin(work, one, connectivity, true) < 0 || components_add(work, slice) < 0 ||
	    components_end(work) < 0)
		return -1;
	hole = find_holes(work, FACES_IN_PLANE, &voxels);
	if (!hole || (voxels && components_join(work, 0, slice, hole, slice) < 0))
		voxels = -1;
	free(hole);
	return voxels;
}

int64_t fill_volume(struct bitmask *m, int connectivity, unsigned faces)
{
	struct components c = {0};
	bool *hole = NULL;
	int64_t voxels = -1;

	if (components_of(&c, m, connectivity, true) == 0)
		hole = find_holes(&c, faces, &voxels);
	for (size_t z = 0; hole && voxels > 0 && z < m->size[2]; z++)
		if (components_join(&c, z, bitmask_at_slice(m, z), hole, bitmask_at_slice(m, z)) < 0)
			voxels = -1;
	if (!hole)
		voxels = -1;
	free(hole);
	components_free(&c);
	return voxels;
}
