/* instep.h - several volumes on one grid, read in runs of the same voxels. */
#ifndef VOL_INSTEP_H
#define VOL_INSTEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/vol.h"

/* A volume of the set. Without a list axis where the first has one it goes for every entry: it is then
 * held (vol_hold) and read anew for each. */
struct instep {
	struct vol_in *in;
	struct vol_head head;
	struct vol_slab slab;
	size_t used;           /* numbers of the slab that are dealt with */
	bool again, owned;
};

/* instep_first - begin a set with a volume that is open; `in` stays the caller's, head is copied.
 * instep_beside - open path, in any format, beside it: as beside_open. -1 with err. */
int instep_first(struct instep *s, struct vol_in *in, const struct vol_head *head, struct vol_err *err);
int instep_beside(struct instep *s, const char *path, const struct instep *first, struct vol_err *err);

/* instep_take - the next voxels of `volumes` volumes of a set, up to n of each, to to[0], to[1], ...
 * Returns how many; 0 when the first is complete, and all others ended with it; -1 with err. */
int64_t instep_take(struct instep *s, int volumes, size_t n, char *const *to, struct vol_err *err);

/* instep_close - one of them; one of all zero is fine. */
void instep_close(struct instep *s);

#endif
