#include "frame.h"

#include <stdlib.h>

#include "alg/select.h"
#include "beside.h"
#include "io/follow.h"
#include "io/keys.h"
#include "io/slices.h"

int frame_of_range(struct vol_in *in, const struct vol_head *head, double lo, double hi, struct bounds *b,
                   struct vol_err *err)
{
	const char *name = vol_in_name(in);
	struct vol_slices s = {0};
	const void *voxels;
	uint8_t *sel = NULL, *pad = NULL;
	double pad_lo, pad_hi;
	uint64_t z = 0;
	int got, padded;

	if (want_scalar(head, name, err) < 0 || want_physical(head, name, err) < 0)
		return -1;
	padded = key_padding(head, &pad_lo, &pad_hi, name, err);
	if (padded < 0 || vol_hold(in, err) < 0 || vol_slices_begin(&s, in, head, err) < 0)
		return -1;
	sel = malloc(s.numbers);
	pad = padded ? malloc(s.numbers) : NULL;
	got = sel && (pad || !padded) ? 1 : vol_fail(err, name, "out of memory");
	while (got > 0 && (got = vol_slices_next(&s, &voxels, err)) > 0) {
		select_range(voxels, head->type, s.numbers, lo, hi, sel);
		if (padded)
			select_range(voxels, head->type, s.numbers, pad_lo, pad_hi, pad);
		for (size_t i = 0; padded && i < s.numbers; i++)
			sel[i] &= (uint8_t)!pad[i];
		bounds_add(b, sel, (size_t)head->grid.size[0], (size_t)head->grid.size[1], z++ % head->grid.size[2]);
	}
	vol_slices_end(&s);
	free(sel);
	free(pad);
	if (got == 0)
		vol_rewind(in);
	return got;
}

int frame_of_mask(const char *path, const struct vol_head *head, const char *name, struct bounds *b,
                  struct vol_err *err)
{
	struct vol_slices s = {0};
	struct vol_head mask;
	struct vol_in *in = beside_open(path, head, name, &mask, err);
	const void *voxels;
	uint8_t *sel = NULL;
	uint64_t z = 0;
	int got;

	if (!in)
		return -1;
	got = want_scalar(&mask, vol_in_name(in), err) < 0 || vol_slices_begin(&s, in, &mask, err) < 0 ? -1 : 1;
	if (got > 0 && !(sel = malloc(s.numbers)))
		got = vol_fail(err, name, "out of memory");
	while (got > 0 && (got = vol_slices_next(&s, &voxels, err)) > 0) {
		select_nonzero(voxels, mask.type, s.numbers, sel);
		bounds_add(b, sel, (size_t)mask.grid.size[0], (size_t)mask.grid.size[1], z++ % mask.grid.size[2]);
	}
	vol_slices_end(&s);
	vol_close(in);
	vol_head_free(&mask);
	free(sel);
	return got;
}

int frame_head(struct regrid *r, struct vol_in *in, struct vol_head *head, const int64_t lo[3],
               const uint64_t size[3], double fill, struct vol_err *err)
{
	bool apart = false;

	for (int a = 0; a < 3; a++)
		apart = apart || lo[a] >= (int64_t)head->grid.size[a] || (lo[a] < 0 && size[a] <= (uint64_t)-lo[a]);
	if (apart)
		return vol_fail(err, vol_in_name(in), "nothing of the volume would be in the result");
	r->grid = grid_framed(&head->grid, lo, size);
	r->kernel = KERNEL_NEAREST;
	r->fill = fill;
	return regrid_head(r, in, head, err);
}
