/* minc_mean.c - what a MINC file of either version means as a stream. */
#include "minc.h"

#include <math.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/keys.h"

enum { AXIS_MAX = 4096 }; /* more entries would only bloat the header */

/* ---- which dimension is what ---- */

static const char *const space_name[] = {"xspace", "yspace", "zspace"};

static int space_of(const char *name)
{
	for (int w = 0; w < 3; w++)
		if (strcmp(name, space_name[w]) == 0)
			return w;
	return -1;
}

/* A dimension that has no place among the axes. One of a single entry says nothing and may go. */
static int take_other(struct minc_file *f, int d, struct minc_walk *w, struct vol_err *err)
{
	const struct minc_dim *dim = &f->dim[d];
	bool vector = strcmp(dim->name, "vector_dimension") == 0;

	if (vector && f->type == VOXEL_UINT8 && (dim->size == 3 || dim->size == 4)) {
		w->colour = d;
		return 0;
	}
	if (!vector && strcmp(dim->name, "time") != 0)
		return vol_fail(err, f->name, "has a dimension \"%s\": space, time and vectors are read only", dim->name);
	if (w->list >= 0 && dim->size > 1 && f->dim[w->list].size > 1)
		return vol_fail(err, f->name, "has both time and vectors: beside x, y and z there is room for one more "
		                              "axis only: take one apart with mincreshape first");
	if (w->list < 0 || dim->size > 1)
		w->list = d;
	return 0;
}

/* The stream's axes are the file's, fastest first: nothing is turned, whatever the order. */
static int take_dims(struct minc_file *f, struct minc_walk *w, struct vol_err *err)
{
	int found = 0, spaces = 0;
	bool seen[3] = {false};

	w->f = f;
	w->list = w->colour = -1;
	for (int d = 0; d < f->dims; d++)
		spaces += space_of(f->dim[d].name) >= 0;
	if (spaces < 2 || spaces > 3)
		return vol_fail(err, f->name, "has %d of the dimensions xspace, yspace, zspace", spaces);
	w->space[2] = -1;
	for (int d = f->dims - 1; d >= 0; d--) {
		int s = space_of(f->dim[d].name);

		if (f->dim[d].size < 1)
			return vol_fail(err, f->name, "has no voxels: the length of %s is 0", f->dim[d].name);
		if (s >= 0 && seen[s])
			return vol_fail(err, f->name, "has two dimensions %s", f->dim[d].name);
		if (s >= 0) {
			seen[s] = true;
			w->space[found++] = d;
		} else if (take_other(f, d, w, err) < 0) {
			return -1;
		}
	}
	for (int a = 0; a < 3; a++)
		w->size[a] = w->space[a] >= 0 ? f->dim[w->space[a]].size : 1;
	w->lists = w->list >= 0 ? f->dim[w->list].size : 1;
	w->channels = w->colour >= 0 ? f->dim[w->colour].size : 1;
	return 0;
}

/* ---- where the voxels are ---- */

static int length_unit(const struct minc_dim *dim, const char *subject, double *mm)
{
	static const struct {
		const char *name;
		double mm;
	} units[] = {{"", 1}, {"mm", 1}, {"millimeter", 1}, {"millimeters", 1}, {"millimetre", 1}, {"millimetres", 1},
	             {"cm", 10}, {"m", 1000}, {"um", 1e-3}};

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strcmp(dim->unit, units[i].name) == 0) {
			*mm = units[i].mm;
			return 0;
		}
	vol_warn(subject, "the unit of %s is \"%s\", no length: taken as mm", dim->name, dim->unit);
	*mm = 1;
	return 0;
}

/* Directions are unit vectors, as volume_io has it: a length in them would be a second spacing. Only rounding is
 * left as it is. */
static int unit_vector(double v[3], const char *what, const char *subject, struct vol_err *err)
{
	double length = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);

	if (!(length > 0 && isfinite(length)))
		return vol_fail(err, subject, "the direction cosines of %s are no direction", what);
	if (fabs(length - 1) < 1e-6)
		return 0;
	vol_warn(subject, "the direction cosines of %s have length %g: made 1", what, length);
	for (int i = 0; i < 3; i++)
		v[i] /= length;
	return 0;
}

/* World coordinates: the sum over x, y, z of (start + step * index) * cosines, RAS. */
static int take_grid(struct minc_file *f, const struct minc_walk *w, struct vol_grid *g, struct vol_err *err)
{
	bool stated = false, seen[3] = {false};

	memset(g, 0, sizeof *g);
	for (int a = 0; a < 3; a++) {
		struct minc_dim missing = {.step = 1}, *dim = w->space[a] >= 0 ? &f->dim[w->space[a]] : &missing;
		double mm;
		int s = w->space[a] >= 0 ? space_of(dim->name) : !seen[0] ? 0 : !seen[1] ? 1 : 2;

		seen[s] = true;
		if (dim == &missing) {
			missing.cosine[s] = 1;
			vol_warn(f->name, "has no %s: taken as one slice of 1 mm at 0", space_name[s]);
		}
		if (dim->irregular && dim->size > 1)
			return vol_fail(err, f->name, "%s is irregularly spaced, which a volume stream cannot hold: resample "
			                              "it with mincresample first", space_name[s]);
		if (length_unit(dim, f->name, &mm) < 0 || unit_vector(dim->cosine, space_name[s], f->name, err) < 0)
			return -1;
		stated = stated || dim->stated;
		g->size[a] = w->size[a];
		for (int i = 0; i < 3; i++) {
			double sign = i < 2 ? -mm : mm;

			/* + 0: no "-0" */
			g->direction[a][i] = sign * dim->step * dim->cosine[i] + 0;
			g->origin[i] += sign * dim->start * dim->cosine[i] + 0;
		}
	}
	if (!stated)
		vol_warn(f->name, "does not say where it is: steps taken as 1 mm, starts as 0");
	return grid_check(g, f->name, err);
}

/* ---- the list axis ---- */

static int take_times(const struct minc_file *f, const struct minc_walk *w, struct vol_head *head, struct vol_err *err)
{
	const struct minc_dim *dim = &f->dim[w->list];
	bool ms = strcmp(dim->unit, "ms") == 0 || strcmp(dim->unit, "msec") == 0;
	bool s = strcmp(dim->unit, "s") == 0 || strncmp(dim->unit, "sec", 3) == 0;
	char *text = NULL, number[32];
	size_t len;
	FILE *out;
	int rc;

	if (strcmp(dim->name, "time") != 0 || !(s || ms) || (dim->irregular && !f->times))
		return 0;
	if (dim->size > AXIS_MAX || (!dim->irregular && !(dim->step > 0))) {
		vol_note(f->name, "times of the %llu volumes are not carried on", (unsigned long long)dim->size);
		return 0;
	}
	out = open_memstream(&text, &len);
	if (!out)
		return vol_fail(err, f->name, "out of memory");
	fprintf(out, "time %s", ms ? "ms" : "s");
	for (uint64_t i = 0; i < dim->size; i++) {
		double t = dim->irregular ? f->times[i] : dim->start + (double)i * dim->step;

		if (!isfinite(t))
			t = 0;
		fprintf(out, " %s", vol_number(number, t));
	}
	rc = fclose(out) == 0 ? key_set(head, err, "axis", "%s", text) : vol_fail(err, f->name, "out of memory");
	free(text);
	return rc;
}

/* ---- what the values mean ---- */

/* Entries of lo and hi from one index of dimension d to the next; 0: they do not tell them apart. */
static size_t range_stride(const struct minc_file *f, int d)
{
	size_t stride = 1;

	if (d < 0 || d >= f->range_dims)
		return 0;
	for (int i = d + 1; i < f->range_dims; i++)
		stride *= (size_t)f->dim[i].size;
	return stride;
}

/* The first entry of the slice; -1 with err when its rows (or colours) differ in theirs. */
static int64_t slice_range(const struct minc_file *f, const struct minc_walk *w, uint64_t t, uint64_t z,
                           struct vol_err *err)
{
	size_t base = (size_t)t * range_stride(f, w->list) + (size_t)z * range_stride(f, w->space[2]);
	const int inner[] = {w->space[1], w->space[0], w->colour};

	for (int i = 0; i < 3; i++) {
		size_t stride = range_stride(f, inner[i]);

		for (uint64_t k = 1; stride && k < f->dim[inner[i]].size; k++)
			if (f->lo[base + k * stride] != f->lo[base] || f->hi[base + k * stride] != f->hi[base])
				return vol_fail(err, f->name, "image-min and image-max differ along %s within a slice, which a "
				                              "volume stream cannot hold: order the dimensions otherwise with "
				                              "mincreshape", f->dim[inner[i]].name);
	}
	return (int64_t)base;
}

/* A slice whose range is one value has no slope: what is stored in it means nothing. It is given as 0, which a
 * slope of 1 takes to that value. */
static int take_pair(const struct minc_file *f, size_t entry, double *slope, double *intercept, bool *flat,
                     struct vol_err *err)
{
	double lo = f->lo[entry], hi = f->hi[entry];

	if (!isfinite(lo) || !isfinite(hi))
		return vol_fail(err, f->name, "image-min or image-max is not finite");
	*slope = (hi - lo) / (f->valid[1] - f->valid[0]);
	*intercept = lo - *slope * f->valid[0];
	*flat = *slope == 0;
	if (*flat)
		*slope = 1;
	if (!isfinite(*slope) || !isfinite(*intercept))
		return vol_fail(err, f->name, "image-min and image-max are too far apart");
	return 0;
}

static int fill_pairs(const struct minc_file *f, struct minc_walk *w, struct vol_rescale *r, bool *flat,
                      struct vol_err *err)
{
	uint64_t z_size = r->n > 1 ? w->size[2] : 1;

	for (size_t i = 0; i < r->n; i++) {
		int64_t entry = slice_range(f, w, i / z_size, i % z_size, err);

		if (entry < 0 || take_pair(f, (size_t)entry, &r->slope[i], &r->intercept[i], &flat[i], err) < 0)
			return -1;
		if (flat[i])
			w->flat = flat;
	}
	return 0;
}

static int take_scaling(struct minc_file *f, struct minc_walk *w, struct vol_head *head, struct vol_err *err)
{
	uint64_t slices = w->lists * w->size[2];
	struct vol_rescale r = {.n = slices};
	bool *flat;
	int rc;

	/* floats are the values themselves; names are not numbers; colour is not scaled */
	if (!voxel_is_integer(f->type, NULL, NULL) || f->label || w->channels > 1)
		return 0;
	if (!(isfinite(f->valid[0]) && isfinite(f->valid[1]) && f->valid[0] < f->valid[1]))
		return vol_fail(err, f->name, "valid_range is %g to %g", f->valid[0], f->valid[1]);
	r.slope = calloc(slices, sizeof *r.slope);
	r.intercept = calloc(slices, sizeof *r.intercept);
	flat = calloc(slices, sizeof *flat);
	if (!r.slope || !r.intercept || !flat) {
		rescale_free(&r);
		free(flat);
		return vol_fail(err, f->name, "out of memory");
	}
	rc = fill_pairs(f, w, &r, flat, err);
	if (w->flat != flat)
		free(flat);
	rescale_simplify(&r);
	if (rc == 0 && !(r.n == 1 && r.slope[0] == 1 && r.intercept[0] == 0)) {
		rc = key_set(head, err, "unit", "stored");
		rc = rc < 0 ? rc : key_set_rescale(head, &r, err);
	}
	rescale_free(&r);
	return rc;
}

static int take_keys(struct minc_file *f, struct vol_head *head, struct vol_err *err)
{
	static const char *const modality[][2] = {{"MRI__", "MR"}, {"MRS__", "MR"}, {"MRA__", "MR"}, {"PET__", "PT"},
	                                          {"SPECT", "NM"}, {"CT___", "CT"}};

	for (size_t i = 0; i < sizeof modality / sizeof *modality; i++)
		if (strcmp(f->modality, modality[i][0]) == 0 && key_set(head, err, "modality", "%s", modality[i][1]) < 0)
			return -1;
	if (f->label && key_set(head, err, "unit", "label") < 0)
		return -1;
	return f->labels && *f->labels ? key_set(head, err, "labels", "%s", f->labels) : 0;
}

/* ---- what our own writer left ---- */

/* Do both headers take stored numbers to the same values? */
static bool same_scaling(const struct vol_head *a, const struct vol_head *b, const struct minc_file *f)
{
	struct vol_rescale ra = {0}, rb = {0};
	struct vol_err ignored;
	double one = 1, zero = 0;
	bool same = key_rescale(a, &ra, "", &ignored) == 0 && key_rescale(b, &rb, "", &ignored) == 0;
	size_t n = ra.n > rb.n ? ra.n : rb.n;

	for (size_t i = 0; same && i < n; i++) {
		double sa = ra.n ? ra.slope[ra.n > 1 ? i : 0] : one, ia = ra.n ? ra.intercept[ra.n > 1 ? i : 0] : zero;
		double sb = rb.n ? rb.slope[rb.n > 1 ? i : 0] : one, ib = rb.n ? rb.intercept[rb.n > 1 ? i : 0] : zero;
		double tiny = 1e-9 * fabs(sa) * (f->valid[1] - f->valid[0]);

		for (int end = 0; end < 2; end++)
			same = same && fabs(sa * f->valid[end] + ia - (sb * f->valid[end] + ib)) <= tiny;
	}
	rescale_free(&ra);
	rescale_free(&rb);
	return same;
}

static bool same_place(const struct vol_head *a, const struct vol_head *b)
{
	double far = 0;

	for (int i = 0; i < 3; i++)
		far = fmax(far, fabs(a->grid.origin[i]) + grid_spacing(&a->grid, i) * (double)a->grid.size[i]);
	return grid_corner_distance(&a->grid, &b->grid) <= 1e-9 * far + 1e-9;
}

/* The header that our writer kept in the file, if it is still true: programs that change a MINC file copy what
 * they do not know and add to the history. So the history must be as we wrote it, and both must say the same of
 * type, sizes, place and scaling; then the kept one has every key, and every digit. */
static void take_kept(const struct minc_file *f, struct vol_head *head)
{
	struct nrrd_layout layout = {0};
	struct vol_head kept;
	struct vol_err why;
	char *history;
	bool same;

	if (!f->kept)
		return;
	if (vol_head_parse_stream(f->kept, strlen(f->kept), &kept, &layout, f->name, &why) < 0) {
		vol_note(f->name, "the header that was kept in it is damaged: left out");
		return;
	}
	nrrd_layout_free(&layout);
	history = minc_history(&kept);
	same = history && strcmp(f->history ? f->history : "", history) == 0 && kept.type == head->type &&
	       kept.channels == head->channels && (kept.list ? kept.list : 1) == (head->list ? head->list : 1) && same_place(head, &kept) &&
	       memcmp(kept.grid.size, head->grid.size, sizeof kept.grid.size) == 0 && same_scaling(head, &kept, f);
	free(history);
	if (!same) {
		vol_note(f->name, "was changed since it was written: the keys that were kept in it are left out");
		vol_head_free(&kept);
		return;
	}
	vol_head_free(head);
	*head = kept;
}

char *minc_history(const struct vol_head *head)
{
	enum { PREFIX = sizeof "vol.history." - 1 };
	char *text = NULL, *start;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	for (size_t i = 0; i < head->keys.n; i++)
		if (strncmp(head->keys.name[i], "vol.history.", PREFIX) == 0)
			fprintf(f, "%s\n", head->keys.value[i]);
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	start = text;
	while (strlen(start) > MINC_KEPT_PIECE && strchr(start, '\n'))
		start = strchr(start, '\n') + 1;
	memmove(text, start, strlen(start) + 1);
	return text;
}

/* The digest is that of the header as a stream has it: it stands for what was read, whatever the version and the
 * library that wrote it. */
static int set_digest(struct vol_head *head, struct vol_err *err)
{
	char *text;
	size_t len;

	if (vol_head_print(head, NULL, &text, &len, err) < 0)
		return -1;
	SHA256Data((const unsigned char *)text, len, head->digest);
	free(text);
	return 0;
}
/* ---- all of it ---- */

int minc_plan(struct minc_file *f, struct vol_head *head, struct minc_walk *w, struct vol_err *err)
{
	vol_head_init(head);
	memset(w, 0, sizeof *w);
	if (take_dims(f, w, err) < 0)
		return -1;
	head->type = f->type;
	head->channels = (unsigned)w->channels;
	head->list = w->list >= 0 && w->lists > 1 ? w->lists : 0;
	if (take_grid(f, w, &head->grid, err) < 0 || vol_head_check(head, f->name, err) < 0 ||
	    (head->list && take_times(f, w, head, err) < 0) || take_scaling(f, w, head, err) < 0 ||
	    take_keys(f, head, err) < 0 || key_source(head, err) < 0) {
		vol_head_free(head);
		return -1;
	}
	take_kept(f, head);
	if (set_digest(head, err) < 0) {
		vol_head_free(head);
		return -1;
	}
	minc_plan_block(w);
	return 0;
}
