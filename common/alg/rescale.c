#include "rescale.h"

#include <float.h>
#include <math.h>
#include <stdint.h>

/* ---- which type ---- */

bool rescale_holds(enum voxel_type type, double x)
{
	double lo, hi;

	if (type == VOXEL_DOUBLE)
		return true;
	if (voxel_is_integer(type, &lo, &hi))
		return x == trunc(x) && x >= lo && x <= hi;
	return !isfinite(x) || isfinite((float)x);
}

/* The stored values that are not padding: only an end can be cut off, not a hole. */
static void measured(const struct rescale_plan *p, double *lo, double *hi)
{
	*lo = p->lo;
	*hi = p->hi;
	if (!p->padded)
		return;
	if (p->pad_lo <= *lo && p->pad_hi >= *lo)
		*lo = floor(p->pad_hi) + 1;
	if (p->pad_hi >= *hi && p->pad_lo <= *hi)
		*hi = ceil(p->pad_lo) - 1;
}

enum voxel_type rescale_type(const struct rescale_plan *p, const double *slope,
                             const double *intercept, size_t n)
{
	double lo, hi, least = 0, most = 0, ratio = 0;
	bool whole = voxel_is_integer(p->from, NULL, NULL);

	if (!whole)
		return p->from;
	measured(p, &lo, &hi);
	if (p->padded) {
		whole = p->fill == trunc(p->fill);
		least = fmin(least, p->fill);
		most = fmax(most, p->fill);
	}
	for (size_t i = 0; i < n && lo <= hi; i++) {
		double a = slope[i] * lo + intercept[i], b = slope[i] * hi + intercept[i];

		/* two neighbours both lead to whole numbers only if slope and intercept are whole */
		whole = whole && slope[i] == trunc(slope[i]) && intercept[i] == trunc(intercept[i]);
		least = fmin(least, fmin(a, b));
		most = fmax(most, fmax(a, b));
		ratio = fmax(ratio, fmax(fabs(a), fabs(b)) / fabs(slope[i]));
	}
	if (whole && least >= INT16_MIN && most <= INT16_MAX)
		return VOXEL_INT16;
	if (whole && least >= INT32_MIN && most <= INT32_MAX)
		return VOXEL_INT32;
	/* a float's steps, 2^-23 of its value at most, are no larger than the slope */
	return ratio <= 1 << 23 && fmax(-least, most) <= FLT_MAX ? VOXEL_FLOAT : VOXEL_DOUBLE;
}

/* ---- kernels ---- */

/* Padding for a kernel: none is lo > hi. */
struct pad {
	double lo, hi, fill;
};

/* For integers S: the closed range of the values that are not padding (hi < lo when all are), and
 * the conversions. Into integers modulo 2^32: exact for results that are known to fit, and the
 * vector units have it for every width. */
#define INTEGER_KERNELS(S, MIN, MAX) \
	static void range_##S(const void *src, size_t n, const struct pad *pad, double *lo, double *hi) \
	{ \
		const S##_t *v = src, pad_lo = (S##_t)pad->lo, pad_hi = (S##_t)pad->hi; \
		S##_t least = MAX, most = MIN; \
		for (size_t i = 0; i < n; i++) { \
			/* all bits set for padding: gcc does not vectorise this with ?: */ \
			S##_t out = (S##_t) - ((v[i] >= pad_lo) & (v[i] <= pad_hi)); \
			S##_t up = (S##_t)((v[i] & ~out) | (MAX & out)); \
			S##_t down = (S##_t)((v[i] & ~out) | (MIN & out)); \
			least = up < least ? up : least; \
			most = down > most ? down : most; \
		} \
		*lo = least; \
		*hi = most; \
	} \
	TO_INTEGER(S, int16) \
	TO_INTEGER(S, int32) \
	TO_REAL(S##_t, S, float) \
	TO_REAL(S##_t, S, double)

#define TO_INTEGER(S, D) \
	static void S##_to_##D(const void *src, size_t n, double slope, double intercept, \
	                       const struct pad *pad, void *dst) \
	{ \
		const S##_t *v = src, pad_lo = (S##_t)pad->lo, pad_hi = (S##_t)pad->hi; \
		u##D##_t a = (u##D##_t)(int64_t)slope, b = (u##D##_t)(int64_t)intercept; \
		D##_t *d = dst, fill = (D##_t)pad->fill; \
		for (size_t i = 0; i < n; i++) { \
			bool out = (v[i] >= pad_lo) & (v[i] <= pad_hi); \
			uint32_t r = (uint32_t)a * (u##D##_t)v[i] + b; \
			d[i] = out ? fill : (D##_t)r; \
		} \
	}

#define TO_REAL(C, S, D) \
	static void S##_to_##D(const void *src, size_t n, double slope, double intercept, \
	                       const struct pad *pad, void *dst) \
	{ \
		const C *v = src, pad_lo = (C)pad->lo, pad_hi = (C)pad->hi; \
		D *d = dst, fill = (D)pad->fill; \
		for (size_t i = 0; i < n; i++) { \
			bool out = (v[i] >= pad_lo) & (v[i] <= pad_hi); \
			d[i] = out ? fill : (D)(slope * (double)v[i] + intercept); \
		} \
	}

INTEGER_KERNELS(uint8, 0, UINT8_MAX)
INTEGER_KERNELS(int8, INT8_MIN, INT8_MAX)
INTEGER_KERNELS(uint16, 0, UINT16_MAX)
INTEGER_KERNELS(int16, INT16_MIN, INT16_MAX)
INTEGER_KERNELS(uint32, 0, UINT32_MAX)
INTEGER_KERNELS(int32, INT32_MIN, INT32_MAX)
TO_REAL(float, float, float)
TO_REAL(float, float, double)
TO_REAL(double, double, float)
TO_REAL(double, double, double)

typedef void range_fn(const void *, size_t, const struct pad *, double *, double *);
typedef void convert_fn(const void *, size_t, double, double, const struct pad *, void *);

#define INTEGER_ROW(S) {range_##S, S##_to_int16, S##_to_int32, S##_to_float, S##_to_double}

static const struct {
	range_fn *range;
	convert_fn *to_int16, *to_int32, *to_float, *to_double;
} kernels[VOXEL_TYPES] = {
	[VOXEL_UINT8] = INTEGER_ROW(uint8),
	[VOXEL_INT8] = INTEGER_ROW(int8),
	[VOXEL_UINT16] = INTEGER_ROW(uint16),
	[VOXEL_INT16] = INTEGER_ROW(int16),
	[VOXEL_UINT32] = INTEGER_ROW(uint32),
	[VOXEL_INT32] = INTEGER_ROW(int32),
	[VOXEL_FLOAT] = {.to_float = float_to_float, .to_double = float_to_double},
	[VOXEL_DOUBLE] = {.to_float = double_to_float, .to_double = double_to_double},
};

static convert_fn *kernel(enum voxel_type from, enum voxel_type to)
{
	switch (to) {
	case VOXEL_INT16: return kernels[from].to_int16;
	case VOXEL_INT32: return kernels[from].to_int32;
	case VOXEL_FLOAT: return kernels[from].to_float;
	default: return kernels[from].to_double;
	}
}

/* ---- one slice ---- */

/* The padding as numbers of the source's type. */
static struct pad clip(const struct rescale_plan *p)
{
	struct pad pad = {.lo = 1, .hi = 0};
	double least, most;

	if (!p->padded)
		return pad;
	pad.fill = p->fill;
	voxel_is_integer(p->from, &least, &most);
	pad.lo = fmax(p->pad_lo, least);
	pad.hi = fmin(p->pad_hi, most);
	if (kernels[p->from].range) {
		pad.lo = ceil(pad.lo);
		pad.hi = floor(pad.hi);
	}
	if (!(pad.lo <= pad.hi)) {
		pad.lo = 1;
		pad.hi = 0;
	}
	return pad;
}

/* One number at a time, each looked at: to find the first that does not fit, and for the pairs
 * whose results are only sometimes whole. With dst NULL only looks. */
static size_t apply_slowly(const struct rescale_plan *p, const struct pad *pad, double slope,
                           double intercept, const void *src, size_t n, void *dst)
{
	for (size_t i = 0; i < n; i++) {
		double v = voxel_get(src, p->from, i);
		double r = v >= pad->lo && v <= pad->hi ? pad->fill : slope * v + intercept;

		if (!rescale_holds(p->to, r) || (isfinite(v) && !isfinite(r)))
			return i;
		if (dst && p->to == VOXEL_INT16)
			((int16_t *)dst)[i] = (int16_t)r;
		else if (dst)
			((int32_t *)dst)[i] = (int32_t)r;
	}
	return n;
}

/* Do all results fit? They do when those at the two ends do: the rescale is monotonic. */
static bool all_fit(const struct rescale_plan *p, const struct pad *pad, double slope,
                    double intercept, const void *src, size_t n)
{
	double lo, hi;

	kernels[p->from].range(src, n, pad, &lo, &hi);
	if (lo > hi) /* padding only */
		return true;
	return rescale_holds(p->to, slope * lo + intercept) &&
	       rescale_holds(p->to, slope * hi + intercept) && isfinite(slope * lo + intercept) &&
	       isfinite(slope * hi + intercept);
}

/* After the conversion of floats: did a finite number become infinite? */
static bool overflowed(const struct rescale_plan *p, const void *src, const void *dst, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (isinf(voxel_get(dst, p->to, i)) && isfinite(voxel_get(src, p->from, i)))
			return true;
	return false;
}

size_t rescale_apply(const struct rescale_plan *p, double slope, double intercept,
                     const void *src, size_t n, void *dst)
{
	/* beyond 2^53 a double does not count by ones, and the sums below could be off */
	const double exact = 9007199254740992.0;
	bool from_integer = kernels[p->from].range, to_integer = voxel_is_integer(p->to, NULL, NULL);
	bool whole = slope == trunc(slope) && intercept == trunc(intercept) &&
	             fabs(slope) * UINT32_MAX + fabs(intercept) < exact;
	struct pad pad = clip(p);

	if (to_integer && !(from_integer && whole))
		return apply_slowly(p, &pad, slope, intercept, src, n, dst);
	if (from_integer && !all_fit(p, &pad, slope, intercept, src, n))
		return apply_slowly(p, &pad, slope, intercept, src, n, NULL);
	kernel(p->from, p->to)(src, n, slope, intercept, &pad, dst);
	if (!from_integer && overflowed(p, src, dst, n))
		return apply_slowly(p, &pad, slope, intercept, src, n, NULL);
	return n;
}
