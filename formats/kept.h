/* kept.h - the header of a volume, kept as text in a file of a format that has no fields for all of it.
 *
 * Other programs copy such text along to voxels that they have changed. So it says what the first voxels were, and is
 * only believed for those, and where the file itself says the same of type, sizes, place and scaling. */
#ifndef VOL_KEPT_H
#define VOL_KEPT_H

#include <stdbool.h>
#include <stddef.h>

#include "io/vol.h"

/* kept_crc - the CRC-32 of the first slab of `in`, of which none is taken yet, as eight digits and a zero. -1 with err. */
enum { KEPT_CRC = 9 };
int kept_crc(struct vol_in *in, char crc[KEPT_CRC], struct vol_err *err);

/* kept_print - the text: a line with the CRC-32 of the first slab of `in` (none of which is taken yet), then the
 * header as a vol stream has it. No zero in it but the one after its *n bytes. *text is the caller's to free. */
int kept_print(struct vol_in *in, const struct vol_head *head, char **text, size_t *n, struct vol_err *err);

/* kept_is - do these first bytes of a text start one of kept_print? */
bool kept_is(const char *text, size_t n);

/* kept_take - make *head, which holds what the file itself says, the header that is kept in the n bytes at text, if it
 * is still true of it and of `in`, none of which is taken yet; scaled: the file itself says how its voxels are scaled.
 * The digest stays. 1; 0 with a note when the text is not taken; -1 with err when `in` cannot be read. */
int kept_take(const char *text, size_t n, bool scaled, struct vol_in *in, struct vol_head *head, struct vol_err *err);

/* kept_same_place - do two grids differ by no more than the rounding of floats? */
bool kept_same_place(const struct vol_grid *a, const struct vol_grid *b);

#endif
