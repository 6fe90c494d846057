/* Orders of axes: codes, turns of grids, and the voxels that go with them. */
#include <stdlib.h>

#include "alg/orient.h"
#include "alg/reorder.h"
#include "tap.h"

static void test_codes(void)
{
	static const char *const bad[] = {"", "RA", "RASS", "LRS", "XAS", "RRR", "R S"};
	struct orient o;

	ok(orient_parse("psr", &o), "psr is a code");
	for (int a = 0; a < 3; a++)
		is_int(orient_to(&o, a), "PSR"[a], "... axis %d", a);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(!orient_parse(bad[i], &o), "'%s' is none", bad[i]);
}

static void test_grid(void)
{
	struct vol_grid g = {.size = {4, 3, 2}, .direction = {{0.5, 0, 0.1}, {0, 2, 0}, {0, 0, 3}}, .origin = {1, 2, 3}};
	const struct orient now = orient_of(&g);
	struct orient wanted;
	struct orient_turn t;

	orient_parse("SRP", &wanted);
	t = orient_turn(&now, &wanted);
	orient_turn_grid(&t, &g);
	is_int(g.size[0], 2, "sizes follow");
	is_int(g.size[1], 4, "...");
	is_int(g.size[2], 3, "...");
	is_double(g.direction[1][0], -0.5, 0, "a flipped axis runs back");
	is_double(g.direction[1][2], -0.1, 0, "... with all of its parts");
	ok(!signbit(g.direction[1][1]), "... and no -0");
	is_double(g.origin[0], 2.5, 0, "the origin is at its other end");
	is_double(g.origin[2], 3 + 3 * 0.1, 0, "...");
}

/* Every turn, every size of a voxel, against one voxel at a time; in parts of every length. */
static void test_voxels(void)
{
	static const int order[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	static const size_t units[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32};
	static const uint64_t size[3] = {67, 5, 66};
	size_t voxels = size[0] * size[1] * size[2], bad = 0;
	unsigned char *in = malloc(voxels * 32), *out = malloc(voxels * 32);

	for (size_t i = 0; i < voxels * 32; i++)
		in[i] = (unsigned char)(i * 2654435761U >> 13);
	for (int n = 0; n < 6 * 8 * 10; n++) {
		const int *from = order[n % 6];
		const bool flip[3] = {n / 6 & 1, n / 12 & 1, n / 24 & 1};
		size_t unit = units[n / 48], step = 1 + (size_t)n % 40, at = 0;
		struct reorder r = reorder_plan(size, from, flip, unit);
		size_t slice = r.size[0] * r.size[1] * unit;

		for (size_t z = 0; z < r.size[2]; z += step)
			reorder_slices(&r, in, z, r.size[2] - z < step ? r.size[2] - z : step, out + z * slice);
		for (size_t z = 0; z < r.size[2]; z++)
			for (size_t y = 0; y < r.size[1]; y++)
				for (size_t x = 0; x < r.size[0]; x++, at++) {
					const size_t to[3] = {x, y, z};
					size_t i[3];

					for (int a = 0; a < 3; a++)
						i[from[a]] = flip[a] ? r.size[a] - 1 - to[a] : to[a];
					bad += memcmp(out + at * unit,
					              in + ((i[2] * size[1] + i[1]) * size[0] + i[0]) * unit, unit) != 0;
				}
	}
	is_int(bad, 0, "all turns of voxels of 1 to 32 bytes");
	free(in);
	free(out);
}

int main(void)
{
	test_codes();
	test_grid();
	test_voxels();
	return done();
}
