/* geometry_inside.h - what the parts of geometry.h share. */
#ifndef DICOM_GEOMETRY_INSIDE_H
#define DICOM_GEOMETRY_INSIDE_H

#include <stdio.h>

#include "geometry.h"

/* Median, least and greatest distance between neighbours, the one that a quarter of them do not exceed, and the mean of
 * those that are no holes. */
struct steps {
	double median, least, most, quarter, base;
};

/* The frames in work, with what is computed of them. */
struct stack {
	const struct dicom_set *set;
	size_t *frame;          /* sorted along the normal */
	double *at;             /* position along the normal, mm, same order */
	size_t n;
	struct steps steps;
	struct dicom_geometry *out;
	struct stack_names {
		char text[2][320];
		unsigned turn;
	} *names;               /* room for stack_path */
};

/* see geometry.h */
static const double TOLERANCE_MM = 0.1;

static inline const struct dicom_frame *stack_frame(const struct stack *s, size_t i)
{
	return &s->set->frames[s->frame[i]];
}

/* stack_path - the image for messages: its file, and which frame of it. Good until the second call from here. */
static inline const char *stack_path(const struct stack *s, size_t i)
{
	const struct dicom_frame *f = stack_frame(s, i);
	const char *path = s->set->files[f->file].path;
	char *text = s->names->text[s->names->turn++ % 2];

	if (!f->number)
		return path;
	snprintf(text, sizeof s->names->text[0], "%.300s frame %u", path, f->number);
	return text;
}

static inline double stack_dot(const double a[3], const double b[3])
{
	return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* stack_wrong - name the problem: -1. Where the user accepts it: a warning, and 0. */
int stack_wrong(struct dicom_geometry *out, enum dicom_problem p, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* stack_mm - positions and steps for messages: four decimals say enough and hide the arithmetic's noise. */
char *stack_mm(char buf[32], double x);

/* stack_place - the grid of slices that are alike and in order. 0; -1 when there is something wrong with it. */
int stack_place(struct stack *s);

/* stack_find_step - the distances between neighbours, in s->steps and the geometry's step_mm. 0 or -1. */
int stack_find_step(struct stack *s);

/* stack_irregular - name what keeps the slices off a regular stack; returns as stack_wrong. */
int stack_irregular(const struct stack *s);

#endif
