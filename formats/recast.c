#include "recast.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* ---- a reader behind a reader ---- */

struct recast {
	struct vol_in *raw;
	size_t from, to; /* bytes of a number */
	recast_fn *fn;
	int how;
	const char *at;  /* numbers in hand */
	size_t left;
	size_t raw_number; /* what raw calls one number */
};

static ssize_t recast_read(void *ctx, void *buf, size_t n, struct vol_err *err)
{
	struct recast *r = ctx;
	size_t wanted = n / r->to, done = 0;

	while (done < wanted) {
		size_t some = wanted - done;

		if (!r->left) {
			struct vol_slab slab;
			int got = vol_next(r->raw, &slab, err);

			if (got < 0)
				return -1;
			if (got == 0)
				break;
			r->at = slab.voxels;
			r->left = slab.n * r->raw_number / r->from;
		}
		if (some > r->left)
			some = r->left;
		r->fn(r->how, r->at, some, (char *)buf + done * r->to);
		r->at += some * r->from;
		r->left -= some;
		done += some;
	}
	return (ssize_t)(done * r->to);
}

static void recast_close(void *ctx)
{
	struct recast *r = ctx;

	vol_close(r->raw);
	free(r);
}

/* raw gives its last numbers only when its source is sound to its end: no `finish` is needed. */
static const struct vol_source source = {.read = recast_read, .close = recast_close};

struct vol_in *recast_open(struct vol_in *raw, size_t from, recast_fn *fn, int how, const struct vol_head *head,
                           struct vol_err *err)
{
	struct recast *r = calloc(1, sizeof *r);

	if (!r) {
		vol_fail(err, vol_in_name(raw), "out of memory");
		vol_close(raw);
		return NULL;
	}
	*r = (struct recast){.raw = raw, .from = from, .to = voxel_size(head->type), .fn = fn, .how = how,
	                     .raw_number = vol_in_number(raw)};
	return vol_open_source(&source, r, vol_in_name(raw), head, false, err);
}

/* ---- complex numbers ---- */

#define PARTS(TYPE, HYPOT, ATAN2) \
	do { \
		const TYPE *s = src; \
		TYPE *d = dst; \
		for (size_t i = 0; i < n; i++) { \
			TYPE re = s[2 * i], im = s[2 * i + 1]; \
			d[i] = how == RECAST_MAGNITUDE ? HYPOT(re, im) : how == RECAST_PHASE ? ATAN2(im, re) : \
			       how == RECAST_REAL ? re : im; \
		} \
	} while (0)

static void part_of_floats(int how, const void *src, size_t n, void *dst)
{
	PARTS(float, hypotf, atan2f);
}

static void part_of_doubles(int how, const void *src, size_t n, void *dst)
{
	PARTS(double, hypot, atan2);
}

struct vol_in *recast_part_open(struct vol_in *raw, enum voxel_type type, enum recast_part part, struct vol_head *head,
                                struct vol_err *err)
{
	head->type = type;
	return recast_open(raw, 2 * voxel_size(type), type == VOXEL_FLOAT ? part_of_floats : part_of_doubles, (int)part, head,
	                   err);
}

/* ---- integers of 64 bits ---- */

#define EACH(FROM, TO) \
	do { \
		const FROM *s = src; \
		TO *d = dst; \
		for (size_t i = 0; i < n; i++) \
			d[i] = (TO)s[i]; \
	} while (0)

int recast_how(bool is_signed, enum voxel_type to)
{
	return (int)to * 2 + is_signed;
}

void recast_wide(int how, const void *src, size_t n, void *dst)
{
	enum voxel_type to = (enum voxel_type)(how / 2);
	bool is_signed = how % 2;

	if (to == VOXEL_INT32)
		EACH(int64_t, int32_t);
	else if (to == VOXEL_UINT32)
		EACH(uint64_t, uint32_t);
	else if (is_signed)
		EACH(int64_t, double);
	else
		EACH(uint64_t, double);
}

/* Has a double all digits of this magnitude? 53 bits, wherever they are. */
static bool fits_double(uint64_t x)
{
	return x >> 53 == 0 || x >> __builtin_ctzll(x) >> 53 == 0;
}

struct range {
	bool negative, over_int32, over_uint32, fits;
	bool odd_minus;
	uint64_t odd; /* with its sign, one that does not fit a double */
};

static void widen(struct range *r, const void *numbers, size_t n, bool is_signed)
{
	const uint64_t *u = numbers;

	for (size_t i = 0; i < n; i++) {
		bool minus = is_signed && (int64_t)u[i] < 0;
		uint64_t x = minus ? -u[i] : u[i];

		r->negative |= minus;
		r->over_int32 |= x > (uint64_t)INT32_MAX + minus;
		r->over_uint32 |= x > UINT32_MAX;
		if (r->fits && !fits_double(x)) {
			r->fits = false;
			r->odd = x;
			r->odd_minus = minus;
		}
	}
}

int recast_wide_type(struct vol_in *raw, bool is_signed, enum voxel_type *to, struct vol_err *err)
{
	struct range r = {.fits = true};
	struct vol_slab slab;
	int got;

	while ((got = vol_next(raw, &slab, err)) > 0)
		widen(&r, slab.voxels, slab.n, is_signed);
	if (got < 0)
		return -1;
	vol_rewind(raw);
	if (is_signed && !r.over_int32)
		*to = VOXEL_INT32;
	else if (!r.negative && !r.over_uint32)
		*to = VOXEL_UINT32;
	else if (r.fits)
		*to = VOXEL_DOUBLE;
	else
		return vol_fail(err, vol_in_name(raw), "holds %s such as %s%llu, which fit neither 32 bits nor a double: save "
		                "them as another type", is_signed ? "int64" : "uint64", r.odd_minus ? "-" : "",
		                (unsigned long long)r.odd);
	return 0;
}

struct vol_in *recast_wide_open(struct vol_in *raw, bool is_signed, struct vol_head *head, struct vol_err *err)
{
	if (vol_hold(raw, err) < 0 || recast_wide_type(raw, is_signed, &head->type, err) < 0) {
		vol_close(raw);
		return NULL;
	}
	return recast_open(raw, sizeof(int64_t), recast_wide, recast_how(is_signed, head->type), head, err);
}
