/* tap.h - what a unit test prints: TAP, read by prove.
 *
 *     int main(void)
 *     {
 *             ok(1 + 1 == 2, "sums");
 *             is_int(grid_axis(), 2, "axis of %s", name);
 *             return done();
 *     }
 *
 * Each check takes a printf format for its name, and is true when it passed. */
#ifndef TAP_H
#define TAP_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_planned, tap_failed;

/* plan - say beforehand how many checks come. Optional: done() does it otherwise. */
__attribute__((unused)) static void plan(int checks)
{
	tap_planned = checks;
	printf("1..%d\n", checks);
}

__attribute__((unused, format(printf, 4, 5))) static bool
tap_ok(bool good, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	if (!good) {
		tap_failed++;
		printf("# failed at %s:%d\n", file, line);
	}
	fflush(stdout); /* a test may fork */
	return good;
}

__attribute__((unused)) static bool tap_got(bool good, const char *got, const char *want)
{
	if (!good)
		printf("#      got: %s\n# expected: %s\n", got, want);
	fflush(stdout);
	return good;
}

__attribute__((unused)) static bool tap_same(const char *got, const char *want)
{
	return got && want ? strcmp(got, want) == 0 : got == want;
}

__attribute__((unused)) static bool tap_near(double got, double want, double tol)
{
	return got == want || (isnan(got) && isnan(want)) || fabs(got - want) <= tol;
}

__attribute__((unused, format(printf, 3, 4))) static const char *
tap_text(char *buf, size_t n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, n, fmt, ap);
	va_end(ap);
	return buf;
}

/* ok - the condition holds. */
#define ok(cond, ...) tap_ok(cond, __FILE__, __LINE__, __VA_ARGS__)

/* is_str - two strings are the same; NULL is only like NULL. */
#define is_str(got, want, ...) \
	__extension__({ \
		const char *got_ = (got), *want_ = (want); \
		bool good_ = tap_same(got_, want_); \
		ok(good_, __VA_ARGS__); \
		tap_got(good_, got_ ? got_ : "(null)", want_ ? want_ : "(null)"); \
	})

/* is_int - two whole numbers are the same. */
#define is_int(got, want, ...) \
	__extension__({ \
		long long got_ = (long long)(got), want_ = (long long)(want); \
		char g_[32], w_[32]; \
		ok(got_ == want_, __VA_ARGS__); \
		tap_got(got_ == want_, tap_text(g_, sizeof g_, "%lld", got_), \
		        tap_text(w_, sizeof w_, "%lld", want_)); \
	})

/* is_double - two numbers differ by `tol` at most; NaN is like NaN. */
#define is_double(got, want, tol, ...) \
	__extension__({ \
		double got_ = (got), want_ = (want); \
		bool good_ = tap_near(got_, want_, tol); \
		char g_[32], w_[32]; \
		ok(good_, __VA_ARGS__); \
		tap_got(good_, tap_text(g_, sizeof g_, "%.17g", got_), \
		        tap_text(w_, sizeof w_, "%.17g", want_)); \
	})

/* done - the plan, when there was none; returns what main() returns. */
__attribute__((unused)) static int done(void)
{
	if (!tap_planned)
		printf("1..%d\n", tap_count);
	else if (tap_planned != tap_count)
		printf("# planned %d checks, ran %d\n", tap_planned, tap_count);
	return tap_failed != 0 || (tap_planned && tap_planned != tap_count);
}

#endif
