#include "geometry.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/head.h"

/* see geometry.h */
static const double TOLERANCE_MM = 0.1;

const char *dicom_problem_name(enum dicom_problem p)
{
	static const char *const names[DICOM_PROBLEMS] = {
		[DICOM_REGULAR] = "",
		[DICOM_P_UNSUPPORTED] = "unsupported",
		[DICOM_P_TRUNCATED] = "truncated",
		[DICOM_P_NO_POSITION] = "no-position",
		[DICOM_P_NO_SPACING] = "no-spacing",
		[DICOM_P_MIXED_SIZE] = "mixed-size",
		[DICOM_P_MIXED_PIXELS] = "mixed-pixels",
		[DICOM_P_MIXED_SPACING] = "mixed-spacing",
		[DICOM_P_MIXED_ORIENTATION] = "mixed-orientation",
		[DICOM_P_MIXED_REFERENCE] = "mixed-frame-of-reference",
		[DICOM_P_DUPLICATE_POSITION] = "duplicate-position",
		[DICOM_P_TILT] = "tilt",
		[DICOM_P_MISSING_SLICE] = "missing-slice",
		[DICOM_P_OVERLAPPING_SLICES] = "overlapping-slices",
		[DICOM_P_IRREGULAR_SPACING] = "irregular-spacing",
	};

	return names[p];
}

/* The frames in work, with what is computed of them. */
struct stack {
	const struct dicom_set *set;
	size_t *frame;          /* sorted along the normal */
	double *at;             /* position along the normal, mm, same order */
	size_t n;
	double normal[3];
	struct dicom_geometry *out;
};

static int wrong(struct dicom_geometry *out, enum dicom_problem p, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int wrong(struct dicom_geometry *out, enum dicom_problem p, const char *fmt, ...)
{
	va_list ap;

	out->problem = p;
	va_start(ap, fmt);
	vsnprintf(out->detail, sizeof out->detail, fmt, ap);
	va_end(ap);
	return -1;
}

static const struct dicom_frame *frame_of(const struct stack *s, size_t i)
{
	return &s->set->frames[s->frame[i]];
}

static const char *path_of(const struct stack *s, size_t i)
{
	return s->set->files[frame_of(s, i)->file].path;
}

static double dot(const double a[3], const double b[3])
{
	return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Positions and steps for messages: four decimals say enough and hide the arithmetic's noise. */
static char *mm(char buf[32], double x)
{
	return vol_number(buf, round(x * 1e4) / 1e4);
}

/* ---- is it one stack of like slices? ---- */

static int by_reference(const void *va, const void *vb)
{
	const char *const *a = va, *const *b = vb;

	return strcmp(*a, *b);
}

/* Positions under two Frame of Reference UIDs have no known relation (PS3.3, C.7.4.1.1.1): the patient lay down anew. But
 * where no two slices share one, that is how an archive took identity out, file by file, and it says nothing. The UIDs are
 * not shown, they identify. */
static int check_reference(const struct stack *s)
{
	const char **uid = calloc(s->n, sizeof *uid);
	size_t stated = 0, first = 0, other = 0, distinct = 1;

	if (!uid)
		return wrong(s->out, DICOM_P_UNSUPPORTED, "out of memory");
	for (size_t i = 0; i < s->n; i++) {
		const char *reference = frame_of(s, i)->reference;

		if (!reference)
			continue;
		if (stated == 0)
			first = i;
		else if (!other && strcmp(reference, uid[0]) != 0)
			other = i;
		uid[stated++] = reference;
	}
	qsort(uid, stated, sizeof *uid, by_reference);
	for (size_t i = 1; i < stated; i++)
		distinct += strcmp(uid[i - 1], uid[i]) != 0;
	free(uid);
	if (!other || distinct == stated)
		return 0;
	return wrong(s->out, DICOM_P_MIXED_REFERENCE, "%s and %s have different FrameOfReferenceUIDs (0020,0052), of %zu",
	             path_of(s, first), path_of(s, other), distinct);
}

static int check_stated(const struct stack *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct dicom_frame *f = frame_of(s, i);

		if (!f->has_position || !f->has_orientation)
			return wrong(s->out, DICOM_P_NO_POSITION, "%s has no %s", path_of(s, i),
			             f->has_position ? "ImageOrientationPatient (0020,0037)"
			                             : "ImagePositionPatient (0020,0032)");
		if (!f->has_spacing)
			return wrong(s->out, DICOM_P_NO_SPACING, "%s has no PixelSpacing (0028,0030)",
			             path_of(s, i));
	}
	return check_reference(s);
}

static int check_like(const struct stack *s)
{
	const struct dicom_frame *a = frame_of(s, 0);

	for (size_t i = 1; i < s->n; i++) {
		const struct dicom_frame *b = frame_of(s, i);
		const struct dicom_pixels *p = &a->pixels, *q = &b->pixels;

		if (p->columns != q->columns || p->rows != q->rows)
			return wrong(s->out, DICOM_P_MIXED_SIZE, "%s is %u x %u, %s is %u x %u", path_of(s, 0),
			             p->columns, p->rows, path_of(s, i), q->columns, q->rows);
		if (p->allocated != q->allocated || p->is_signed != q->is_signed)
			return wrong(s->out, DICOM_P_MIXED_PIXELS, "%s has %u bits %s, %s has %u bits %s",
			             path_of(s, 0), p->allocated, p->is_signed ? "signed" : "unsigned",
			             path_of(s, i), q->allocated, q->is_signed ? "signed" : "unsigned");
		if (a->has_rescale != b->has_rescale)
			return wrong(s->out, DICOM_P_MIXED_PIXELS, "only one of %s and %s has a rescale slope",
			             path_of(s, 0), path_of(s, i));
		/* pixels at the far edge must not move: compare over the whole extent */
		for (int k = 0; k < 2; k++)
			if (fabs(a->spacing[k] - b->spacing[k]) * (k ? p->columns : p->rows) > 0.01)
				return wrong(s->out, DICOM_P_MIXED_SPACING,
				             "PixelSpacing is %.7g x %.7g mm in %s, %.7g x %.7g mm in %s",
				             a->spacing[0], a->spacing[1], path_of(s, 0), b->spacing[0],
				             b->spacing[1], path_of(s, i));
	}
	return 0;
}

/* How far the last pixel of an image would move if it had the other's orientation, mm. */
static double turned_mm(const struct dicom_frame *a, const struct dicom_frame *b)
{
	double width = a->pixels.columns * a->spacing[1], height = a->pixels.rows * a->spacing[0], sum = 0;

	for (int w = 0; w < 3; w++) {
		double d = fabs(a->orientation[w] - b->orientation[w]) * width +
			   fabs(a->orientation[3 + w] - b->orientation[3 + w]) * height;

		sum += d * d;
	}
	return sqrt(sum);
}

static int check_cosines(const struct stack *s)
{
	const struct dicom_frame *a = frame_of(s, 0);
	const double *o = a->orientation;

	if (fabs(dot(o, o) - 1) > 1e-3 || fabs(dot(o + 3, o + 3) - 1) > 1e-3 || fabs(dot(o, o + 3)) > 1e-3)
		return wrong(s->out, DICOM_P_NO_POSITION,
		             "ImageOrientationPatient of %s is not two perpendicular unit vectors", path_of(s, 0));
	for (size_t i = 1; i < s->n; i++)
		if (turned_mm(a, frame_of(s, i)) > TOLERANCE_MM)
			return wrong(s->out, DICOM_P_MIXED_ORIENTATION,
			             "ImageOrientationPatient differs between %s and %s", path_of(s, 0), path_of(s, i));
	return 0;
}

/* ---- order ---- */

struct place {
	double at;
	size_t frame;
	const char *path;
};

static int by_place(const void *va, const void *vb)
{
	const struct place *a = va, *b = vb;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return strcmp(a->path, b->path);
}

static int sort(struct stack *s)
{
	const double *o = frame_of(s, 0)->orientation;
	struct place *p = calloc(s->n, sizeof *p);
	double length;

	s->at = calloc(s->n, sizeof *s->at);
	if (!p || !s->at) {
		free(p);
		return wrong(s->out, DICOM_P_UNSUPPORTED, "out of memory");
	}
	for (int w = 0; w < 3; w++)
		s->normal[w] = o[(w + 1) % 3] * o[3 + (w + 2) % 3] - o[(w + 2) % 3] * o[3 + (w + 1) % 3];
	length = sqrt(dot(s->normal, s->normal));
	for (int w = 0; w < 3; w++)
		s->normal[w] /= length;
	for (size_t i = 0; i < s->n; i++)
		p[i] = (struct place){dot(frame_of(s, i)->position, s->normal), s->frame[i], path_of(s, i)};
	qsort(p, s->n, sizeof *p, by_place);
	for (size_t i = 0; i < s->n; i++) {
		s->frame[i] = p[i].frame;
		s->at[i] = p[i].at;
	}
	free(p);
	return 0;
}

static double tolerance(const struct stack *s)
{
	double span = s->at[s->n - 1] - s->at[0];

	return s->n > 1 ? fmin(TOLERANCE_MM, 0.1 * span / (double)(s->n - 1)) : TOLERANCE_MM;
}

/* ---- positions ---- */

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
		return wrong(s->out, DICOM_P_DUPLICATE_POSITION,
		             "%zu images at each of %zu positions (several volumes in one series)", most, places);
	return wrong(s->out, DICOM_P_DUPLICATE_POSITION, "two images at %s mm: %s and %s", mm(a, s->at[first]),
	             path_of(s, first - 1), path_of(s, first));
}

/* Mean position of all slices. */
static void centre(const struct stack *s, double mean[3])
{
	for (int w = 0; w < 3; w++) {
		mean[w] = 0;
		for (size_t i = 0; i < s->n; i++)
			mean[w] += frame_of(s, i)->position[w] / (double)s->n;
	}
}

/* How far a slice lies sideways of the line along the normal through `from`, mm. */
static double sideways_of(const struct stack *s, size_t i, const double from[3])
{
	const double *p = frame_of(s, i)->position;
	double along = s->at[i] - dot(from, s->normal), sum = 0;

	for (int w = 0; w < 3; w++) {
		double d = p[w] - from[w] - along * s->normal[w];

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
		double along = s->at[i] - dot(mean, s->normal);

		square += along * along;
		for (int w = 0; w < 3; w++)
			slope[w] += along * (frame_of(s, i)->position[w] - mean[w] - along * s->normal[w]);
	}
	for (int w = 0; w < 3; w++)
		slope[w] /= square;
}

/* Slices that move sideways from one to the next: a tilted gantry. Or a single one that lies
 * beside the others. */
static int check_tilt(const struct stack *s)
{
	double mean[3], slope[3], span = s->at[s->n - 1] - s->at[0], tangent;
	char a[32];

	centre(s, mean);
	if (sideways(s, mean) <= s->out->tolerance_mm)
		return 0;
	shear(s, mean, slope);
	tangent = sqrt(dot(slope, slope));
	if (tangent * span > 2 * s->out->tolerance_mm)
		return wrong(s->out, DICOM_P_TILT, "slices move sideways by %s mm over the stack: sheared by %s degrees",
		             mm(a, tangent * span), vol_number((char[32]){0}, round(atan(tangent) * 18000 / M_PI) / 100));
	for (size_t i = 0; i < s->n; i++) {
		double off = sideways_of(s, i, mean);

		if (off > s->out->tolerance_mm)
			return wrong(s->out, DICOM_P_IRREGULAR_SPACING, "%s lies %s mm sideways of the others",
			             path_of(s, i), mm(a, off));
	}
	return 0;
}

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Median, least and greatest distance between neighbours, and the mean of those that are no
 * holes. */
struct steps {
	double median, least, most, base;
};

static int measure_steps(const struct stack *s, struct steps *t)
{
	size_t n = s->n - 1, plain = 0;
	double *step = calloc(n, sizeof *step);

	if (!step)
		return wrong(s->out, DICOM_P_UNSUPPORTED, "out of memory");
	for (size_t i = 0; i < n; i++)
		step[i] = s->at[i + 1] - s->at[i];
	qsort(step, n, sizeof *step, compare_double);
	*t = (struct steps){step[n / 2], step[0], step[n - 1], 0};
	/* with as many holes as not, the plain ones are still the small ones */
	for (size_t i = 0; i < n && step[i] < 1.5 * step[n / 4]; i++, plain++)
		t->base += step[i];
	t->base /= (double)(plain ? plain : 1);
	free(step);
	return 0;
}

/* Slices that would make the stack regular were they there. */
struct holes {
	size_t places, slices, first; /* how many holes, slices in them; the slice before the first */
};

/* Number the slices by whole steps of about `base`: is that a straight line? Then what lacks are
 * slices. The same tolerance as for a whole stack. */
static bool find_holes(const struct stack *s, double base, struct holes *h)
{
	double k = 0, n = (double)s->n, sum_k = 0, sum_at = 0, sum_kk = 0, sum_kat = 0, step, start;

	memset(h, 0, sizeof *h);
	for (size_t i = 0; i < s->n; i++) {
		double times = i ? round((s->at[i] - s->at[i - 1]) / base) : 0;

		if (i && (times < 1 || times > 1e6))
			return false;
		if (times > 1) {
			h->first = h->places++ ? h->first : i - 1;
			h->slices += (size_t)times - 1;
		}
		k += times;
		sum_k += k;
		sum_at += s->at[i] - s->at[0];
		sum_kk += k * k;
		sum_kat += k * (s->at[i] - s->at[0]);
	}
	step = (n * sum_kat - sum_k * sum_at) / (n * sum_kk - sum_k * sum_k);
	start = s->at[0] + (sum_at - step * sum_k) / n;
	k = 0;
	for (size_t i = 0; i < s->n; i++) {
		k += i ? round((s->at[i] - s->at[i - 1]) / base) : 0;
		if (fabs(s->at[i] - start - step * k) > fmin(TOLERANCE_MM, 0.1 * step))
			return false;
	}
	return h->places > 0;
}

static int name_irregularity(const struct stack *s)
{
	struct steps t = {0};
	struct holes h;
	size_t close = 0, closest = 0;
	char a[32], b[32], c[32];

	if (measure_steps(s, &t) < 0)
		return -1;
	/* a stack in which many steps are double has two spacings rather than holes */
	if (find_holes(s, t.base, &h) && h.places * 4 <= s->n + 2)
		return wrong(s->out, DICOM_P_MISSING_SLICE, "%zu %s missing%s between %s and %s mm (step %s mm)",
		             h.slices, h.slices > 1 ? "slices" : "slice", h.places > 1 ? ", the first" : "",
		             mm(a, s->at[h.first]), mm(b, s->at[h.first + 1]), mm(c, t.base));
	for (size_t i = 0; i + 1 < s->n; i++) {
		close += s->at[i + 1] - s->at[i] < 0.75 * t.median;
		if (s->at[i + 1] - s->at[i] < s->at[closest + 1] - s->at[closest])
			closest = i;
	}
	if (close && close * 4 <= s->n + 2)
		return wrong(s->out, DICOM_P_OVERLAPPING_SLICES,
		             "slices at %s and %s mm lie closer than the others (step %s mm)",
		             mm(a, s->at[closest]), mm(b, s->at[closest + 1]), mm(c, t.median));
	return wrong(s->out, DICOM_P_IRREGULAR_SPACING, "distance between slices varies from %s to %s mm",
	             mm(a, t.least), mm(b, t.most));
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

/* The regular stack that fits the positions: its origin, and its step along the normal. From first
 * to last where that fits all to a micrometre; else least squares, which spreads the rounding of
 * the positions over all slices. Returns the misfit. */
static double fit(const struct stack *s, double origin[3], double *step)
{
	const double *first = frame_of(s, 0)->position;
	double n = (double)s->n, mean[3], slope = 0, start;

	memcpy(origin, first, 3 * sizeof *origin);
	*step = decimal((s->at[s->n - 1] - s->at[0]) / (n - 1), 4e-16 * fmax(fabs(s->at[0]), fabs(s->at[s->n - 1])));
	if (misfit(s, s->at[0], *step) <= 1e-3 && sideways(s, first) <= 1e-3)
		return 0;
	centre(s, mean);
	for (size_t i = 0; i < s->n; i++)
		slope += ((double)i - (n - 1) / 2) * (s->at[i] - dot(mean, s->normal));
	*step = slope * 12 / (n * (n * n - 1));
	start = dot(mean, s->normal) - *step * (n - 1) / 2;
	for (int w = 0; w < 3; w++)
		origin[w] = mean[w] - *step * (n - 1) / 2 * s->normal[w];
	return misfit(s, start, *step);
}

static int single_step(const struct stack *s, double *step)
{
	const struct dicom_frame *f = frame_of(s, 0);

	*step = f->slice_step > 0 ? f->slice_step : f->thickness;
	if (*step > 0) {
		vol_note(path_of(s, 0), "one slice: its step of %g mm is %s", *step,
		         f->slice_step > 0 ? "SpacingBetweenSlices" : "SliceThickness");
		return 0;
	}
	return wrong(s->out, DICOM_P_NO_SPACING,
	             "%s is a single slice without SpacingBetweenSlices or SliceThickness", path_of(s, 0));
}

static int place_slices(struct stack *s)
{
	struct vol_grid *g = &s->out->grid;
	double step;

	memcpy(g->origin, frame_of(s, 0)->position, sizeof g->origin);
	if (s->n == 1) {
		if (single_step(s, &step) < 0)
			return -1;
	} else {
		if (check_duplicates(s) < 0 || check_tilt(s) < 0)
			return -1;
		if (fit(s, g->origin, &step) > s->out->tolerance_mm)
			return name_irregularity(s);
	}
	for (int w = 0; w < 3; w++)
		g->direction[2][w] = s->normal[w] * step;
	return 0;
}

/* Cosines with few decimals are not quite of length one; spacing is PixelSpacing's alone. What is
 * within the arithmetic's noise stays as it is written. */
static double unit_length(const double cosine[3])
{
	double length = sqrt(dot(cosine, cosine));

	return fabs(length - 1) < 1e-9 || length == 0 ? 1 : length;
}

static void in_plane(const struct stack *s)
{
	const struct dicom_frame *f = frame_of(s, 0);
	struct vol_grid *g = &s->out->grid;

	g->size[0] = f->pixels.columns;
	g->size[1] = f->pixels.rows;
	g->size[2] = s->n;
	if (!f->has_spacing || !f->has_orientation)
		return;
	/* PixelSpacing is "between rows \ between columns": the second goes with x */
	for (int w = 0; w < 3; w++) {
		g->direction[0][w] = f->orientation[w] / unit_length(f->orientation) * f->spacing[1];
		g->direction[1][w] = f->orientation[3 + w] / unit_length(f->orientation + 3) * f->spacing[0];
	}
}

void dicom_arrange(const struct dicom_set *set, size_t *frame, size_t n, struct dicom_geometry *out)
{
	struct stack s = {.set = set, .frame = frame, .n = n, .out = out};

	memset(out, 0, sizeof *out);
	in_plane(&s);
	if (check_stated(&s) == 0 && check_like(&s) == 0 && check_cosines(&s) == 0 && sort(&s) == 0) {
		in_plane(&s); /* of the first slice in order */
		out->tolerance_mm = tolerance(&s);
		place_slices(&s);
	}
	free(s.at);
}
