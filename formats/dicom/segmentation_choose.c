/* segmentation_choose.c - which segmentation of many files, and which segment of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "segmentation_inside.h"

/* ---- which segment ---- */

/* "1 Liver, 2 Spine" */
static const char *list(const struct segmentation *s, char *buf, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < s->segments; i++) {
		if (at + 100 > size) {
			snprintf(buf + at, size - at, ", and %zu more", s->segments - i);
			break;
		}
		at += (size_t)snprintf(buf + at, size - at, "%s%u %.40s", i ? ", " : "", s->segment[i].label, s->segment[i].name);
	}
	return buf;
}

int segmentation_find(const struct segmentation *s, const char *wanted, const char *subject, const struct segment **only,
                      struct vol_err *err)
{
	char text[600], *end;
	unsigned long n = wanted ? strtoul(wanted, &end, 10) : 0;

	*only = NULL;
	if (!wanted && s->type == SEGMENTATION_FRACTIONAL && s->segments > 1)
		return vol_fail(err, subject, "%zu fractional segments: choose one with dcm2vol --segment (%s) "
		                "[several-segments]", s->segments, list(s, text, sizeof text));
	if (!wanted && s->type == SEGMENTATION_FRACTIONAL)
		*only = &s->segment[0];
	if (!wanted)
		return 0;
	for (size_t i = 0; *wanted && *end == '\0' && i < s->segments; i++)
		if (s->segment[i].label == n)
			*only = &s->segment[i];
	for (size_t i = 0; !*only && i < s->segments; i++) {
		if (strcmp(s->segment[i].name, wanted) != 0)
			continue;
		for (size_t k = i + 1; k < s->segments; k++)
			if (strcmp(s->segment[k].name, wanted) == 0)
				return vol_fail(err, subject, "several segments are called '%.80s': --segment takes a number, too (%s)", wanted,
				                list(s, text, sizeof text));
		*only = &s->segment[i];
	}
	if (!*only)
		return vol_fail(err, subject, "no segment '%.80s': there is %s", wanted, list(s, text, sizeof text));
	return 0;
}

/* ---- which file ---- */

static bool is_segmentation(const struct dicom_file *f)
{
	return f->status == DICOM_OTHER && f->modality && strcmp(f->modality, "SEG") == 0;
}

static bool is_meant(const struct dicom_file *f, const char *selector)
{
	char number[16];

	if (!is_segmentation(f))
		return false;
	snprintf(number, sizeof number, "%d", f->number);
	return !selector || (f->has_number && strcmp(number, selector) == 0) ||
	       (f->series_uid && strcmp(f->series_uid, selector) == 0);
}

int segmentation_choose(const struct dicom_set *set, const struct dicom_series_list *series, const char *selector,
                        const char *subject, const struct dicom_file **file, struct vol_err *err)
{
	const struct dicom_file *found[2] = {NULL};
	size_t n = 0;

	if (!selector && series->n > 0)
		return 0;
	for (size_t i = 0; selector && i < series->n; i++)
		if (strcmp(series->series[i].selector, selector) == 0 ||
		    (series->series[i].uid && strcmp(series->series[i].uid, selector) == 0))
			return 0;
	for (size_t i = 0; i < set->n_files; i++)
		if (is_meant(&set->files[i], selector)) {
			found[n > 0] = n < 2 ? &set->files[i] : found[1];
			n++;
		}
	if (n > 1)
		return vol_fail(err, subject, "%zu segmentations%s, %.200s and %.200s: name the file%s [several-series]", n,
		                selector ? " of that series" : "", found[0]->path, found[1]->path,
		                selector ? "" : ", or choose with --series");
	*file = found[0];
	return n == 1;
}

int segmentation_list(const struct dicom_set *set, struct dicom_series_list *list, struct vol_err *err)
{
	for (size_t i = 0; i < set->n_files; i++) {
		const struct dicom_file *f = &set->files[i];
		struct dicom_series *more, s = {.uid = f->series_uid, .modality = f->modality, .description = f->description,
		                                .has_number = f->has_number, .number = f->number, .n_images = 1, .segmentation = f};

		if (!is_segmentation(f))
			continue;
		snprintf(s.selector, sizeof s.selector, f->has_number ? "%d" : "none", f->number);
		more = realloc(list->series, (list->n + 1) * sizeof *more);
		if (!more)
			return vol_fail(err, "", "out of memory");
		list->series = more;
		list->series[list->n++] = s;
	}
	return 0;
}
