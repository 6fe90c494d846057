/* voltext - masks drawn from contours in text, and the contours of masks as text. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alg/outline.h"
#include "alg/polygon.h"
#include "cli/cli.h"
#include "contours.h"
#include "format.h"
#include "io/follow.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "io/slices.h"

static const char *const units[] = {"pixel", "mm", NULL};
static const char *like;
static int unit, slice = -1;
static double distance = NAN;

static const struct cli_opt opts[] = {
	{.name = "like", .type = CLI_FILE, .value = &like, .arg = "FILE",
	 .help = "draw: on the grid of this volume, in any format, in place of IN"},
	{.letter = 'u', .name = "unit", .type = CLI_CHOICE, .value = &unit, .arg = "UNIT", .choices = units,
	 .help = "draw: the unit where the text names none; trace: the one to write; pixel by default"},
	{.name = "slice", .type = CLI_INT, .value = &slice, .arg = "N", .lo = 0, .hi = 1000000000,
	 .help = "draw: where points x y belong until the text says so; the first slice is 0"},
	{.letter = 'd', .name = "distance", .type = CLI_REAL, .value = &distance, .arg = "MM",
	 .help = "draw: how far points may lie off the plane of their slice; by default 0.1, or less if slices are close"},
	{0},
};

static const struct cli_tool tool = {
	.name = "voltext",
	.purpose = "draw masks from contours in text, write the contours of masks",
	.operands = "draw TEXT [IN] | trace [MASK]",
	.min_operands = 1,
	.max_operands = 3,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.opts = opts,
	.example = "volseg body hu.vol | voltext trace | voltext draw - hu.vol -o body.vol",
	.see_also = "volcontour(5), volmask(1), volseg(1), vollabel(1), volstream(5)",
};

static bool is_stdin(const char *path)
{
	return !path || strcmp(path, "-") == 0;
}

/* ---- drawing ---- */

enum { TILE = 256 << 10 }; /* voxels that are drawn at a time */

struct drawing {
	struct vol_in *in;         /* whose voxels are taken as far as the result goes; NULL: none are */
	unsigned channels;
	uint64_t taken, put;       /* numbers of in; voxels of the result */
	struct vol_head head;      /* of the result */
	struct contours contours;
	struct vol_out *out;
	uint8_t *odd;
	void *voxels;
	uint64_t drawn, over;
};

/* Take the voxels of the input up to where the result is, so that a short one is seen in time. */
static int keep_up(struct drawing *d, struct vol_err *err)
{
	struct vol_slab slab;

	while (d->in && d->taken / d->channels < d->put) {
		int got = vol_next(d->in, &slab, err);

		if (got <= 0) /* not 0: there are as many voxels */
			return got < 0 ? -1 : vol_fail(err, vol_in_name(d->in), "ends early");
		d->taken += slab.n;
	}
	return 0;
}

/* A tile of a slice on which contours from .. to - 1 lie. */
static int draw_tile(struct drawing *d, const size_t at[2], const size_t size[2], size_t from, size_t to,
                     struct vol_err *err)
{
	const struct contours *c = &d->contours;
	enum voxel_type type = d->head.type;
	size_t n = size[0] * size[1];
	struct polygon_tile t;

	d->put += n;
	if (keep_up(d, err) < 0)
		return -1;
	memset(d->voxels, 0, n * voxel_size(type));
	polygon_tile_begin(&t, at[0], at[1], size[0], size[1], d->odd);
	for (size_t i = from; i < to; i++) {
		polygon_add(&t, c->point + c->at[i].first, c->at[i].n);
		if (i + 1 == to || c->at[i + 1].label != c->at[i].label)
			polygon_fill(&t, type, c->at[i].label, d->voxels, &d->drawn, &d->over);
	}
	return vol_put(d->out, d->voxels, n * voxel_size(type), err);
}

static int draw_slices(struct drawing *d, struct vol_err *err)
{
	const uint64_t *size = d->head.grid.size;
	const struct contours *c = &d->contours;
	uint64_t nx = size[0] < TILE ? size[0] : TILE, ny = size[0] < TILE ? TILE / size[0] : 1;
	size_t from = 0, to;

	for (uint64_t z = 0; z < size[2]; z++, from = to) {
		for (to = from; to < c->n && c->at[to].slice == z;)
			to++;
		for (uint64_t y = 0; y < size[1]; y += ny)
			for (uint64_t x = 0; x < size[0]; x += nx) {
				size_t at[] = {(size_t)x, (size_t)y};
				size_t part[] = {(size_t)(size[0] - x < nx ? size[0] - x : nx),
				                 (size_t)(size[1] - y < ny ? size[1] - y : ny)};

				if (draw_tile(d, at, part, from, to, err) < 0)
					return -1;
			}
	}
	return 0;
}

/* What is left of the input: the other entries of a list, and its end. */
static int take_rest(struct drawing *d, struct vol_err *err)
{
	struct vol_slab slab;
	int got = 0;

	while (d->in && (got = vol_next(d->in, &slab, err)) > 0)
		;
	return got;
}

static int make_head(struct drawing *d, struct vol_err *err)
{
	uint32_t most = d->contours.greatest;

	d->channels = d->head.channels;
	d->head.type = most <= UINT8_MAX ? VOXEL_UINT8 : most <= UINT16_MAX ? VOXEL_UINT16 : VOXEL_UINT32;
	d->head.channels = 1;
	d->head.list = 0;
	key_drop(&d->head, "axis");
	if (follow_labels(&d->head, d->contours.names, err) < 0 ||
	    key_history(&d->head, cli_history_of("draw"), err) < 0)
		return -1;
	return vol_head_check(&d->head, d->contours.subject, err);
}

static void tell(const struct drawing *d)
{
	const struct contours *c = &d->contours;

	if (c->outside)
		vol_warn(c->subject, "%llu contours lie on no slice of the volume and are left out, the first on line %llu",
		         (unsigned long long)c->outside, (unsigned long long)c->outside_line);
	if (d->drawn == 0)
		vol_warn(c->subject, "no voxel lies in a contour: the mask is empty");
	if (d->over)
		vol_warn(c->subject, "%llu voxels lie in contours of two labels: the greater label has them",
		         (unsigned long long)d->over);
	vol_note(c->subject, "%zu contours, %zu points, %llu voxels", c->n, c->points,
	         (unsigned long long)(d->drawn - d->over));
}

static int draw_open(struct drawing *d, const char *text, struct vol_err *err)
{
	struct contours_how how = {.grid = &d->head.grid, .mm = unit == 1, .slice = slice, .tolerance = distance};

	if (contours_read(&d->contours, text, &how, err) < 0 || make_head(d, err) < 0)
		return -1;
	d->odd = calloc(TILE, 1);
	d->voxels = malloc(TILE * voxel_size(d->head.type));
	if (!d->odd || !d->voxels)
		return vol_fail(err, text, "out of memory");
	d->out = vol_create(cli.output, cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, &d->head, err);
	if (!d->out)
		return -1;
	if (draw_slices(d, err) < 0 || take_rest(d, err) < 0) {
		vol_abandon(d->out);
		return -1;
	}
	tell(d);
	return vol_finish(d->out, err);
}

static int draw(const char *text, const char *path, struct vol_err *err)
{
	struct drawing d = {0};
	struct vol_in *in = like ? format_open(like, &d.head, err) : vol_open(path, &d.head, err);
	int rc;

	if (!in)
		return -1;
	/* of a file that only lends its grid no voxel is needed */
	if (!like || is_stdin(like)) {
		d.in = in;
		vol_progress(in, cli_progress, NULL);
	}
	rc = draw_open(&d, text, err);
	vol_close(in);
	vol_head_free(&d.head);
	contours_free(&d.contours);
	free(d.odd);
	free(d.voxels);
	return rc;
}

/* ---- tracing ---- */

struct tracing {
	struct contours_out *out;
	struct vol_err *err;
	uint64_t slice, loops;
	uint32_t label;
	struct outline outline;
	struct outline_runs runs;
};

static int put_loop(void *ctx, const struct outline_corner *corner, size_t n)
{
	struct tracing *t = ctx;

	t->loops++;
	return contours_put(t->out, t->slice, t->label, corner, n, t->err);
}

static int no_label(struct tracing *t, const struct vol_slices *s, const void *row, enum voxel_type type, size_t x,
                    size_t y)
{
	char number[32];

	return vol_fail(t->err, s->name, "voxel %zu,%zu,%llu holds %s, which is no label from 0 to 4294967295", x, y,
	                (unsigned long long)t->slice, vol_number(number, voxel_get(row, type, x)));
}

static int trace_slice(struct tracing *t, const struct vol_slices *s, const struct vol_head *head,
                       const void *voxels)
{
	size_t nx = (size_t)head->grid.size[0], ny = (size_t)head->grid.size[1], bad, from, to;

	t->runs.n = 0;
	for (size_t y = 0; y < ny; y++) {
		const char *row = (const char *)voxels + y * nx * s->size;
		int rc = outline_runs_add(&t->runs, row, head->type, nx, y, &bad);

		if (rc > 0)
			return no_label(t, s, row, head->type, bad, y);
		if (rc < 0)
			return vol_fail(t->err, s->name, "out of memory");
	}
	if (!t->outline.field && outline_begin(&t->outline, nx, ny) < 0)
		return vol_fail(t->err, s->name, "out of memory");
	outline_runs_sort(&t->runs);
	for (from = 0; from < t->runs.n; from = to) {
		t->label = t->runs.at[from].label;
		for (to = from; to < t->runs.n && t->runs.at[to].label == t->label;)
			to++;
		*t->err->what = '\0';
		if (outline_trace(&t->outline, t->runs.at + from, to - from, put_loop, t) < 0)
			return *t->err->what ? -1 : vol_fail(t->err, s->name, "out of memory");
	}
	return 0;
}

static int trace_all(struct tracing *t, struct vol_in *in, const struct vol_head *head)
{
	const char *name = vol_in_name(in);
	struct vol_slices s;
	const void *voxels;
	int got;

	if (want_scalar(head, name, t->err) < 0 || want_3d(head, name, t->err) < 0)
		return -1;
	vol_progress(in, cli_progress, NULL);
	if (vol_slices_begin(&s, in, head, t->err) < 0)
		return -1;
	t->out = contours_create(cli.output, cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, head, unit == 1, t->err);
	got = t->out ? 0 : -1;
	while (got >= 0 && (got = vol_slices_next(&s, &voxels, t->err)) > 0) {
		if (trace_slice(t, &s, head, voxels) < 0)
			got = -1;
		t->slice++;
	}
	vol_slices_end(&s);
	cli_progress_done();
	if (got < 0)
		return -1;
	if (t->loops == 0)
		vol_warn(name, "the mask is empty: no contours");
	got = contours_finish(t->out, t->err);
	t->out = NULL;
	return got;
}

static int trace(const char *path, struct vol_err *err)
{
	struct vol_head head;
	struct vol_in *in = format_open(path, &head, err);
	struct tracing t = {.err = err};
	int rc;

	if (!in)
		return -1;
	rc = trace_all(&t, in, &head);
	if (rc < 0)
		contours_abandon(t.out);
	vol_close(in);
	vol_head_free(&head);
	outline_free(&t.outline);
	outline_runs_free(&t.runs);
	return rc;
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct vol_err err;
	int rc;

	if (strcmp(operands[0], "trace") == 0) {
		if (n > 2)
			cli_usage("unexpected operand '%s'", operands[2]);
		if (like || cli_given("slice") || cli_given("distance"))
			cli_usage("--like, --slice and --distance are for draw");
		rc = trace(operands[1], &err);
	} else if (strcmp(operands[0], "draw") == 0) {
		if (n < 2)
			cli_usage("draw needs a TEXT, '-' for the standard input");
		if (like && n > 2)
			cli_usage("--like stands in place of IN");
		if (distance < 0)
			cli_usage("--distance: a distance is not negative");
		if (is_stdin(operands[1]) && is_stdin(like ? like : operands[2]))
			cli_usage("only one of the two can be the standard input: give IN or --like");
		rc = draw(operands[1], operands[2], &err);
	} else {
		cli_usage("'%s' is neither draw nor trace", operands[0]);
	}
	if (rc < 0)
		cli_fail(&err);
	return 0;
}
