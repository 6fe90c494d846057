#include "expr.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clones.h"
#include "convert.h"
#include "lookup.h"

/* ---- the operations, over a block ---- */

/* dst is none of the sources; these may be the same as each other. */
typedef void kernel(const double *restrict a, const double *restrict b, const double *restrict c, size_t n,
                    double *restrict dst);

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

/* One bit pattern for NaN: which of two a processor passes on depends on how a compiler orders them. */
VOL_CLONES static void settle(const double *restrict v, size_t n, double *restrict dst)
{
	for (size_t i = 0; i < n; i++)
		dst[i] = v[i] != v[i] ? (double)NAN : v[i];
}

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

static const struct operation
	op_select = {"?", k_select, 3, CHOICE, 0, false},
	op_neg = {"-", k_neg, 1, FIRST, 0, false},
	op_not = {"!", k_not, 1, TRUE_FALSE, 0, false},
	op_pow = {"^", k_pow, 2, PLAIN, 0, false},
	op_square = {"^", k_square, 1, PLAIN, 0, false};

/* The longer of two that begin alike comes first. */
static const struct operation infix[] = {
	{"||", k_or, 2, TRUE_FALSE, 1, false},  {"&&", k_and, 2, TRUE_FALSE, 2, false},
	{"==", k_eq, 2, TRUE_FALSE, 3, false},  {"!=", k_ne, 2, TRUE_FALSE, 3, false},
	{"<=", k_le, 2, TRUE_FALSE, 3, false},  {">=", k_ge, 2, TRUE_FALSE, 3, false},
	{"<", k_lt, 2, TRUE_FALSE, 3, false},   {">", k_gt, 2, TRUE_FALSE, 3, false},
	{"+", k_add, 2, SUM, 4, false},         {"-", k_sub, 2, SUM, 4, false},
	{"*", k_mul, 2, PRODUCT, 5, false},     {"/", k_div, 2, QUOTIENT, 5, false},
	{"%", k_mod, 2, SUM, 5, false},
};

static const struct operation functions[] = {
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
};

static const struct { const char *name; double value; } constants[] = {
	{"pi", 3.14159265358979323846}, {"nan", NAN}, {"inf", INFINITY},
};

#define COUNT(ARRAY) (sizeof (ARRAY) / sizeof *(ARRAY))

/* ---- the program ---- */

enum { LETTERS = 26, COMPARES = 3 /* how tightly a comparison binds */ };

static const char volume_letters[EXPR_VOLUMES + 1] = "abcdefghlmnopqrstuvw";

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

/* A value while it is compiled. */
struct operand {
	bool constant;
	double value;
	struct place place;
};

struct parser {
	struct expr *e;
	const char *text, *at;        /* at: the next token, blanks are skipped */
	struct vol_err *err;
	int nesting;
	bool busy[EXPR_LENGTH];       /* which blocks hold a value that is still needed */
};

/* Counted from 1, in characters of UTF-8. */
static size_t column(const struct parser *p, const char *where)
{
	size_t n = 1;

	for (const char *s = p->text; s < where; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

__attribute__((format(printf, 3, 4))) static bool wrong(struct parser *p, const char *where, const char *fmt,
                                                        ...)
{
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	vol_fail(p->err, "expression", "column %zu: %s", column(p, where), what);
	return false;
}

static bool no_memory(struct parser *p)
{
	vol_fail(p->err, "expression", "out of memory");
	return false;
}

/* 0 and -0 are two numbers, NaN is one. */
static uint64_t bits_of(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof bits);
	return bits;
}

/* The program grows with the text alone, so its arrays have their full size from the start. */
static struct place place_of(struct parser *p, const struct operand *o)
{
	struct expr *e = p->e;
	size_t n = 0;

	if (!o->constant)
		return o->place;
	while (n < e->numbers && bits_of(e->value[n]) != bits_of(o->value))
		n++;
	if (n == e->numbers)
		e->value[e->numbers++] = o->value;
	return (struct place){NUMBER, (unsigned)n};
}

/* Make one value of some: at once when all are known, else by a step. */
static void emit(struct parser *p, const struct operation *op, const struct operand *from, struct operand *to)
{
	struct expr *e = p->e;
	struct step *s = &e->step[e->steps];
	bool known = true;
	double v[3] = {0};
	unsigned n = 0;

	for (int i = 0; i < op->arguments; i++) {
		known = known && from[i].constant;
		v[i] = from[i].value;
	}
	if (known) {
		to->constant = true;
		op->run(&v[0], &v[1], &v[2], 1, &to->value);
		return;
	}
	s->op = op;
	for (int i = 0; i < 3; i++) /* what is not read is still a place */
		s->from[i] = place_of(p, &from[i < op->arguments ? i : 0]);
	while (p->busy[n])
		n++;
	for (int i = 0; i < op->arguments; i++)
		if (s->from[i].kind == BETWEEN)
			p->busy[s->from[i].n] = false;
	p->busy[n] = true;
	if (n >= e->betweens)
		e->betweens = n + 1;
	s->to = (struct place){BETWEEN, n};
	to->constant = false;
	to->place = s->to;
	e->steps++;
}

/* ---- the text ---- */

static void blanks(struct parser *p)
{
	p->at += strspn(p->at, " \t\r\n");
}

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool take(struct parser *p, const char *sign)
{
	size_t n = strlen(sign);

	if (strncmp(p->at, sign, n) != 0)
		return false;
	p->at += n;
	blanks(p);
	return true;
}

/* The next token for a message: a word, or a character. */
static const char *token(const struct parser *p, char buf[48])
{
	size_t n = 0;

	if (!*p->at)
		return "the end";
	while (n < 40 && (letter(p->at[n]) || digit(p->at[n])))
		n++;
	if (n == 0)
		for (n = 1; n < 4 && (p->at[n] & 0xc0) == 0x80; n++)
			;
	snprintf(buf, 48, "'%.*s'", (int)n, p->at);
	return buf;
}

/* What the next token is wrong for, when it is `wanted` that should be there. */
static bool misplaced(struct parser *p, const char *wanted)
{
	char buf[48];

	switch (*p->at) {
	case '=': return wrong(p, p->at, "'=' sets nothing here: is equal is written ==");
	case '&': return wrong(p, p->at, "and is written &&");
	case '|': return wrong(p, p->at, "or is written ||");
	default: return wrong(p, p->at, "%s where %s should be", token(p, buf), wanted);
	}
}

static bool ternary(struct parser *p, struct operand *out);
static bool unary(struct parser *p, struct operand *out);

static bool nest(struct parser *p)
{
	if (p->nesting >= EXPR_NESTING)
		return wrong(p, p->at, "more than %d deep", EXPR_NESTING);
	p->nesting++;
	return true;
}

static bool number(struct parser *p, struct operand *out)
{
	const char *s = p->at;
	char word[400], *end;
	size_t n = 0, digits = 0;

	for (; digit(s[n]); n++)
		digits++;
	if (s[n] == '.')
		for (n++; digit(s[n]); n++)
			digits++;
	if (digits == 0)
		return wrong(p, s, "a dot without a digit");
	if (s[n] == 'e' || s[n] == 'E') {
		size_t m = n + 1 + (s[n + 1] == '+' || s[n + 1] == '-');

		if (digit(s[m]))
			for (n = m; digit(s[n]); n++)
				;
	}
	if (n >= sizeof word)
		return wrong(p, s, "a number of %zu characters", n);
	memcpy(word, s, n);
	word[n] = '\0';
	out->constant = true;
	out->value = strtod(word, &end);
	if (*end || !isfinite(out->value))
		return wrong(p, s, "%.40s is beyond the numbers of type double", word);
	p->at += n;
	blanks(p);
	return true;
}

/* The volumes there are: "a", "a and b", "a to e". */
static const char *all_volumes(int n, char buf[16])
{
	snprintf(buf, 16, n == 1 ? "only a" : n == 2 ? "a and %c" : "a to %c", volume_letters[n - 1]);
	return buf;
}

static bool one_letter(struct parser *p, const char *name, char c, struct operand *out)
{
	const char *v = strchr(volume_letters, c);
	char buf[16];

	if (v && v - volume_letters >= p->e->volumes)
		return wrong(p, name, "volume %c is not given: there is %s", c, all_volumes(p->e->volumes, buf));
	p->e->letters |= UINT32_C(1) << (c - 'a');
	*out = (struct operand){.place = {LETTER, (unsigned)(c - 'a')}};
	return true;
}

static const struct operation *find_function(const char *name, size_t n)
{
	for (size_t f = 0; f < COUNT(functions); f++)
		if (strlen(functions[f].name) == n && memcmp(functions[f].name, name, n) == 0)
			return &functions[f];
	return NULL;
}

/* From behind the "(" to the ")". Of those that take many, two at a time are made one. */
static bool arguments(struct parser *p, const struct operation *f, const char *name, struct operand *out)
{
	struct operand v[3] = {0};
	int n = 0;

	for (;;) {
		const char *start = p->at;

		if (n == 0 && *p->at == ')')
			break;
		if (f->many && n == 2) {
			emit(p, f, v, &v[0]);
			n = 1;
		}
		if (n == f->arguments)
			return wrong(p, start, "%s takes %d value%s", f->name, n, n == 1 ? "" : "s");
		if (!ternary(p, &v[n]))
			return false;
		n++;
		if (!take(p, ","))
			break;
	}
	if (n < f->arguments)
		return wrong(p, *p->at == ')' || !*p->at ? name : p->at, "%s takes %d value%s%s", f->name,
		             f->arguments, f->arguments == 1 ? "" : "s", f->many ? " or more" : "");
	emit(p, f, v, out);
	return true;
}

static bool close_parenthesis(struct parser *p, const char *open)
{
	char wanted[48];

	if (take(p, ")"))
		return true;
	snprintf(wanted, sizeof wanted, "the ')' for column %zu", column(p, open));
	return misplaced(p, wanted);
}

static bool name(struct parser *p, struct operand *out)
{
	const char *s = p->at, *open;
	const struct operation *f;
	size_t n = 0;
	char buf[48];

	token(p, buf);
	while (letter(s[n]) || digit(s[n]))
		n++;
	p->at += n;
	blanks(p);
	open = p->at;
	if (n == 1 && *s >= 'a' && *s <= 'z')
		return one_letter(p, s, *s, out);
	for (size_t c = 0; c < COUNT(constants); c++)
		if (strlen(constants[c].name) == n && memcmp(constants[c].name, s, n) == 0) {
			*out = (struct operand){.constant = true, .value = constants[c].value};
			return true;
		}
	f = find_function(s, n);
	if (!f)
		return wrong(p, s, "%s is no volume, function or constant", buf);
	if (!take(p, "("))
		return wrong(p, p->at, "%s is a function: '(' should follow", f->name);
	if (!nest(p) || !arguments(p, f, s, out) || !close_parenthesis(p, open))
		return false;
	p->nesting--;
	return true;
}

static bool primary(struct parser *p, struct operand *out)
{
	const char *open = p->at;

	if (digit(*p->at) || *p->at == '.')
		return number(p, out);
	if (letter(*p->at))
		return name(p, out);
	if (!take(p, "("))
		return misplaced(p, "a value");
	if (!nest(p) || !ternary(p, out) || !close_parenthesis(p, open))
		return false;
	p->nesting--;
	return true;
}

static bool power(struct parser *p, struct operand *out)
{
	struct operand v[2] = {0};

	if (!primary(p, &v[0]))
		return false;
	if (*p->at != '^') {
		*out = v[0];
		return true;
	}
	if (!nest(p))
		return false;
	take(p, "^");
	if (!unary(p, &v[1]))
		return false;
	p->nesting--;
	/* the square is one product, and rounded as one */
	emit(p, v[1].constant && v[1].value == 2 ? &op_square : &op_pow, v, out);
	return true;
}

static bool unary(struct parser *p, struct operand *out)
{
	char c = *p->at;
	struct operand v = {0};

	if (c != '-' && c != '+' && (c != '!' || p->at[1] == '='))
		return power(p, out);
	if (!nest(p))
		return false;
	p->at++;
	blanks(p);
	if (!unary(p, &v))
		return false;
	p->nesting--;
	if (c == '+')
		*out = v;
	else
		emit(p, c == '-' ? &op_neg : &op_not, &v, out);
	return true;
}

static const struct operation *find_infix(const char *s)
{
	for (size_t f = 0; f < COUNT(infix); f++)
		if (strncmp(infix[f].name, s, strlen(infix[f].name)) == 0)
			return &infix[f];
	return NULL;
}

/* Values with signs between that bind at least so tightly. */
static bool chain(struct parser *p, int binds, struct operand *out)
{
	struct operand v[2] = {0};
	bool compared = false;

	if (!unary(p, &v[0]))
		return false;
	for (;;) {
		const char *start = p->at;
		const struct operation *op = find_infix(p->at);

		if (!op || op->binds < binds)
			break;
		if (compared && op->binds == COMPARES)
			return wrong(p, start, "comparisons do not chain: write lo < a && a < hi");
		compared = op->binds == COMPARES;
		take(p, op->name);
		if (strcmp(op->name, "*") == 0 && *p->at == '*')
			return wrong(p, p->at, "a power is written ^");
		if (!chain(p, op->binds + 1, &v[1]))
			return false;
		emit(p, op, v, &v[0]);
	}
	*out = v[0];
	return true;
}

static bool ternary(struct parser *p, struct operand *out)
{
	struct operand v[3] = {0};

	if (!chain(p, 1, &v[0]))
		return false;
	if (*p->at != '?') {
		*out = v[0];
		return true;
	}
	if (!nest(p))
		return false;
	take(p, "?");
	if (!ternary(p, &v[1]))
		return false;
	if (!take(p, ":"))
		return misplaced(p, "the ':' of '?'");
	if (!ternary(p, &v[2]))
		return false;
	p->nesting--;
	emit(p, &op_select, v, out);
	return true;
}

static bool all(struct parser *p)
{
	struct operand v;

	blanks(p);
	if (!*p->at)
		return wrong(p, p->text, "nothing to compute");
	if (!ternary(p, &v))
		return false;
	p->e->result = place_of(p, &v);
	switch (*p->at) {
	case '\0': return true;
	case ')': return wrong(p, p->at, "')' without '('");
	case ',': return wrong(p, p->at, "',' outside of a function");
	case ':': return wrong(p, p->at, "':' without '?'");
	default: return misplaced(p, "an operation");
	}
}

/* The numbers as blocks, once they are known. */
static bool spread(struct expr *e)
{
	e->number = malloc((e->numbers ? e->numbers : 1) * EXPR_BLOCK * sizeof *e->number);
	for (size_t i = 0; e->number && i < e->numbers * EXPR_BLOCK; i++)
		e->number[i] = e->value[i / EXPR_BLOCK];
	return e->number;
}

struct expr *expr_new(const char *text, int volumes, struct vol_err *err)
{
	size_t length = strlen(text);
	struct parser *p = calloc(1, sizeof *p);
	struct expr *e = calloc(1, sizeof *e);
	bool fine = p && e;

	if (fine && length > EXPR_LENGTH) {
		vol_fail(err, "expression", "is of %zu characters: %d are allowed", length, EXPR_LENGTH);
		fine = false;
	} else if (fine) {
		/* a step and a number need a character of their own, each */
		*p = (struct parser){.e = e, .text = text, .at = text, .err = err};
		e->volumes = volumes;
		e->step = malloc((length + 1) * sizeof *e->step);
		e->value = malloc((length + 1) * sizeof *e->value);
		fine = e->step && e->value ? all(p) && (spread(e) || no_memory(p)) : no_memory(p);
	} else {
		vol_fail(err, "expression", "out of memory");
	}
	free(p);
	if (fine)
		return e;
	expr_free(e);
	return NULL;
}

void expr_free(struct expr *e)
{
	if (!e)
		return;
	free(e->step);
	free(e->value);
	free(e->number);
	free(e);
}

char expr_letter(int volume)
{
	return volume_letters[volume];
}

bool expr_uses(const struct expr *e, int volume)
{
	return e->letters >> (volume_letters[volume] - 'a') & 1;
}

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
		const char *v = strchr(volume_letters, letter);

		letter_unit[letter - 'a'] = !v ? (letter >= 'x' ? EXPR_MM : EXPR_NUMBER)
				       : v - volume_letters < e->volumes ? of_volume[v - volume_letters]
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
			                  block(work, (size_t)(volume_letters[v] - 'a')));
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
