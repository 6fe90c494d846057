/* write_values.c - voxels of any type as numbers of 16 bits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alg/convert.h"
#include "alg/extremes.h"
#include "write_inside.h"

struct range {
	double lo, hi;
	bool whole;   /* no number has a fraction */
	bool finite;
};

static int look(struct vol_in *in, enum voxel_type type, struct range *r, struct vol_err *err)
{
	enum { RUN = 4096 };
	struct vol_slab slab;
	double wide[RUN];
	int got;

	*r = (struct range){NAN, NAN, true, true};
	while ((got = vol_next(in, &slab, err)) > 0) {
		const char *at = slab.voxels;

		extremes_add(&r->lo, &r->hi, at, type, slab.n, NAN, NAN);
		for (size_t n; slab.n > 0; slab.n -= n, at += n * voxel_size(type)) {
			n = slab.n < RUN ? slab.n : RUN;
			convert_to_double(at, type, n, wide);
			for (size_t i = 0; i < n; i++) {
				r->finite &= isfinite(wide[i]) != 0;
				r->whole &= wide[i] == nearbyint(wide[i]);
			}
		}
	}
	return got;
}

/* A slope of five digits, not less than x: a DS holds it, and its multiples up to 2^16, exactly. */
static double five_digits(double x)
{
	double unit = pow(10, floor(log10(x)) - 4);
	char text[17];

	return strtod(dataset_decimal(text, ceil(x / unit) * unit), NULL);
}

static int map(struct values16 *v, const struct range *r, const char *subject, struct vol_err *err)
{
	double span = r->hi - r->lo;
	char text[17];

	if (!r->finite)
		return vol_fail(err, subject, "holds NaN or infinite values, which DICOM cannot: volcalc replaces them");
	if (!(span < 1e300))
		return vol_fail(err, subject, "values from %g to %g are too far apart for 16 bits", r->lo, r->hi);
	if (r->whole && r->lo >= INT16_MIN && r->hi <= INT16_MAX) {
		v->to = VOXEL_INT16;
		return 0;
	}
	v->to = VOXEL_UINT16;
	if (r->whole && r->lo >= 0 && r->hi <= UINT16_MAX)
		return 0;
	v->mapped = true;
	if (r->whole && span <= UINT16_MAX && fabs(r->lo) < 1e15) {
		v->intercept = r->lo;
		return 0;
	}
	if (span > 0) {
		v->slope = five_digits(span / 65534);
		/* multiples of the slope: 0 stays 0 */
		v->intercept = strtod(dataset_decimal(text, floor(r->lo / v->slope) * v->slope), NULL);
		v->off = v->slope / 2;
	} else {
		v->intercept = strtod(dataset_decimal(text, r->lo), NULL);
		v->off = fabs(r->lo - v->intercept);
	}
	return 0;
}

int values16_plan(struct values16 *v, struct vol_in *in, const struct vol_head *head, bool quantise, struct vol_err *err)
{
	const char *subject = vol_in_name(in);
	struct range r;

	*v = (struct values16){.from = head->type, .slope = 1};
	switch (head->type) {
	case VOXEL_INT8:
	case VOXEL_INT16:
		v->to = VOXEL_INT16;
		return 0;
	case VOXEL_UINT8:
	case VOXEL_UINT16:
		v->to = VOXEL_UINT16;
		return 0;
	default:
		break;
	}
	if (!quantise)
		return vol_fail(err, subject, "%s does not fit the 16 bits of a DICOM image: volcast --type int16 first, or "
		                              "--lossy values rounds to 16 bits and a slope", voxel_name(head->type));
	if (vol_hold(in, err) < 0 || look(in, head->type, &r, err) < 0 || map(v, &r, subject, err) < 0)
		return -1;
	vol_rewind(in);
	if (v->off > 0)
		vol_tell(subject, "values are rounded to steps of %g: at most %.3g off", v->slope, v->off);
	else
		vol_tell(subject, "all values fit 16 bits: nothing is lost");
	return 0;
}

void values16_make(const struct values16 *v, const void *src, size_t n, uint16_t *dst)
{
	enum { RUN = 1024 };
	const char *at = src;
	double wide[RUN];

	if (v->from == v->to) {
		memcpy(dst, src, n * sizeof *dst);
		return;
	}
	for (size_t k; n > 0; n -= k, dst += k, at += k * voxel_size(v->from)) {
		k = n < RUN ? n : RUN;
		convert_to_double(at, v->from, k, wide);
		for (size_t i = 0; v->mapped && i < k; i++)
			wide[i] = (wide[i] - v->intercept) / v->slope;
		(void)convert_from_double(wide, k, v->to, dst);
	}
}
