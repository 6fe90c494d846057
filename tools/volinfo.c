/* volinfo - what a volume is: its header for people and for scripts, and its statistics. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alg/orient.h"
#include "alg/stats.h"
#include "cli/cli.h"
#include "cli/fields.h"
#include "cli/json.h"
#include "format.h"
#include "io/keys.h"

static bool json, want_stats;
static const char *get;

static const struct cli_opt opts[] = {
	{.letter = 'j', .name = "json", .type = CLI_FLAG, .value = &json,
	 .help = "one JSON object a volume, each on a line of its own"},
	{.letter = 'g', .name = "get", .type = CLI_STRING, .value = &get, .arg = "FIELD",
	 .help = "print the value of one field or key alone; exit 1 when a volume has none"},
	{.name = "stats", .type = CLI_FLAG, .value = &want_stats,
	 .help = "read the voxels too: min, max, mean, standard deviation; padding left out"},
	{.name = NULL},
};

static const struct cli_tool tool = {
	.name = "volinfo",
	.purpose = "say what a volume is",
	.operands = "[IN...]",
	.max_operands = -1,
	.wants = CLI_PROGRESS,
	.opts = opts,
	.example = "volinfo --stats ct.vol",
	.see_also = "dcmls(1), volcmp(1), volhu(1), volstream(5)",
};

struct info {
	const char *name; /* the reader's */
	struct vol_head head;
	struct orient orient;
	struct vol_rescale rescale;
	struct stats stats;
	/* as numbers, for the list of fields */
	double size[3], list, channels, bytes, spacing[3], fov[3], oblique, shear;
	double *pairs, padding[2], window[2], counts[3];
	size_t has_padding, has_window;
	char to[4];
};

/* What follows from the header alone. */
static int look(struct info *v, struct vol_err *err)
{
	const struct vol_grid *g = &v->head.grid;
	int padding = key_padding(&v->head, &v->padding[0], &v->padding[1], v->name, err);

	if (padding < 0 || key_rescale(&v->head, &v->rescale, v->name, err) < 0)
		return -1;
	v->has_padding = padding ? 2 : 0;
	v->has_window = key_window(&v->head, &v->window[0], &v->window[1]) ? 2 : 0;
	v->pairs = calloc(2 * v->rescale.n + 1, sizeof *v->pairs);
	if (!v->pairs)
		return vol_fail(err, v->name, "out of memory");
	for (size_t i = 0; i < v->rescale.n; i++) {
		v->pairs[2 * i] = v->rescale.slope[i];
		v->pairs[2 * i + 1] = v->rescale.intercept[i];
	}
	v->orient = orient_of(g);
	for (int a = 0; a < 3; a++) {
		v->size[a] = (double)g->size[a];
		v->spacing[a] = grid_spacing(g, a);
		v->fov[a] = v->size[a] * v->spacing[a];
		v->to[a] = orient_to(&v->orient, a);
	}
	v->list = v->head.list ? (double)v->head.list : NAN;
	v->channels = v->head.channels;
	v->bytes = (double)vol_head_bytes(&v->head);
	v->oblique = v->orient.oblique_deg;
	v->shear = grid_shear_mm(g);
	return 0;
}

static int count(struct info *v, struct vol_in *in, struct vol_err *err)
{
	struct vol_slab slab;
	int got;

	stats_begin(&v->stats, v->has_padding ? v->padding[0] : NAN, v->has_padding ? v->padding[1] : NAN);
	vol_progress(in, cli_progress, NULL);
	while ((got = vol_next(in, &slab, err)) > 0)
		stats_add(&v->stats, slab.voxels, v->head.type, slab.n);
	cli_progress_done();
	stats_end(&v->stats);
	v->counts[0] = (double)v->stats.n;
	v->counts[1] = (double)v->stats.padding;
	v->counts[2] = (double)v->stats.not_finite;
	return got;
}

/* ---- for scripts ---- */

enum { FIELDS_MAX = 32 };

/* The names are promises: volinfo(1) lists them. */
static void list_fields(const struct info *v, struct cli_field f[FIELDS_MAX])
{
	const struct vol_head *h = &v->head;
	const size_t s = want_stats ? 1 : 0;
	const struct cli_field all[] = {
		{"file", CLI_TEXT, .text = v->name},
		{"type", CLI_TEXT, .text = voxel_name(h->type)},
		{"size", CLI_NUMBERS, .x = v->size, .n = 3},
		{"list", CLI_NUMBER, .x = &v->list, .n = 1},
		{"channels", CLI_NUMBER, .x = &v->channels, .n = 1},
		{"bytes", CLI_NUMBER, .x = &v->bytes, .n = 1},
		{"spacing", CLI_NUMBERS, .x = v->spacing, .n = 3},
		{"field_of_view", CLI_NUMBERS, .x = v->fov, .n = 3},
		{"origin", CLI_NUMBERS, .x = h->grid.origin, .n = 3},
		{"directions", CLI_ROWS, .x = h->grid.direction[0], .n = 9, .row = 3},
		{"orientation", CLI_TEXT, .text = v->to},
		{"plane", CLI_TEXT, .text = orient_plane(&v->orient)},
		{"oblique", CLI_NUMBER, .x = &v->oblique, .n = 1},
		{"shear", CLI_NUMBER, .x = &v->shear, .n = 1},
		{"unit", CLI_TEXT, .text = key_get(h, "unit")},
		{"rescale", CLI_ROWS, .x = v->pairs, .n = 2 * v->rescale.n, .row = 2},
		{"rescale_unit", CLI_TEXT, .text = key_get(h, "rescale.unit")},
		{"padding", CLI_NUMBERS, .x = v->padding, .n = v->has_padding},
		{"window", CLI_NUMBERS, .x = v->window, .n = v->has_window},
		{"modality", CLI_TEXT, .text = key_get(h, "modality")},
		{"axis", CLI_TEXT, .text = key_get(h, "axis")},
		{"min", CLI_NUMBER, .x = &v->stats.min, .n = s},
		{"max", CLI_NUMBER, .x = &v->stats.max, .n = s},
		{"mean", CLI_NUMBER, .x = &v->stats.mean, .n = s},
		{"sd", CLI_NUMBER, .x = &v->stats.sd, .n = s},
		{"counted", CLI_NUMBER, .x = &v->counts[0], .n = s},
		{"padded", CLI_NUMBER, .x = &v->counts[1], .n = s},
		{"not_finite", CLI_NUMBER, .x = &v->counts[2], .n = s},
		{.name = NULL},
	};

	_Static_assert(sizeof all <= FIELDS_MAX * sizeof *f, "room for all");
	memcpy(f, all, sizeof all);
}

static bool is_statistic(const char *field)
{
	static const char *const names[] = {"min", "max", "mean", "sd", "counted", "padded", "not_finite"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(field, names[i]) == 0)
			return true;
	return false;
}

static void print_json(const struct info *v)
{
	struct cli_field fields[FIELDS_MAX];

	list_fields(v, fields);
	cli_json_begin('{');
	cli_fields_json(fields);
	cli_json_key("keys");
	cli_json_begin('{');
	for (size_t i = 0; i < v->head.keys.n; i++)
		cli_json_string(v->head.keys.name[i], v->head.keys.value[i]);
	cli_json_end('}');
	cli_json_end('}');
}

static int print_field(const struct info *v, struct vol_err *err)
{
	const struct vol_keys *k = &v->head.keys;
	struct cli_field fields[FIELDS_MAX];
	const char *value = key_get(&v->head, get);
	int found;

	list_fields(v, fields);
	found = cli_field_print(fields, get);
	for (size_t i = 0; !value && i < k->n; i++)
		if (strcmp(k->name[i], get) == 0)
			value = k->value[i];
	if (found < 0 && value)
		found = puts(value) >= 0;
	return found > 0 ? 0 : vol_fail(err, v->name, "has no '%.100s'", get);
}

/* ---- for people ---- */

static void print_grid(const struct info *v)
{
	const struct vol_grid *g = &v->head.grid;
	char words[128];

	cli_line("spacing", "%.6g x %.6g x %.6g mm", v->spacing[0], v->spacing[1], v->spacing[2]);
	cli_line("field of view", "%.6g x %.6g x %.6g mm", v->fov[0], v->fov[1], v->fov[2]);
	cli_line("origin", "%.8g, %.8g, %.8g mm (left, posterior, superior)", g->origin[0], g->origin[1],
	     g->origin[2]);
	cli_line("orientation", "%s", orient_words(&v->orient, v->shear, words));
}

static void print_rescale(const struct info *v)
{
	const char *unit = key_get(&v->head, "rescale.unit");
	const double *s = v->rescale.slope, *b = v->rescale.intercept;
	double lo = s[0], hi = s[0];

	if (!unit)
		unit = "physical unit unknown";
	if (v->rescale.n == 1) {
		cli_line("rescale", "%.9g * v %+.9g (%s)", s[0], b[0], unit);
		return;
	}
	for (size_t i = 0; i < v->rescale.n; i++) {
		lo = fmin(lo, s[i]);
		hi = fmax(hi, s[i]);
	}
	cli_line("rescale", "differs by slice: slopes %.9g to %.9g (%s)", lo, hi, unit);
}

static bool shown_already(const char *key)
{
	static const char *const names[] = {"vol.unit", "vol.rescale", "vol.rescale.unit", "vol.padding",
	                                    "vol.window", "vol.modality"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(key, names[i]) == 0)
			return true;
	return false;
}

static void print_people(const struct info *v)
{
	const struct vol_head *h = &v->head;
	const struct stats *s = &v->stats;
	const char *unit = key_get(h, "unit"), *modality = key_get(h, "modality");

	printf("%s\n", v->name);
	cli_line("voxels", "%s%s, %s%s%s", voxel_name(h->type), v->channels > 1 ? " colour" : "",
	     unit ? unit : "unit unknown", modality ? ", " : "", modality ? modality : "");
	if (h->list)
		cli_line("size", "%.0f x %.0f x %.0f, %.0f times", v->size[0], v->size[1], v->size[2], v->list);
	else
		cli_line("size", "%.0f x %.0f x %.0f, %.1f MiB", v->size[0], v->size[1], v->size[2],
		     v->bytes / 1048576);
	print_grid(v);
	if (v->rescale.n)
		print_rescale(v);
	if (v->has_padding && v->padding[0] == v->padding[1])
		cli_line("padding", "%.9g", v->padding[0]);
	else if (v->has_padding)
		cli_line("padding", "%.9g to %.9g", v->padding[0], v->padding[1]);
	if (v->has_window)
		cli_line("window", "centre %.6g, width %.6g", v->window[0], v->window[1]);
	for (size_t i = 0; i < h->keys.n; i++)
		if (!shown_already(h->keys.name[i]))
			cli_line(strncmp(h->keys.name[i], "vol.", 4) ? h->keys.name[i] : h->keys.name[i] + 4, "%s",
			     h->keys.value[i]);
	if (!want_stats)
		return;
	cli_line("values", "%.9g to %.9g, mean %.9g, sd %.9g", s->min, s->max, s->mean, s->sd);
	cli_line("counted", "%llu, %llu padding and %llu not finite left out", (unsigned long long)s->n,
	     (unsigned long long)s->padding, (unsigned long long)s->not_finite);
}

static int report(const char *path, struct vol_err *err)
{
	struct info v = {.name = NULL};
	struct vol_in *in = format_open(path, &v.head, err);
	int rc = -1;

	if (!in)
		return -1;
	v.name = vol_in_name(in);
	if (look(&v, err) == 0 && (!want_stats || count(&v, in, err) == 0))
		rc = 0;
	if (rc == 0 && get)
		rc = print_field(&v, err);
	else if (rc == 0 && json)
		print_json(&v);
	else if (rc == 0)
		print_people(&v);
	rescale_free(&v.rescale);
	free(v.pairs);
	vol_head_free(&v.head);
	vol_close(in);
	return rc;
}

int main(int argc, char **argv)
{
	int n, status = 0;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct vol_err err;

	if (get && json)
		cli_usage("--get and --json exclude each other");
	want_stats |= get && is_statistic(get);
	for (int i = 0; i < (n ? n : 1); i++) {
		if (i && !get && !json)
			putchar('\n');
		if (report(operands[i], &err) == 0)
			continue;
		cli_error(&err);
		status = 1;
	}
	cli_finish_stdout();
	return status;
}
