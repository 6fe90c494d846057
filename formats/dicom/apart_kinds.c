/* apart_kinds.c - images of one UID and place that are several series: other pictures, or echoes at several times. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "apart_inside.h"
#include "io/head.h"

enum { KIND_TEXT = 600, ECHOES_MAX = 64, PAIRS_MAX = 200000000 };

/* A word more for the kind of a frame. */
static int add(struct dicom_set *set, struct dicom_frame *f, const char *word)
{
	char text[KIND_TEXT];

	snprintf(text, sizeof text, "%s%s%s", f->kind ? f->kind : "", f->kind && f->kind[0] ? ", " : "", word);
	f->kind = dicom_intern(set->strings, text);
	return f->kind ? 0 : -1;
}

/* ---- pictures ---- */

enum { DESCRIBING = 4 };

static const char *const describes[DESCRIBING] = {"ImageType", "ComplexImageComponent", "ConvolutionKernel", "KVP"};

/* Interned: equal texts are equal addresses. */
static const char *describing(const struct dicom_frame *f, int which)
{
	switch (which) {
	case 0: return f->acquisition[dicom_acquired(0x00080008)];
	case 1: return f->component;
	case 2: return f->acquisition[dicom_acquired(0x00181210)];
	default: return f->acquisition[dicom_acquired(0x00180060)];
	}
}

static bool same_picture(const struct dicom_frame *a, const struct dicom_frame *b)
{
	for (int d = 0; d < DESCRIBING; d++)
		if (describing(a, d) != describing(b, d))
			return false;
	return true;
}

/* Has every place the same pictures, each as often? */
static bool all_pictures(const struct lying *at, size_t n)
{
	size_t each = apart_each(at, n);

	if (each < 2 || each > PAIRS_MAX / n)
		return false;
	for (size_t p = 0; p < n; p += each) {
		if (apart_by_place(&at[p], &at[p + each - 1]) != 0)
			return false;
		for (size_t i = 0; i < each; i++) {
			size_t here = 0, first = 0;

			for (size_t k = 0; k < each; k++) {
				here += same_picture(at[i].f, at[p + k].f);
				first += same_picture(at[i].f, at[k].f);
			}
			if (here != first)
				return false;
		}
	}
	return true;
}

int apart_pictures(struct dicom_set *set, struct lying *at, size_t n)
{
	bool differs[DESCRIBING] = {false}, yes = all_pictures(at, n);
	size_t each = apart_each(at, n);

	for (size_t i = 1; yes && i < each; i++)
		for (int d = 0; d < DESCRIBING; d++)
			differs[d] = differs[d] || describing(at[i].f, d) != describing(at[0].f, d);
	for (size_t i = 0; yes && i < n; i++)
		for (int d = 0; d < DESCRIBING; d++) {
			const char *value = describing(at[i].f, d);
			char word[160];

			snprintf(word, sizeof word, "%s %.80s", describes[d], value ? value : "not said");
			if (differs[d] && add(set, at[i].f, word) < 0)
				return -1;
		}
	return 0;
}

/* ---- echoes ---- */

static int by_number(const void *va, const void *vb)
{
	double a = *(const double *)va, b = *(const double *)vb;

	return (a > b) - (a < b);
}

/* A fact of the frames at one place, ascending; how many different ones. 0: not said of all. */
static size_t sorted(const struct lying *at, size_t each, enum dicom_axis axis, double *value)
{
	size_t different = 1;

	for (size_t i = 0; i < each; i++) {
		value[i] = at[i].f->along[axis];
		if (isnan(value[i]))
			return 0;
	}
	qsort(value, each, sizeof *value, by_number);
	for (size_t i = 1; i < each; i++)
		different += value[i] != value[i - 1];
	return different;
}

/* Does every place have each of the same echoes equally often, and more than once? value, other: each long. */
static bool crossed(const struct lying *at, size_t n, size_t each, double *value, double *other)
{
	size_t echoes = sorted(at, each, DICOM_BY_ECHO, value);

	if (echoes < 2 || echoes > ECHOES_MAX || each % echoes || each == echoes)
		return false;
	for (size_t i = 0; i < each; i++)
		if (value[i] != value[i - i % (each / echoes)] || (i && i % (each / echoes) == 0 && value[i] == value[i - 1]))
			return false;
	for (size_t i = each; i < n; i += each) {
		if (apart_by_place(&at[i], &at[i + each - 1]) != 0 || !sorted(at + i, each, DICOM_BY_ECHO, other))
			return false;
		for (size_t k = 0; k < each; k++)
			if (value[k] != other[k])
				return false;
	}
	/* one axis may hold them all */
	for (int a = 0; a < DICOM_AXES; a++)
		if (sorted(at, each, (enum dicom_axis)a, other) == each)
			return false;
	return true;
}

int apart_echoes(struct dicom_set *set, struct lying *at, size_t n)
{
	size_t each = apart_each(at, n);
	double *value;
	bool yes;

	if (each < 4)
		return 0;
	value = calloc(each, 2 * sizeof *value);
	if (!value)
		return -1;
	yes = crossed(at, n, each, value, value + each);
	free(value);
	for (size_t i = 0; yes && i < n; i++) {
		char word[48], digits[32];

		snprintf(word, sizeof word, "echo %s ms", vol_number(digits, at[i].f->along[DICOM_BY_ECHO]));
		if (add(set, at[i].f, word) < 0)
			return -1;
	}
	return 0;
}
