/* volcalc - an arithmetic expression over one or more volumes, slab by slab. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alg/cast.h"
#include "alg/expr.h"
#include "alg/lookup.h"
#include "cli/cli.h"
#include "instep.h"
#include "io/follow.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "io/stage.h"
#include "par.h"

/* auto, then in the order of enum voxel_type */
static const char *const types[] = {"auto", "uint8", "int8", "uint16", "int16", "uint32", "int32",
                                    "float", "double", NULL};

static const char *unit;
static double fill = NAN;
static bool round_it, saturate, labels;
static int type;

static const struct cli_opt opts[] = {
	{.name = "type", .type = CLI_CHOICE, .value = &type, .arg = "TYPE", .choices = types,
	 .help = "voxel type of the result; auto is float, but uint8 for a comparison, and for labels theirs"},
	{.name = "round", .type = CLI_FLAG, .value = &round_it,
	 .help = "into an integer type, round to the nearest, halves away from zero; without it a fraction is an "
	         "error"},
	{.name = "saturate", .type = CLI_FLAG, .value = &saturate,
	 .help = "values beyond the type become its least or greatest; without it they are an error"},
	{.letter = 'f', .name = "fill", .type = CLI_REAL, .value = &fill, .arg = "VALUE",
	 .help = "what NaN becomes; without it NaN in an integer is an error"},
	{.name = "unit", .type = CLI_STRING, .value = &unit, .arg = "UNIT",
	 .help = "unit of the result, such as HU, or 1 for none; by default worked out from the expression"},
	{.name = "labels", .type = CLI_FLAG, .value = &labels,
	 .help = "compute with labels and masks too; their numbers are names, so this has to be asked for"},
	{0},
};

static const struct cli_tool tool = {
	.name = "volcalc",
	.purpose = "compute with voxels: an expression over one or more volumes",
	.operands = "EXPR [A [B...]]",
	.min_operands = 1,
	.max_operands = 1 + EXPR_VOLUMES,
	.wants = CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "volcalc 'a > 300 ? 1000 : a' hu.vol -o bright.vol",
	.see_also = "volcast(1), volmask(1), volnorm(1), volhu(1), volcmp(1), volstream(5)",
};

/* What is under way on one thread, or waits for it. */
struct slot {
	char *voxels[EXPR_VOLUMES];
	void *work, *result;
	uint64_t first;
	size_t n, done;        /* done < n: the result misfit does not fit */
	double misfit;
};

struct job {
	struct expr *expr;
	char **path;           /* of the volumes */
	int volumes;
	struct instep in[EXPR_VOLUMES];
	enum voxel_type type[EXPR_VOLUMES];
	struct cast cast;
	struct vol_grid grid;
	const char *name;      /* of the first */
	void *table;           /* of all results, where that pays; else NULL */
	size_t run;            /* numbers a slot, at most */
	size_t slots;
	struct slot *slot;
};

/* ---- the header ---- */

static int open_volume(struct job *j, int v, struct vol_in *in, const struct vol_head *head, struct vol_err *err)
{
	struct instep *s = &j->in[v];
	const char *name;

	if ((v == 0 ? instep_first(s, in, head, err) : instep_beside(s, j->path[v], &j->in[0], err)) < 0)
		return -1;
	j->type[v] = s->head.type;
	name = vol_in_name(s->in);
	if (want_scalar(&s->head, name, err) < 0)
		return -1;
	if (!expr_uses(j->expr, v))
		return 0;
	if (is_labels(&s->head) && !labels)
		return vol_fail(err, name, "voxels are labels, not intensities: --labels computes with them");
	if (key_get(&s->head, "padding"))
		vol_warn(name, "vol.padding %s marks voxels that were not measured: they are computed with like all "
		               "others, and no longer marked", key_get(&s->head, "padding"));
	return want_physical(&s->head, name, err);
}

/* The unit of volume v as expr_unit takes it: volumes of one unit have the number of the first. */
static int number_unit(const struct job *j, int v)
{
	const char *u = key_get(&j->in[v].head, "unit");

	if (!u)
		return EXPR_OTHER;
	if (strcmp(u, "1") == 0)
		return EXPR_NUMBER;
	if (strcmp(u, "mm") == 0)
		return EXPR_MM;
	if (is_labels(&j->in[v].head))
		return EXPR_LABEL;
	for (int w = 0; w < v; w++) {
		const char *other = key_get(&j->in[w].head, "unit");

		if (other && strcmp(other, u) == 0)
			return EXPR_UNIT + w;
	}
	return EXPR_UNIT + v;
}

/* The type of the first that is labels. */
static enum voxel_type type_of_labels(const struct job *j)
{
	for (int v = 0; v < j->volumes; v++)
		if (expr_uses(j->expr, v) && is_labels(&j->in[v].head))
			return j->type[v];
	return VOXEL_UINT8;
}

/* The unit and the type of the result. */
static int make_values(struct job *j, struct vol_head *head, struct vol_err *err)
{
	int of[EXPR_VOLUMES] = {0}, is;
	const char *u = NULL;
	bool whole;

	for (int v = 0; v < j->volumes; v++)
		of[v] = number_unit(j, v);
	is = expr_unit(j->expr, of);
	j->cast.to = type ? (enum voxel_type)(type - 1) : is == EXPR_TRUTH ? VOXEL_UINT8
		     : is == EXPR_LABEL ? type_of_labels(j) : VOXEL_FLOAT;
	whole = voxel_is_integer(j->cast.to, NULL, NULL);
	if (unit && strcmp(unit, "label") == 0 && !whole)
		return vol_fail(err, "--unit", "labels are integers: give --type uint8 too");
	if (is >= EXPR_UNIT)
		u = key_get(&j->in[is - EXPR_UNIT].head, "unit");
	else if (is == EXPR_MM)
		u = "mm";
	else if (is == EXPR_NUMBER)
		u = "1";
	else if (is == EXPR_TRUTH || is == EXPR_LABEL)
		u = whole ? "label" : "1";
	if (unit)
		u = *unit ? unit : NULL;
	if (!u && !unit)
		vol_note(j->name, "what unit the result has is not known: --unit says");
	head->type = j->cast.to;
	return follow_values(head, u, err);
}

static int prepare(void *ctx, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	struct job *j = ctx;
	size_t bytes;

	j->name = vol_in_name(in);
	j->grid = head->grid;
	for (int v = 0; v < j->volumes; v++)
		if (open_volume(j, v, in, head, err) < 0)
			return -1;
	key_drop(head, "padding");
	j->cast = (struct cast){.from = VOXEL_DOUBLE, .round = round_it, .saturate = saturate, .fill = fill};
	if (make_values(j, head, err) < 0)
		return -1;
	if (!isnan(fill) && !cast_holds(j->cast.to, fill))
		return vol_fail(err, "--fill", "%g cannot be held by the type %s", fill, voxel_name(j->cast.to));
	bytes = voxel_size(j->cast.to);
	for (int v = 0; v < j->volumes; v++)
		bytes += voxel_size(j->type[v]);
	/* a slot of about half a MiB, in whole blocks */
	j->run = VOL_SLAB / bytes / EXPR_BLOCK * EXPR_BLOCK;
	return 0;
}

/* ---- the voxels ---- */

static void compute(void *ctx, size_t slot)
{
	const struct job *j = ctx;
	struct slot *s = &j->slot[slot];

	if (j->table) {
		lookup_apply(j->table, j->type[0], j->cast.to, s->voxels[0], s->n, s->result);
		s->done = s->n;
		return;
	}
	s->done = expr_run(j->expr, s->work, (const void *const *)s->voxels, j->type, &j->grid, s->first, s->n,
	                   &j->cast, s->result, &s->misfit);
}

static int put(const struct job *j, struct slot *s, struct vol_out *out, struct vol_err *err)
{
	size_t n = s->n;

	s->n = 0;
	if (s->done < n)
		return cast_fail(&j->cast, s->misfit, s->first + s->done, &j->grid, "the result", err);
	return vol_put(out, s->result, n * voxel_size(j->cast.to), err);
}

static int make_slots(struct job *j, int threads, struct vol_err *err)
{
	j->slots = threads == 1 ? 1 : (size_t)threads + 2;
	j->slot = calloc(j->slots, sizeof *j->slot);
	for (size_t i = 0; j->slot && i < j->slots; i++) {
		struct slot *s = &j->slot[i];
		bool fine = (s->work = expr_work_new(j->expr)) && (s->result = malloc(j->run * voxel_size(j->cast.to)));

		for (int v = 0; fine && v < j->volumes; v++)
			fine = (s->voxels[v] = malloc(j->run * voxel_size(j->type[v])));
		if (!fine)
			return vol_fail(err, j->name, "out of memory");
	}
	return j->slot ? 0 : vol_fail(err, j->name, "out of memory");
}

/* Results leave in the order of the voxels, so what fails first is what is said, at any number of
 * threads. */
static int put_rest(struct job *j, struct par_ring *ring, size_t from, struct vol_out *out, struct vol_err *err)
{
	for (size_t i = 0; i < j->slots; i++) {
		size_t at = (from + i) % j->slots;

		par_wait(ring, at);
		if (j->slot[at].n && put(j, &j->slot[at], out, err) < 0)
			return -1;
	}
	return 0;
}

static int run_ring(struct job *j, struct par_ring *ring, struct vol_out *out, struct vol_err *err)
{
	struct vol_err reading;
	uint64_t first = 0;
	size_t at = 0;
	int64_t got;

	for (;;) {
		struct slot *s = &j->slot[at];

		par_wait(ring, at);
		if (s->n && put(j, s, out, err) < 0)
			return -1;
		got = instep_take(j->in, j->volumes, j->run, s->voxels, &reading);
		if (got <= 0)
			break;
		s->first = first;
		s->n = (size_t)got;
		first += s->n;
		par_submit(ring, at);
		at = (at + 1) % j->slots;
	}
	if (put_rest(j, ring, at, out, err) < 0)
		return -1;
	if (got < 0)
		*err = reading;
	return (int)got;
}

static int calculate(void *ctx, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	struct job *j = ctx;
	int threads, rc;
	struct par_ring *ring;

	(void)in;
	/* a table costs as much as computing its 65536 voxels */
	if (vol_head_bytes(&j->in[0].head) >= 8 * lookup_size(j->type[0]))
		j->table = expr_table(j->expr, j->type[0], &j->cast);
	/* handing voxels over costs as much as looking them up */
	threads = j->table ? 1 : par_threads(cli.threads);
	if (make_slots(j, threads, err) < 0)
		return -1;
	ring = par_ring_new(threads, j->slots, compute, j);
	if (!ring)
		return vol_fail_errno(err, j->name, "threads");
	rc = run_ring(j, ring, out, err);
	par_ring_free(ring);
	return rc;
}

static void end(struct job *j)
{
	for (size_t i = 0; j->slot && i < j->slots; i++) {
		for (int v = 0; v < j->volumes; v++)
			free(j->slot[i].voxels[v]);
		free(j->slot[i].work);
		free(j->slot[i].result);
	}
	free(j->slot);
	free(j->table);
	for (int v = 0; v < j->volumes; v++)
		instep_close(&j->in[v]);
	expr_free(j->expr);
}

/* ---- the command line ---- */

/* The expression as a word of the history: on one line; quotes cannot be in it. */
static const char *quoted(const char *text)
{
	static char word[EXPR_LENGTH + 3];
	size_t n = 0;

	word[n++] = '\'';
	for (; *text && n < EXPR_LENGTH + 1; text++)
		word[n++] = strchr("\t\r\n", *text) ? ' ' : *text;
	word[n++] = '\'';
	word[n] = '\0';
	return word;
}

static void check(const struct job *j)
{
	int stdins = 0;

	for (int v = 0; v < j->volumes; v++) {
		stdins += !j->path[v] || strcmp(j->path[v], "-") == 0;
		if (v > 0 && !expr_uses(j->expr, v))
			cli_usage("volume %c, '%s', is not in the expression", expr_letter(v), j->path[v]);
	}
	if (stdins > 1)
		cli_usage("only one of the volumes can be the standard input");
	if (unit && (strlen(unit) > 63 || strpbrk(unit, "\t\r\n")))
		cli_usage("--unit: a unit is a word of up to 63 characters");
	if (unit && strcmp(unit, "stored") == 0)
		cli_usage("--unit: what is computed is not what a scanner stored");
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct job job = {.path = operands + 1, .volumes = n > 1 ? n - 1 : 1};
	struct vol_stage stage = {.in = operands[1], .out = cli.output,
	                          .flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0,
	                          .progress = cli_progress, .head = prepare, .run = calculate};
	struct vol_err err;

	job.expr = expr_new(operands[0], job.volumes, &err);
	if (!job.expr)
		cli_usage("%s: %s", err.subject, err.what);
	check(&job);
	stage.history = cli_history_of(quoted(operands[0]));
	if (vol_stage_run(&stage, &job, &err) < 0)
		cli_fail(&err);
	end(&job);
	return 0;
}
