#include "geometry_inside.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/head.h"
#include "pixels.h"

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

const char *dicom_problem_name(enum dicom_problem p)
{
	return names[p];
}

enum dicom_problem dicom_problem_named(const char *name, size_t n)
{
	for (int p = 1; p < DICOM_PROBLEMS; p++)
		if (strlen(names[p]) == n && strncmp(names[p], name, n) == 0)
			return (enum dicom_problem)p;
	return DICOM_REGULAR;
}

int stack_wrong(struct dicom_geometry *out, enum dicom_problem p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out->detail, sizeof out->detail, fmt, ap);
	va_end(ap);
	if (out->accept & 1u << p) {
		vol_warn("", "accepted as it is: %s [%s]", out->detail, dicom_problem_name(p));
		out->detail[0] = '\0';
		return 0;
	}
	out->problem = p;
	return -1;
}

char *stack_mm(char buf[32], double x)
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
		return stack_wrong(s->out, DICOM_P_UNSUPPORTED, "out of memory");
	for (size_t i = 0; i < s->n; i++) {
		const char *reference = stack_frame(s, i)->reference;

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
	return stack_wrong(s->out, DICOM_P_MIXED_REFERENCE, "%s and %s have different FrameOfReferenceUIDs (0020,0052), of %zu",
	             stack_path(s, first), stack_path(s, other), distinct);
}

static int check_stated(const struct stack *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct dicom_frame *f = stack_frame(s, i);

		if (!f->has_position || !f->has_orientation)
			return stack_wrong(s->out, DICOM_P_NO_POSITION, "%s has no %s", stack_path(s, i),
			             f->has_position ? "ImageOrientationPatient (0020,0037)"
			                             : "ImagePositionPatient (0020,0032)");
		if (!f->has_spacing)
			return stack_wrong(s->out, DICOM_P_NO_SPACING, "%s has no PixelSpacing (0028,0030)",
			             stack_path(s, i));
	}
	return check_reference(s);
}

static int check_like(const struct stack *s)
{
	const struct dicom_frame *a = stack_frame(s, 0);

	for (size_t i = 1; i < s->n; i++) {
		const struct dicom_frame *b = stack_frame(s, i);
		const struct dicom_pixels *p = &a->pixels, *q = &b->pixels;

		if (p->columns != q->columns || p->rows != q->rows)
			return stack_wrong(s->out, DICOM_P_MIXED_SIZE, "%s is %u x %u, %s is %u x %u", stack_path(s, 0),
			             p->columns, p->rows, stack_path(s, i), q->columns, q->rows);
		if (dicom_pixels_channels(p) == 1 && dicom_pixels_channels(q) == 1 &&
		    (p->allocated != q->allocated || p->is_signed != q->is_signed))
			return stack_wrong(s->out, DICOM_P_MIXED_PIXELS, "%s has %u bits %s, %s has %u bits %s",
			             stack_path(s, 0), p->allocated, p->is_signed ? "signed" : "unsigned",
			             stack_path(s, i), q->allocated, q->is_signed ? "signed" : "unsigned");
		if (dicom_pixels_channels(p) != dicom_pixels_channels(q) || dicom_pixels_bits(p) != dicom_pixels_bits(q))
			return stack_wrong(s->out, DICOM_P_MIXED_PIXELS, "%s has %u x %u bits a voxel, %s has %u x %u", stack_path(s, 0),
			                   dicom_pixels_channels(p), dicom_pixels_bits(p), stack_path(s, i), dicom_pixels_channels(q),
			                   dicom_pixels_bits(q));
		if (a->has_rescale != b->has_rescale)
			return stack_wrong(s->out, DICOM_P_MIXED_PIXELS, "only one of %s and %s has a rescale slope",
			             stack_path(s, 0), stack_path(s, i));
	}
	return 0;
}

static int check_spacing(const struct stack *s)
{
	const struct dicom_frame *a = stack_frame(s, 0);

	for (size_t i = 1; i < s->n; i++) {
		const struct dicom_frame *b = stack_frame(s, i);

		/* pixels at the far edge must not move: compare over the whole extent */
		for (int k = 0; k < 2; k++)
			if (fabs(a->spacing[k] - b->spacing[k]) * (k ? a->pixels.columns : a->pixels.rows) > 0.01)
				return stack_wrong(s->out, DICOM_P_MIXED_SPACING,
				             "PixelSpacing is %.7g x %.7g mm in %s, %.7g x %.7g mm in %s",
				             a->spacing[0], a->spacing[1], stack_path(s, 0), b->spacing[0],
				             b->spacing[1], stack_path(s, i));
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
	const struct dicom_frame *a = stack_frame(s, 0);
	const double *o = a->orientation;

	if (fabs(stack_dot(o, o) - 1) > 1e-3 || fabs(stack_dot(o + 3, o + 3) - 1) > 1e-3 || fabs(stack_dot(o, o + 3)) > 1e-3)
		return stack_wrong(s->out, DICOM_P_NO_POSITION,
		             "ImageOrientationPatient of %s is not two perpendicular unit vectors", stack_path(s, 0));
	for (size_t i = 1; i < s->n; i++)
		if (turned_mm(a, stack_frame(s, i)) > TOLERANCE_MM)
			return stack_wrong(s->out, DICOM_P_MIXED_ORIENTATION,
			             "ImageOrientationPatient differs between %s and %s", stack_path(s, 0), stack_path(s, i));
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
	return a->path == b->path ? (a->frame > b->frame) - (a->frame < b->frame) : strcmp(a->path, b->path);
}

static int sort(struct stack *s)
{
	const double *o = stack_frame(s, 0)->orientation;
	struct place *p = calloc(s->n, sizeof *p);
	double length;

	s->at = calloc(s->n, sizeof *s->at);
	if (!p || !s->at) {
		free(p);
		return stack_wrong(s->out, DICOM_P_UNSUPPORTED, "out of memory");
	}
	for (int w = 0; w < 3; w++)
		s->out->normal[w] = o[(w + 1) % 3] * o[3 + (w + 2) % 3] - o[(w + 2) % 3] * o[3 + (w + 1) % 3];
	length = sqrt(stack_dot(s->out->normal, s->out->normal));
	for (int w = 0; w < 3; w++)
		s->out->normal[w] /= length;
	for (size_t i = 0; i < s->n; i++)
		p[i] = (struct place){stack_dot(stack_frame(s, i)->position, s->out->normal), s->frame[i],
		                      s->set->files[stack_frame(s, i)->file].path};
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

/* Cosines with few decimals are not quite of length one; spacing is PixelSpacing's alone. What is
 * within the arithmetic's noise stays as it is written. */
static double unit_length(const double cosine[3])
{
	double length = sqrt(stack_dot(cosine, cosine));

	return fabs(length - 1) < 1e-9 || length == 0 ? 1 : length;
}

static void in_plane(const struct stack *s)
{
	const struct dicom_frame *f = stack_frame(s, 0);
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

void dicom_arrange_accepting(const struct dicom_set *set, size_t *frame, size_t n, unsigned accept,
                             struct dicom_geometry *out)
{
	struct stack_names room = {.turn = 0};
	struct stack s = {.set = set, .frame = frame, .n = n, .out = out, .names = &room};

	memset(out, 0, sizeof *out);
	out->accept = accept;
	in_plane(&s);
	if (check_stated(&s) == 0 && check_like(&s) == 0 && check_spacing(&s) == 0 && check_cosines(&s) == 0 &&
	    sort(&s) == 0) {
		in_plane(&s); /* of the first slice in order */
		out->tolerance_mm = tolerance(&s);
		stack_place(&s);
	}
	free(s.at);
}

void dicom_arrange(const struct dicom_set *set, size_t *frame, size_t n, struct dicom_geometry *out)
{
	dicom_arrange_accepting(set, frame, n, 0, out);
}
