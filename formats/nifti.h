/* nifti.h - NIfTI: reading with a will; inside, what a header says, for both versions alike. */
#ifndef FORMATS_NIFTI_H
#define FORMATS_NIFTI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "err.h"
#include "format.h"
#include "recast.h"

/* How to take a file for a volume. All zero: as the page says. */
struct nifti_want {
	enum recast_part part; /* of complex numbers; RECAST_NONE: they are refused */
	bool extensions;       /* of others, as keys: they may say anything, and who the patient is */
};

/* nifti_open - decode with a will. As vol_format.decode. */
struct vol_in *nifti_open(const char *path, const struct nifti_want *want, struct vol_head *head, struct vol_err *err);

/* ---- inside ---- */

enum {
	NIFTI1_BYTES = 348,
	NIFTI2_BYTES = 540,
	NIFTI_FLAG = 4, /* bytes after it that say whether extensions follow */
	NIFTI_HEAD_MAX = NIFTI2_BYTES + NIFTI_FLAG
};

/* Names as in nifti1.h; RAS, in the units of xyzt_units. */
struct nifti_head {
	int version;        /* 1 or 2 */
	bool big;           /* big-endian, voxels too */
	bool pair;          /* the voxels are in a file of their own */
	int64_t dim[8];
	double pixdim[8];
	int datatype, bitpix;
	int64_t vox_offset;
	double slope, inter;
	double toffset;
	int xyzt_units;
	int qform_code, sform_code;
	double quatern[3], qoffset[3];
	double srow[3][4];
};

/* nifti_head.c */

/* nifti_head_bytes - how many bytes the header that starts so has: 348 or 540, guessing from
 * sizeof_hdr and the magic. 0: this is no NIfTI header, nor one of Analyze 7.5. */
size_t nifti_head_bytes(const unsigned char *start, size_t n);

/* nifti_has_magic - does it say that it is NIfTI? A header of 348 bytes that does not is Analyze 7.5. */
bool nifti_has_magic(const unsigned char *start, size_t n);

/* nifti_head_unpack - nifti_head_bytes() bytes of a header, of any byte order. -1 with err that
 * names the field that cannot be, as far as one field can be judged by itself. */
int nifti_head_unpack(const unsigned char *bytes, struct nifti_head *h, const char *subject,
                      struct vol_err *err);

/* nifti_head_pack - the bytes of the header, and of an extension flag that says that there are none; returns how many,
 * these NIFTI_FLAG ones too. For version 1 all numbers are rounded to float here. */
size_t nifti_head_pack(const struct nifti_head *h, unsigned char bytes[NIFTI_HEAD_MAX]);

/* nifti_grid - the LPS grid of an RAS matrix (only read); `mm` is its unit of length in mm. The
 * sizes are dim[1..3]. */
void nifti_grid(const struct nifti_head *h, double ras[3][4], double mm, struct vol_grid *grid);

/* nifti_quatern_matrix - the RAS matrix that the qform fields and pixdim describe. */
void nifti_quatern_matrix(const struct nifti_head *h, double ras[3][4]);

/* nifti_quatern_set - the reverse: fills quatern, qoffset, pixdim[0..3] from h->srow. */
void nifti_quatern_set(struct nifti_head *h);

/* nifti_quatern_apart_mm - how far the qform's grid lies from the sform's at the worst corner, as
 * nifticlib reads it, or `plain`, as the formula alone has it. */
double nifti_quatern_apart_mm(const struct nifti_head *h, double mm, bool plain);

/* nifti_ext.c */

/* The text that our writer left; NULL: none. text is owned. */
struct nifti_ext {
	char *text;
	size_t n;
};

/* nifti_ext_read - take the flag and the extensions after the header off b, where *left bytes are before the voxels, or
 * the end; *left becomes less. keep: those of others become keys vol.nifti.extension.N of head, "CODE BASE64". What
 * cannot be understood ends the walk. -1 with err when b cannot be read, or holds more than a header of ours can. */
int nifti_ext_read(struct bytes *b, bool keep, uint64_t *left, struct vol_head *head, struct nifti_ext *ours,
                   struct vol_err *err);

/* nifti_ext_is_other - is this the full name of such a key? */
bool nifti_ext_is_other(const char *key);

/* nifti_ext_make - flag, our text, and what head has in those keys: the n bytes after a header, a multiple of 16 and the
 * flag. None of `in` is taken yet. *bytes is the caller's to free. */
int nifti_ext_make(struct vol_in *in, const struct vol_head *head, char **bytes, size_t *n, struct vol_err *err);

/* nifti_write.c */
int nifti_encode(struct vol_in *in, const struct vol_head *head, const char *path,
                 const struct format_write *how, struct vol_err *err);

#endif
