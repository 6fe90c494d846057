/* regrid.h - a vol stream onto another grid: what volresample, volresize and volback have in common.
 *
 * Grids with axes parallel to the input's (in any order and direction) are resampled axis by axis (
 * alg/resample.h); while slices come in the order in which they are needed nothing but a ring of them is held.
 * Others are interpolated out of the held volume (alg/warp.h). A result that lies exactly on voxels of the
 * input - cropped, padded, turned by quarters - is copied, whatever the kernel. */
#ifndef VOL_REGRID_H
#define VOL_REGRID_H

#include "alg/kernel.h"
#include "alg/vote.h"
#include "grid.h"
#include "io/vol.h"

enum regrid_as { REGRID_PLAIN, REGRID_ZOOM, REGRID_SKIMAGE };

/* All zero but for what is said. */
struct regrid {
	/* the caller's */
	struct vol_grid grid;      /* of the result */
	struct grid_affine move;   /* mm of the result to mm of the input */
	bool moved;                /* `move` is not the identity */
	enum kernel kernel;
	enum regrid_as as;
	bool antialias;
	double fill;               /* for what lies outside of the input; NAN: vol.padding, or air, or 0 */
	int threads;
	/* inside */
	struct vol_head from;      /* the input's */
	struct grid_affine index;  /* of the result to the input's */
	int axis[3];               /* the input's axis along each of the result's */
	bool parallel, exact, held;
	bool padded;
	double pad_lo, pad_hi, unmeasured, outside;
	struct vote_count before, after;
	struct vol_in *in;
	struct vol_out *out;
};

/* regrid_head - check what the volume allows, and turn the header (the input's) into the result's: the grid,
 * and the keys but for vol.transform and the history. -1 with err. */
int regrid_head(struct regrid *r, struct vol_in *in, struct vol_head *head, struct vol_err *err);

/* regrid_run - take all voxels of in, put all of out. Labels by a vote: notes about the volume of each, and a
 * warning for each that is lost. */
int regrid_run(struct regrid *r, struct vol_in *in, struct vol_out *out, struct vol_err *err);

void regrid_free(struct regrid *r);

/* regrid_kernels - choices of an option, NULL-ended: the names of enum kernel, then "auto", REGRID_AUTO.
 * regrid_kernel - the kernel chosen; auto is LABEL for labels, else LINEAR. */
extern const char *const regrid_kernels[];
enum { REGRID_AUTO = KERNEL_LABEL + 1 };
enum kernel regrid_kernel(int choice, const struct vol_head *head);

#endif
