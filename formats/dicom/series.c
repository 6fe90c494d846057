#include "series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divide.h"

/* An image with what sorts it into a series. */
struct member {
	const char *uid;
	const char *kind; /* "": not said */
	size_t file;
	size_t frame; /* NONE for images that cannot be used */
};
enum { NONE = -1 };

static bool is_series_image(const struct dicom_file *f)
{
	return f->status == DICOM_USED || (f->status == DICOM_DUPLICATE && !f->same) || f->status == DICOM_UNSUPPORTED ||
	       (f->status == DICOM_TRUNCATED && f->series_uid);
}

static int by_series(const void *va, const void *vb)
{
	const struct member *a = va, *b = vb;
	int c = strcmp(a->uid, b->uid);

	c = c ? c : strcmp(a->kind, b->kind);
	if (c || a->file != b->file)
		return c ? c : a->file < b->file ? -1 : 1;
	return a->frame < b->frame ? -1 : a->frame > b->frame;
}

static bool same_series(const struct member *a, const struct member *b)
{
	return strcmp(a->uid, b->uid) == 0 && strcmp(a->kind, b->kind) == 0;
}

static struct member *members(const struct dicom_set *set, size_t *n)
{
	struct member *m = calloc(set->n_files + set->n_frames + 1, sizeof *m);

	*n = 0;
	if (!m)
		return NULL;
	for (size_t i = 0, k = 0; i < set->n_files; i++) {
		const struct dicom_file *f = &set->files[i];
		const char *uid = f->series_uid ? f->series_uid : "";
		bool image = is_series_image(f);

		if (image && (k >= set->n_frames || set->frames[k].file != i))
			m[(*n)++] = (struct member){uid, "", i, (size_t)NONE};
		for (; k < set->n_frames && set->frames[k].file == i; k++)
			if (image)
				m[(*n)++] = (struct member){uid, set->frames[k].kind ? set->frames[k].kind : "", i, k};
	}
	qsort(m, *n, sizeof *m, by_series);
	return m;
}

static void spoil(struct dicom_series *s, enum dicom_problem problem, const struct dicom_file *f)
{
	s->geometry.problem = problem;
	snprintf(s->geometry.detail, sizeof s->geometry.detail, "%s: %s", f->path,
	         f->reason ? f->reason : "no reason known");
}

/* One series from its members m[0..n). */
static int make(const struct dicom_set *set, const struct member *m, size_t n, struct dicom_series *s,
                struct vol_err *err)
{
	const struct dicom_file *first = &set->files[m[0].file], *bad = NULL;

	memset(s, 0, sizeof *s);
	s->uid = first->series_uid;
	s->modality = first->modality;
	s->description = first->description;
	s->has_number = first->has_number;
	s->number = first->number;
	s->n_images = n;
	s->frame = calloc(n, sizeof *s->frame);
	if (!s->frame)
		return vol_fail(err, "", "out of memory");
	for (size_t i = 0; i < n; i++) {
		const struct dicom_file *f = &set->files[m[i].file];

		if (m[i].frame != (size_t)NONE)
			s->frame[s->n_frames++] = m[i].frame;
		/* truncation is named first: the other kinds do not change by copying again */
		if (f->status == DICOM_TRUNCATED && (!bad || bad->status != DICOM_TRUNCATED))
			bad = f;
		else if (f->status == DICOM_UNSUPPORTED && !bad)
			bad = f;
	}
	if (s->n_frames)
		dicom_arrange_list(set, s->frame, s->n_frames, 0, &s->geometry, &s->list);
	if (bad)
		spoil(s, bad->status == DICOM_TRUNCATED ? DICOM_P_TRUNCATED : DICOM_P_UNSUPPORTED, bad);
	return 0;
}

static bool is_derived(const struct dicom_series *s)
{
	return s->kind && strstr(s->kind, "DERIVED");
}

/* By number; of one UID, original images first. */
static int by_number(const void *va, const void *vb)
{
	const struct dicom_series *a = va, *b = vb;

	if (a->has_number != b->has_number)
		return a->has_number ? -1 : 1;
	if (a->has_number && a->number != b->number)
		return a->number < b->number ? -1 : 1;
	if (a->uid == b->uid && is_derived(a) != is_derived(b))
		return is_derived(a) ? 1 : -1;
	return a->uid == b->uid ? strverscmp(a->kind ? a->kind : "", b->kind ? b->kind : "")
	                        : strcmp(a->uid ? a->uid : "", b->uid ? b->uid : "");
}

static bool same_number(const struct dicom_series *a, const struct dicom_series *b)
{
	return a->has_number == b->has_number && (!a->has_number || a->number == b->number);
}

static void name_selectors(struct dicom_series_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		struct dicom_series *s = &list->series[i];
		size_t alike = 0, before = 0;
		char number[16] = "none";

		for (size_t k = 0; k < list->n; k++)
			if (same_number(s, &list->series[k])) {
				alike++;
				before += k < i;
			}
		if (s->has_number)
			snprintf(number, sizeof number, "%d", s->number);
		if (alike > 1)
			snprintf(s->selector, sizeof s->selector, "%s.%zu", number, before + 1);
		else
			snprintf(s->selector, sizeof s->selector, "%s", number);
	}
}

/* In place of the last series, the volumes that lie mixed in it, if there are any. */
static int divide_last(const struct dicom_set *set, bool split, struct dicom_series_list *list, struct vol_err *err)
{
	struct dicom_series *parts;
	size_t n;

	if (dicom_divide(set, &list->series[list->n - 1], split, &parts, &n, err) < 0)
		return -1;
	if (n) {
		free(list->series[--list->n].frame);
		memcpy(&list->series[list->n], parts, n * sizeof *parts);
		list->n += n;
	}
	free(parts);
	return 0;
}

int dicom_series_find(const struct dicom_set *set, bool split, struct dicom_series_list *list, struct vol_err *err)
{
	size_t n;
	struct member *m = members(set, &n);

	memset(list, 0, sizeof *list);
	list->series = calloc(n + 1, sizeof *list->series);
	if (!m || !list->series) {
		free(m);
		return vol_fail(err, "", "out of memory");
	}
	for (size_t first = 0, next; first < n; first = next) {
		for (next = first + 1; next < n && same_series(&m[next], &m[first]); next++)
			;
		if (make(set, m + first, next - first, &list->series[list->n++], err) < 0) {
			free(m);
			return -1;
		}
		if ((first && strcmp(m[first - 1].uid, m[first].uid) == 0) || (next < n && strcmp(m[next].uid, m[first].uid) == 0))
			list->series[list->n - 1].kind = m[first].kind;
		if (divide_last(set, split, list, err) < 0) {
			free(m);
			return -1;
		}
	}
	free(m);
	qsort(list->series, list->n, sizeof *list->series, by_number);
	name_selectors(list);
	return 0;
}

void dicom_series_free(struct dicom_series_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->series[i].frame);
	free(list->series);
	memset(list, 0, sizeof *list);
}

/* ---- choosing ---- */

/* Bytes of the text that fit n, not ending inside a UTF-8 character. */
static int whole_characters(const char *text, size_t n)
{
	size_t len = strnlen(text, n + 1);

	if (len <= n)
		return (int)len;
	while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return (int)n;
}

/* 3: 275 slices "Lung 1.0 B60f"; 4: 55 slices "Mediastinum" */
static void describe(const struct dicom_series_list *list, char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < list->n && at + 80 < size; i++) {
		const struct dicom_series *s = &list->series[i];
		const char *text = s->description;

		if (i == 12) {
			snprintf(buf + at, size - at, "; and %zu more, see dcmls", list->n - i);
			break;
		}
		at += (size_t)snprintf(buf + at, size - at, "%s%s: %zu %s", i ? "; " : "", s->selector,
		                       s->n_images, s->n_images == 1 ? "slice" : "slices");
		if (text)
			at += (size_t)snprintf(buf + at, size - at, " \"%.*s\"", whole_characters(text, 30), text);
		if (s->kind && at + 80 < size)
			at += (size_t)snprintf(buf + at, size - at, " %.60s", s->kind);
	}
}

/* Nothing to convert: say what there was instead. */
static void nothing(const struct dicom_set *set, const char *subject, struct vol_err *err)
{
	size_t count[DICOM_STATUSES] = {0};
	char text[300] = "";
	size_t at = 0;

	for (size_t i = 0; i < set->n_files; i++)
		count[set->files[i].status]++;
	if (set->n_files == 1) {
		vol_fail(err, set->files[0].path, "%s [no-images]",
		         set->files[0].reason ? set->files[0].reason : "no image");
		return;
	}
	for (int s = 0; s < DICOM_STATUSES; s++)
		if (count[s])
			at += (size_t)snprintf(text + at, sizeof text - at, "%s%zu %s", at ? ", " : ": ", count[s],
			                       dicom_status_name((enum dicom_status)s));
	vol_fail(err, subject, "no images of a series in %zu files%s [no-images]", set->n_files,
	         text);
}

struct dicom_series *dicom_series_choose(const struct dicom_set *set, struct dicom_series_list *list,
                                         const char *selector, const char *subject, struct vol_err *err)
{
	char text[800];
	size_t len;

	if (list->n == 0) {
		nothing(set, subject, err);
		return NULL;
	}
	if (!selector && list->n == 1)
		return &list->series[0];
	for (size_t i = 0; selector && i < list->n; i++) {
		struct dicom_series *s = &list->series[i];

		if (strcmp(s->selector, selector) == 0 || (s->uid && !s->kind && strcmp(s->uid, selector) == 0))
			return s;
	}
	describe(list, text, sizeof text);
	len = selector ? strlen(selector) : 0;
	for (size_t i = 0; len && i < list->n; i++)
		if (strncmp(list->series[i].selector, selector, len) == 0 && list->series[i].selector[len] == '.') {
			vol_fail(err, subject, "several series have number %s: %s [several-series]", selector, text);
			return NULL;
		}
	for (size_t i = 0; selector && i < list->n; i++)
		if (list->series[i].uid && strcmp(list->series[i].uid, selector) == 0) {
			vol_fail(err, subject, "several kinds of images in the series: %s [several-series]", text);
			return NULL;
		}
	if (selector)
		vol_fail(err, subject, "no series '%.80s': there is %s", selector, text);
	else
		vol_fail(err, subject, "%zu series; choose one with --series (%s) [several-series]", list->n, text);
	return NULL;
}
