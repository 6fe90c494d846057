/* expr_run.c - what unit a program's result has, and the program run over blocks of voxels. */
#include "expr_inside.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clones.h"
#include "convert.h"
#include "lookup.h"

/* ---- units ---- */

static bool plain(int u)
{
	return u == EXPR_NUMBER || u == EXPR_TRUTH;
}

static int together(int a, int b)
{
	if (plain(a) && plain(b))
		return EXPR_NUMBER;
	return plain(a) || a == b ? b : plain(b) ? a : EXPR_OTHER;
}

static int product(int a, int b)
{
	if (a == EXPR_OTHER || b == EXPR_OTHER)
		return EXPR_OTHER;
	if (a == EXPR_LABEL && !plain(b))
		return b;
	if (b == EXPR_LABEL && !plain(a))
		return a;
	return plain(a) || plain(b) ? together(a, b) : EXPR_OTHER;
}

static int made(enum rule rule, int a, int b, int c)
{
	switch (rule) {
	case SUM: return together(together(a, b), c);
	case PRODUCT: return product(a, b);
	case QUOTIENT: return plain(b) ? together(a, b) : a == b && a != EXPR_OTHER ? EXPR_NUMBER : EXPR_OTHER;
	case FIRST: return a == EXPR_TRUTH ? EXPR_NUMBER : a;
	case CHOICE: return b == EXPR_TRUTH && c == EXPR_TRUTH ? EXPR_TRUTH : together(b, c);
	case TRUE_FALSE: return EXPR_TRUTH;
	case PLAIN: return plain(a) && plain(b) ? EXPR_NUMBER : EXPR_OTHER;
	case RATIO: break;
	}
	return EXPR_NUMBER;
}

static int unit_at(const struct place *p, const int *letter_unit, const int *between)
{
	return p->kind == NUMBER ? EXPR_NUMBER : p->kind == LETTER ? letter_unit[p->n] : between[p->n];
}

int expr_unit(const struct expr *e, const int *of_volume)
{
	int letter_unit[LETTERS], between[EXPR_LENGTH];

	for (int letter = 'a'; letter <= 'z'; letter++) {
		const char *v = strchr(expr_letters, letter);

		letter_unit[letter - 'a'] = !v ? (letter >= 'x' ? EXPR_MM : EXPR_NUMBER)
				       : v - expr_letters < e->volumes ? of_volume[v - expr_letters]
									 : EXPR_OTHER;
	}
	for (size_t i = 0; i < e->steps; i++) {
		const struct step *s = &e->step[i];
		int u[3];

		for (int k = 0; k < 3; k++)
			u[k] = unit_at(&s->from[k], letter_unit, between);
		between[s->to.n] = made(s->op->rule, u[0], u[1], u[2]);
	}
	return unit_at(&e->result, letter_unit, between);
}

/* One bit pattern for NaN: which of two a processor passes on depends on how a compiler orders them. */
VOL_CLONES static void settle(const double *restrict v, size_t n, double *restrict dst)
{
	for (size_t i = 0; i < n; i++)
		dst[i] = v[i] != v[i] ? (double)NAN : v[i];
}

/* ---- running ---- */

/* A thread's blocks: the letters, then those between operations, then the result. */
void *expr_work_new(const struct expr *e)
{
	return malloc((LETTERS + e->betweens + 1) * EXPR_BLOCK * sizeof(double));
}

static double *block(void *work, size_t n)
{
	return (double *)work + n * EXPR_BLOCK;
}

static const double *at(const struct expr *e, void *work, const struct place *p)
{
	switch (p->kind) {
	case LETTER: return block(work, p->n);
	case BETWEEN: return block(work, LETTERS + p->n);
	case NUMBER: break;
	}
	return e->number + p->n * EXPR_BLOCK;
}

static void place_voxels(const struct expr *e, void *work, const struct vol_grid *g, uint64_t first, size_t n)
{
	double *i = block(work, 'i' - 'a'), *j = block(work, 'j' - 'a'), *k = block(work, 'k' - 'a');
	uint64_t column = first % g->size[0], row = first / g->size[0] % g->size[1];
	uint64_t slice = first / g->size[0] / g->size[1] % g->size[2];

	for (size_t v = 0; v < n; v++) {
		i[v] = (double)column;
		j[v] = (double)row;
		k[v] = (double)slice;
		if (++column < g->size[0])
			continue;
		column = 0;
		if (++row < g->size[1])
			continue;
		row = 0;
		slice = (slice + 1) % g->size[2];
	}
	for (int axis = 0; axis < 3; axis++) {
		double *mm = block(work, (size_t)('x' - 'a' + axis));

		if (!(e->letters >> ('x' - 'a' + axis) & 1))
			continue;
		for (size_t v = 0; v < n; v++)
			mm[v] = g->origin[axis] + g->direction[0][axis] * i[v] + g->direction[1][axis] * j[v] +
				g->direction[2][axis] * k[v];
	}
}

/* One block; the results are in the last block of work. */
static double *run_block(const struct expr *e, void *work, const void *const *volume,
                         const enum voxel_type *type, const struct vol_grid *grid, uint64_t first,
                         size_t done, size_t n)
{
	const uint32_t places = UINT32_C(7) << ('i' - 'a') | UINT32_C(7) << ('x' - 'a');
	double *result = block(work, LETTERS + e->betweens);

	for (int v = 0; v < e->volumes; v++)
		if (expr_uses(e, v))
			convert_to_double((const char *)volume[v] + done * voxel_size(type[v]), type[v], n,
			                  block(work, (size_t)(expr_letters[v] - 'a')));
	if (e->letters & places)
		place_voxels(e, work, grid, first + done, n);
	for (size_t i = 0; i < e->steps; i++) {
		const struct step *s = &e->step[i];

		s->op->run(at(e, work, &s->from[0]), at(e, work, &s->from[1]), at(e, work, &s->from[2]), n,
		           block(work, LETTERS + s->to.n));
	}
	settle(at(e, work, &e->result), n, result);
	return result;
}

size_t expr_run(const struct expr *e, void *work, const void *const *volume, const enum voxel_type *type,
                const struct vol_grid *grid, uint64_t first, size_t n, const struct cast *c, void *dst,
                double *misfit)
{
	for (size_t done = 0, some; done < n; done += some) {
		double *result;
		size_t got;

		some = n - done < EXPR_BLOCK ? n - done : EXPR_BLOCK;
		result = run_block(e, work, volume, type, grid, first, done, some);
		got = cast_apply(c, result, some, (char *)dst + done * voxel_size(c->to));
		if (got < some) {
			*misfit = result[got];
			return done + got;
		}
	}
	return n;
}

void *expr_table(const struct expr *e, enum voxel_type type, const struct cast *c)
{
	static const struct vol_grid none = {.size = {1, 1, 1}};
	size_t n = lookup_size(type);
	void *all, *work, *table;
	const void *volume[EXPR_VOLUMES] = {0};
	enum voxel_type types[EXPR_VOLUMES] = {type};
	double misfit;

	if (n == 0 || e->letters != 1)
		return NULL;
	volume[0] = all = lookup_patterns(type);
	work = expr_work_new(e);
	table = malloc(n * voxel_size(c->to));
	if (!all || !work || !table || expr_run(e, work, volume, types, &none, 0, n, c, table, &misfit) < n) {
		free(table);
		table = NULL;
	}
	free(all);
	free(work);
	return table;
}
