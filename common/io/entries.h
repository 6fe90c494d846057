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

/* ENTRIES_MM: corners may lie this far from where they should for volumes to be joined: well above what
 * formats lose (NIfTI's floats), well below what can matter. */
#define ENTRIES_MM 0.01

/* entries_join - the header of n volumes (n > 0) one after the other: along the list axis, for which all
 * lie on the same grid; or, stack, along the slice axis, where each begins one step after the end of the
 * one before, and lists are equally long. *to is uninitialised; the caller's to free, as after failure.
 *
 * Types, colours and units have to be the same, and tables of labels. vol.rescale becomes pairs for all
 * slices where it differs; vol.axis gets the values of all (unless they name different axes, or some have
 * none), DWMRI_gradient_0000 and the like new numbers. Other keys stay where all have the same; what is
 * dropped is said with vol_note, padding and axis with vol_warn. The history is that of the first, and
 * there is no digest. -1 with err about the volume, by its name, that does not fit. */
int entries_join(struct vol_head *to, const struct vol_head *part, const char *const *name, size_t n,
                 bool stack, struct vol_err *err);

/* entries_set_axis - vol.axis as the user says it: name, unit and a value for each entry. */
int entries_set_axis(struct vol_head *h, const char *axis, const char *subject, struct vol_err *err);

#endif
