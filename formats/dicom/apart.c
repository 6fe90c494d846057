#include "apart_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diffusion.h"

static int by_series(const struct lying *a, const struct lying *b)
{
	int c = a->series == b->series ? 0 : strcmp(a->series, b->series); /* interned */

	return c ? c : a->kind == b->kind ? 0 : strcmp(a->kind, b->kind);
}

int apart_by_place(const struct lying *a, const struct lying *b)
{
	for (int i = 0; i < 9; i++)
		if (a->place[i] != b->place[i])
			return a->place[i] < b->place[i] ? -1 : 1;
	return 0;
}

size_t apart_each(const struct lying *at, size_t n)
{
	size_t each = 1;

	while (each < n && apart_by_place(&at[0], &at[each]) == 0)
		each++;
	return n % each ? 0 : each;
}

static int by_both(const void *va, const void *vb)
{
	const struct lying *a = va, *b = vb;
	int c = by_series(a, b);

	c = c ? c : apart_by_place(a, b);
	return c ? c : (a->f > b->f) - (a->f < b->f);
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

/* Each by the kinds that those before it told. */
static int (*const steps[])(struct dicom_set *, struct lying *, size_t) = {
	apart_pictures, apart_echoes, apart_order,
};

int dicom_tell_apart(struct dicom_set *set, struct vol_err *err)
{
	const char **without = unknown(set);
	int rc = without ? 0 : -1;

	for (size_t step = 0; step < sizeof steps / sizeof *steps && rc >= 0; step++) {
		struct lying *at = NULL;
		size_t n;

		/* diffusion has an order, and kinds, of its own */
		if (steps[step] != apart_order || dicom_diffusion_order(set, err) == 0)
			at = lie(set, &n);
		if (!at) {
			rc = -1;
			break;
		}
		qsort(at, n, sizeof *at, by_both);
		for (size_t first = 0, next; first < n && rc >= 0; first = next) {
			for (next = first + 1; next < n && by_series(&at[next], &at[first]) == 0; next++)
				;
			if (!among(without, at[first].series))
				rc = steps[step](set, at + first, next - first);
		}
		free(at);
	}
	free(without);
	return rc < 0 ? vol_fail(err, "", "out of memory") : 0;
}
