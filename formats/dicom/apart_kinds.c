/* apart_kinds.c - images of one UID that are several series: of several directions, pictures, echoes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apart_inside.h"
#include "io/head.h"

enum { KIND_TEXT = 600, STACKS_MAX = 8, ECHOES_MAX = 64 };

/* A word more for the kind of a frame. */
static int add(struct dicom_set *set, struct dicom_frame *f, const char *word)
{
	char text[KIND_TEXT];

	snprintf(text, sizeof text, "%s%s%s", f->kind ? f->kind : "", f->kind && f->kind[0] ? " " : "", word);
	f->kind = dicom_intern(set->strings, text);
	return f->kind ? 0 : -1;
}

/* ---- directions ---- */

/* Beyond rounding, and beyond what slices of one stack may wobble by: then one stack is refused. */
static bool other_way(const struct dicom_frame *a, const struct dicom_frame *b)
{
	for (int w = 0; w < 6; w++)
		if (fabs(a->orientation[w] - b->orientation[w]) > 0.1)
			return true;
	return false;
}

static const char *plane(const struct dicom_frame *f)
{
	const double *o = f->orientation;
	double normal[3];

	for (int w = 0; w < 3; w++)
		normal[w] = fabs(o[(w + 1) % 3] * o[3 + (w + 2) % 3] - o[(w + 2) % 3] * o[3 + (w + 1) % 3]);
	return normal[2] >= normal[0] && normal[2] >= normal[1] ? "axial" : normal[1] >= normal[0] ? "coronal" : "sagittal";
}

int apart_orientations(struct dicom_set *set, struct lying *at, size_t n)
{
	const struct dicom_frame *first[STACKS_MAX];
	size_t count[STACKS_MAX] = {0}, stacks = 0, s;

	for (size_t i = 0; i < n; i++) {
		for (s = 0; s < stacks && other_way(first[s], at[i].f); s++)
			;
		if (s == STACKS_MAX)
			return 0;
		if (s == stacks)
			first[stacks++] = at[i].f;
		count[s]++;
	}
	for (s = 0; s < stacks; s++)
		if (stacks == 1 || count[s] < 2)
			return 0;
	for (size_t i = 0; i < n; i++) {
		unsigned before = 0;
		char word[24];

		for (s = 0; other_way(first[s], at[i].f); s++)
			before += strcmp(plane(first[s]), plane(at[i].f)) == 0;
		snprintf(word, sizeof word, before ? "%s %u" : "%s", plane(first[s]), before + 1);
		if (add(set, at[i].f, word) < 0)
			return -1;
	}
	return 0;
}

/* ---- pictures ---- */

static const char *attribute(const struct dicom_frame *f, uint16_t group, uint16_t element)
{
	for (size_t a = 0; dicom_acquisition[a].keyword; a++)
		if (dicom_acquisition[a].group == group && dicom_acquisition[a].element == element)
			return f->acquisition[a];
	return NULL;
}

enum { DESCRIBING = 4 };

/* Interned: equal texts are equal addresses. */
static const char *describing(const struct dicom_frame *f, int which)
{
	switch (which) {
	case 0: return attribute(f, 0x0008, 0x0008); /* ImageType */
	case 1: return f->component;
	case 2: return attribute(f, 0x0018, 0x1210); /* ConvolutionKernel */
	default: return attribute(f, 0x0018, 0x0060); /* KVP */
	}
}

int apart_pictures(struct dicom_set *set, struct lying *at, size_t n)
{
	bool differs[DESCRIBING] = {false}, any = false;

	for (size_t i = 1, first = 0; i < n; i++) {
		if (apart_by_place(&at[i], &at[first]) != 0) {
			first = i;
			continue;
		}
		for (int d = 0; d < DESCRIBING; d++)
			if (describing(at[i].f, d) != describing(at[first].f, d))
				any = differs[d] = true;
	}
	for (size_t i = 0; any && i < n; i++)
		for (int d = 0; d < DESCRIBING; d++) {
			const char *word = describing(at[i].f, d);

			if (differs[d] && add(set, at[i].f, word ? word : "-") < 0)
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
	for (size_t i = each; i < n; i += each)
		if (apart_by_place(&at[i], &at[i + each - 1]) != 0 || !sorted(at + i, each, DICOM_BY_ECHO, other) ||
		    memcmp(value, other, each * sizeof *value) != 0)
			return false;
	/* one axis may hold them all */
	for (int a = 0; a < DICOM_AXES; a++)
		if (sorted(at, each, (enum dicom_axis)a, other) == each)
			return false;
	return true;
}

int apart_echoes(struct dicom_set *set, struct lying *at, size_t n)
{
	size_t each = 1;
	double *value;
	bool yes;

	while (each < n && apart_by_place(&at[0], &at[each]) == 0)
		each++;
	if (each < 4 || n % each)
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
