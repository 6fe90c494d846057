/* volcmp - how far two volumes differ, in place and in value. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alg/compare.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "format.h"
#include "io/keys.h"

static double tol = 0, tol_mm = 0.01;
static bool json;

static const struct cli_opt opts[] = {
	{.name = "tol", .type = CLI_REAL, .value = &tol, .arg = "V",
	 .help = "voxels may differ by V in their unit; by default 0"},
	{.name = "tol-mm", .type = CLI_REAL, .value = &tol_mm, .arg = "MM",
	 .help = "the worst corner may lie MM apart; by default 0.01"},
	{.letter = 'j', .name = "json", .type = CLI_FLAG, .value = &json,
	 .help = "the report as a JSON object"},
	{0},
};

static const struct cli_tool tool = {
	.name = "volcmp",
	.purpose = "compare two volumes, in any format that can be read",
	.operands = "A B",
	.min_operands = 2,
	.max_operands = 2,
	.wants = CLI_PROGRESS,
	.opts = opts,
	.example = "volcmp hu.vol ct.nii.gz",
	.see_also = "volinfo(1), nii2vol(1), nrrd2vol(1), volstream(5)",
	.verdict = (const char *const[]){"the volumes are the same, within the tolerances",
	                                 "the volumes differ", NULL},
};

/* One of the two volumes. */
struct side {
	struct vol_in *in;
	struct vol_head head;
	struct vol_rescale rescale; /* as it is applied: n is 0 when the numbers are taken as they are */
	struct vol_slab slab;
	size_t used;                /* numbers of the slab that are dealt with */
	char *held;                 /* one entry of the list, whole; only for a turned B */
	struct compare_run run;     /* of the held voxels: what they are, and mean */
};

/* ---- what is compared ---- */

static int open_side(struct side *s, const char *path, struct vol_err *err)
{
	s->in = format_open(path, &s->head, err);
	if (!s->in)
		return -1;
	return key_rescale(&s->head, &s->rescale, vol_in_name(s->in), err);
}

static void close_side(struct side *s)
{
	vol_close(s->in);
	vol_head_free(&s->head);
	rescale_free(&s->rescale);
	free(s->held);
}

static bool is_stored(const struct side *s)
{
	const char *unit = key_get(&s->head, "unit");

	return unit && strcmp(unit, "stored") == 0;
}

/* The unit of what comes out of the rescale, or of what is there; NULL: not known. */
static const char *unit_of(const struct side *s)
{
	return key_get(&s->head, is_stored(s) ? "rescale.unit" : "unit");
}

/* Compare what the voxels mean, when both sides tell; else what is in the files. Returns the unit
 * for the report. */
static const char *settle_units(struct side *a, struct side *b)
{
	const char *ua = unit_of(a), *ub = unit_of(b);

	for (int i = 0; i < 2; i++) {
		struct side *s = i ? b : a, *other = i ? a : b;

		if (!is_stored(s) || s->rescale.n)
			continue;
		if (!is_stored(other))
			vol_warn(vol_in_name(s->in), "values are stored units without a rescale: "
			                             "compared as they are");
		rescale_free(&a->rescale);
		rescale_free(&b->rescale);
		return "stored";
	}
	if (!is_stored(a))
		rescale_free(&a->rescale);
	if (!is_stored(b))
		rescale_free(&b->rescale);
	if (ua && ub && strcmp(ua, ub) != 0)
		vol_warn("", "units differ: %s and %s", ua, ub);
	return ua ? ua : ub;
}

/* ---- the voxels ---- */

/* Get the side a slab to work on: 1; 0 at the end. */
static int pull(struct side *s, struct vol_err *err)
{
	int got;

	if (s->slab.n > s->used)
		return 1;
	s->used = 0;
	got = vol_next(s->in, &s->slab, err);
	if (got <= 0)
		s->slab.n = 0;
	return got;
}

/* The numbers that come next, and in *n how many share one rescale, *n at most. */
static struct compare_run next_run(const struct side *s, size_t *n)
{
	size_t in_slice = (size_t)(vol_head_slice_bytes(&s->head) / voxel_size(s->head.type));
	uint64_t place = s->slab.offset + s->used;
	size_t pair = s->rescale.n > 1 ? (size_t)(s->slab.slice + place / in_slice) : 0;
	size_t left = s->slab.n - s->used;
	struct compare_run r = {.type = s->head.type, .slope = 1};

	r.v = (const char *)s->slab.voxels + s->used * voxel_size(s->head.type);
	if (s->rescale.n) {
		r.slope = s->rescale.slope[pair];
		r.intercept = s->rescale.intercept[pair];
	}
	if (s->rescale.n > 1 && left > in_slice - place % in_slice)
		left = (size_t)(in_slice - place % in_slice);
	if (*n > left)
		*n = left;
	return r;
}

static int compare_straight(struct side *a, struct side *b, struct compare *c, struct vol_err *err)
{
	int got;

	while ((got = pull(a, err)) > 0 && (got = pull(b, err)) > 0) {
		size_t n = SIZE_MAX;
		struct compare_run ra = next_run(a, &n), rb = next_run(b, &n);

		compare_add(c, &ra, &rb, n);
		a->used += n;
		b->used += n;
	}
	/* sizes are the same: at the end of one, the other has to end too */
	return got < 0 ? -1 : pull(b, err);
}

/* Take one entry of the list (mostly, all there is) into memory. With slopes that differ by slice
 * it is held as what it means: which slice a voxel came from is lost by the turn. */
static int hold(struct side *s, struct vol_err *err)
{
	bool as_double = s->rescale.n > 1;
	size_t size = as_double ? sizeof(double) : voxel_size(s->head.type);
	uint64_t left = vol_head_slice_bytes(&s->head) / voxel_size(s->head.type) * s->head.grid.size[2];
	uint64_t bytes;
	char *to;

	if (!s->held && size_mul(left, size, &bytes))
		s->held = malloc((size_t)bytes);
	if (!s->held)
		return vol_fail(err, vol_in_name(s->in), "does not fit in memory: its axes run otherwise");
	for (to = s->held; left;) {
		size_t n = (size_t)left;
		int got = pull(s, err);

		if (got <= 0)
			return got < 0 ? -1 : vol_fail(err, vol_in_name(s->in), "ends early");
		s->run = next_run(s, &n);
		if (as_double)
			compare_doubles(&s->run, 0, n, (double *)to);
		else
			memcpy(to, s->run.v, n * size);
		to += n * size;
		left -= n;
		s->used += n;
	}
	if (as_double)
		s->run = (struct compare_run){.type = VOXEL_DOUBLE, .slope = 1};
	return 0;
}

/* Against b, whose lattice is run through in another order: the rows of a, as they come. */
static int compare_rows(struct side *a, struct side *b, const struct compare_turn *t,
                        struct compare *c, struct vol_err *err)
{
	const uint64_t *size = a->head.grid.size;
	unsigned channels = a->head.channels;
	uint64_t entry, held = UINT64_MAX;
	void *buf = malloc((size_t)size[0] * channels * sizeof(double));
	int got = buf ? 1 : vol_fail(err, "", "out of memory");

	while (got > 0 && (got = pull(a, err)) > 0) {
		uint64_t voxel = (a->slab.offset + a->used) / channels;
		uint64_t slice = a->slab.slice + voxel / (size[0] * size[1]);
		uint64_t at[3] = {voxel % size[0], voxel / size[0] % size[1], slice % size[2]};
		size_t n = (size_t)(size[0] - at[0]) * channels;
		struct compare_run ra = next_run(a, &n), rb;

		entry = slice / size[2];
		if (entry != held && hold(b, err) < 0) {
			got = -1;
			break;
		}
		held = entry;
		rb = b->run;
		rb.v = compare_row(b->held, b->head.grid.size, channels * voxel_size(rb.type), t, at,
		                   n / channels, buf);
		compare_add(c, &ra, &rb, n);
		a->used += n;
	}
	free(buf);
	return got < 0 ? -1 : pull(b, err);
}

/* ---- the report ---- */

struct report {
	const struct vol_head *a, *b;
	const char *unit;
	double mm;              /* worst corner; negative: the sizes do not fit */
	bool shapes;            /* as many voxels, channels and list entries: the voxels were compared */
	struct compare_turn turn;
	struct compare c;
	bool same;
};

/* "x -y z": the axes of B along those of A */
static void axes_text(const struct compare_turn *t, int k, char text[3])
{
	snprintf(text, 3, "%s%c", t->flip[k] ? "-" : "", "xyz"[t->axis[k]]);
}

/* Where in A the greatest difference is: x, y, z, list. */
static void place(const struct report *r, uint64_t at[4])
{
	uint64_t i = r->c.at / r->a->channels;

	for (int k = 0; k < 3; k++) {
		at[k] = i % r->a->grid.size[k];
		i /= r->a->grid.size[k];
	}
	at[3] = i;
}

static void print_sizes(const char *name, const struct vol_head *h)
{
	printf("%s: %llu %llu %llu", name, (unsigned long long)h->grid.size[0],
	       (unsigned long long)h->grid.size[1], (unsigned long long)h->grid.size[2]);
	if (h->list)
		printf(", list of %llu", (unsigned long long)h->list);
	if (h->channels > 1)
		printf(", %u channels", h->channels);
	putchar('\n');
}

static void print_voxels(const struct report *r)
{
	const struct compare *c = &r->c;
	const char *blank = r->unit ? " " : "", *unit = r->unit ? r->unit : "";
	char b[32];
	uint64_t at[4];

	printf("voxels: %llu of %llu differ", (unsigned long long)c->differ, (unsigned long long)c->n);
	if (tol > 0)
		printf(", %llu by more than %s%s%s", (unsigned long long)c->over, vol_number(b, tol),
		       blank, unit);
	putchar('\n');
	if (!c->differ)
		return;
	printf("        mean %.6g, max %s%s%s", c->sum / (double)c->n, vol_number(b, c->max), blank,
	       unit);
	if (c->unlike)
		printf("; %llu where only one is a number", (unsigned long long)c->unlike);
	place(r, at);
	printf("; worst at %llu %llu %llu", (unsigned long long)at[0], (unsigned long long)at[1],
	       (unsigned long long)at[2]);
	if (r->a->list)
		printf(" %llu", (unsigned long long)at[3]);
	putchar('\n');
}

static void print_report(const struct report *r)
{
	char axis[3][3];

	if (!r->shapes || r->mm < 0) {
		print_sizes("size of A", r->a);
		print_sizes("size of B", r->b);
	}
	if (r->mm < 0)
		return;
	printf("grid:   %.3g mm apart at the worst corner", r->mm);
	for (int k = 0; k < 3; k++)
		axes_text(&r->turn, k, axis[k]);
	if (compare_turned(&r->turn))
		printf(", with the axes of B as %s %s %s", axis[0], axis[1], axis[2]);
	putchar('\n');
	if (r->shapes)
		print_voxels(r);
}

static void json_shape(const char *name, const struct vol_head *h)
{
	cli_json_key(name);
	cli_json_begin('{');
	cli_json_key("size");
	cli_json_begin('[');
	for (int k = 0; k < 3; k++)
		cli_json_int(NULL, (long long)h->grid.size[k]);
	cli_json_end(']');
	cli_json_int("list", (long long)h->list);
	cli_json_int("channels", h->channels);
	cli_json_end('}');
}

static void json_voxels(const struct report *r)
{
	uint64_t at[4];

	place(r, at);
	cli_json_key("voxels");
	cli_json_begin('{');
	cli_json_string("unit", r->unit);
	cli_json_real("tolerance", tol);
	cli_json_int("count", (long long)r->c.n);
	cli_json_int("differ", (long long)r->c.differ);
	cli_json_int("over_tolerance", (long long)r->c.over);
	cli_json_int("unlike", (long long)r->c.unlike);
	cli_json_real("max", r->c.max);
	cli_json_real("mean", r->c.n ? r->c.sum / (double)r->c.n : 0);
	cli_json_key("worst_at");
	cli_json_begin('[');
	for (int k = 0; r->c.differ && k < (r->a->list ? 4 : 3); k++)
		cli_json_int(NULL, (long long)at[k]);
	cli_json_end(']');
	cli_json_end('}');
}

static void json_report(const struct report *r)
{
	char axis[3];

	cli_json_begin('{');
	cli_json_bool("same", r->same);
	json_shape("a", r->a);
	json_shape("b", r->b);
	if (r->mm >= 0) {
		cli_json_key("grid");
		cli_json_begin('{');
		cli_json_real("worst_corner_mm", r->mm);
		cli_json_real("tolerance_mm", tol_mm);
		cli_json_key("b_axes");
		cli_json_begin('[');
		for (int k = 0; k < 3; k++) {
			axes_text(&r->turn, k, axis);
			cli_json_string(NULL, axis);
		}
		cli_json_end(']');
		cli_json_end('}');
	} else {
		cli_json_null("grid");
	}
	if (r->shapes && r->mm >= 0)
		json_voxels(r);
	else
		cli_json_null("voxels");
	cli_json_end('}');
}

/* ---- all ---- */

static int compare_volumes(struct side *a, struct side *b, struct report *r, struct vol_err *err)
{
	int rc = 0;

	r->unit = settle_units(a, b);
	r->mm = compare_turn(&a->head.grid, &b->head.grid, &r->turn);
	r->shapes = a->head.channels == b->head.channels &&
	            (a->head.list ? a->head.list : 1) == (b->head.list ? b->head.list : 1);
	r->c.tol = tol;
	vol_progress(a->in, cli_progress, NULL);
	if (r->shapes && r->mm >= 0)
		rc = compare_turned(&r->turn) ? compare_rows(a, b, &r->turn, &r->c, err)
					      : compare_straight(a, b, &r->c, err);
	r->same = r->shapes && r->mm >= 0 && r->mm <= tol_mm && r->c.over == 0;
	return rc;
}

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct side a = {0}, b = {0};
	struct report r = {.a = &a.head, .b = &b.head};
	struct vol_err err;

	if (tol < 0 || tol_mm < 0)
		cli_usage("a tolerance is not negative");
	if (strcmp(operands[0], "-") == 0 && strcmp(operands[1], "-") == 0)
		cli_usage("only one of the two can be the standard input");
	if (open_side(&a, operands[0], &err) < 0 || open_side(&b, operands[1], &err) < 0 ||
	    compare_volumes(&a, &b, &r, &err) < 0)
		cli_fail(&err);
	cli_progress_done();
	if (json)
		json_report(&r);
	else if (!cli.quiet)
		print_report(&r);
	close_side(&a);
	close_side(&b);
	cli_finish_stdout();
	return !r.same;
}
