/* nifti_head.c - the bytes of a header to and from one struct for both versions. */
#include <math.h>
#include <nifti1.h>
#include <nifti2_io.h>
#include <string.h>

#include "nifti.h"

static const char magic2_tail[4] = {'\r', '\n', '\032', '\n'};

/* ---- which header ---- */

/* A version 1 header tells its kind by the magic at its end, version 2 right after its size. */
static const char *magic_of(const unsigned char *start, size_t n)
{
	const char *m1 = (const char *)start + 344, *m2 = (const char *)start + 4;

	if (n >= 348 && (memcmp(m1, "n+1", 4) == 0 || memcmp(m1, "ni1", 4) == 0))
		return m1;
	if (n >= 12 && (memcmp(m2, "n+2", 4) == 0 || memcmp(m2, "ni2", 4) == 0))
		return m2;
	return NULL;
}

bool nifti_has_magic(const unsigned char *start, size_t n)
{
	return magic_of(start, n) != NULL;
}

/* sizeof_hdr in the byte order in which it is small, as it must be. */
static uint32_t header_size(const unsigned char *start, bool *big)
{
	uint32_t size;

	memcpy(&size, start, sizeof size);
	*big = __builtin_bswap32(size) < size;
	return *big ? __builtin_bswap32(size) : size;
}

size_t nifti_head_bytes(const unsigned char *start, size_t n)
{
	const char *magic = magic_of(start, n);
	bool big;

	if (magic)
		return magic[2] == '1' ? NIFTI1_BYTES : NIFTI2_BYTES;
	if (n < 4)
		return 0;
	switch (header_size(start, &big)) {
	case NIFTI1_BYTES: return NIFTI1_BYTES;
	case NIFTI2_BYTES: return NIFTI2_BYTES;
	default: return 0;
	}
}

/* ---- bytes to struct ---- */

/* Both versions call their fields alike. */
#define TAKE(h, n) \
	do { \
		for (int i_ = 0; i_ < 8; i_++) { \
			(h)->dim[i_] = (n).dim[i_]; \
			(h)->pixdim[i_] = (double)(n).pixdim[i_]; \
		} \
		for (int i_ = 0; i_ < 4; i_++) { \
			(h)->srow[0][i_] = (double)(n).srow_x[i_]; \
			(h)->srow[1][i_] = (double)(n).srow_y[i_]; \
			(h)->srow[2][i_] = (double)(n).srow_z[i_]; \
		} \
		(h)->datatype = (n).datatype; \
		(h)->bitpix = (n).bitpix; \
		(h)->slope = (double)(n).scl_slope; \
		(h)->inter = (double)(n).scl_inter; \
		(h)->toffset = (double)(n).toffset; \
		(h)->xyzt_units = (n).xyzt_units; \
		(h)->qform_code = (n).qform_code; \
		(h)->sform_code = (n).sform_code; \
		(h)->quatern[0] = (double)(n).quatern_b; \
		(h)->quatern[1] = (double)(n).quatern_c; \
		(h)->quatern[2] = (double)(n).quatern_d; \
		(h)->qoffset[0] = (double)(n).qoffset_x; \
		(h)->qoffset[1] = (double)(n).qoffset_y; \
		(h)->qoffset[2] = (double)(n).qoffset_z; \
	} while (0)

static int take_offset(double offset, struct nifti_head *h, const char *subject, struct vol_err *err)
{
	int64_t least = h->pair ? 0 : h->version == 1 ? NIFTI1_BYTES : NIFTI2_BYTES;

	/* 2^53: up to there a double counts bytes */
	if (!(offset >= 0 && offset <= 9007199254740992.0) || offset != trunc(offset))
		return vol_fail(err, subject, "vox_offset is %g, not a number of bytes", offset);
	h->vox_offset = (int64_t)offset;
	if (h->vox_offset < least)
		return vol_fail(err, subject, "vox_offset is %g, inside the header of %d bytes", offset,
		                (int)least);
	return 0;
}

static int unpack(const unsigned char *bytes, struct nifti_head *h, const char *subject,
                  struct vol_err *err)
{
	nifti_1_header n1;
	nifti_2_header n2;

	if (h->version == 1) {
		memcpy(&n1, bytes, sizeof n1);
		if (h->big)
			swap_nifti_header(&n1, 1);
		TAKE(h, n1);
		return take_offset((double)n1.vox_offset, h, subject, err);
	}
	memcpy(&n2, bytes, sizeof n2);
	if (h->big)
		swap_nifti_header(&n2, 2);
	TAKE(h, n2);
	return take_offset((double)n2.vox_offset, h, subject, err);
}

static int check_dim(const struct nifti_head *h, const char *subject, struct vol_err *err)
{
	if (h->dim[0] < 1 || h->dim[0] > 7)
		return vol_fail(err, subject, "dim[0] is %lld: a NIfTI file has 1 to 7 dimensions",
		                (long long)h->dim[0]);
	for (int i = 1; i <= h->dim[0]; i++)
		if (h->dim[i] < 1)
			return vol_fail(err, subject, "dim[%d] is %lld", i, (long long)h->dim[i]);
	return 0;
}

int nifti_head_unpack(const unsigned char *bytes, struct nifti_head *h, const char *subject,
                      struct vol_err *err)
{
	size_t n = nifti_head_bytes(bytes, NIFTI1_BYTES);
	const char *magic = magic_of(bytes, n);
	uint32_t size;

	memset(h, 0, sizeof *h);
	size = header_size(bytes, &h->big);
	if (magic && size != n)
		return vol_fail(err, subject, "sizeof_hdr is %u, not %zu", (unsigned)size, n);
	if (!magic && n == NIFTI1_BYTES)
		return vol_fail(err, subject, "Analyze 7.5, not NIfTI: orientation is not stated: use ana2vol");
	if (!magic)
		return vol_fail(err, subject, "magic is neither n+2 nor ni2");
	h->version = n == NIFTI1_BYTES ? 1 : 2;
	if (h->version == 2 && memcmp(magic + 4, magic2_tail, sizeof magic2_tail) != 0)
		return vol_fail(err, subject, "magic has lost its line ends: the file was changed on "
		                              "its way, as text");
	h->pair = magic[1] == 'i';
	if (unpack(bytes, h, subject, err) < 0)
		return -1;
	return check_dim(h, subject, err);
}

/* ---- struct to bytes ---- */

/* F: the type of the version's real numbers */
#define GIVE(h, n, F) \
	do { \
		for (int i_ = 0; i_ < 8; i_++) \
			(n).pixdim[i_] = (F)(h)->pixdim[i_]; \
		for (int i_ = 0; i_ < 4; i_++) { \
			(n).srow_x[i_] = (F)(h)->srow[0][i_]; \
			(n).srow_y[i_] = (F)(h)->srow[1][i_]; \
			(n).srow_z[i_] = (F)(h)->srow[2][i_]; \
		} \
		(n).datatype = (short)(h)->datatype; \
		(n).bitpix = (short)(h)->bitpix; \
		(n).scl_slope = (F)(h)->slope; \
		(n).scl_inter = (F)(h)->inter; \
		(n).toffset = (F)(h)->toffset; \
		(n).xyzt_units = (char)(h)->xyzt_units; \
		(n).qform_code = (short)(h)->qform_code; \
		(n).sform_code = (short)(h)->sform_code; \
		(n).quatern_b = (F)(h)->quatern[0]; \
		(n).quatern_c = (F)(h)->quatern[1]; \
		(n).quatern_d = (F)(h)->quatern[2]; \
		(n).qoffset_x = (F)(h)->qoffset[0]; \
		(n).qoffset_y = (F)(h)->qoffset[1]; \
		(n).qoffset_z = (F)(h)->qoffset[2]; \
		memcpy((n).descrip, "volpipe", 7); \
	} while (0)

size_t nifti_head_pack(const struct nifti_head *h, unsigned char bytes[NIFTI_HEAD_MAX])
{
	nifti_1_header n1 = {.sizeof_hdr = NIFTI1_BYTES, .regular = 'r'};
	nifti_2_header n2 = {.sizeof_hdr = NIFTI2_BYTES};

	/* the four bytes of the extension flag stay 0: there are none */
	memset(bytes, 0, NIFTI_HEAD_MAX);
	if (h->version == 1) {
		GIVE(h, n1, float);
		for (int i = 0; i < 8; i++)
			n1.dim[i] = (short)h->dim[i];
		n1.vox_offset = (float)h->vox_offset;
		memcpy(n1.magic, h->pair ? "ni1" : "n+1", 4);
		memcpy(bytes, &n1, sizeof n1);
		return NIFTI1_BYTES + 4;
	}
	GIVE(h, n2, double);
	for (int i = 0; i < 8; i++)
		n2.dim[i] = h->dim[i];
	n2.vox_offset = h->vox_offset;
	memcpy(n2.magic, h->pair ? "ni2" : "n+2", 4);
	memcpy(n2.magic + 4, magic2_tail, sizeof magic2_tail);
	memcpy(bytes, &n2, sizeof n2);
	return NIFTI2_BYTES + 4;
}

/* ---- matrices ---- */

void nifti_grid(const struct nifti_head *h, double ras[3][4], double mm, struct vol_grid *grid)
{
	for (int w = 0; w < 3; w++) {
		/* DICOM's x and y grow to the left and to the back, NIfTI's the other way */
		double sign = w < 2 ? -mm : mm;

		grid->size[w] = (uint64_t)h->dim[w + 1];
		for (int a = 0; a < 3; a++)
			grid->direction[a][w] = sign * ras[w][a];
		grid->origin[w] = sign * ras[w][3];
	}
}

void nifti_quatern_matrix(const struct nifti_head *h, double ras[3][4])
{
	const double *q = h->quatern, *o = h->qoffset, *p = h->pixdim;
	nifti_dmat44 m = nifti_quatern_to_dmat44(q[0], q[1], q[2], o[0], o[1], o[2], p[1], p[2],
	                                         p[3], p[0] < 0 ? -1 : 1);

	for (int r = 0; r < 3; r++)
		for (int c = 0; c < 4; c++)
			ras[r][c] = m.m[r][c];
}

/* The same by the formula alone, with a = sqrt(1 - b^2 - c^2 - d^2) however small. */
static void plain_matrix(const struct nifti_head *h, double ras[3][4])
{
	double b = h->quatern[0], c = h->quatern[1], d = h->quatern[2];
	double a = sqrt(fmax(0, 1 - (b * b + c * c + d * d)));
	double s = 2 / (a * a + b * b + c * c + d * d); /* 2, but for rounding past 1 */
	const double rotation[3][3] = {
		{1 - s * (c * c + d * d), s * (b * c - a * d), s * (b * d + a * c)},
		{s * (b * c + a * d), 1 - s * (b * b + d * d), s * (c * d - a * b)},
		{s * (b * d - a * c), s * (c * d + a * b), 1 - s * (b * b + c * c)},
	};

	for (int r = 0; r < 3; r++) {
		for (int k = 0; k < 3; k++)
			ras[r][k] = rotation[r][k] * h->pixdim[k + 1] *
				    (k == 2 && h->pixdim[0] < 0 ? -1 : 1);
		ras[r][3] = h->qoffset[r];
	}
}

double nifti_quatern_apart_mm(const struct nifti_head *h, double mm, bool plain)
{
	struct nifti_head copy = *h;
	struct vol_grid sform, qform;
	double ras[3][4];

	if (plain)
		plain_matrix(h, ras);
	else
		nifti_quatern_matrix(h, ras);
	nifti_grid(h, ras, mm, &qform);
	nifti_grid(h, copy.srow, mm, &sform);
	return grid_corner_distance(&sform, &qform);
}

void nifti_quatern_set(struct nifti_head *h)
{
	nifti_dmat44 m = {{{0}}};

	for (int r = 0; r < 3; r++)
		for (int c = 0; c < 4; c++)
			m.m[r][c] = h->srow[r][c];
	m.m[3][3] = 1;
	nifti_dmat44_to_quatern(m, &h->quatern[0], &h->quatern[1], &h->quatern[2], &h->qoffset[0],
	                        &h->qoffset[1], &h->qoffset[2], &h->pixdim[1], &h->pixdim[2],
	                        &h->pixdim[3], &h->pixdim[0]);
}
