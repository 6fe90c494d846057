/* vollabel - the connected components of a mask, and what lies under each label. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alg/bitmask.h"
#include "alg/components.h"
#include "alg/regions.h"
#include "alg/select.h"
#include "beside.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/table.h"
#include "format.h"
#include "io/follow.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "io/slices.h"
#include "io/stage.h"

static const char *const connectivities[] = {"6", "18", "26", NULL}, *const orders[] = {"size", "scan", NULL};
static int connectivity = 2, keep, order;
static double least_ml;
static bool want_stats, json;
static const char *image;

static const struct cli_opt opts[] = {
	{.letter = 'c', .name = "connectivity", .type = CLI_CHOICE, .value = &connectivity, .arg = "N",
	 .choices = connectivities,
	 .help = "how voxels belong together: by faces (6), edges too (18), corners too (26, the default)"},
	{.name = "keep", .type = CLI_INT, .value = &keep, .arg = "N", .lo = 1, .hi = 2147483647,
	 .help = "only the N largest components"},
	{.name = "min-volume", .type = CLI_REAL, .value = &least_ml, .arg = "ML",
	 .help = "only components of at least ML millilitres"},
	{.name = "order", .type = CLI_CHOICE, .value = &order, .arg = "BY", .choices = orders,
	 .help = "number them by size, the largest 1 (the default), or in the order of their first voxels"},
	{.name = "stats", .type = CLI_FLAG, .value = &want_stats,
	 .help = "no components: a table of the labels that IN has, with volume, box and centroid"},
	{.letter = 'i', .name = "image", .type = CLI_FILE, .value = &image, .arg = "FILE",
	 .help = "with --stats: the values of this image under each label too"},
	{.letter = 'j', .name = "json", .type = CLI_FLAG, .value = &json, .help = "the table as a JSON object"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "vollabel",
	.purpose = "label connected components; measure labels",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.opts = opts,
	.example = "volseg bone hu.vol | vollabel --keep 3 | vollabel --stats -i hu.vol",
	.see_also = "voloverlap(1), volseg(1), volmorph(1), volmask(1), volstream(5)",
};

/* ---- components ---- */

struct job {
	size_t size[3];
	struct bitmask mask;
	struct components parts;
	uint32_t *number; /* of each component in the result; 0: left out */
	enum voxel_type type;
};

static int no_memory(struct vol_in *in, struct vol_err *err)
{
	return vol_fail(err, vol_in_name(in), "out of memory");
}

static int read_mask(struct job *j, struct vol_in *in, const struct vol_head *head, struct vol_err *err)
{
	struct vol_slices s;
	const void *voxels;
	uint8_t *bytes = NULL;
	int got = vol_slices_begin(&s, in, head, err);

	if (got == 0 && !(bytes = malloc(s.numbers)))
		got = no_memory(in, err);
	for (size_t z = 0; got >= 0 && (got = vol_slices_next(&s, &voxels, err)) > 0; z++) {
		uint64_t *words = bitmask_at_slice(&j->mask, z);

		select_nonzero(voxels, head->type, s.numbers, bytes);
		bitmask_pack(bytes, j->size[0], j->size[1], words);
		if (components_add(&j->parts, words) < 0)
			got = no_memory(in, err);
	}
	free(bytes);
	vol_slices_end(&s);
	return got;
}

static const struct component *sorted_parts;

static int larger(const void *a, const void *b)
{
	uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
	uint64_t x = sorted_parts[i].size, y = sorted_parts[k].size;

	return x != y ? (x < y) - (x > y) : (i > k) - (i < k);
}

/* Number those that stay; how many they are, or -1. */
static int64_t choose(struct job *j, double voxel_ml)
{
	uint32_t n = j->parts.n, *by_size = malloc((n + 1) * sizeof *by_size), stay = 0, next = 0;

	j->number = calloc((size_t)n + 1, sizeof *j->number);
	if (!by_size || !j->number) {
		free(by_size);
		return -1;
	}
	for (uint32_t i = 0; i < n; i++)
		by_size[i] = i + 1;
	sorted_parts = j->parts.at;
	qsort(by_size, n, sizeof *by_size, larger);
	/* a volume that was given as so many voxels holds them, whatever its last digit */
	while (stay < n && (!keep || stay < (uint32_t)keep) &&
	       (double)j->parts.at[by_size[stay]].size * voxel_ml >= least_ml * (1 - 1e-9)) {
		j->number[by_size[stay]] = stay + 1;
		stay++;
	}
	free(by_size);
	for (uint32_t i = 1; order == 1 && i <= n; i++)
		if (j->number[i])
			j->number[i] = ++next;
	return stay;
}

static int find_parts(void *ctx, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	static const int neighbours[] = {6, 18, 26};
	struct job *j = ctx;
	const char *name = vol_in_name(in);
	double voxel_ml = fabs(grid_det(&head->grid)) / 1000;
	int64_t stay;

	if (want_scalar(head, name, err) < 0 || want_3d(head, name, err) < 0)
		return -1;
	for (int k = 0; k < 3; k++)
		j->size[k] = (size_t)head->grid.size[k];
	if (bitmask_new(&j->mask, head->grid.size) < 0 ||
	    components_begin(&j->parts, j->size, neighbours[connectivity], false) < 0)
		return no_memory(in, err);
	if (read_mask(j, in, head, err) < 0)
		return -1;
	if (components_end(&j->parts) < 0 || (stay = choose(j, voxel_ml)) < 0)
		return no_memory(in, err);
	vol_note(name, "%u components, %lld kept", j->parts.n, (long long)stay);
	if (stay == 0)
		vol_warn(name, j->parts.n ? "no component is left" : "the mask is empty");
	head->type = j->type = stay <= UINT8_MAX ? VOXEL_UINT8 : stay <= UINT16_MAX ? VOXEL_UINT16 : VOXEL_UINT32;
	return follow_labels(head, NULL, err);
}

static int put_parts(void *ctx, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	struct job *j = ctx;
	size_t bytes = j->size[0] * j->size[1] * voxel_size(j->type);
	void *slice = malloc(bytes);
	int rc = slice ? 0 : no_memory(in, err);

	for (size_t z = 0; rc == 0 && z < j->size[2]; z++) {
		if (components_values(&j->parts, z, bitmask_at_slice(&j->mask, z), j->number, j->type, slice) < 0)
			rc = no_memory(in, err);
		else
			rc = vol_put(out, slice, bytes, err);
	}
	free(slice);
	return rc;
}

static int components(const char *path, struct vol_err *err)
{
	struct job j = {0};
	struct vol_stage stage = {.in = path, .out = cli.output,
	                          .flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0,
	                          .history = cli_history(), .progress = cli_progress,
	                          .head = find_parts, .run = put_parts};
	int rc = vol_stage_run(&stage, &j, err);

	bitmask_free(&j.mask);
	components_free(&j.parts);
	free(j.number);
	return rc;
}

/* ---- the table ---- */

static int measure(struct vol_in *in, const struct vol_head *head, struct vol_in *beside,
                   const struct vol_head *beside_head, struct regions *r, struct vol_err *err)
{
	struct vol_slices a, b = {0};
	size_t nx = (size_t)head->grid.size[0];
	const void *labels, *values = NULL;
	const char *why = "";
	int got = vol_slices_begin(&a, in, head, err);

	if (got == 0 && beside)
		got = vol_slices_begin(&b, beside, beside_head, err);
	for (uint64_t z = 0; got >= 0 && (got = vol_slices_next(&a, &labels, err)) > 0; z++) {
		if (beside && vol_slices_next(&b, &values, err) <= 0) {
			got = -1;
			break;
		}
		for (uint64_t y = 0; got > 0 && y < head->grid.size[1]; y++)
			if (regions_row(r, (const char *)labels + y * nx * a.size, head->type, nx, y, z,
			                values ? (const char *)values + y * nx * b.size : NULL,
			                beside ? beside_head->type : VOXEL_UINT8, &why) < 0)
				got = vol_fail(err, vol_in_name(in), "a voxel of slice %llu %s",
				               (unsigned long long)z, why);
	}
	if (got == 0 && beside)
		got = vol_slices_next(&b, &values, err);
	vol_slices_end(&a);
	vol_slices_end(&b);
	regions_end(r);
	return got;
}

static void numbers(const char *key, const double *x, int n)
{
	cli_json_key(key);
	cli_json_begin('[');
	for (int k = 0; k < n; k++)
		cli_json_real(NULL, x[k]);
	cli_json_end(']');
}

static void print_json(const struct vol_head *head, const struct regions *r)
{
	double ml = fabs(grid_det(&head->grid)) / 1000, mm[3];
	char name[64];

	cli_json_begin('{');
	cli_json_key("labels");
	cli_json_begin('[');
	for (size_t i = 0; i < r->n; i++) {
		const struct region *g = &r->at[i];

		key_label(head, g->label, name, sizeof name);
		grid_point(&head->grid, g->centroid, mm);
		cli_json_begin('{');
		cli_json_int("label", g->label);
		cli_json_string("name", *name ? name : NULL);
		cli_json_int("voxels", (long long)g->voxels);
		cli_json_real("volume_ml", (double)g->voxels * ml);
		numbers("box_from", (double[]){(double)g->lo[0], (double)g->lo[1], (double)g->lo[2]}, 3);
		numbers("box_to", (double[]){(double)g->hi[0], (double)g->hi[1], (double)g->hi[2]}, 3);
		numbers("centroid_mm", mm, 3);
		if (image) {
			cli_json_int("values", (long long)g->values);
			cli_json_real("min", g->min);
			cli_json_real("max", g->max);
			cli_json_real("mean", g->mean);
			cli_json_real("sd", g->sd);
		}
		cli_json_end('}');
	}
	cli_json_end(']');
	cli_json_end('}');
}

static void print_table(const struct vol_head *head, const struct regions *r)
{
	double ml = fabs(grid_det(&head->grid)) / 1000, mm[3];
	struct cli_table t = {0};

	cli_table_row(&t, image ? 10 : 6, "label", "name", "voxels", "ml", "box", "centroid mm", "mean", "sd", "min", "max");
	for (size_t i = 0; i < r->n; i++) {
		const struct region *g = &r->at[i];
		char text[9][96], name[64];

		key_label(head, g->label, name, sizeof name);
		grid_point(&head->grid, g->centroid, mm);
		snprintf(text[0], sizeof *text, "%u", g->label);
		snprintf(text[1], sizeof *text, "%llu", (unsigned long long)g->voxels);
		snprintf(text[2], sizeof *text, "%.6g", (double)g->voxels * ml);
		snprintf(text[3], sizeof *text, "%llu,%llu,%llu-%llu,%llu,%llu", (unsigned long long)g->lo[0],
		         (unsigned long long)g->lo[1], (unsigned long long)g->lo[2], (unsigned long long)g->hi[0],
		         (unsigned long long)g->hi[1], (unsigned long long)g->hi[2]);
		snprintf(text[4], sizeof *text, "%.2f,%.2f,%.2f", mm[0], mm[1], mm[2]);
		for (int k = 0; k < 4; k++)
			snprintf(text[5 + k], sizeof *text, "%.6g", (double[]){g->mean, g->sd, g->min, g->max}[k]);
		cli_table_row(&t, image ? 10 : 6, text[0], *name ? name : NULL, text[1], text[2], text[3], text[4],
		              text[5], text[6], text[7], text[8]);
	}
	cli_table_print(&t, false);
}

static int table(const char *path, struct vol_err *err)
{
	struct vol_head head = {0}, beside_head = {0};
	struct vol_in *in = format_open(path, &head, err), *beside = NULL;
	struct regions r = {0};
	int rc = in ? 0 : -1;

	if (rc == 0 && (want_scalar(&head, vol_in_name(in), err) < 0 || want_3d(&head, vol_in_name(in), err) < 0))
		rc = -1;
	if (rc == 0 && image) {
		beside = beside_open(image, &head, vol_in_name(in), &beside_head, err);
		rc = beside && want_scalar(&beside_head, image, err) == 0 ? 0 : -1;
	}
	if (rc == 0) {
		vol_progress(in, cli_progress, NULL);
		rc = measure(in, &head, beside, &beside_head, &r, err);
		cli_progress_done();
	}
	if (rc == 0 && json)
		print_json(&head, &r);
	else if (rc == 0)
		print_table(&head, &r);
	vol_close(in);
	vol_close(beside);
	vol_head_free(&head);
	vol_head_free(&beside_head);
	regions_free(&r);
	if (rc == 0)
		cli_finish_stdout();
	return rc;
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct vol_err err;

	if (want_stats && (cli_given("connectivity") || cli_given("keep") || cli_given("min-volume") ||
	                   cli_given("order") || cli.output))
		cli_usage("--stats goes with --image and --json only");
	if (!want_stats && (image || json))
		cli_usage("--image and --json need --stats");
	if (image && strcmp(image, "-") == 0 && (!operands[0] || strcmp(operands[0], "-") == 0))
		cli_usage("only one of the two can be the standard input");
	if ((want_stats ? table(operands[0], &err) : components(operands[0], &err)) < 0)
		cli_fail(&err);
	return 0;
}
