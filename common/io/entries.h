/* entries.h - the entries of a list axis (times, echoes, b-values): what a header says of one of them,
 * and of volumes that are joined. Beside follow.h, which is about one volume. */
#ifndef VOL_ENTRIES_H
#define VOL_ENTRIES_H

#include "head.h"

/* entries_in - how many volumes there are: 1 where there is no list axis. */
uint64_t entries_in(const struct vol_head *h);

/* entries_axis - what vol.axis says: what the axis is (name and unit, "time s") into what[64], and the
 * value of entry i, as text, into value[64]. False, and both empty, where it says nothing sound. */
bool entries_axis(const struct vol_head *h, uint64_t i, char *what, char *value);

/* entries_take - the header of entry i alone, in place, which has no list axis then: vol.axis keeps its
 * one value, vol.rescale its pairs, and of the diffusion keys of NRRD (DWMRI_gradient_0000, ...) those
 * of this entry stay, as number 0. Values of vol.axis that do not fit the list are dropped, with a
 * warning. -1 when vol.rescale is not sound, or out of memory. */
int entries_take(struct vol_head *h, uint64_t i, const char *subject, struct vol_err *err);

#endif
