/* expr.h - an arithmetic expression over voxels: text to a program, the program over blocks of voxels.
 *
 * Why an own one: of what Debian has, libmatheval is given up and takes one number at a time through a
 * tree, muParser is C++ and scalar too, numexpr is Python. A program that runs one operation after the
 * other over half a thousand numbers costs next to nothing a voxel, vectorises, needs no library, and
 * every limit on hostile text is ours.
 *
 * Grammar, loosest first; as in C, but ^ is a power and comparisons do not chain:
 *
 *     c ? t : f                     from right to left; both sides are computed
 *     ||   &&                       0 or 1; what is not 0 is true, so NaN is
 *     == != < <= > >=               0 or 1
 *     + -   * / %                   from left to right; % is C's fmod: the sign of the left side
 *     - + !                         of one value
 *     ^                             from right to left: -a^2 is -(a^2), 2^-1 is 0.5
 *
 * Values: numbers (1, .5, 2e-3), pi, nan, inf, functions (expr.c has their table), volumes, and places:
 * i j k are indices from 0 (column, row, slice), x y z millimetres in patient space (LPS). Volumes are
 * the other letters in order: a to h, then l to w.
 *
 * All is computed in double. IEEE 754 throughout: nothing traps, NaN spreads, also through min and max;
 * every NaN comes out as the same bits. The four operations, sqrt and rounding are exact to the last
 * bit everywhere; exp, log, pow, sin and the like are the C library's. */
#ifndef ALG_EXPR_H
#define ALG_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cast.h"
#include "err.h"
#include "grid.h"
#include "voxel.h"

enum {
	EXPR_VOLUMES = 20,      /* a to h, l to w */
	EXPR_LENGTH = 8192,     /* bytes of text, at most */
	EXPR_NESTING = 200,     /* parentheses, signs, powers and ?: inside each other, at most */
	EXPR_BLOCK = 512        /* numbers that an operation takes at once */
};

struct expr;

/* expr_new - compile text over `volumes` volumes. NULL with err, whose subject is "expression" and which
 * names the column of the mistake, counted from 1 in characters. expr_free - NULL is fine. */
struct expr *expr_new(const char *text, int volumes, struct vol_err *err);
void expr_free(struct expr *e);

/* expr_letter - what volume 0 to EXPR_VOLUMES - 1 is called. */
char expr_letter(int volume);

/* expr_uses - is the volume in the expression? */
bool expr_uses(const struct expr *e, int volume);

/* What a value stands for, as far as the operations tell. From EXPR_UNIT on: units that the caller
 * numbers, one number for each. */
enum { EXPR_OTHER, EXPR_NUMBER, EXPR_TRUTH, EXPR_LABEL, EXPR_MM, EXPR_UNIT };

/* expr_unit - the unit of the result when volume v has of_volume[v]. Sums, extremes and roundings keep
 * the unit, a factor without one does too, a quotient of two of one unit is a number, comparisons are
 * truths (0 or 1); a label times a unit is that unit (a mask). What else is done to a unit: EXPR_OTHER. */
int expr_unit(const struct expr *e, const int *of_volume);

/* expr_work_new - the blocks that one thread needs; free() gives them back. NULL: out of memory. */
void *expr_work_new(const struct expr *e);

/* expr_run - compute n voxels and cast them.
 *
 *   work      of this thread
 *   volume    the first voxel of each volume; type: of each
 *   grid      for i j k x y z; `first` is the number of the first voxel, counted through the list
 *   c         how doubles (c->from) become numbers of c->to, in dst
 *
 * Returns n. Less: the index of the first result that does not fit; *misfit is it. */
size_t expr_run(const struct expr *e, void *work, const void *const *volume,
                const enum voxel_type *type, const struct vol_grid *grid, uint64_t first, size_t n,
                const struct cast *c, void *dst, double *misfit);

/* expr_table - the results for all numbers of `type`, for lookup_apply: where the expression uses volume
 * 0 alone, of 8 or 16 bits, and every result fits c->to. NULL where that is not so, or no memory. */
void *expr_table(const struct expr *e, enum voxel_type type, const struct cast *c);

#endif
