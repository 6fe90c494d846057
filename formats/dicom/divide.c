#include "divide.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/head.h"

enum {
	MOST_PARTS = 64,     /* of one division: more is no kind of image */
	MOST_TRIES = 100,    /* divisions tried for one series, so that it ends soon on what was made to last */
	DEPTH = 3,
	KIND = 300
};

/* ---- what tells images apart ---- */

/* Of all facts that a facet looks at, arg is the one. */
struct facet {
	bool (*same)(const struct dicom_frame *a, const struct dicom_frame *b, int arg);
	void (*name)(const struct dicom_frame *f, int arg, char *buf, size_t size);
	int arg;
};

static bool same_size(const struct dicom_frame *a, const struct dicom_frame *b, int arg)
{
	(void)arg;
	return a->pixels.rows == b->pixels.rows && a->pixels.columns == b->pixels.columns;
}

static void name_size(const struct dicom_frame *f, int arg, char *buf, size_t size)
{
	(void)arg;
	snprintf(buf, size, "%u x %u", f->pixels.columns, f->pixels.rows);
}

/* As far as geometry.h lets images of one stack differ: what it turns the far corner by. */
static bool same_orientation(const struct dicom_frame *a, const struct dicom_frame *b, int arg)
{
	double off = 0;

	(void)arg;
	if (!a->has_orientation || !b->has_orientation || !a->has_spacing)
		return a->has_orientation == b->has_orientation;
	for (int w = 0; w < 6; w++)
		off += fabs(a->orientation[w] - b->orientation[w]) *
		       (w < 3 ? a->pixels.columns * a->spacing[1] : a->pixels.rows * a->spacing[0]);
	return off <= 0.1;
}

static void name_orientation(const struct dicom_frame *f, int arg, char *buf, size_t size)
{
	static const char *const plane[] = {"sagittal", "coronal", "axial"};
	const double *o = f->orientation;
	const char *name = "oblique";

	(void)arg;
	for (int w = 0; w < 3; w++) /* within 20 degrees */
		if (fabs(o[(w + 1) % 3] * o[3 + (w + 2) % 3] - o[(w + 2) % 3] * o[3 + (w + 1) % 3]) > 0.94)
			name = plane[w];
	snprintf(buf, size, "%s", f->has_orientation ? name : "without orientation");
}

static bool same_along(const struct dicom_frame *a, const struct dicom_frame *b, int axis)
{
	return dicom_compare_along((enum dicom_axis)axis, a, b) == 0;
}

static void name_along(const struct dicom_frame *f, int axis, char *buf, size_t size)
{
	dicom_axis_place((enum dicom_axis)axis, f, buf, size);
}

static bool same_volume(const struct dicom_frame *a, const struct dicom_frame *b, int arg)
{
	(void)arg;
	for (int axis = 0; axis < DICOM_AXES; axis++)
		if (!same_along(a, b, axis))
			return false;
	return true;
}

static bool same_attribute(const struct dicom_frame *a, const struct dicom_frame *b, int k)
{
	return a->acquisition[k] == b->acquisition[k];
}

static void name_attribute(const struct dicom_frame *f, int k, char *buf, size_t size)
{
	snprintf(buf, size, "%s %.80s", dicom_acquisition[k].keyword, f->acquisition[k] ? f->acquisition[k] : "not said");
}

static int image_type(void)
{
	return dicom_acquired(0x00080008);
}

static bool is_facet(const struct facet *f, int attribute)
{
	return f->same == same_attribute && f->arg == attribute;
}

/* What to try for a problem, in order; returns how many. */
static size_t choose_facets(enum dicom_problem p, struct facet *f)
{
	size_t n = 0;
	int type = image_type();

	/* what else is wrong with slices, two halves of one stack may have, and be regular */
	if (p != DICOM_P_MIXED_SIZE && p != DICOM_P_MIXED_ORIENTATION && p != DICOM_P_NO_POSITION && p != DICOM_P_NO_SPACING &&
	    p != DICOM_P_DUPLICATE_POSITION)
		return 0;
	f[n++] = (struct facet){same_attribute, name_attribute, type};
	if (p == DICOM_P_MIXED_SIZE)
		f[n++] = (struct facet){same_size, name_size, 0};
	if (p == DICOM_P_MIXED_ORIENTATION)
		f[n++] = (struct facet){same_orientation, name_orientation, 0};
	if (p != DICOM_P_DUPLICATE_POSITION)
		return n;
	for (int axis = 0; axis < DICOM_AXES; axis++)
		f[n++] = (struct facet){same_along, name_along, axis};
	for (int k = 0; dicom_acquisition[k].keyword; k++)
		if (k != type)
			f[n++] = (struct facet){same_attribute, name_attribute, k};
	return n;
}

/* ---- dividing ---- */

struct work {
	const struct dicom_set *set;
	const struct dicom_series *whole;
	struct dicom_series *part; /* those that are settled, n of them; room for one each image */
	size_t n;
	unsigned tries;
	bool no_memory;
};

/* Bring the frames of each class together, classes in the order of their first frames; start[i] is where class i starts,
 * start[classes] the end. The number of classes; 0: all are alike, or of too many kinds. */
static size_t classify(struct work *w, const struct facet *f, size_t *frame, size_t n, size_t start[MOST_PARTS + 1])
{
	const struct dicom_frame *all = w->set->frames;
	size_t first[MOST_PARTS], count[MOST_PARTS] = {0}, classes = 0;
	unsigned char *class = malloc(n);
	size_t *sorted = malloc(n * sizeof *sorted);

	w->no_memory = !class || !sorted;
	for (size_t i = 0; !w->no_memory && i < n; i++) {
		size_t k = 0;

		while (k < classes && !f->same(&all[first[k]], &all[frame[i]], f->arg))
			k++;
		if (k == MOST_PARTS) {
			classes = 0;
			break;
		}
		if (k == classes)
			first[classes++] = frame[i];
		class[i] = (unsigned char)k;
		count[k]++;
	}
	if (classes == 1 || w->no_memory)
		classes = 0;
	start[0] = 0;
	for (size_t k = 0; k < classes; k++)
		start[k + 1] = start[k] + count[k];
	for (size_t i = 0; i < n && classes; i++)
		sorted[start[class[i] + 1] - count[class[i]]--] = frame[i];
	if (classes)
		memcpy(frame, sorted, n * sizeof *frame);
	free(class);
	free(sorted);
	return classes;
}

static bool is_derived(const struct work *w, size_t frame)
{
	const char *type = w->set->frames[frame].acquisition[image_type()];

	return type && strncmp(type, "DERIVED", 7) == 0;
}

/* One part as a series, with what it is. */
static void settle(struct work *w, const size_t *frame, size_t n, const char *kind, const struct dicom_geometry *g,
                   const struct dicom_list *list)
{
	struct dicom_series *s = &w->part[w->n];

	*s = *w->whole;
	s->frame = malloc(n * sizeof *s->frame);
	s->kind = dicom_intern(w->set->strings, kind);
	if (!s->frame || !s->kind) {
		w->no_memory = true;
		free(s->frame);
		return;
	}
	memcpy(s->frame, frame, n * sizeof *frame);
	s->n_frames = s->n_images = n;
	s->geometry = *g;
	s->list = *list;
	w->n++;
}

static void forget(struct work *w, size_t n)
{
	while (w->n > n)
		free(w->part[--w->n].frame);
}

static bool divide(struct work *w, size_t *frame, size_t n, const char *kind, enum dicom_problem p, int depth);

/* The name of class k, told from others of that name by a number. */
static void name_class(const struct work *w, const struct facet *f, const size_t *frame, const size_t *start, size_t k,
                       const char *before, char *buf)
{
	char name[160], other[160];
	size_t alike = 0, earlier = 0;

	f->name(&w->set->frames[frame[start[k]]], f->arg, name, sizeof name);
	for (size_t i = 0; start[i] < start[i + 1]; i++) {
		f->name(&w->set->frames[frame[start[i]]], f->arg, other, sizeof other);
		alike += strcmp(name, other) == 0;
		earlier += i < k && strcmp(name, other) == 0;
	}
	snprintf(buf, KIND, "%s%s%s", before, before[0] ? ", " : "", name);
	if (alike > 1)
		snprintf(buf + strlen(buf), KIND - strlen(buf), " %zu", earlier + 1);
}

/* Does this facet divide the frames into volumes? Then they are settled. */
static bool divide_by(struct work *w, const struct facet *f, size_t *frame, size_t n, const char *kind, int depth)
{
	size_t start[MOST_PARTS + 2] = {0}, classes = classify(w, f, frame, n, start), before = w->n, regular = 0;
	bool by_type = is_facet(f, image_type());
	char name[KIND];

	for (size_t k = 0; k < classes; k++) {
		size_t *part = frame + start[k], many = start[k + 1] - start[k];
		struct dicom_geometry g;
		struct dicom_list list;

		name_class(w, f, frame, start, k, kind, name);
		dicom_arrange_list(w->set, part, many, 0, &g, &list);
		if (g.problem == DICOM_REGULAR && many > 1) {
			regular += !by_type || !is_derived(w, part[0]);
			settle(w, part, many, name, &g, &list);
		} else if (g.problem != DICOM_REGULAR && many > 1 && depth > 1 && divide(w, part, many, name, g.problem, depth - 1)) {
			regular += !by_type || !is_derived(w, part[0]);
		} else if (by_type && is_derived(w, part[0])) {
			settle(w, part, many, name, &g, &list);
		} else {
			forget(w, before);
			return false;
		}
	}
	if (regular == 0 || w->no_memory)
		forget(w, before);
	return w->n > before;
}

static bool divide(struct work *w, size_t *frame, size_t n, const char *kind, enum dicom_problem p, int depth)
{
	struct facet facet[DICOM_ACQUISITION_MAX + 16];
	size_t facets = choose_facets(p, facet);

	for (size_t i = 0; i < facets && w->tries < MOST_TRIES && !w->no_memory; i++) {
		w->tries++;
		if (divide_by(w, &facet[i], frame, n, kind, depth))
			return true;
	}
	return false;
}

/* What an image is along all axes in which it differs from another one. */
static void name_volume(const struct dicom_frame *f, const bool differs[DICOM_AXES], char *buf)
{
	char name[80];

	buf[0] = '\0';
	for (int axis = 0; axis < DICOM_AXES; axis++) {
		if (!differs[axis])
			continue;
		dicom_axis_place((enum dicom_axis)axis, f, name, sizeof name);
		snprintf(buf + strlen(buf), KIND - strlen(buf), "%s%s", buf[0] ? ", " : "", name);
	}
}

/* Each volume that the axes tell apart, whatever it is like. The frames are sorted anew. */
static void split_volumes(struct work *w, size_t *frame, size_t n)
{
	bool differs[DICOM_AXES] = {false};
	const struct dicom_frame *all = w->set->frames;

	dicom_sort_volumes(w->set, frame, n);
	for (size_t i = 1; i < n; i++)
		for (int axis = 0; axis < DICOM_AXES; axis++)
			differs[axis] = differs[axis] || !same_along(&all[frame[0]], &all[frame[i]], axis);
	for (size_t i = 0, end; i < n && !w->no_memory; i = end) {
		char label[KIND], kind[2 * KIND];
		struct dicom_geometry g;
		struct dicom_list list = {0};

		for (end = i + 1; end < n && same_volume(&all[frame[i]], &all[frame[end]], 0); end++)
			;
		if (i == 0 && end == n)
			return;
		name_volume(&all[frame[i]], differs, label);
		snprintf(kind, sizeof kind, "%s%s%s", w->whole->kind ? w->whole->kind : "", w->whole->kind ? ", " : "", label);
		dicom_arrange(w->set, frame + i, end - i, &g);
		settle(w, frame + i, end - i, kind, &g, &list);
	}
}

/* The series that are lists, each volume on its own. */
static void split_parts(struct work *w)
{
	size_t n = w->n;
	struct dicom_series *old = malloc((n + 1) * sizeof *old);

	w->no_memory = w->no_memory || !old;
	if (!old)
		return;
	memcpy(old, w->part, n * sizeof *old);
	w->n = 0;
	for (size_t i = 0; i < n; i++) {
		const struct dicom_series *whole = w->whole;

		if (old[i].list.n) {
			w->whole = &old[i];
			split_volumes(w, old[i].frame, old[i].n_frames);
			w->whole = whole;
			free(old[i].frame);
		} else {
			w->part[w->n++] = old[i];
		}
	}
	free(old);
}

int dicom_divide(const struct dicom_set *set, const struct dicom_series *whole, bool split, struct dicom_series **parts,
                 size_t *n, struct vol_err *err)
{
	struct work w = {.set = set, .whole = whole};
	enum dicom_problem p = whole->geometry.problem;
	size_t *frame;

	*parts = NULL;
	*n = 0;
	if ((p == DICOM_REGULAR && !(split && whole->list.n)) || p == DICOM_P_TRUNCATED || p == DICOM_P_UNSUPPORTED ||
	    whole->n_frames < 2)
		return 0;
	frame = malloc(whole->n_frames * sizeof *frame);
	w.part = calloc(whole->n_frames, sizeof *w.part);
	w.no_memory = !frame || !w.part;
	if (!w.no_memory) {
		memcpy(frame, whole->frame, whole->n_frames * sizeof *frame);
		if (p != DICOM_REGULAR)
			divide(&w, frame, whole->n_frames, whole->kind ? whole->kind : "", p, DEPTH);
		if (split && w.n)
			split_parts(&w);
		else if (split)
			split_volumes(&w, frame, whole->n_frames);
	}
	free(frame);
	if (w.no_memory) {
		forget(&w, 0);
		free(w.part);
		return vol_fail(err, "", "out of memory");
	}
	*parts = w.part;
	*n = w.n;
	return 0;
}
