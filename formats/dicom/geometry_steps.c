/* geometry_steps.c - geometry.h's distances between slices, and what is wrong with them. */
#include "geometry_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static int measure_steps(const struct stack *s, struct steps *t)
{
	size_t n = s->n - 1, plain = 0;
	double *step = calloc(n, sizeof *step);

	if (!step)
		return stack_wrong(s->out, DICOM_P_UNSUPPORTED, "out of memory");
	for (size_t i = 0; i < n; i++)
		step[i] = s->at[i + 1] - s->at[i];
	qsort(step, n, sizeof *step, compare_double);
	*t = (struct steps){step[n / 2], step[0], step[n - 1], step[n / 4], 0};
	/* with as many holes as not, the plain ones are still the small ones */
	for (size_t i = 0; i < n && step[i] < 1.5 * step[n / 4]; i++, plain++)
		t->base += step[i];
	t->base /= (double)(plain ? plain : 1);
	free(step);
	return 0;
}

/* Slices that would make the stack regular were they there. */
struct holes {
	size_t places, slices, first; /* how many holes, slices in them; the slice before the first */
};

/* Number the slices by whole steps of about `base`: is that a straight line? Then what lacks are
 * slices. The same tolerance as for a whole stack. */
static bool find_holes(const struct stack *s, double base, struct holes *h)
{
	double k = 0, n = (double)s->n, sum_k = 0, sum_at = 0, sum_kk = 0, sum_kat = 0, step, start;

	memset(h, 0, sizeof *h);
	for (size_t i = 0; i < s->n; i++) {
		double times = i ? round((s->at[i] - s->at[i - 1]) / base) : 0;

		if (i && (times < 1 || times > 1e6))
			return false;
		if (times > 1) {
			h->first = h->places++ ? h->first : i - 1;
			h->slices += (size_t)times - 1;
		}
		k += times;
		sum_k += k;
		sum_at += s->at[i] - s->at[0];
		sum_kk += k * k;
		sum_kat += k * (s->at[i] - s->at[0]);
	}
	step = (n * sum_kat - sum_k * sum_at) / (n * sum_kk - sum_k * sum_k);
	start = s->at[0] + (sum_at - step * sum_k) / n;
	k = 0;
	for (size_t i = 0; i < s->n; i++) {
		k += i ? round((s->at[i] - s->at[i - 1]) / base) : 0;
		if (fabs(s->at[i] - start - step * k) > fmin(TOLERANCE_MM, 0.1 * step))
			return false;
	}
	return h->places > 0;
}

/* The step of a regular grid for slices that need not be regular: that of all but the holes; where it is no matter of
 * holes, one that keeps the detail of the closer ones, but not of a few that are closer than all others. */
int stack_find_step(struct stack *s)
{
	struct holes h;

	if (measure_steps(s, &s->steps) < 0)
		return -1;
	s->out->step_mm = find_holes(s, s->steps.base, &h) ? s->steps.base : s->steps.quarter;
	return 0;
}

int stack_irregular(const struct stack *s)
{
	struct steps t = s->steps;
	struct holes h;
	size_t close = 0, closest = 0;
	char a[32], b[32], c[32];

	/* a stack in which many steps are double has two spacings rather than holes */
	if (find_holes(s, t.base, &h) && h.places * 4 <= s->n + 2)
		return stack_wrong(s->out, DICOM_P_MISSING_SLICE, "%zu %s missing%s between %s and %s mm (step %s mm)",
		             h.slices, h.slices > 1 ? "slices" : "slice", h.places > 1 ? ", the first" : "",
		             stack_mm(a, s->at[h.first]), stack_mm(b, s->at[h.first + 1]), stack_mm(c, t.base));
	for (size_t i = 0; i + 1 < s->n; i++) {
		close += s->at[i + 1] - s->at[i] < 0.75 * t.median;
		if (s->at[i + 1] - s->at[i] < s->at[closest + 1] - s->at[closest])
			closest = i;
	}
	/* with wide steps besides, it is not the close ones that are in the way */
	if (close && close * 4 <= s->n + 2 && t.most < 1.5 * t.median)
		return stack_wrong(s->out, DICOM_P_OVERLAPPING_SLICES,
		             "slices at %s and %s mm lie closer than the others (step %s mm)",
		             stack_mm(a, s->at[closest]), stack_mm(b, s->at[closest + 1]), stack_mm(c, t.median));
	return stack_wrong(s->out, DICOM_P_IRREGULAR_SPACING, "distance between slices varies from %s to %s mm",
	             stack_mm(a, t.least), stack_mm(b, t.most));
}
