/* parrec_pick.c - which images of a PAR file make the volume, and in which order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parrec.h"

static const char types[] = PARREC_TYPES;

/* ---- what there is ---- */

static int compare_numbers(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The different numbers of a field, ascending; *n of them. The caller's to free; NULL out of memory. */
static double *different(const struct parrec_image *const *image, size_t count, enum parrec_field field, size_t *n)
{
	double *x = malloc((count + 1) * sizeof *x);

	*n = 0;
	if (!x)
		return NULL;
	for (size_t i = 0; i < count; i++)
		x[i] = image[i]->v[field];
	qsort(x, count, sizeof *x, compare_numbers);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || x[i] != x[i - 1])
			x[(*n)++] = x[i];
	return x;
}

/* "1, 2, 3", or for types "M, P, 11", cut short when there are many. */
static const char *listed(char text[128], const double *x, size_t n, bool type)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		if (len > 100) {
			snprintf(text + len, 128 - len, ", ...");
			break;
		}
		len += type && x[i] >= 0 && x[i] < 4
			? (size_t)sprintf(text + len, "%s%c", i ? ", " : "", types[(int)x[i]])
			: (size_t)sprintf(text + len, "%s%.0f", i ? ", " : "", x[i]);
	}
	return text;
}

static int no_memory(const char *subject, struct vol_err *err)
{
	return vol_fail(err, subject, "out of memory");
}

static size_t keep_only(struct parrec_pick *pick, enum parrec_field field, double number)
{
	size_t n = 0;

	for (size_t i = 0; i < pick->n; i++)
		if (pick->image[i]->v[field] == number)
			pick->image[n++] = pick->image[i];
	return n;
}

static int choose_type(struct parrec_pick *pick, const struct parrec_choice *choice, const char *subject,
                       struct vol_err *err)
{
	size_t n, kept;
	double *x = different(pick->image, pick->n, PARREC_TYPE, &n);
	char text[128], want[128];
	int rc = 0;

	if (!x)
		return no_memory(subject, err);
	if (choice->type < 0 && n > 1) {
		rc = vol_fail(err, subject, "holds images of several types (%s): choose one with par2vol --type",
		              listed(text, x, n, true));
	} else if (choice->type >= 0) {
		kept = keep_only(pick, PARREC_TYPE, choice->type);
		if (kept == 0)
			rc = vol_fail(err, subject, "holds no images of type %s, only %s",
			              listed(want, &(double){choice->type}, 1, true), listed(text, x, n, true));
		pick->n = kept;
	}
	free(x);
	return rc;
}

static int choose_numbers(struct parrec_pick *pick, const struct parrec_choice *choice, const char *subject,
                          struct vol_err *err)
{
	for (int i = 0; i < PARREC_NUMBERS; i++) {
		enum parrec_field f = parrec_numbers[i].field;
		size_t n, kept;
		char text[128];
		double *x;

		if (choice->only[f] < 0)
			continue;
		x = different(pick->image, pick->n, f, &n);
		if (!x)
			return no_memory(subject, err);
		listed(text, x, n, false);
		free(x);
		kept = keep_only(pick, f, choice->only[f]);
		if (kept == 0)
			return vol_fail(err, subject, "holds no images of %s %d, only %s", parrec_numbers[i].name, choice->only[f],
			                text);
		pick->n = kept;
	}
	return 0;
}

/* Leave out images that have all the numbers to skip. */
static int skip_numbers(struct parrec_pick *pick, const struct parrec_choice *choice, const char *subject,
                        struct vol_err *err)
{
	size_t kept = 0;

	if (!choice->skips)
		return 0;
	for (size_t i = 0; i < pick->n; i++) {
		bool out = true;

		for (int f = 0; f < PARREC_FIELDS; f++)
			out &= choice->skip[f] < 0 || pick->image[i]->v[f] == choice->skip[f];
		if (!out)
			pick->image[kept++] = pick->image[i];
	}
	if (kept == 0 || kept == pick->n)
		return vol_fail(err, subject, "%s of its images are what --skip says", kept ? "none" : "all");
	pick->n = kept;
	return 0;
}

/* ---- order ---- */

static int compare(const struct parrec_image *a, const struct parrec_image *b)
{
	for (int i = 0; i < PARREC_NUMBERS; i++) {
		enum parrec_field f = parrec_numbers[i].field;

		if (a->v[f] != b->v[f])
			return a->v[f] < b->v[f] ? -1 : 1;
	}
	/* version 4 has b-values, yet no numbers for them */
	return (a->v[PARREC_B] > b->v[PARREC_B]) - (a->v[PARREC_B] < b->v[PARREC_B]);
}

static int compare_lines(const struct parrec_image *a, const struct parrec_image *b)
{
	return (a->line > b->line) - (a->line < b->line);
}

/* Images with the same slice and the same numbers side by side, as they come in the file. */
static int by_numbers_first(const void *a, const void *b)
{
	const struct parrec_image *x = *(const struct parrec_image *const *)a;
	const struct parrec_image *y = *(const struct parrec_image *const *)b;
	int order = compare(x, y);

	if (order == 0)
		order = (x->v[PARREC_SLICE] > y->v[PARREC_SLICE]) - (x->v[PARREC_SLICE] < y->v[PARREC_SLICE]);
	return order ? order : compare_lines(x, y);
}

static bool same_volume(const struct parrec_image *a, const struct parrec_image *b)
{
	return compare(a, b) == 0 && a->repeat == b->repeat;
}

static int by_volume(const void *a, const void *b)
{
	const struct parrec_image *x = *(const struct parrec_image *const *)a;
	const struct parrec_image *y = *(const struct parrec_image *const *)b;
	int order = compare(x, y);

	if (order == 0)
		order = (x->repeat > y->repeat) - (x->repeat < y->repeat);
	if (order == 0)
		order = (x->v[PARREC_SLICE] > y->v[PARREC_SLICE]) - (x->v[PARREC_SLICE] < y->v[PARREC_SLICE]);
	return order;
}

/* Up to version 4 the directions of diffusion gradients have no numbers: volumes of one b-value then follow
 * each other in the file. Anywhere else two images with the same numbers are a contradiction. */
static int sort(struct parrec_pick *pick, const struct parrec_head *h, struct parrec_image *images, const char *subject,
                struct vol_err *err)
{
	bool repeats = h->diffusion && !h->has[PARREC_GRADIENT];

	qsort(pick->image, pick->n, sizeof *pick->image, by_numbers_first);
	for (size_t i = 1; i < pick->n; i++) {
		const struct parrec_image *a = pick->image[i - 1], *b = pick->image[i];

		if (compare(a, b) != 0 || a->v[PARREC_SLICE] != b->v[PARREC_SLICE])
			continue;
		if (!repeats)
			return vol_fail(err, subject, "lines %zu and %zu are the same image: slice %.0f, with all other "
			                              "numbers alike", a->line, b->line, b->v[PARREC_SLICE]);
		images[b - h->images].repeat = a->repeat + 1;
	}
	qsort(pick->image, pick->n, sizeof *pick->image, by_volume);
	return 0;
}

/* ---- stacks and volumes ---- */

static int by_slice(const void *a, const void *b)
{
	const struct parrec_image *x = *(const struct parrec_image *const *)a;
	const struct parrec_image *y = *(const struct parrec_image *const *)b;
	double p = x->v[PARREC_SLICE], q = y->v[PARREC_SLICE];

	return p != q ? (p > q) - (p < q) : compare_lines(x, y);
}

/* Keep the images of one stack: by their slices, of which one image each, the first, stands for all. */
static int choose_stack(struct parrec_pick *pick, int want, const char *subject, struct vol_err *err)
{
	const struct parrec_image **first = malloc(pick->n * sizeof *first);
	size_t *stack = malloc(pick->n * sizeof *stack), n = 0, stacks, kept = 0, last = 0;
	int rc = 0;

	if (!first || !stack) {
		free(first);
		free(stack);
		return no_memory(subject, err);
	}
	memcpy(first, pick->image, pick->n * sizeof *first);
	qsort(first, pick->n, sizeof *first, by_slice);
	for (size_t i = 0; i < pick->n; i++)
		if (n == 0 || first[i]->v[PARREC_SLICE] != first[n - 1]->v[PARREC_SLICE])
			first[n++] = first[i];
	stacks = parrec_stacks(first, n, stack);
	while (last + 1 < n && stack[last + 1] == 1)
		last++;
	if (want == 0 && stacks > 1)
		rc = vol_fail(err, subject, "its slices are %zu stacks that differ in place or make, the first of slices "
		                            "%.0f to %.0f: choose with par2vol --only stack=N", stacks,
		              first[0]->v[PARREC_SLICE], first[last]->v[PARREC_SLICE]);
	else if ((size_t)want > stacks)
		rc = vol_fail(err, subject, "has %zu %s of slices, no stack %d", stacks, stacks > 1 ? "stacks" : "stack",
		              want);
	/* the slices of a stack follow each other */
	for (size_t i = 0; rc == 0 && want && i < pick->n; i++)
		for (size_t lo = 0, hi = n; lo < hi;) {
			size_t mid = (lo + hi) / 2;
			double s = first[mid]->v[PARREC_SLICE], x = pick->image[i]->v[PARREC_SLICE];

			if (s == x) {
				if (stack[mid] == (size_t)want)
					pick->image[kept++] = pick->image[i];
				break;
			}
			if (s < x)
				lo = mid + 1;
			else
				hi = mid;
		}
	if (want)
		pick->n = kept;
	free(first);
	free(stack);
	return rc;
}

static int truncated(const struct parrec_pick *pick, const struct parrec_image *volume, size_t have, size_t whole,
                     size_t volumes, const char *subject, struct vol_err *err)
{
	return vol_fail(err, subject, "dynamic %.0f, echo %.0f has %zu of %zu slices; %zu of %zu volumes are complete: "
	                              "par2vol --accept partial leaves out the others", volume->v[PARREC_DYNAMIC],
	                volume->v[PARREC_ECHO], have, pick->slices, whole, volumes);
}

/* Sorted images to complete volumes only. */
static int choose_complete(struct parrec_pick *pick, const struct parrec_choice *choice, const char *subject,
                           struct vol_err *err)
{
	size_t n, kept = 0, all = 0, short_of = 0;
	const struct parrec_image *partial = NULL;
	double *slices = different(pick->image, pick->n, PARREC_SLICE, &pick->slices);

	if (!slices)
		return no_memory(subject, err);
	free(slices);
	for (size_t i = 0; i < pick->n; i += n) {
		const struct parrec_image *volume = pick->image[i];

		for (n = 1; i + n < pick->n && same_volume(volume, pick->image[i + n]); n++)
			;
		all++;
		if (n == pick->slices) {
			memmove(pick->image + kept, pick->image + i, n * sizeof *pick->image);
			kept += n;
		} else if (!partial) {
			partial = volume;
			short_of = n;
		}
	}
	pick->volumes = kept / pick->slices;
	if (partial && (!choice->partial || kept == 0))
		return truncated(pick, partial, short_of, pick->volumes, all, subject, err);
	if (partial)
		vol_warn(subject, "%zu of %zu volumes are not complete and left out", all - pick->volumes, all);
	pick->n = kept;
	return 0;
}

/* What is missing without a trace: the header says how much there should be. */
static int check_counts(const struct parrec_pick *pick, const struct parrec_head *h, const struct parrec_choice *choice,
                        const char *subject, struct vol_err *err)
{
	size_t slices, dynamics;
	double *s = different(pick->image, pick->n, PARREC_SLICE, &slices);
	double *d = different(pick->image, pick->n, PARREC_DYNAMIC, &dynamics);
	struct vol_err why = {.what = ""};

	free(s);
	free(d);
	if (!s || !d)
		return no_memory(subject, err);
	if (!h->ended)
		vol_fail(&why, subject, "does not come to its '# === END OF DATA DESCRIPTION FILE'");
	else if (slices < (size_t)h->slices)
		vol_fail(&why, subject, "has %zu of %d slices", slices, h->slices);
	else if (dynamics < (size_t)h->dynamics && choice->only[PARREC_DYNAMIC] < 0)
		vol_fail(&why, subject, "has %zu of %d dynamics", dynamics, h->dynamics);
	if (!why.what[0])
		return 0;
	if (!choice->partial)
		return vol_fail(err, subject, "%s: par2vol --accept partial takes what is complete", why.what);
	vol_warn(subject, "%s", why.what);
	return 0;
}

/* Two lines for one image of the REC file: one of them is wrong. */
static int check_indices(const struct parrec_pick *pick, const char *subject, struct vol_err *err)
{
	size_t n;
	double *x = different(pick->image, pick->n, PARREC_INDEX, &n);
	bool negative = x && x[0] < 0;

	free(x);
	if (!x)
		return no_memory(subject, err);
	if (negative)
		return vol_fail(err, subject, "an index in the REC file is negative");
	if (n < pick->n)
		return vol_fail(err, subject, "%zu lines stand for %zu images of the REC file", pick->n, n);
	return 0;
}

int parrec_pick_images(struct parrec_pick *pick, struct parrec_head *h, const struct parrec_choice *choice,
                       const char *subject, struct vol_err *err)
{
	memset(pick, 0, sizeof *pick);
	pick->image = malloc(h->n * sizeof *pick->image);
	if (!pick->image)
		return no_memory(subject, err);
	for (pick->n = 0; pick->n < h->n; pick->n++)
		pick->image[pick->n] = &h->images[pick->n];
	if (check_indices(pick, subject, err) < 0 || check_counts(pick, h, choice, subject, err) < 0 ||
	    choose_type(pick, choice, subject, err) < 0 || choose_numbers(pick, choice, subject, err) < 0 ||
	    skip_numbers(pick, choice, subject, err) < 0 || choose_stack(pick, choice->stack, subject, err) < 0 ||
	    sort(pick, h, h->images, subject, err) < 0 || choose_complete(pick, choice, subject, err) < 0) {
		free(pick->image);
		pick->image = NULL;
		return -1;
	}
	return 0;
}
