/* diffusion_order.c - the order in which a diffusion-weighted series was measured. Plain C over facts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diffusion.h"

/* A frame with what sorts it: the series it belongs to, how far along the normal it lies, and its number. */
struct lying {
	struct dicom_frame *f;
	const char *series, *kind;
	double at;      /* mm */
	size_t place;   /* of the positions of its series, from 0 */
};

static int by_series(const struct lying *a, const struct lying *b)
{
	int c = strcmp(a->series, b->series);

	return c ? c : strcmp(a->kind, b->kind);
}

static int by_distance(const void *va, const void *vb)
{
	const struct lying *a = va, *b = vb;
	int c = by_series(a, b);

	return c ? c : (a->at > b->at) - (a->at < b->at);
}

/* By InstanceNumber, and in one file by frame. */
static int compare_number(const struct dicom_frame *a, const struct dicom_frame *b)
{
	double i = a->order[DICOM_ORDER_INSTANCE], j = b->order[DICOM_ORDER_INSTANCE];

	return i != j ? (i > j) - (i < j) : (a->number > b->number) - (a->number < b->number);
}

static int by_number(const void *va, const void *vb)
{
	const struct lying *a = va, *b = vb;

	return a->place != b->place ? (a->place > b->place) - (a->place < b->place) : compare_number(a->f, b->f);
}

/* The frames that series are made of, and that have a place. */
static struct lying *lie(struct dicom_set *set, size_t *n)
{
	struct lying *all = calloc(set->n_frames + 1, sizeof *all);

	*n = 0;
	for (size_t i = 0; all && i < set->n_frames; i++) {
		struct dicom_frame *f = &set->frames[i];
		const struct dicom_file *file = &set->files[f->file];
		const double *o = f->orientation, *p = f->position;

		if (file->status != DICOM_USED || !f->has_position || !f->has_orientation || !file->modality ||
		    strcmp(file->modality, "MR") != 0)
			continue;
		all[*n] = (struct lying){f, file->series_uid ? file->series_uid : "", f->kind ? f->kind : "", 0, 0};
		for (int w = 0; w < 3; w++)
			all[*n].at += p[w] * (o[(w + 1) % 3] * o[3 + (w + 2) % 3] - o[(w + 2) % 3] * o[3 + (w + 1) % 3]);
		++*n;
	}
	return all;
}

/* ---- traces among directions ---- */

static int set_traces_apart(struct dicom_set *set, struct lying *of, size_t n)
{
	bool directed = false, isotropic = false;
	char text[1024];

	for (size_t i = 0; i < n; i++) {
		directed = directed || of[i].f->has_gradient;
		isotropic = isotropic || of[i].f->isotropic;
	}
	if (!directed || !isotropic)
		return 0;
	for (size_t i = 0; i < n; i++) {
		size_t used = strlen(of[i].kind);

		if (!of[i].f->isotropic || used + 8 > sizeof text)
			continue;
		memcpy(text, of[i].kind, used);
		strcpy(text + used, used ? " trace" : "trace");
		of[i].f->kind = dicom_intern(set->strings, text);
		if (!of[i].f->kind)
			return -1;
	}
	return 0;
}

/* ---- order ---- */

static bool same_number(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

static bool same_weighting(const struct dicom_frame *a, const struct dicom_frame *b)
{
	/* also where nothing says which way the stated numbers point */
	bool same = same_number(a->along[DICOM_BY_BVALUE], b->along[DICOM_BY_BVALUE]) && a->has_gradient == b->has_gradient;

	for (int w = 0; w < 3; w++)
		same = same && a->gradient_stated[w] == b->gradient_stated[w];
	return same;
}

/* Are there weighted images, each with a number, and nothing else in which they differ, as times or echoes? */
static bool wants_order(const struct lying *of, size_t n)
{
	bool weighted = false;

	for (size_t i = 0; i < n; i++) {
		weighted = weighted || of[i].f->along[DICOM_BY_BVALUE] > 0;
		if (isnan(of[i].f->order[DICOM_ORDER_INSTANCE]))
			return false;
		for (int axis = 0; axis < DICOM_AXES; axis++)
			if (axis != DICOM_BY_BVALUE && !same_number(of[i].f->along[axis], of[0].f->along[axis]))
				return false;
	}
	return weighted;
}

static void set_order(struct lying *of, size_t n)
{
	size_t places = 1, each;

	if (!wants_order(of, n))
		return;
	of[0].place = 0;
	for (size_t i = 1; i < n; i++) {
		places += of[i].at - of[i - 1].at > 0.01; /* mm: no two slices are so close, no rounding is so coarse */
		of[i].place = places - 1;
	}
	each = n / places;
	if (each < 2 || n % places)
		return;
	qsort(of, n, sizeof *of, by_number);
	for (size_t i = 0; i < n; i++)
		if (of[i].place != i / each || !same_weighting(of[i].f, of[i % each].f) ||
		    (i % each && compare_number(of[i].f, of[i - 1].f) == 0))
			return;
	for (size_t i = 0; i < n; i++)
		of[i].f->along[DICOM_BY_TIME] = (double)(i % each) + 1;
}

int dicom_diffusion_order(struct dicom_set *set, struct vol_err *err)
{
	int rc = 0;

	for (int pass = 0; pass < 2 && rc == 0; pass++) { /* in the second, traces are series of their own */
		size_t n;
		struct lying *all = lie(set, &n);

		if (!all)
			return vol_fail(err, "", "out of memory");
		qsort(all, n, sizeof *all, by_distance);
		for (size_t first = 0, next; first < n && rc == 0; first = next) {
			for (next = first + 1; next < n && by_series(&all[next], &all[first]) == 0; next++)
				;
			if (pass == 0)
				rc = set_traces_apart(set, all + first, next - first);
			else
				set_order(all + first, next - first);
		}
		free(all);
	}
	return rc < 0 ? vol_fail(err, "", "out of memory") : 0;
}
