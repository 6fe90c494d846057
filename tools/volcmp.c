/* volcmp - how far two volumes differ, in place and in value. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "versus.h"

static double tol = 0, tol_mm = 0.01;
static bool json;

static const struct cli_opt opts[] = {
	{.name = "tol", .type = CLI_REAL, .value = &tol, .arg = "V",
	 .help = "voxels may differ by V in their unit; by default 0"},
	{.name = "tol-mm", .type = CLI_REAL, .value = &tol_mm, .arg = "MM",
	 .help = "the worst corner may lie MM apart; by default 0.01"},
	{.letter = 'j', .name = "json", .type = CLI_FLAG, .value = &json,
	 .help = "the report as a JSON object"},
	{.name = NULL},
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

static bool is_same(const struct versus *r)
{
	return r->shapes && r->mm >= 0 && r->mm <= tol_mm && r->c.over == 0;
}

/* ---- the report ---- */

/* "x -y z": the axes of B along those of A */
static void axes_text(const struct compare_turn *t, int k, char text[3])
{
	snprintf(text, 3, "%s%c", t->flip[k] ? "-" : "", "xyz"[t->axis[k]]);
}

/* Where in A the greatest difference is: x, y, z, list. */
static void place(const struct versus *r, uint64_t at[4])
{
	uint64_t i = r->c.at / r->a.channels;

	for (int k = 0; k < 3; k++) {
		at[k] = i % r->a.grid.size[k];
		i /= r->a.grid.size[k];
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

static void print_voxels(const struct versus *r)
{
	const struct compare *c = &r->c;
	const char *blank = r->unit[0] ? " " : "", *unit = r->unit;
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
	if (r->a.list)
		printf(" %llu", (unsigned long long)at[3]);
	putchar('\n');
}

static void print_report(const struct versus *r)
{
	char axis[3][3];

	if (!r->shapes || r->mm < 0) {
		print_sizes("size of A", &r->a);
		print_sizes("size of B", &r->b);
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

static void json_voxels(const struct versus *r)
{
	uint64_t at[4];

	place(r, at);
	cli_json_key("voxels");
	cli_json_begin('{');
	cli_json_string("unit", r->unit[0] ? r->unit : NULL);
	cli_json_real("tolerance", tol);
	cli_json_int("count", (long long)r->c.n);
	cli_json_int("differ", (long long)r->c.differ);
	cli_json_int("over_tolerance", (long long)r->c.over);
	cli_json_int("unlike", (long long)r->c.unlike);
	cli_json_real("max", r->c.max);
	cli_json_real("mean", r->c.n ? r->c.sum / (double)r->c.n : 0);
	cli_json_key("worst_at");
	cli_json_begin('[');
	for (int k = 0; r->c.differ && k < (r->a.list ? 4 : 3); k++)
		cli_json_int(NULL, (long long)at[k]);
	cli_json_end(']');
	cli_json_end('}');
}

static void json_report(const struct versus *r)
{
	char axis[3];

	cli_json_begin('{');
	cli_json_bool("same", is_same(r));
	json_shape("a", &r->a);
	json_shape("b", &r->b);
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

int main(int argc, char **argv)
{
	int n;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct versus r;
	struct vol_err err;
	bool same;

	if (tol < 0 || tol_mm < 0)
		cli_usage("a tolerance is not negative");
	if (strcmp(operands[0], "-") == 0 && strcmp(operands[1], "-") == 0)
		cli_usage("only one of the two can be the standard input");
	if (versus_run(operands[0], operands[1], tol, cli_progress, &r, &err) < 0)
		cli_fail(&err);
	cli_progress_done();
	if (json)
		json_report(&r);
	else if (!cli.quiet)
		print_report(&r);
	same = is_same(&r);
	versus_free(&r);
	cli_finish_stdout();
	return !same;
}
