/* keys.h - the vol.* keys of a header: reading them, and keeping them true.
 *
 * Tools say what they did (rescaled, changed the type); what follows for the keys is decided
 * here. Names are without the "vol." unless said otherwise. */
#ifndef VOL_KEYS_H
#define VOL_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "head.h"

/* key_get - the value of "vol.NAME", or NULL. Borrowed from the header until it changes. */
const char *key_get(const struct vol_head *h, const char *name);

/* key_set - set "vol.NAME" from a printf format. key_drop - forget it. -1: out of memory. */
int key_set(struct vol_head *h, struct vol_err *err, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void key_drop(struct vol_head *h, const char *name);

/* key_set_full, key_get_full, key_drop_full - the same with the whole name as it stands in the header,
 * and a plain value. */
int key_set_full(struct vol_head *h, const char *full_name, const char *value, struct vol_err *err);
const char *key_get_full(const struct vol_head *h, const char *full_name);
void key_drop_full(struct vol_head *h, const char *full_name);

/* The way from stored numbers to the physical unit: value = slope * stored + intercept. */
struct vol_rescale {
	size_t n;          /* 0: none stated; 1: one for all; else one a slice (of every list entry) */
	double *slope;     /* n of each; owned */
	double *intercept;
};

/* key_rescale - read vol.rescale. -1 when it is not 1 or vol_head_slices() finite pairs, or a
 * slope is 0. rescale_free gives the arrays back. */
int key_rescale(const struct vol_head *h, struct vol_rescale *r, const char *subject,
                struct vol_err *err);
void rescale_free(struct vol_rescale *r);

/* key_scaling - one pair for all that leads from the voxels to values: that of vol.rescale where vol.unit says that they
 * are `stored` (the first, where slices differ), else 1 and 0. -1 as key_rescale. */
int key_scaling(const struct vol_head *h, const char *subject, double *slope, double *intercept, struct vol_err *err);

/* rescale_simplify - one pair where all slices have the same. */
void rescale_simplify(struct vol_rescale *r);

/* key_set_rescale - write vol.rescale; drops it for n == 0. */
int key_set_rescale(struct vol_head *h, const struct vol_rescale *r, struct vol_err *err);

/* key_padding - vol.padding as a closed range. 1 when there is one, 0 when not, -1 bad text. */
int key_padding(const struct vol_head *h, double *lo, double *hi, const char *subject,
                struct vol_err *err);

/* key_stored_range - vol.stored.range, the stored values that can occur. Returns as key_padding. */
int key_stored_range(const struct vol_head *h, double *lo, double *hi, const char *subject,
                     struct vol_err *err);

/* key_window - read vol.window. False when there is none that makes sense. */
bool key_window(const struct vol_head *h, double *centre, double *width);

/* key_label - the name that vol.labels gives a label, into name. False, and "" there, when it gives none. */
bool key_label(const struct vol_head *h, int64_t label, char *name, size_t size);

/* key_rescaled - the voxels now hold slope*v+intercept (one pair for all, or NAN, NAN when the
 * pairs differed by slice) in `unit` (NULL: unknown). Sets vol.unit, drops vol.rescale, and
 * carries vol.window along, or drops it where one pair cannot. vol.padding is the caller's to
 * set or drop: only it knows what it wrote there. */
int key_rescaled(struct vol_head *h, double slope, double intercept, const char *unit,
                 struct vol_err *err);

/* key_source - set vol.source to the present grid, "NX NY NZ (x,y,z) (x,y,z) (x,y,z) (origin)",
 * unless the volume already has one: readers of outside formats call it. */
int key_source(struct vol_head *h, struct vol_err *err);

/* key_source_grid - that grid. 1; 0 when there is no vol.source; -1 when it is not such a text. */
int key_source_grid(const struct vol_head *h, struct vol_grid *g, const char *subject, struct vol_err *err);

/* key_transform - read vol.transform, 4x4 by rows: patient space now -> patient space as read, mm. 1;
 * 0 when there is none (it is then the identity); -1 when it is not 16 finite numbers, the last four
 * 0 0 0 1. key_moved - the patient was moved: `back` leads from where a point is now to where it was
 * before; joined with the transform that is there. */
int key_transform(const struct vol_head *h, struct grid_affine *now_to_read, const char *subject,
                  struct vol_err *err);
int key_moved(struct vol_head *h, const struct grid_affine *back, const char *subject, struct vol_err *err);

/* key_history - add a line "TOOL VERSION OPTIONS" as vol.history.N, with the digest of the
 * header that this stage read, if it read one. No paths, hosts, users or clocks in `line`. */
int key_history(struct vol_head *h, const char *line, struct vol_err *err);

#endif
