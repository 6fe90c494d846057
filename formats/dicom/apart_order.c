/* apart_order.c - volumes at one place, told apart by the order in which their images were made. */
#include <math.h>
#include <stdlib.h>

#include "apart_inside.h"

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
	if (a->has_gradient != b->has_gradient)
		return false;
	for (int w = 0; a->has_gradient && w < 3; w++)
		if (a->gradient[w] != b->gradient[w])
			return false;
	return true;
}

static bool same_number(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

/* The frames at[0..n), sorted by place: as many at each, some of which nothing tells apart, and none of which says when it was
 * taken? Then how many at each; 0: no, there is nothing to be done. */
static size_t untold(const struct lying *at, size_t n)
{
	size_t each = apart_each(at, n);
	bool alike = false;

	if (each < 2)
		return 0;
	for (size_t i = 0; i < n; i++) {
		const struct dicom_frame *f = at[i].f;

		if (apart_by_place(&at[i], &at[i - i % each]) != 0 || !same_number(f->along[DICOM_BY_TIME], at[0].f->along[DICOM_BY_TIME]))
			return 0;
		if (i % each == 0 && i && apart_by_place(&at[i], &at[i - 1]) == 0)
			return 0;
		for (size_t k = i - i % each; k < i && !alike; k++) {
			alike = same_gradient(f, at[k].f);
			for (int a = 0; alike && a < DICOM_AXES; a++)
				alike = same_number(f->along[a], at[k].f->along[a]);
		}
	}
	return alike ? each : 0;
}

#define INDEX "DimensionIndexValues (0020,9157)"

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
	{DICOM_ORDER_INDEX, DICOM_BY_INDEX, true, INDEX},
	{DICOM_ORDER_INDEX + 1, DICOM_BY_INDEX, true, INDEX},
	{DICOM_ORDER_INDEX + 2, DICOM_BY_INDEX, true, INDEX},
	{DICOM_ORDER_INDEX + 3, DICOM_BY_INDEX, true, INDEX},
	{DICOM_ORDER_INDEX + 4, DICOM_BY_INDEX, true, INDEX},
	{DICOM_ORDER_INDEX + 5, DICOM_BY_INDEX, true, INDEX},
	{DICOM_ORDER_CONTENT, DICOM_BY_TIME, false, "ContentTime (0008,0033)"},
	{DICOM_ORDER_INSTANCE, DICOM_BY_TIME, false, "InstanceNumber (0020,0013)"},
};

enum { KINDS_OF_ORDER = sizeof orders / sizeof *orders };

/* Which of the orders; KINDS_OF_ORDER: none. Images of one place alone may be slices whose places were lost: there the scanner
 * has to say how many there are, unless the heart's phase tells them apart. */
static size_t choose(const struct lying *at, size_t n, size_t each, size_t *index, size_t *scratch)
{
	bool stated = as_stated(at, n, each);

	for (size_t k = 0; k < KINDS_OF_ORDER; k++)
		if ((n > each || stated || orders[k].which == DICOM_ORDER_TRIGGER) && sort_places(at, n, each, orders[k].which, index) &&
		    same_values(at, n, each, orders[k].which, index))
			return k;
	if (stated && sort_places(at, n, each, DICOM_ORDER_INSTANCE, index) && runs(at, n, each, index, scratch))
		return KINDS_OF_ORDER - 1;
	return KINDS_OF_ORDER;
}

int apart_order(struct dicom_set *set, struct lying *at, size_t n)
{
	size_t each = untold(at, n), *index, k;

	(void)set;
	if (!each)
		return 0;
	index = calloc(n, 2 * sizeof *index);
	if (!index)
		return -1;
	k = choose(at, n, each, index, index + n);
	for (size_t i = 0; k < KINDS_OF_ORDER && i < n; i++) {
		struct dicom_frame *f = at[index[i]].f;

		f->along[orders[k].axis] = orders[k].itself ? order_of(f, orders[k].which) : (double)(i % each + 1);
		f->told = orders[k].name;
	}
	free(index);
	return 0;
}
