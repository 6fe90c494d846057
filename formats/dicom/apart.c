#include "apart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KIND_TEXT = 600 };

/* A frame and the place it has, by which those of one series are sorted. */
struct lying {
	struct dicom_frame *f;
	const char *series, *kind;
	long long place[9]; /* position in micrometres, cosines in thousandths */
};

static int by_series(const struct lying *a, const struct lying *b)
{
	int c = strcmp(a->series, b->series);

	return c ? c : strcmp(a->kind, b->kind);
}

static int by_place(const struct lying *a, const struct lying *b)
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

	c = c ? c : by_place(a, b);
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
		if (by_place(&at[i], &at[first]) != 0) {
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

/* ---- order ---- */

static double order_of(const struct dicom_frame *f, int which)
{
	return which == DICOM_ORDERS ? f->has_time ? f->time : NAN : f->order[which];
}

struct ordering {
	const struct lying *at;
	int which;
};

static int by_order(const void *va, const void *vb, void *ctx)
{
	const struct ordering *o = ctx;
	double a = order_of(o->at[*(const size_t *)va].f, o->which), b = order_of(o->at[*(const size_t *)vb].f, o->which);

	return (a > b) - (a < b);
}

/* n frames, `each` at every place: index[] as at[], but within each place by a value. False: it is not said of all, or two at
 * one place have the same. */
static bool sort_places(const struct lying *at, size_t n, size_t each, int which, size_t *index)
{
	struct ordering o = {at, which};

	for (size_t i = 0; i < n; i++) {
		index[i] = i;
		if (isnan(order_of(at[i].f, which)))
			return false;
	}
	for (size_t p = 0; p < n; p += each)
		qsort_r(index + p, each, sizeof *index, by_order, &o);
	for (size_t i = 0; i < n; i++)
		if (i % each && order_of(at[index[i]].f, which) == order_of(at[index[i - 1]].f, which))
			return false;
	return true;
}

static bool same_values(const struct lying *at, size_t n, size_t each, int which, const size_t *index)
{
	for (size_t i = each; i < n; i++)
		if (order_of(at[index[i]].f, which) != order_of(at[index[i % each]].f, which))
			return false;
	return true;
}

/* Instance numbers that run through all places of a volume and then the next, or through all volumes at a place and then the
 * next place. Ranks are those within the place; numbered[] is scratch. */
static bool runs(const struct lying *at, size_t n, size_t each, const size_t *index, size_t *numbered)
{
	struct ordering o = {at, DICOM_ORDER_INSTANCE};
	bool by_volume = true, by_places = true;
	size_t *rank = calloc(n, sizeof *rank);

	for (size_t i = 0; rank && i < n; i++) {
		rank[index[i]] = i % each;
		numbered[i] = i;
	}
	qsort_r(numbered, n, sizeof *numbered, by_order, &o);
	for (size_t i = 0; rank && i < n; i++) {
		const struct dicom_frame *f = at[numbered[i]].f;

		if (i && f->order[DICOM_ORDER_INSTANCE] == at[numbered[i - 1]].f->order[DICOM_ORDER_INSTANCE])
			by_volume = by_places = false;
		by_volume = by_volume && rank[numbered[i]] == i / (n / each);
		by_places = by_places && numbered[i] / each == numbered[i - i % each] / each;
	}
	by_volume = by_volume && rank;
	by_places = by_places && rank;
	free(rank);
	return by_volume || by_places;
}

/* Facts that follow the patient or the power, from one image to the next. */
static bool varies(size_t a)
{
	uint32_t tag = (uint32_t)dicom_acquisition[a].group << 16 | dicom_acquisition[a].element;

	return tag == 0x00181150 || tag == 0x00181151 || tag == 0x00181152 || tag == 0x00181316 || tag == 0x00180084;
}

/* Does the scanner say so many positions or times, and nothing else of the images at one place? */
static bool as_stated(const struct lying *at, size_t n, size_t each)
{
	double places = (double)(n / each);

	for (size_t i = 0; i < n; i++) {
		const struct dicom_frame *f = at[i].f, *first = at[i - i % each].f;

		if (f->times != (double)each && f->positions != places)
			return false;
		for (size_t a = 0; dicom_acquisition[a].keyword; a++)
			if (f->acquisition[a] != first->acquisition[a] && !varies(a))
				return false;
	}
	return true;
}

static bool same_gradient(const struct dicom_frame *a, const struct dicom_frame *b)
{
	return a->has_gradient == b->has_gradient &&
	       (!a->has_gradient || memcmp(a->gradient, b->gradient, sizeof a->gradient) == 0);
}

static bool same_number(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

/* The frames at[0..n), sorted by place: as many at each, some of which nothing tells apart, and none of which says when it was
 * taken? Then how many at each; 0: no, there is nothing to be done. */
static size_t untold(const struct lying *at, size_t n)
{
	size_t each = 1;
	bool alike = false;

	while (each < n && by_place(&at[0], &at[each]) == 0)
		each++;
	if (each == 1 || n % each)
		return 0;
	for (size_t i = 0; i < n; i++) {
		const struct dicom_frame *f = at[i].f;

		if (by_place(&at[i], &at[i - i % each]) != 0 || !same_number(f->along[DICOM_BY_TIME], at[0].f->along[DICOM_BY_TIME]))
			return 0;
		if (i % each == 0 && i && by_place(&at[i], &at[i - 1]) == 0)
			return 0;
		for (size_t k = i - i % each; k < i && !alike; k++) {
			alike = same_gradient(f, at[k].f);
			for (int a = 0; alike && a < DICOM_AXES; a++)
				alike = same_number(f->along[a], at[k].f->along[a]);
		}
	}
	return alike ? each : 0;
}

/* Where a value tells them apart: which it is, on which axis, as itself or as a number from 1 on. */
static const struct {
	int which;
	enum dicom_axis axis;
	bool itself;
	const char *name;
} orders[] = {
	{DICOM_ORDER_ACQUISITION, DICOM_BY_PASS, true, "AcquisitionNumber (0020,0012)"},
	{DICOM_ORDER_TRIGGER, DICOM_BY_TRIGGER, true, "TriggerTime (0018,1060)"},
	{DICOM_ORDERS, DICOM_BY_TIME, false, "AcquisitionTime (0008,0032)"},
	{DICOM_ORDER_CONTENT, DICOM_BY_TIME, false, "ContentTime (0008,0033)"},
	{DICOM_ORDER_INSTANCE, DICOM_BY_TIME, false, "InstanceNumber (0020,0013)"},
};

enum { KINDS_OF_ORDER = sizeof orders / sizeof *orders };

static int tell_order(struct lying *at, size_t n)
{
	size_t each = untold(at, n), *index, k = 0;

	if (!each)
		return 0;
	index = calloc(n, 2 * sizeof *index);
	if (!index)
		return -1;
	for (; k < KINDS_OF_ORDER; k++)
		if (sort_places(at, n, each, orders[k].which, index) && same_values(at, n, each, orders[k].which, index))
			break;
	if (k == KINDS_OF_ORDER && sort_places(at, n, each, DICOM_ORDER_INSTANCE, index) && as_stated(at, n, each) &&
	    runs(at, n, each, index, index + n))
		k--;
	for (size_t i = 0; k < KINDS_OF_ORDER && i < n; i++) {
		struct dicom_frame *f = at[index[i]].f;

		f->along[orders[k].axis] = orders[k].itself ? order_of(f, orders[k].which) : (double)(i % each + 1);
		f->told = orders[k].name;
	}
	free(index);
	return 0;
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
				rc = pass == 0 ? tell_kinds(set, at + first, next - first) : tell_order(at + first, next - first);
		}
		free(at);
	}
	free(without);
	return rc < 0 ? vol_fail(err, "", "out of memory") : 0;
}
