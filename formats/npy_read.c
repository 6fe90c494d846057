/* npy_read.c - an array of NumPy as a volume: the formats .npy and .npz, as far as they are read alike. */
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "bytes_source.h"
#include "npy.h"

static bool sniff_npy(const unsigned char *start, size_t n)
{
	return n >= 6 && memcmp(start, "\x93NUMPY", 6) == 0;
}

static bool sniff_npz(const unsigned char *start, size_t n)
{
	/* a member, or an archive of none */
	return n >= 4 && (memcmp(start, "PK\3\4", 4) == 0 || memcmp(start, "PK\5\6", 4) == 0);
}

/* ---- opening ---- */

int npy_place(const struct npy_want *want, struct vol_head *head, const char *name, struct vol_err *err)
{
	if (!bare_said(&want->place))
		vol_warn(name, "does not say where its voxels are: 1 mm and axes to left, posterior, superior taken; "
		               "--spacing or --like say otherwise");
	return bare_grid(&want->place, &head->grid, name, err);
}

/* Takes b in any case. */
static struct vol_in *open_npy(struct bytes *b, const struct npy_want *want, struct vol_head *head, struct vol_err *err)
{
	struct npy_head h;

	if (npy_head_take(&bytes_exact, b, &h, head->digest, bytes_name(b), err) == 0 &&
	    npy_shape(&h, want, head, bytes_name(b), err) == 0 && npy_place(want, head, bytes_name(b), err) == 0)
		return npy_voxels(&bytes_exact, b, &h, want, head, bytes_name(b), err);
	bytes_close(b);
	return NULL;
}

struct vol_in *npy_open(const char *path, const struct npy_want *want, struct vol_head *head, struct vol_err *err)
{
	struct bytes *b = bytes_open(path, err);
	const unsigned char *start;
	struct vol_in *in;
	ssize_t n;

	vol_head_init(head);
	if (!b)
		return NULL;
	n = bytes_peek(b, &start, 8, err);
	if (n < 0) {
		bytes_close(b);
		return NULL;
	}
	if (sniff_npz(start, (size_t)n) && !bytes_compressed(b)) {
		bytes_keep(b);
		return npz_open(path, want, head, err);
	}
	in = open_npy(b, want, head, err);
	if (!in)
		vol_head_free(head);
	return in;
}

static struct vol_in *decode(const char *path, struct vol_head *head, struct vol_err *err)
{
	const struct npy_want as_the_page_says = {0};

	return npy_open(path, &as_the_page_says, head, err);
}

static const char *const npy_suffixes[] = {".npy", NULL}, *const npz_suffixes[] = {".npz", NULL};

const struct vol_format vol_format_npy = {
	.name = "NPY",
	.suffixes = npy_suffixes,
	.sniff = sniff_npy,
	.decode = decode,
	.encode = npy_encode,
	.bare = true,
	.reread = npy_reread,
};

const struct vol_format vol_format_npz = {
	.name = "NPZ",
	.suffixes = npz_suffixes,
	.sniff = sniff_npz,
	.decode = decode,
	.encode = npz_encode,
};
