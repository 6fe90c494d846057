/* The least and the greatest number (common/alg/extremes.c): wherever it stands, of every type. */
#include <stdlib.h>

#include "alg/extremes.h"
#include "tap.h"

enum { N = 101 }; /* no multiple of the lanes */

/* x into element i of an array of the type. */
static void set(void *v, enum voxel_type type, size_t i, int x)
{
	switch (type) {
	case VOXEL_UINT8:
	case VOXEL_INT8: ((signed char *)v)[i] = (signed char)x; break;
	case VOXEL_UINT16:
	case VOXEL_INT16: ((short *)v)[i] = (short)x; break;
	case VOXEL_UINT32:
	case VOXEL_INT32: ((int *)v)[i] = x; break;
	case VOXEL_FLOAT: ((float *)v)[i] = (float)x; break;
	case VOXEL_DOUBLE: ((double *)v)[i] = x; break;
	case VOXEL_TYPES: break;
	}
}

static void check(enum voxel_type type)
{
	void *v = malloc(N * voxel_size(type));
	double lo, hi;
	bool good = true, left_out = true;

	for (size_t at = 0; at < N; at++) {
		for (size_t i = 0; i < N; i++)
			set(v, type, i, 50 + (int)(i % 7));
		set(v, type, at, 3);
		set(v, type, (at + 40) % N, 120);
		lo = hi = NAN;
		extremes_add(&lo, &hi, v, type, N, NAN, NAN);
		good = good && lo == 3 && hi == 120;
		lo = hi = NAN;
		extremes_add(&lo, &hi, v, type, N, 0, 50);
		left_out = left_out && lo == 51 && hi == 120;
	}
	ok(good, "%s: found everywhere", voxel_name(type));
	ok(left_out, "%s: padding is left out", voxel_name(type));
	for (size_t i = 0; i < N; i++)
		set(v, type, i, 7);
	lo = 5;
	hi = 6;
	extremes_add(&lo, &hi, v, type, N, NAN, NAN);
	ok(lo == 5 && hi == 7, "%s: joined to those before", voxel_name(type));
	lo = hi = NAN;
	extremes_add(&lo, &hi, v, type, N, 7, 7);
	extremes_add(&lo, &hi, v, type, 0, NAN, NAN);
	ok(isnan(lo) && isnan(hi), "%s: none", voxel_name(type));
	free(v);
}

int main(void)
{
	float f[N];
	double d[N], lo = NAN, hi = NAN;

	for (int t = 0; t < VOXEL_TYPES; t++)
		check((enum voxel_type)t);
	for (size_t i = 0; i < N; i++)
		d[i] = f[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : -INFINITY;
	extremes_add(&lo, &hi, f, VOXEL_FLOAT, N, NAN, NAN);
	extremes_add(&lo, &hi, d, VOXEL_DOUBLE, N, NAN, NAN);
	ok(isnan(lo) && isnan(hi), "NaN and infinities do not count");
	f[70] = -2.5f;
	d[3] = 1e300;
	extremes_add(&lo, &hi, f, VOXEL_FLOAT, N, NAN, NAN);
	extremes_add(&lo, &hi, d, VOXEL_DOUBLE, N, NAN, NAN);
	ok(lo == -2.5 && hi == 1e300, "numbers among them do");
	return done();
}
