/* expr_operations.c - what expr.h's signs and functions do, a block at a time. */
#include <math.h>

#include "clones.h"
#include "expr_inside.h"

#define KERNEL(NAME, X) \
	void k_##NAME(const double *restrict a, const double *restrict b, const double *restrict c, size_t n, \
	              double *restrict dst) \
	{ \
		(void)b; \
		(void)c; \
		for (size_t i = 0; i < n; i++) \
			dst[i] = X; \
	}
#define LOOP(NAME, X) static KERNEL(NAME, X)
#define WIDE(NAME, X) VOL_CLONES static KERNEL(NAME, X)

WIDE(add, a[i] + b[i])
WIDE(sub, a[i] - b[i])
WIDE(mul, a[i] * b[i])
WIDE(div, a[i] / b[i])
WIDE(square, a[i] * a[i])
WIDE(neg, -a[i])
WIDE(not, a[i] == 0 ? 1.0 : 0.0)
WIDE(lt, a[i] < b[i] ? 1.0 : 0.0)
WIDE(le, a[i] <= b[i] ? 1.0 : 0.0)
WIDE(gt, a[i] > b[i] ? 1.0 : 0.0)
WIDE(ge, a[i] >= b[i] ? 1.0 : 0.0)
WIDE(eq, a[i] == b[i] ? 1.0 : 0.0)
WIDE(ne, a[i] != b[i] ? 1.0 : 0.0)
WIDE(and, ((a[i] != 0) & (b[i] != 0)) ? 1.0 : 0.0)
WIDE(or, ((a[i] != 0) | (b[i] != 0)) ? 1.0 : 0.0)
WIDE(select, a[i] != 0 ? b[i] : c[i])
WIDE(abs, fabs(a[i]))
WIDE(floor, floor(a[i]))
WIDE(ceil, ceil(a[i]))
WIDE(trunc, trunc(a[i]))
WIDE(isnan, a[i] != a[i] ? 1.0 : 0.0)

static inline double least(double x, double y)
{
	double m = x < y ? x : y; /* y where either is NaN */

	return x != x ? x : m;
}

static inline double greatest(double x, double y)
{
	double m = x > y ? x : y;

	return x != x ? x : m;
}

static inline double within(double x, double lo, double hi)
{
	return least(greatest(x, lo), hi);
}

static inline double sign(double x)
{
	double s = x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0;

	return x != x ? x : s;
}

WIDE(min, least(a[i], b[i]))
WIDE(max, greatest(a[i], b[i]))
WIDE(clamp, within(a[i], b[i], c[i]))
WIDE(sign, sign(a[i]))

/* the C library's, a number at a time */
LOOP(mod, fmod(a[i], b[i]))
LOOP(pow, pow(a[i], b[i]))
LOOP(round, round(a[i]))
LOOP(sqrt, sqrt(a[i]))
LOOP(exp, exp(a[i]))
LOOP(log, log(a[i]))
LOOP(log10, log10(a[i]))
LOOP(log2, log2(a[i]))
LOOP(hypot, hypot(a[i], b[i]))
LOOP(sin, sin(a[i]))
LOOP(cos, cos(a[i]))
LOOP(tan, tan(a[i]))
LOOP(atan2, atan2(a[i], b[i]))

const struct operation
	expr_select = {"?", k_select, 3, CHOICE, 0, false},
	expr_neg = {"-", k_neg, 1, FIRST, 0, false},
	expr_not = {"!", k_not, 1, TRUE_FALSE, 0, false},
	expr_pow = {"^", k_pow, 2, PLAIN, 0, false},
	expr_square = {"^", k_square, 1, PLAIN, 0, false};

const struct operation expr_infix[] = {
	{"||", k_or, 2, TRUE_FALSE, 1, false},  {"&&", k_and, 2, TRUE_FALSE, 2, false},
	{"==", k_eq, 2, TRUE_FALSE, 3, false},  {"!=", k_ne, 2, TRUE_FALSE, 3, false},
	{"<=", k_le, 2, TRUE_FALSE, 3, false},  {">=", k_ge, 2, TRUE_FALSE, 3, false},
	{"<", k_lt, 2, TRUE_FALSE, 3, false},   {">", k_gt, 2, TRUE_FALSE, 3, false},
	{"+", k_add, 2, SUM, 4, false},         {"-", k_sub, 2, SUM, 4, false},
	{"*", k_mul, 2, PRODUCT, 5, false},     {"/", k_div, 2, QUOTIENT, 5, false},
	{"%", k_mod, 2, SUM, 5, false},
	{NULL, NULL, 0, PLAIN, 0, false},
};

const struct operation expr_functions[] = {
	{"abs", k_abs, 1, FIRST, 0, false},     {"min", k_min, 2, SUM, 0, true},
	{"max", k_max, 2, SUM, 0, true},        {"clamp", k_clamp, 3, SUM, 0, false},
	{"floor", k_floor, 1, FIRST, 0, false}, {"ceil", k_ceil, 1, FIRST, 0, false},
	{"round", k_round, 1, FIRST, 0, false}, {"trunc", k_trunc, 1, FIRST, 0, false},
	{"sign", k_sign, 1, RATIO, 0, false},   {"isnan", k_isnan, 1, TRUE_FALSE, 0, false},
	{"sqrt", k_sqrt, 1, PLAIN, 0, false},   {"pow", k_pow, 2, PLAIN, 0, false},
	{"exp", k_exp, 1, PLAIN, 0, false},     {"log", k_log, 1, PLAIN, 0, false},
	{"log10", k_log10, 1, PLAIN, 0, false}, {"log2", k_log2, 1, PLAIN, 0, false},
	{"hypot", k_hypot, 2, SUM, 0, false},   {"sin", k_sin, 1, PLAIN, 0, false},
	{"cos", k_cos, 1, PLAIN, 0, false},     {"tan", k_tan, 1, PLAIN, 0, false},
	{"atan2", k_atan2, 2, RATIO, 0, false},
	{NULL, NULL, 0, PLAIN, 0, false},
};
