/* parrec_place.c - where the images of a PAR file lie.
 *
 * Angles and places are given about and along ap, fh and rl, which point to the back, the head and the left:
 * DICOM's axes in another order. A stack is turned about the left by rl, after the back by ap, after the head by
 * fh; this order, and which way rows and columns of the three orientations run, is not written down anywhere,
 * and was found by comparing with the DICOM files of the same scans (nibabel and dcm2niix agree on it). */
#include <math.h>
#include <string.h>

#include "parrec.h"

/* Rounding: most files have two decimals of mm and of degrees, some one. Slices may lie AWAY_MM off the regular
 * stack that is fitted to them, and that stack AWAY_MM and a thousandth of its height off the normal. What the
 * general information has with three decimals is the same within .._DIGITS. */
#define AWAY_MM 0.1
#define AWAY_SHARE 0.001
#define PLACE_DIGITS 0.011
#define ANGLE_DIGITS 0.0061

static void place_of(const struct parrec_image *image, double lps[3])
{
	lps[0] = image->v[PARREC_CENTRE + 2];
	lps[1] = image->v[PARREC_CENTRE];
	lps[2] = image->v[PARREC_CENTRE + 1];
}

static void step_between(const struct parrec_image *a, const struct parrec_image *b, double step[3])
{
	double from[3], to[3];

	place_of(a, from);
	place_of(b, to);
	for (int w = 0; w < 3; w++)
		step[w] = to[w] - from[w];
}

static double length(const double a[3])
{
	return sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
}

static double distance(const double a[3], const double b[3])
{
	double between[3] = {a[0] - b[0], a[1] - b[1], a[2] - b[2]};

	return length(between);
}

/* ---- stacks ---- */

static bool made_alike(const struct parrec_image *a, const struct parrec_image *b)
{
	static const enum parrec_field same[] = {PARREC_ORIENTATION, PARREC_ANGLE, PARREC_ANGLE + 1, PARREC_ANGLE + 2,
	                                         PARREC_THICKNESS, PARREC_GAP, PARREC_SPACING, PARREC_SPACING + 1};

	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		if (a->v[same[i]] != b->v[same[i]])
			return false;
	return true;
}

size_t parrec_stacks(const struct parrec_image *const *slices, size_t n, size_t *stack)
{
	size_t stacks = 0, in = 0; /* slices of this stack so far */
	double first[3] = {0}, step[3];

	for (size_t i = 0; i < n; i++) {
		bool goes_on = in > 0 && made_alike(slices[i - 1], slices[i]);

		if (goes_on) {
			step_between(slices[i - 1], slices[i], step);
			if (in == 1)
				memcpy(first, step, sizeof first);
			goes_on = distance(first, step) <= length(first) / 5; /* which ones are irregular, the fit tells */
		}
		in = goes_on ? in + 1 : 1;
		stacks += !goes_on;
		stack[i] = stacks;
	}
	return stacks;
}

/* ---- the grid ---- */

/* Column of the rotation by the angles (ap, fh, rl in degrees) that axis a (left, back, head) becomes. */
static void turned(const double angle[3], int axis, double out[3])
{
	double v[3] = {0};
	/* about the head, then the back, then the left */
	static const int about[] = {2, 1, 0}, which[] = {1, 0, 2};

	v[axis] = 1;
	for (int k = 0; k < 3; k++) {
		double a = angle[which[k]] * (acos(-1) / 180), c = cos(a), s = sin(a), y, z;
		int i = (about[k] + 1) % 3, j = (about[k] + 2) % 3;

		y = c * v[i] - s * v[j];
		z = s * v[i] + c * v[j];
		v[i] = y;
		v[j] = z;
	}
	memcpy(out, v, sizeof v);
}

/* Unit vectors along rows (x), columns (y) and from slice to slice, before a sign for the last. */
static int directions(const struct parrec_image *image, const double angle[3], double unit[3][3], const char *subject,
                      struct vol_err *err)
{
	static const struct {
		int axis[3];
		double sign[3];
	} orientation[] = {
		{{0, 1, 2}, {1, 1, 1}},   /* transverse: left, back, head */
		{{1, 2, 0}, {1, -1, -1}}, /* sagittal: back, foot, right */
		{{0, 2, 1}, {1, -1, 1}},  /* coronal: left, foot, back */
	};
	int o = (int)image->v[PARREC_ORIENTATION] - 1;

	if (o < 0 || o > 2)
		return vol_fail(err, subject, "slice orientation is %d: not transverse (1), sagittal (2) or coronal (3)",
		                o + 1);
	for (int k = 0; k < 3; k++) {
		turned(angle, orientation[o].axis[k], unit[k]);
		for (int w = 0; w < 3; w++)
			unit[k][w] *= orientation[o].sign[k];
	}
	return 0;
}

/* What stands in the general information, when it is the same with more digits. */
static void sharpen(double *value, const double *precise, bool has, double digits)
{
	for (int w = 0; w < 3; w++)
		has &= fabs(value[w] - precise[w]) <= digits;
	if (has)
		memcpy(value, precise, 3 * sizeof *value);
}

/* The regular stack that the slices of the first volume lie on, by least squares: its middle, and the way from
 * its first slice to its last. -1 when a slice lies elsewhere. */
static int fit(const struct parrec_pick *pick, double centre[3], double whole[3], const char *subject,
               struct vol_err *err)
{
	double middle = (double)(pick->slices - 1) / 2, squares = 0, place[3], should[3];

	memset(centre, 0, 3 * sizeof *centre);
	memset(whole, 0, 3 * sizeof *whole);
	for (size_t i = 0; i < pick->slices; i++) {
		place_of(pick->image[i], place);
		for (int w = 0; w < 3; w++) {
			centre[w] += place[w] / (double)pick->slices;
			whole[w] += place[w] * ((double)i - middle);
		}
		squares += ((double)i - middle) * ((double)i - middle);
	}
	for (int w = 0; w < 3 && squares > 0; w++)
		whole[w] *= 2 * middle / squares;
	for (size_t i = 0; i < pick->slices; i++) {
		place_of(pick->image[i], place);
		for (int w = 0; w < 3; w++)
			should[w] = centre[w] + (squares > 0 ? whole[w] * ((double)i - middle) / (2 * middle) : 0);
		if (distance(place, should) > AWAY_MM)
			return vol_fail(err, subject, "line %zu: slice %.0f lies %.4g mm off a regular stack",
			                pick->image[i]->line, pick->image[i]->v[PARREC_SLICE], distance(place, should));
	}
	return 0;
}

/* How far the way goes beside the normal, and whether that is more than rounding. */
static double sideways(const double whole[3], const double normal[3])
{
	double along = 0, aside[3];

	for (int w = 0; w < 3; w++)
		along += whole[w] * normal[w];
	for (int w = 0; w < 3; w++)
		aside[w] = whole[w] - along * normal[w];
	return length(aside);
}

static bool upright(const double whole[3], const double normal[3])
{
	return sideways(whole, normal) <= AWAY_MM + AWAY_SHARE * length(whole);
}

/* Some files of version 4 have the places of images as rl, ap, fh under the usual heading. Then only so does
 * the middle lie where the general information has it, and the slices one above the other. centre, whole: the
 * middle, and the way from the first slice to the last, left, back, head. */
static void put_right(const struct parrec_head *h, const double normal[3], double centre[3], double whole[3],
                      const char *subject)
{
	double said[3] = {h->centre[2], h->centre[0], h->centre[1]};
	double other[3] = {centre[1], centre[2], centre[0]}, way[3] = {whole[1], whole[2], whole[0]};

	if (!h->has_centre || (distance(said, centre) <= 2 * PLACE_DIGITS && upright(whole, normal)) ||
	    distance(said, other) > 2 * PLACE_DIGITS || !upright(way, normal))
		return;
	vol_warn(subject, "'image offcentre' stands in the order rl, ap, fh: taken so, as the middle slice has it");
	memcpy(centre, other, sizeof other);
	memcpy(whole, way, sizeof way);
}

/* From slice to slice, in mm along the normal: with sign, from the places of the first and the last. */
static int slice_step(const struct parrec_image *image, const double normal[3], const double whole[3], size_t slices,
                      double *step, const char *subject, struct vol_err *err)
{
	double said = image->v[PARREC_THICKNESS] + image->v[PARREC_GAP], along = 0;
	size_t steps = slices - 1;

	if (steps == 0) {
		*step = said;
		if (!(said > 0))
			return vol_fail(err, subject, "slice thickness and gap add up to %g mm: no spacing", said);
		return 0;
	}
	for (int w = 0; w < 3; w++)
		along += whole[w] * normal[w];
	if (!upright(whole, normal))
		return vol_fail(err, subject, "slices do not lie one above the other: from the first to the last they move "
		                              "%.4g mm sideways of the slice orientation and angulation that are stated",
		                sideways(whole, normal));
	*step = along / (double)steps;
	if (fabs(along) < AWAY_MM)
		return vol_fail(err, subject, "all slices lie in one place");
	if (fabs(fabs(along) - said * (double)steps) <= AWAY_MM)
		*step = along < 0 ? -said : said;
	else
		vol_warn(subject, "slices lie %.4g mm apart, though thickness and gap add up to %.4g mm: by their places",
		         fabs(*step), said);
	return 0;
}

/* All volumes lie where the first one does. */
static int check_places(const struct parrec_pick *pick, const char *subject, struct vol_err *err)
{
	for (size_t i = pick->slices; i < pick->n; i++) {
		const struct parrec_image *a = pick->image[i % pick->slices], *b = pick->image[i];
		double p[3], q[3];

		place_of(a, p);
		place_of(b, q);
		if (!made_alike(a, b) || distance(p, q) > AWAY_MM)
			return vol_fail(err, subject, "line %zu: slice %.0f is not where line %zu has it: volumes lie apart, "
			                              "choose one with par2vol --only", b->line, b->v[PARREC_SLICE], a->line);
	}
	return 0;
}

int parrec_place_grid(const struct parrec_pick *pick, const struct parrec_head *h, struct vol_grid *grid,
                      const char *subject, struct vol_err *err)
{
	const struct parrec_image *first = pick->image[0];
	double angle[3], unit[3][3], centre[3], whole[3], step = 0, said[3] = {h->centre[2], h->centre[0], h->centre[1]};

	if (check_places(pick, subject, err) < 0)
		return -1;
	memcpy(angle, first->v + PARREC_ANGLE, sizeof angle);
	sharpen(angle, h->angle, h->has_angle, ANGLE_DIGITS);
	if (directions(first, angle, unit, subject, err) < 0)
		return -1;
	if (fit(pick, centre, whole, subject, err) < 0)
		return -1;
	put_right(h, unit[2], centre, whole, subject);
	if (slice_step(first, unit[2], whole, pick->slices, &step, subject, err) < 0)
		return -1;
	sharpen(centre, said, h->has_centre, PLACE_DIGITS);

	grid->size[0] = (uint64_t)first->v[PARREC_SIZE];
	grid->size[1] = (uint64_t)first->v[PARREC_SIZE + 1];
	grid->size[2] = pick->slices;
	for (int k = 0; k < 3; k++) {
		double mm = k < 2 ? first->v[PARREC_SPACING + k] : step;

		if (k < 2 && !(mm > 0))
			return vol_fail(err, subject, "pixel spacing is %g mm", mm);
		for (int w = 0; w < 3; w++)
			grid->direction[k][w] = unit[k][w] * mm;
	}
	for (int w = 0; w < 3; w++) {
		grid->origin[w] = centre[w];
		for (int k = 0; k < 3; k++)
			grid->origin[w] -= (double)(grid->size[k] - 1) / 2 * grid->direction[k][w];
	}
	return 0;
}
