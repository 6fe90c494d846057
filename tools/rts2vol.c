/* rts2vol - the contours of an RT Structure Set as labels on the grid of a volume. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "dicom/one.h"
#include "dicom/paths.h"
#include "dicom/structures_draw.h"
#include "format.h"
#include "io/follow.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "par.h"

enum { REFUSE, FIRST, LAST };

static const char *const overlaps[] = {"refuse", "first", "last", NULL};
static const char *like, *series_selector, *roi, *accepted;
static double distance = NAN;
static int overlap;

static const struct cli_opt opts[] = {
	{.name = "like", .type = CLI_FILE, .value = &like, .arg = "VOLUME",
	 .help = "draw on the grid of this volume: the images, as a folder, or a volume in any format"},
	{.letter = 'S', .name = "series", .type = CLI_STRING, .value = &series_selector, .arg = "SEL",
	 .help = "of the images of --like: series to take; number, NUMBER.K, or UID (see dcmls)", .how = true},
	{.name = "roi", .type = CLI_STRING, .value = &roi, .arg = "NAME|NUMBER",
	 .help = "draw this structure alone, as a mask", .how = true},
	{.name = "overlap", .type = CLI_CHOICE, .value = &overlap, .arg = "WHICH", .choices = overlaps,
	 .help = "where two structures have a voxel in common: no result, or the label of the first or last in the file"},
	{.letter = 'd', .name = "distance", .type = CLI_REAL, .value = &distance, .arg = "MM",
	 .help = "how far contours may lie off the plane of their slice; by default 0.1, or less if slices are close"},
	{.name = "accept", .type = CLI_STRING, .value = &accepted, .arg = "REASON",
	 .help = "frame-of-reference: draw though the images say that they have another one"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "rts2vol",
	.purpose = "draw the contours of a DICOM RT Structure Set as labels",
	.operands = "RTSTRUCT",
	.min_operands = 1,
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "rts2vol --like series/ structures.dcm -o labels.vol",
	.see_also = "dcm2vol(1), vol2dcm(1), voltext(1), vollabel(1), volstream(5)",
};

struct drawing {
	struct vol_head head;        /* of the result */
	struct structures s;
	const char **image;          /* UIDs of the images; the scan's */
	size_t images;
	const char *reference;       /* theirs */
	char *path;                  /* of the structure set */
	struct structures_drawing on;
	void *out;                   /* a slice of the result */
};

/* ---- the grid ---- */

static int by_text(const void *va, const void *vb)
{
	const char *const *a = va, *const *b = vb;

	return strcmp(*a, *b);
}

/* Which images these are, as far as the structures may name them. */
static int take_images(struct drawing *d, const struct dicom_one *one, struct vol_err *err)
{
	const struct dicom_series *series = one->series;

	d->image = calloc(series->n_frames + 1, sizeof *d->image);
	if (!d->image)
		return vol_fail(err, like, "out of memory");
	d->reference = one->set.frames[series->frame[0]].reference;
	for (size_t i = 0; i < series->n_frames; i++) {
		const char *uid = one->set.files[one->set.frames[series->frame[i]].file].sop_uid;

		if (uid)
			d->image[d->images++] = uid;
	}
	qsort(d->image, d->images, sizeof *d->image, by_text);
	return 0;
}

/* The header of the volume that lends its grid; no voxel is read. `one` holds what the images say. */
static int lend(struct drawing *d, struct dicom_one *one, struct vol_err *err)
{
	char *path = strdup(like);
	bool is_dicom = dicom_is(like);
	struct dicom_ask ask = {.operands = &path, .n = 1, .series = series_selector, .subject = like,
	                        .threads = par_threads(cli.threads), .progress = cli_progress, .ctx = "files"};
	struct vol_in *in;
	int rc = 0;

	if (!path)
		return vol_fail(err, like, "out of memory");
	if (!is_dicom && series_selector)
		cli_usage("--series is for images: %s is no folder and no DICOM file", like);
	in = is_dicom ? dicom_one_open(one, &ask, &d->head, err) : format_open(like, &d->head, err);
	cli_progress_done();
	free(path);
	if (!in)
		return -1;
	if (is_dicom && one->series)
		rc = take_images(d, one, err);
	else
		vol_note(like, "says nothing of its frame of reference: whether the structures have the same cannot be seen");
	vol_close(in);
	return rc;
}

/* ---- the structure set ---- */

/* The one among the files that the operand names. */
static int find(struct drawing *d, char *operand, struct vol_err *err)
{
	const struct dicom_file *found = NULL;
	struct dicom_set set = {0};
	struct dicom_paths paths;
	size_t n = 0;
	int rc = -1;

	if (dicom_paths_collect(&operand, 1, NULL, &paths, err) < 0 ||
	    dicom_scan(&paths, par_threads(cli.threads), false, cli_progress, "files", &set, err) < 0)
		goto done;
	cli_progress_done();
	for (size_t i = 0; i < set.n_files; i++) {
		const struct dicom_file *f = &set.files[i];

		if (set.n_files > 1 && (!f->modality || strcmp(f->modality, "RTSTRUCT") != 0))
			continue;
		if (n++ == 0)
			found = f;
	}
	if (n != 1)
		vol_fail(err, operand, n ? "holds %zu RT Structure Sets: name one" : "holds no RT Structure Set", n);
	else if (found->status != DICOM_NO_PIXELS)
		vol_fail(err, found->path, "%s", found->reason ? found->reason : "is no RT Structure Set");
	else if (!(d->path = strdup(found->path)))
		vol_fail(err, operand, "out of memory");
	else
		rc = 0;
done:
	dicom_set_free(&set);
	return rc;
}

/* ---- what is left out ---- */

#define N(x) (size_t)(x), (x) == 1 ? "" : "s"

static void tell_of(const struct drawing *d, const struct structure *r)
{
	char who[120];

	snprintf(who, sizeof who, "structure %ld %.60s", r->number, r->name);
	if (r->open)
		vol_warn(d->path, "%s: %zu contour%s enclosing nothing (points, lines) left out", who, N(r->open));
	if (r->twice)
		vol_warn(d->path, "%s: %zu contour%s left out, the same as others", who, N(r->twice));
	if (r->outside)
		vol_warn(d->path, "%s is covered in part: %zu of %zu contours lie on no slice of the volume and are left out", who,
		         r->outside, r->taken + r->outside);
	if (r->cut)
		vol_warn(d->path, "%s is covered in part: %zu contour%s reaching out of the slices", who, N(r->cut));
	if (r->absent)
		vol_warn(d->path, "%s: %zu contour%s referring to images that are not there", who, N(r->absent));
	if (r->taken && r->slices < r->last - r->first + 1)
		vol_warn(d->path, "%s has contours on %llu of the %llu slices from %llu to %llu: nothing is drawn between", who,
		         (unsigned long long)r->slices, (unsigned long long)(r->last - r->first + 1), (unsigned long long)r->first,
		         (unsigned long long)r->last);
	vol_note(d->path, "%s: %zu contour%s, slices with one: %llu", who, N(r->taken), (unsigned long long)r->slices);
}

static int tell(const struct drawing *d, struct vol_err *err)
{
	size_t taken = 0, outside = 0;

	for (size_t i = 0; i < d->s.n; i++) {
		const struct structure *r = &d->s.at[i];

		if (!r->label)
			continue;
		tell_of(d, r);
		taken += r->taken;
		outside += r->outside;
	}
	if (taken == 0 && outside)
		return vol_fail(err, d->path, "none of %zu contours lies on a slice of %s [no-coverage]", outside, like);
	if (taken == 0)
		return vol_fail(err, d->path, "has no contours that enclose anything%s [no-contours]", roi ? " of this structure" : "");
	return 0;
}

/* ---- drawing ---- */

/* All contours once, to see what they have in common. */
static int look(struct drawing *d, struct vol_err *err)
{
	const struct structure *r = d->s.at;
	const struct overlapping_pair *most;
	char more[100], what[400];

	for (size_t from = 0; from < d->s.contours;)
		from = structures_draw(&d->on, d->s.contour[from].slice, from);
	most = overlapping_most(&d->on.overlap);
	if (d->on.drawn == 0)
		vol_warn(d->path, "the centre of no voxel lies in a contour: nothing is drawn");
	if (!most)
		return 0;
	snprintf(what, sizeof what, "structures %ld %.60s and %ld %.60s have %llu voxels in common%s", r[most->a].number,
	         r[most->a].name, r[most->b].number, r[most->b].name, (unsigned long long)most->n,
	         overlapping_more(&d->on.overlap, more, sizeof more));
	if (overlap == REFUSE)
		return vol_fail(err, d->path, "%s: take each with --roi, or choose with --overlap first or last "
		                "[overlapping-structures]", what);
	vol_warn(d->path, "%s: the %s of them in the file has them", what, overlaps[overlap]);
	return 0;
}

static int put_slice(struct drawing *d, struct vol_out *to, struct vol_err *err)
{
	size_t n = d->on.nx * d->on.ny;

	for (size_t i = 0; i < n; i++) {
		uint32_t label = d->on.slice[i] ? d->s.at[d->on.slice[i] - 1].label : 0;

		if (d->head.type == VOXEL_UINT8)
			((uint8_t *)d->out)[i] = (uint8_t)label;
		else
			((uint16_t *)d->out)[i] = (uint16_t)label;
	}
	return vol_put(to, d->out, n * voxel_size(d->head.type), err);
}

static int draw(struct drawing *d, struct vol_err *err)
{
	struct vol_out *to = vol_create(cli.output, cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, &d->head, err);
	size_t from = 0;

	if (!to)
		return -1;
	for (uint64_t z = 0; z < d->head.grid.size[2]; z++) {
		from = structures_draw(&d->on, z, from);
		if (put_slice(d, to, err) < 0) {
			vol_abandon(to);
			return -1;
		}
	}
	return vol_finish(to, err);
}

/* ---- the whole ---- */

static int make_head(struct drawing *d, struct vol_err *err)
{
	char *table = NULL;
	size_t size, n = 0;
	FILE *f = open_memstream(&table, &size);
	int rc;

	for (size_t i = 0; f && i < d->s.n; i++)
		if (d->s.at[i].label)
			fprintf(f, "%s%u %s", n++ ? "\n" : "", d->s.at[i].label, d->s.at[i].name);
	rc = !f || fclose(f) ? vol_fail(err, d->path, "out of memory") : 0;
	d->head.type = d->s.greatest > UINT8_MAX ? VOXEL_UINT16 : VOXEL_UINT8;
	d->head.channels = 1;
	d->head.list = 0;
	key_drop(&d->head, "axis");
	if (rc == 0)
		rc = follow_labels(&d->head, table, err);
	free(table);
	if (rc < 0 || key_source(&d->head, err) < 0 || key_history(&d->head, cli_history(), err) < 0)
		return -1;
	return vol_head_check(&d->head, like, err);
}

static int rooms(struct drawing *d, struct vol_err *err)
{
	const uint64_t *size = d->head.grid.size;

	d->out = calloc((size_t)(size[0] * size[1]), sizeof(uint16_t));
	if (structures_draw_begin(&d->on, &d->s, &d->head.grid, overlap == LAST) < 0 || !d->out)
		return vol_fail(err, like, "out of memory");
	return 0;
}

static int run(struct drawing *d, struct dicom_one *one, char *operand, struct vol_err *err)
{
	struct structures_how how = {.grid = &d->head.grid, .wanted = roi, .tolerance = distance,
	                             .accept_reference = accepted != NULL};

	if (lend(d, one, err) < 0 || find(d, operand, err) < 0)
		return -1;
	how.reference = d->reference;
	how.image = d->image;
	how.images = d->images;
	if (structures_read(&d->s, d->path, &how, err) < 0 || tell(d, err) < 0 || make_head(d, err) < 0 || rooms(d, err) < 0 ||
	    look(d, err) < 0)
		return -1;
	return draw(d, err);
}

int main(int argc, char **argv)
{
	int n, rc;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct drawing d = {0};
	struct dicom_one one = {0};
	struct vol_err err;

	if (!like)
		cli_usage("--like VOLUME has to say on what grid");
	if (strcmp(like, "-") == 0)
		cli_usage("--like: name a file or a folder");
	if (distance < 0)
		cli_usage("--distance: a distance is not negative");
	if (accepted && strcmp(accepted, "frame-of-reference") != 0)
		cli_usage("--accept: '%s' is not frame-of-reference", accepted);
	vol_head_init(&d.head);
	rc = run(&d, &one, operands[0], &err);
	vol_head_free(&d.head);
	structures_free(&d.s);
	dicom_one_close(&one);
	free(d.image);
	free(d.path);
	structures_draw_end(&d.on);
	free(d.out);
	if (rc < 0)
		cli_fail(&err);
	return 0;
}
