/* voloverlap - how well two masks, or two volumes of labels, agree. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alg/overlap.h"
#include "alg/select.h"
#include "beside.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/table.h"
#include "format.h"
#include "io/follow.h"
#include "io/slices.h"

static bool each, json;

static const struct cli_opt opts[] = {
	{.name = "each", .type = CLI_FLAG, .value = &each,
	 .help = "a row for each label that occurs, up to 65535; by default all that is not 0 is one mask"},
	{.letter = 'j', .name = "json", .type = CLI_FLAG, .value = &json, .help = "the table as a JSON object"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "voloverlap",
	.purpose = "measure how well two masks agree: Dice, Jaccard, surface distances",
	.operands = "A B",
	.min_operands = 2,
	.max_operands = 2,
	.wants = CLI_PROGRESS,
	.opts = opts,
	.example = "volseg bone hu.vol -o a; volmorph close -d 2 a | voloverlap - a",
	.see_also = "vollabel(1), volseg(1), volmask(1), volcmp(1)",
};

enum { LABELS = 65536 };

/* One of the two, whole. */
struct side {
	struct vol_head head;
	struct vol_in *in;
	char *voxels;
	uint8_t *found;          /* which labels occur; only with --each */
};

/* ---- reading ---- */

static int note_labels(struct side *s, const void *voxels, size_t n, struct vol_err *err)
{
	for (size_t i = 0; i < n; i++) {
		double x = voxel_get(voxels, s->head.type, i);

		if (!(x >= 0 && x < LABELS && x == floor(x)))
			return vol_fail(err, vol_in_name(s->in), "holds %g, which is no label from 0 to 65535", x);
		s->found[(size_t)x] = 1;
	}
	return 0;
}

static int read_side(struct side *s, struct vol_err *err)
{
	uint64_t bytes = vol_head_bytes(&s->head);
	const char *name = vol_in_name(s->in);
	struct vol_slab slab;
	size_t at = 0;
	int got;

	if (want_scalar(&s->head, name, err) < 0 || want_3d(&s->head, name, err) < 0)
		return -1;
	/* touched as the voxels come: a header may claim much */
	s->voxels = bytes <= PTRDIFF_MAX ? malloc((size_t)bytes) : NULL;
	s->found = calloc(LABELS, 1);
	if (!s->voxels || !s->found)
		return vol_fail(err, name, "does not fit in memory");
	while ((got = vol_next(s->in, &slab, err)) > 0) {
		if (each && note_labels(s, slab.voxels, slab.n, err) < 0)
			return -1;
		memcpy(s->voxels + at, slab.voxels, slab.n * voxel_size(s->head.type));
		at += slab.n * voxel_size(s->head.type);
	}
	return got;
}

static void free_side(struct side *s)
{
	vol_close(s->in);
	vol_head_free(&s->head);
	free(s->voxels);
	free(s->found);
}

/* Lengths need axes that stand upright on each other. */
static int check_axes(const struct side *a, struct vol_err *err)
{
	double mm = grid_shear_mm(&a->head.grid);

	return mm <= 0.1 ? 0 : vol_fail(err, vol_in_name(a->in), "axes are not perpendicular (%.3g mm at the far "
	                                                        "corner): resample first", mm);
}

/* ---- measuring ---- */

static void select_label(const struct side *s, size_t from, size_t n, int label, uint8_t *out)
{
	const char *v = s->voxels + from * voxel_size(s->head.type);

	if (label)
		select_range(v, s->head.type, n, label, label, out);
	else
		select_nonzero(v, s->head.type, n, out);
}

/* The box that holds the label in both: only there is anything to measure. False: it is in neither. */
static bool find_box(const struct side *side[2], int label, uint8_t *row, size_t lo[3], size_t hi[3])
{
	const uint64_t *size = side[0]->head.grid.size;
	size_t nx = (size_t)size[0], i = 0;
	bool any = false;

	for (int k = 0; k < 3; k++)
		lo[k] = SIZE_MAX, hi[k] = 0;
	for (size_t z = 0; z < size[2]; z++)
		for (size_t y = 0; y < size[1]; y++, i += nx)
			for (int s = 0; s < 2; s++) {
				const uint8_t *first, *last;

				select_label(side[s], i, nx, label, row);
				first = memchr(row, 1, nx);
				if (!first)
					continue;
				last = memrchr(row, 1, nx);
				size_t at[2][3] = {{(size_t)(first - row), y, z}, {(size_t)(last - row), y, z}};

				for (int k = 0; k < 3; k++) {
					lo[k] = at[0][k] < lo[k] ? at[0][k] : lo[k];
					hi[k] = at[1][k] > hi[k] ? at[1][k] : hi[k];
				}
				any = true;
			}
	return any;
}

static int measure(const struct side *side[2], int label, struct overlap *r, struct vol_err *err)
{
	const struct vol_grid *g = &side[0]->head.grid;
	size_t nx = (size_t)g->size[0], ny = (size_t)g->size[1], lo[3], hi[3], size[3];
	double spacing[3];
	uint8_t *row = malloc(nx), *box[2] = {NULL, NULL};
	int rc = row ? 0 : -1;

	if (rc == 0 && !find_box(side, label, row, lo, hi))
		lo[0] = lo[1] = lo[2] = hi[0] = hi[1] = hi[2] = 0;
	for (int k = 0; rc == 0 && k < 3; k++) {
		spacing[k] = grid_spacing(g, k);
		size[k] = hi[k] - lo[k] + 1;
	}
	for (int s = 0; s < 2 && rc == 0; s++) {
		box[s] = malloc(size[0] * size[1] * size[2]);
		rc = box[s] ? 0 : -1;
		for (size_t z = 0; rc == 0 && z < size[2]; z++)
			for (size_t y = 0; y < size[1]; y++)
				select_label(side[s], ((lo[2] + z) * ny + lo[1] + y) * nx + lo[0], size[0], label,
				             box[s] + (z * size[1] + y) * size[0]);
	}
	if (rc == 0)
		rc = overlap_measure(box[0], box[1], size, spacing, r);
	free(row);
	free(box[0]);
	free(box[1]);
	return rc < 0 ? vol_fail(err, "", "out of memory") : 0;
}

/* ---- the report ---- */

static void print_json(int label, const struct overlap *r, double ml)
{
	cli_json_begin('{');
	if (label)
		cli_json_int("label", label);
	else
		cli_json_null("label");
	cli_json_int("a_voxels", (long long)r->a);
	cli_json_int("b_voxels", (long long)r->b);
	cli_json_int("both_voxels", (long long)r->both);
	cli_json_real("a_ml", (double)r->a * ml);
	cli_json_real("b_ml", (double)r->b * ml);
	cli_json_real("dice", r->dice);
	cli_json_real("jaccard", r->jaccard);
	cli_json_real("hd95_mm", r->hd95);
	cli_json_real("hausdorff_mm", r->hausdorff);
	cli_json_real("mean_surface_mm", r->mean);
	cli_json_end('}');
}

static void add_row(struct cli_table *t, int label, const struct overlap *r, double ml)
{
	double x[] = {(double)r->a * ml, (double)r->b * ml, r->dice, r->jaccard, r->hd95, r->hausdorff, r->mean};
	char text[8][32];

	snprintf(text[0], sizeof *text, label ? "%d" : "all", label);
	for (int k = 0; k < 7; k++)
		snprintf(text[k + 1], sizeof *text, isnan(x[k]) ? "-" : "%.4f", x[k]);
	cli_table_row(t, 8, text[0], text[1], text[2], text[3], text[4], text[5], text[6], text[7]);
}

static int report(const struct side *side[2], struct vol_err *err)
{
	double ml = fabs(grid_det(&side[0]->head.grid)) / 1000;
	struct cli_table t = {0};
	struct overlap r;

	if (json) {
		cli_json_begin('{');
		cli_json_key("labels");
		cli_json_begin('[');
	} else {
		cli_table_row(&t, 8, "label", "a ml", "b ml", "dice", "jaccard", "hd95 mm", "hausdorff mm", "mean mm");
	}
	for (int label = each; label < (each ? LABELS : 1); label++) {
		if (each && !side[0]->found[label] && !side[1]->found[label])
			continue;
		if (measure(side, label, &r, err) < 0)
			return -1;
		if (json)
			print_json(label, &r, ml);
		else
			add_row(&t, label, &r, ml);
	}
	if (json) {
		cli_json_end(']');
		cli_json_end('}');
	} else {
		cli_table_print(&t, false);
	}
	return 0;
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct side a = {0}, b = {0};
	const struct side *both[2] = {&a, &b};
	struct vol_err err;

	if (strcmp(operands[0], "-") == 0 && strcmp(operands[1], "-") == 0)
		cli_usage("only one of the two can be the standard input");
	a.in = format_open(operands[0], &a.head, &err);
	if (!a.in)
		cli_fail(&err);
	b.in = beside_open(operands[1], &a.head, vol_in_name(a.in), &b.head, &err);
	if (!b.in)
		cli_fail(&err);
	vol_progress(a.in, cli_progress, NULL);
	if (check_axes(&a, &err) < 0 || read_side(&a, &err) < 0 || read_side(&b, &err) < 0)
		cli_fail(&err);
	cli_progress_done();
	if (report(both, &err) < 0)
		cli_fail(&err);
	free_side(&a);
	free_side(&b);
	cli_finish_stdout();
	return 0;
}
