/* follow.h - how the keys of a header follow what a tool does to the volume, and what a tool may
 * ask of them. Beside keys.h: there one key, here what they mean together. */
#ifndef VOL_FOLLOW_H
#define VOL_FOLLOW_H

#include "head.h"

/* ---- what a tool may ask for ---- */

/* want_hu - 0 when the values are in HU. Else -1, with the way out: "values are stored units, not
 * HU: run volhu first". A volume without vol.unit is refused too. */
int want_hu(const struct vol_head *h, const char *subject, struct vol_err *err);

/* want_physical - 0 unless the values are stored ones that a rescale (other than 1 0) still stands
 * for: numbers given in the volume's unit then make no sense. */
int want_physical(const struct vol_head *h, const char *subject, struct vol_err *err);

/* want_image - 0 unless the voxels are labels: their numbers are names, not to be computed with. */
int want_image(const struct vol_head *h, const char *subject, struct vol_err *err);

/* want_scalar - 0 when a voxel is one number; want_3d - when there is no list axis of over one. */
int want_scalar(const struct vol_head *h, const char *subject, struct vol_err *err);
int want_3d(const struct vol_head *h, const char *subject, struct vol_err *err);

/* is_labels - does vol.unit say `label`? */
bool is_labels(const struct vol_head *h);

/* ---- what a tool did ---- */

/* follow_slices - slice i of the result was slice from[i] of the volume (both through all list
 * entries), n of them: the pairs of vol.rescale go along. The grid is the caller's to set. */
int follow_slices(struct vol_head *h, const uint64_t *from, uint64_t n, struct vol_err *err);

/* follow_labels - the voxels now are labels (uint8, 16 or 32: the caller sets the type), or 0 and 1
 * of a mask: what the keys said about intensities goes. table: "1 lung-left\n2 lung-right", or NULL
 * for a plain mask. */
int follow_labels(struct vol_head *h, const char *table, struct vol_err *err);

/* follow_values - the voxels now hold other numbers than before, which no slope and intercept leads
 * to (clamped, z-scored, averaged): unit (NULL: unknown); rescale, window and the stored range go.
 * vol.padding is the caller's. */
int follow_values(struct vol_head *h, const char *unit, struct vol_err *err);

/* follow_mixed - voxels are now averages over their neighbours (resampled, smoothed): the window and
 * the unit hold, a stored range does not, and pairs that differ by slice are refused. */
int follow_mixed(struct vol_head *h, const char *subject, struct vol_err *err);

#endif
