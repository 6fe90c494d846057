#include "repair.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pixels.h"

enum {
	REGRIDDED = 1 << DICOM_P_MISSING_SLICE | 1 << DICOM_P_OVERLAPPING_SLICES | 1 << DICOM_P_IRREGULAR_SPACING,
	/* a result so much larger is no repair: a position is wrong */
	MOST_WIDER = 8, MOST_MORE = 20, ALWAYS = 1000
};

bool dicom_repair_accept(const char *list, unsigned *accept, char *why, size_t size)
{
	*accept = 0;
	for (const char *at = list, *next; at; at = next) {
		size_t n = strcspn(at, ",");
		enum dicom_problem p = dicom_problem_named(at, n);

		next = at[n] ? at + n + 1 : NULL;
		*accept |= 1u << p;
		if (p != DICOM_REGULAR && (1u << p) & DICOM_ACCEPTABLE)
			continue;
		snprintf(why, size, "%.*s: %s", (int)(n < 40 ? n : 40), at,
		         p == DICOM_REGULAR ? "no such reason: it is the name in brackets that the error printed"
		                            : "cannot be accepted: there would be no volume, or a guessed one");
		return false;
	}
	return true;
}

struct work {
	const struct dicom_set *set;
	const struct dicom_series *series;
	struct straight *plan;
	double slope[3];        /* of the result's line */
	double *at;             /* of each slice, mm along the normal from the first */
	size_t made, unused;    /* slices of the result that were interpolated; slices that none is made of */
};

static const double *position_of(const struct work *w, size_t i)
{
	return w->set->frames[w->series->frame[i]].position;
}

static double dot(const double a[3], const double b[3])
{
	return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Where the result's first slice would begin: on the line that fits all slices. Untilted, or where the first one lies on
 * it, that is the first one's place. */
static void find_origin(const struct work *w, double origin[3])
{
	const struct dicom_geometry *g = &w->series->geometry;
	const double *first = position_of(w, 0);
	double n = (double)w->plan->n, mean[3] = {0}, along = 0, off = 0;

	memcpy(origin, first, 3 * sizeof *origin);
	if (dot(g->slope, g->slope) > 0 && dot(w->slope, w->slope) == 0)
		return; /* untilted */
	for (size_t i = 0; i < w->plan->n; i++) {
		along += w->at[i] / n;
		for (int a = 0; a < 3; a++)
			mean[a] += position_of(w, i)[a] / n;
	}
	for (int a = 0; a < 3; a++)
		mean[a] -= along * (g->normal[a] + w->slope[a]);
	for (int a = 0; a < 3; a++)
		off = fmax(off, fabs(mean[a] - first[a]));
	if (off > 1e-3)
		memcpy(origin, mean, sizeof mean);
}

/* Where each slice lies in the plane against the result's line, and the frame that holds them all. */
static void find_shifts(struct work *w, const double origin[3], bool exactly)
{
	const struct dicom_geometry *g = &w->series->geometry;
	struct straight *p = w->plan;

	for (int axis = 0; axis < 2; axis++) {
		const double *d = g->grid.direction[axis];
		double least = 0, most = 0;

		for (size_t i = 0; i < p->n; i++) {
			double off[3], s;

			for (int a = 0; a < 3; a++)
				off[a] = position_of(w, i)[a] - origin[a] - w->at[i] * (g->normal[a] + w->slope[a]);
			s = dot(off, d) / dot(d, d);
			/* what the positions' rounding moves is no shift */
			if (fabs(s) < 1e-6 || (!exactly && sqrt(dot(off, off)) <= g->tolerance_mm))
				s = 0;
			p->shift[i][axis] = s;
			least = fmin(least, s);
			most = fmax(most, s);
		}
		p->lo[axis] = (int64_t)floor(least + 1e-3);
		p->grid.size[axis] = g->grid.size[axis] + (uint64_t)((int64_t)ceil(most - 1e-3) - p->lo[axis]);
	}
}

/* What the result's slices are made of; there are two or more to make them of. */
static void find_slices(struct work *w, double step)
{
	struct straight *p = w->plan;
	double near = w->series->geometry.tolerance_mm;
	size_t i = 0, used = 0;

	for (size_t k = 0; k < p->m; k++) {
		double at = step * (double)k;

		while (i + 2 < p->n && w->at[i + 1] <= at)
			i++;
		p->below[k] = i;
		if (at - w->at[i] <= near) {
			p->weight[k] = 0;
		} else if (w->at[i + 1] - at <= near) {
			p->below[k] = i + 1;
		} else {
			p->weight[k] = (at - w->at[i]) / (w->at[i + 1] - w->at[i]);
			w->made++;
		}
		for (size_t last = p->below[k] + (p->weight[k] > 0); used <= last; used++)
			w->unused += used < p->below[k];
	}
}

/* Which slices of the result were interpolated: " 3 7-9". */
static void print_made(FILE *f, const struct straight *p)
{
	for (size_t k = 0, end; k < p->m; k = end) {
		end = k + 1;
		if (p->weight[k] == 0)
			continue;
		while (end < p->m && p->weight[end] > 0)
			end++;
		fprintf(f, end - k > 1 ? " %zu-%zu" : " %zu", k, end - 1);
	}
}

static int tell(const struct work *w, bool regridded, double step, double degrees, const char *subject, char **record,
                struct vol_err *err)
{
	size_t size;
	FILE *f = open_memstream(record, &size);

	if (!f)
		return vol_fail(err, subject, "out of memory");
	if (degrees > 0)
		fprintf(f, "untilted: sheared back by %.2f degrees%s", degrees, regridded ? "; " : "");
	if (regridded) {
		fprintf(f, "regridded: %zu slices every %.7g mm from %zu, %zu interpolated", w->plan->m, step, w->plan->n,
		        w->made);
		if (w->made)
			fprintf(f, " (from 0):");
		print_made(f, w->plan);
		if (w->unused)
			fprintf(f, "; %zu lie too close and are not used", w->unused);
	}
	if (fclose(f) != 0 || !*record)
		return vol_fail(err, subject, "out of memory");
	return 0;
}

static int plan_it(struct work *w, const struct dicom_repair *how, bool regridded, const char *subject, char **record,
                   struct vol_err *err)
{
	const struct dicom_geometry *g = &w->series->geometry;
	struct straight *p = w->plan;
	double span, step = p->n > 1 && !regridded ? dot(g->grid.direction[2], g->normal) : 0, origin[3];
	bool upright = how->untilt && g->shear_degrees > 0;

	w->at = calloc(p->n, sizeof *w->at);
	p->shift = calloc(p->n, sizeof *p->shift);
	if (!w->at || !p->shift)
		return vol_fail(err, subject, "out of memory");
	for (size_t i = 0; i < p->n; i++)
		w->at[i] = dot(position_of(w, i), g->normal) - dot(position_of(w, 0), g->normal);
	span = w->at[p->n - 1];
	if (regridded) {
		if (!(span / g->step_mm < (double)p->n * MOST_MORE + ALWAYS))
			return vol_fail(err, subject, "%zu slices over %.7g mm: a regular grid every %.7g mm would be mostly "
			                "invented", p->n, span, g->step_mm);
		p->m = (size_t)rint(span / g->step_mm) + 1;
		step = span / (double)(p->m - 1);
	} else {
		p->m = p->n;
	}
	p->below = calloc(p->m, sizeof *p->below);
	p->weight = calloc(p->m, sizeof *p->weight);
	if (!p->below || !p->weight)
		return vol_fail(err, subject, "out of memory");
	if (!upright)
		memcpy(w->slope, g->slope, sizeof w->slope);
	p->grid = g->grid;
	find_origin(w, origin);
	find_shifts(w, origin, upright);
	for (int axis = 0; axis < 2; axis++)
		if (p->grid.size[axis] > g->grid.size[axis] * MOST_WIDER + ALWAYS)
			return vol_fail(err, subject, "slices lie %.7g mm apart sideways: too far to be one volume",
			                (double)(p->grid.size[axis] - g->grid.size[axis]) * grid_spacing(&g->grid, axis));
	p->grid.size[2] = p->m;
	for (int a = 0; a < 3; a++) {
		p->grid.direction[2][a] = step * (g->normal[a] + w->slope[a]);
		/* from first to last, where they lie on the line, without the arithmetic's noise */
		if (regridded && !upright && memcmp(origin, position_of(w, 0), sizeof origin) == 0)
			p->grid.direction[2][a] = (position_of(w, p->n - 1)[a] - origin[a]) / (double)(p->m - 1);
		p->grid.origin[a] = origin[a] + (double)p->lo[0] * p->grid.direction[0][a] +
		                    (double)p->lo[1] * p->grid.direction[1][a];
	}
	if (regridded)
		find_slices(w, step);
	for (size_t k = 0; !regridded && k < p->m; k++)
		p->below[k] = k;
	return tell(w, regridded, step, upright ? g->shear_degrees : 0, subject, record, err);
}

int dicom_repair(const struct dicom_set *set, struct dicom_series *series, const struct dicom_repair *how,
                 const char *subject, struct straight *plan, char **record, struct vol_err *err)
{
	struct dicom_geometry *g = &series->geometry;
	struct work w = {.set = set, .series = series, .plan = plan};
	unsigned accept = how->accept & ~(how->regrid ? REGRIDDED : 0u);
	bool regridded;
	int rc;

	memset(plan, 0, sizeof *plan);
	*record = NULL;
	if (accept & 1u << g->problem)
		dicom_arrange_list(set, series->frame, series->n_frames, accept, g, &series->list);
	regridded = how->regrid && REGRIDDED & 1u << g->problem && g->step_mm > 0;
	if (!regridded && (g->problem != DICOM_REGULAR || !how->untilt || g->shear_degrees == 0))
		return 0;
	if (dicom_pixels_channels(&set->frames[series->frame[0]].pixels) > 1)
		return vol_fail(err, subject, "colours are not interpolated: what lies between two of them is a matter of choice");
	plan->n = series->n_frames / (series->list.n ? series->list.n : 1);
	rc = plan_it(&w, how, regridded, subject, record, err);
	free(w.at);
	if (rc < 0)
		return -1;
	g->problem = DICOM_REGULAR;
	memcpy(g->grid.direction[2], plan->grid.direction[2], sizeof g->grid.direction[2]);
	return 0;
}
