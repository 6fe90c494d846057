/* volseg - what is lung, body, head, bone: a mask of a CT; and thresholds for any volume. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "alg/ball.h"
#include "alg/lung.h"
#include "alg/otsu.h"
#include "alg/recipe.h"
#include "alg/select.h"
#include "alg/solid.h"
#include "alg/stats.h"
#include "cli/cli.h"
#include "io/follow.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "io/slices.h"
#include "io/stage.h"

enum mode { LUNG, BODY, HEAD, BRAIN, BONE, THRESHOLD, OTSU, MODES };
static const char *const modes[] = {"lung", "body", "head", "brain", "bone", "threshold", "otsu"};
static const char *const tables[] = {"1 lung-right\n2 lung-left", "1 body", "1 head", "1 brain", "1 bone", NULL, NULL};

static double range[2] = {NAN, NAN}, distance = 0;
static bool check, as_recipe, no_fill;

static const struct cli_opt opts[] = {
	{.letter = 'r', .name = "range", .type = CLI_RANGE, .value = range, .arg = "LO,HI",
	 .help = "for threshold: the values that count, both ends with them"},
	{.letter = 'd', .name = "distance", .type = CLI_REAL, .value = &distance, .arg = "MM",
	 .help = "widen the result by MM: all within that distance of it"},
	{.name = "check", .type = CLI_FLAG, .value = &check, .how = true,
	 .help = "exit with 1, and leave no result, when what is found is not plausible"},
	{.name = "as-recipe", .type = CLI_FLAG, .value = &as_recipe,
	 .help = "for lung: the mask of the widely copied tutorials, voxel for voxel"},
	{.name = "no-fill", .type = CLI_FLAG, .value = &no_fill,
	 .help = "with --as-recipe: without their filling of each slice"},
	{0},
};

static const struct cli_tool tool = {
	.name = "volseg",
	.purpose = "find the lungs, body, head, brain or bone in a CT; thresholds",
	.operands = "lung|body|head|brain|bone|threshold|otsu [IN]",
	.min_operands = 1,
	.max_operands = 3,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.opts = opts,
	.example = "volseg lung hu.vol -o lungs.vol",
	.see_also = "volhu(1), volmorph(1), vollabel(1), volmask(1), volstream(5)",
};

struct job {
	enum mode mode;
	const char *path, *name;    /* of the input; for messages */
	struct vol_head head;       /* of the input */
	double pad_lo, pad_hi;
	bool implausible;
	uint8_t *bytes;             /* a slice */
};

/* ---- what is said ---- */

/* Something that makes the result doubtful: a warning, or the end with --check. */
static int doubt(struct job *j, const char *what, struct vol_err *err)
{
	if (!check) {
		vol_warn(j->name, "%s", what);
		return 0;
	}
	j->implausible = true;
	return vol_fail(err, j->name, "not plausible: %s", what);
}

static int report_lung(struct job *j, const struct lung_found *f, struct vol_err *err)
{
	char what[256];

	vol_note(j->name, "right lung %.0f ml, left lung %.0f ml%s; airways taken out: %.1f ml, over %d slices; "
	         "%.1f %% of the lungs at or below -950 HU", f->right_ml, f->left_ml,
	         f->split ? " (cut apart where they touch)" : "", f->airway_ml, f->trachea_slices, 100 * f->gas);
	return lung_doubt(f, what, sizeof what) ? doubt(j, what, err) : 0;
}

static int report(struct job *j, double voxels, uint32_t faces, struct vol_err *err)
{
	double ml = voxels * fabs(grid_det(&j->head.grid)) / 1000;

	vol_note(j->name, "%s: %.1f ml", modes[j->mode], ml);
	if (voxels == 0)
		return doubt(j, "nothing found", err);
	if (faces & FACES_IN_PLANE)
		return doubt(j, "the edges of the slices cut it off", err);
	/* a body goes on beyond any scan, and a head's ends in the neck */
	if (j->mode != BODY && (faces & FACE_Z0) && (faces & FACE_Z1))
		return doubt(j, "both ends of the volume cut it off", err);
	return 0;
}

/* ---- slices in and out ---- */

static bool padded(const struct job *j)
{
	return !isnan(j->pad_lo);
}

/* 1 where lo <= value <= hi and the voxel was measured. */
static void select_measured(const struct job *j, const void *voxels, size_t n, double lo, double hi, uint8_t *dst)
{
	select_range(voxels, j->head.type, n, lo, hi, dst);
	for (size_t i = 0; padded(j) && i < n; i++) {
		double v = dst[i] ? voxel_get(voxels, j->head.type, i) : NAN;

		dst[i] = dst[i] && !(v >= j->pad_lo && v <= j->pad_hi);
	}
}

static int read_mask(struct job *j, struct vol_slices *s, double lo, double hi, struct bitmask *m,
                     struct bitmask *second, double second_lo, struct vol_err *err)
{
	size_t n = m->size[0] * m->size[1];
	const void *voxels;

	for (size_t z = 0; z < m->size[2]; z++) {
		if (vol_slices_next(s, &voxels, err) <= 0)
			return -1;
		select_measured(j, voxels, n, lo, hi, j->bytes);
		bitmask_pack(j->bytes, m->size[0], m->size[1], bitmask_at_slice(m, z));
		if (!second)
			continue;
		select_measured(j, voxels, n, second_lo, INFINITY, j->bytes);
		bitmask_pack(j->bytes, m->size[0], m->size[1], bitmask_at_slice(second, z));
	}
	return 0;
}

/* Widen, and write: 1 for what is in the first mask, 2 for what is only in the second (may be NULL). */
static int write_masks(struct job *j, struct vol_out *out, struct bitmask *m, struct bitmask *second,
                       struct vol_err *err)
{
	double spacing[3] = {grid_spacing(&j->head.grid, 0), grid_spacing(&j->head.grid, 1),
	                     grid_spacing(&j->head.grid, 2)};
	size_t nx = m->size[0], ny = m->size[1];

	if (distance > 0 && (ball_dilate(m, spacing, distance) < 0 ||
	                     (second && ball_dilate(second, spacing, distance) < 0)))
		return vol_fail(err, j->name, "out of memory");
	for (size_t z = 0; z < m->size[2]; z++) {
		bitmask_unpack(bitmask_at_slice(m, z), nx, ny, 1, j->bytes);
		if (second) {
			words_minus(bitmask_at_slice(second, z), bitmask_at_slice(m, z), m->slice);
			bitmask_paint(bitmask_at_slice(second, z), nx, ny, 2, j->bytes);
		}
		if (vol_put(out, j->bytes, nx * ny, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- the modes, one entry of the list each time ---- */

static int run_lung(struct job *j, struct vol_slices *s, struct vol_out *out, struct vol_err *err)
{
	const struct vol_grid *g = &j->head.grid;
	struct lung_plan plan = {
		.size = {g->size[0], g->size[1], g->size[2]}, .type = j->head.type,
		.spacing = {grid_spacing(g, 0), grid_spacing(g, 1), grid_spacing(g, 2)},
		.voxel_mm3 = fabs(grid_det(g)), .left_is_up = g->direction[0][0] > 0,
		.head_is_up = g->direction[2][2] > 0, .pad_lo = j->pad_lo, .pad_hi = j->pad_hi};
	struct lung *l = lung_new(&plan);
	struct bitmask *right, *left;
	struct lung_found found;
	const void *voxels;
	int rc = l ? 0 : vol_fail(err, j->name, "out of memory");

	for (uint64_t z = 0; rc == 0 && z < plan.size[2]; z++) {
		if (vol_slices_next(s, &voxels, err) <= 0)
			rc = -1;
		else if (lung_add(l, voxels) < 0)
			rc = vol_fail(err, j->name, "out of memory");
	}
	if (rc == 0 && lung_end(l, &found) < 0)
		rc = vol_fail(err, j->name, "out of memory");
	if (rc == 0)
		rc = report_lung(j, &found, err);
	if (rc == 0) {
		lung_masks(l, &right, &left);
		rc = write_masks(j, out, right, left, err);
	}
	lung_free(l);
	return rc;
}

/* Not above -320 HU: the complement, so that NaN counts as the recipe has it. */
static int find_recipe(struct job *j, struct bitmask *m)
{
	for (size_t z = 0; z < m->size[2]; z++)
		words_not(bitmask_at_slice(m, z), bitmask_at_slice(m, z), m->size[0], m->size[1]);
	return recipe_lung(m, !no_fill, j->head.grid.direction[2][2] < 0);
}

static int run_mask(struct job *j, struct vol_slices *s, struct vol_out *out, struct vol_err *err)
{
	/* muscle and water to blood and grey matter; skin is half air; bone and what is half of it */
	static const double least[MODES] = {[BODY] = -300, [HEAD] = -300, [BRAIN] = 0, [BONE] = -300};
	const struct vol_grid *g = &j->head.grid;
	struct solid_plan plan = {.spacing = {grid_spacing(g, 0), grid_spacing(g, 1)},
	                          .thin_mm = 6, .fill_volume = j->mode == HEAD || j->mode == BRAIN};
	double lo = least[j->mode], hi = j->mode == BRAIN ? 100 : INFINITY;
	struct solid_found found = {0};
	struct bitmask m, bone = {0};
	int rc;

	if (j->mode == THRESHOLD) {
		lo = range[0];
		hi = range[1];
	}
	if (as_recipe)
		lo = nextafter(-320, INFINITY);
	if (bitmask_new(&m, g->size) < 0)
		return vol_fail(err, j->name, "out of memory");
	rc = j->mode == BONE && bitmask_new(&bone, g->size) < 0 ? vol_fail(err, j->name, "out of memory") : 0;
	if (rc == 0)
		rc = read_mask(j, s, lo, hi, &m, j->mode == BONE ? &bone : NULL, 200, err);
	if (rc == 0 && (as_recipe ? find_recipe(j, &m) : j->mode != THRESHOLD ? solid_keep(&m, &plan, &found) : 0) < 0)
		rc = vol_fail(err, j->name, "out of memory");
	if (rc == 0 && j->mode == BONE)
		words_and(m.word, bone.word, m.slice * m.size[2]);
	if (rc == 0)
		rc = report(j, (double)bitmask_count(&m), j->mode == BONE ? 0 : found.faces, err);
	if (rc == 0)
		rc = write_masks(j, out, &m, NULL, err);
	bitmask_free(&m);
	bitmask_free(&bone);
	return rc;
}

/* ---- thresholds that need no whole mask ---- */

struct pass {
	struct job *j;
	struct stats stats;
	struct otsu otsu;
	double lo, hi;              /* of the mask; nothing is in it when lo > hi */
	char *held;                 /* all voxels, when they come only once */
	size_t numbers;
};

static int each_threshold(void *ctx, const void *src, size_t n, uint64_t first, void *dst, struct vol_err *err)
{
	struct pass *p = ctx;

	(void)first;
	(void)err;
	select_measured(p->j, src, n, p->lo, p->hi, dst);
	return 0;
}

static int run_threshold(struct job *j, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	struct pass p = {.j = j, .lo = range[0], .hi = range[1]};

	return vol_each(in, voxel_size(j->head.type), out, 1, each_threshold, &p, err);
}

/* One look at all voxels: their ends, or their histogram. A file is opened again for it. */
static int look(struct pass *p, bool count, struct vol_err *err)
{
	const struct job *j = p->j;
	struct vol_head head;
	struct vol_slab slab;
	struct vol_in *in;
	int got;

	if (p->held) {
		if (count)
			otsu_add(&p->otsu, p->held, p->numbers, j->pad_lo, j->pad_hi);
		else
			stats_add(&p->stats, p->held, j->head.type, p->numbers);
		return 0;
	}
	in = vol_open(j->path, &head, err);
	if (!in)
		return -1;
	while ((got = vol_next(in, &slab, err)) > 0)
		if (count)
			otsu_add(&p->otsu, slab.voxels, slab.n, j->pad_lo, j->pad_hi);
		else
			stats_add(&p->stats, slab.voxels, j->head.type, slab.n);
	vol_close(in);
	vol_head_free(&head);
	return got;
}

static int hold(struct pass *p, struct vol_in *in, struct vol_err *err)
{
	size_t each = voxel_size(p->j->head.type);
	struct vol_slab slab;
	int got;

	/* backed by memory only as voxels come: a header may claim much */
	p->held = malloc((size_t)vol_head_bytes(&p->j->head));
	if (!p->held)
		return vol_fail(err, p->j->name, "does not fit in memory, as a pipe: give it as a file");
	while ((got = vol_next(in, &slab, err)) > 0) {
		memcpy(p->held + p->numbers * each, slab.voxels, slab.n * each);
		p->numbers += slab.n;
	}
	return got;
}

static int write_held(struct pass *p, struct vol_out *out, struct vol_err *err)
{
	size_t each = voxel_size(p->j->head.type), n = (size_t)(p->j->head.grid.size[0] * p->j->head.grid.size[1]);

	for (size_t at = 0; at < p->numbers; at += n) {
		each_threshold(p, p->held + at * each, n, at, p->j->bytes, err);
		if (vol_put(out, p->j->bytes, n, err) < 0)
			return -1;
	}
	return 0;
}

static int run_otsu(struct job *j, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	struct pass *p = calloc(1, sizeof *p);
	struct stat st;
	bool file = j->path && strcmp(j->path, "-") != 0 && stat(j->path, &st) == 0 && S_ISREG(st.st_mode);
	char number[32];
	int rc = p ? 0 : vol_fail(err, j->name, "out of memory");

	if (rc == 0) {
		p->j = j;
		stats_begin(&p->stats, j->pad_lo, j->pad_hi);
		rc = file ? 0 : hold(p, in, err);
	}
	if (rc == 0 && voxel_size(j->head.type) > 2)
		rc = look(p, false, err);
	if (rc == 0) {
		stats_end(&p->stats);
		otsu_begin(&p->otsu, j->head.type, p->stats.min, p->stats.max);
		rc = p->stats.min == p->stats.max ? 0 : look(p, true, err);
	}
	if (rc == 0) {
		double t = otsu_end(&p->otsu);

		p->lo = isnan(t) ? 1 : nextafter(t, INFINITY);
		p->hi = isnan(t) ? 0 : INFINITY;
		vol_note(j->name, "otsu: above %s", vol_number(number, t));
		rc = isnan(t) ? doubt(j, "all values are the same: nothing is above them", err) : 0;
	}
	if (rc == 0)
		rc = p->held ? write_held(p, out, err)
			     : vol_each(in, voxel_size(j->head.type), out, 1, each_threshold, p, err);
	if (p)
		free(p->held);
	free(p);
	return rc;
}

/* ---- all ---- */

/* Lungs are found in axial slices, their sides by the patient's. */
static int want_axial(const struct vol_head *h, const char *name, struct vol_err *err)
{
	for (int axis = 0; axis < 3; axis += 2)
		for (int k = 0; k < 3; k++)
			if (fabs(h->grid.direction[axis][k]) > fabs(h->grid.direction[axis][axis]))
				return vol_fail(err, name, "slices are not axial with columns from right to left, or "
				                           "the reverse: run volorient LPS first");
	return 0;
}

static int prepare(void *ctx, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	struct job *j = ctx;
	int found;

	j->name = vol_in_name(in);
	j->pad_lo = j->pad_hi = NAN;
	if (want_scalar(head, j->name, err) < 0 || want_image(head, j->name, err) < 0 ||
	    (j->mode < THRESHOLD ? want_hu : want_physical)(head, j->name, err) < 0 ||
	    (j->mode == LUNG && !as_recipe && want_axial(head, j->name, err) < 0) ||
	    (found = key_padding(head, &j->pad_lo, &j->pad_hi, j->name, err)) < 0 ||
	    vol_head_copy(&j->head, head, err) < 0)
		return -1;
	if (!found || as_recipe)
		j->pad_lo = j->pad_hi = NAN;
	/* an empty page is not memory yet: a header may claim much */
	j->bytes = malloc((size_t)(head->grid.size[0] * head->grid.size[1]));
	if (!j->bytes)
		return vol_fail(err, j->name, "out of memory");
	head->type = VOXEL_UINT8;
	return follow_labels(head, as_recipe ? "1 lung" : tables[j->mode], err);
}

static int run(void *ctx, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	struct job *j = ctx;
	struct vol_slices s;
	int rc;

	if (j->mode == OTSU)
		return run_otsu(j, in, out, err);
	if (j->mode == THRESHOLD && distance == 0 && !check)
		return run_threshold(j, in, out, err);
	rc = vol_slices_begin(&s, in, &j->head, err);
	for (uint64_t n = 0; rc == 0 && n < (j->head.list ? j->head.list : 1); n++)
		rc = j->mode == LUNG && !as_recipe ? run_lung(j, &s, out, err) : run_mask(j, &s, out, err);
	if (rc == 0) {
		const void *none;

		rc = vol_slices_next(&s, &none, err); /* the end of the input, checked */
	}
	vol_slices_end(&s);
	return rc;
}

/* LO,HI as an operand. */
static bool is_range(const char *text)
{
	char lo[64];
	const char *comma = text ? strchr(text, ',') : NULL;

	if (!comma || (size_t)(comma - text) >= sizeof lo)
		return false;
	memcpy(lo, text, (size_t)(comma - text));
	lo[comma - text] = 0;
	if (!vol_parse_number(lo, &range[0]) || !vol_parse_number(comma + 1, &range[1]))
		return false;
	if (!(range[0] <= range[1]))
		cli_usage("threshold: '%s' holds nothing", text);
	return true;
}

static char **find_mode(struct job *j, char **operands)
{
	for (j->mode = 0; j->mode < MODES && strcmp(operands[0], modes[j->mode]) != 0;)
		j->mode++;
	if (j->mode == MODES)
		cli_usage("'%s' is none of lung, body, head, brain, bone, threshold, otsu", operands[0]);
	operands++;
	if (j->mode == THRESHOLD && !cli_given("range") && is_range(*operands))
		operands++;
	if (j->mode == THRESHOLD && isnan(range[0]))
		cli_usage("threshold needs --range LO,HI");
	if (j->mode != THRESHOLD && cli_given("range"))
		cli_usage("--range is for threshold");
	if (as_recipe && j->mode != LUNG)
		cli_usage("--as-recipe is for lung");
	if (no_fill && !as_recipe)
		cli_usage("--no-fill is for --as-recipe");
	if (distance < 0)
		cli_usage("--distance: a distance is not negative");
	if (distance > 0 && j->mode == OTSU)
		cli_usage("--distance is not for otsu: pipe its result to volmorph dilate");
	if (operands[0] && operands[1])
		cli_usage("unexpected operand '%s'", operands[1]);
	return operands;
}

/* The operand that says what to do is part of what was done. */
static const char *history(const struct job *j)
{
	static char line[1024];
	const char *all = cli_history(), *rest = strchr(strchr(all, ' ') + 1, ' ');
	char a[32], b[32];

	snprintf(line, sizeof line, "volseg %s %s", cli_version(), modes[j->mode]);
	if (j->mode == THRESHOLD && !cli_given("range"))
		snprintf(line + strlen(line), sizeof line - strlen(line), " %s,%s", vol_number(a, range[0]),
		         vol_number(b, range[1]));
	snprintf(line + strlen(line), sizeof line - strlen(line), "%s", rest ? rest : "");
	return line;
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct job job = {0};
	struct vol_stage stage = {.out = cli.output, .flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0,
	                          .progress = cli_progress, .head = prepare, .run = run};
	struct vol_err err;
	int rc;

	operands = find_mode(&job, operands);
	stage.in = job.path = operands[0];
	stage.history = history(&job);
	if (check)
		vol_exit_trouble = 2;
	rc = vol_stage_run(&stage, &job, &err);
	if (rc < 0 && !job.implausible)
		cli_fail(&err);
	if (rc < 0)
		cli_error(&err);
	vol_head_free(&job.head);
	free(job.bytes);
	return rc < 0;
}
