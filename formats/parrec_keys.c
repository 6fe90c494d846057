/* parrec_keys.c - what a PAR file says of its voxels and volumes, as keys. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/keys.h"
#include "parrec.h"

enum { LIST_MAX = 4096 }; /* volumes; values of more would only bloat the header */

static const struct parrec_image *volume(const struct parrec_pick *pick, size_t i)
{
	return pick->image[i * pick->slices];
}

/* ---- values ---- */

/* Display values, DV = PV * RS + RI, or floating point ones, FP = DV / (RS * SS). */
static int pair(const struct parrec_image *image, bool precise, double *slope, double *intercept, const char *subject,
                struct vol_err *err)
{
	double rs = image->v[PARREC_SLOPE], ri = image->v[PARREC_INTERCEPT], ss = image->v[PARREC_SCALE];

	*slope = precise ? 1 / ss : rs;
	*intercept = precise ? ri / (rs * ss) : ri;
	if (!isfinite(*slope) || !isfinite(*intercept) || *slope == 0)
		return vol_fail(err, subject, "line %zu: rescale slope is %g and scale slope %g: no %s values",
		                image->line, rs, ss, precise ? "floating point" : "display");
	return 0;
}

static int set_rescale(const struct parrec_pick *pick, bool precise, struct vol_head *head, const char *subject,
                       struct vol_err *err)
{
	struct vol_rescale r = {pick->n, malloc(pick->n * sizeof *r.slope), malloc(pick->n * sizeof *r.intercept)};
	int rc = r.slope && r.intercept ? 0 : vol_fail(err, subject, "out of memory");

	for (size_t i = 0; rc == 0 && i < pick->n; i++)
		rc = pair(pick->image[i], precise, &r.slope[i], &r.intercept[i], subject, err);
	if (rc == 0) {
		rescale_simplify(&r);
		if (r.n > 1 || r.slope[0] != 1 || r.intercept[0] != 0) {
			rc = key_set(head, err, "unit", "stored");
			if (rc == 0)
				rc = key_set_rescale(head, &r, err);
		}
	}
	rescale_free(&r);
	return rc;
}

/* ---- the list ---- */

enum list {
	BY_DIFFUSION, BY_DYNAMIC, BY_ECHO, BY_PHASE, BY_LABEL, BY_SEQUENCE, LISTS
};

static const struct {
	enum parrec_field number;
	const char *what, *many;
} lists[LISTS] = {
	[BY_DIFFUSION] = {PARREC_B, "bvalue", "diffusion weightings"},
	[BY_DYNAMIC] = {PARREC_DYNAMIC, "dynamic", "dynamics"},
	[BY_ECHO] = {PARREC_ECHO, "echo", "echoes"},
	[BY_PHASE] = {PARREC_PHASE, "phase", "cardiac phases"},
	[BY_LABEL] = {PARREC_LABEL, "label", "labels"},
	[BY_SEQUENCE] = {PARREC_SEQUENCE, "sequence", "sequences"},
};

static int compare_in(enum list l, const struct parrec_image *a, const struct parrec_image *b)
{
	static const enum parrec_field diffusion[] = {PARREC_B_NUMBER, PARREC_GRADIENT, PARREC_B};

	if (l != BY_DIFFUSION) {
		double x = a->v[lists[l].number], y = b->v[lists[l].number];

		return (x > y) - (x < y);
	}
	for (int i = 0; i < 3; i++)
		if (a->v[diffusion[i]] != b->v[diffusion[i]])
			return a->v[diffusion[i]] < b->v[diffusion[i]] ? -1 : 1;
	return (a->repeat > b->repeat) - (a->repeat < b->repeat);
}

static int by_list(const void *a, const void *b, void *list)
{
	return compare_in(*(const enum list *)list, *(const struct parrec_image *const *)a,
	                  *(const struct parrec_image *const *)b);
}

/* How many different ones of each kind the volumes have. -1: out of memory. */
static int count_lists(const struct parrec_pick *pick, size_t n[LISTS])
{
	const struct parrec_image **v = malloc(pick->volumes * sizeof *v);

	if (!v)
		return -1;
	for (enum list l = 0; l < LISTS; l++) {
		n[l] = 1;
		for (size_t i = 0; i < pick->volumes; i++)
			v[i] = volume(pick, i);
		qsort_r(v, pick->volumes, sizeof *v, by_list, &l);
		for (size_t i = 1; i < pick->volumes; i++)
			n[l] += compare_in(l, v[i - 1], v[i]) != 0;
	}
	free(v);
	return 0;
}

/* What tells all volumes apart by itself; LISTS when nothing does. */
static enum list tells_apart(const struct parrec_pick *pick, const size_t n[LISTS])
{
	for (int l = 0; l < LISTS; l++)
		if (n[l] == pick->volumes)
			return (enum list)l;
	return LISTS;
}

static bool ascending(const struct parrec_pick *pick, enum parrec_field field)
{
	for (size_t i = 1; i < pick->volumes; i++)
		if (!(volume(pick, i)->v[field] > volume(pick, i - 1)->v[field]))
			return false;
	return true;
}

/* vol.axis: "time s 0 2 4". Where times are not there, or run back, numbers: "dynamic 1 1 2 3". */
static int set_axis(const struct parrec_pick *pick, enum list l, struct vol_head *head, struct vol_err *err)
{
	enum parrec_field f = lists[l].number;
	const char *what = lists[l].what, *unit = "1";
	char *text = NULL, digits[32];
	size_t len;
	FILE *out;
	int rc;

	if (l == BY_DIFFUSION)
		unit = "s/mm2";
	else if (l == BY_DYNAMIC && ascending(pick, PARREC_BEGIN))
		f = PARREC_BEGIN, what = "time", unit = "s";
	else if (l == BY_PHASE && ascending(pick, PARREC_TRIGGER))
		f = PARREC_TRIGGER, what = "time", unit = "ms";
	else if (l == BY_ECHO && ascending(pick, PARREC_ECHO_TIME))
		f = PARREC_ECHO_TIME, unit = "ms";
	out = open_memstream(&text, &len);
	if (!out)
		return vol_fail(err, "header", "out of memory");
	fprintf(out, "%s %s", what, unit);
	for (size_t i = 0; i < pick->volumes; i++)
		fprintf(out, " %s", vol_number(digits, volume(pick, i)->v[f]));
	rc = fclose(out) == 0 ? key_set(head, err, "axis", "%s", text) : vol_fail(err, "header", "out of memory");
	free(text);
	return rc;
}

/* NRRD's keys for diffusion: the greatest b-value, and a vector for each volume whose square is its share of it.
 * Vectors are along the patient's axes, as the space of the volume is. */
static int set_gradients(const struct parrec_pick *pick, struct vol_head *head, const char *subject,
                         struct vol_err *err)
{
	double most = 0;
	char name[48], text[128], a[32], b[32], c[32];

	for (size_t i = 0; i < pick->volumes; i++) {
		const double *d = volume(pick, i)->v + PARREC_DIRECTION, w = volume(pick, i)->v[PARREC_B];

		most = fmax(most, w);
		if (w > 0 && d[0] == 0 && d[1] == 0 && d[2] == 0) {
			vol_warn(subject, "volume %zu of b-value %g has no direction (a trace?), so that no gradients are "
			                  "carried on: leave it out with par2vol --skip b=%.0f,gradient=%.0f", i, w,
			         volume(pick, i)->v[PARREC_B_NUMBER], volume(pick, i)->v[PARREC_GRADIENT]);
			return 0;
		}
	}
	if (!(most > 0))
		return 0;
	if (key_set_full(head, "modality", "DWMRI", err) < 0 ||
	    key_set_full(head, "DWMRI_b-value", vol_number(a, most), err) < 0)
		return -1;
	for (size_t i = 0; i < pick->volumes; i++) {
		const double *d = volume(pick, i)->v + PARREC_DIRECTION, w = volume(pick, i)->v[PARREC_B];
		double by = w > 0 ? sqrt(w / most) / sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]) : 0;

		/* 0 +: no minus zeros */
		snprintf(text, sizeof text, "%s %s %s", vol_number(a, 0 + by * d[2]), vol_number(b, 0 + by * d[0]),
		         vol_number(c, 0 + by * d[1]));
		snprintf(name, sizeof name, "DWMRI_gradient_%04zu", i);
		if (key_set_full(head, name, text, err) < 0)
			return -1;
	}
	return 0;
}

static int set_list(const struct parrec_pick *pick, const struct parrec_head *h, const struct parrec_choice *choice,
                    struct vol_head *head, const char *subject, struct vol_err *err)
{
	size_t n[LISTS], used = 0;
	char text[256] = "";
	enum list l;

	if (pick->volumes < 2)
		return 0;
	if (count_lists(pick, n) < 0)
		return vol_fail(err, subject, "out of memory");
	l = tells_apart(pick, n);
	if (l == LISTS && !choice->joined) {
		for (int i = 0; i < LISTS; i++)
			if (n[i] > 1)
				used += (size_t)sprintf(text + used, "%s%zu %s", used ? ", " : "", n[i], lists[i].many);
		return vol_fail(err, subject, "has %s, and a volume stream one list only: choose with par2vol --only, or "
		                              "--accept joined for all %zu volumes in a row", text, pick->volumes);
	}
	if (l == LISTS || pick->volumes > LIST_MAX) {
		vol_note(subject, "what tells the %zu volumes apart is not carried on", pick->volumes);
		return 0;
	}
	if (set_axis(pick, l, head, err) < 0)
		return -1;
	return l == BY_DIFFUSION && h->has[PARREC_DIRECTION] ? set_gradients(pick, head, subject, err) : 0;
}

/* ---- acquisition ---- */

static bool same_everywhere(const struct parrec_pick *pick, enum parrec_field field)
{
	for (size_t i = 1; i < pick->n; i++)
		if (pick->image[i]->v[field] != pick->image[0]->v[field])
			return false;
	return true;
}

static int set_acquisition(const struct parrec_pick *pick, const struct parrec_head *h, struct vol_head *head,
                           struct vol_err *err)
{
	static const struct {
		enum parrec_field field;
		const char *key;
	} facts[] = {
		{PARREC_ECHO_TIME, "dicom.EchoTime"}, {PARREC_FLIP, "dicom.FlipAngle"},
		{PARREC_AVERAGES, "dicom.NumberOfAverages"}, {PARREC_THICKNESS, "dicom.SliceThickness"},
	};
	static const char *const component[] = {"MAGNITUDE", "REAL", "IMAGINARY", "PHASE"};
	double type = pick->image[0]->v[PARREC_TYPE];
	char digits[32];

	if (key_set(head, err, "modality", "MR") < 0)
		return -1;
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
		if (pick->image[0]->v[facts[i].field] > 0 && same_everywhere(pick, facts[i].field) &&
		    key_set(head, err, facts[i].key, "%s", vol_number(digits, pick->image[0]->v[facts[i].field])) < 0)
			return -1;
	if (h->repetition_times == 1 && h->repetition_time > 0 &&
	    key_set(head, err, "dicom.RepetitionTime", "%s", vol_number(digits, h->repetition_time)) < 0)
		return -1;
	if (h->position[0] && key_set(head, err, "dicom.PatientPosition", "%s", h->position) < 0)
		return -1;
	if (type >= 0 && type < 4 && same_everywhere(pick, PARREC_TYPE))
		return key_set(head, err, "dicom.ComplexImageComponent", "%s", component[(int)type]);
	return 0;
}

int parrec_keys_set(const struct parrec_pick *pick, const struct parrec_head *h, const struct parrec_choice *choice,
                    struct vol_head *head, const char *subject, struct vol_err *err)
{
	if (set_rescale(pick, choice->precise, head, subject, err) < 0 ||
	    set_list(pick, h, choice, head, subject, err) < 0)
		return -1;
	return set_acquisition(pick, h, head, err);
}
