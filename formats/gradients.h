/* gradients.h - the diffusion weighting of a volume's entries, as the tables that programs for diffusion read. */
#ifndef VOL_GRADIENTS_H
#define VOL_GRADIENTS_H

#include "err.h"
#include "io/head.h"

/* Names of files to write; NULL: none. */
struct gradients_want {
	const char *bval;         /* a line of b-values, s/mm2, one for each entry of the list axis */
	const char *bvec;         /* three lines, of x, y, z: unit vectors as FSL has them; 0 0 0 where the b-value is 0 */
	const char *bvec_scanner; /* the same in patient space, RAS */
};

/* Tables that are written and have no name yet. */
struct gradients;

/* gradients_write - the tables that are wanted of the volume's vol.axis and DWMRI keys (volstream(5)); they are on the disk
 * then, without their names.
 *
 *   flags     enum outfile_flags
 *   subject   the volume, for messages
 *
 * FSL's vectors are along the axes of the voxels as they lie in the volume, x with the other sign where the determinant
 * of the directions is positive (fsl.fmrib.ox.ac.uk/fsl/fslwiki/FDT/FAQ). *tables is NULL where nothing is wanted. -1 with
 * err: no b-values or none above 0 are known, no directions, axes that are not perpendicular (bvec), or a file cannot be
 * written; then there is none. */
int gradients_write(const struct vol_head *head, const struct gradients_want *want, int flags, const char *subject,
                    struct gradients **tables, struct vol_err *err);

/* gradients_commit - give them their names: all, or with -1 and err none of them. Frees. gradients_abandon - forget them;
 * NULL is fine. */
int gradients_commit(struct gradients *tables, struct vol_err *err);
void gradients_abandon(struct gradients *tables);

/* gradients_clash - do two of the names, or one and `output`, name the same file, or one of them stdout? Then that name;
 * else NULL. */
const char *gradients_clash(const struct gradients_want *want, const char *output);

#endif
