#include "list.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/head.h"

static const struct {
	const char *what, *unit, *many;
} axes[DICOM_AXES] = {
	[DICOM_BY_ECHO] = {"echo", "ms", "echo times"},
	[DICOM_BY_BVALUE] = {"bvalue", "s/mm2", "diffusion weightings"},
	[DICOM_BY_TRIGGER] = {"trigger", "ms", "trigger times"},
	[DICOM_BY_TIME] = {"time", "s", "points in time"},
	[DICOM_BY_INDEX] = {"index", "1", "dimension indices"},
	[DICOM_BY_PASS] = {"acquisition", "1", "acquisitions"},
};

/* ---- comparing ---- */

/* What is not said is equal to itself, and comes first. */
static int compare(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(b) - isnan(a);
	return (a > b) - (a < b);
}

static int compare_gradient(const struct dicom_frame *a, const struct dicom_frame *b)
{
	if (a->has_gradient != b->has_gradient)
		return a->has_gradient - b->has_gradient;
	for (int w = 0; a->has_gradient && w < 3; w++)
		if (a->gradient_stated[w] != b->gradient_stated[w])
			return compare(a->gradient_stated[w], b->gradient_stated[w]);
	return 0;
}

int dicom_compare_along(enum dicom_axis axis, const struct dicom_frame *a, const struct dicom_frame *b)
{
	int c = compare(a->along[axis], b->along[axis]);

	return c || axis != DICOM_BY_BVALUE ? c : compare_gradient(a, b);
}

/* All facts: two frames of one volume are equal. Time first: it is the order in which diffusion was measured. */
static int compare_volume(const struct dicom_frame *a, const struct dicom_frame *b)
{
	int c = 0;

	for (int axis = DICOM_AXES; axis-- > 0 && c == 0;)
		c = dicom_compare_along((enum dicom_axis)axis, a, b);
	return c;
}

struct sorting {
	const struct dicom_set *set;
	int axis; /* DICOM_AXES: all */
};

static int by_facts(const void *va, const void *vb, void *ctx)
{
	const struct sorting *s = ctx;
	size_t i = *(const size_t *)va, j = *(const size_t *)vb;
	const struct dicom_frame *a = &s->set->frames[i], *b = &s->set->frames[j];
	int c = s->axis == DICOM_AXES ? compare_volume(a, b) : dicom_compare_along((enum dicom_axis)s->axis, a, b);

	return c ? c : i < j ? -1 : i > j;
}

/* How many different values a fact has; sorts the frames by it. */
static size_t count(const struct dicom_set *set, size_t *frame, size_t n, int axis)
{
	struct sorting s = {set, axis};
	size_t different = 1;

	qsort_r(frame, n, sizeof *frame, by_facts, &s);
	for (size_t i = 1; i < n; i++) {
		const struct dicom_frame *a = &set->frames[frame[i - 1]], *b = &set->frames[frame[i]];

		different += (axis == DICOM_AXES ? compare_volume(a, b) : dicom_compare_along((enum dicom_axis)axis, a, b)) != 0;
	}
	return different;
}

void dicom_sort_volumes(const struct dicom_set *set, size_t *frame, size_t n)
{
	count(set, frame, n, DICOM_AXES);
}

void dicom_axis_place(enum dicom_axis axis, const struct dicom_frame *f, char *buf, size_t size)
{
	const double *g = f->gradient;
	char digits[32], x[32], y[32], z[32];
	const char *unit = axis == DICOM_BY_TIME ? "" : axes[axis].unit;

	if (isnan(f->along[axis]))
		snprintf(buf, size, "no %s", axes[axis].what);
	else
		snprintf(buf, size, "%s %s%s%s", axes[axis].what, vol_number(digits, f->along[axis]), unit[0] ? " " : "", unit);
	if (axis == DICOM_BY_BVALUE && f->has_gradient)
		snprintf(buf + strlen(buf), size - strlen(buf), " (%s %s %s)", vol_number(x, round(g[0] * 1e3) / 1e3),
		         vol_number(y, round(g[1] * 1e3) / 1e3), vol_number(z, round(g[2] * 1e3) / 1e3));
}

/* ---- the volumes ---- */

static bool same_grid(const struct dicom_geometry *a, const struct dicom_geometry *b)
{
	return a->grid.size[2] == b->grid.size[2] &&
	       grid_corner_distance(&a->grid, &b->grid) <= fmax(a->tolerance_mm, b->tolerance_mm);
}

/* What the volumes differ in: "2 echo times and 10 points in time". */
static void name_facts(const size_t different[DICOM_AXES], char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	for (int a = 0; a < DICOM_AXES; a++)
		if (different[a] > 1 && at < size)
			at += (size_t)snprintf(buf + at, size - at, "%s%zu %s", at ? " and " : "", different[a], axes[a].many);
}

/* The fact that tells all volumes apart; DICOM_AXES: none does. Diffusion may take the time to help. */
static int choose(const size_t different[DICOM_AXES], size_t volumes)
{
	for (int a = 0; a < DICOM_AXES; a++)
		if (different[a] == volumes ||
		    (a == DICOM_BY_BVALUE && different[a] > 1 &&
		     (different[DICOM_BY_TIME] == volumes || different[DICOM_BY_PASS] == volumes)))
			return a;
	return DICOM_AXES;
}

/* Volumes of `each` frames, already one behind the other. False, with the problem in out, when one is not as the first. */
static bool arrange_each(const struct dicom_set *set, size_t *frame, size_t volumes, size_t each, unsigned accept,
                         struct dicom_geometry *out)
{
	struct dicom_geometry g;

	for (size_t v = 0; v < volumes; v++) {
		dicom_arrange_accepting(set, frame + v * each, each, accept, v ? &g : out);
		if (v == 0)
			g = *out;
		if (g.problem == DICOM_REGULAR && same_grid(out, &g))
			continue;
		out->problem = g.problem ? g.problem : DICOM_P_DUPLICATE_POSITION;
		out->step_mm = 0; /* which is that of one volume */
		if (g.problem)
			snprintf(out->detail, sizeof out->detail, "volume %zu of %zu: %.600s", v + 1, volumes, g.detail);
		else
			snprintf(out->detail, sizeof out->detail, "volumes 1 and %zu of %zu do not lie at the same place", v + 1,
			         volumes);
		return false;
	}
	return true;
}

/* Have all volumes as many images? False, with the problem in out: one has fewer, or several at one place, which then more
 * must tell apart than what is known. */
static bool whole(const struct dicom_set *set, size_t *frame, size_t n, size_t volumes, const char *facts,
                  struct dicom_geometry *out)
{
	size_t least = n, most = 0, run = 0;
	struct dicom_geometry g;

	for (size_t i = 1; i <= n; i++) {
		run++;
		if (i < n && compare_volume(&set->frames[frame[i - 1]], &set->frames[frame[i]]) == 0)
			continue;
		dicom_arrange(set, frame + i - run, run, &g);
		if (g.problem == DICOM_P_DUPLICATE_POSITION)
			return false;
		least = run < least ? run : least;
		most = run > most ? run : most;
		run = 0;
	}
	if (least == most)
		return true;
	out->problem = DICOM_P_MISSING_SLICE;
	snprintf(out->detail, sizeof out->detail, "of %zu volumes (%s) one has %zu images, another %zu", volumes, facts, least, most);
	return false;
}

/* The frames as a list; false: with the problem in out. */
static bool make(const struct dicom_set *set, size_t *frame, size_t n, unsigned accept, struct dicom_geometry *out,
                 struct dicom_list *list)
{
	size_t different[DICOM_AXES], volumes;
	char facts[200];
	int axis;

	for (int a = 0; a < DICOM_AXES; a++)
		different[a] = count(set, frame, n, a);
	volumes = count(set, frame, n, DICOM_AXES);
	if (volumes == 1)
		return false;
	axis = choose(different, volumes);
	name_facts(different, facts, sizeof facts);
	if (axis == DICOM_AXES) {
		snprintf(out->detail, sizeof out->detail, "%zu volumes at one place, of %s: one list axis holds one of them", volumes,
		         facts);
		return false;
	}
	if (axis != DICOM_BY_BVALUE)
		count(set, frame, n, axis); /* in the order of the axis */
	if (!whole(set, frame, n, volumes, facts, out) || !arrange_each(set, frame, volumes, n / volumes, accept, out))
		return false;
	*list = (struct dicom_list){volumes, (enum dicom_axis)axis};
	return true;
}

/* Acquisition attributes in which images at one place differ, for the user to know what they are: " (they differ in
 * ConvolutionKernel, FlipAngle)". The frames are sorted by place. */
static void name_differences(const struct dicom_set *set, const size_t *frame, size_t n, char *buf, size_t size)
{
	size_t at = 0, i = 1;

	buf[0] = '\0';
	for (; i < n; i++) {
		const double *p = set->frames[frame[i - 1]].position, *q = set->frames[frame[i]].position;

		if (fabs(p[0] - q[0]) < 1e-3 && fabs(p[1] - q[1]) < 1e-3 && fabs(p[2] - q[2]) < 1e-3)
			break;
	}
	if (i == n)
		return;
	for (size_t a = 0; dicom_acquisition[a].keyword && at + 60 < size; a++)
		if (set->frames[frame[i - 1]].acquisition[a] != set->frames[frame[i]].acquisition[a])
			at += (size_t)snprintf(buf + at, size - at, "%s%s", at ? ", " : " (they differ in ", dicom_acquisition[a].keyword);
	if (at)
		snprintf(buf + at, size - at, ")");
}

void dicom_arrange_list(const struct dicom_set *set, size_t *frame, size_t n, unsigned accept, struct dicom_geometry *out,
                        struct dicom_list *list)
{
	char differ[200];
	size_t at;

	memset(list, 0, sizeof *list);
	dicom_arrange_accepting(set, frame, n, accept, out);
	if (out->problem != DICOM_P_DUPLICATE_POSITION)
		return;
	name_differences(set, frame, n, differ, sizeof differ);
	at = strlen(out->detail);
	snprintf(out->detail + at, sizeof out->detail - at, "%s", differ);
	make(set, frame, n, accept, out, list);
}

/* ---- vol.axis ---- */

/* When a volume began: the earliest of its frames. NAN: not known of all. */
static double began(const struct dicom_set *set, const size_t *frame, size_t n)
{
	double first = INFINITY;

	for (size_t i = 0; i < n; i++) {
		const struct dicom_frame *f = &set->frames[frame[i]];

		if (!f->has_time)
			return NAN;
		first = fmin(first, f->time);
	}
	return first;
}

/* Seconds since the first volume began; false when they do not go up with the axis. */
static bool times(const struct dicom_set *set, const size_t *frame, size_t n, size_t volumes, double *value)
{
	size_t each = n / volumes;
	double start = began(set, frame, each);

	for (size_t v = 0; v < volumes; v++) {
		/* microseconds, as DICOM has them, without the arithmetic's noise */
		value[v] = round((began(set, frame + v * each, each) - start) * 1e6) / 1e6;
		if (!(value[v] >= 0) || (v && !(value[v] > value[v - 1])))
			return false;
	}
	return true;
}

char *dicom_axis_text(const struct dicom_set *set, const size_t *frame, size_t n, const struct dicom_list *list)
{
	const char *unit = axes[list->axis].unit;
	double *value = calloc(list->n, sizeof *value);
	char *text = NULL, digits[32];
	bool known = true;
	size_t size;
	FILE *out = value ? open_memstream(&text, &size) : NULL;

	if (!out) {
		free(value);
		return NULL;
	}
	if (list->axis != DICOM_BY_TIME || !times(set, frame, n, list->n, value)) {
		for (size_t v = 0; v < list->n; v++) {
			value[v] = set->frames[frame[v * (n / list->n)]].along[list->axis];
			known = known && !isnan(value[v]);
		}
		unit = list->axis == DICOM_BY_TIME ? "1" : unit;
	}
	fprintf(out, "%s %s", axes[list->axis].what, unit);
	for (size_t v = 0; v < list->n; v++)
		fprintf(out, " %s", vol_number(digits, value[v]));
	free(value);
	if (fclose(out) != 0 || !known) {
		free(text);
		return NULL;
	}
	return text;
}
