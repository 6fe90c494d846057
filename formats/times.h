/* times.h - a list axis of times that are evenly spaced, as formats have it: a start and a step. */
#ifndef VOL_TIMES_H
#define VOL_TIMES_H

#include <stdbool.h>

#include "io/head.h"

enum { TIMES_MAX = 4096 }; /* more entries would only bloat the header */

/* times_even - what vol.axis says of a list axis, when it is times in s or ms, one for each volume (two or
 * more), and evenly spaced to what a float holds. ms: which of the units. False, nothing set, otherwise. */
bool times_even(const struct vol_head *head, bool *ms, double *start, double *step);

/* times_set - vol.axis for all entries of the list: "time s 0 2 4 ..."; unit is "s" or "ms". */
int times_set(struct vol_head *head, const char *unit, double start, double step, struct vol_err *err);

#endif
