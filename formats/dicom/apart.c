#include "apart_inside.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KIND_TEXT = 600 };

static int by_series(const struct lying *a, const struct lying *b)
{
	int c = strcmp(a->series, b->series);

	return c ? c : strcmp(a->kind, b->kind);
}

int apart_by_place(const struct lying *a, const struct lying *b)
{
	for (int i = 0; i < 9; i++)
		if (a->place[i] != b->place[i])
			return a->place[i] < b->place[i] ? -1 : 1;
	return 0;
}

static int by_both(const void *va, const void *vb)
{
	const struct lying *a = va, *b = vb;
	int c = by_series(a, b);

	c = c ? c : apart_by_place(a, b);
	return c ? c : (a->f > b->f) - (a->f < b->f);
}

/* ---- kinds ---- */

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

/* The frames at[0..n) of one series and kind: do pictures of several kinds lie at one place? 1: then f->kind says which;
 * -1: out of memory. */
static int tell_kinds(struct dicom_set *set, struct lying *at, size_t n)
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
	for (size_t i = 0; any && i < n; i++) {
		char text[KIND_TEXT];
		size_t used = (size_t)snprintf(text, sizeof text, "%s", at[i].kind);

		for (int d = 0; d < DESCRIBING && used < sizeof text; d++)
			if (differs[d]) {
				const char *word = describing(at[i].f, d);

				used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used ? " " : "", word ? word : "-");
			}
		at[i].f->kind = dicom_intern(set->strings, text);
		if (!at[i].f->kind)
			return -1;
	}
	return any;
}

/* ---- all series ---- */

static bool is_of_series(const struct dicom_file *f)
{
	return f->status == DICOM_USED || (f->status == DICOM_DUPLICATE && !f->same) || f->status == DICOM_TRUNCATED;
}

/* Series of which an image is not known, or not its place: where it belongs cannot be told, and telling the others apart would
 * make series that seem whole without it. UIDs are interned; NULL ends the list. */
static const char **unknown(const struct dicom_set *set)
{
	const char **uid = calloc(set->n_files + 1, sizeof *uid);
	size_t n = 0;

	for (size_t i = 0, k = 0; uid && i < set->n_files; i++) {
		const struct dicom_file *file = &set->files[i];
		bool of = is_of_series(file), all = file->status != DICOM_UNSUPPORTED &&
			  (!of || (k < set->n_frames && set->frames[k].file == i));

		for (; k < set->n_frames && set->frames[k].file == i; k++)
			all = all && (!of || (set->frames[k].has_position && set->frames[k].has_orientation));
		if (!all && (n == 0 || uid[n - 1] != file->series_uid) && file->series_uid)
			uid[n++] = file->series_uid;
	}
	return uid;
}

/* The frames that series are made of. */
static struct lying *lie(struct dicom_set *set, size_t *n)
{
	struct lying *at = calloc(set->n_frames + 1, sizeof *at);

	*n = 0;
	for (size_t i = 0; at && i < set->n_frames; i++) {
		struct dicom_frame *f = &set->frames[i];
		const struct dicom_file *file = &set->files[f->file];
		struct lying *l = &at[*n];

		if (!f->has_position || !f->has_orientation || !is_of_series(file) || !file->series_uid)
			continue;
		l->f = f;
		l->series = file->series_uid;
		l->kind = f->kind ? f->kind : "";
		for (int w = 0; w < 3; w++)
			l->place[w] = llround(f->position[w] * 1e3);
		for (int w = 0; w < 6; w++)
			l->place[3 + w] = llround(f->orientation[w] * 1e3);
		++*n;
	}
	return at;
}

static bool among(const char *const *list, const char *uid)
{
	while (*list && *list != uid)
		list++;
	return *list != NULL;
}

int dicom_tell_apart(struct dicom_set *set, struct vol_err *err)
{
	const char **without = unknown(set);
	int rc = without ? 0 : -1;

	for (int pass = 0; pass < 2 && rc >= 0; pass++) {
		size_t n;
		struct lying *at = lie(set, &n);

		if (!at) {
			rc = -1;
			break;
		}
		qsort(at, n, sizeof *at, by_both);
		for (size_t first = 0, next; first < n && rc >= 0; first = next) {
			for (next = first + 1; next < n && by_series(&at[next], &at[first]) == 0; next++)
				;
			if (!among(without, at[first].series))
				rc = pass == 0 ? tell_kinds(set, at + first, next - first) : apart_order(at + first, next - first);
		}
		free(at);
	}
	free(without);
	return rc < 0 ? vol_fail(err, "", "out of memory") : 0;
}
