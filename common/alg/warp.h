/* warp.h - a volume in memory onto any grid: each output voxel interpolated where it lies. */
#ifndef ALG_WARP_H
#define ALG_WARP_H

#include "resample.h"

struct warp_plan {
	enum voxel_type type;    /* of the result */
	size_t in[3], out[3];
	double map[3][4];        /* index of the result to index of the input: rows x, y, z; columns x, y, z, 1 */
	enum kernel kernel;      /* not AREA; CUBIC through mirrored ends, the others through repeated ones */
	double unmeasured, outside; /* as in resample_plan; outside: half a voxel beyond the outermost samples */
	bool wide;               /* compute in double */
	int threads;
};

/* warp_load - a held volume for warp_run: n numbers, as float (or double when wide), not measured ones as
 * NaN; the caller's to free. NULL when memory runs out. padded, pad_lo, pad_hi: as in resample_plan. */
void *warp_load(const void *voxels, enum voxel_type type, size_t n, bool wide, bool padded, double pad_lo,
                double pad_hi);

/* warp_run - put all slices of the result. volume: of warp_load, changed on the way (a B-spline's
 * coefficients); for NEAREST and LABEL the voxels themselves, of plan->type. */
enum resample_result warp_run(const struct warp_plan *plan, void *volume, const struct resample_io *io);

#endif
