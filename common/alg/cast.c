#include "cast.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clones.h"
#include "convert.h"

enum { BLOCK = 1024 };

/* What a kernel asks of a number. */
struct limits {
	double lo, hi;        /* beyond them nothing fits; for floats, halfway to what becomes infinite */
	int round, saturate, filled;
	int whole;            /* into an integer */
	int exact;            /* into a float, and it must come back the same */
	double fill;
};

/* From here on a double rounds to infinity, not to FLT_MAX. */
static const double beyond_float = 0x1.ffffffp127;

static struct limits limits_of(const struct cast *c)
{
	struct limits l = {.round = c->round, .saturate = c->saturate, .filled = !isnan(c->fill),
	                   .fill = c->fill};

	l.whole = voxel_is_integer(c->to, &l.lo, &l.hi);
	if (c->to == VOXEL_FLOAT) {
		l.hi = nextafter(beyond_float, 0);
		l.lo = -l.hi;
		l.exact = !c->round && (c->from == VOXEL_INT32 || c->from == VOXEL_UINT32);
	}
	return l;
}

static inline int misfit_whole(const struct limits *l, double x)
{
	double t = trunc(x), part = x - t;
	double y = l->round ? t + (part >= 0.5) - (part <= -0.5) : x;
	int nan = x != x, out = (y < l->lo) | (y > l->hi), fraction = (1 - l->round) & (t != x) & (1 - out);

	return (nan & (1 - l->filled)) | ((1 - nan) & ((out & (1 - l->saturate)) | fraction));
}

static inline int misfit_float(const struct limits *l, double x)
{
	int out = (x < l->lo) | (x > l->hi), endless = (x == INFINITY) | (x == -INFINITY);

	return (out & (1 - endless) & (1 - l->saturate)) | (l->exact & ((double)(float)x != x));
}

VOL_CLONES static int any_misfit_whole(const struct limits *limits, const double *v, size_t n)
{
	const struct limits l = *limits;
	int bad = 0;

	for (size_t i = 0; i < n; i++)
		bad |= misfit_whole(&l, v[i]);
	return bad;
}

VOL_CLONES static int any_misfit_float(const struct limits *limits, const double *v, size_t n)
{
	const struct limits l = *limits;
	int bad = 0;

	for (size_t i = 0; i < n; i++)
		bad |= misfit_float(&l, v[i]);
	return bad;
}

/* Short questions that come before the full one, several times as fast; mostly the answer is no. */

/* Is one no whole number of the type? NaN is none. */
VOL_CLONES static int any_not_whole(double lo, double hi, const double *v, size_t n)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < n; i++)
		seen |= (uint64_t)(v[i] < lo) | (uint64_t)(v[i] > hi) | (uint64_t)(trunc(v[i]) != v[i]);
	return seen != 0;
}

VOL_CLONES static int any_outside(double lo, double hi, const double *v, size_t n)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < n; i++)
		seen |= (uint64_t)!(v[i] >= lo) | (uint64_t)!(v[i] <= hi);
	return seen != 0;
}

/* Is one beyond +-hi, infinite or NaN? By the bits: a magnitude above that of hi turns the difference
 * negative. */
VOL_CLONES static int any_beyond(double hi, const double *v, size_t n)
{
	uint64_t most, seen = 0;

	memcpy(&most, &hi, sizeof most);
	for (size_t i = 0; i < n; i++) {
		uint64_t bits;

		memcpy(&bits, &v[i], sizeof bits);
		seen |= most - (bits & UINT64_MAX >> 1);
	}
	return (int)(seen >> 63);
}

static int any_misfit(enum voxel_type to, const struct limits *l, const double *v, size_t n)
{
	if (to == VOXEL_DOUBLE)
		return 0;
	if (l->whole)
		return (!l->round || any_outside(l->lo, l->hi, v, n)) && any_misfit_whole(l, v, n);
	return (l->exact || any_beyond(l->hi, v, n)) && any_misfit_float(l, v, n);
}

VOL_CLONES static void fill_nan(double *v, size_t n, double fill)
{
	for (size_t i = 0; i < n; i++)
		v[i] = v[i] != v[i] ? fill : v[i];
}

/* Finite numbers stay finite. */
VOL_CLONES static void keep_finite(double *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double x = v[i], y = x > FLT_MAX ? FLT_MAX : x < -FLT_MAX ? -FLT_MAX : x;

		v[i] = ((x == INFINITY) | (x == -INFINITY)) ? x : y;
	}
}

/* Whole numbers of the type, as they are. */
#define PUT(NAME, T, VIA) \
	VOL_CLONES static void put_##NAME(const double *restrict v, size_t n, void *restrict dst) \
	{ \
		T *restrict d = dst; \
		for (size_t i = 0; i < n; i++) \
			d[i] = (T)(VIA)v[i]; \
	}

PUT(uint8, uint8_t, int32_t)
PUT(int8, int8_t, int32_t)
PUT(uint16, uint16_t, int32_t)
PUT(int16, int16_t, int32_t)
PUT(uint32, uint32_t, int64_t)
PUT(int32, int32_t, int32_t)

static void put_whole(const double *v, size_t n, enum voxel_type to, void *dst)
{
	switch (to) {
	case VOXEL_UINT8: put_uint8(v, n, dst); break;
	case VOXEL_INT8: put_int8(v, n, dst); break;
	case VOXEL_UINT16: put_uint16(v, n, dst); break;
	case VOXEL_INT16: put_int16(v, n, dst); break;
	case VOXEL_UINT32: put_uint32(v, n, dst); break;
	default: put_int32(v, n, dst); break;
	}
}

bool cast_holds(enum voxel_type type, double x)
{
	struct cast c = {.from = VOXEL_DOUBLE, .to = type, .fill = NAN};
	struct limits l = limits_of(&c);

	return !any_misfit(type, &l, &x, 1);
}

size_t cast_apply(const struct cast *c, const void *src, size_t n, void *dst)
{
	struct limits l = limits_of(c);

	for (size_t at = 0, some; at < n; at += some) {
		double v[BLOCK];
		char *to = (char *)dst + at * voxel_size(c->to);

		some = n - at < BLOCK ? n - at : BLOCK;
		convert_to_double((const char *)src + at * voxel_size(c->from), c->from, some, v);
		if (l.whole && !any_not_whole(l.lo, l.hi, v, some)) {
			put_whole(v, some, c->to, to);
			continue;
		}
		if (any_misfit(c->to, &l, v, some))
			for (size_t i = 0; i < some; i++)
				if (any_misfit(c->to, &l, v + i, 1))
					return at + i;
		if (l.filled)
			fill_nan(v, some, l.fill);
		if (c->to == VOXEL_FLOAT && c->saturate)
			keep_finite(v, some);
		if (c->to == VOXEL_FLOAT) /* all fit: none need be counted */
			convert_to_float(v, VOXEL_DOUBLE, some, (float *)(void *)to);
		else
			convert_from_double(v, some, c->to, to);
	}
	return n;
}

/* ---- what is said ---- */

static const char *number(char buf[32], double x)
{
	for (int digits = 6; digits <= 17; digits++) {
		snprintf(buf, 32, "%.*g", digits, x);
		if (strtod(buf, NULL) == x)
			break;
	}
	return buf;
}

int cast_fail(const struct cast *c, double x, uint64_t at, const struct vol_grid *grid,
              const char *subject, struct vol_err *err)
{
	uint64_t column = at % grid->size[0], row = at / grid->size[0] % grid->size[1];
	uint64_t slice = at / grid->size[0] / grid->size[1], entry = slice / grid->size[2];
	char value[32], place[128], volume[64] = "";
	double lo, hi;

	if (entry)
		snprintf(volume, sizeof volume, " of volume %llu", (unsigned long long)entry);
	snprintf(place, sizeof place, "at column %llu, row %llu, slice %llu%s (counted from 0)",
	         (unsigned long long)column, (unsigned long long)row,
	         (unsigned long long)(slice % grid->size[2]), volume);
	number(value, x);
	if (isnan(x))
		return vol_fail(err, subject, "the value %s is NaN, which %s cannot hold: --fill sets another",
		                place, voxel_name(c->to));
	if (!voxel_is_integer(c->to, &lo, &hi))
		return vol_fail(err, subject, "the value %s %s is not held exactly by %s: use --type double%s",
		                value, place, voxel_name(c->to), cast_holds(c->to, x) ? ", or --round" : "");
	if (!c->round && x > lo - 1 && x < hi + 1 && x != trunc(x))
		return vol_fail(err, subject, "the value %s %s has a fraction, which %s cannot hold: --round "
		                              "rounds it", value, place, voxel_name(c->to));
	return vol_fail(err, subject, "the value %s %s is beyond %s (%.0f to %.0f): use a wider --type, or "
	                              "--saturate", value, place, voxel_name(c->to), lo, hi);
}
