/* smooth_inside.h - between smooth.c and its filters. */
#ifndef ALG_SMOOTH_INSIDE_H
#define ALG_SMOOTH_INSIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "par.h"
#include "smooth.h"

/* A slice as a filter wants it. */
struct smooth_layer {
	void *voxels;     /* smooth_filter.layer_bytes */
	void *source;     /* the voxels as they came; == voxels where the filter wants no others */
	uint8_t *mask;    /* 1 where measured; NULL until the first slice with a gap */
	bool whole;       /* all were measured: the mask is not to be looked at */
};

/* One filter. */
struct smooth_filter {
	/* Bytes of a layer's voxels (0: as they come) and of what one thread needs beside. */
	size_t (*layer_bytes)(const struct smooth_plan *p);
	size_t (*scratch_bytes)(const struct smooth_plan *p);
	/* fill layer->voxels from ->source; NULL when they are the same */
	void (*prepare)(const struct smooth *s, struct smooth_layer *layer);
	/* slice z of the result into `result`; what was not measured is put right afterwards */
	void (*work)(const struct smooth *s, size_t z, void *scratch, void *result);
};

extern const struct smooth_filter smooth_gauss, smooth_median, smooth_bilateral;

struct smooth {
	struct smooth_plan p;
	const struct smooth_filter *filter;
	struct par_ring *ring;
	struct smooth_layer *layer;
	size_t layers;              /* slices held */
	size_t slots;               /* results under way at most */
	void **result, **scratch;   /* of each slot */
	size_t *slot_z;
	size_t in, submitted, taken; /* slices of this entry */
	uint64_t serial_in, serial_out; /* results submitted and taken over all entries */
	uint64_t gaps;
	float *kernel[3];           /* kernel[axis][0..radius]: half of a normalised Gaussian; */
	double *kernel_double[3];   /* the same */
};

/* smooth_place - where index i, which may lie outside of 0..n-1, has its value. */
size_t smooth_place(enum smooth_border border, int64_t i, size_t n);

/* smooth_layer_at - the layer of slice z, which may lie outside. */
const struct smooth_layer *smooth_layer_at(const struct smooth *s, int64_t z);

/* smooth_whole - are all slices that slice z of the result needs without a gap? */
bool smooth_whole(const struct smooth *s, size_t z);

/* The plane of a layer with a border of the filter's radius around it. */
static inline size_t smooth_padded_row(const struct smooth_plan *p)
{
	return p->size[0] + 2 * p->radius[0];
}

static inline size_t smooth_padded(const struct smooth_plan *p)
{
	return smooth_padded_row(p) * (p->size[1] + 2 * p->radius[1]);
}

#endif
