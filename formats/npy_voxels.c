/* npy_voxels.c - the numbers of an array as voxels, in the order of a volume. */
#include <stdlib.h>
#include <string.h>

#include "npy.h"
#include "recast.h"

/* Axes of a volume, the fastest first. */
enum axis { COLOUR, X, Y, Z, LIST, AXES };

struct layout {
	uint64_t size[AXES], step[AXES]; /* step: numbers from one to the next in the file */
	bool plain;                      /* they lie as in a volume */
};

/* ---- shape ---- */

static int name_axes(const struct npy_head *h, const struct npy_want *want, enum axis axis[NPY_DIMS],
                     const char *subject, struct vol_err *err)
{
	int space = h->dims - want->colour, n = 0;

	if (space != 3 && space != 4)
		return vol_fail(err, subject, "is an array of %d axes%s: a volume has z, y, x, and may have a list axis before "
		                "them%s", h->dims, want->colour ? ", one for colour" : "",
		                want->colour ? "" : h->dims == 5 ? "; --colour takes the last for colour"
		                                  : h->dims == 2 ? "; a[None] makes a volume of one slice" : "");
	if (space == 4 && !want->xyz)
		axis[n++] = LIST;
	for (int i = 0; i < 3; i++)
		axis[n++] = want->xyz ? X + i : Z - i;
	if (space == 4 && want->xyz)
		axis[n++] = LIST;
	if (want->colour)
		axis[n++] = COLOUR;
	return 0;
}

static int lay_out(const struct npy_head *h, const struct npy_want *want, struct layout *l, const char *subject,
                   struct vol_err *err)
{
	enum axis axis[NPY_DIMS];
	uint64_t step = 1;

	for (int a = 0; a < AXES; a++)
		l->size[a] = l->step[a] = 1;
	if (name_axes(h, want, axis, subject, err) < 0)
		return -1;
	for (int k = 0; k < h->dims; k++) {
		int i = h->fortran ? k : h->dims - 1 - k;

		if (h->shape[i] == 0)
			return vol_fail(err, subject, "is an array with an axis of length 0");
		l->size[axis[i]] = h->shape[i];
		l->step[axis[i]] = step;
		step *= h->shape[i]; /* count_items has seen that it fits */
	}
	l->plain = true;
	step = 1;
	for (int a = 0; a < AXES; a++) {
		l->plain = l->plain && (l->size[a] == 1 || l->step[a] == step);
		step *= l->size[a];
	}
	return 0;
}

int npy_shape(const struct npy_head *h, const struct npy_want *want, struct vol_head *head, const char *subject,
              struct vol_err *err)
{
	struct layout l;

	if (h->kind == 'U' || h->kind == 'S')
		return vol_fail(err, subject, "holds text, not numbers");
	if (lay_out(h, want, &l, subject, err) < 0)
		return -1;
	if (want->colour && l.size[COLOUR] != 3 && l.size[COLOUR] != 4)
		return vol_fail(err, subject, "has %llu colours along its last axis, not 3 or 4",
		                (unsigned long long)l.size[COLOUR]);
	if (h->dims == 4 && !want->colour && !want->sure && h->kind == 'u' && h->bytes == 1 &&
	    (h->shape[3] == 3 || h->shape[3] == 4))
		vol_warn(subject, "its last axis, of %d, is taken for %s: --colour takes it for colour", (int)h->shape[3],
		         want->xyz ? "the list" : "x");
	for (int a = 0; a < 3; a++)
		head->grid.size[a] = l.size[X + a];
	head->channels = (unsigned)l.size[COLOUR];
	head->list = h->dims - want->colour == 4 ? l.size[LIST] : 0;
	return 0;
}

/* ---- one after the other ---- */

enum { BLOCK = 16 << 20, SLICES = 8, TILE = 16 };

struct voxels {
	struct vol_in *raw;      /* the numbers as they lie in the file, in this machine's byte order */
	enum npy_from from;
	enum voxel_type to;
	size_t bytes, to_bytes;  /* of a number before and after */
	const char *at;          /* numbers in hand */
	size_t left;
	/* where they do not lie as in a volume: */
	const char *held;        /* all of them; else NULL */
	struct layout l;
	uint64_t at_once, z, entry;
	char *block;             /* at_once slices */
};

#define GATHER(TYPE) \
	do { \
		const TYPE *s = (const TYPE *)v->held + v->entry * l->step[LIST] + v->z * l->step[Z]; \
		TYPE *d = (TYPE *)v->block; \
		if (l->step[X] <= l->step[Z]) { \
			for (uint64_t z = 0; z < n; z++) \
				for (uint64_t y = 0; y < ny; y++) \
					for (uint64_t x = 0; x < nx; x++) \
						for (uint64_t c = 0; c < nc; c++) \
							*d++ = s[z * l->step[Z] + y * l->step[Y] + x * l->step[X] + c * l->step[COLOUR]]; \
			break; \
		} \
		for (uint64_t y = 0; y < ny; y++) \
			for (uint64_t x0 = 0; x0 < nx; x0 += TILE) \
				for (uint64_t x = x0; x < nx && x < x0 + TILE; x++) \
					for (uint64_t z = 0; z < n; z++) \
						for (uint64_t c = 0; c < nc; c++) \
							d[((z * ny + y) * nx + x) * nc + c] = \
								s[z * l->step[Z] + y * l->step[Y] + x * l->step[X] + c * l->step[COLOUR]]; \
	} while (0)

/* The next slices, in the order of a volume. Where z is fastest in the file, so many at a time that what comes with
 * one number out of memory is used, and in narrow strips, so that what is written stays at hand. */
static void gather(struct voxels *v)
{
	const struct layout *l = &v->l;
	uint64_t nc = l->size[COLOUR], nx = l->size[X], ny = l->size[Y], n = l->size[Z] - v->z;

	if (n > v->at_once)
		n = v->at_once;
	switch (v->bytes) {
	case 1: GATHER(uint8_t); break;
	case 2: GATHER(uint16_t); break;
	case 4: GATHER(uint32_t); break;
	default: GATHER(uint64_t); break;
	}
	v->at = v->block;
	v->left = (size_t)(n * ny * nx * nc);
	v->z += n;
	if (v->z == l->size[Z]) {
		v->z = 0;
		v->entry++;
	}
}

/* More numbers in hand: 1, 0 at the end, -1. */
static int refill(struct voxels *v, struct vol_err *err)
{
	struct vol_slab slab;
	int got;

	if (v->held) {
		if (v->entry == v->l.size[LIST])
			return 0;
		gather(v);
		return 1;
	}
	got = vol_next(v->raw, &slab, err);
	if (got > 0) {
		v->at = slab.voxels;
		v->left = slab.n;
	}
	return got;
}

static ssize_t voxels_read(void *ctx, void *buf, size_t n, struct vol_err *err)
{
	struct voxels *v = ctx;
	size_t wanted = n / v->to_bytes, done = 0;

	while (done < wanted) {
		size_t some = wanted - done;
		int got = v->left ? 1 : refill(v, err);

		if (got < 0)
			return -1;
		if (got == 0)
			break;
		if (some > v->left)
			some = v->left;
		npy_convert(v->from, v->to, v->bytes, v->at, some, (char *)buf + done * v->to_bytes);
		v->at += some * v->bytes;
		v->left -= some;
		done += some;
	}
	return (ssize_t)(done * v->to_bytes);
}

static void voxels_close(void *ctx)
{
	struct voxels *v = ctx;

	vol_close(v->raw);
	free(v->block);
	free(v);
}

/* The raw reader gives the last numbers only when its source is sound to its end: no `finish` is needed. */
static const struct vol_source voxels_source = {.read = voxels_read, .close = voxels_close};

static enum voxel_type type_of(const struct npy_head *h)
{
	static const enum voxel_type whole[2][3] = {{VOXEL_INT8, VOXEL_INT16, VOXEL_INT32},
	                                            {VOXEL_UINT8, VOXEL_UINT16, VOXEL_UINT32}};

	if (h->kind == 'f')
		return h->bytes == 8 ? VOXEL_DOUBLE : VOXEL_FLOAT;
	return h->bytes == 8 ? VOXEL_DOUBLE : whole[h->kind != 'i'][h->bytes / 2];
}

/* A volume of the same bytes, as they lie; only the size of its type counts. */
static struct vol_in *open_raw(const struct vol_source *source, void *ctx, const struct npy_head *h,
                               const struct layout *l, const struct vol_head *head, const char *name,
                               struct vol_err *err)
{
	struct vol_head raw;

	vol_head_init(&raw);
	raw.type = h->bytes == 1 ? VOXEL_UINT8 : h->bytes == 2 ? VOXEL_UINT16 : h->bytes == 4 ? VOXEL_FLOAT : VOXEL_DOUBLE;
	raw.grid = head->grid;
	raw.channels = head->channels;
	raw.list = head->list;
	if (!l->plain) {
		raw.channels = 1;
		raw.list = 0;
		for (int i = 0; i < 3; i++)
			raw.grid.size[i] = 1;
		for (int i = 0; i < h->dims; i++)
			raw.grid.size[i < 2 ? i : 2] *= h->shape[h->fortran ? i : h->dims - 1 - i];
	}
	return vol_open_source(source, ctx, name, &raw, h->big, err);
}

/* Make ready: hold what has to be held, choose the type. */
static int prepare(struct voxels *v, const struct npy_head *h, struct vol_err *err)
{
	uint64_t slice = v->l.size[COLOUR] * v->l.size[X] * v->l.size[Y] * v->bytes;

	if ((v->from == NPY_INT64 || v->from == NPY_UINT64 || !v->l.plain) && vol_hold(v->raw, err) < 0)
		return -1;
	if ((v->from == NPY_INT64 || v->from == NPY_UINT64) && recast_wide_type(v->raw, h->kind == 'i', &v->to, err) < 0)
		return -1;
	v->to_bytes = voxel_size(v->to);
	if (v->l.plain)
		return 0;
	v->held = vol_held(v->raw);
	v->at_once = BLOCK / slice > SLICES ? BLOCK / slice : SLICES;
	if (v->at_once > v->l.size[Z])
		v->at_once = v->l.size[Z];
	v->block = malloc((size_t)(v->at_once * slice));
	return v->block ? 0 : vol_fail(err, vol_in_name(v->raw), "out of memory");
}

struct vol_in *npy_voxels(const struct vol_source *source, void *ctx, const struct npy_head *h,
                          const struct npy_want *want, struct vol_head *head, const char *name, struct vol_err *err)
{
	struct voxels *v;
	struct layout l;
	enum npy_from from = h->kind == 'b' ? NPY_TRUTH : h->kind == 'f' && h->bytes == 2 ? NPY_HALF
	               : h->bytes < 8 || h->kind == 'f' ? NPY_AS_IT_IS : h->kind == 'i' ? NPY_INT64 : NPY_UINT64;

	head->type = type_of(h);
	if (lay_out(h, want, &l, name, err) < 0 || vol_head_check(head, name, err) < 0) {
		source->close(ctx);
		return NULL;
	}
	if (from == NPY_AS_IT_IS && l.plain)
		return vol_open_source(source, ctx, name, head, h->big, err);
	v = calloc(1, sizeof *v);
	if (!v) {
		vol_fail(err, name, "out of memory");
		source->close(ctx);
		return NULL;
	}
	v->raw = open_raw(source, ctx, h, &l, head, name, err);
	if (!v->raw) {
		free(v);
		return NULL;
	}
	v->from = from;
	v->to = head->type;
	v->bytes = (size_t)h->bytes;
	v->l = l;
	if (prepare(v, h, err) < 0) {
		voxels_close(v);
		return NULL;
	}
	head->type = v->to;
	return vol_open_source(&voxels_source, v, name, head, false, err);
}
