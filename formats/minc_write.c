/* minc_write.c - a volume as a MINC 2 file.
 *
 * Not through libminc: it writes who made the file, where and when, it needs a file it can seek in, and it packs on one
 * thread. What is said where is what libminc 2.4 says (mincheader shows it); how it lies in the file is hdf5_out.h's.
 *
 * The voxels come first, then everything else, which can then say what was seen of them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alg/extremes.h"
#include "hdf5_out.h"
#include "io/fd.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "minc.h"
#include "minc_pieces.h"

enum { VOXELS_AT = 64 };

/* One dimension of the image as the file has it. */
struct axis {
	const char *name;
	double start, step, cosine[3];
};

struct writer {
	const struct vol_head *head;
	struct axis axis[3];      /* of the stream's x, y, z */
	double time_start, time_step;
	double *times;            /* where they are not even; owned */
	const char *time_unit;    /* NULL: nothing is known */
	char order[80];           /* "time,zspace,yspace,xspace" */
	struct vol_rescale rescale; /* n == 0: the stored values are the values */
	double valid[2];
	char *history, *kept;     /* owned */
	struct hdf5_data image;
};

/* ---- where ---- */

/* Each axis gets the name of the world axis that it follows most: of the six ways, the one that does for all three. */
static void name_axes(struct writer *w)
{
	static const int ways[6][3] = {{0, 1, 2}, {1, 0, 2}, {0, 2, 1}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}};
	static const char *const names[] = {"xspace", "yspace", "zspace"};
	const struct vol_grid *g = &w->head->grid;
	double best = -1;

	for (int i = 0; i < 6; i++) {
		double along = 0;

		for (int a = 0; a < 3; a++)
			along += fabs(g->direction[a][ways[i][a]]) / grid_spacing(g, a);
		if (along > best + 1e-9) {
			best = along;
			for (int a = 0; a < 3; a++)
				w->axis[a].name = names[ways[i][a]];
		}
	}
}

/* World = sum of (start + step * index) * cosines, RAS. Cosines look the way of their name, so that steps tell the
 * direction, as MINC's programs do it. */
static int place_axes(struct writer *w, const char *subject, struct vol_err *err)
{
	const struct vol_grid *g = &w->head->grid;
	struct grid_affine cosines = {0}, inverse;
	double origin[3], start[3];

	name_axes(w);
	for (int a = 0; a < 3; a++) {
		struct axis *x = &w->axis[a];
		int world = x->name[0] - 'x';
		double sign;

		x->step = grid_spacing(g, a);
		sign = (world < 2 ? -1 : 1) * g->direction[a][world] < 0 ? -1 : 1;
		x->step *= sign;
		for (int i = 0; i < 3; i++) {
			x->cosine[i] = (i < 2 ? -1 : 1) * g->direction[a][i] / x->step + 0;
			cosines.m[i][a] = x->cosine[i];
		}
	}
	for (int i = 0; i < 3; i++)
		origin[i] = (i < 2 ? -1 : 1) * g->origin[i];
	if (!grid_affine_invert(&cosines, &inverse))
		return vol_fail(err, subject, "its axes are too near to each other for direction cosines");
	grid_affine_apply(&inverse, origin, start);
	for (int a = 0; a < 3; a++)
		w->axis[a].start = start[a] + 0;
	return 0;
}

/* ---- the list axis ---- */

/* The values of "time s 0 2 4 ..."; even ones become start and step. */
static int take_times(struct writer *w, const char *subject, struct vol_err *err)
{
	const char *axis = key_get(w->head, "axis");
	uint64_t n = w->head->list, count = 0;
	bool even = true;
	int used = 0;
	char *end;

	w->time_step = 1;
	if (!n || !axis)
		return 0;
	if (sscanf(axis, "time s %n", &used) == 0 && used > 0)
		w->time_unit = "s";
	else if (sscanf(axis, "time ms %n", &used) == 0 && used > 0)
		w->time_unit = "ms";
	w->times = calloc(n, sizeof *w->times);
	if (!w->times)
		return vol_fail(err, subject, "out of memory");
	for (const char *s = axis + used; w->time_unit && count < n; s = end, count++) {
		w->times[count] = strtod(s, &end);
		if (end == s || !isfinite(w->times[count]))
			break;
	}
	if (count < n) {
		vol_warn(subject, "MINC has no place for the values along the list axis (%.*s): other programs see volume 0, 1, ...",
		         (int)strcspn(axis, " "), axis);
		w->time_unit = NULL;
	} else {
		w->time_start = w->times[0];
		w->time_step = n > 1 ? w->times[1] - w->times[0] : 1;
		for (uint64_t i = 0; i < n; i++)
			even = even && fabs(w->time_start + (double)i * w->time_step - w->times[i]) <=
			                       1e-9 * (fabs(w->times[i]) + fabs(w->time_step));
	}
	if (even && (w->time_step > 0 || count < n)) {
		free(w->times);
		w->times = NULL;
	}
	return 0;
}

/* ---- what the values mean ---- */

static int take_scaling(struct writer *w, const char *subject, struct vol_err *err)
{
	const char *unit = key_get(w->head, "unit");

	if (w->head->channels > 1 && w->head->type != VOXEL_UINT8)
		return vol_fail(err, subject, "colour is %s: in MINC only uint8 is told from vectors: run volcast --type uint8 "
		                              "first", voxel_name(w->head->type));
	voxel_is_integer(w->head->type, &w->valid[0], &w->valid[1]);
	if (!unit || strcmp(unit, "stored") != 0)
		return 0;
	if (key_rescale(w->head, &w->rescale, subject, err) < 0)
		return -1;
	rescale_simplify(&w->rescale);
	if (w->rescale.n && !voxel_is_integer(w->head->type, NULL, NULL))
		return vol_fail(err, subject, "is %s with a rescale, which MINC has for integers only: run volhu first",
		                voxel_name(w->head->type));
	if (w->rescale.n && w->head->channels > 1)
		return vol_fail(err, subject, "is colour with a rescale: MINC does not scale colour");
	for (size_t i = 0; i < w->rescale.n; i++) {
		double lo = w->rescale.slope[i] * w->valid[0] + w->rescale.intercept[i];
		double hi = w->rescale.slope[i] * w->valid[1] + w->rescale.intercept[i];

		if (w->rescale.slope[i] < 0)
			return vol_fail(err, subject, "has a slope below 0, which MINC's programs take otherwise: run volhu first");
		if (!isfinite(lo) || !isfinite(hi) || lo == hi)
			return vol_fail(err, subject, "has a rescale of %g %g, too large or too small for image-min and image-max: "
			                              "run volhu first", w->rescale.slope[i], w->rescale.intercept[i]);
	}
	return 0;
}

/* The header as a stream has it, without the padding. */
static int take_texts(struct writer *w, const char *subject, struct vol_err *err)
{
	size_t len;

	w->history = minc_history(w->head);
	if (!w->history)
		return vol_fail(err, subject, "out of memory");
	if (vol_head_print(w->head, NULL, &w->kept, &len, err) < 0)
		return -1;
	while (len && w->kept[len - 1] == '\n')
		len--;
	while (len && w->kept[len - 1] == '.')
		len--;
	while (len && w->kept[len - 1] != '\n')
		len--;
	w->kept[len] = '\0';
	return 0;
}

static int plan(struct writer *w, const struct vol_head *head, int level, const char *subject, struct vol_err *err)
{
	struct hdf5_data *d = &w->image;

	memset(w, 0, sizeof *w);
	w->head = head;
	if (vol_head_check(head, subject, err) < 0 || place_axes(w, subject, err) < 0 || take_times(w, subject, err) < 0 ||
	    take_scaling(w, subject, err) < 0 || take_texts(w, subject, err) < 0)
		return -1;
	snprintf(w->order, sizeof w->order, "%s%s,%s,%s%s", head->list ? "time," : "", w->axis[2].name, w->axis[1].name,
	         w->axis[0].name, head->channels > 1 ? ",vector_dimension" : "");
	d->type = head->type;
	if (head->list)
		d->size[d->dims++] = head->list;
	for (int a = 2; a >= 0; a--)
		d->size[d->dims++] = head->grid.size[a];
	if (head->channels > 1)
		d->size[d->dims++] = head->channels;
	for (int i = 0; i < d->dims; i++)
		if (d->size[i] > INT32_MAX)
			return vol_fail(err, subject, "has %llu voxels along an axis: MINC counts to 2147483647",
			                (unsigned long long)d->size[i]);
	d->level = level;
	d->pieces = level > 0;
	d->address = VOXELS_AT;
	return level > 0 ? minc_pieces_plan(d, head, subject, err) : 0;
}

static void writer_free(struct writer *w)
{
	free(w->times);
	rescale_free(&w->rescale);
	free(w->history);
	free(w->kept);
}

/* ---- everything but the voxels ---- */

static void text(struct hdf5_out *m, const char *name, const char *value)
{
	hdf5_text(m, name, value, strlen(value));
}

static void standard(struct hdf5_out *m, const char *kind)
{
	text(m, "varid", "MINC standard variable");
	text(m, "vartype", kind);
	text(m, "version", "MINC Version    2.0");
}

/* A variable that has attributes only. */
static void empty(struct hdf5_out *m, enum voxel_type type)
{
	const struct hdf5_data nothing = {.type = type, .address = UINT64_MAX};

	hdf5_dataset(m, &nothing);
}

static uint64_t put_axis(struct hdf5_out *o, const struct axis *x, uint64_t size)
{
	static const char *const comments[] = {"X increases from patient left to right",
	                                       "Y increases from patient posterior to anterior",
	                                       "Z increases from patient inferior to superior"};
	struct hdf5_out m = {0};

	empty(&m, VOXEL_DOUBLE);
	standard(&m, "dimension____");
	text(&m, "class", "spatial");
	text(&m, "comments", comments[x->name[0] - 'x']);
	text(&m, "spacing", "regular__");
	text(&m, "alignment", "centre");
	text(&m, "units", "mm");
	text(&m, "spacetype", "native____");
	hdf5_int(&m, "length", (int32_t)size);
	hdf5_doubles(&m, "start", &x->start, 0);
	hdf5_doubles(&m, "step", &x->step, 0);
	hdf5_doubles(&m, "direction_cosines", x->cosine, 3);
	return hdf5_end(o, &m);
}

static uint64_t put_time(struct hdf5_out *o, const struct writer *w)
{
	const struct hdf5_data values = {.type = VOXEL_DOUBLE, .dims = 1, .size = {w->head->list}, .address = hdf5_here(o)};
	struct hdf5_out m = {0};

	if (w->times) {
		hdf5_put(o, w->times, w->head->list * sizeof *w->times);
		hdf5_dataset(&m, &values);
		text(&m, "dimorder", "time");
	} else {
		empty(&m, VOXEL_DOUBLE);
	}
	standard(&m, "dimension____");
	text(&m, "class", "time__");
	text(&m, "spacing", w->times ? "irregular" : "regular__");
	text(&m, "alignment", "start_");
	if (w->time_unit)
		text(&m, "units", w->time_unit);
	hdf5_int(&m, "length", (int32_t)w->head->list);
	hdf5_doubles(&m, "start", &w->time_start, 0);
	hdf5_doubles(&m, "step", &w->time_step, 0);
	return hdf5_end(o, &m);
}

static uint64_t put_vector(struct hdf5_out *o, const struct writer *w)
{
	struct hdf5_out m = {0};

	empty(&m, VOXEL_INT32);
	standard(&m, "dimension____");
	hdf5_int(&m, "length", (int32_t)w->head->channels);
	return hdf5_end(o, &m);
}

static uint64_t put_dimensions(struct hdf5_out *o, const struct writer *w)
{
	struct hdf5_out m = {0};

	hdf5_group(&m);
	if (w->head->list)
		hdf5_link(&m, "time", put_time(o, w));
	for (int a = 0; a < 3; a++)
		hdf5_link(&m, w->axis[a].name, put_axis(o, &w->axis[a], w->head->grid.size[a]));
	if (w->head->channels > 1)
		hdf5_link(&m, "vector_dimension", put_vector(o, w));
	return hdf5_end(o, &m);
}

/* image-min (end 0) or image-max (end 1): what valid_range stands for, of all or of each slice. */
static uint64_t put_range(struct hdf5_out *o, const struct writer *w, int end)
{
	const struct vol_rescale *r = &w->rescale;
	struct hdf5_data d = {.type = VOXEL_DOUBLE, .address = hdf5_here(o)};
	struct hdf5_out m = {0};
	char order[80];

	for (size_t i = 0; i < (r->n ? r->n : 1); i++) {
		double value = r->n ? r->slope[i] * w->valid[end] + r->intercept[i] : w->valid[end];

		hdf5_put(o, &value, sizeof value);
	}
	if (r->n > 1) {
		if (w->head->list)
			d.size[d.dims++] = w->head->list;
		d.size[d.dims++] = w->head->grid.size[2];
	}
	hdf5_dataset(&m, &d);
	standard(&m, "var_attribute");
	if (r->n > 1) {
		snprintf(order, sizeof order, "%s%s", w->head->list ? "time," : "", w->axis[2].name);
		text(&m, "dimorder", order);
	}
	return hdf5_end(o, &m);
}

static uint64_t put_images(struct hdf5_out *o, const struct writer *w, const struct hdf5_data *image)
{
	struct hdf5_out m = {0}, zero = {0}, group = {0};

	hdf5_dataset(&m, image);
	standard(&m, "group________");
	text(&m, "dimorder", w->order);
	text(&m, "complete", "true_");
	hdf5_doubles(&m, "valid_range", w->valid, 2);
	hdf5_group(&zero);
	hdf5_link(&zero, "image", hdf5_end(o, &m));
	hdf5_link(&zero, "image-max", put_range(o, w, 1));
	hdf5_link(&zero, "image-min", put_range(o, w, 0));
	hdf5_group(&group);
	hdf5_link(&group, "0", hdf5_end(o, &zero));
	return hdf5_end(o, &group);
}

static uint64_t put_study(struct hdf5_out *o, const char *modality)
{
	struct hdf5_out m = {0};

	empty(&m, VOXEL_INT32);
	standard(&m, "group________");
	text(&m, "modality", modality);
	return hdf5_end(o, &m);
}

static uint64_t put_kept(struct hdf5_out *o, const struct writer *w)
{
	struct hdf5_out m = {0};
	char name[32];
	int i = 1;

	empty(&m, VOXEL_INT32);
	text(&m, "varid", "volpipe");
	text(&m, "vartype", "group________");
	for (const char *s = w->kept; *s; i++) {
		size_t n = strnlen(s, MINC_KEPT_PIECE);

		snprintf(name, sizeof name, i > 1 ? MINC_KEPT_NAME "%d" : MINC_KEPT_NAME, i);
		hdf5_text(&m, name, s, n);
		s += n;
	}
	return hdf5_end(o, &m);
}

static uint64_t put_info(struct hdf5_out *o, const struct writer *w)
{
	static const char *const modality[][2] = {{"CT", "CT___"}, {"MR", "MRI__"}, {"PT", "PET__"}, {"NM", "SPECT"}};
	const char *key = key_get(w->head, "modality");
	struct hdf5_out m = {0};

	hdf5_group(&m);
	for (size_t i = 0; key && i < sizeof modality / sizeof *modality; i++)
		if (strcmp(key, modality[i][0]) == 0)
			hdf5_link(&m, "study", put_study(o, modality[i][1]));
	hdf5_link(&m, "volpipe", put_kept(o, w));
	return hdf5_end(o, &m);
}

/* Returns the address of the root. The length depends on the plan only, not on what was seen of the voxels. */
static uint64_t put_all(struct hdf5_out *o, const struct writer *w, const struct hdf5_data *image)
{
	struct hdf5_out minc = {0}, root = {0};

	hdf5_group(&minc);
	hdf5_link(&minc, "dimensions", put_dimensions(o, w));
	hdf5_link(&minc, "image", put_images(o, w, image));
	hdf5_link(&minc, "info", put_info(o, w));
	text(&minc, "minc_version", "2.4.05");
	text(&minc, "class", "real___");
	if (*w->history)
		text(&minc, "history", w->history);
	hdf5_group(&root);
	hdf5_link(&root, "minc-2.0", hdf5_end(o, &minc));
	return hdf5_end(o, &root);
}

/* ---- files ---- */

/* Of floats, MINC's ranges are what occurs. */
static void take_extremes(struct writer *w, double lo, double hi)
{
	if (voxel_is_integer(w->head->type, NULL, NULL))
		return;
	w->valid[0] = isnan(lo) ? 0 : lo;
	w->valid[1] = isnan(hi) ? 0 : hi;
}

static int write_plain(struct writer *w, struct vol_in *in, struct outfile *out, struct vol_err *err)
{
	unsigned char start[VOXELS_AT] = {0};
	struct hdf5_out o = {.base = VOXELS_AT + vol_head_bytes(w->head)};
	double lo = NAN, hi = NAN;
	struct vol_slab slab;
	uint64_t root;
	int rc;

	/* how long it will be, and where the root is: the first bytes say so */
	root = put_all(&o, w, &w->image);
	hdf5_superblock(start, root, hdf5_here(&o));
	rc = o.failed ? vol_fail(err, outfile_name(out), "out of memory") : outfile_write(out, start, sizeof start, err);
	o.n = 0;
	if (rc == 0 && voxel_is_integer(w->head->type, NULL, NULL)) {
		rc = vol_drain(in, outfile_fd(out), outfile_name(out), err);
	} else {
		while (rc >= 0 && (rc = vol_next(in, &slab, err)) > 0) {
			extremes_add(&lo, &hi, slab.voxels, w->head->type, slab.n, NAN, NAN);
			rc = outfile_write(out, slab.voxels, slab.n * voxel_size(w->head->type), err);
		}
	}
	take_extremes(w, lo, hi);
	if (rc == 0) {
		put_all(&o, w, &w->image);
		rc = o.failed ? vol_fail(err, outfile_name(out), "out of memory") : outfile_write(out, o.p, o.n, err);
	}
	hdf5_free(&o);
	return rc;
}

/* How long the pieces are is known when they are written, and the first bytes want to know: they are written last. */
static int write_pieces(struct writer *w, struct vol_in *in, int fd, const char *name, int threads, struct vol_err *err)
{
	static const unsigned char room[VOXELS_AT];
	unsigned char start[HDF5_SUPERBLOCK];
	struct minc_pieces pieces = {.address = VOXELS_AT, .lo = NAN, .hi = NAN};
	struct hdf5_data image = w->image;
	struct hdf5_out o = {0};
	uint64_t root;
	int rc = fd_write(fd, room, sizeof room, name, err);

	if (rc == 0)
		rc = minc_pieces_write(&pieces, &image, in, w->head, fd, name, threads, err);
	if (rc == 0) {
		take_extremes(w, pieces.lo, pieces.hi);
		o.base = pieces.address;
		image.address = hdf5_index(&o, &image, pieces.piece, pieces.n);
		root = put_all(&o, w, &image);
		hdf5_superblock(start, root, hdf5_here(&o));
		rc = o.failed ? vol_fail(err, name, "out of memory") : fd_write(fd, o.p, o.n, name, err);
	}
	if (rc == 0 && pwrite(fd, start, sizeof start, 0) != (ssize_t)sizeof start)
		rc = vol_fail_errno(err, name, "cannot be written");
	hdf5_free(&o);
	free(pieces.piece);
	return rc;
}

/* The same where one cannot go back in the output: by way of a file without a name. */
static int write_pieces_through(struct writer *w, struct vol_in *in, struct outfile *out, int threads,
                                struct vol_err *err)
{
	int fd = fd_unnamed(err);
	off_t at = 0, end;
	int rc;

	if (fd < 0)
		return -1;
	rc = write_pieces(w, in, fd, "temporary file", threads, err);
	end = lseek(fd, 0, SEEK_END);
	if (rc == 0 && fd_move(fd, &at, outfile_fd(out), (uint64_t)end, "temporary file", outfile_name(out), err) != end)
		rc = -1;
	close(fd);
	return rc;
}

int minc_encode(struct vol_in *in, const struct vol_head *head, const char *path, const struct format_write *how,
                struct vol_err *err)
{
	bool to_stdout = !path || strcmp(path, "-") == 0;
	struct outfile *out = NULL;
	struct writer w;
	int rc = plan(&w, head, how->level, vol_in_name(in), err);

	if (rc == 0) {
		out = outfile_create(path, how->flags | OUTFILE_BINARY, err);
		rc = out ? 0 : -1;
	}
	if (rc == 0 && how->level == 0)
		rc = write_plain(&w, in, out, err);
	else if (rc == 0 && !to_stdout && outfile_is_file(out))
		rc = write_pieces(&w, in, outfile_fd(out), outfile_name(out), how->threads, err);
	else if (rc == 0)
		rc = write_pieces_through(&w, in, out, how->threads, err);
	writer_free(&w);
	if (rc < 0) {
		outfile_abandon(out);
		return -1;
	}
	return outfile_commit(out, err);
}
