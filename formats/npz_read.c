/* npz_read.c - an archive of arrays as a volume: voxels, and beside them where they are and what they mean. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/keys.h"
#include "npy.h"
#include "zip.h"

enum { KEYS_MAX = 16 << 20, NAME_MAX_SHOWN = 300 };

static bool is_named(const struct zip_entry *e, const char *name)
{
	return e->name_len == strlen(name) && memcmp(e->name, name, e->name_len) == 0;
}

static bool is_array(const struct zip_entry *e)
{
	return e->name_len > 4 && memcmp(e->name + e->name_len - 4, ".npy", 4) == 0;
}

/* Arrays that are never the voxels, unless somebody says so. */
static bool is_beside(const struct zip_entry *e)
{
	return is_named(e, "affine.npy") || is_named(e, "spacing.npy") || is_named(e, "keys.npy");
}

/* ---- which array ---- */

static int list_arrays(const struct zip *z, char *text, size_t size)
{
	int n = 0;
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < zip_count(z); i++) {
		const struct zip_entry *e = zip_at(z, i);

		if (!is_array(e) || is_beside(e))
			continue;
		if (used + e->name_len + 3 < size)
			used += (size_t)snprintf(text + used, size - used, "%s%.*s", n ? ", " : "", (int)e->name_len - 4, e->name);
		n++;
	}
	return n;
}

/* NAME or NAME.npy: 1, 0, -1. */
static int find_named(const struct zip *z, const char *name, const struct zip_entry **e, struct vol_err *err)
{
	char *file;
	int rc;

	if (asprintf(&file, "%s.npy", name) < 0)
		return vol_fail(err, zip_name(z), "out of memory");
	rc = zip_find(z, file, e, err);
	free(file);
	return rc ? rc : zip_find(z, name, e, err);
}

static int find_array(const struct zip *z, const char *wanted, const struct zip_entry **e, struct vol_err *err)
{
	static const char *const usual[] = {"data", "volume"};
	char names[NAME_MAX_SHOWN];
	int n = list_arrays(z, names, sizeof names), rc;

	if (wanted) {
		rc = find_named(z, wanted, e, err);
		return rc ? rc : vol_fail(err, zip_name(z), "has no array '%.100s' (there are: %s)", wanted, names);
	}
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if ((rc = find_named(z, usual[i], e, err)))
			return rc;
	if (n != 1)
		return vol_fail(err, zip_name(z), n ? "has several arrays (%s): --member says which" : "has no array%s", names);
	for (size_t i = 0; i < zip_count(z); i++)
		if (is_array(zip_at(z, i)) && !is_beside(zip_at(z, i)))
			*e = zip_at(z, i);
	return 1;
}

/* ---- what stands beside it ---- */

/* The numbers of a small array. 1; 0 when there is none; -1. */
static int get_numbers(struct zip *z, const char *name, int dims, const uint64_t *shape, double *x, struct vol_err *err)
{
	const struct zip_entry *e;
	struct npy_head h;
	size_t n = 1;
	void *m;
	int rc = find_named(z, name, &e, err);

	if (rc <= 0)
		return rc;
	m = zip_member_open(z, e, err);
	if (!m)
		return -1;
	rc = npy_head_take(&zip_member_source, m, &h, NULL, zip_name(z), err);
	for (int i = 0; i < dims; i++)
		n *= (size_t)shape[i];
	if (rc == 0 && (h.kind == 'U' || h.kind == 'S' || h.dims != dims ||
	                memcmp(h.shape, shape, (size_t)dims * sizeof *shape) != 0))
		rc = vol_fail(err, zip_name(z), "'%s' is no array of %zu numbers, %s", name, n, dims == 2 ? "4 by 4" : "x, y, z");
	if (rc == 0)
		rc = npy_doubles(&zip_member_source, m, &h, x, n, zip_name(z), err);
	zip_member_source.close(m);
	return rc < 0 ? -1 : 1;
}

/* The matrix is nibabel's: index x, y, z to RAS mm. */
static int take_affine(const double m[16], struct vol_grid *g, const char *name, struct vol_err *err)
{
	struct vol_err why;

	for (int i = 0; i < 4; i++)
		if (m[12 + i] != (i == 3))
			return vol_fail(err, name, "affine: its last row is not 0 0 0 1");
	for (int w = 0; w < 3; w++) {
		double sign = w < 2 ? -1 : 1;

		/* + 0: no "-0" */
		for (int a = 0; a < 3; a++)
			g->direction[a][w] = sign * m[4 * w + a] + 0;
		g->origin[w] = sign * m[4 * w + 3] + 0;
	}
	return grid_check(g, name, &why) < 0 ? vol_fail(err, name, "affine: %s", why.what) : 0;
}

/* 1 when the archive says where its voxels are, wholly or by their distances; 0; -1. */
static int take_grid(struct zip *z, struct vol_grid *g, struct vol_err *err)
{
	static const uint64_t four[] = {4, 4}, three[] = {3};
	const char *name = zip_name(z);
	struct bare_place place = {0};
	double m[16], s[3];
	int affine = get_numbers(z, "affine", 2, four, m, err), spacing;

	if (affine < 0)
		return -1;
	spacing = get_numbers(z, "spacing", 1, three, s, err);
	if (spacing < 0)
		return -1;
	for (int a = 0; a < 3 && spacing; a++)
		if (!(s[a] > 0 && isfinite(s[a])))
			return vol_fail(err, name, "spacing of %g mm cannot be", s[a]);
	if (affine) {
		if (take_affine(m, g, name, err) < 0)
			return -1;
		for (int a = 0; a < 3 && spacing; a++)
			if (fabs(s[a] - grid_spacing(g, a)) > 1e-3 * s[a]) {
				vol_warn(name, "affine and spacing do not agree (%.6g and %.6g mm along %c): affine taken",
				         grid_spacing(g, a), s[a], 'x' + a);
				break;
			}
		return 1;
	}
	if (!spacing)
		return 0;
	vol_warn(name, "has no affine: axes taken to left, posterior, superior, from 0,0,0 mm");
	memcpy(place.spacing, s, sizeof s);
	return bare_grid(&place, g, name, err) < 0 ? -1 : 1;
}

/* ---- keys ---- */

struct text {
	char *s;
	size_t n, size;
};

static int add_byte(struct text *t, unsigned c, const char *name, struct vol_err *err)
{
	if (t->n + 1 >= t->size) {
		char *more = t->n < KEYS_MAX ? realloc(t->s, t->size = 2 * t->size + 4096) : NULL;

		if (!more)
			return vol_fail(err, name, t->n < KEYS_MAX ? "out of memory" : "keys are over 16 MiB");
		t->s = more;
	}
	t->s[t->n++] = (char)c;
	t->s[t->n] = '\0';
	return 0;
}

/* A character as UTF-8. Python has bytes that are none as U+DC80 to U+DCFF. */
static int add_character(struct text *t, uint32_t c, const char *name, struct vol_err *err)
{
	int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	static const unsigned lead[] = {0, 0xc0, 0xe0, 0xf0};

	if (c > 0x10ffff)
		return vol_fail(err, name, "keys are no text: character %#x", (unsigned)c);
	if (c >= 0xdc80 && c <= 0xdcff)
		return add_byte(t, c & 0xff, name, err);
	if (add_byte(t, lead[more] | c >> 6 * more, name, err) < 0)
		return -1;
	while (more--)
		if (add_byte(t, 0x80 | (c >> 6 * more & 0x3f), name, err) < 0)
			return -1;
	return 0;
}

static int get_text(void *m, const struct npy_head *h, struct text *t, const char *name, struct vol_err *err)
{
	unsigned char piece[4096];
	size_t step = h->kind == 'U' ? 4 : 1;
	uint64_t left;

	if (!size_mul(h->bytes, step, &left) || left > (uint64_t)KEYS_MAX * 4)
		return vol_fail(err, name, "keys are over 16 MiB");
	while (left) {
		size_t n = left < sizeof piece ? (size_t)left : sizeof piece;
		ssize_t got = zip_member_source.read(m, piece, n, err);

		if (got < 0)
			return -1;
		if ((size_t)got < n)
			return vol_fail(err, name, "keys end early");
		for (size_t i = 0; i < n; i += step) {
			uint32_t c = piece[i];

			if (step == 4)
				for (int k = 1; k < 4; k++)
					c = h->big ? c << 8 | piece[i + k] : c | (uint32_t)piece[i + k] << 8 * k;
			if ((step == 4 ? add_character(t, c, name, err) : add_byte(t, c, name, err)) < 0)
				return -1;
		}
		left -= n;
	}
	while (t->n && t->s[t->n - 1] == '\0') /* NumPy fills up with them */
		t->n--;
	return zip_member_source.finish(m, err);
}

/* Into head and *colour, if there are any for an array of so many axes. 1 when there were; 0; -1. */
static int take_keys(struct zip *z, int dims, struct vol_head *head, bool *colour, struct vol_err *err)
{
	struct text t = {.s = NULL};
	const struct zip_entry *e;
	struct npy_head h;
	int rc = zip_find(z, "keys.npy", &e, err);
	void *m;

	if (rc <= 0)
		return rc;
	m = zip_member_open(z, e, err);
	if (!m)
		return -1;
	rc = npy_head_take(&zip_member_source, m, &h, NULL, zip_name(z), err);
	/* an array of that name may be anybody's: only one text is ours */
	if (rc == 0 && (h.kind == 'U' || h.kind == 'S') && h.items == 1) {
		rc = get_text(m, &h, &t, zip_name(z), err);
		if (rc == 0)
			rc = npz_keys_take(t.s ? t.s : "", t.n, dims, head, colour, zip_name(z), err);
		if (rc == 0)
			vol_warn(zip_name(z), "its keys are those of an array of other axes: left out");
	} else if (rc == 0) {
		vol_note(zip_name(z), "its array 'keys' is no text: left out");
	}
	zip_member_source.close(m);
	free(t.s);
	return rc;
}

/* ---- all of it ---- */

/* m: the member with the voxels. Taken in any case. */
static struct vol_in *open_member(struct zip *z, void *m, struct npy_want want, struct vol_head *head, struct vol_err *err)
{
	const char *name = zip_name(z);
	struct npy_head h;
	bool colour = false;
	int placed = 0, keys;

	if (npy_head_take(&zip_member_source, m, &h, NULL, name, err) < 0)
		goto fail;
	keys = take_keys(z, h.dims, head, &colour, err);
	if (keys < 0)
		goto fail;
	want.colour = want.colour || (keys > 0 && colour);
	want.sure = keys > 0;
	if (npy_shape(&h, &want, head, name, err) < 0)
		goto fail;
	if (!bare_said(&want.place))
		placed = take_grid(z, &head->grid, err);
	if (placed == 0 && npy_place(&want, head, name, err) < 0)
		goto fail;
	if (placed < 0)
		goto fail;
	zip_digest(z, head->digest);
	return npy_voxels(&zip_member_source, m, &h, &want, head, name, err);
fail:
	zip_member_source.close(m);
	return NULL;
}

struct vol_in *npz_open(const char *path, const struct npy_want *want, struct vol_head *head, struct vol_err *err)
{
	const struct zip_entry *e = NULL;
	struct zip *z = zip_open(path, err);
	struct vol_in *in = NULL;
	void *m = NULL;

	vol_head_init(head);
	if (!z)
		return NULL;
	if (find_array(z, want->member, &e, err) > 0)
		m = zip_member_open(z, e, err);
	if (m)
		in = open_member(z, m, *want, head, err);
	zip_close(z);
	if (!in)
		vol_head_free(head);
	return in;
}
