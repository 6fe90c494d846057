/* volorient - a volume with its axes in another order or direction; every voxel stays where it is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alg/orient.h"
#include "alg/reorder.h"
#include "beside.h"
#include "cli/cli.h"
#include "io/follow.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "io/slices.h"
#include "io/stage.h"
#include "par.h"

static const char *like;

static const struct cli_opt opts[] = {
	{.name = "like", .type = CLI_FILE, .value = &like, .arg = "FILE",
	 .help = "as the axes of this volume, in any format, run most"},
	{0},
};

static const struct cli_tool tool = {
	.name = "volorient",
	.purpose = "reorder and flip axes to RAS, LPS, ...; no voxel moves or changes",
	.operands = "[CODE] [IN]",
	.max_operands = 2,
	.wants = CLI_OUTPUT | CLI_THREADS | CLI_PROGRESS,
	.opts = opts,
	.example = "volorient RAS ct.vol -o ras.vol",
	.see_also = "volinfo(1), volresample(1), volback(1), volcrop(1), volstream(5)",
};

struct job {
	struct orient wanted;
	struct vol_head in;     /* as it was read, without keys */
	struct orient_turn turn;
	struct reorder order;
};

/* ---- the header ---- */

/* Pairs of slope and intercept that differ by slice go with their slices. */
static int follow_turn(const struct job *j, struct vol_head *head, const char *name, struct vol_err *err)
{
	uint64_t nz = head->grid.size[2], n = vol_head_slices(head), *from;
	struct vol_rescale r;
	int rc;

	if (key_rescale(head, &r, name, err) < 0)
		return -1;
	rescale_simplify(&r);
	rc = r.n == 1 ? key_set_rescale(head, &r, err) : 0;
	n = r.n;
	rescale_free(&r);
	if (n <= 1 || rc < 0 || (j->turn.from[2] == 2 && !j->turn.flip[2]))
		return rc;
	if (j->turn.from[2] != 2)
		return vol_fail(err, name, "slope and intercept differ by slice, and the slices would run along "
		                           "another axis: run volhu first");
	from = calloc((size_t)n, sizeof *from);
	if (!from)
		return vol_fail(err, name, "out of memory");
	for (uint64_t i = 0; i < n; i++)
		from[i] = i / nz * nz + (nz - 1 - i % nz);
	rc = follow_slices(head, from, n, err);
	free(from);
	return rc;
}

static void tell(const char *name, const struct vol_grid *before, const struct vol_grid *after)
{
	const struct orient was = orient_of(before), is = orient_of(after);
	char a[128], b[128];

	vol_note(name, "was %s; is %s", orient_words(&was, grid_shear_mm(before), a),
	         orient_words(&is, grid_shear_mm(after), b));
}

static int make_head(void *ctx, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	struct job *j = ctx;
	struct orient now = orient_of(&head->grid);

	j->in.type = head->type;
	j->in.channels = head->channels;
	j->in.grid = head->grid;
	j->in.list = head->list;
	j->turn = orient_turn(&now, &j->wanted);
	if (follow_turn(j, head, vol_in_name(in), err) < 0)
		return -1;
	orient_turn_grid(&j->turn, &head->grid);
	tell(vol_in_name(in), &j->in.grid, &head->grid);
	return 0;
}

/* ---- the voxels ---- */

static bool as_it_was(const struct orient_turn *t)
{
	for (int a = 0; a < 3; a++)
		if (t->from[a] != a || t->flip[a])
			return false;
	return true;
}

/* Slices in the order they come: each is turned by itself. */
static int turn_slices(struct job *j, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	size_t bytes = (size_t)vol_head_slice_bytes(&j->in);
	struct vol_slices s;
	const void *slice;
	void *result;
	int got = -1;

	if (vol_slices_begin(&s, in, &j->in, err) < 0)
		return -1;
	result = malloc(bytes);
	if (!result)
		vol_fail(err, s.name, "out of memory");
	while (result && (got = vol_slices_next(&s, &slice, err)) > 0) {
		reorder_slices(&j->order, slice, 0, 1, result);
		if (vol_put(out, result, bytes, err) < 0) {
			got = -1;
			break;
		}
	}
	free(result);
	vol_slices_end(&s);
	return got;
}

/* Slices of the result out of the whole volume, several at a time, in blocks that workers make. */
enum { BLOCK = 1 << 20, BLOCK_MAX = 32 << 20, SLOTS = 65 };

struct gather {
	const struct reorder *order;
	const char *voxels;
	size_t slice;                 /* bytes of a slice of the result */
	size_t at_once;               /* slices in a block */
	size_t blocks;                /* of one entry of the list */
	uint64_t entry_bytes;
	void *buf[SLOTS];
	size_t block[SLOTS];          /* counted through all entries */
};

static size_t block_slices(const struct gather *g, size_t block)
{
	size_t left = g->order->size[2] - block % g->blocks * g->at_once;

	return left < g->at_once ? left : g->at_once;
}

static void gather_block(void *ctx, size_t slot)
{
	struct gather *g = ctx;
	size_t block = g->block[slot], entry = block / g->blocks;

	reorder_slices(g->order, g->voxels + entry * g->entry_bytes, block % g->blocks * g->at_once,
	               block_slices(g, block), g->buf[slot]);
}

static int gather_all(struct gather *g, size_t blocks, int threads, struct vol_out *out, struct vol_err *err)
{
	size_t slots = threads > 1 ? (size_t)threads + 1 : 1, next = 0;
	struct par_ring *ring;
	uint64_t done = 0, total = blocks / g->blocks * g->entry_bytes;
	int rc = 0;

	for (size_t i = 0; i < slots; i++) {
		g->buf[i] = malloc(g->at_once * g->slice);
		if (!g->buf[i])
			rc = vol_fail(err, "", "out of memory");
	}
	ring = rc == 0 ? par_ring_new(threads, slots, gather_block, g) : NULL;
	if (rc == 0 && !ring)
		rc = vol_fail_errno(err, "", "no threads can be made");
	for (size_t b = 0; rc == 0 && b < blocks; b++) {
		size_t bytes = block_slices(g, b) * g->slice;

		for (; next < blocks && next < b + slots; next++) {
			g->block[next % slots] = next;
			par_submit(ring, next % slots);
		}
		par_wait(ring, b % slots);
		rc = vol_put(out, g->buf[b % slots], bytes, err);
		done += bytes;
		cli_progress(NULL, done, total);
	}
	par_ring_free(ring);
	for (size_t i = 0; i < slots; i++)
		free(g->buf[i]);
	return rc;
}

static int turn_volume(struct job *j, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	const struct reorder *r = &j->order;
	struct gather g = {.order = r, .slice = r->size[0] * r->size[1] * r->unit};
	size_t n = reorder_lines(r);

	if (vol_hold(in, err) < 0)
		return -1;
	g.voxels = vol_held(in);
	g.entry_bytes = (uint64_t)g.slice * r->size[2];
	if (n < BLOCK / g.slice)
		n = BLOCK / g.slice;
	while (n > 1 && n * g.slice > BLOCK_MAX)
		n /= 2;
	g.at_once = n < r->size[2] ? n : r->size[2];
	g.blocks = (r->size[2] - 1) / g.at_once + 1;
	return gather_all(&g, g.blocks * (size_t)(j->in.list ? j->in.list : 1), par_threads(cli.threads), out,
	                  err);
}

static int run(void *ctx, struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	struct job *j = ctx;
	uint64_t size[3] = {j->in.grid.size[0], j->in.grid.size[1], j->in.grid.size[2]};
	bool streams = j->turn.from[2] == 2 && !j->turn.flip[2];

	if (as_it_was(&j->turn))
		return vol_copy(in, out, err);
	size[2] = streams ? 1 : size[2];
	j->order = reorder_plan(size, j->turn.from, j->turn.flip, voxel_size(j->in.type) * j->in.channels);
	return streams ? turn_slices(j, in, out, err) : turn_volume(j, in, out, err);
}

/* ---- the command line ---- */

/* The orientation that is asked for; returns what is left of the operands. */
static char **find_wanted(struct orient *wanted, char **operands, int n)
{
	struct vol_grid grid;
	struct vol_err err;

	if (like) {
		if (strcmp(like, "-") == 0 && (!n || strcmp(operands[0], "-") == 0))
			cli_usage("--like and IN cannot both be stdin");
		if (n == 2)
			cli_usage("'%s' beside --like: give one of them", operands[0]);
		if (beside_grid(like, &grid, &err) < 0)
			cli_fail(&err);
		*wanted = orient_of(&grid);
		return operands;
	}
	if (operands[0] && orient_parse(operands[0], wanted))
		return operands + 1;
	if (n == 2)
		cli_usage("'%s' is no orientation: give three letters, one of L R, one of P A, one of S I, "
		          "such as RAS", operands[0]);
	orient_parse("LPS", wanted);
	return operands;
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n), code[4] = "";
	struct job job = {0};
	struct vol_stage stage = {.progress = cli_progress, .head = make_head, .run = run};
	struct vol_err err;

	stage.in = find_wanted(&job.wanted, operands, n)[0];
	for (int a = 0; a < 3; a++)
		code[a] = orient_to(&job.wanted, a);
	stage.out = cli.output;
	stage.flags = cli.no_clobber ? OUTFILE_NO_CLOBBER : 0;
	stage.history = cli_history_of(code);
	if (vol_stage_run(&stage, &job, &err) < 0)
		cli_fail(&err);
	return 0;
}
