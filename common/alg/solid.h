/* solid.h - the one large solid thing in a volume: a body, a head, without what it lies on. */
#ifndef ALG_SOLID_H
#define ALG_SOLID_H

#include "components.h"

struct solid_plan {
	double spacing[2];    /* mm along x, y */
	double thin_mm;       /* parts of the slices up to this thick hold nothing together */
	bool fill_volume;     /* fill what is enclosed in the volume, too, not only in a slice */
};

struct solid_found {
	uint64_t voxels;
	uint32_t faces;       /* FACE_...: what of the volume it touches */
};

/* solid_keep - of a mask of what is dense enough keep the largest component (6 neighbours) of what is
 * thick enough, with what lies close to it; fill its holes in each slice (4 neighbours). A shell such as
 * a table top is too thin, and goes, even where it touches. In place. -1 out of memory. */
int solid_keep(struct bitmask *m, const struct solid_plan *p, struct solid_found *f);

#endif
