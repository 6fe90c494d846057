/* SPDX-License-Identifier: BSD-2-Clause
 *
 * mkseries - write a DICOM series of a phantom, sound or spoilt in a chosen way, and what a right reader finds in it.
 *
 * Independent of the readers it serves to test: every byte of the DICOM files is put there by this program, but for
 * the JPEG and JPEG-LS code streams, which DCMTK's dcmcjpeg and dcmcjpls make. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mkseries.h"

static const char help[] =
	"mkseries - write a DICOM series of a phantom\n"
	"\n"
	"usage: mkseries -o DIR [OPTION...]\n"
	"\n"
	"  -o, --output DIR          one file a slice; made if needed, must be empty but for --append\n"
	"      --append              put the files beside those already there\n"
	"      --size X,Y,Z          columns, rows, slices (64,64,20)\n"
	"      --spacing X,Y,Z       mm (0.8,0.8,2.5)\n"
	"      --thickness MM        SliceThickness (the z spacing)\n"
	"      --origin X,Y,Z        centre of the first voxel, mm, LPS (centres the volume)\n"
	"      --orient NAME         axial sagittal coronal oblique prone feet-first, or six cosines\n"
	"      --modality CT|MR|PT\n"
	"      --phantom NAME        thorax head ramp edges\n"
	"      --noise SD            in the modality's unit (CT 20, MR 15, PT 200)\n"
	"      --bits A,S,H          allocated, stored, high bit (16,16,15)\n"
	"      --signed --unsigned   (CT signed, but for jpeg-ls-near)\n"
	"      --slope A --intercept B   (CT 1,-1024; PT 0.8,0 a slice; MR none); --slope none\n"
	"      --slope-per-slice --intercept-per-slice\n"
	"      --padding V[,V2]      stored value(s) outside the circle; none (CT -2000 or 0, others none)\n"
	"      --monochrome 1|2\n"
	"      --syntax NAME         explicit implicit big-endian deflated rle jpeg-baseline jpeg-extended\n"
	"                            jpeg-lossless jpeg-lossless14 jpeg-ls jpeg-ls-near jpeg2000 jpeg2000-lossy\n"
	"      --fragments N --offset-table   of coded frames\n"
	"      --junk-high-bits      random bits around the stored ones\n"
	"      --names STYLE         sequential shuffled reversed utf8 (shuffled)\n"
	"      --no-preamble --no-meta\n"
	"      --instance-numbers STYLE   sequential reversed random none\n"
	"      --series-number N --series-uid-seed S --description TEXT --patient NAME\n"
	"      --charset iso2022     a patient name with kanji\n"
	"      --dicomdir            files named IMAGES/IM0001 and so on, and a DICOMDIR\n"
	"      --truth FILE --truth-stored FILE   physical and stored values as NRRD\n"
	"      --seed N\n"
	"      --defect NAME[=ARG]   any number of them; K is a slice, 0 the first:\n"
	"          missing=K duplicate=K overlap=K repeat irregular variable=K jitter=MM decimals=N tilt=DEG\n"
	"          tilt-position=DEG mixed-orientation=K mixed-size=K mixed-spacing=K mixed-sign=K localizer\n"
	"          second-series junk truncate=K[,BYTES] cut-header=K no-position=K|all no-orientation no-spacing\n"
	"          zero-spacing nan-position=K comma-position huge-position=K no-rescale colour=K multiframe[=K]\n"
	"          bad-length=K zero-rows modality-lut same-position\n";

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("mkseries: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

void usage_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("mkseries: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(2);
}

/* n numbers with commas between; all of them, and finite. */
static void numbers(const char *opt, const char *arg, double *v, int n)
{
	const char *p = arg;
	char *end;

	for (int i = 0; i < n; i++) {
		v[i] = strtod(p, &end);
		if (end == p || !isfinite(v[i]) || *end != (i < n - 1 ? ',' : 0))
			usage_error("--%s: '%s' is not %d number%s", opt, arg, n, n > 1 ? "s with commas between" : "");
		p = end + 1;
	}
}

static double number(const char *opt, const char *arg)
{
	double v;

	numbers(opt, arg, &v, 1);
	return v;
}

static long whole(const char *opt, const char *arg, long lo, long hi)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(arg, &end, 10);
	if (end == arg || *end || errno || v < lo || v > hi)
		usage_error("--%s: '%s' is not a whole number from %ld to %ld", opt, arg, lo, hi);
	return v;
}

/* The place of arg in a list that ends with NULL. */
static int choice(const char *opt, const char *arg, const char *const *list)
{
	for (int i = 0; list[i]; i++)
		if (!strcmp(arg, list[i]))
			return i;
	usage_error("--%s: unknown: '%s'", opt, arg);
}

static void set_orientation(struct config *cfg, const char *arg)
{
	static const struct {
		const char *name, *position;
		double v[6];
	} known[] = {
		{ "axial", "HFS", { 1, 0, 0, 0, 1, 0 } },       { "sagittal", "HFS", { 0, 1, 0, 0, 0, -1 } },
		{ "coronal", "HFS", { 1, 0, 0, 0, 0, -1 } },    { "prone", "HFP", { -1, 0, 0, 0, -1, 0 } },
		{ "feet-first", "FFS", { -1, 0, 0, 0, 1, 0 } },
	};
	double v[6], s1, c1, s2, c2, row = 0, col = 0, both = 0;

	cfg->patient_position = "HFS";
	if (!strcmp(arg, "oblique")) {
		/* 17.3 degrees about x, then 11.9 about z */
		sincos_deg(17.3, &s1, &c1);
		sincos_deg(11.9, &s2, &c2);
		memcpy(v, (double[6]){ c2, s2, 0, -s2 * c1, c2 * c1, s1 }, sizeof v);
	} else {
		size_t i = 0, n = sizeof known / sizeof *known;

		while (i < n && strcmp(arg, known[i].name))
			i++;
		if (i < n) {
			memcpy(v, known[i].v, sizeof v);
			cfg->patient_position = known[i].position;
		} else {
			numbers("orient", arg, v, 6);
		}
	}
	for (int i = 0; i < 3; i++) {
		cfg->row[i] = v[i];
		cfg->col[i] = v[i + 3];
		row += v[i] * v[i];
		col += v[i + 3] * v[i + 3];
		both += v[i] * v[i + 3];
	}
	if (fabs(row - 1) > 1e-3 || fabs(col - 1) > 1e-3 || fabs(both) > 1e-3)
		usage_error("--orient: '%s': not two perpendicular unit vectors", arg);
}

/* ask - the options whose defaults depend on others, as given. */
struct ask {
	const char *slope, *intercept, *padding, *noise, *origin, *thickness;
	int sign;                            /* 0: not said, 1 signed, -1 unsigned */
	const char **defect;
	int defects;
};

enum {
	O_APPEND = 256, O_SIZE, O_SPACING, O_THICKNESS, O_ORIGIN, O_ORIENT, O_MODALITY, O_PHANTOM, O_NOISE, O_BITS,
	O_SIGNED, O_UNSIGNED, O_SLOPE, O_INTERCEPT, O_SLOPES, O_INTERCEPTS, O_PADDING, O_MONOCHROME, O_SYNTAX,
	O_FRAGMENTS, O_OFFSETS, O_JUNKBITS, O_NAMES, O_NO_PREAMBLE, O_NO_META, O_NUMBERS, O_SERIES, O_SERIES_SEED,
	O_DESCRIPTION, O_PATIENT, O_CHARSET, O_DICOMDIR, O_TRUTH, O_TRUTH_STORED, O_SEED, O_DEFECT, O_HELP
};

static const struct option options[] = {
	{ "output", 1, 0, 'o' }, { "append", 0, 0, O_APPEND }, { "size", 1, 0, O_SIZE },
	{ "spacing", 1, 0, O_SPACING }, { "thickness", 1, 0, O_THICKNESS }, { "origin", 1, 0, O_ORIGIN },
	{ "orient", 1, 0, O_ORIENT }, { "modality", 1, 0, O_MODALITY }, { "phantom", 1, 0, O_PHANTOM },
	{ "noise", 1, 0, O_NOISE }, { "bits", 1, 0, O_BITS }, { "signed", 0, 0, O_SIGNED },
	{ "unsigned", 0, 0, O_UNSIGNED }, { "slope", 1, 0, O_SLOPE }, { "intercept", 1, 0, O_INTERCEPT },
	{ "slope-per-slice", 0, 0, O_SLOPES }, { "intercept-per-slice", 0, 0, O_INTERCEPTS },
	{ "padding", 1, 0, O_PADDING }, { "monochrome", 1, 0, O_MONOCHROME }, { "syntax", 1, 0, O_SYNTAX },
	{ "fragments", 1, 0, O_FRAGMENTS }, { "offset-table", 0, 0, O_OFFSETS },
	{ "junk-high-bits", 0, 0, O_JUNKBITS }, { "names", 1, 0, O_NAMES }, { "no-preamble", 0, 0, O_NO_PREAMBLE },
	{ "no-meta", 0, 0, O_NO_META }, { "instance-numbers", 1, 0, O_NUMBERS }, { "series-number", 1, 0, O_SERIES },
	{ "series-uid-seed", 1, 0, O_SERIES_SEED }, { "description", 1, 0, O_DESCRIPTION },
	{ "patient", 1, 0, O_PATIENT }, { "charset", 1, 0, O_CHARSET }, { "dicomdir", 0, 0, O_DICOMDIR },
	{ "truth", 1, 0, O_TRUTH }, { "truth-stored", 1, 0, O_TRUTH_STORED }, { "seed", 1, 0, O_SEED },
	{ "defect", 1, 0, O_DEFECT }, { "help", 0, 0, O_HELP }, { 0, 0, 0, 0 },
};

static void set_triples(struct config *cfg, int opt, const char *name, const char *arg)
{
	double v[3];

	numbers(name, arg, v, 3);
	for (int i = 0; i < 3; i++) {
		double most = opt == O_SIZE ? 65535 : 1e6;

		if (!(v[i] > 0 && v[i] <= most) || (opt == O_SIZE && v[i] != floor(v[i])))
			usage_error("--%s: '%s': out of range", name, arg);
		if (opt == O_SIZE)
			cfg->size[i] = (int)v[i];
		else
			cfg->spacing[i] = v[i];
	}
}

static void set_bits(struct config *cfg, const char *arg)
{
	double v[3];

	numbers("bits", arg, v, 3);
	if ((v[0] != 8 && v[0] != 16 && v[0] != 32) || v[1] < 1 || v[1] > v[0] || v[2] < v[1] - 1 || v[2] >= v[0] ||
	    v[1] != floor(v[1]) || v[2] != floor(v[2]))
		usage_error("--bits: '%s': allocated 8, 16 or 32, stored within it, high bit at stored - 1 or above", arg);
	cfg->alloc = (int)v[0];
	cfg->stored = (int)v[1];
	cfg->high = (int)v[2];
}

/* Options about what the volume is. Returns false for one of another kind. */
static bool volume_option(struct config *cfg, struct ask *ask, int opt, const char *name, const char *arg)
{
	switch (opt) {
	case O_SIZE:
	case O_SPACING: set_triples(cfg, opt, name, arg); return true;
	case O_THICKNESS: ask->thickness = arg; return true;
	case O_ORIGIN: ask->origin = arg; return true;
	case O_ORIENT: set_orientation(cfg, arg); return true;
	case O_MODALITY:
		cfg->modality = (enum modality)choice(name, arg, (const char *[]){ "CT", "MR", "PT", NULL });
		return true;
	case O_PHANTOM:
		cfg->phantom = (enum phantom_kind)
			choice(name, arg, (const char *[]){ "thorax", "head", "ramp", "edges", NULL });
		return true;
	case O_NOISE: ask->noise = arg; return true;
	case O_BITS: set_bits(cfg, arg); return true;
	case O_SIGNED: ask->sign = 1; return true;
	case O_UNSIGNED: ask->sign = -1; return true;
	case O_SLOPE: ask->slope = arg; return true;
	case O_INTERCEPT: ask->intercept = arg; return true;
	case O_SLOPES: cfg->slope_per_slice = true; return true;
	case O_INTERCEPTS: cfg->intercept_per_slice = true; return true;
	case O_PADDING: ask->padding = arg; return true;
	case O_MONOCHROME: cfg->monochrome = (int)whole(name, arg, 1, 2); return true;
	case O_JUNKBITS: cfg->junk_bits = true; return true;
	case O_TRUTH: cfg->truth = arg; return true;
	case O_TRUTH_STORED: cfg->truth_stored = arg; return true;
	case O_SEED: cfg->seed = (uint64_t)whole(name, arg, 0, 0x7fffffff); return true;
	default: return false;
	}
}

/* Options about how the files are written. */
static void file_option(struct config *cfg, int opt, const char *name, const char *arg)
{
	static const char *const syntaxes[] = {
		"explicit", "implicit", "big-endian", "deflated", "rle", "jpeg-baseline", "jpeg-extended", "jpeg-lossless",
		"jpeg-lossless14", "jpeg-ls", "jpeg-ls-near", "jpeg2000", "jpeg2000-lossy", NULL
	};

	switch (opt) {
	case 'o': cfg->dir = arg; break;
	case O_APPEND: cfg->append = true; break;
	case O_SYNTAX: cfg->syntax = (enum syntax)choice(name, arg, syntaxes); break;
	case O_FRAGMENTS: cfg->fragments = (int)whole(name, arg, 1, 1000); break;
	case O_OFFSETS: cfg->offset_table = true; break;
	case O_NAMES:
		cfg->names = (enum name_style)
			choice(name, arg, (const char *[]){ "sequential", "shuffled", "reversed", "utf8", NULL });
		break;
	case O_NO_PREAMBLE: cfg->preamble = false; break;
	case O_NO_META: cfg->meta = false; break;
	case O_NUMBERS:
		cfg->numbers = (enum number_style)
			choice(name, arg, (const char *[]){ "sequential", "reversed", "random", "none", NULL });
		break;
	case O_SERIES: cfg->series_number = (int)whole(name, arg, 0, 0x7fffffff); break;
	case O_SERIES_SEED: cfg->series_seed = (uint64_t)whole(name, arg, 0, 0x7fffffff); break;
	case O_DESCRIPTION: cfg->description = arg; break;
	case O_PATIENT: cfg->patient = arg; break;
	case O_CHARSET:
		choice(name, arg, (const char *[]){ "iso2022", NULL });
		cfg->iso2022 = true;
		break;
	case O_DICOMDIR: cfg->dicomdir = true; break;
	case O_HELP: fputs(help, stdout); exit(0);
	default: exit(2);                    /* getopt has said what is wrong */
	}
}

/* How a defect is asked for. */
static const struct {
	const char *name;
	enum defect defect;
	enum { NOTHING, LENGTH, DEGREES, COUNT, SLICE_NUMBER } arg;
} defect_table[] = {
	{ "repeat", D_REPEAT, NOTHING }, { "irregular", D_IRREGULAR, NOTHING }, { "jitter", D_JITTER, LENGTH },
	{ "decimals", D_DECIMALS, COUNT }, { "tilt", D_TILT, DEGREES }, { "tilt-position", D_TILT_POSITION, DEGREES },
	{ "localizer", D_LOCALIZER, NOTHING }, { "second-series", D_SECOND_SERIES, NOTHING },
	{ "junk", D_JUNK, NOTHING }, { "no-orientation", D_NO_ORIENTATION, NOTHING },
	{ "no-spacing", D_NO_SPACING, NOTHING }, { "zero-spacing", D_ZERO_SPACING, NOTHING },
	{ "comma-position", D_COMMA_POSITION, NOTHING }, { "no-rescale", D_NO_RESCALE, NOTHING },
	{ "zero-rows", D_ZERO_ROWS, NOTHING }, { "modality-lut", D_MODALITY_LUT, NOTHING },
	{ "same-position", D_SAME_POSITION, NOTHING }, { "variable", D_VARIABLE, SLICE_NUMBER },
	{ "missing", D_MISSING, SLICE_NUMBER }, { "duplicate", D_DUPLICATE, SLICE_NUMBER },
	{ "overlap", D_OVERLAP, SLICE_NUMBER }, { "mixed-orientation", D_MIXED_ORIENTATION, SLICE_NUMBER },
	{ "mixed-size", D_MIXED_SIZE, SLICE_NUMBER }, { "mixed-spacing", D_MIXED_SPACING, SLICE_NUMBER },
	{ "mixed-sign", D_MIXED_SIGN, SLICE_NUMBER }, { "truncate", D_TRUNCATE, SLICE_NUMBER },
	{ "cut-header", D_CUT_HEADER, SLICE_NUMBER }, { "no-position", D_NO_POSITION, SLICE_NUMBER },
	{ "nan-position", D_NAN_POSITION, SLICE_NUMBER }, { "huge-position", D_HUGE_POSITION, SLICE_NUMBER },
	{ "colour", D_COLOUR, SLICE_NUMBER }, { "multiframe", D_MULTIFRAME, SLICE_NUMBER },
	{ "bad-length", D_BAD_LENGTH, SLICE_NUMBER },
};

static void slice_defect(struct config *cfg, enum defect d, const char *text, const char *arg)
{
	char *end;
	long k, last = cfg->size[2] - 1;

	if (d == D_NO_POSITION && arg && !strcmp(arg, "all")) {
		for (k = 0; k <= last; k++)
			cfg->slice_defects[k] |= BIT(d);
		return;
	}
	if (d == D_MULTIFRAME && !arg)
		arg = "0";
	k = arg ? strtol(arg, &end, 10) : -1;
	if (!arg || end == arg || k < 0 || k > last)
		usage_error("--defect: '%s': wants a slice, 0 to %ld", text, last);
	if (d == D_TRUNCATE && *end == ',')
		cfg->keep_bytes[k] = strtol(end + 1, &end, 10);
	if (*end || cfg->keep_bytes[k] < -1)
		usage_error("--defect: '%s': '%s' is too much", text, end);
	if (d == D_VARIABLE)
		cfg->variable_from = (int)k;
	else
		cfg->slice_defects[k] |= BIT(d);
}

static void set_defect(struct config *cfg, const char *text)
{
	const char *eq = strchr(text, '='), *arg = eq ? eq + 1 : NULL;
	size_t len = eq ? (size_t)(eq - text) : strlen(text), i = 0, n = sizeof defect_table / sizeof *defect_table;
	enum defect d;

	while (i < n && (strlen(defect_table[i].name) != len || memcmp(defect_table[i].name, text, len)))
		i++;
	if (i == n)
		usage_error("--defect: unknown: '%s'", text);
	d = defect_table[i].defect;
	cfg->defects |= BIT(d);
	if (defect_table[i].arg == SLICE_NUMBER) {
		slice_defect(cfg, d, text, arg);
		return;
	}
	if (!arg != (defect_table[i].arg == NOTHING))
		usage_error("--defect: '%s': %s", text, arg ? "takes no value" : "wants a value");
	if (d == D_JITTER)
		cfg->jitter = fabs(number("defect jitter", arg));
	else if (d == D_DECIMALS)
		cfg->decimals = (int)whole("defect decimals", arg, 0, 12);
	else if (d == D_TILT)
		cfg->tilt = number("defect tilt", arg);
	else if (d == D_TILT_POSITION)
		cfg->tilt_position = number("defect tilt-position", arg);
	if (fabs(cfg->tilt) > 80 || fabs(cfg->tilt_position) > 80)
		usage_error("--defect: '%s': more than 80 degrees", text);
}

static void set_rescale(struct config *cfg, const struct ask *ask)
{
	bool none = ask->slope && !strcmp(ask->slope, "none");

	cfg->slope = cfg->modality == PT ? 0.8 : 1;
	cfg->intercept = cfg->modality == CT ? -1024 : 0;
	cfg->rescale = !none && (cfg->modality != MR || ask->slope || ask->intercept || cfg->slope_per_slice ||
	                         cfg->intercept_per_slice || cfg->defects & BIT(D_MODALITY_LUT));
	if (none && (ask->intercept || cfg->slope_per_slice || cfg->intercept_per_slice))
		usage_error("--slope none: an intercept or slopes cannot be given besides");
	if (cfg->modality == PT && !ask->slope)
		cfg->slope_per_slice = true;
	if (ask->slope && !none)
		cfg->slope = number("slope", ask->slope);
	if (ask->intercept)
		cfg->intercept = number("intercept", ask->intercept);
	if (cfg->slope == 0)
		usage_error("--slope: 0 cannot be undone");
}

/* Padding by default where scanners have it; the made-up phantoms want every voxel to themselves. */
static void set_padding(struct config *cfg, const struct ask *ask)
{
	long long lo, hi, floor16 = cfg->is_signed ? -32768 : 0, top16 = cfg->is_signed ? 32767 : 65535;
	double v[2];

	stored_range(cfg, cfg->is_signed, &lo, &hi);
	if (!ask->padding) {
		cfg->padded = cfg->modality == CT && (cfg->phantom == THORAX || cfg->phantom == HEAD);
		cfg->pad = !cfg->is_signed ? 0 : lo > -2000 ? lo : -2000;
		return;
	}
	if (!strcmp(ask->padding, "none"))
		return;
	cfg->padded = true;
	cfg->pad_range = strchr(ask->padding, ',');
	numbers("padding", ask->padding, v, cfg->pad_range ? 2 : 1);
	lo = lo < floor16 ? floor16 : lo;
	hi = hi > top16 ? top16 : hi;
	for (int i = 0; i <= cfg->pad_range; i++)
		if (v[i] != floor(v[i]) || v[i] < (double)lo || v[i] > (double)hi)
			usage_error("--padding: '%s': not a stored value from %lld to %lld", ask->padding, lo, hi);
	cfg->pad = (long long)v[0];
	cfg->pad_limit = cfg->pad_range ? (long long)v[1] : 0;
}

/* What does not go together. */
static void check(const struct config *cfg)
{
	bool coded = is_encapsulated(cfg->syntax);

	if (!cfg->dir)
		usage_error("no directory; name one with -o");
	if (!cfg->append && files_below(cfg->dir) > 0)
		die("%s: not empty; --append adds to it", cfg->dir);
	if (!cfg->meta && cfg->syntax > TS_BIG_ENDIAN)
		usage_error("--no-meta: this syntax cannot be told without the meta group");
	if (!coded && (cfg->fragments > 1 || cfg->offset_table))
		usage_error("--fragments, --offset-table: only for coded pixels");
	if (cfg->fragments > 1 && cfg->syntax == TS_RLE)
		usage_error("--fragments: an RLE frame is one fragment");
	if (coded && cfg->syntax != TS_RLE && (cfg->alloc > 16 || cfg->high != cfg->stored - 1))
		usage_error("--bits: this syntax wants at most 16, the high bit at stored - 1");
	if (cfg->syntax == TS_JPEG_LS_NEAR && cfg->is_signed)
		usage_error("--signed: jpeg-ls-near wants unsigned pixels");
	if (cfg->syntax == TS_JPEG_LS_NEAR && cfg->defects & BIT(D_MIXED_SIGN))
		usage_error("--defect mixed-sign: jpeg-ls-near wants unsigned pixels");
	if (cfg->dicomdir && cfg->append)
		usage_error("--dicomdir: cannot extend the index of --append's directory");
	if (cfg->dicomdir && cfg->size[2] > 2000)
		usage_error("--dicomdir: at most 2000 slices");
	if (cfg->defects & BIT(D_MODALITY_LUT) && cfg->stored > 16)
		usage_error("--defect modality-lut: at most 16 bits stored");
	if (cfg->defects & BIT(D_MIXED_SIGN) && cfg->alloc > 16)
		usage_error("--defect mixed-sign: at most 16 bits allocated");
}

static void complete(struct config *cfg, const struct ask *ask)
{
	static const double noise[] = { [CT] = 20, [MR] = 15, [PT] = 200 };

	cfg->slice_defects = xalloc((size_t)cfg->size[2] * sizeof *cfg->slice_defects);
	cfg->keep_bytes = xalloc((size_t)cfg->size[2] * sizeof *cfg->keep_bytes);
	for (int k = 0; k < cfg->size[2]; k++)
		cfg->keep_bytes[k] = -1;
	for (int i = 0; i < ask->defects; i++)
		set_defect(cfg, ask->defect[i]);
	/* dcmcjpls has no near-lossless coding of signed pixels */
	cfg->is_signed = ask->sign ? ask->sign > 0 : cfg->modality == CT && cfg->syntax != TS_JPEG_LS_NEAR;
	cfg->noise = ask->noise ? number("noise", ask->noise) : noise[cfg->modality];
	cfg->thickness = ask->thickness ? number("thickness", ask->thickness) : cfg->spacing[2];
	set_rescale(cfg, ask);
	set_padding(cfg, ask);
	if (ask->origin)
		numbers("origin", ask->origin, cfg->origin, 3);
	place_volume(cfg, ask->origin);
	check(cfg);
}

int main(int argc, char **argv)
{
	struct config cfg = {
		.size = { 64, 64, 20 }, .spacing = { 0.8, 0.8, 2.5 }, .row = { 1 }, .col = { 0, 1 },
		.patient_position = "HFS", .alloc = 16, .stored = 16, .high = 15, .monochrome = 2, .fragments = 1,
		.preamble = true, .meta = true, .names = SHUFFLED, .series_number = 1, .series_seed = 1, .seed = 1,
		.description = "SECRET DESCRIPTION", .patient = "SECRET^NAME",
	};
	struct ask ask = { .defect = xalloc((size_t)argc * sizeof *ask.defect) };
	struct plan plan;
	int opt, at;

	while ((opt = getopt_long(argc, argv, "o:", options, &at)) != -1) {
		const char *name = opt >= 256 ? options[at].name : "output";

		if (opt == O_DEFECT)
			ask.defect[ask.defects++] = optarg;
		else if (!volume_option(&cfg, &ask, opt, name, optarg))
			file_option(&cfg, opt, name, optarg);
	}
	if (optind < argc)
		usage_error("'%s': unexpected", argv[optind]);
	complete(&cfg, &ask);
	plan_make(&plan, &cfg);
	output_run(&cfg, &plan);
	return 0;
}
