/* Expressions: what they come to, what is wrong with them and where, units, limits. */
#include <stdlib.h>

#include "alg/expr.h"
#include "tap.h"

static const struct vol_grid grid = {.size = {3, 4, 5},
                                     .direction = {{0.5, 0, 0.25}, {0, -2, 0}, {0.125, 0, 3}},
                                     .origin = {-10, 20, 30}};

/* The value of one voxel, where a, b, c are these; NAN with the message in said. */
static char said[8192];

static double value_at(const char *text, double a, double b, double c, uint64_t first)
{
	const void *volume[] = {&a, &b, &c};
	const enum voxel_type type[] = {VOXEL_DOUBLE, VOXEL_DOUBLE, VOXEL_DOUBLE};
	struct cast cast = {.from = VOXEL_DOUBLE, .to = VOXEL_DOUBLE, .fill = NAN};
	struct vol_err err;
	struct expr *e = expr_new(text, 3, &err);
	double out = NAN, misfit;
	void *work;

	said[0] = '\0';
	if (!e) {
		snprintf(said, sizeof said, "%s: %s", err.subject, err.what);
		return NAN;
	}
	work = expr_work_new(e);
	if (work)
		expr_run(e, work, volume, type, &grid, first, 1, &cast, &out, &misfit);
	free(work);
	expr_free(e);
	return out;
}

static void check_values(void)
{
	static const struct { const char *text; double want; } with[] = { /* a = 5, b = -2, c = 0.5 */
		{"a", 5}, {" a\n+\tb ", 3}, {"1.5e1", 15}, {".5", 0.5}, {"5.", 5}, {"1e+2-1E-2", 99.99},
		{"a-b-c", 6.5}, {"a-(b-c)", 7.5}, {"a/b/c", -5}, {"2+3*4", 14}, {"(2+3)*4", 20}, {"a*-b", 10},
		{"a--b", 3}, {"- - -a", -5}, {"+a", 5}, {"!a", 0}, {"!!a", 1}, {"!0", 1}, {"-a^2", -25},
		{"(-a)^2", 25}, {"2^3^2", 512}, {"2^-1", 0.5}, {"a^-b^2", 0.0016}, {"2^-b", 4}, {"b^3", -8},
		{"-7%3", -1}, {"7%-3", 1}, {"a%3*2", 4}, {"a<5", 0}, {"a<=5", 1}, {"a>b", 1}, {"a>=6", 0},
		{"a==5", 1}, {"a!=5", 0}, {"a+1==2*3", 1}, {"a>0&&b>0", 0}, {"a>0||b>0", 1},
		{"1||0&&0", 1}, {"(1||0)&&0", 0}, {"(a<b)==(b>a)", 1}, {"a?b:c", -2}, {"0?b:c", 0.5},
		{"a<0?1:b<0?2:3", 2}, {"a>0?b>0?1:2:3", 2}, {"1?2:3+4", 2}, {"a>0||0?1:2", 1},
		{"abs(b)", 2}, {"min(a,b)", -2}, {"max(a,b,c,7,1)", 7}, {"min(3,a,b-1,0)", -3},
		{"clamp(a,0,1)", 1}, {"clamp(b,0,1)", 0}, {"clamp(c,0,1)", 0.5}, {"floor(b-c)", -3},
		{"ceil(b-c)", -2}, {"round(b-c)", -3}, {"round(2.5)", 3}, {"trunc(b-c)", -2}, {"sign(b)", -1},
		{"sign(0)", 0}, {"sign(a)", 1}, {"isnan(a)", 0}, {"isnan(nan)", 1}, {"isnan(a-nan)", 1},
		{"sqrt(a+4)", 3}, {"pow(2,a)", 32}, {"log10(1000)", 3}, {"log2(a+3)", 3}, {"exp(0)", 1},
		{"log(exp(a))", 5}, {"hypot(3,a-1)", 5}, {"sin(pi/2)", 1}, {"cos(a*0)", 1}, {"tan(0*a)", 0},
		{"atan2(1,-b-1)", 0.78539816339744831}, {"nan", NAN}, {"-inf", -INFINITY}, {"a/0", INFINITY},
		{"0/0", NAN}, {"min(nan,a)", NAN}, {"max(a,nan)", NAN}, {"max(nan,-inf)", NAN},
		{"clamp(nan*a,0,1)", NAN}, {"clamp(a,nan,1)", NAN}, {"clamp(a,3,1)", 1},
		{"nan==nan", 0}, {"nan!=a", 1}, {"nan?1:2", 1}, {"nan<a", 0},
		{"!nan", 0}, {"sign(nan)", NAN}, {"sqrt(b)", NAN}, {"log(b)", NAN}, {"log(0)", -INFINITY},
		{"1e308*a*10", INFINITY}, {"a%0", NAN}, {"inf^0", 1}, {"c^2", 0.25}, {"nan^2", NAN},
	};

	for (size_t i = 0; i < sizeof with / sizeof *with; i++)
		is_double(value_at(with[i].text, 5, -2, 0.5, 0), with[i].want, 1e-12, "%s%s", with[i].text, said);
}

static void check_places(void)
{
	double x = grid.origin[0], y = grid.origin[1], z = grid.origin[2];
	double steps[] = {1, 2, 3};

	for (int w = 0; w < 3; w++) {
		x += steps[w] * grid.direction[w][0];
		y += steps[w] * grid.direction[w][1];
		z += steps[w] * grid.direction[w][2];
	}
	is_double(value_at("i+10*j+100*k", 0, 0, 0, 1 + 3 * (2 + 4 * 3)), 321, 0, "indices");
	is_double(value_at("i+10*j+100*k", 0, 0, 0, 60 + 1 + 3 * (2 + 4 * 3)), 321, 0, "of the next volume of a list");
	is_double(value_at("x", 0, 0, 0, 1 + 3 * (2 + 4 * 3)), x, 0, "x");
	is_double(value_at("y", 0, 0, 0, 1 + 3 * (2 + 4 * 3)), y, 0, "y");
	is_double(value_at("z", 0, 0, 0, 1 + 3 * (2 + 4 * 3)), z, 0, "z");
}

static void check_mistakes(void)
{
	static const struct { const char *text, *want; } with[] = {
		{"", "column 1: nothing to compute"},
		{"  ", "column 1: nothing to compute"},
		{"a +", "column 4: the end where a value should be"},
		{"a + * b", "column 5: '*' where a value should be"},
		{"a b", "column 3: 'b' where an operation should be"},
		{"2a", "column 2: 'a' where an operation should be"},
		{"(a", "column 3: the end where the ')' for column 1 should be"},
		{"min(a, (b)", "column 11: the end where the ')' for column 4 should be"},
		{"a)", "column 2: ')' without '('"},
		{"a,b", "column 2: ',' outside of a function"},
		{"a:b", "column 2: ':' without '?'"},
		{"a?b", "column 4: the end where the ':' of '?' should be"},
		{"a = b", "column 3: '=' sets nothing here: is equal is written =="},
		{"(a & b)", "column 4: and is written &&"},
		{"a | b", "column 3: or is written ||"},
		{"a**2", "column 3: a power is written ^"},
		{"0 < a < 5", "column 7: comparisons do not chain: write lo < a && a < hi"},
		{"a == b < c", "column 8: comparisons do not chain: write lo < a && a < hi"},
		{"d", "column 1: volume d is not given: there is a to c"},
		{"foo(a)", "column 1: 'foo' is no volume, function or constant"},
		{"A", "column 1: 'A' is no volume, function or constant"},
		{"sqrt a", "column 6: sqrt is a function: '(' should follow"},
		{"sqrt()", "column 1: sqrt takes 1 value"},
		{"1+sqrt(a, b)", "column 11: sqrt takes 1 value"},
		{"min(a)", "column 1: min takes 2 values or more"},
		{"clamp(a,1)", "column 1: clamp takes 3 values"},
		{"clamp(a,1,2,3)", "column 13: clamp takes 3 values"},
		{"min(a,)", "column 7: ')' where a value should be"},
		{".", "column 1: a dot without a digit"},
		{"a + .e5", "column 5: a dot without a digit"},
		{"1e999", "column 1: 1e999 is beyond the numbers of type double"},
		{"1.2.3", "column 4: '.' where an operation should be"},
		{"a + \xc3\xa9 b", "column 5: '\xc3\xa9' where a value should be"},
		{"a \xc3\xa9\xc3\xa9 b", "column 3: '\xc3\xa9' where an operation should be"},
		{"a ; b", "column 3: ';' where an operation should be"},
		{"a != = b", "column 6: '=' sets nothing here: is equal is written =="},
	};

	for (size_t i = 0; i < sizeof with / sizeof *with; i++) {
		char want[256];

		value_at(with[i].text, 0, 0, 0, 0);
		snprintf(want, sizeof want, "expression: %s", with[i].want);
		is_str(said, want, "%s", with[i].text);
	}
}

/* text n times between two others */
static char *repeat(const char *before, const char *text, size_t n, const char *between, const char *after,
                    size_t m)
{
	char *s = malloc(strlen(before) + strlen(text) * n + strlen(between) + strlen(after) * m + 1), *e = s;

	e = stpcpy(e, before);
	while (n--)
		e = stpcpy(e, text);
	e = stpcpy(e, between);
	while (m--)
		e = stpcpy(e, after);
	return s;
}

static void check_limits(void)
{
	static const struct { const char *before, *text, *between, *after; double want; } deep[] = {
		{"", "(", "a", ")", 5}, {"", "-", "a", "", 5}, {"", "!", "a", "", 1}, {"", "1^", "a", "", 1},
		{"", "0?1:", "a", "", 5}, {"", "a?", "1", ":0", 1}, {"", "abs(", "a", ")", 5},
		{"", "a+(", "0", ")", 1000}, {"", "min(7,", "a", ")", 5},
	};

	for (size_t i = 0; i < sizeof deep / sizeof *deep; i++)
		for (int more = 0; more < 2; more++) {
			size_t n = EXPR_NESTING + (size_t)more;
			char *s = repeat(deep[i].before, deep[i].text, n, deep[i].between, deep[i].after, n);
			double got = value_at(s, 5, 0, 0, 0);

			if (more)
				ok(strstr(said, "more than 200 deep"), "%s... 201 deep: %s", deep[i].text, said);
			else
				is_double(got, deep[i].want, 0, "%s... 200 deep%s", deep[i].text, said);
			free(s);
		}
	char *s = repeat("a", "+a", EXPR_LENGTH / 2 - 1, "", " ", 1);

	is_double(value_at(s, 5, 0, 0, 0), 5 * EXPR_LENGTH / 2, 0, "a sum as long as can be");
	free(s);
	s = repeat("a", "+a", EXPR_LENGTH / 2, "", "", 0);
	value_at(s, 5, 0, 0, 0);
	is_str(said, "expression: is of 8193 characters: 8192 are allowed", "one longer");
	free(s);
	s = repeat("", "a*0+(b*0==0)+-c*0<1||", EXPR_LENGTH / 21 - 1, "1", "", 0);
	is_double(value_at(s, 1, 2, 3, 0), 1, 0, "many steps");
	free(s);
	s = repeat("", "9", 399, "", "", 0);
	value_at(s, 1, 2, 3, 0);
	ok(strstr(said, "is beyond the numbers"), "399 digits");
	free(s);
	s = repeat("", "0", 5000, "", "", 0);
	value_at(s, 1, 2, 3, 0);
	ok(strstr(said, "a number of 5000 characters"), "5000 digits");
	free(s);
}

/* Many voxels of different types, from one to several blocks, into an integer. */
static void check_runs(void)
{
	enum { N = 3 * EXPR_BLOCK + 17 };
	static int16_t a[N];
	static uint8_t b[N];
	static int32_t out[N];
	const void *volume[] = {a, b};
	const enum voxel_type type[] = {VOXEL_INT16, VOXEL_UINT8};
	struct cast cast = {.from = VOXEL_DOUBLE, .to = VOXEL_INT32, .fill = NAN};
	struct vol_err err;
	struct expr *e = expr_new("a*b - (b > 100 ? a : 7)", 2, &err);
	void *work = expr_work_new(e);
	double misfit = 0;
	size_t wrong = 0;

	for (int i = 0; i < N; i++) {
		a[i] = (int16_t)(i * 37 % 4001 - 2000);
		b[i] = (uint8_t)(i * 11);
	}
	is_int(expr_run(e, work, volume, type, &grid, 0, N, &cast, out, &misfit), N, "a run of several blocks");
	for (int i = 0; i < N; i++)
		wrong += out[i] != a[i] * b[i] - (b[i] > 100 ? a[i] : 7);
	is_int(wrong, 0, "all as they should be");
	ok(expr_uses(e, 0) && expr_uses(e, 1), "both are used");
	free(work);
	expr_free(e);
	e = expr_new("a / (b + 1)", 2, &err);
	work = expr_work_new(e);
	for (int i = 0; i < N; i++) {
		a[i] = 12;
		b[i] = i == EXPR_BLOCK + 3 ? 4 : 1;
	}
	is_int(expr_run(e, work, volume, type, &grid, 0, N, &cast, out, &misfit), EXPR_BLOCK + 3, "a fraction is found");
	is_double(misfit, 2.4, 0, "and given back");
	free(work);
	expr_free(e);
}

static void check_units(void)
{
	enum { HU = EXPR_UNIT, SUV };
	/* a, b in HU, c in SUV, d unknown, e labels, f without a unit */
	static const int of[] = {HU, HU, SUV, EXPR_OTHER, EXPR_LABEL, EXPR_NUMBER};
	static const struct { const char *text; int want; } with[] = {
		{"a", HU}, {"a*0.5+10", HU}, {"(a+b)/2", HU}, {"a-b", HU}, {"a+c", EXPR_OTHER}, {"a*b", EXPR_OTHER},
		{"a/b", EXPR_NUMBER}, {"1/a", EXPR_OTHER}, {"a>5", EXPR_TRUTH}, {"a>5&&c<3", EXPR_TRUTH},
		{"!a", EXPR_TRUTH}, {"a>5 ? c : 0", SUV}, {"a>5 ? a>3 : c>1", EXPR_TRUTH}, {"a*(b>3)", HU},
		{"(a>1)*(b>1)", EXPR_NUMBER}, {"5", EXPR_NUMBER}, {"d+1", EXPR_OTHER}, {"d>1", EXPR_TRUTH},
		{"a*e", HU}, {"e*a", HU}, {"e*(a>0)", EXPR_LABEL}, {"e", EXPR_LABEL}, {"e+10", EXPR_LABEL},
		{"a+e", EXPR_OTHER}, {"a*f", HU}, {"f*f", EXPR_NUMBER}, {"exp(f)", EXPR_NUMBER},
		{"exp(a)", EXPR_OTHER}, {"a^2", EXPR_OTHER}, {"sqrt(a)", EXPR_OTHER}, {"hypot(a,b)", HU},
		{"atan2(a,b)", EXPR_NUMBER}, {"hypot(x,y)", EXPR_MM}, {"i+j", EXPR_NUMBER}, {"abs(-a)", HU},
		{"max(a,b,0)", HU}, {"clamp(a,-5,5)", HU}, {"sign(a)", EXPR_NUMBER}, {"round(c)", SUV},
		{"a%100", HU}, {"isnan(c)", EXPR_TRUTH}, {"-(a>3)", EXPR_NUMBER}, {"a>0 ? 1 : 0", EXPR_NUMBER},
	};

	for (size_t i = 0; i < sizeof with / sizeof *with; i++) {
		struct vol_err err;
		struct expr *e = expr_new(with[i].text, 6, &err);

		is_int(e ? expr_unit(e, of) : -1, with[i].want, "unit of %s", with[i].text);
		expr_free(e);
	}
}

int main(void)
{
	check_values();
	check_places();
	check_mistakes();
	check_limits();
	check_runs();
	check_units();
	return done();
}
