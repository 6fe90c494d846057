/* Components and holes, against a flood fill voxel by voxel. */
#include <stdlib.h>

#include "alg/components.h"
#include "alg/fill.h"
#include "tap.h"

static uint32_t state = 7;

static uint32_t number(uint32_t below)
{
	state = state * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(state >> 8) * below >> 24);
}

struct truth {
	int64_t size[3], n;
	uint8_t *set;
	uint32_t *label, count;
};

static bool near(int connectivity, int64_t dx, int64_t dy, int64_t dz)
{
	int64_t steps = llabs(dx) + llabs(dy) + llabs(dz);

	switch (connectivity) {
	case 4: return dz == 0 && steps == 1;
	case 8: return dz == 0 && steps >= 1;
	case 6: return steps == 1;
	case 18: return steps == 1 || steps == 2;
	default: return steps >= 1;
	}
}

static void flood(struct truth *t, int64_t at, int connectivity, int64_t *stack)
{
	int64_t top = 0;

	stack[top++] = at;
	t->label[at] = ++t->count;
	while (top) {
		int64_t i = stack[--top], x = i % t->size[0], y = i / t->size[0] % t->size[1],
			z = i / t->size[0] / t->size[1];

		for (int64_t k = 0; k < 27; k++) {
			int64_t dx = k % 3 - 1, dy = k / 3 % 3 - 1, dz = k / 9 - 1, j;

			if (!near(connectivity, dx, dy, dz) || x + dx < 0 || x + dx >= t->size[0] || y + dy < 0 ||
			    y + dy >= t->size[1] || z + dz < 0 || z + dz >= t->size[2])
				continue;
			j = i + dx + t->size[0] * (dy + t->size[1] * dz);
			if (t->set[j] && !t->label[j]) {
				t->label[j] = t->count;
				stack[top++] = j;
			}
		}
	}
}

static void label(struct truth *t, int connectivity)
{
	int64_t *stack = malloc((size_t)t->n * sizeof *stack);

	t->label = calloc((size_t)t->n, sizeof *t->label);
	t->count = 0;
	for (int64_t i = 0; i < t->n; i++)
		if (t->set[i] && !t->label[i])
			flood(t, i, connectivity, stack);
	free(stack);
}

static bool same_component(const struct truth *t, uint32_t l, const struct component *c)
{
	struct component w = {.lo = {9999, 9999, 9999}};

	for (int64_t i = t->n - 1; i >= 0; i--) {
		uint32_t at[3] = {(uint32_t)(i % t->size[0]), (uint32_t)(i / t->size[0] % t->size[1]),
		                  (uint32_t)(i / t->size[0] / t->size[1])};

		if (t->label[i] != l)
			continue;
		w.size++;
		w.first = (uint64_t)i;
		for (int k = 0; k < 3; k++) {
			w.lo[k] = at[k] < w.lo[k] ? at[k] : w.lo[k];
			w.hi[k] = at[k] > w.hi[k] ? at[k] : w.hi[k];
			w.faces |= at[k] == 0 ? 1U << 2 * k : 0;
			w.faces |= at[k] == t->size[k] - 1 ? 2U << 2 * k : 0;
		}
	}
	return w.size == c->size && w.first == c->first && w.faces == c->faces &&
	       memcmp(w.lo, c->lo, sizeof w.lo) == 0 && memcmp(w.hi, c->hi, sizeof w.hi) == 0;
}

static void make(struct truth *t, struct bitmask *m, const uint64_t size[3], uint32_t percent)
{
	bitmask_new(m, size);
	for (int k = 0; k < 3; k++)
		t->size[k] = (int64_t)size[k];
	t->n = t->size[0] * t->size[1] * t->size[2];
	t->set = malloc((size_t)t->n);
	for (int64_t i = 0; i < t->n; i++)
		t->set[i] = number(100) < percent;
	for (size_t z = 0; z < size[2]; z++)
		bitmask_pack(t->set + z * size[0] * size[1], m->size[0], m->size[1], bitmask_at_slice(m, z));
}

static void test_random(struct components *c, const uint64_t size[3], uint32_t percent, int connectivity,
                        bool background)
{
	size_t in_slice = (size_t)(size[0] * size[1]);
	struct truth t;
	struct bitmask m;
	bool good, values = true, pick = true, joined = true, *keep;
	uint32_t *got = malloc(in_slice * 4), *names;
	uint64_t *out;

	make(&t, &m, size, percent);
	if (background)
		for (int64_t i = 0; i < t.n; i++)
			t.set[i] = !t.set[i];
	label(&t, connectivity);
	good = components_of(c, &m, connectivity, background) == 0 && c->n == t.count;
	for (uint32_t i = 1; good && i <= c->n && i < 60; i++)
		good = same_component(&t, i, &c->at[i]);
	ok(good, "%llux%llux%llu, %u %%, %d neighbours%s: components", (unsigned long long)size[0],
	   (unsigned long long)size[1], (unsigned long long)size[2], percent, connectivity,
	   background ? ", background" : "");
	keep = malloc(c->n + 1U);
	names = malloc((c->n + 1U) * sizeof *names);
	for (uint32_t i = 0; i <= c->n; i++) {
		keep[i] = number(2);
		names[i] = number(250);
	}
	out = malloc(m.slice * 8);
	for (size_t z = 0; good && z < size[2]; z++) {
		uint64_t *slice = bitmask_at_slice(&m, z), *both = malloc(m.slice * 8);
		uint8_t *bytes = malloc(in_slice), *was = malloc(in_slice);

		components_values(c, z, slice, NULL, VOXEL_UINT32, got);
		values = values && memcmp(got, t.label + z * in_slice, in_slice * 4) == 0;
		components_values(c, z, slice, names, VOXEL_UINT8, bytes);
		for (size_t i = 0; i < in_slice; i++)
			values = values && bytes[i] == names[t.label[z * in_slice + i]];
		components_pick(c, z, slice, keep, out);
		bitmask_unpack(out, m.size[0], m.size[1], 1, bytes);
		for (size_t i = 0; i < in_slice; i++) {
			uint32_t l = t.label[z * in_slice + i];

			pick = pick && bytes[i] == (l && keep[l]);
		}
		memcpy(both, slice, m.slice * 8);
		bitmask_unpack(slice, m.size[0], m.size[1], 1, was);
		components_join(c, z, both, keep, both);
		bitmask_unpack(both, m.size[0], m.size[1], 1, bytes);
		for (size_t i = 0; i < in_slice; i++) {
			uint32_t l = t.label[z * in_slice + i];

			joined = joined && bytes[i] == (was[i] || (l && keep[l]));
		}
		components_pick(c, z, slice, keep, slice);
		pick = pick && memcmp(slice, out, m.slice * 8) == 0;
		free(both);
		free(bytes);
		free(was);
	}
	ok(values, "... written as values");
	ok(pick, "... picked, in place too");
	ok(joined, "... joined");
	free(out);
	free(keep);
	free(names);
	free(got);
	free(t.set);
	free(t.label);
	bitmask_free(&m);
}

static void test_largest(void)
{
	uint64_t w[] = {0x6, 0, 0x70, 0, 0x7};
	struct bitmask m = {.size = {8, 5, 1}, .row = 1, .slice = 5, .word = w};
	struct components c = {0};

	components_of(&c, &m, 26, false);
	is_int(c.n, 3, "three components");
	is_int(components_largest(&c, 0), 2, "the first of the largest");
	is_int(components_largest(&c, 2), 3, "the next");
	memset(w, 0, sizeof w);
	components_of(&c, &m, 26, false);
	is_int(c.n, 0, "none");
	is_int(components_largest(&c, 0), 0, "no largest");
	components_free(&c);
}

/* A hole is background that the flood from the border does not reach. */
static void test_fill(const uint64_t size[3], uint32_t percent, int connectivity, unsigned faces)
{
	struct truth t;
	struct bitmask m;
	struct components work = {0};
	bool *border, good = true, plane = connectivity == 4 || connectivity == 8;
	int64_t filled = 0, want = 0;

	make(&t, &m, size, percent);
	for (int64_t i = 0; i < t.n; i++)
		t.set[i] = !t.set[i];
	label(&t, connectivity);
	border = calloc(t.count + 1U, 1);
	for (int64_t i = 0; i < t.n; i++) {
		int64_t x = i % t.size[0], y = i / t.size[0] % t.size[1], z = i / t.size[0] / t.size[1];

		if (x == 0 || x == t.size[0] - 1 || y == 0 || y == t.size[1] - 1 ||
		    (!plane && (faces & FACE_Z0) && z == 0) ||
		    (!plane && (faces & FACE_Z1) && z == t.size[2] - 1))
			border[t.label[i]] = true;
	}
	if (!plane)
		filled = fill_volume(&m, connectivity, faces);
	for (size_t z = 0; plane && z < m.size[2]; z++)
		filled += fill_slice(&work, m.size, connectivity, bitmask_at_slice(&m, z));
	for (int64_t i = 0; i < t.n; i++) {
		bool hole = t.label[i] && !border[t.label[i]];

		want += hole;
		good = good && bitmask_get(&m, (size_t)(i % t.size[0]), (size_t)(i / t.size[0] % t.size[1]),
		                           (size_t)(i / t.size[0] / t.size[1])) == (!t.label[i] || hole);
	}
	ok(good, "%u %%, over %d neighbours, faces %x: holes filled", percent, connectivity, faces);
	is_int(filled, want, "... and counted");
	components_free(&work);
	free(border);
	free(t.set);
	free(t.label);
	bitmask_free(&m);
}

int main(void)
{
	static const uint64_t sizes[][3] = {{1, 1, 1}, {1, 9, 7}, {65, 1, 5}, {64, 9, 1}, {130, 12, 5}, {19, 17, 13}};
	static const int all[] = {4, 8, 6, 18, 26};
	struct components c = {0};

	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
		for (int k = 0; k < 5; k++)
			for (uint32_t percent = 5; percent < 100; percent += 30)
				test_random(&c, sizes[s], percent, all[k], percent / 5 % 2);
	test_random(&c, sizes[4], 0, 26, false);
	test_random(&c, sizes[4], 100, 6, true);
	test_random(&c, sizes[4], 100, 6, false);
	components_free(&c);
	test_largest();
	for (int k = 0; k < 5; k++)
		for (uint32_t percent = 40; percent <= 80; percent += 20)
			test_fill(sizes[4 + k % 2], percent, all[k], percent == 60 ? FACES_IN_PLANE : FACES_ALL);
	return done();
}
