/* expr_inside.h - the program that expr.h compiles to, for expr*.c alone. */
#ifndef ALG_EXPR_INSIDE_H
#define ALG_EXPR_INSIDE_H

#include "expr.h"

/* dst is none of the sources; these may be the same as each other. */
typedef void kernel(const double *restrict a, const double *restrict b, const double *restrict c, size_t n,
                    double *restrict dst);

/* What an operation makes of units. */
enum rule { SUM, PRODUCT, QUOTIENT, FIRST, CHOICE, TRUE_FALSE, PLAIN, RATIO };

struct operation {
	const char *name;     /* as it is written */
	kernel *run;
	int arguments;
	enum rule rule;
	int binds;            /* of a sign between two values: how tightly; 0: a function */
	bool many;            /* a function of two or more */
};

/* Ended by one without a name; of two that begin alike the longer comes first. */
extern const struct operation expr_infix[], expr_functions[];
extern const struct operation expr_select, expr_neg, expr_not, expr_pow, expr_square;

enum { LETTERS = 26, COMPARES = 3 /* how tightly a comparison binds */ };

/* What stands for the volumes, in their order. */
extern const char expr_letters[EXPR_VOLUMES + 1];

/* Where a value is: a letter's block, a block between operations, a number. */
struct place {
	enum { LETTER, BETWEEN, NUMBER } kind;
	unsigned n;
};

struct step {
	const struct operation *op;
	struct place from[3], to;     /* to: BETWEEN */
};

struct expr {
	struct step *step;
	double *number;               /* numbers, a block of each */
	double *value;                /* the same, once each; while it is compiled */
	size_t steps, numbers, betweens;
	int volumes;
	uint32_t letters;             /* bit n: letter n is used */
	struct place result;
};

#endif
