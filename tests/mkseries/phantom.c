/* SPDX-License-Identifier: BSD-2-Clause
 *
 * phantom.c - a chest and a head made of ellipsoids, painted one over the other.
 *
 * Anatomy is placed in fractions of the volume's half extents (x to the left, y to the back, z to
 * the head), so that any size and orientation shows all of it. A row of an image is a straight
 * line: a quadratic equation gives the run of voxels inside an ellipsoid, and painting a shape is
 * then filling runs. */
#include "mkseries.h"
#include <math.h>
#include <stdlib.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

enum tissue { AIR, LUNG, FAT, MUSCLE, BLOOD, BONE, MARROW, COUCH, BRAIN, FLUID, LESION, TISSUES };

/* HU; MR signal; Bq/ml */
static const float tissue_value[TISSUES][3] = {
	[AIR] = {-1000, 10, 0},      [LUNG] = {-850, 60, 800},    [FAT] = {-100, 900, 1200},
	[MUSCLE] = {50, 350, 2500},  [BLOOD] = {180, 150, 9000},  [BONE] = {700, 80, 1800},
	[MARROW] = {250, 500, 3000}, [COUCH] = {-650, 10, 0},     [BRAIN] = {35, 420, 14000},
	[FLUID] = {5, 120, 1500},    [LESION] = {40, 600, 22000},
};

/* shape - the points p (mm) with |m (p - centre)| <= 1. Endless where a row of m is zero. */
struct shape {
	double m[3][3], centre[3];
	float value;
};

struct phantom {
	struct shape *shape;
	int n, cap;
	double centre[3], half[3]; /* of the volume, mm */
	enum modality modality;
	float outside;
	uint64_t seed;
};

static double dot(const double a[3], const double b[3])
{
	return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* axis: three perpendicular unit vectors in fractions; semi: their half lengths, 0 for endless. */
static void add(struct phantom *ph, enum tissue t, const double centre[3], double axis[3][3],
		const double semi[3])
{
	struct shape *s;

	if (ph->n == ph->cap) {
		ph->cap = ph->cap * 2 + 64;
		ph->shape = realloc(ph->shape, (size_t)ph->cap * sizeof *s);
		if (!ph->shape)
			die("out of memory");
	}
	s = &ph->shape[ph->n++];
	s->value = tissue_value[t][ph->modality];
	for (int i = 0; i < 3; i++) {
		s->centre[i] = ph->centre[i] + centre[i] * ph->half[i];
		for (int j = 0; j < 3; j++)
			s->m[i][j] = semi[i] > 0 ? axis[i][j] / semi[i] / ph->half[j] : 0;
	}
}

/* An ellipsoid along the axes of the patient. */
static void ball(struct phantom *ph, enum tissue t, double x, double y, double z, double a,
		 double b, double c)
{
	double axis[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};

	add(ph, t, (double[3]){x, y, z}, axis, (double[3]){a, b, c});
}

/* A long thin ellipsoid from one point to another. */
static void rod(struct phantom *ph, enum tissue t, const double from[3], const double to[3],
		double radius)
{
	double axis[3][3], centre[3], len, flat;

	for (int i = 0; i < 3; i++) {
		centre[i] = (from[i] + to[i]) / 2;
		axis[0][i] = to[i] - from[i];
	}
	len = sqrt(dot(axis[0], axis[0]));
	for (int i = 0; i < 3; i++)
		axis[0][i] /= len;
	flat = sqrt(axis[0][0] * axis[0][0] + axis[0][1] * axis[0][1]);
	axis[1][0] = flat > 0 ? -axis[0][1] / flat : 1;
	axis[1][1] = flat > 0 ? axis[0][0] / flat : 0;
	axis[1][2] = 0;
	axis[2][0] = axis[0][1] * axis[1][2] - axis[0][2] * axis[1][1];
	axis[2][1] = axis[0][2] * axis[1][0] - axis[0][0] * axis[1][2];
	axis[2][2] = axis[0][0] * axis[1][1] - axis[0][1] * axis[1][0];
	add(ph, t, centre, axis, (double[3]){len / 2, radius, radius});
}

/* The n-th random number in [-1, 1). */
static double chance(const struct phantom *ph, unsigned n)
{
	return (double)(mix(ph->seed, n) >> 12) / (double)(UINT64_C(1) << 51) - 1;
}

/* Ribs: each a hoop of short rods around the chest, falling towards the breastbone. */
static void ribs(struct phantom *ph)
{
	enum { RIBS = 9, PARTS = 24 };

	for (int r = 0; r < RIBS; r++) {
		double from[3], to[3];

		for (int i = 0; i <= PARTS; i++) {
			double s, c;

			sincos_deg(360.0 * i / PARTS + 90, &s, &c);
			to[0] = 0.79 * c;
			to[1] = 0.53 * s + 0.02;
			to[2] = -0.95 + 0.26 * r + 0.18 * s;
			for (int k = 0; i > 0 && k < 3; k++)
				from[k] -= 0.25 * (to[k] - from[k]);
			if (i > 0)
				rod(ph, BONE, from, to, 0.03);
			for (int k = 0; k < 3; k++)
				from[k] = to[k];
		}
	}
}

/* Vessels: rods fanning out from the root of a lung; side is -1 (right) or 1. A few round nodules
 * besides. */
static void vessels(struct phantom *ph, int side)
{
	unsigned base = side < 0 ? 0 : 4096;

	for (unsigned i = 0; i < 110; i++) {
		double root[3] = {side * 0.16, 0.06, 0.05}, end[3], half[3];

		end[0] = side * (0.44 + 0.20 * chance(ph, base + 4 * i));
		end[1] = 0.30 * chance(ph, base + 4 * i + 1);
		end[2] = 0.60 * chance(ph, base + 4 * i + 2);
		for (int k = 0; k < 3; k++)
			half[k] = root[k] + (end[k] - root[k]) * 0.45;
		rod(ph, BLOOD, half, end, 0.012 + 0.005 * chance(ph, base + 4 * i + 3));
		if (i % 5 == 0)
			rod(ph, BLOOD, root, half, 0.022);
	}
	for (unsigned i = 0; i < 3; i++)
		ball(ph, LESION, side * (0.42 + 0.12 * chance(ph, base + 900 + i)),
		     0.2 * chance(ph, base + 910 + i), 0.4 * chance(ph, base + 920 + i), 0.035,
		     0.035, 0.05);
}

static void spine(struct phantom *ph)
{
	ball(ph, BONE, 0, 0.34, 0, 0.105, 0.095, 0);
	ball(ph, MARROW, 0, 0.34, 0, 0.085, 0.075, 0);
	for (int i = 0; i < 10; i++)
		ball(ph, MUSCLE, 0, 0.34, -0.9 + 0.2 * i, 0.12, 0.11, 0.022);
	ball(ph, BONE, 0, 0.46, 0, 0.065, 0.06, 0);
	ball(ph, FLUID, 0, 0.46, 0, 0.035, 0.032, 0);
	for (int i = 0; i < 10; i++)
		ball(ph, BONE, 0, 0.53, -0.8 + 0.2 * i, 0.02, 0.05, 0.06);
}

static void thorax(struct phantom *ph)
{
	ball(ph, COUCH, 0, 0.76, 0, 0.62, 0.05, 0);
	ball(ph, AIR, 0, 0.76, 0, 0.60, 0.03, 0);
	ball(ph, FAT, 0, 0, 0, 0.90, 0.64, 0);
	ball(ph, MUSCLE, 0, 0.01, 0, 0.84, 0.58, 0);
	ribs(ph);
	ball(ph, BONE, 0, -0.51, 0.1, 0.09, 0.035, 0.7);
	ball(ph, FAT, 0, 0, 0, 0.22, 0.30, 0);
	for (int side = -1; side <= 1; side += 2) {
		ball(ph, LUNG, side * 0.42, 0.0, 0.05, side < 0 ? 0.31 : 0.29, 0.42, 0.88);
		vessels(ph, side);
	}
	ball(ph, MUSCLE, -0.42, -0.02, -1.0, 0.36, 0.42, 0.55); /* liver under its dome */
	ball(ph, MUSCLE, 0.42, -0.02, -1.1, 0.34, 0.40, 0.50);
	ball(ph, AIR, 0.36, -0.16, -0.92, 0.12, 0.10, 0.14); /* bubble in the stomach */
	spine(ph);
	ball(ph, MUSCLE, 0.12, -0.16, -0.35, 0.29, 0.25, 0.48); /* heart, and the blood in it */
	ball(ph, BLOOD, 0.18, -0.14, -0.38, 0.15, 0.14, 0.30);
	ball(ph, BLOOD, 0.00, -0.18, -0.28, 0.10, 0.12, 0.26);
	ball(ph, BLOOD, 0.12, 0.26, 0, 0.055, 0.055, 0); /* aorta */
	ball(ph, BLOOD, -0.02, -0.12, 0.30, 0.065, 0.065, 0.35);
	ball(ph, AIR, 0, 0.06, 0.9, 0.045, 0.042, 0.80); /* trachea and its two branches */
	rod(ph, AIR, (double[3]){0, 0.06, 0.22}, (double[3]){-0.26, 0.07, -0.06}, 0.034);
	rod(ph, AIR, (double[3]){0, 0.06, 0.22}, (double[3]){0.26, 0.07, -0.06}, 0.030);
}

static void head(struct phantom *ph)
{
	ball(ph, COUCH, 0, 0.90, 0, 0.40, 0.05, 0);
	ball(ph, MUSCLE, 0, 0.15, -1, 0.40, 0.42, 0.7);
	ball(ph, FAT, 0, 0.02, 0.18, 0.70, 0.82, 0.78);
	ball(ph, FAT, 0, -0.26, -0.38, 0.54, 0.54, 0.52);
	ball(ph, MUSCLE, 0, -0.26, -0.38, 0.51, 0.51, 0.50);
	ball(ph, BONE, 0, -0.34, -0.62, 0.40, 0.40, 0.10); /* upper jaw */
	ball(ph, MUSCLE, 0, -0.28, -0.62, 0.33, 0.34, 0.14);
	ball(ph, BONE, 0, 0.04, 0.20, 0.67, 0.77, 0.70); /* skull: two tables, marrow between */
	ball(ph, MARROW, 0, 0.04, 0.20, 0.645, 0.745, 0.675);
	ball(ph, BONE, 0, 0.04, 0.20, 0.63, 0.73, 0.66);
	ball(ph, FLUID, 0, 0.04, 0.20, 0.61, 0.71, 0.64);
	ball(ph, BRAIN, 0, 0.04, 0.20, 0.59, 0.69, 0.62);
	ball(ph, FLUID, 0, 0.04, 0.62, 0.012, 0.50, 0.19); /* cleft between the halves */
	for (int side = -1; side <= 1; side += 2) {
		rod(ph, FLUID, (double[3]){side * 0.05, -0.28, 0.34},
		    (double[3]){side * 0.17, 0.30, 0.26}, 0.06);
		ball(ph, MUSCLE, side * 0.15, -0.02, 0.22, 0.07, 0.12, 0.08);
		ball(ph, FAT, side * 0.26, -0.52, -0.16, 0.17, 0.17, 0.17);
		ball(ph, FLUID, side * 0.26, -0.56, -0.16, 0.12, 0.12, 0.14);
		ball(ph, AIR, side * 0.24, -0.46, -0.42, 0.12, 0.14, 0.12);
		ball(ph, AIR, side * 0.06, -0.48, -0.38, 0.035, 0.24, 0.16);
		ball(ph, BONE, side * 0.46, 0.14, -0.30, 0.12, 0.15, 0.16);
		ball(ph, AIR, side * 0.47, 0.16, -0.32, 0.07, 0.08, 0.10);
	}
	ball(ph, LESION, -0.28, 0.34, 0.38, 0.07, 0.07, 0.07);
	ball(ph, BONE, 0, 0.30, -1, 0.12, 0.11, 0.50);
	ball(ph, FLUID, 0, 0.42, -1, 0.05, 0.05, 0.55);
}

struct phantom *phantom_new(const struct config *cfg)
{
	struct phantom *ph = xalloc(sizeof *ph);

	ph->modality = cfg->modality;
	ph->outside = tissue_value[AIR][cfg->modality];
	ph->seed = mix((uint64_t)cfg->seed, 77);
	for (int i = 0; i < 3; i++) {
		double x = cfg->row[i] * cfg->spacing[0], y = cfg->col[i] * cfg->spacing[1];
		double z = cfg->step[i];

		ph->centre[i] = cfg->origin[i] + ((cfg->size[0] - 1) * x + (cfg->size[1] - 1) * y +
						  (cfg->size[2] - 1) * z) /
							 2;
		ph->half[i] =
			(cfg->size[0] * fabs(x) + cfg->size[1] * fabs(y) + cfg->size[2] * fabs(z)) /
			2;
	}
	if (cfg->phantom == HEAD)
		head(ph);
	else if (cfg->phantom == THORAX)
		thorax(ph);
	return ph;
}

void phantom_free(struct phantom *ph)
{
	free(ph->shape);
	free(ph);
}

/* The voxels first..last of a line of n whose points from + i step lie in the unit ball. */
static bool run(const double from[3], const double step[3], int n, int *first, int *last)
{
	double a = dot(step, step), b = dot(from, step), c = dot(from, from) - 1;
	double root, lo, hi;

	if (a == 0) {
		*first = 0;
		*last = n - 1;
		return c <= 0;
	}
	root = b * b - a * c;
	if (root < 0)
		return false;
	root = sqrt(root);
	lo = (-b - root) / a;
	hi = (-b + root) / a;
	if (hi < 0 || lo > n - 1)
		return false;
	*first = lo <= 0 ? 0 : (int)ceil(lo);
	*last = hi >= n - 1 ? n - 1 : (int)floor(hi);
	return *first <= *last;
}

static void paint(const struct shape *s, const struct image *im, float *value)
{
	double at[3], from[3], down[3], along[3], d[3];

	for (int i = 0; i < 3; i++)
		d[i] = im->position[i] - s->centre[i];
	for (int i = 0; i < 3; i++) {
		at[i] = dot(s->m[i], d);
		along[i] = dot(s->m[i], im->row) * im->spacing[0];
		down[i] = dot(s->m[i], im->col) * im->spacing[1];
	}
	for (int y = 0; y < im->rows; y++) {
		int first, last;

		for (int i = 0; i < 3; i++)
			from[i] = at[i] + y * down[i];
		if (!run(from, along, im->cols, &first, &last))
			continue;
		for (int x = first; x <= last; x++)
			value[(size_t)y * (size_t)im->cols + (size_t)x] = s->value;
	}
}

void phantom_paint(const struct phantom *ph, const struct image *im, float *value)
{
	size_t n = (size_t)im->cols * (size_t)im->rows;

	for (size_t i = 0; i < n; i++)
		value[i] = ph->outside;
	for (int i = 0; i < ph->n; i++)
		paint(&ph->shape[i], im, value);
}
