/* npy.h - NumPy's arrays as volumes: .npy, and .npz, which is a zip archive of them. */
#ifndef FORMATS_NPY_H
#define FORMATS_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bare.h"
#include "format.h"
#include "io/vol.h"

enum { NPY_DIMS = 8 };

/* The header of an array: numpy.lib.format, versions 1.0 to 3.0. */
struct npy_head {
	char kind;           /* NumPy's: b i u f, and U and S, whose items are text */
	uint64_t bytes;      /* of an item */
	bool big, fortran;   /* byte order; first axis fastest, not last */
	int dims;
	uint64_t shape[NPY_DIMS], items;
};

/* How to take an array for a volume. All zero: as the pages say. */
struct npy_want {
	struct bare_place place;
	bool xyz;            /* axes are x, y, z[, list], as nibabel has them; else [list,] z, y, x */
	bool colour;         /* one more axis, the last, holds 3 or 4 colours */
	bool sure;           /* of `colour`, so that nothing needs to be said */
	const char *member;  /* of an archive; NULL: data, or volume, or the only one */
};

/* npy_open - decode with a will: .npy or .npz, seen by content. As vol_format.decode. */
struct vol_in *npy_open(const char *path, const struct npy_want *want, struct vol_head *head, struct vol_err *err);

/* ---- inside, npy_read.c, npy_write.c ---- */

/* npy_place - the grid that is wanted, or, with a warning, 1 mm and LPS. -1 with err. */
int npy_place(const struct npy_want *want, struct vol_head *head, const char *name, struct vol_err *err);

int npy_encode(struct vol_in *in, const struct vol_head *head, const char *path, const struct format_write *how,
               struct vol_err *err);
int npz_encode(struct vol_in *in, const struct vol_head *head, const char *path, const struct format_write *how,
               struct vol_err *err);
struct vol_in *npy_reread(const char *path, const struct vol_head *given, const struct format_write *how,
                          struct vol_head *head, struct vol_err *err);

/* ---- inside, npy_head.c ---- */

/* npy_head_take - read the header off the start of an array that comes through source. NULL or a place for the
 * SHA-256 of its text. -1 with err, which names the kind of number, or what of the header cannot be. */
int npy_head_take(const struct vol_source *source, void *ctx, struct npy_head *h, char digest[65], const char *subject,
                  struct vol_err *err);

/* npy_head_print - version 1.0, of a multiple of 64 bytes, as numpy.save does, so that what follows can be mapped.
 * Little-endian. Returns the number of bytes. */
enum { NPY_HEAD_MAX = 512 };
size_t npy_head_print(const struct npy_head *h, unsigned char bytes[NPY_HEAD_MAX]);

/* npy_head_of - the header of a volume's array: C order, [list,] z, y, x[, colour]. */
void npy_head_of(const struct vol_head *head, struct npy_head *h);

/* ---- inside, npy_voxels.c ---- */

/* npy_shape - the sizes of head (list and channels too) from those of the array. */
int npy_shape(const struct npy_head *h, const struct npy_want *want, struct vol_head *head, const char *subject,
              struct vol_err *err);

/* npy_voxels - a reader of the numbers that come through source, which npy_head_take left at the first; the type of
 * head is set. Owns ctx from here on. Streams what lies as a volume does; what lies otherwise, and integers of 64
 * bits, go through a file without a name under TMPDIR. NULL with err. */
struct vol_in *npy_voxels(const struct vol_source *source, void *ctx, const struct npy_head *h,
                          const struct npy_want *want, struct vol_head *head, const char *name, struct vol_err *err);

/* ---- inside, npy_numbers.c ---- */

enum npy_from { NPY_AS_IT_IS, NPY_TRUTH, NPY_HALF, NPY_INT64, NPY_UINT64 };

/* npy_convert - n numbers, of `bytes` each where they stay as they are; those of 64 bits are known to fit. */
void npy_convert(enum npy_from from, enum voxel_type to, size_t bytes, const void *src, size_t n, void *dst);

/* npy_doubles - the n numbers of a small array, in C order. source is left after them. -1 with err. */
int npy_doubles(const struct vol_source *source, void *ctx, const struct npy_head *h, double *x, size_t n,
                const char *subject, struct vol_err *err);

/* ---- inside, npz_read.c, npz_keys.c ---- */

/* npz_open - as npy_open, for an archive. */
struct vol_in *npz_open(const char *path, const struct npy_want *want, struct vol_head *head, struct vol_err *err);

/* npz_keys_print - the keys of a volume as text, after a line on its axes. *text is the caller's to free.
 * npz_keys_take - the reverse, into head. *colour: the array has an axis of colours. 1; 0 when the text is about an
 * array of another number of axes than dims; -1 with err. */
int npz_keys_print(const struct vol_head *head, char **text, size_t *len, struct vol_err *err);
int npz_keys_take(const char *text, size_t len, int dims, struct vol_head *head, bool *colour, const char *subject,
                  struct vol_err *err);

#endif
