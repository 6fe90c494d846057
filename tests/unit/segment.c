/* What segmentation is made of: balls, sides, solid things, Otsu's threshold, doubts. */
#include <stdlib.h>

#include "alg/ball.h"
#include "alg/lung.h"
#include "alg/otsu.h"
#include "alg/recipe.h"
#include "alg/solid.h"
#include "alg/split.h"
#include "tap.h"

static struct bitmask empty(uint64_t nx, uint64_t ny, uint64_t nz)
{
	struct bitmask m;

	bitmask_new(&m, (uint64_t[]){nx, ny, nz});
	memset(m.word, 0, m.slice * m.size[2] * sizeof *m.word);
	return m;
}

/* A box of voxels, ends included. */
static void box(struct bitmask *m, size_t x0, size_t x1, size_t y0, size_t y1, size_t z0, size_t z1)
{
	for (size_t z = z0; z <= z1; z++)
		for (size_t y = y0; y <= y1; y++)
			words_set(bitmask_at_row(m, y, z), x0, x1 + 1);
}

static void test_ball(double sx, double sy, double sz, double mm)
{
	static const size_t at[][3] = {{0, 0, 0}, {64, 5, 4}, {40, 10, 8}, {69, 11, 8}};
	struct bitmask m = empty(70, 12, 9);
	int wrong = 0;

	for (int k = 0; k < 4; k++)
		box(&m, at[k][0], at[k][0], at[k][1], at[k][1], at[k][2], at[k][2]);
	ball_dilate(&m, (double[]){sx, sy, sz}, mm);
	for (size_t i = 0; i < 70 * 12 * 9; i++) {
		size_t x = i % 70, y = i / 70 % 12, z = i / 840;
		bool near = false;

		for (int k = 0; k < 4; k++) {
			double dx = sx * ((double)x - (double)at[k][0]), dy = sy * ((double)y - (double)at[k][1]),
			       dz = sz * ((double)z - (double)at[k][2]);

			near = near || dx * dx + dy * dy + dz * dz <= mm * mm * (1 + 1e-9);
		}
		wrong += near != bitmask_get(&m, x, y, z);
	}
	is_int(wrong, 0, "a ball of %g mm, voxels of %g %g %g", mm, sx, sy, sz);
	bitmask_free(&m);
}

static void test_split(void)
{
	const struct split_plan plan = {.left_is_up = true, .spacing = {2, 2}, .middle = 48};
	struct bitmask m = empty(100, 60, 4), left = empty(100, 60, 4);
	struct components c = {0};
	bool keep[] = {false, true, true}, cut;

	box(&m, 10, 43, 10, 50, 0, 3);
	box(&m, 52, 90, 10, 50, 0, 3);
	components_of(&c, &m, 6, false);
	split_sides(&plan, &c, keep, &m, &left, &cut);
	ok(!cut, "two that do not touch are not cut");
	is_int(bitmask_count(&m), 34 * 41 * 4, "right is below, where x grows to the left");
	is_int(bitmask_count(&left), 39 * 41 * 4, "left");
	words_or(m.word, left.word, m.slice * 4);
	box(&m, 44, 51, 20, 22, 1, 1);
	components_of(&c, &m, 6, false);
	split_sides(&plan, &c, keep, &m, &left, &cut);
	ok(cut, "two that touch are cut");
	is_int(bitmask_count(&m) + bitmask_count(&left), 73 * 41 * 4 + 24, "nothing is lost");
	is_int(bitmask_count(&m), 34 * 41 * 4 + 3 * 5, "through the bridge, in the middle, whose column is right");
	ok(!bitmask_get(&left, 43, 30, 1) && !bitmask_get(&m, 52, 30, 1), "and nowhere else");
	components_free(&c);
	bitmask_free(&m);
	bitmask_free(&left);
}

static void test_solid(void)
{
	const struct solid_plan plan = {.spacing = {1, 1}, .thin_mm = 6};
	const struct solid_plan whole = {.spacing = {1, 1}, .thin_mm = 6, .fill_volume = true};
	struct bitmask m = empty(80, 60, 12);
	struct solid_found found;

	box(&m, 20, 50, 10, 40, 1, 10); /* with a cave open below, and one enclosed */
	for (size_t z = 1; z < 11; z++) {
		words_minus(bitmask_at_row(&m, 20, z), (uint64_t[]){UINT64_C(7) << 30, 0}, 2); /* under 10 mm */
		words_minus(bitmask_at_row(&m, 40, z), (uint64_t[]){UINT64_C(7) << 30, 0}, 2);
	}
	box(&m, 5, 75, 41, 44, 0, 11);  /* a table under it */
	box(&m, 60, 70, 10, 20, 2, 9);  /* something else */
	solid_keep(&m, &plan, &found);
	ok(bitmask_get(&m, 20, 10, 1) && bitmask_get(&m, 50, 39, 10), "the largest is kept");
	ok(bitmask_get(&m, 31, 20, 5), "its hole in a slice is filled");
	ok(!bitmask_get(&m, 6, 42, 5) && !bitmask_get(&m, 65, 15, 5), "table and others go");
	is_int(found.voxels, bitmask_count(&m), "voxels");
	is_int(found.faces, 0, "it touches no face");
	memset(m.word, 0, m.slice * 12 * sizeof *m.word);
	box(&m, 0, 79, 0, 59, 0, 11);
	for (size_t z = 4; z < 8; z++)
		for (size_t y = 20; y < 30; y++)
			bitmask_at_row(&m, y, z)[0] = 0;
	solid_keep(&m, &whole, &found);
	is_int(found.faces, FACES_ALL, "it touches all");
	is_int(found.voxels, 80 * 60 * 12 - 4 * 10 * 64, "what is open at an edge is no hole");
	memset(m.word, 0, m.slice * 12 * sizeof *m.word);
	solid_keep(&m, &whole, &found);
	ok(found.voxels == 0 && found.faces == 0, "of nothing there is nothing");
	bitmask_free(&m);
}

static void test_otsu(void)
{
	struct otsu *o = malloc(sizeof *o);
	int16_t v[] = {-5, -4, -4, -3, 10, 11, 11, 12, -2000};
	double d[] = {0, 1, 99, 100, NAN, INFINITY};
	uint8_t same[] = {7, 7};

	otsu_begin(o, VOXEL_INT16, 0, 0);
	otsu_add(o, v, 9, -2000, -2000);
	is_double(otsu_end(o), -3, 0, "the last of the lower class");
	otsu_begin(o, VOXEL_INT16, 0, 0);
	otsu_add(o, v, 9, NAN, NAN);
	is_double(otsu_end(o), -2000, 0, "with what was padding");
	otsu_begin(o, VOXEL_DOUBLE, 0, 100);
	otsu_add(o, d, 6, NAN, NAN);
	is_double(otsu_end(o), 1, 1e-3, "doubles, to a bin; what is not finite is left out");
	otsu_begin(o, VOXEL_UINT8, 0, 0);
	ok(isnan(otsu_end(o)), "of nothing there is no threshold");
	otsu_add(o, same, 2, NAN, NAN);
	ok(isnan(otsu_end(o)), "nor of one value");
	free(o);
}

static void test_recipe(void)
{
	struct bitmask m = empty(20, 10, 3);

	box(&m, 0, 19, 0, 1, 0, 2);  /* outside, at the first voxel */
	box(&m, 4, 9, 4, 8, 0, 2);
	box(&m, 12, 14, 4, 8, 0, 2);
	recipe_lung(&m, false, false);
	is_int(bitmask_count(&m), 6 * 5 * 3, "the largest that is not outside");
	memset(m.word, 0, m.slice * 3 * sizeof *m.word);
	box(&m, 4, 9, 4, 8, 0, 2);
	words_minus(bitmask_at_row(&m, 6, 1), (uint64_t[]){1 << 6}, 1);
	recipe_lung(&m, true, true);
	is_int(bitmask_count(&m), 6 * 5 * 3, "filled in its slice");
	memset(m.word, 0, m.slice * 3 * sizeof *m.word);
	ok(recipe_lung(&m, true, false) == 0 && bitmask_count(&m) == 0, "no air, no lung");
	bitmask_free(&m);
}

static void test_doubt(void)
{
	static const struct {
		struct lung_found f;
		const char *what;
	} cases[] = {
		{{.right_ml = 2500, .left_ml = 2200}, NULL},
		{{.left_ml = 0}, "no lung found"},
		{{.left_ml = 2200, .right_ml = 200}, "one lung only"},
		{{.left_ml = 90, .right_ml = 90}, "not 200 to 12000"},
		{{.left_ml = 9000, .right_ml = 9000}, "not 200 to 12000"},
		{{.left_ml = 900, .right_ml = 900, .gas = 0.7}, "as thin as air"},
		{{.left_ml = 900, .right_ml = 900, .edge_mm2 = 600}, "edges of the slices"},
		{{.left_ml = 900, .right_ml = 900, .top_mm2 = 200}, "200 mm2 at the head's"},
	};
	char what[256];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool doubt = lung_doubt(&cases[i].f, what, sizeof what);

		ok(doubt == (cases[i].what != NULL) && (!doubt || strstr(what, cases[i].what)), "%s",
		   cases[i].what ? cases[i].what : "plausible");
	}
}

int main(void)
{
	test_ball(1, 1, 1, 0.5);
	test_ball(0.7, 0.8, 2.5, 5);
	test_ball(0.1, 0.1, 0.1, 0.3);
	test_ball(3, 0.2, 1, 4);
	test_ball(1, 1, 1, 1e9);
	test_split();
	test_solid();
	test_otsu();
	test_recipe();
	test_doubt();
	return done();
}
