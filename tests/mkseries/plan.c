/* SPDX-License-Identifier: BSD-2-Clause
 *
 * plan.c - which images there are, where they lie and what they are called: where most defects are
 * put in. */
#include "mkseries.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void cross(const double a[3], const double b[3], double out[3])
{
	for (int i = 0; i < 3; i++)
		out[i] = a[(i + 1) % 3] * b[(i + 2) % 3] - a[(i + 2) % 3] * b[(i + 1) % 3];
}

/* Turns b towards a; both unit vectors, perpendicular. */
static void turn(double b[3], const double a[3], double deg)
{
	double s, c;

	sincos_deg(deg, &s, &c);
	for (int i = 0; i < 3; i++)
		b[i] = b[i] * c + a[i] * s;
}

void place_volume(struct config *cfg, bool has_origin)
{
	double s, c;

	cross(cfg->row, cfg->col, cfg->normal);
	for (int i = 0; i < 3; i++)
		cfg->step[i] = cfg->normal[i] * cfg->spacing[2];
	if (cfg->tilt != 0) {
		/* the gantry leans, the table still moves along the old normal */
		turn(cfg->col, cfg->normal, cfg->tilt);
		cross(cfg->row, cfg->col, cfg->normal);
	}
	if (cfg->tilt_position != 0) {
		sincos_deg(cfg->tilt_position, &s, &c);
		for (int i = 0; i < 3; i++)
			cfg->step[i] += cfg->col[i] * cfg->spacing[2] * s / c;
	}
	for (int i = 0; i < 3 && !has_origin; i++)
		cfg->origin[i] = -((cfg->size[0] - 1) * cfg->spacing[0] * cfg->row[i] +
				   (cfg->size[1] - 1) * cfg->spacing[1] * cfg->col[i] +
				   (cfg->size[2] - 1) * cfg->step[i]) *
				 0.5;
}

/* Where slice k lies, in steps from the first. */
static double slice_place(const struct config *cfg, int k)
{
	static const double step[] = {1, 1.2, 0.85, 1.1, 0.8};
	double at = 0;

	if (cfg->defects & BIT(D_VARIABLE) && k > cfg->variable_from)
		return cfg->variable_from + 2.0 * (k - cfg->variable_from);
	if (!(cfg->defects & BIT(D_IRREGULAR)))
		return k;
	for (int i = 0; i < k; i++)
		at += step[i % 5];
	return at;
}

static double chance(const struct config *cfg, uint64_t a, uint64_t b)
{
	return (double)(mix(mix((uint64_t)cfg->seed, a), b) >> 12) / (double)(UINT64_C(1) << 51) -
	       1;
}

/* Slope and intercept of slice k, as a reader finds them after printing. */
static void set_rescale(const struct config *cfg, struct image *im)
{
	int wave = im->k * 7 % 11;
	char t[24];

	im->slope = 1;
	im->intercept = 0;
	if (!cfg->rescale)
		return;
	im->slope =
		ds_value(cfg->slope_per_slice ? cfg->slope * (1 + 0.0137 * wave) : cfg->slope, t);
	im->intercept =
		ds_value(cfg->intercept_per_slice ? cfg->intercept + 3 * wave : cfg->intercept, t);
}

/* What the header says of the position, if not the truth. */
static void set_shown(const struct config *cfg, struct image *im)
{
	for (int i = 0; i < 3; i++) {
		im->shown[i] =
			cfg->defects & BIT(D_SAME_POSITION) ? cfg->origin[i] : im->position[i];
		if (cfg->jitter > 0)
			im->shown[i] +=
				cfg->jitter * chance(cfg, 31 + (uint64_t)i, (uint64_t)im->k);
	}
}

static struct image *add(struct plan *plan, const struct config *cfg, int k, int pass)
{
	struct image *im;

	plan->image = realloc(plan->image, (size_t)(plan->n + 1) * sizeof *im);
	if (!plan->image)
		die("out of memory");
	im = &plan->image[plan->n++];
	*im = (struct image){
		.role = SLICE,
		.k = k,
		.pass = pass,
		.written = true,
		.frames = 1,
		.cols = cfg->size[0],
		.rows = cfg->size[1],
		.is_signed = cfg->is_signed,
		.spacing = {cfg->spacing[0], cfg->spacing[1]},
		.defects = cfg->defects & (BIT(D_PER_SLICE) - 1),
		.keep_bytes = -1,
	};
	for (int i = 0; i < 3; i++) {
		im->position[i] = cfg->origin[i] + slice_place(cfg, k) * cfg->step[i];
		im->row[i] = cfg->row[i];
		im->col[i] = cfg->col[i];
	}
	set_rescale(cfg, im);
	set_shown(cfg, im);
	return im;
}

/* The defects that make slice k differ from its neighbours. */
static void spoil(const struct config *cfg, struct image *im)
{
	uint64_t d = cfg->slice_defects[im->k];

	im->defects |= d;
	im->keep_bytes = cfg->keep_bytes[im->k];
	if (d & BIT(D_MISSING))
		im->written = false;
	if (d & BIT(D_MIXED_SIGN))
		im->is_signed = !im->is_signed;
	if (d & BIT(D_MULTIFRAME))
		im->frames = 2;
	if (d & BIT(D_MIXED_ORIENTATION)) {
		double normal[3];

		cross(im->row, im->col, normal);
		turn(im->row, normal, 20);
	}
	if (d & BIT(D_MIXED_SIZE)) {
		im->cols = im->cols / 2 + 1;
		im->rows = im->rows / 2 + 2;
	}
	if (d & BIT(D_MIXED_SPACING))
		im->spacing[0] = im->spacing[1] *= 1.25;
	if (d & BIT(D_NAN_POSITION))
		im->shown[2] = NAN;
	if (d & BIT(D_HUGE_POSITION))
		im->shown[2] = 1e300;
}

/* A slice of the first pass. Where its grid is spoilt, the truth keeps the right one. */
static void add_slice(struct plan *plan, const struct config *cfg, int k)
{
	const uint64_t grid = BIT(D_MIXED_SIZE) | BIT(D_MIXED_SPACING) | BIT(D_MIXED_ORIENTATION);

	if (cfg->slice_defects[k] & grid) {
		struct image *ideal = add(plan, cfg, k, 0);

		ideal->in_truth = true;
		ideal->written = false;
		spoil(cfg, add(plan, cfg, k, 0));
	} else {
		struct image *im = add(plan, cfg, k, 0);

		im->in_truth = true;
		spoil(cfg, im);
	}
	if (cfg->slice_defects[k] & BIT(D_OVERLAP)) {
		struct image *im = add(plan, cfg, k, 0);

		im->role = OVERLAP;
		im->k = cfg->size[2];
		for (int i = 0; i < 3; i++)
			im->shown[i] = im->position[i] += 0.3 * cfg->step[i];
	}
}

/* A scout across the stack, along its rows and against its normal; larger than the slices. */
static void add_localizer(struct plan *plan, const struct config *cfg)
{
	struct image *im = add(plan, cfg, cfg->size[2] + 1, 0);

	im->role = LOCALIZER;
	im->cols = cfg->size[0] + 7;
	im->rows = cfg->size[1] + 5;
	im->spacing[1] = im->spacing[0];
	for (int i = 0; i < 3; i++) {
		double centre =
			cfg->origin[i] + ((cfg->size[0] - 1) * cfg->spacing[0] * cfg->row[i] +
					  (cfg->size[1] - 1) * cfg->spacing[1] * cfg->col[i] +
					  (cfg->size[2] - 1) * cfg->step[i]) /
						 2;

		im->col[i] = -cfg->normal[i];
		im->shown[i] = im->position[i] = centre -
						 (im->cols - 1) * im->spacing[0] * im->row[i] / 2 -
						 (im->rows - 1) * im->spacing[1] * im->col[i] / 2;
	}
}

static void set_uids(const struct config *cfg, struct plan *plan)
{
	uint64_t key = mix((uint64_t)cfg->seed, (uint64_t)cfg->series_seed);

	for (int i = 0; i < plan->n; i++) {
		struct image *im = &plan->image[i];

		make_uid(im->series_uid, key, im->pass == 2 ? 2 : 1);
		make_uid(im->sop_uid, mix(key, 3), (uint64_t)i);
	}
}

/* Instance numbers within each of the two series; a missing slice leaves its number unused. */
static void set_numbers(const struct config *cfg, struct plan *plan, bool second)
{
	struct image **member = xalloc((size_t)plan->n * sizeof *member);
	int n = 0;

	for (int i = 0; i < plan->n; i++) {
		struct image *im = &plan->image[i];

		if ((im->pass == 2) == second && (im->written || im->defects & BIT(D_MISSING)))
			member[n++] = im;
	}
	for (int i = 0; i < n; i++)
		member[i]->number = cfg->numbers == NUM_NONE       ? 0
				    : cfg->numbers == NUM_REVERSED ? n - i
								   : i + 1;
	for (int i = n - 1; i > 0 && cfg->numbers == NUM_RANDOM; i--) {
		int j = (int)(mix((uint64_t)cfg->seed + 5, (uint64_t)i) % (uint64_t)(i + 1)),
		    t = member[i]->number;

		member[i]->number = member[j]->number;
		member[j]->number = t;
	}
	free(member);
}

/* i: the file's number from 0; n: how many; base: how many files the directory holds already. */
static char *file_name(const struct config *cfg, int i, int n, int base)
{
	if (cfg->dicomdir)
		return xprintf("IMAGES/IM%04d", i + 1);
	switch (cfg->names) {
	case SEQUENTIAL:
		return xprintf("IM%05d.dcm", base + i + 1);
	case REVERSED:
		return xprintf("IM%05d.dcm", base + n - i);
	case UTF8:
		return xprintf("Größe-日本/Schicht-é-%05d-肺.dcm", base + i + 1);
	default:
		return xprintf("%016llx",
			       (unsigned long long)mix(
				       mix((uint64_t)cfg->seed, (uint64_t)cfg->series_seed + 9),
				       (uint64_t)i));
	}
}

static void set_names(const struct config *cfg, struct plan *plan)
{
	int n = 0, i = 0, base = cfg->append ? files_below(cfg->dir) : 0;

	for (int j = 0; j < plan->n; j++)
		n += plan->image[j].written + !!(plan->image[j].defects & BIT(D_DUPLICATE));
	for (int j = 0; j < plan->n; j++) {
		struct image *im = &plan->image[j];

		if (im->written)
			im->name = file_name(cfg, i++, n, base);
		if (im->written && im->defects & BIT(D_DUPLICATE))
			im->second_name = file_name(cfg, i++, n, base);
	}
}

void plan_make(struct plan *plan, const struct config *cfg)
{
	*plan = (struct plan){0};
	for (int k = 0; k < cfg->size[2]; k++)
		add_slice(plan, cfg, k);
	for (int pass = 1; pass <= 2; pass++) {
		if (!(cfg->defects & BIT(pass == 1 ? D_REPEAT : D_SECOND_SERIES)))
			continue;
		for (int k = 0; k < cfg->size[2]; k++)
			add(plan, cfg, k, pass);
	}
	if (cfg->defects & BIT(D_LOCALIZER))
		add_localizer(plan, cfg);
	set_uids(cfg, plan);
	set_numbers(cfg, plan, false);
	set_numbers(cfg, plan, true);
	set_names(cfg, plan);
}
