/* npy_write.c - a volume as an array of NumPy: one file, or an archive with what belongs to it. */
#include <stdlib.h>
#include <string.h>

#include "io/outfile.h"
#include "npy.h"
#include "zip.h"

/* ---- .npy ---- */

int npy_encode(struct vol_in *in, const struct vol_head *head, const char *path, const struct format_write *how,
               struct vol_err *err)
{
	unsigned char start[NPY_HEAD_MAX];
	struct npy_head h;
	struct outfile *o;

	if (how->level > 0)
		return vol_fail(err, path && *path ? path : "stdout", "a .npy is never compressed: write a .npz");
	if (bare_tell(head, vol_in_name(in), ".npy", err) < 0)
		return -1;
	vol_note(vol_in_name(in), "grid and keys are left out, as .npy has no place for them: .npz has");
	o = outfile_create(path, how->flags | OUTFILE_BINARY, err);
	if (!o)
		return -1;
	npy_head_of(head, &h);
	if (outfile_write(o, start, npy_head_print(&h, start), err) < 0 ||
	    vol_drain(in, outfile_fd(o), outfile_name(o), err) < 0) {
		outfile_abandon(o);
		return -1;
	}
	return outfile_commit(o, err);
}

struct vol_in *npy_reread(const char *path, const struct vol_head *given, const struct format_write *how,
                          struct vol_head *head, struct vol_err *err)
{
	const struct npy_want want = {.place = {.grid = &given->grid}, .colour = given->channels > 1};

	(void)how;
	return npy_open(path, &want, head, err);
}

/* ---- .npz ---- */

/* A small array: header and numbers, or text, of n bytes. */
static int put_array(struct zip_out *z, const char *name, const struct npy_head *h, const void *items, size_t n,
                     struct vol_err *err)
{
	unsigned char start[NPY_HEAD_MAX], *all;
	size_t len = npy_head_print(h, start);
	int rc;

	all = malloc(len + n);
	if (!all)
		return vol_fail(err, "header", "out of memory");
	memcpy(all, start, len);
	memcpy(all + len, items, n);
	rc = zip_out_small(z, name, all, len + n, err);
	free(all);
	return rc;
}

static int put_grid(struct zip_out *z, const struct vol_grid *g, struct vol_err *err)
{
	struct npy_head h = {.kind = 'f', .bytes = 8, .dims = 2, .shape = {4, 4}};
	double m[16] = {[15] = 1}, spacing[3];

	for (int w = 0; w < 3; w++) {
		double sign = w < 2 ? -1 : 1;

		/* + 0: no "-0" */
		for (int a = 0; a < 3; a++)
			m[4 * w + a] = sign * g->direction[a][w] + 0;
		m[4 * w + 3] = sign * g->origin[w] + 0;
	}
	if (put_array(z, "affine.npy", &h, m, sizeof m, err) < 0)
		return -1;
	for (int a = 0; a < 3; a++)
		spacing[a] = grid_spacing(g, a);
	h.dims = 1;
	h.shape[0] = 3;
	return put_array(z, "spacing.npy", &h, spacing, sizeof spacing, err);
}

/* The next character of UTF-8; a byte that belongs to none as Python has it, U+DC80 to U+DCFF. */
static uint32_t next_character(const unsigned char **p, const unsigned char *end)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	const unsigned char *s = *p;
	int more = s[0] < 0x80 ? 0 : (s[0] & 0xe0) == 0xc0 ? 1 : (s[0] & 0xf0) == 0xe0 ? 2 : (s[0] & 0xf8) == 0xf0 ? 3 : -1;
	uint32_t c = more > 0 ? s[0] & (0x3fu >> more) : s[0];

	for (int i = 1; i <= more; i++) {
		if (s + i == end || (s[i] & 0xc0) != 0x80)
			more = -1;
		else
			c = c << 6 | (s[i] & 0x3f);
	}
	if (more < 0 || c < least[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
		*p = s + 1;
		return 0xdc00 | s[0];
	}
	*p = s + more + 1;
	return c;
}

/* One string, in NumPy's four bytes a character. */
static int put_keys(struct zip_out *z, const struct vol_head *head, struct vol_err *err)
{
	struct npy_head h = {.kind = 'U'};
	char *text;
	uint32_t *wide;
	size_t len, n = 0;
	int rc;

	if (npz_keys_print(head, &text, &len, err) < 0)
		return -1;
	wide = malloc((len + 1) * sizeof *wide);
	for (const unsigned char *p = (unsigned char *)text, *end = p + len; wide && p < end;)
		wide[n++] = next_character(&p, end);
	h.bytes = n;
	rc = wide ? put_array(z, "keys.npy", &h, wide, n * sizeof *wide, err) : vol_fail(err, "header", "out of memory");
	free(text);
	free(wide);
	return rc;
}

static int put_voxels(struct zip_out *z, struct vol_in *in, const struct vol_head *head, const struct format_write *how,
                      struct vol_err *err)
{
	unsigned char start[NPY_HEAD_MAX];
	struct vol_slab slab;
	struct npy_head h;
	size_t n;
	int got;

	npy_head_of(head, &h);
	n = npy_head_print(&h, start);
	if (zip_out_begin(z, "data.npy", n + vol_head_bytes(head), how->level, how->threads, err) < 0 ||
	    zip_out_put(z, start, n, err) < 0)
		return -1;
	while ((got = vol_next(in, &slab, err)) > 0)
		if (zip_out_put(z, slab.voxels, slab.n * voxel_size(head->type), err) < 0)
			return -1;
	return got < 0 ? -1 : zip_out_end(z, err);
}

/* The voxels come last: what reads a pipe may know all else by then. */
int npz_encode(struct vol_in *in, const struct vol_head *head, const char *path, const struct format_write *how,
               struct vol_err *err)
{
	struct outfile *o = outfile_create(path, how->flags | OUTFILE_BINARY, err);
	struct zip_out *z;

	if (!o)
		return -1;
	z = zip_out_new(outfile_fd(o), outfile_name(o), err);
	if (z && put_grid(z, &head->grid, err) == 0 && put_keys(z, head, err) == 0 &&
	    put_voxels(z, in, head, how, err) == 0) {
		if (zip_out_finish(z, err) == 0)
			return outfile_commit(o, err);
		z = NULL;
	}
	zip_out_abandon(z);
	outfile_abandon(o);
	return -1;
}
