/* geometry_place.c - geometry.h's grid: the regular stack, upright or sheared, that fits the slices' positions. */
#include "geometry_inside.h"

#include <math.h>
#include <string.h>

#include "io/head.h"

static const double MOST_DEGREES = 45; /* see geometry.h */

static int check_duplicates(const struct stack *s)
{
	size_t places = 1, first = s->n, run = 1, least = s->n, most = 0;
	/* a tenth of a small step is no measure when all slices lie on one spot */
	double same = fmax(s->out->tolerance_mm, 1e-3);
	char a[32];

	for (size_t i = 1; i <= s->n; i++) {
		if (i < s->n && s->at[i] - s->at[i - 1] <= same) {
			if (first == s->n)
				first = i;
			run++;
			continue;
		}
		least = run < least ? run : least;
		most = run > most ? run : most;
		run = 1;
		places += i < s->n;
	}
	if (first == s->n)
		return 0;
	if (least == most)
		return stack_wrong(s->out, DICOM_P_DUPLICATE_POSITION,
		             "%zu images at each of %zu positions (several volumes in one series)", most, places);
	return stack_wrong(s->out, DICOM_P_DUPLICATE_POSITION, "two images at %s mm: %s and %s", stack_mm(a, s->at[first]),
	             stack_path(s, first - 1), stack_path(s, first));
}

/* Mean position of all slices. */
static void centre(const struct stack *s, double mean[3])
{
	for (int w = 0; w < 3; w++) {
		mean[w] = 0;
		for (size_t i = 0; i < s->n; i++)
			mean[w] += stack_frame(s, i)->position[w] / (double)s->n;
	}
}

/* How far a slice lies sideways of the line through `from`, mm: along the normal, or along what they are sheared by. */
static double sideways_of(const struct stack *s, size_t i, const double from[3])
{
	const double *p = stack_frame(s, i)->position;
	double along = s->at[i] - stack_dot(from, s->out->normal), sum = 0;

	for (int w = 0; w < 3; w++) {
		double d = p[w] - from[w] - along * (s->out->normal[w] + s->out->slope[w]);

		sum += d * d;
	}
	return sqrt(sum);
}

/* The same, at the worst. */
static double sideways(const struct stack *s, const double from[3])
{
	double worst = 0;

	for (size_t i = 0; i < s->n; i++)
		worst = fmax(worst, sideways_of(s, i, from));
	return worst;
}

/* The sideways step, as a vector, for one mm along the normal: least squares over all slices. */
static void shear(const struct stack *s, const double mean[3], double slope[3])
{
	double square = 0;

	memset(slope, 0, 3 * sizeof *slope);
	for (size_t i = 0; i < s->n; i++) {
		double along = s->at[i] - stack_dot(mean, s->out->normal);

		square += along * along;
		for (int w = 0; w < 3; w++)
			slope[w] += along * (stack_frame(s, i)->position[w] - mean[w] - along * s->out->normal[w]);
	}
	for (int w = 0; w < 3; w++)
		slope[w] /= square;
}

/* Slices that move sideways from one to the next, evenly: a tilted gantry, which the grid holds as it is. Or a single
 * one that lies beside the others. */
static int check_shear(struct stack *s)
{
	double mean[3], span = s->at[s->n - 1] - s->at[0], tangent;
	char a[32], b[32];

	centre(s, mean);
	if (sideways(s, mean) <= s->out->tolerance_mm)
		return 0;
	shear(s, mean, s->out->slope);
	tangent = sqrt(stack_dot(s->out->slope, s->out->slope));
	if (tangent * span <= 2 * s->out->tolerance_mm)
		memset(s->out->slope, 0, sizeof s->out->slope);
	else
		s->out->shear_degrees = atan(tangent) * 180 / M_PI;
	for (size_t i = 0; i < s->n; i++) {
		double off = sideways_of(s, i, mean);

		if (off <= s->out->tolerance_mm)
			continue;
		if (stack_wrong(s->out, DICOM_P_IRREGULAR_SPACING, "%s lies %s mm sideways of the others", stack_path(s, i),
		          stack_mm(a, off)) < 0)
			return -1;
		break;
	}
	if (s->out->shear_degrees > MOST_DEGREES)
		return stack_wrong(s->out, DICOM_P_TILT, "slices move sideways by %s mm over the stack: sheared by %s "
		             "degrees, more than any gantry leans", stack_mm(a, tangent * span),
		             vol_number(b, round(s->out->shear_degrees * 100) / 100));
	return 0;
}

/* Positions are decimal fractions; their differences, in binary, are next to one. Take it when it is
 * within the arithmetic's noise: 0.9999999999999998 was 1. */
static double decimal(double x, double noise)
{
	double r = round(x * 1e6) / 1e6;

	return fabs(r - x) <= noise ? r : x;
}

/* The furthest that a slice lies from start + i * step, along the normal, mm. */
static double misfit(const struct stack *s, double start, double step)
{
	double off = 0;

	for (size_t i = 0; i < s->n; i++)
		off = fmax(off, fabs(s->at[i] - start - step * (double)i));
	return off;
}

/* The step as a vector. Sheared, each of its numbers is a difference of decimal fractions. */
static void whole_step(const struct stack *s, double along, bool exact, double step[3])
{
	const double *first = stack_frame(s, 0)->position, *last = stack_frame(s, s->n - 1)->position;
	bool sheared = stack_dot(s->out->slope, s->out->slope) > 0;

	for (int w = 0; w < 3; w++) {
		step[w] = along * (s->out->normal[w] + s->out->slope[w]);
		if (exact && sheared)
			step[w] = decimal((last[w] - first[w]) / (double)(s->n - 1),
			                  4e-16 * fmax(fabs(first[w]), fabs(last[w])));
	}
}

/* The regular stack that fits the positions: its origin and its step. From first to last where that fits all to a
 * micrometre; else least squares, which spreads the rounding of the positions over all slices. Returns the misfit along
 * the normal. */
static double fit(const struct stack *s, double origin[3], double step[3])
{
	const double *first = stack_frame(s, 0)->position;
	double n = (double)s->n, mean[3], slope = 0, start;
	double along = decimal((s->at[s->n - 1] - s->at[0]) / (n - 1),
	                       4e-16 * fmax(fabs(s->at[0]), fabs(s->at[s->n - 1])));

	memcpy(origin, first, 3 * sizeof *origin);
	if (misfit(s, s->at[0], along) <= 1e-3 && sideways(s, first) <= 1e-3) {
		whole_step(s, along, true, step);
		return 0;
	}
	centre(s, mean);
	for (size_t i = 0; i < s->n; i++)
		slope += ((double)i - (n - 1) / 2) * (s->at[i] - stack_dot(mean, s->out->normal));
	along = slope * 12 / (n * (n * n - 1));
	start = stack_dot(mean, s->out->normal) - along * (n - 1) / 2;
	whole_step(s, along, false, step);
	for (int w = 0; w < 3; w++)
		origin[w] = mean[w] - step[w] * (n - 1) / 2;
	return misfit(s, start, along);
}

static int single_step(const struct stack *s, double *step)
{
	const struct dicom_frame *f = stack_frame(s, 0);

	*step = f->slice_step > 0 ? f->slice_step : f->thickness;
	if (*step > 0) {
		vol_note(stack_path(s, 0), "one slice: its step of %g mm is %s", *step,
		         f->slice_step > 0 ? "SpacingBetweenSlices" : "SliceThickness");
		return 0;
	}
	return stack_wrong(s->out, DICOM_P_NO_SPACING,
	             "%s is a single slice without SpacingBetweenSlices or SliceThickness", stack_path(s, 0));
}

int stack_place(struct stack *s)
{
	struct vol_grid *g = &s->out->grid;
	double step[3], along;

	memcpy(g->origin, stack_frame(s, 0)->position, sizeof g->origin);
	if (s->n == 1) {
		if (single_step(s, &along) < 0)
			return -1;
		whole_step(s, along, false, step);
	} else {
		if (check_duplicates(s) < 0 || stack_find_step(s) < 0 || check_shear(s) < 0)
			return -1;
		if (fit(s, g->origin, step) > s->out->tolerance_mm && stack_irregular(s) < 0)
			return -1;
	}
	memcpy(g->direction[2], step, sizeof step);
	return 0;
}
