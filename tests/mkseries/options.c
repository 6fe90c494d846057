/* SPDX-License-Identifier: BSD-2-Clause
 *
 * options.c - the command line: what may be said, and what is made of it. */
#include "mkseries.h"
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"mkseries - write a DICOM series of a phantom\n"
	"\n"
	"usage: mkseries -o DIR [OPTION...]\n"
	"\n"
	"  -o, --output DIR      one file a slice; must be new or empty without --append\n"
	"  --append              put the files beside those already there\n"
	"  --size X,Y,Z          columns, rows, slices (64,64,20)\n"
	"  --spacing X,Y,Z       mm (0.8,0.8,2.5)\n"
	"  --thickness MM        SliceThickness (the z spacing)\n"
	"  --origin X,Y,Z        centre of the first voxel, mm, LPS (centres the volume)\n"
	"  --orient NAME         axial sagittal coronal oblique prone feet-first,\n"
	"                        or six cosines with commas between\n"
	"  --modality CT|MR|PT\n"
	"  --phantom NAME        thorax head ramp edges\n"
	"  --noise SD            in the modality's unit (CT 20, MR 15, PT 200)\n"
	"  --bits A,S,H          allocated, stored, high bit (16,16,15)\n"
	"  --signed, --unsigned  (CT signed, but for jpeg-ls-near)\n"
	"  --slope A, --intercept B, --slope none   (CT 1,-1024; PT 0.8,0; MR none)\n"
	"  --slope-per-slice, --intercept-per-slice   another for each (PT slope)\n"
	"  --padding V[,V2]      stored value, or range, outside the circle; none\n"
	"                        (thorax and head by CT: -2000, unsigned 0; else none)\n"
	"  --monochrome 1|2\n"
	"  --syntax NAME         explicit implicit big-endian deflated rle\n"
	"                        jpeg-baseline jpeg-extended jpeg-lossless\n"
	"                        jpeg-lossless14 jpeg-ls jpeg-ls-near jpeg2000\n"
	"                        jpeg2000-lossy\n"
	"  --fragments N         cut each coded frame in N\n"
	"  --offset-table        fill the Basic Offset Table of coded frames\n"
	"  --junk-high-bits      random bits around the stored ones\n"
	"  --names STYLE         sequential shuffled reversed utf8 (shuffled)\n"
	"  --no-preamble, --no-meta\n"
	"  --instance-numbers STYLE   sequential reversed random none\n"
	"  --series-number N, --series-uid-seed S, --description TEXT, --patient NAME\n"
	"  --charset iso2022     a patient name with kanji\n"
	"  --dicomdir            files IMAGES/IM0001 and so on, and a DICOMDIR\n"
	"  --truth FILE          physical values as NRRD; --truth-stored FILE: stored\n"
	"  --seed N\n"
	"  --defect NAME[=ARG]   any number of them; K is a slice, 0 the first:\n"
	"      missing=K duplicate=K overlap=K repeat irregular variable=K jitter=MM\n"
	"      decimals=N tilt=DEG tilt-position=DEG mixed-orientation=K mixed-size=K\n"
	"      mixed-spacing=K mixed-sign=K localizer second-series junk\n"
	"      truncate=K[,BYTES] cut-header=K no-position=K|all no-orientation\n"
	"      no-spacing zero-spacing nan-position=K comma-position huge-position=K\n"
	"      no-rescale colour=K multiframe[=K] bad-length=K zero-rows modality-lut\n"
	"      same-position\n";

/* n numbers with commas between; all of them, and finite. */
static void numbers(const char *opt, const char *arg, double *v, int n)
{
	const char *p = arg;
	char *end;

	for (int i = 0; i < n; i++) {
		v[i] = strtod(p, &end);
		if (end == p || !isfinite(v[i]) || *end != (i < n - 1 ? ',' : 0))
			usage_error("--%s: '%s' is not %d number%s", opt, arg, n,
				    n > 1 ? "s with commas between" : "");
		p = end + 1;
	}
}

double number(const char *opt, const char *arg)
{
	double v;

	numbers(opt, arg, &v, 1);
	return v;
}

long whole(const char *opt, const char *arg, long lo, long hi)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(arg, &end, 10);
	if (end == arg || *end || errno || v < lo || v > hi)
		usage_error("--%s: '%s' is not a whole number from %ld to %ld", opt, arg, lo, hi);
	return v;
}

/* The place of arg among words with blanks between. */
static int choice(const char *opt, const char *arg, const char *words)
{
	size_t len = strlen(arg);

	for (int i = 0; *words; i++) {
		size_t n = strcspn(words, " ");

		if (n == len && !memcmp(words, arg, n))
			return i;
		words += n + (words[n] == ' ');
	}
	usage_error("--%s: unknown: '%s'", opt, arg);
}

/* What was said, with what holds when nothing is. */
static struct config cfg = {
	.size = {64, 64, 20},
	.spacing = {0.8, 0.8, 2.5},
	.row = {1, 0, 0},
	.col = {0, 1, 0},
	.patient_position = "HFS",
	.alloc = 16,
	.stored = 16,
	.high = 15,
	.monochrome = 2,
	.fragments = 1,
	.preamble = true,
	.meta = true,
	.names = SHUFFLED,
	.series_number = 1,
	.series_seed = 1,
	.seed = 1,
	.description = "SECRET DESCRIPTION",
	.patient = "SECRET^NAME",
};

/* What was said of the options whose defaults depend on others. */
static struct {
	const char *slope, *intercept, *padding, *noise, *origin, *thickness;
	int sign; /* 0: not said, 1 signed, -1 unsigned */
	const char **defect;
	int defects;
} ask;

static void set_orientation(const char *name, const char *arg)
{
	static const struct {
		const char *name, *position;
		double v[6];
	} known[] = {
		{"axial", "HFS", {1, 0, 0, 0, 1, 0}},
		{"sagittal", "HFS", {0, 1, 0, 0, 0, -1}},
		{"coronal", "HFS", {1, 0, 0, 0, 0, -1}},
		{"prone", "HFP", {-1, 0, 0, 0, -1, 0}},
		{"feet-first", "FFS", {-1, 0, 0, 0, 1, 0}},
	};
	double v[6], s1, c1, s2, c2, row = 0, col = 0, both = 0;

	cfg.patient_position = "HFS";
	if (!strcmp(arg, "oblique")) {
		/* 17.3 degrees about x, then 11.9 about z */
		sincos_deg(17.3, &s1, &c1);
		sincos_deg(11.9, &s2, &c2);
		memcpy(v, (double[6]){c2, s2, 0, -s2 * c1, c2 * c1, s1}, sizeof v);
	} else {
		size_t i = 0, n = sizeof known / sizeof *known;

		while (i < n && strcmp(arg, known[i].name))
			i++;
		if (i < n) {
			memcpy(v, known[i].v, sizeof v);
			cfg.patient_position = known[i].position;
		} else {
			numbers(name, arg, v, 6);
		}
	}
	for (int i = 0; i < 3; i++) {
		cfg.row[i] = v[i];
		cfg.col[i] = v[i + 3];
		row += v[i] * v[i];
		col += v[i + 3] * v[i + 3];
		both += v[i] * v[i + 3];
	}
	if (fabs(row - 1) > 1e-3 || fabs(col - 1) > 1e-3 || fabs(both) > 1e-3)
		usage_error("--%s: '%s': not two perpendicular unit vectors", name, arg);
}

static void set_size(const char *name, const char *arg)
{
	double v[3];

	numbers(name, arg, v, 3);
	for (int i = 0; i < 3; i++) {
		if (!(v[i] >= 1 && v[i] <= 65535 && v[i] == floor(v[i])))
			usage_error("--%s: '%s': not three whole numbers from 1 to 65535", name,
				    arg);
		cfg.size[i] = (int)v[i];
	}
}

static void set_spacing(const char *name, const char *arg)
{
	numbers(name, arg, cfg.spacing, 3);
	for (int i = 0; i < 3; i++)
		if (!(cfg.spacing[i] > 0 && cfg.spacing[i] <= 1e6))
			usage_error("--%s: '%s': not three lengths", name, arg);
}

static void set_bits(const char *name, const char *arg)
{
	double v[3];

	numbers(name, arg, v, 3);
	if ((v[0] != 8 && v[0] != 16 && v[0] != 32) || v[1] < 1 || v[1] > v[0] || v[2] < v[1] - 1 ||
	    v[2] >= v[0] || v[1] != floor(v[1]) || v[2] != floor(v[2]))
		usage_error("--%s: '%s': allocated 8, 16 or 32, stored within it, high bit at "
			    "stored - 1 or above",
			    name, arg);
	cfg.alloc = (int)v[0];
	cfg.stored = (int)v[1];
	cfg.high = (int)v[2];
}

static void set_sign(const char *name, const char *arg)
{
	(void)arg;
	ask.sign = *name == 's' ? 1 : -1;
}

static void set_charset(const char *name, const char *arg)
{
	choice(name, arg, "iso2022");
	cfg.iso2022 = true;
}

static void add_defect(const char *name, const char *arg)
{
	(void)name;
	ask.defect[ask.defects++] = arg;
}

static void say_help(const char *name, const char *arg)
{
	(void)name;
	(void)arg;
	fputs(help, stdout);
	exit(0);
}

/* One option. FLAG and UNFLAG take no value and set or clear a bool; TEXT keeps the value as it is;
 * WHOLE is an int in lo..hi; WORD an enum or int, the value's place in `words`; CALL hands name and
 * value to a function. */
static const struct spec {
	const char *name;
	enum { FLAG, UNFLAG, TEXT, WHOLE, WORD, CALL, CALL_BARE } kind;
	void *to;
	void (*call)(const char *name, const char *arg);
	const char *words;
	int lo, hi;
} specs[] = {
	{"output", TEXT, .to = &cfg.dir},
	{"append", FLAG, .to = &cfg.append},
	{"size", CALL, .call = set_size},
	{"spacing", CALL, .call = set_spacing},
	{"thickness", TEXT, .to = &ask.thickness},
	{"origin", TEXT, .to = &ask.origin},
	{"orient", CALL, .call = set_orientation},
	{"modality", WORD, .to = &cfg.modality, .words = "CT MR PT"},
	{"phantom", WORD, .to = &cfg.phantom, .words = "thorax head ramp edges"},
	{"noise", TEXT, .to = &ask.noise},
	{"bits", CALL, .call = set_bits},
	{"signed", CALL_BARE, .call = set_sign},
	{"unsigned", CALL_BARE, .call = set_sign},
	{"slope", TEXT, .to = &ask.slope},
	{"intercept", TEXT, .to = &ask.intercept},
	{"slope-per-slice", FLAG, .to = &cfg.slope_per_slice},
	{"intercept-per-slice", FLAG, .to = &cfg.intercept_per_slice},
	{"padding", TEXT, .to = &ask.padding},
	{"monochrome", WHOLE, .to = &cfg.monochrome, .lo = 1, .hi = 2},
	{"syntax", WORD, .to = &cfg.syntax,
	 .words = "explicit implicit big-endian deflated rle jpeg-baseline "
		  "jpeg-extended jpeg-lossless jpeg-lossless14 jpeg-ls jpeg-ls-near jpeg2000 "
		  "jpeg2000-lossy"},
	{"fragments", WHOLE, .to = &cfg.fragments, .lo = 1, .hi = 1000},
	{"offset-table", FLAG, .to = &cfg.offset_table},
	{"junk-high-bits", FLAG, .to = &cfg.junk_bits},
	{"names", WORD, .to = &cfg.names, .words = "sequential shuffled reversed utf8"},
	{"no-preamble", UNFLAG, .to = &cfg.preamble},
	{"no-meta", UNFLAG, .to = &cfg.meta},
	{"instance-numbers", WORD, .to = &cfg.numbers, .words = "sequential reversed random none"},
	{"series-number", WHOLE, .to = &cfg.series_number, .lo = 0, .hi = 1000000000},
	{"series-uid-seed", WHOLE, .to = &cfg.series_seed, .lo = 0, .hi = 1000000000},
	{"description", TEXT, .to = &cfg.description},
	{"patient", TEXT, .to = &cfg.patient},
	{"charset", CALL, .call = set_charset},
	{"dicomdir", FLAG, .to = &cfg.dicomdir},
	{"truth", TEXT, .to = &cfg.truth},
	{"truth-stored", TEXT, .to = &cfg.truth_stored},
	{"seed", WHOLE, .to = &cfg.seed, .lo = 0, .hi = 1000000000},
	{"defect", CALL, .call = add_defect},
	{"help", CALL_BARE, .call = say_help},
};

enum { SPECS = sizeof specs / sizeof *specs };

static void take(const struct spec *s, const char *arg)
{
	switch (s->kind) {
	case FLAG:
	case UNFLAG:
		*(bool *)s->to = s->kind == FLAG;
		break;
	case TEXT:
		*(const char **)s->to = arg;
		break;
	case WHOLE:
		*(int *)s->to = (int)whole(s->name, arg, s->lo, s->hi);
		break;
	case WORD:
		*(int *)s->to = choice(s->name, arg, s->words);
		break;
	default:
		s->call(s->name, arg);
	}
}

static void set_rescale(void)
{
	bool none = ask.slope && !strcmp(ask.slope, "none");

	cfg.slope = cfg.modality == PT ? 0.8 : 1;
	cfg.intercept = cfg.modality == CT ? -1024 : 0;
	cfg.rescale =
		!none && (cfg.modality != MR || ask.slope || ask.intercept || cfg.slope_per_slice ||
			  cfg.intercept_per_slice || cfg.defects & BIT(D_MODALITY_LUT));
	if (none && (ask.intercept || cfg.slope_per_slice || cfg.intercept_per_slice))
		usage_error("--slope none: an intercept or slopes cannot be given besides");
	if (cfg.modality == PT && !ask.slope)
		cfg.slope_per_slice = true;
	if (ask.slope && !none)
		cfg.slope = number("slope", ask.slope);
	if (ask.intercept)
		cfg.intercept = number("intercept", ask.intercept);
	if (cfg.slope == 0)
		usage_error("--slope: 0 cannot be undone");
}

/* Padding by default where scanners have it; the made-up phantoms want every voxel to
 * themselves. */
static void set_padding(void)
{
	long long lo, hi, floor16 = cfg.is_signed ? -32768 : 0,
			  top16 = cfg.is_signed ? 32767 : 65535;
	double v[2];

	stored_range(&cfg, cfg.is_signed, &lo, &hi);
	if (!ask.padding) {
		cfg.padded = cfg.modality == CT && (cfg.phantom == THORAX || cfg.phantom == HEAD);
		cfg.pad = !cfg.is_signed ? 0 : lo > -2000 ? lo : -2000;
		return;
	}
	if (!strcmp(ask.padding, "none"))
		return;
	cfg.padded = true;
	cfg.pad_range = strchr(ask.padding, ',');
	numbers("padding", ask.padding, v, cfg.pad_range ? 2 : 1);
	lo = lo < floor16 ? floor16 : lo;
	hi = hi > top16 ? top16 : hi;
	for (int i = 0; i <= cfg.pad_range; i++)
		if (v[i] != floor(v[i]) || v[i] < (double)lo || v[i] > (double)hi)
			usage_error("--padding: '%s': not a stored value from %lld to %lld",
				    ask.padding, lo, hi);
	cfg.pad = (long long)v[0];
	cfg.pad_limit = cfg.pad_range ? (long long)v[1] : 0;
}

/* What does not go together. */
static void check(void)
{
	bool coded = is_encapsulated(cfg.syntax);

	if (!cfg.dir)
		usage_error("no directory; name one with -o");
	if (!cfg.append && files_below(cfg.dir) > 0)
		die("%s: not empty; --append adds to it", cfg.dir);
	if (!cfg.meta && cfg.syntax > TS_BIG_ENDIAN)
		usage_error("--no-meta: this syntax cannot be told without the meta group");
	if (!coded && (cfg.fragments > 1 || cfg.offset_table))
		usage_error("--fragments, --offset-table: only for coded pixels");
	if (cfg.fragments > 1 && cfg.syntax == TS_RLE)
		usage_error("--fragments: an RLE frame is one fragment");
	if (coded && cfg.syntax != TS_RLE && (cfg.alloc > 16 || cfg.high != cfg.stored - 1))
		usage_error("--bits: this syntax wants at most 16, the high bit at stored - 1");
	if (cfg.syntax == TS_JPEG_LS_NEAR && cfg.is_signed)
		usage_error("--signed: jpeg-ls-near wants unsigned pixels");
	if (cfg.syntax == TS_JPEG_LS_NEAR && cfg.defects & BIT(D_MIXED_SIGN))
		usage_error("--defect mixed-sign: jpeg-ls-near wants unsigned pixels");
	if (cfg.dicomdir && cfg.append)
		usage_error("--dicomdir: cannot extend the index of --append's directory");
	if (cfg.dicomdir && cfg.size[2] > 2000)
		usage_error("--dicomdir: at most 2000 slices");
	if (cfg.defects & BIT(D_MODALITY_LUT) && cfg.stored > 16)
		usage_error("--defect modality-lut: at most 16 bits stored");
	if (cfg.defects & BIT(D_MIXED_SIGN) && cfg.alloc > 16)
		usage_error("--defect mixed-sign: at most 16 bits allocated");
}

static void complete(void)
{
	static const double noise[] = {[CT] = 20, [MR] = 15, [PT] = 200};

	cfg.slice_defects = xalloc((size_t)cfg.size[2] * sizeof *cfg.slice_defects);
	cfg.keep_bytes = xalloc((size_t)cfg.size[2] * sizeof *cfg.keep_bytes);
	for (int k = 0; k < cfg.size[2]; k++)
		cfg.keep_bytes[k] = -1;
	for (int i = 0; i < ask.defects; i++)
		set_defect(&cfg, ask.defect[i]);
	/* dcmcjpls has no near-lossless coding of signed pixels */
	cfg.is_signed =
		ask.sign ? ask.sign > 0 : cfg.modality == CT && cfg.syntax != TS_JPEG_LS_NEAR;
	cfg.noise = ask.noise ? number("noise", ask.noise) : noise[cfg.modality];
	if (cfg.noise < 0)
		usage_error("--noise: below 0");
	cfg.thickness = ask.thickness ? number("thickness", ask.thickness) : cfg.spacing[2];
	set_rescale();
	set_padding();
	if (ask.origin)
		numbers("origin", ask.origin, cfg.origin, 3);
	place_volume(&cfg, ask.origin);
	check();
}

const struct config *options(int argc, char **argv)
{
	struct option longs[SPECS + 1] = {{0}};
	int opt, at;

	for (int i = 0; i < SPECS; i++) {
		bool bare = specs[i].kind == FLAG || specs[i].kind == UNFLAG ||
			    specs[i].kind == CALL_BARE;

		longs[i] = (struct option){specs[i].name, bare ? no_argument : required_argument,
					   NULL, 0};
	}
	ask.defect = xalloc((size_t)argc * sizeof *ask.defect);
	while ((opt = getopt_long(argc, argv, "o:", longs, &at)) != -1) {
		if (opt == '?')
			exit(2); /* getopt has said what is wrong */
		if (opt == 'o')
			cfg.dir = optarg;
		else
			take(&specs[at], optarg);
	}
	if (optind < argc)
		usage_error("'%s': unexpected", argv[optind]);
	complete();
	return &cfg;
}
