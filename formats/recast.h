/* recast.h - numbers that a stream does not have, as numbers that it has, on their way. */
#ifndef VOL_RECAST_H
#define VOL_RECAST_H

#include <stdbool.h>
#include <stddef.h>

#include "io/vol.h"

/* recast_fn - make n numbers at src into n at dst; they do not overlap. `how` is for the function. */
typedef void recast_fn(int how, const void *src, size_t n, void *dst);

/* recast_open - a reader of the numbers of `head`, one (of each channel) made by fn of each `from` bytes that raw reads,
 * in this machine's byte order. Streams. Owns raw from here on. NULL with err. */
struct vol_in *recast_open(struct vol_in *raw, size_t from, recast_fn *fn, int how, const struct vol_head *head,
                           struct vol_err *err);

/* recast_part_open - of the complex numbers that raw reads (as two channels, float or double), one part; the type of
 * head is set to that of raw. Magnitudes are hypot's, phases atan2's, in radians. Owns raw. NULL with err. */
enum recast_part { RECAST_NONE, RECAST_MAGNITUDE, RECAST_PHASE, RECAST_REAL, RECAST_IMAGINARY };
struct vol_in *recast_part_open(struct vol_in *raw, enum voxel_type type, enum recast_part part, struct vol_head *head,
                                struct vol_err *err);

/* recast_wide_type - a stream has no integers of 64 bits: read all of raw (whose numbers are of 8 bytes), which is held,
 * see how large they are, and take the first of int32 (not for unsigned ones), uint32 and double that has them all
 * exactly; raw stands at its start again. -1 with err when none has.
 * recast_wide - the function that makes them so. how: recast_how(is_signed, to). */
int recast_wide_type(struct vol_in *raw, bool is_signed, enum voxel_type *to, struct vol_err *err);
recast_fn recast_wide;
int recast_how(bool is_signed, enum voxel_type to);

/* recast_wide_open - both, through a file without a name under TMPDIR; the type of head is set. Owns raw. */
struct vol_in *recast_wide_open(struct vol_in *raw, bool is_signed, struct vol_head *head, struct vol_err *err);

#endif
