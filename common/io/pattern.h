/* pattern.h - names of files that are numbered: "part{}.vol", "slices/{:04d}.tif". */
#ifndef VOL_PATTERN_H
#define VOL_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* pattern_field - the place of a number at the start of s: {}, or {:d}, {:03d}, {:3d} as Python has them. Its length,
 * 0 when there is none; *width: digits, 0 where {} leaves them to us. */
size_t pattern_field(const char *s, int *width);

/* pattern_has - is there such a place anywhere in the name? NULL has none. */
bool pattern_has(const char *name);

/* pattern_name - the name of number i of n, the caller's to free; NULL when memory runs out. {} has as many digits as
 * the last number needs, so that names sort. */
char *pattern_name(const char *pattern, uint64_t i, uint64_t n);

#endif
