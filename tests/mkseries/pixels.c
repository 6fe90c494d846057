/* SPDX-License-Identifier: BSD-2-Clause
 *
 * pixels.c - from physical values to stored pixels: noise, rescale, padding, bits. */
#include "mkseries.h"
#include <math.h>
#include <stdlib.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

/* Three taps a, 1, a have a lag-1 autocorrelation of 2a / (1 + 2aa): 0.6 for this a. The blur also
 * serves as the scanner's point spread, so that edges and noise go through the same kernel. */
#define TAP 0.3923748

void stored_range(const struct config *cfg, bool is_signed, long long *lo, long long *hi)
{
	*lo = is_signed ? -(1LL << (cfg->stored - 1)) : 0;
	*hi = (is_signed ? 1LL << (cfg->stored - 1) : 1LL << cfg->stored) - 1;
}

/* White noise, near Gaussian: the sum of four 16-bit numbers from a hash of the voxel's own number,
 * so that a voxel's noise does not depend on who computes it or when. */
static void add_noise(const struct config *cfg, const struct image *im, float *v, size_t n)
{
	uint64_t key = mix(mix((uint64_t)cfg->seed, (uint64_t)cfg->series_seed),
			   ((uint64_t)im->pass << 40) + (uint64_t)im->k);
	double loss = (1 + 2 * TAP * TAP) / ((1 + 2 * TAP) * (1 + 2 * TAP));
	float gain = (float)(cfg->noise / loss / 37837.227);

	for (size_t i = 0; i < n; i++) {
		uint64_t r = mix(key, i);
		int sum = (int)((r & 0xffff) + (r >> 16 & 0xffff) + (r >> 32 & 0xffff) + (r >> 48));

		v[i] += (float)(sum - 131070) * gain;
	}
}

static void blur_line(const float *in, float *out, int n)
{
	const float a = (float)(TAP / (1 + 2 * TAP)), b = (float)(1 / (1 + 2 * TAP));

	if (n == 1) {
		out[0] = in[0];
		return;
	}
	out[0] = a * in[0] + b * in[0] + a * in[1];
	for (int i = 1; i < n - 1; i++)
		out[i] = a * in[i - 1] + b * in[i] + a * in[i + 1];
	out[n - 1] = a * in[n - 2] + b * in[n - 1] + a * in[n - 1];
}

static void blur(float *v, float *t, int cols, int rows)
{
	const float a = (float)(TAP / (1 + 2 * TAP)), b = (float)(1 / (1 + 2 * TAP));

	for (int y = 0; y < rows; y++)
		blur_line(v + (size_t)y * (size_t)cols, t + (size_t)y * (size_t)cols, cols);
	for (int y = 0; y < rows; y++) {
		const float *mid = t + (size_t)y * (size_t)cols;
		const float *up = y ? mid - cols : mid, *down = y < rows - 1 ? mid + cols : mid;
		float *out = v + (size_t)y * (size_t)cols;

		for (int x = 0; x < cols; x++)
			out[x] = a * up[x] + b * mid[x] + a * down[x];
	}
}

static void make_anatomy(const struct config *cfg, const struct phantom *ph, const struct image *im,
			 int64_t *v)
{
	size_t n = (size_t)im->cols * (size_t)im->rows;
	float *f = xalloc(2 * n * sizeof *f);
	long long lo, hi;

	phantom_paint(ph, im, f);
	if (cfg->noise > 0)
		add_noise(cfg, im, f, n);
	blur(f, f + n, im->cols, im->rows);
	stored_range(cfg, im->is_signed, &lo, &hi);
	for (size_t i = 0; i < n; i++) {
		double s = ((double)f[i] - im->intercept) / im->slope + 0.5;

		s = s < (double)lo ? (double)lo : s > (double)hi ? (double)hi : s;
		v[i] = (int64_t)s - (s < (double)(int64_t)s);
	}
	free(f);
}

/* The greatest prime up to n: counting modulo a prime keeps rows and slices whose lengths are
 * powers of two from coming out the same. */
static uint64_t prime_below(uint64_t n)
{
	for (;; n--) {
		uint64_t d = 2;

		while (d * d <= n && n % d)
			d++;
		if (d * d > n)
			return n;
	}
}

/* ramp: the voxel's number in the volume, counted from the lowest stored value up.
 * edges: the lowest and the highest stored value, tossed for each voxel. */
static void make_marks(const struct config *cfg, const struct image *im, int64_t *v)
{
	uint64_t slice = (uint64_t)im->k + (uint64_t)im->pass * (uint64_t)(cfg->size[2] + 2);
	uint64_t voxels = (uint64_t)cfg->size[0] * (uint64_t)cfg->size[1] * (uint64_t)cfg->size[2];
	uint64_t range;
	long long lo, hi;

	stored_range(cfg, im->is_signed, &lo, &hi);
	range = (uint64_t)(hi - lo) + 1;
	if (range < voxels)
		range = prime_below(range);
	for (int y = 0; y < im->rows; y++) {
		for (int x = 0; x < im->cols; x++) {
			uint64_t at = (slice * (uint64_t)cfg->size[1] + (uint64_t)y) *
					      (uint64_t)cfg->size[0] +
				      (uint64_t)x;

			if (cfg->phantom == RAMP)
				*v++ = lo + (int64_t)(at % range);
			else
				*v++ = mix((uint64_t)cfg->seed, at) & 1 ? hi : lo;
		}
	}
}

/* Padding outside the largest circle that fits; a range of padding is walked through. */
static void pad_corners(const struct config *cfg, const struct image *im, int64_t *v)
{
	double w = im->cols * im->spacing[0], h = im->rows * im->spacing[1],
	       r = (w < h ? w : h) / 2;
	long long lo, hi, span = cfg->pad_range ? llabs(cfg->pad_limit - cfg->pad) + 1 : 1;
	long long base = cfg->pad_range && cfg->pad_limit < cfg->pad ? cfg->pad_limit : cfg->pad;

	stored_range(cfg, im->is_signed, &lo, &hi);
	for (int y = 0; y < im->rows; y++) {
		double dy = (y + 0.5) * im->spacing[1] - h / 2;

		for (int x = 0; x < im->cols; x++, v++) {
			double dx = (x + 0.5) * im->spacing[0] - w / 2;

			if (dx * dx + dy * dy <= r * r)
				continue;
			*v = base + (x + y) % span;
			*v = *v < lo ? lo : *v > hi ? hi : *v;
		}
	}
}

void pixels_make(const struct config *cfg, const struct phantom *ph, const struct image *im,
		 int64_t *v)
{
	if (cfg->phantom == RAMP || cfg->phantom == EDGES)
		make_marks(cfg, im, v);
	else
		make_anatomy(cfg, ph, im, v);
	if (cfg->padded)
		pad_corners(cfg, im, v);
}

/* Native cells, little-endian: the stored bits at their place, sign bits above or junk around. */
void pixels_pack(const struct config *cfg, const struct image *im, const int64_t *v, uint8_t *out)
{
	size_t n = (size_t)im->cols * (size_t)im->rows;
	int low = cfg->high + 1 - cfg->stored, bytes = cfg->alloc / 8;
	uint64_t mask = ((UINT64_C(1) << cfg->stored) - 1) << low;
	uint64_t key = mix((uint64_t)cfg->seed, (uint64_t)im->k + 4711);

	for (size_t i = 0; i < n; i++) {
		uint64_t cell = (uint64_t)v[i] << low;

		if (cfg->junk_bits)
			cell = (cell & mask) | (mix(key, i) & ~mask);
		for (int b = 0; b < bytes; b++)
			*out++ = (uint8_t)(cell >> 8 * b);
	}
}

/* What a right reader makes of a stored value. */
double pixel_truth(const struct config *cfg, const struct image *im, int64_t v)
{
	double hu = im->slope * (double)v + im->intercept;

	if (!(cfg->defects & BIT(D_MODALITY_LUT)))
		return hu;
	/* a modality LUT holds no negative numbers: HU + 1024 instead */
	hu = floor(hu + 1024.5);
	return hu < 0 ? 0 : hu > 65535 ? 65535 : hu;
}
