#include "components.h"

#include <stdlib.h>
#include <string.h>

/* The runs of one slice. ends: where the voxels of one row change, in pairs. */
struct component_rows {
	struct component_run *run;
	size_t n, room;
	size_t *row;            /* ny + 1: of each row, its first run */
	uint32_t *ends;
};

/* ---- memory ---- */

static void *grow(void *p, size_t *room, size_t want, size_t each)
{
	size_t n = *room ? *room : 256;

	if (want <= *room)
		return p;
	while (n < want)
		n += n / 2;
	if (n > PTRDIFF_MAX / each)
		return NULL;
	p = realloc(p, n * each);
	if (p)
		*room = n;
	return p;
}

/* GROW - at least `want` entries in the array; false, and the array as it was, without memory. */
#define GROW(array, room, want) grow_to((void **)&(array), &(room), want, sizeof *(array))

static bool grow_to(void **array, size_t *room, size_t want, size_t each)
{
	void *p = grow(*array, room, want, each);

	if (p)
		*array = p;
	return p;
}

static void rows_free(struct component_rows *r)
{
	if (r) {
		free(r->run);
		free(r->row);
		free(r->ends);
	}
	free(r);
}

static struct component_rows *rows_new(const size_t size[3])
{
	struct component_rows *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->row = malloc((size[1] + 1) * sizeof *r->row);
	r->ends = malloc((size[0] + 2) * sizeof *r->ends);
	if (r->row && r->ends)
		return r;
	rows_free(r);
	return NULL;
}

void components_free(struct components *c)
{
	free(c->at);
	free(c->parent);
	free(c->run);
	free(c->start);
	rows_free(c->rows[0]);
	rows_free(c->rows[1]);
	memset(c, 0, sizeof *c);
}

int components_begin(struct components *c, const size_t size[3], int connectivity, bool background)
{
	bool same = c->rows[0] && c->size[0] == size[0] && c->size[1] == size[1];

	if (size[0] >= UINT32_MAX || size[1] >= UINT32_MAX || size[2] >= UINT32_MAX)
		return -1;
	memcpy(c->size, size, sizeof c->size);
	c->connectivity = connectivity;
	c->background = background;
	c->slices = c->runs = 0;
	c->labels = c->n = 0;
	for (int i = 0; i < 2; i++) {
		if (!same) {
			rows_free(c->rows[i]);
			c->rows[i] = rows_new(size);
		}
		if (!c->rows[i])
			return -1;
	}
	return 0;
}

/* ---- runs ---- */

/* Where a row changes: start, end, start, end, ... A bit of w ^ (w shifted by one) is a change. */
static inline size_t find_ends(const uint64_t *row, size_t nx, bool background, uint32_t *ends)
{
	size_t words = bitmask_row_words(nx), n = 0;
	uint64_t flip = background ? ~UINT64_C(0) : 0, before = 0;

	for (size_t i = 0; i < words; i++) {
		uint64_t w = row[i] ^ flip, change;

		if (i + 1 == words)
			w &= bitmask_tail(nx);
		change = w ^ (w << 1 | before);
		before = w >> 63;
		for (; change; change &= change - 1)
			ends[n++] = (uint32_t)(i * 64 + (size_t)__builtin_ctzll(change));
	}
	if (n % 2)
		ends[n++] = (uint32_t)nx;
	return n;
}

/* The runs of all rows, without their numbers. */
static int find_runs(const struct components *c, const uint64_t *slice, struct component_rows *r)
{
	size_t nx = c->size[0], ny = c->size[1], words = bitmask_row_words(nx);

	r->n = 0;
	for (size_t y = 0; y < ny; y++) {
		size_t n = find_ends(slice + y * words, nx, c->background, r->ends) / 2;

		r->row[y] = r->n;
		if (!GROW(r->run, r->room, r->n + n + 1))
			return -1;
		for (size_t i = 0; i < n; i++)
			r->run[r->n++] = (struct component_run){.lo = r->ends[2 * i], .hi = r->ends[2 * i + 1],
			                                        .y = (uint32_t)y};
	}
	r->row[ny] = r->n;
	return 0;
}

/* ---- union-find ---- */

static inline uint32_t find_root(uint32_t *parent, uint32_t i)
{
	while (parent[i] != i)
		i = parent[i] = parent[parent[i]];
	return i;
}

/* The lower number is the root: so roots come in the order of their components' first voxels. */
static inline uint32_t join(uint32_t *parent, uint32_t a, uint32_t b)
{
	a = find_root(parent, a);
	b = find_root(parent, b);
	if (a < b)
		return parent[b] = a;
	return parent[a] = b;
}

/* Number the runs a of one row by those they touch in another row b, `reach` voxels beyond their ends. */
static inline void touch(uint32_t *parent, struct component_run *a, const struct component_run *a_end,
                         const struct component_run *b, const struct component_run *b_end, uint32_t reach)
{
	for (; a < a_end; a++) {
		while (b < b_end && b->hi + reach <= a->lo)
			b++;
		for (; b < b_end && b->lo < a->hi + reach; b++) {
			if (!a->label)
				a->label = b->label;
			else if (a->label != b->label)
				a->label = join(parent, a->label, b->label);
			if (b->hi + reach > a->hi)
				break; /* it may touch the next one too */
		}
	}
}

static void touch_row(struct components *c, struct component_rows *r, size_t y,
                      const struct component_rows *other, size_t y2, uint32_t reach)
{
	touch(c->parent, r->run + r->row[y], r->run + r->row[y + 1], other->run + other->row[y2],
	      other->run + other->row[y2 + 1], reach);
}

/* ---- one component for each number given ---- */

static int new_label(struct components *c, uint32_t *label)
{
	size_t room = c->room_labels;

	if (c->labels >= UINT32_MAX - 2)
		return -1;
	if ((size_t)c->labels + 2 > room) {
		if (!GROW(c->at, room, (size_t)c->labels + 2))
			return -1;
		if (!GROW(c->parent, c->room_labels, room))
			return -1;
	}
	*label = ++c->labels;
	c->parent[*label] = *label;
	return 0;
}

static void merge(struct component *to, const struct component *from)
{
	to->size += from->size;
	to->faces |= from->faces;
	to->first = from->first < to->first ? from->first : to->first;
	for (int i = 0; i < 3; i++) {
		to->lo[i] = from->lo[i] < to->lo[i] ? from->lo[i] : to->lo[i];
		to->hi[i] = from->hi[i] > to->hi[i] ? from->hi[i] : to->hi[i];
	}
}

static int count_row(struct components *c, struct component_rows *r, size_t y)
{
	const size_t *size = c->size;
	uint32_t z = (uint32_t)c->slices, faces = 0;

	faces |= (y == 0 ? FACE_Y0 : 0) | (y == size[1] - 1 ? FACE_Y1 : 0) | (z == 0 ? FACE_Z0 : 0) |
	         (z == size[2] - 1 ? FACE_Z1 : 0);
	for (struct component_run *a = r->run + r->row[y]; a < r->run + r->row[y + 1]; a++) {
		struct component one = {
			.size = a->hi - a->lo,
			.first = ((uint64_t)z * size[1] + y) * size[0] + a->lo,
			.lo = {a->lo, a->y, z},
			.hi = {a->hi - 1, a->y, z},
			.faces = faces | (a->lo == 0 ? FACE_X0 : 0) | (a->hi == size[0] ? FACE_X1 : 0),
		};

		if (a->label) {
			merge(&c->at[a->label], &one);
		} else {
			if (new_label(c, &a->label) < 0)
				return -1;
			c->at[a->label] = one;
		}
		c->run[c->runs++] = a->label;
	}
	return 0;
}

static int number_row(struct components *c, size_t y)
{
	struct component_rows *r = c->rows[0], *below = c->rows[1];
	bool volume = c->connectivity > 8 || c->connectivity == 6;
	uint32_t diagonal = c->connectivity == 6 || c->connectivity == 4 ? 0 : 1;

	if (r->row[y] == r->row[y + 1])
		return 0;
	if (y > 0)
		touch_row(c, r, y, r, y - 1, diagonal);
	if (volume && c->slices > 0) {
		touch_row(c, r, y, below, y, diagonal);
		if (diagonal && y > 0)
			touch_row(c, r, y, below, y - 1, c->connectivity == 26);
		if (diagonal && y + 1 < c->size[1])
			touch_row(c, r, y, below, y + 1, c->connectivity == 26);
	}
	return count_row(c, r, y);
}

int components_add(struct components *c, const uint64_t *slice)
{
	struct component_rows *spare = c->rows[1];

	c->rows[1] = c->rows[0];
	c->rows[0] = spare;
	if (find_runs(c, slice, spare) < 0 || !GROW(c->start, c->room_start, c->slices + 2) ||
	    !GROW(c->run, c->room_runs, c->runs + spare->n + 1))
		return -1;
	c->start[c->slices] = c->runs;
	for (size_t y = 0; y < c->size[1]; y++)
		if (number_row(c, y) < 0)
			return -1;
	c->slices++;
	c->start[c->slices] = c->runs;
	return 0;
}

/* Going up, the parent of a number is lower, and has its final number already. */
int components_end(struct components *c)
{
	if (c->labels == 0)
		return 0;
	for (uint32_t i = 1; i <= c->labels; i++) {
		if (c->parent[i] == i) {
			c->parent[i] = ++c->n;
			c->at[c->n] = c->at[i];
		} else {
			c->parent[i] = c->parent[c->parent[i]];
			merge(&c->at[c->parent[i]], &c->at[i]);
		}
	}
	for (size_t i = 0; i < c->runs; i++)
		c->run[i] = c->parent[c->run[i]];
	c->labels = c->n;
	return 0;
}

int components_of(struct components *c, const struct bitmask *m, int connectivity, bool background)
{
	if (components_begin(c, m->size, connectivity, background) < 0)
		return -1;
	for (size_t z = 0; z < m->size[2]; z++)
		if (components_add(c, bitmask_at_slice(m, z)) < 0)
			return -1;
	return components_end(c);
}

/* ---- afterwards ---- */

uint32_t components_largest(const struct components *c, uint32_t except)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i <= c->n; i++)
		if (i != except && (!best || c->at[i].size > c->at[best].size))
			best = i;
	return best;
}

const struct component_run *components_runs(struct components *c, size_t z, const uint64_t *slice,
                                            size_t *n)
{
	struct component_rows *r = c->rows[0];

	if (find_runs(c, slice, r) < 0 || !GROW(r->run, r->room, 1))
		return NULL;
	for (size_t i = 0; i < r->n; i++)
		r->run[i].label = c->run[c->start[z] + i];
	*n = r->n;
	return r->run;
}

int components_join(struct components *c, size_t z, const uint64_t *slice, const bool *keep, uint64_t *out)
{
	size_t n, words = bitmask_row_words(c->size[0]);
	const struct component_run *run = components_runs(c, z, slice, &n);

	if (!run)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (keep[run[i].label])
			words_set(out + run[i].y * words, run[i].lo, run[i].hi);
	return 0;
}

int components_pick(struct components *c, size_t z, const uint64_t *slice, const bool *keep, uint64_t *out)
{
	size_t n, words = bitmask_row_words(c->size[0]);
	const struct component_run *run = components_runs(c, z, slice, &n);

	if (!run)
		return -1;
	memset(out, 0, words * c->size[1] * sizeof *out);
	for (size_t i = 0; i < n; i++)
		if (keep[run[i].label])
			words_set(out + run[i].y * words, run[i].lo, run[i].hi);
	return 0;
}

#define VALUES(T) \
	do { \
		T *row = out; \
		for (size_t i = 0; i < c->size[0] * c->size[1]; i++) \
			row[i] = (T)rest; \
		for (size_t i = 0; i < n; i++) { \
			T v = (T)(value ? value[run[i].label] : run[i].label); \
			row = (T *)out + run[i].y * c->size[0]; \
			for (size_t x = run[i].lo; x < run[i].hi; x++) \
				row[x] = v; \
		} \
	} while (0)

int components_values(struct components *c, size_t z, const uint64_t *slice, const uint32_t *value,
                      enum voxel_type type, void *out)
{
	size_t n;
	const struct component_run *run = components_runs(c, z, slice, &n);
	uint32_t rest = value ? value[0] : 0;

	if (!run)
		return -1;
	if (type == VOXEL_UINT8)
		VALUES(uint8_t);
	else if (type == VOXEL_UINT16)
		VALUES(uint16_t);
	else
		VALUES(uint32_t);
	return 0;
}
