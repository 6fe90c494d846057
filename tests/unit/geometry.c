/* Order and grid of one series' slices (formats/dicom/geometry.c), over facts made by hand. The
 * expected side is computed here, from how the stack was laid out. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "dicom/geometry.h"
#include "tap.h"

/* ---- stacks ---- */

/* A stack as it is laid out; make() turns it into facts, in a shuffled order. */
struct layout {
	double row[3], col[3], normal[3];
	double origin[3];
	double step;
	size_t n;
	unsigned columns, rows;
	double between_rows, between_columns;
};

static const struct layout axial = {
	.row = {1, 0, 0}, .col = {0, 1, 0}, .normal = {0, 0, 1},
	.origin = {-20, -30, -112.5}, .step = 2.5, .n = 20,
	.columns = 64, .rows = 48, .between_rows = 0.7, .between_columns = 0.8,
};

struct series {
	struct dicom_set set;
	size_t *frame; /* as dicom_arrange gets and leaves it */
	size_t *slice; /* slice[f]: the number in the layout that frame f was made of */
	size_t n;
	struct dicom_geometry g;
};

static uint64_t state = 1;

static uint32_t draw(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33);
}

/* -1..1 */
static double chance(void)
{
	return draw() / 1073741824.0 - 1;
}

static void shuffle(size_t *v, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = draw() % i, t = v[i - 1];

		v[i - 1] = v[j];
		v[j] = t;
	}
}

static struct dicom_frame *add(struct series *s, const struct layout *l, double at, size_t slice)
{
	size_t i = s->n++;
	struct dicom_frame *f;

	if ((i & (i - 1)) == 0) { /* at each power of two: double */
		size_t room = i ? 2 * i : 1;

		s->set.files = realloc(s->set.files, room * sizeof *s->set.files);
		s->set.frames = realloc(s->set.frames, room * sizeof *s->set.frames);
		s->frame = realloc(s->frame, room * sizeof *s->frame);
		s->slice = realloc(s->slice, room * sizeof *s->slice);
	}
	s->set.files[i] = (struct dicom_file){.path = malloc(32)};
	snprintf(s->set.files[i].path, 32, "%06zu.dcm", i);
	f = &s->set.frames[i];
	*f = (struct dicom_frame){
		.file = i,
		.pixels = {.rows = l->rows, .columns = l->columns, .allocated = 16, .stored = 12, .high = 11},
		.has_position = true,
		.has_orientation = true,
		.has_spacing = true,
		.spacing = {l->between_rows, l->between_columns},
	};
	for (int w = 0; w < 3; w++) {
		f->position[w] = l->origin[w] + at * l->step * l->normal[w];
		f->orientation[w] = l->row[w];
		f->orientation[3 + w] = l->col[w];
	}
	s->slice[i] = slice;
	s->frame[i] = i;
	s->set.n_files = s->set.n_frames = s->n;
	return f;
}

/* All slices of the layout, frame i being slice i. */
static struct series make(const struct layout *l)
{
	struct series s = {0};

	for (size_t i = 0; i < l->n; i++)
		add(&s, l, (double)i, i);
	return s;
}

/* The same without those in the list, which ends with -1. */
static struct series make_without(const struct layout *l, const int *gone)
{
	struct series s = {0};

	for (size_t i = 0; i < l->n; i++) {
		bool skip = false;

		for (const int *g = gone; *g >= 0; g++)
			skip = skip || (size_t)*g == i;
		if (!skip)
			add(&s, l, (double)i, i);
	}
	return s;
}

static enum dicom_problem arrange(struct series *s)
{
	shuffle(s->frame, s->n);
	dicom_arrange(&s->set, s->frame, s->n, &s->g);
	return s->g.problem;
}

static void drop(struct series *s)
{
	free(s->frame);
	free(s->slice);
	dicom_set_free(&s->set);
}

static double dot(const double a[3], const double b[3])
{
	return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* How far grid and layout lie apart, at the worst corner, mm. */
static double off(const struct vol_grid *g, const struct layout *l)
{
	double worst = 0;

	for (int corner = 0; corner < 8; corner++) {
		double i[3] = {corner & 1 ? l->columns - 1 : 0, corner & 2 ? l->rows - 1 : 0,
		               corner & 4 ? (double)l->n - 1 : 0};
		double sum = 0;

		for (int w = 0; w < 3; w++) {
			double want = l->origin[w] + i[0] * l->row[w] * l->between_columns +
				      i[1] * l->col[w] * l->between_rows + i[2] * l->normal[w] * l->step;
			double got = g->origin[w] + i[0] * g->direction[0][w] + i[1] * g->direction[1][w] +
				     i[2] * g->direction[2][w];

			sum += (got - want) * (got - want);
		}
		worst = fmax(worst, sqrt(sum));
	}
	return worst;
}

static bool in_order(const struct series *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->slice[s->frame[i]] != i)
			return false;
	return true;
}

static void is_problem(struct series *s, enum dicom_problem want, const char *name)
{
	enum dicom_problem got = arrange(s);

	is_str(dicom_problem_name(got), dicom_problem_name(want), "%s is [%s]", name, dicom_problem_name(want));
	if (got != want)
		printf("# %s\n", s->g.detail);
}

/* the same, and the line says `text` */
static void is_named(struct series *s, enum dicom_problem want, const char *text, const char *name)
{
	is_problem(s, want, name);
	if (!ok(strstr(s->g.detail, text) != NULL, "%s: says '%s'", name, text))
		printf("# %s\n", s->g.detail);
	drop(s);
}

static void is_regular(struct series *s, const struct layout *l, double mm, const char *name)
{
	is_problem(s, DICOM_REGULAR, name);
	ok(in_order(s), "%s: slices are in order", name);
	ok(off(&s->g.grid, l) <= mm, "%s: corners within %g mm", name, mm);
	if (off(&s->g.grid, l) > mm)
		printf("# %.17g mm\n", off(&s->g.grid, l));
	drop(s);
}

/* A right-angled frame turned by the angles about x and z, degrees. */
static struct layout oblique(double about_x, double about_z)
{
	struct layout l = axial;
	double a = about_x * M_PI / 180, b = about_z * M_PI / 180;

	memcpy(l.row, (double[]){cos(b), sin(b), 0}, sizeof l.row);
	memcpy(l.col, (double[]){-sin(b) * cos(a), cos(b) * cos(a), sin(a)}, sizeof l.col);
	memcpy(l.normal, (double[]){sin(b) * sin(a), -cos(b) * sin(a), cos(a)}, sizeof l.normal);
	return l;
}

/* ---- order and orientation ---- */

static void orientations(void)
{
	/* normals written out: row x column by hand */
	static const struct {
		const char *name;
		double row[3], col[3], normal[3];
	} known[] = {
		{"axial", {1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
		{"sagittal", {0, 1, 0}, {0, 0, -1}, {-1, 0, 0}},
		{"coronal", {1, 0, 0}, {0, 0, -1}, {0, 1, 0}},
		{"prone", {-1, 0, 0}, {0, -1, 0}, {0, 0, 1}},
		{"feet first", {-1, 0, 0}, {0, 1, 0}, {0, 0, -1}},
		{"from the left", {0, -1, 0}, {0, 0, -1}, {1, 0, 0}},
		{"3-4-5", {0.6, 0.8, 0}, {0, 0, -1}, {-0.8, 0.6, 0}},
	};

	for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
		struct layout l = axial;
		struct series s;

		memcpy(l.row, known[k].row, sizeof l.row);
		memcpy(l.col, known[k].col, sizeof l.col);
		memcpy(l.normal, known[k].normal, sizeof l.normal);
		s = make(&l);
		is_regular(&s, &l, 1e-9, known[k].name);
	}
	for (int k = 0; k < 5; k++) {
		struct layout l = oblique(13.7 + 31 * k, -11.9 * k);
		struct series s = make(&l);
		char name[40];

		snprintf(name, sizeof name, "oblique %d", k);
		is_regular(&s, &l, 1e-9, name);
	}
}

/* Whatever the order of the input: the least along row x column comes first, and the axes are
 * right-handed. */
static void any_order(void)
{
	struct layout l = oblique(25, 40);
	struct series s = make(&l);
	int good = 0;

	for (int k = 0; k < 50; k++)
		good += arrange(&s) == DICOM_REGULAR && in_order(&s) && off(&s.g.grid, &l) < 1e-9;
	is_int(good, 50, "50 shuffles give one order");
	for (size_t i = 0; i < s.n; i++)
		s.frame[i] = s.n - 1 - i;
	dicom_arrange(&s.set, s.frame, s.n, &s.g);
	ok(s.g.problem == DICOM_REGULAR && in_order(&s), "the last first: the same order");
	ok(grid_det(&s.g.grid) > 0, "the axes are right-handed");
	drop(&s);

	/* a table that moves against the normal: sorted along the normal all the same */
	s = (struct series){0};
	l = axial;
	for (size_t i = 0; i < l.n; i++)
		add(&s, &l, -(double)i, l.n - 1 - i);
	l.origin[2] -= l.step * (double)(l.n - 1);
	is_regular(&s, &l, 1e-9, "a table that moves against the normal");
}

static void pixel_spacing(void)
{
	struct series s = make(&axial);

	arrange(&s);
	is_int(s.g.grid.size[0], 64, "columns are the first size");
	is_int(s.g.grid.size[1], 48, "rows are the second size");
	is_int(s.g.grid.size[2], 20, "slices are the third size");
	is_double(s.g.grid.direction[0][0], 0.8, 0, "the second PixelSpacing is the step from column to column");
	is_double(s.g.grid.direction[1][1], 0.7, 0, "the first PixelSpacing is the step from row to row");
	drop(&s);
}

/* Positions and steps as a scanner prints them, to so many decimals; the step must come out as the
 * double that its own text reads as. */
static void exact_decimals(void)
{
	static const char *const steps[] = {"1", "2.5", "0.1", "0.625", "0.7", "1.25", "3.27", "5", "0.390625", "2.999", "10"};
	static const double starts[] = {0, -112.3, 1234.7, -0.1, 99999.9, -1717.25, 33.333};
	static const int counts[] = {2, 3, 7, 64, 101, 300};
	static const struct {
		double row[3], col[3], normal[3];
		int axis;
		const char *name;
	} plane[] = {
		{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, 2, "axial"},
		{{0, 1, 0}, {0, 0, -1}, {-1, 0, 0}, 0, "sagittal"},
		{{1, 0, 0}, {0, 0, -1}, {0, 1, 0}, 1, "coronal"},
	};

	for (size_t p = 0; p < 3; p++) {
		int wrong = 0;

		for (size_t k = 0; k < sizeof steps / sizeof *steps; k++)
			for (size_t b = 0; b < sizeof starts / sizeof *starts; b++)
				for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
					struct layout l = axial;
					struct series s;
					double want, got;

					memcpy(l.row, plane[p].row, sizeof l.row);
					memcpy(l.col, plane[p].col, sizeof l.col);
					memcpy(l.normal, plane[p].normal, sizeof l.normal);
					l.n = (size_t)counts[c];
					l.step = strtod(steps[k], NULL);
					l.origin[plane[p].axis] = starts[b];
					s = make(&l);
					for (size_t i = 0; i < s.n; i++) {
						char text[40];
						double *at = &s.set.frames[i].position[plane[p].axis];

						snprintf(text, sizeof text, "%.6f", *at);
						*at = strtod(text, NULL);
					}
					arrange(&s);
					want = l.step * l.normal[plane[p].axis];
					got = s.g.grid.direction[2][plane[p].axis];
					if (s.g.problem || got != want) {
						if (!wrong++)
							printf("# %zu slices from %.17g by %s: %.17g\n", l.n,
							       starts[b], steps[k], got);
					}
					drop(&s);
				}
		is_int(wrong, 0, "%s: steps come out as the decimals they are", plane[p].name);
	}
}

/* A step that is no decimal is not made one. */
static void other_steps(void)
{
	static const double steps[] = {1.0 / 3, 0.9765625, 2.2000004, 0.1234567};

	for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
		struct layout l = axial;
		struct series s;

		l.step = steps[k];
		l.n = 300;
		s = make(&l);
		arrange(&s);
		is_double(s.g.grid.direction[2][2], steps[k], 1e-13, "a step of %.7g mm stays what it is", steps[k]);
		drop(&s);
	}
}

static void no_minus_zero(void)
{
	struct layout l = axial;
	struct series s;
	int minus = 0;

	memcpy(l.row, (double[]){-1, 0, 0}, sizeof l.row);
	memcpy(l.col, (double[]){0, -1, 0}, sizeof l.col);
	s = make(&l);
	arrange(&s);
	for (int a = 0; a < 3; a++)
		for (int w = 0; w < 3; w++)
			minus += s.g.grid.direction[a][w] == 0 && signbit(s.g.grid.direction[a][w]);
	is_int(minus, 0, "a prone stack has no minus zeros: one volume, one header");
	drop(&s);
}

/* ---- tolerance ---- */

/* Least squares by the book, in long double: p = origin + i * step * normal. */
static void fit(const struct series *s, const double normal[3], double origin[3], double *step)
{
	long double n = (long double)s->n, sum[3] = {0}, cross = 0;

	for (size_t i = 0; i < s->n; i++) {
		const double *p = s->set.frames[i].position; /* frame i is slice i */

		for (int w = 0; w < 3; w++) {
			sum[w] += p[w];
			cross += ((long double)i - (n - 1) / 2) * p[w] * normal[w];
		}
	}
	*step = (double)(cross * 12 / (n * (n * n - 1)));
	for (int w = 0; w < 3; w++)
		origin[w] = (double)(sum[w] / n - *step * (n - 1) / 2 * normal[w]);
}

static void tenths(double about_x, double about_z, size_t n, double step)
{
	struct layout l = oblique(about_x, about_z);
	struct series s;
	double origin[3], along, worst = 0;

	l.n = n;
	l.step = step;
	memcpy(l.origin, (double[]){-83.37, 12.71, -140.03}, sizeof l.origin);
	s = make(&l);
	for (size_t i = 0; i < s.n; i++)
		for (int w = 0; w < 3; w++) {
			double *p = &s.set.frames[i].position[w];

			*p = round(*p * 10) / 10;
		}
	fit(&s, l.normal, origin, &along);
	is_problem(&s, DICOM_REGULAR, "an oblique stack on a grid of 0.1 mm");
	for (int w = 0; w < 3; w++)
		worst = fmax(worst, fabs(s.g.grid.origin[w] - origin[w]));
	ok(worst < 1e-9, "%g %g: the origin is that of least squares", about_x, about_z);
	is_double(grid_spacing(&s.g.grid, 2), along, 1e-9, "%g %g: so is the step", about_x, about_z);
	ok(off(&s.g.grid, &l) < 0.05, "%g %g: the stack lies where it was laid", about_x, about_z);
	ok(in_order(&s), "%g %g: in order", about_x, about_z);
	drop(&s);
}

/* One slice of 41 moved by mm along a direction. */
static struct series moved(double step, const double direction[3], double mm)
{
	struct layout l = axial;
	struct series s;

	l.n = 41;
	l.step = step;
	s = make(&l);
	for (int w = 0; w < 3; w++)
		s.set.frames[20].position[w] += direction[w] * mm;
	return s;
}

static void one_moved(void)
{
	static const double z[3] = {0, 0, 1}, down[3] = {0, 0, -1}, x[3] = {1, 0, 0}, y[3] = {0, -1, 0};
	static const double *const ways[] = {z, down, x, y};
	static const char *const names[] = {"up", "down", "left", "to the front"};

	/* the fit follows a moved slice by a 41st */
	for (int k = 0; k < 4; k++) {
		struct series s = moved(2.5, ways[k], 0.1 * 41 / 40 - 0.002);

		is_problem(&s, DICOM_REGULAR, "a slice just under 0.1 mm off the stack");
		is_double(s.g.tolerance_mm, 0.1, 1e-12, "%s: the tolerance is said", names[k]);
		drop(&s);
		s = moved(2.5, ways[k], 0.1 * 41 / 40 + 0.002);
		ok(arrange(&s) != DICOM_REGULAR, "a slice just over 0.1 mm off, %s, is refused", names[k]);
		drop(&s);
		s = moved(0.5, ways[k], 0.05 * 41 / 40 - 0.001);
		is_problem(&s, DICOM_REGULAR, "step 0.5 mm: a slice just under 0.05 mm off");
		is_double(s.g.tolerance_mm, 0.05, 1e-3, "%s: the tolerance is a tenth of the step", names[k]);
		drop(&s);
		s = moved(0.5, ways[k], 0.05 * 41 / 40 + 0.002);
		ok(arrange(&s) != DICOM_REGULAR, "step 0.5 mm: a slice just over 0.05 mm off, %s, is refused", names[k]);
		drop(&s);
	}
	struct series s = moved(2.5, z, 0.3);

	is_named(&s, DICOM_P_IRREGULAR_SPACING, "from 2.2 to 2.8 mm", "a slice 0.3 mm along the normal off");
	s = moved(2.5, x, 0.3);
	is_named(&s, DICOM_P_IRREGULAR_SPACING, "000020.dcm", "a slice 0.3 mm sideways off, which is no tilt,");
}

static void jitter(void)
{
	struct layout l = oblique(17.3, 11.9);
	struct series s;

	l.n = 60;
	for (int k = 0; k < 20; k++) {
		double size = k < 10 ? 0.05 : 1; /* along each of three axes */
		int big = 0;

		s = make(&l);
		for (size_t i = 0; i < s.n; i++)
			for (int w = 0; w < 3; w++) {
				double d = size * chance();

				s.set.frames[i].position[w] += d;
				big += fabs(d) > 0.5;
			}
		if (k < 10)
			is_problem(&s, DICOM_REGULAR, "jitter of 0.05 mm on each axis");
		else
			ok(big && arrange(&s) != DICOM_REGULAR, "jitter of 1 mm is refused");
		drop(&s);
	}
}

/* ---- holes, overlap, duplicates ---- */

static void holes(void)
{
	struct layout l = axial;
	struct series s = make_without(&axial, (int[]){7, -1});

	/* -112.5 + 6 * 2.5 and 8 * 2.5 */
	is_named(&s, DICOM_P_MISSING_SLICE, "1 slice missing between -97.5 and -92.5 mm (step 2.5 mm)", "one slice missing");
	s = make_without(&axial, (int[]){7, 8, -1});
	is_named(&s, DICOM_P_MISSING_SLICE, "2 slices missing between -97.5 and -90 mm (step 2.5 mm)", "two slices missing");
	s = make_without(&axial, (int[]){3, 9, 10, 15, -1});
	is_named(&s, DICOM_P_MISSING_SLICE, "4 slices missing, the first between -107.5 and -102.5 mm (step 2.5 mm)",
	         "four slices missing at three places");
	s = make_without(&axial, (int[]){0, -1});
	is_problem(&s, DICOM_REGULAR, "the first slice missing (which nobody can see)");
	drop(&s);
	s = make_without(&axial, (int[]){1, -1});
	is_named(&s, DICOM_P_MISSING_SLICE, "between -112.5 and -107.5 mm", "the second slice missing");
	s = make_without(&axial, (int[]){18, -1});
	is_named(&s, DICOM_P_MISSING_SLICE, "between -70 and -65 mm", "the last but one missing");
	s = make_without(&axial, (int[]){5, 6, 7, 8, 9, 10, 11, 12, -1});
	is_named(&s, DICOM_P_MISSING_SLICE, "8 slices missing between -102.5 and -80 mm", "eight slices missing");
	l.n = 4;
	s = make_without(&l, (int[]){2, -1});
	is_named(&s, DICOM_P_MISSING_SLICE, "1 slice missing between -110 and -105 mm", "one of four missing");

	/* on a grid of 0.1 mm, and far away */
	l = oblique(17.3, 11.9);
	l.n = 60;
	l.step = 3.3;
	for (int gone = 1; gone <= 24; gone += 23) {
		char text[40];

		s = (struct series){0};
		for (size_t i = 0; i < l.n; i++)
			if (i < 20 || i >= 20 + (size_t)gone)
				add(&s, &l, (double)i, i);
		for (size_t i = 0; i < s.n; i++)
			for (int w = 0; w < 3; w++)
				s.set.frames[i].position[w] = round(s.set.frames[i].position[w] * 10) / 10;
		snprintf(text, sizeof text, "%d slice%s missing between", gone, gone > 1 ? "s" : "");
		is_named(&s, DICOM_P_MISSING_SLICE, text, "a hole in a stack on a grid of 0.1 mm");
	}

	/* what is left beside a hole must be regular by the tolerance of a thin stack, too */
	struct layout thin = axial;
	struct series t = {0};

	thin.step = 0.3;
	for (size_t i = 0; i < thin.n; i++)
		if (i != 7)
			add(&t, &thin, (double)i + (i == 12 ? 0.15 : 0), i);
	is_problem(&t, DICOM_P_IRREGULAR_SPACING, "a thin stack with a hole and a slice out of place");
	drop(&t);
}

static void spacings(void)
{
	struct series s = {0};

	for (size_t i = 0; i < 20; i++)
		add(&s, &axial, i < 8 ? (double)i : 8 + 2 * ((double)i - 8), i);
	is_named(&s, DICOM_P_IRREGULAR_SPACING, "from 2.5 to 5 mm", "twice the step from a slice on");
	s = (struct series){0};
	for (size_t i = 0; i < 20; i++)
		add(&s, &axial, (double)i + 0.2 * (double)(i * i) / 20, i);
	is_problem(&s, DICOM_P_IRREGULAR_SPACING, "steps that grow");
	drop(&s);
	s = (struct series){0};
	for (size_t i = 0; i < 20; i++)
		add(&s, &axial, (double)i + (i >= 10 ? 0.06 : 0), i);
	/* half of 0.06 * 2.5 mm on either side of the fit, with its slope even less: within 0.1 */
	is_problem(&s, DICOM_REGULAR, "a step of 0.15 mm in the middle");
	drop(&s);
	s = (struct series){0};
	for (size_t i = 0; i < 20; i++)
		add(&s, &axial, (double)i + (i >= 10 ? 0.2 : 0), i);
	is_named(&s, DICOM_P_IRREGULAR_SPACING, "from 2.5 to 3 mm", "a step of 0.5 mm in the middle");
}

static void overlaps(void)
{
	static const double at[] = {0.1, 0.3, 0.5, 0.7};

	for (size_t k = 0; k < 4; k++) {
		struct series s = make(&axial);
		char text[60];

		add(&s, &axial, 9 + at[k], 20);
		/* slice 9 lies at -90 mm; the closer pair is on either side of the new one */
		snprintf(text, sizeof text, at[k] <= 0.5 ? "slices at -90 and %g mm" : "slices at %g and -87.5 mm",
		         -90 + at[k] * 2.5);
		is_named(&s, DICOM_P_OVERLAPPING_SLICES, text, "one more slice between two");
	}
	/* two stacks that overlap by a part of a step */
	struct series s = make(&axial);

	for (size_t i = 0; i < 20; i++)
		add(&s, &axial, (double)i + 15.3, 20 + i);
	is_problem(&s, DICOM_P_OVERLAPPING_SLICES, "a second stack that begins inside the first");
	drop(&s);
}

static void duplicates(void)
{
	struct series s = make(&axial);
	struct layout l = axial;

	add(&s, &axial, 4, 4);
	is_named(&s, DICOM_P_DUPLICATE_POSITION, "two images at -102.5 mm: 000004.dcm and 000020.dcm", "one image twice");
	s = make(&axial);
	add(&s, &axial, 4 + 0.0001, 4);
	is_problem(&s, DICOM_P_DUPLICATE_POSITION, "one image twice but for noise");
	drop(&s);
	s = make(&axial);
	add(&s, &axial, 0, 0);
	is_named(&s, DICOM_P_DUPLICATE_POSITION, "two images at -112.5 mm", "the first image twice");
	s = make(&axial);
	add(&s, &axial, 19, 19);
	is_named(&s, DICOM_P_DUPLICATE_POSITION, "two images at -65 mm", "the last image twice");

	for (size_t volumes = 2; volumes <= 7; volumes += 5) {
		char text[60];

		s = (struct series){0};
		for (size_t v = 0; v < volumes; v++)
			for (size_t i = 0; i < 20; i++)
				add(&s, &axial, (double)i, i);
		snprintf(text, sizeof text, "%zu images at each of 20 positions", volumes);
		is_named(&s, DICOM_P_DUPLICATE_POSITION, text, "whole volumes");
	}
	s = (struct series){0};
	for (size_t i = 0; i < 5; i++)
		add(&s, &axial, 3, i);
	is_named(&s, DICOM_P_DUPLICATE_POSITION, "5 images at", "all images on one spot");
	s = (struct series){0};
	add(&s, &axial, 3, 0);
	add(&s, &axial, 3, 1);
	is_problem(&s, DICOM_P_DUPLICATE_POSITION, "two images on one spot");
	drop(&s);
	s = (struct series){0};
	add(&s, &axial, 3, 0);
	add(&s, &axial, 3 + 4e-5, 1);
	is_problem(&s, DICOM_P_DUPLICATE_POSITION, "two images a tenth of a micrometre apart");
	drop(&s);
	/* several volumes of thin slices: the mean step is no measure */
	l.step = 0.3;
	s = (struct series){0};
	for (size_t v = 0; v < 10; v++)
		for (size_t i = 0; i < 20; i++)
			add(&s, &l, (double)i, i);
	is_named(&s, DICOM_P_DUPLICATE_POSITION, "10 images at each of 20 positions", "ten volumes of thin slices");
	/* with positions on a grid of 0.1 mm that differ from volume to volume */
	l = oblique(17.3, 11.9);
	s = (struct series){0};
	for (size_t v = 0; v < 3; v++)
		for (size_t i = 0; i < 20; i++) {
			struct dicom_frame *f = add(&s, &l, (double)i, i);

			for (int w = 0; w < 3; w++)
				f->position[w] += 0.02 * chance();
		}
	is_named(&s, DICOM_P_DUPLICATE_POSITION, "3 images at each of 20 positions", "three volumes with noise");

	/* which of two comes first does not depend on the order of the input */
	size_t first[21];
	int same = 0;

	s = make(&axial);
	add(&s, &axial, 4, 4);
	for (int k = 0; k < 20; k++) {
		arrange(&s);
		if (k == 0)
			memcpy(first, s.frame, sizeof first);
		same += memcmp(first, s.frame, sizeof first) == 0;
	}
	is_int(same, 20, "images on one spot have an order of their own");
	drop(&s);
}

/* ---- tilt ---- */

/* Every slice's four corners where its own facts put them: the worst, mm. */
static double slices_off(const struct series *s)
{
	double worst = 0;

	for (size_t k = 0; k < s->n; k++) {
		const struct dicom_frame *f = &s->set.frames[s->frame[k]];

		for (int corner = 0; corner < 4; corner++) {
			double x = corner & 1 ? f->pixels.columns - 1 : 0, y = corner & 2 ? f->pixels.rows - 1 : 0;
			double got[3], sum = 0;

			grid_point(&s->g.grid, (double[]){x, y, (double)k}, got);
			for (int w = 0; w < 3; w++) {
				double want = f->position[w] + x * f->spacing[1] * f->orientation[w] +
				              y * f->spacing[0] * f->orientation[3 + w];

				sum += (got[w] - want) * (got[w] - want);
			}
			worst = fmax(worst, sqrt(sum));
		}
	}
	return worst;
}

static void is_sheared(struct series *s, double degrees, double within, const char *name)
{
	is_problem(s, DICOM_REGULAR, name);
	is_double(s->g.shear_degrees, fabs(degrees), 1e-6, "%s: so much", name);
	ok(slices_off(s) <= within, "%s: all slices where they say they are (%.3g mm)", name, slices_off(s));
	drop(s);
}

static void tilts(void)
{
	static const double degrees[] = {0.3, -0.3, 1, -1, 5, -5, 18.5, -18.5, 30, -30, 44, -44};

	for (size_t k = 0; k < sizeof degrees / sizeof *degrees; k++) {
		double a = degrees[k] * M_PI / 180;
		struct layout l = axial;
		struct series s;
		char name[60];

		/* the images lean, the table moves as before */
		s = make(&l);
		for (size_t i = 0; i < s.n; i++)
			memcpy(s.set.frames[i].orientation + 3, (double[]){0, cos(a), sin(a)}, 3 * sizeof(double));
		snprintf(name, sizeof name, "images that lean by %g degrees", degrees[k]);
		is_sheared(&s, degrees[k], 1e-9, name);
		/* upright images that drift */
		s = make(&l);
		for (size_t i = 0; i < s.n; i++)
			s.set.frames[i].position[k % 2] += (double)i * l.step * tan(a);
		snprintf(name, sizeof name, "images that drift by %g degrees", degrees[k]);
		is_sheared(&s, degrees[k], 1e-9, name);
	}
	/* no gantry leans so far */
	for (int sign = -1; sign < 2; sign += 2) {
		struct series s = make(&axial);

		for (size_t i = 0; i < s.n; i++)
			s.set.frames[i].position[1] += sign * 2.5 * (double)i * tan(M_PI / 3);
		is_named(&s, DICOM_P_TILT, "sheared by 60 degrees", "images that drift by 60 degrees");
	}
	/* positions to a tenth of a millimetre are a straight line all the same, and not exactly that */
	struct layout o = oblique(17.3, 11.9);
	struct series s = make(&o);

	for (size_t i = 0; i < s.n; i++)
		for (int w = 0; w < 3; w++)
			s.set.frames[i].position[w] = round((s.set.frames[i].position[w] + 0.7 * (double)i * o.row[w]) * 10) / 10;
	is_problem(&s, DICOM_REGULAR, "a shear with positions to one decimal");
	ok(slices_off(&s) < 0.1, "lies within those decimals (%.3g mm)", slices_off(&s));
	ok(s.g.shear_degrees > 1, "and is one (%.3g degrees)", s.g.shear_degrees);
	drop(&s);
	/* sheared is no defect, a hole is */
	s = make_without(&axial, (int[]){5, 6, -1});
	for (size_t i = 0; i < s.n; i++)
		s.set.frames[i].position[1] += 0.1 * (s.set.frames[i].position[2] - axial.origin[2]);
	is_named(&s, DICOM_P_MISSING_SLICE, "2 slices missing", "a shear with slices missing");
	/* one slice beside a shear */
	s = make(&axial);
	for (size_t i = 0; i < s.n; i++)
		s.set.frames[i].position[1] += 0.5 * (double)i + (i == 12);
	is_named(&s, DICOM_P_IRREGULAR_SPACING, "000012.dcm", "a slice 1 mm sideways of a shear");
	/* one slice far beside an upright stack is no shear of the others */
	s = make(&axial);
	s.set.frames[19].position[1] += 20;
	is_named(&s, DICOM_P_IRREGULAR_SPACING, "mm sideways of the others", "a slice 20 mm sideways");
	/* 0.1 mm over the whole stack: the slices lie 0.05 mm off a straight one */
	struct layout l = axial;

	s = make(&l);
	for (size_t i = 0; i < s.n; i++)
		s.set.frames[i].position[1] += 0.1 * (double)i / 19;
	l.origin[1] += 0.05;
	is_regular(&s, &l, 1e-6, "a drift of 0.1 mm in all");
	s = make(&axial);
	for (size_t i = 0; i < s.n; i++)
		s.set.frames[i].position[1] += 0.24 * (double)i / 19;
	is_sheared(&s, atan(0.24 / (19 * axial.step)) * 180 / M_PI, 1e-9, "a drift of 0.24 mm in all");
}

/* ---- what the user knows better ---- */

static void accepted(void)
{
	struct series s = make_without(&axial, (int[]){5, -1});

	shuffle(s.frame, s.n);
	dicom_arrange_accepting(&s.set, s.frame, s.n, 1u << DICOM_P_IRREGULAR_SPACING, &s.g);
	is_int(s.g.problem, DICOM_P_MISSING_SLICE, "only what was named is accepted");
	dicom_arrange_accepting(&s.set, s.frame, s.n, 1u << DICOM_P_MISSING_SLICE, &s.g);
	is_int(s.g.problem, DICOM_REGULAR, "a missing slice accepted");
	is_int(s.g.grid.size[2], 19, "invents none");
	/* least squares over 0 1 2 3 4 6 7 ... 19 times 2.5 mm at 0 .. 18: numpy.polyfit */
	is_double(s.g.grid.direction[2][2], 2.6535087719298245, 1e-9, "the step is the one that fits best");
	drop(&s);
	/* spacing accepted does not let another size pass */
	s = make(&axial);
	s.set.frames[3].spacing[0] += 0.5;
	s.set.frames[9].pixels.rows = 47;
	dicom_arrange_accepting(&s.set, s.frame, s.n, DICOM_ACCEPTABLE, &s.g);
	is_int(s.g.problem, DICOM_P_MIXED_SIZE, "other sizes behind an accepted spacing");
	drop(&s);
	s = make(&axial);
	for (size_t i = 0; i < s.n; i++)
		s.set.frames[i].position[1] += 2.5 * (double)i * tan(M_PI / 3);
	dicom_arrange_accepting(&s.set, s.frame, s.n, 1u << DICOM_P_TILT, &s.g);
	is_int(s.g.problem, DICOM_REGULAR, "60 degrees, accepted");
	ok(slices_off(&s) < 1e-9, "are where they say");
	drop(&s);
	for (int p = 1; p < DICOM_PROBLEMS; p++) {
		const char *name = dicom_problem_name((enum dicom_problem)p);

		is_int(dicom_problem_named(name, strlen(name)), p, "%s is found by its name", name);
	}
	is_int(dicom_problem_named("til", 3), DICOM_REGULAR, "a part of a name is none");
}

/* ---- slices that are not alike ---- */

static void unlike(void)
{
	struct series s = make(&axial);

	s.set.frames[11].pixels.rows = 47;
	is_named(&s, DICOM_P_MIXED_SIZE, "000011.dcm", "another number of rows");
	s = make(&axial);
	s.set.frames[11].pixels.columns = 128;
	is_named(&s, DICOM_P_MIXED_SIZE, "128 x 48", "another number of columns");
	s = make(&axial);
	s.set.frames[3].pixels.is_signed = true;
	is_named(&s, DICOM_P_MIXED_PIXELS, "000003.dcm", "another sign");
	s = make(&axial);
	s.set.frames[3].pixels.allocated = 8;
	is_problem(&s, DICOM_P_MIXED_PIXELS, "other bits allocated");
	drop(&s);
	s = make(&axial);
	s.set.frames[3].pixels.stored = 16;
	s.set.frames[3].pixels.high = 15;
	is_problem(&s, DICOM_REGULAR, "other bits stored, which change no type,");
	drop(&s);
	s = make(&axial);
	s.set.frames[3].has_rescale = true;
	s.set.frames[3].slope = 1;
	is_named(&s, DICOM_P_MIXED_PIXELS, "000003.dcm", "a rescale in one slice only");
	s = make(&axial);
	s.set.frames[1].reference = s.set.frames[4].reference = "2.25.1";
	s.set.frames[5].reference = "2.25.2";
	is_named(&s, DICOM_P_MIXED_REFERENCE, "000005.dcm", "another frame of reference");
	s = make(&axial);
	s.set.frames[1].reference = s.set.frames[4].reference = "2.25.1";
	is_problem(&s, DICOM_REGULAR, "a frame of reference that only some slices state");
	drop(&s);
	s = make(&axial);
	s.set.frames[1].reference = "2.25.1";
	s.set.frames[4].reference = "2.25.2";
	s.set.frames[5].reference = "2.25.3";
	is_problem(&s, DICOM_REGULAR, "frames of reference that no two slices share");
	drop(&s);
	s = make(&axial);
	s.set.frames[5].spacing[0] += 0.02;
	is_named(&s, DICOM_P_MIXED_SPACING, "000005.dcm", "other spacing between rows");
	s = make(&axial);
	s.set.frames[5].spacing[1] += 0.02;
	is_problem(&s, DICOM_P_MIXED_SPACING, "other spacing between columns");
	drop(&s);
	s = make(&axial);
	for (size_t i = 0; i < s.n; i++)
		s.set.frames[i].spacing[i % 2] += 1e-6 * chance();
	is_problem(&s, DICOM_REGULAR, "spacings that differ in the seventh digit");
	drop(&s);
	/* 48 rows and 64 columns: the same difference moves the last row by 8.6 micrometres, the last
	 * column by 11.5 */
	s = make(&axial);
	s.set.frames[5].spacing[0] += 0.00018;
	is_problem(&s, DICOM_REGULAR, "a spacing between rows that moves no pixel by a hundredth");
	drop(&s);
	s = make(&axial);
	s.set.frames[5].spacing[1] += 0.00018;
	is_problem(&s, DICOM_P_MIXED_SPACING, "the same between columns, of which there are more,");
	drop(&s);

	/* the furthest pixel is 51.2 + 33.6 mm away: a turn by 0.1 degrees moves it by over 0.1 mm */
	for (int k = 0; k < 4; k++) {
		double a = (k & 1 ? 1.0 : 20) * M_PI / 180 * (k < 2 ? 1 : -1);

		s = make(&axial);
		memcpy(s.set.frames[5].orientation, (double[]){cos(a), sin(a), 0, -sin(a), cos(a), 0},
		       6 * sizeof(double));
		is_named(&s, DICOM_P_MIXED_ORIENTATION, "000005.dcm", "a slice turned in its plane");
		s = make(&axial);
		memcpy(s.set.frames[5].orientation, (double[]){cos(a), 0, sin(a), 0, 1, 0}, 6 * sizeof(double));
		is_problem(&s, DICOM_P_MIXED_ORIENTATION, "a slice turned out of its plane");
		drop(&s);
	}
	s = make(&axial);
	for (size_t i = 0; i < s.n; i++)
		s.set.frames[i].orientation[i % 6] += 1e-6 * chance();
	is_problem(&s, DICOM_REGULAR, "cosines that differ in the seventh digit");
	drop(&s);
	s = make(&axial);
	memcpy(s.set.frames[5].orientation, (double[]){-1, 0, 0, 0, -1, 0}, 6 * sizeof(double));
	is_problem(&s, DICOM_P_MIXED_ORIENTATION, "a slice turned by half a turn");
	drop(&s);
}

static void nonsense(void)
{
	static const double bad[][6] = {
		{1, 0, 0, 0.1, 0.995, 0}, {1, 0, 0, 0, 2, 0}, {0, 0, 0, 0, 0, 0}, {1, 0, 0, 1, 0, 0},
		{0.5, 0, 0, 0, 1, 0}, {1e30, 0, 0, 0, 1e30, 0}, {0.99, 0, 0, 0, 1, 0}, {1, 0, 0, 0, 1.01, 0},
	};

	for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
		struct series s = make(&axial);

		for (size_t i = 0; i < s.n; i++)
			memcpy(s.set.frames[i].orientation, bad[k], sizeof bad[k]);
		is_named(&s, DICOM_P_NO_POSITION, "ImageOrientationPatient", "cosines that are none");
	}
	struct series s = make(&axial);

	s.set.frames[8].has_position = false;
	is_named(&s, DICOM_P_NO_POSITION, "000008.dcm has no ImagePositionPatient (0020,0032)", "one slice without position");
	s = make(&axial);
	s.set.frames[8].has_orientation = false;
	is_named(&s, DICOM_P_NO_POSITION, "000008.dcm has no ImageOrientationPatient (0020,0037)",
	         "one slice without orientation");
	s = make(&axial);
	s.set.frames[8].has_spacing = false;
	is_named(&s, DICOM_P_NO_SPACING, "000008.dcm has no PixelSpacing (0028,0030)", "one slice without spacing");
	s = make(&axial);
	for (size_t i = 0; i < s.n; i++)
		s.set.frames[i].has_position = s.set.frames[i].has_orientation = s.set.frames[i].has_spacing = false;
	arrange(&s);
	is_int(s.g.problem, DICOM_P_NO_POSITION, "nothing stated at all");
	is_int(s.g.grid.size[0], 64, "the size is known all the same");
	is_double(grid_spacing(&s.g.grid, 0), 0, 0, "and the spacing is not");
	drop(&s);
}

/* Cosines printed to few decimals are unit vectors all the same: PixelSpacing is the distance. */
static void rough_cosines(void)
{
	struct layout l = oblique(17.3, 11.9);
	struct series s = make(&l);

	for (size_t i = 0; i < s.n; i++)
		for (int w = 0; w < 6; w++)
			s.set.frames[i].orientation[w] = round(s.set.frames[i].orientation[w] * 1e4) / 1e4;
	is_problem(&s, DICOM_REGULAR, "cosines to four decimals");
	is_double(grid_spacing(&s.g.grid, 0), l.between_columns, 1e-9, "the step along a row is PixelSpacing");
	is_double(grid_spacing(&s.g.grid, 1), l.between_rows, 1e-9, "the step down a column is PixelSpacing");
	ok(fabs(dot(s.g.grid.direction[0], s.g.grid.direction[2])) < 1e-9 &&
	           fabs(dot(s.g.grid.direction[1], s.g.grid.direction[2])) < 1e-9,
	   "slices are stacked along the normal");
	drop(&s);

	/* a little too long, all of them: that is no other step */
	s = make(&l);
	for (size_t i = 0; i < s.n; i++)
		for (int w = 0; w < 6; w++)
			s.set.frames[i].orientation[w] *= 1.0004;
	is_problem(&s, DICOM_REGULAR, "cosines that are a little too long");
	is_double(grid_spacing(&s.g.grid, 2), l.step, 1e-9, "the step is the distance of the positions");
	ok(off(&s.g.grid, &l) < 1e-6, "and the grid is where it was laid out");
	drop(&s);
}

/* What differs within the tolerance is taken from the first slice, not from the first file. */
static void first_slice(void)
{
	struct series s = make(&axial);
	struct vol_grid first;
	int same = 0;

	for (size_t i = 0; i < s.n; i++) {
		s.set.frames[i].spacing[0] += 1e-7 * (double)i;
		s.set.frames[i].spacing[1] -= 1e-7 * (double)i;
		s.set.frames[i].orientation[1] = 1e-8 * (double)i;
	}
	for (int k = 0; k < 20; k++) {
		arrange(&s);
		if (k == 0)
			first = s.g.grid;
		same += memcmp(&first, &s.g.grid, sizeof first) == 0; /* NOLINT(bugprone-suspicious-memory-comparison) */
	}
	is_int(same, 20, "the grid does not depend on the order of the input");
	is_double(grid_spacing(&s.g.grid, 1), axial.between_rows, 0, "spacing is that of the first slice");
	drop(&s);
}

/* ---- single slices, thickness ---- */

static char noted[1024];

static void keep_note(enum vol_message kind, const char *subject, const char *what)
{
	if (kind == VOL_NOTE)
		snprintf(noted, sizeof noted, "%s: %s", subject, what);
}

static void single(void)
{
	static const struct {
		double slice_step, thickness, want;
		const char *says;
	} given[] = {
		{3, 5, 3, "SpacingBetweenSlices"}, {3, 0, 3, "SpacingBetweenSlices"},
		{0, 5, 5, "SliceThickness"}, {0, 0, 0, ""},
	};

	vol_message_hook = keep_note;
	for (size_t k = 0; k < 4; k++) {
		struct layout l = axial;
		struct series s;

		l.n = 1;
		s = make(&l);
		s.set.frames[0].slice_step = given[k].slice_step;
		s.set.frames[0].thickness = given[k].thickness;
		noted[0] = '\0';
		if (given[k].want > 0) {
			is_problem(&s, DICOM_REGULAR, "a single slice");
			is_double(s.g.grid.direction[2][2], given[k].want, 0, "its step is %s", given[k].says);
			is_double(s.g.grid.origin[2], -112.5, 0, "its place is its own");
			ok(strstr(noted, given[k].says) != NULL, "-v says so");
			drop(&s);
		} else {
			is_named(&s, DICOM_P_NO_SPACING, "000000.dcm", "a single slice that says nothing");
		}
	}
	vol_message_hook = NULL;
}

static void thickness(void)
{
	struct series s = make(&axial);
	struct layout l = axial;

	for (size_t i = 0; i < s.n; i++) {
		s.set.frames[i].thickness = 5;
		s.set.frames[i].slice_step = 7;
	}
	is_regular(&s, &axial, 1e-9, "thickness 5 and spacing 7 beside a step of 2.5 mm");
	l.n = 2;
	s = make(&l);
	s.set.frames[0].thickness = s.set.frames[1].thickness = 1;
	is_regular(&s, &l, 1e-9, "two slices with a gap between");
}

/* ---- many ---- */

static void many(void)
{
	struct layout l = oblique(10, 20);
	struct series s;
	clock_t start;
	double seconds;

	l.n = 100000;
	l.step = 0.2;
	s = make(&l);
	shuffle(s.frame, s.n);
	start = clock();
	dicom_arrange(&s.set, s.frame, s.n, &s.g);
	seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
	ok(s.g.problem == DICOM_REGULAR && in_order(&s), "100,000 slices are put in order");
	ok(off(&s.g.grid, &l) < 1e-6, "and lie where they were laid");
	ok(seconds < 3, "in no time (%.2f s)", seconds);
	for (size_t i = 0; i < s.n; i++)
		memcpy(s.set.frames[i].position, s.set.frames[0].position, sizeof s.set.frames[i].position);
	start = clock();
	is_problem(&s, DICOM_P_DUPLICATE_POSITION, "100,000 images on one spot");
	seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
	ok(seconds < 3, "in no time (%.2f s)", seconds);
	drop(&s);
}

int main(void)
{
	orientations();
	any_order();
	pixel_spacing();
	exact_decimals();
	other_steps();
	no_minus_zero();
	tenths(17.3, 11.9, 60, 3.3);
	tenths(-35, 45, 33, 7);
	tenths(54.7, 45, 100, 1.1);
	tenths(80, 5, 20, 5);
	one_moved();
	jitter();
	holes();
	spacings();
	overlaps();
	duplicates();
	tilts();
	accepted();
	unlike();
	nonsense();
	rough_cosines();
	first_slice();
	single();
	thickness();
	many();
	return done();
}
