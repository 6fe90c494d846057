/* expr.c - expr.h's text to a program: precedence climbing, constants worked out, blocks handed out. */
#include "expr_inside.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char expr_letters[EXPR_VOLUMES + 1] = "abcdefghlmnopqrstuvw";

static const struct { const char *name; double value; } constants[] = {
	{"pi", 3.14159265358979323846}, {"nan", NAN}, {"inf", INFINITY},
};

#define COUNT(ARRAY) (sizeof (ARRAY) / sizeof *(ARRAY))

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
	snprintf(buf, 16, n == 1 ? "only a" : n == 2 ? "a and %c" : "a to %c", expr_letters[n - 1]);
	return buf;
}

static bool one_letter(struct parser *p, const char *name, char c, struct operand *out)
{
	const char *v = strchr(expr_letters, c);
	char buf[16];

	if (v && v - expr_letters >= p->e->volumes)
		return wrong(p, name, "volume %c is not given: there is %s", c, all_volumes(p->e->volumes, buf));
	p->e->letters |= UINT32_C(1) << (c - 'a');
	*out = (struct operand){.place = {LETTER, (unsigned)(c - 'a')}};
	return true;
}

static const struct operation *find_function(const char *name, size_t n)
{
	for (const struct operation *f = expr_functions; f->name; f++)
		if (strlen(f->name) == n && memcmp(f->name, name, n) == 0)
			return f;
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
	emit(p, v[1].constant && v[1].value == 2 ? &expr_square : &expr_pow, v, out);
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
		emit(p, c == '-' ? &expr_neg : &expr_not, &v, out);
	return true;
}

static const struct operation *find_infix(const char *s)
{
	for (const struct operation *f = expr_infix; f->name; f++)
		if (strncmp(f->name, s, strlen(f->name)) == 0)
			return f;
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
	emit(p, &expr_select, v, out);
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
	return expr_letters[volume];
}

bool expr_uses(const struct expr *e, int volume)
{
	return e->letters >> (expr_letters[volume] - 'a') & 1;
}
