/* Rows of voxels to floats and back, and chosen by value: convert.c and select.c, against the plain
 * definition in long double. */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "alg/convert.h"
#include "alg/select.h"
#include "tap.h"

/* Where rounding and the ends of the types go wrong, if they do. */
static const double hard[] = {
	0, -0.0, 0.5, -0.5, 0.25, 1.5, -1.5, 2.5, -2.5, 0.49999997019767761, -0.49999997019767761,
	0.49999999999999994, 126.5, 127, 127.4, 127.5, 128, -128, -128.4, -128.5, -129, 254.5, 255, 255.4,
	255.5, 256, -1, -0.4, 32766.5, 32767, 32767.4, 32767.5, 32768, -32768, -32768.4, -32768.5, -40000,
	65534.5, 65535, 65535.4, 65535.5, 65536, 8388607.5, 8388609, 16777217, 2147483646.5, 2147483647,
	2147483647.4, 2147483647.5, 2147483648.0, -2147483648.0, -2147483648.4, -2147483648.5,
	-2147483650.0, 4294967294.5, 4294967295.0, 4294967295.4, 4294967295.5, 4294967296.0, 1e10, -1e10,
	1e30, -1e30, INFINITY, -INFINITY, NAN};
enum { HARD = sizeof hard / sizeof *hard };

/* The definition: what a number becomes in an integer type, and whether it fits. */
static bool defined(double x, enum voxel_type type, double *want)
{
	double lo, hi;

	voxel_is_integer(type, &lo, &hi);
	*want = isnan(x) ? 0 : (double)roundl((long double)x);
	if (*want < lo || *want > hi) {
		*want = *want < lo ? lo : hi;
		return false;
	}
	return !isnan(x);
}

static void to_integers(enum voxel_type type)
{
	double d[HARD + 3 * 4096], got;
	float f[HARD + 3 * 4096];
	uint64_t room[HARD + 3 * 4096];
	size_t n = 0, bad_d = 0, bad_f = 0, wrong_d = 0, wrong_f = 0, said;

	for (size_t i = 0; i < HARD; i++)
		d[n++] = hard[i];
	for (int i = 0; i < 3 * 4096; i++) /* quarters around 0 and the ends of 8 and 16 bits */
		d[n++] = (i % 4096 - 2048) / 4.0 + (i < 4096 ? 0 : i < 8192 ? 32768 : -32768);
	for (size_t i = 0; i < n; i++)
		f[i] = (float)d[i];
	said = convert_from_double(d, n, type, room);
	for (size_t i = 0; i < n; i++) {
		bad_d += !defined(d[i], type, &got);
		wrong_d += voxel_get(room, type, i) != got;
	}
	is_int((long)said, (long)bad_d, "double to %s: the count that does not fit", voxel_name(type));
	is_int((long)wrong_d, 0, "... and every number");
	said = convert_from_float(f, n, type, room);
	for (size_t i = 0; i < n; i++) {
		bad_f += !defined(f[i], type, &got);
		wrong_f += voxel_get(room, type, i) != got;
	}
	is_int((long)said, (long)bad_f, "float to %s: the count that does not fit", voxel_name(type));
	is_int((long)wrong_f, 0, "... and every number");
}

/* Every number of an 8 or 16-bit type to both floating types and back. */
static void there_and_back(enum voxel_type type)
{
	static unsigned char v[65536 * 2], back[65536 * 2];
	static float f[65536];
	static double d[65536];
	size_t n = voxel_size(type) == 1 ? 256 : 65536, wrong = 0;

	for (size_t i = 0; i < n; i++)
		memcpy(v + i * voxel_size(type), &(uint16_t){(uint16_t)i}, voxel_size(type));
	convert_to_float(v, type, n, f);
	convert_to_double(v, type, n, d);
	for (size_t i = 0; i < n; i++)
		wrong += f[i] != voxel_get(v, type, i) || d[i] != voxel_get(v, type, i);
	is_int((long)wrong, 0, "%s: every number to float and double", voxel_name(type));
	ok(convert_from_float(f, n, type, back) == 0 && memcmp(v, back, n * voxel_size(type)) == 0,
	   "... and back from float");
	ok(convert_from_double(d, n, type, back) == 0 && memcmp(v, back, n * voxel_size(type)) == 0,
	   "... and back from double");
}

static void wide_floats(void)
{
	double d[] = {FLT_MAX, 2.0 * FLT_MAX, -2.0 * FLT_MAX, INFINITY, NAN, 0.1};
	float f[6];

	is_int((long)convert_from_double(d, 6, VOXEL_FLOAT, f), 2, "finite doubles that no float holds are counted");
	ok(isinf(f[1]) && isinf(f[3]) && isnan(f[4]) && f[5] == 0.1f, "... the others are rounded");
}

static void selected(enum voxel_type type, const void *v, size_t n)
{
	static const double ends[] = {-INFINITY, -1e20, -32768.5, -128, -1.5, -1, -0.1, 0, 0.1, 0.5, 1, 1.5, 7,
	                              127.5, 255, 255.5, 32767, 65535, 4294967295.0, 1e20, INFINITY};
	enum { ENDS = sizeof ends / sizeof *ends };
	uint8_t got[HARD];
	size_t wrong = 0;

	for (size_t a = 0; a < ENDS; a++)
		for (size_t b = 0; b < ENDS; b++) {
			select_range(v, type, n, ends[a], ends[b], got);
			for (size_t i = 0; i < n; i++) {
				double x = voxel_get(v, type, i);

				wrong += got[i] != (x >= ends[a] && x <= ends[b]);
			}
		}
	is_int((long)wrong, 0, "%s: within a range", voxel_name(type));
	select_nonzero(v, type, n, got);
	wrong = 0;
	for (size_t i = 0; i < n; i++)
		wrong += got[i] != (voxel_get(v, type, i) != 0);
	is_int((long)wrong, 0, "... and not 0");
}

int main(void)
{
	uint64_t room[HARD];

	for (int type = VOXEL_UINT8; type <= VOXEL_INT32; type++)
		to_integers((enum voxel_type)type);
	for (int type = VOXEL_UINT8; type <= VOXEL_INT16; type++)
		there_and_back((enum voxel_type)type);
	wide_floats();
	for (int type = VOXEL_UINT8; type < VOXEL_TYPES; type++) {
		convert_from_double(hard, HARD, (enum voxel_type)type, room);
		selected((enum voxel_type)type, room, HARD);
	}
	/* 0.1 lies between two floats: a float below it is not within 0.1 and more */
	float near[2] = {nextafterf(0.1f, 0), 0.1f};
	uint8_t got[2];

	select_range(near, VOXEL_FLOAT, 2, 0.1, INFINITY, got);
	ok(!got[0] && got[1], "an end that is no float");
	return done();
}
