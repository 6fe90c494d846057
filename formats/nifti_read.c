/* nifti_read.c - a NIfTI file as a volume. */
#include <math.h>
#include <nifti1.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "bytes_source.h"
#include "io/keys.h"
#include "kept.h"
#include "meant.h"
#include "nifti.h"
#include "pair.h"
#include "times.h"

/* ---- voxels ---- */

static const struct datatype {
	int code;
	const char *name;
	int bits;
	unsigned channels; /* 0: a vol stream has no such voxels */
	enum voxel_type type;
	enum { PLAIN, WIDE, COMPLEX } made; /* how they become `type`; WIDE: which one, is seen later */
} datatypes[] = {
	{DT_UINT8, "uint8", 8, 1, VOXEL_UINT8, PLAIN},
	{DT_INT8, "int8", 8, 1, VOXEL_INT8, PLAIN},
	{DT_UINT16, "uint16", 16, 1, VOXEL_UINT16, PLAIN},
	{DT_INT16, "int16", 16, 1, VOXEL_INT16, PLAIN},
	{DT_UINT32, "uint32", 32, 1, VOXEL_UINT32, PLAIN},
	{DT_INT32, "int32", 32, 1, VOXEL_INT32, PLAIN},
	{DT_FLOAT32, "float32", 32, 1, VOXEL_FLOAT, PLAIN},
	{DT_FLOAT64, "float64", 64, 1, VOXEL_DOUBLE, PLAIN},
	{DT_RGB24, "RGB24", 24, 3, VOXEL_UINT8, PLAIN},
	{DT_RGBA32, "RGBA32", 32, 4, VOXEL_UINT8, PLAIN},
	{DT_BINARY, "binary", 1, 0, VOXEL_TYPES, PLAIN},
	{DT_INT64, "int64", 64, 1, VOXEL_DOUBLE, WIDE},
	{DT_UINT64, "uint64", 64, 1, VOXEL_DOUBLE, WIDE},
	{DT_FLOAT128, "float128", 128, 0, VOXEL_TYPES, PLAIN},
	{DT_COMPLEX64, "complex64", 64, 1, VOXEL_FLOAT, COMPLEX},
	{DT_COMPLEX128, "complex128", 128, 1, VOXEL_DOUBLE, COMPLEX},
	{DT_COMPLEX256, "complex256", 256, 0, VOXEL_TYPES, PLAIN},
};

static const struct datatype *datatype(const struct nifti_head *n)
{
	for (size_t i = 0; i < sizeof datatypes / sizeof *datatypes; i++)
		if (datatypes[i].code == n->datatype)
			return &datatypes[i];
	return NULL;
}

static int take_type(const struct nifti_head *n, const struct nifti_want *want, struct vol_head *head,
                     const char *subject, struct vol_err *err)
{
	const struct datatype *d = datatype(n);

	if (!d)
		return vol_fail(err, subject, "datatype is %d, which NIfTI does not know", n->datatype);
	if (!d->channels)
		return vol_fail(err, subject, "datatype is %s: a volume stream has no such voxels",
		                d->name);
	if (n->bitpix != d->bits)
		return vol_fail(err, subject, "bitpix is %d, but datatype %s has %d bits", n->bitpix,
		                d->name, d->bits);
	if (d->made == COMPLEX && want->part == RECAST_NONE)
		return vol_fail(err, subject, "datatype is %s: a volume stream has no such voxels: take one part with nii2vol "
		                              "--complex PART", d->name);
	if (d->made == COMPLEX && n->slope != 0 && (n->slope != 1 || n->inter != 0))
		return vol_fail(err, subject, "scl_slope is %g and scl_inter %g, and datatype %s: whether they are of one part "
		                              "or of both, is not agreed upon", n->slope, n->inter, d->name);
	head->type = d->type;
	head->channels = d->channels;
	if (d->made == COMPLEX && want->part == RECAST_PHASE)
		return key_set(head, err, "unit", "rad");
	return 0;
}

/* The standard: no scaling where the slope is 0, and none of colour. (1, 0) is no scaling either,
 * and so the values are final: nothing is `stored`. */
static int take_scaling(const struct nifti_head *n, struct vol_head *head, const char *subject,
                        struct vol_err *err)
{
	double slope = n->slope, inter = n->inter;
	struct vol_rescale r = {.n = 1, .slope = &slope, .intercept = &inter};

	if (head->channels > 1 || slope == 0 || (slope == 1 && inter == 0))
		return 0;
	if (!isfinite(slope))
		return vol_fail(err, subject, "scl_slope is %g", slope);
	if (!isfinite(inter))
		return vol_fail(err, subject, "scl_inter is %g", inter);
	if (key_set(head, err, "unit", "stored") < 0)
		return -1;
	return key_set_rescale(head, &r, err);
}

/* ---- where they are ---- */

static double length_unit(const struct nifti_head *n, const char *subject)
{
	switch (XYZT_TO_SPACE(n->xyzt_units)) {
	case NIFTI_UNITS_METER: return 1000;
	case NIFTI_UNITS_MICRON: return 1e-3;
	case NIFTI_UNITS_MM:
	case NIFTI_UNITS_UNKNOWN: return 1;
	default: break;
	}
	vol_warn(subject, "xyzt_units is %d, no unit of length: lengths taken as mm", n->xyzt_units);
	return 1;
}

static int check_pixdim(const struct nifti_head *n, const char *subject, struct vol_err *err)
{
	for (int i = 1; i <= 3; i++)
		if (!(n->pixdim[i] > 0 && isfinite(n->pixdim[i])))
			return vol_fail(err, subject, "pixdim[%d] is %g: no spacing", i, n->pixdim[i]);
	return 0;
}

static int check_quatern(const struct nifti_head *n, const char *subject, struct vol_err *err)
{
	static const char *const name[] = {"quatern_b", "quatern_c", "quatern_d", "qoffset_x",
	                                   "qoffset_y", "qoffset_z"};
	double square = 0;

	for (int i = 0; i < 6; i++)
		if (!isfinite(i < 3 ? n->quatern[i] : n->qoffset[i - 3]))
			return vol_fail(err, subject, "%s is not finite", name[i]);
	for (int i = 0; i < 3; i++)
		square += n->quatern[i] * n->quatern[i];
	/* rounding to float may carry it a little past 1 */
	if (square > 1 + 1e-5)
		return vol_fail(err, subject, "quatern_b, c, d are no rotation: longer than 1");
	return check_pixdim(n, subject, err);
}

/* The matrix is one of three, in this order: sform, qform, pixdim alone. */
static int take_grid(struct nifti_head *n, struct vol_head *head, const char *subject,
                     struct vol_err *err)
{
	double mm = length_unit(n, subject), ras[3][4] = {{0}};
	const char *form = "sform";
	struct vol_err why;

	if (n->sform_code > 0) {
		memcpy(ras, n->srow, sizeof ras);
	} else if (n->qform_code > 0) {
		form = "qform";
		if (check_quatern(n, subject, err) < 0)
			return -1;
		nifti_quatern_matrix(n, ras);
	} else {
		form = "pixdim";
		if (check_pixdim(n, subject, err) < 0)
			return -1;
		/* "method 1" of the standard; Analyze's habit of x to the left is not in it */
		for (int a = 0; a < 3; a++)
			ras[a][a] = n->pixdim[a + 1];
		vol_warn(subject, "orientation is unknown (qform_code and sform_code are 0): axes "
		                  "taken as right, anterior, superior, from 0,0,0 mm");
	}
	nifti_grid(n, ras, mm, &head->grid);
	if (grid_check(&head->grid, subject, &why) < 0)
		return vol_fail(err, subject, "%s: %s", form, why.what);
	if (n->sform_code > 0 && n->qform_code > 0 && check_quatern(n, subject, &why) == 0) {
		double apart = nifti_quatern_apart_mm(n, mm, false);

		if (apart > 0.01)
			vol_warn(subject, "sform and qform disagree by %.3g mm at the worst corner: "
			                  "sform taken", apart);
	}
	return 0;
}

/* ---- the list axis ---- */

/* Version 1 has floats: 2.2, not 2.2000000476837158, is what was meant. */
static double decimal(const struct nifti_head *n, double x)
{
	return n->version == 1 ? meant((float)x, 1) : x;
}

/* Axes after the fourth are laid one after the other, as they are in the file, and their lengths kept for vol2nii. */
static int take_more_axes(const struct nifti_head *n, struct vol_head *head, const char *subject, struct vol_err *err)
{
	char text[4 * 24] = "";
	size_t used = 0;
	uint64_t list = 1;

	for (int i = 4; i <= n->dim[0]; i++) {
		if (!size_mul(list, (uint64_t)n->dim[i], &list))
			return vol_fail(err, subject, "dim[%d] is %lld: too many volumes", i, (long long)n->dim[i]);
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%lld", i > 4 ? " " : "", (long long)n->dim[i]);
	}
	head->list = list;
	return key_set(head, err, "nifti.dim", "%s", text);
}

static int take_list(const struct nifti_head *n, struct vol_head *head, const char *subject,
                     struct vol_err *err)
{
	double scale = 1, start, step;
	const char *unit = "s";

	for (int i = 5; i <= n->dim[0]; i++)
		if (n->dim[i] > 1)
			return take_more_axes(n, head, subject, err);
	if (n->dim[4] < 2)
		return 0;
	head->list = (uint64_t)n->dim[4];
	switch (XYZT_TO_TIME(n->xyzt_units)) {
	case NIFTI_UNITS_SEC: break;
	case NIFTI_UNITS_MSEC: unit = "ms"; break;
	case NIFTI_UNITS_USEC: unit = "ms"; scale = 1e-3; break;
	default: return 0;
	}
	start = scale * decimal(n, n->toffset);
	step = scale * decimal(n, n->pixdim[4]);
	if (head->list > TIMES_MAX || !isfinite(start) || !isfinite(step) || step <= 0) {
		vol_note(subject, "times of the %lld volumes are not carried on", (long long)n->dim[4]);
		return 0;
	}
	return times_set(head, unit, start, step, err);
}

static int take_head(struct nifti_head *n, const struct nifti_want *want, struct vol_head *head, const char *subject,
                     struct vol_err *err)
{
	for (int64_t i = n->dim[0] + 1; i < 8; i++)
		n->dim[i] = 1; /* what stands there means nothing */
	if (take_type(n, want, head, subject, err) < 0 || take_list(n, head, subject, err) < 0 ||
	    take_scaling(n, head, subject, err) < 0 || take_grid(n, head, subject, err) < 0)
		return -1;
	if (vol_head_check(head, subject, err) < 0)
		return -1;
	return key_source(head, err);
}

/* ---- files ---- */

static struct bytes *open_header(const char *path, struct vol_err *err)
{
	struct bytes *b;
	char *name;

	if (!pair_is_voxels(path))
		return bytes_open(path, err);
	name = pair_find(path, "hdr", err);
	b = name ? bytes_open(name, err) : NULL;
	free(name);
	return b;
}

/* Take the header off the start. The digest stands for what was read, as in a vol stream. */
static int read_header(struct bytes *b, struct nifti_head *n, struct vol_head *head,
                       struct vol_err *err)
{
	unsigned char bytes[NIFTI2_BYTES];
	const unsigned char *start;
	ssize_t got = bytes_peek(b, &start, sizeof bytes, err);
	size_t need;

	if (got < 0)
		return -1;
	if (got == 0)
		return vol_fail(err, bytes_name(b), "is empty: nothing came to read");
	need = nifti_head_bytes(start, (size_t)got);
	if (need == 0)
		return vol_fail(err, bytes_name(b), "is not a NIfTI file (sizeof_hdr and magic are "
		                                    "neither version's)");
	if ((size_t)got < need)
		return vol_fail(err, bytes_name(b), "ends inside the header (%zd of %zu bytes)", got,
		                need);
	if (bytes_read(b, bytes, need, err) < 0)
		return -1;
	SHA256Data(bytes, need, head->digest);
	return nifti_head_unpack(bytes, n, bytes_name(b), err);
}

/* Bring *b to the first voxel; for a pair, that is in another file. Extensions are taken on the way. */
static int go_to_voxels(struct bytes **b, const char *path, const struct nifti_head *n, const struct nifti_want *want,
                        struct vol_head *head, struct nifti_ext *ours, struct vol_err *err)
{
	uint64_t skip = n->pair ? UINT64_MAX : (uint64_t)n->vox_offset - (n->version == 1 ? NIFTI1_BYTES : NIFTI2_BYTES);
	struct vol_err why;
	char *name;

	if (n->pair && (!path || !pair_is(path)))
		return vol_fail(err, bytes_name(*b), "is the header of a .hdr/.img pair: give the name of a file ending in "
		                                     ".hdr");
	if (nifti_ext_read(*b, want->extensions, &skip, head, ours, err) < 0)
		return -1;
	if (n->pair) {
		bytes_close(*b);
		name = pair_is_voxels(path) ? strdup(path) : pair_find(path, "img", err);
		*b = name ? bytes_open(name, err) : NULL;
		free(name);
		if (!*b)
			return -1;
		skip = (uint64_t)n->vox_offset;
	}
	if (bytes_skip(*b, skip, &why) < 0)
		return vol_fail(err, bytes_name(*b), "vox_offset is %lld: %s", (long long)n->vox_offset,
		                why.what);
	return 0;
}

/* A reader of the voxels, which b stands before; takes b. */
static struct vol_in *open_voxels(struct bytes *b, const struct nifti_head *n, const struct nifti_want *want,
                                  struct vol_head *head, struct vol_err *err)
{
	const struct datatype *d = datatype(n);
	struct vol_head raw = *head; /* for its sizes alone */
	struct vol_in *in;

	if (d->made == COMPLEX)
		raw.channels = 2;
	in = vol_open_source(&bytes_padded, b, bytes_name(b), &raw, n->big, err);
	if (in && d->made == COMPLEX)
		return recast_part_open(in, d->type, want->part, head, err);
	if (in && d->made == WIDE)
		return recast_wide_open(in, n->datatype == DT_INT64, head, err);
	return in;
}

static struct vol_in *open_file(const char *path, const struct nifti_want *want, struct vol_head *head,
                                struct nifti_ext *ours, struct vol_err *err)
{
	struct bytes *b = open_header(path, err);
	struct nifti_head n;

	if (!b)
		return NULL;
	if (read_header(b, &n, head, err) == 0 && take_head(&n, want, head, bytes_name(b), err) == 0 &&
	    go_to_voxels(&b, path, &n, want, head, ours, err) == 0)
		return open_voxels(b, &n, want, head, err);
	bytes_close(b);
	return NULL;
}

/* The kept header has every key, and every digit; those of other programs are in the file's alone. */
static int take_ours(const struct nifti_ext *ours, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	struct vol_head said;
	int rc;

	if (vol_head_copy(&said, head, err) < 0)
		return -1;
	rc = kept_take(ours->text, ours->n, true, in, head, err);
	for (size_t i = 0; rc > 0 && i < said.keys.n; i++)
		if (nifti_ext_is_other(said.keys.name[i]) && key_set_full(head, said.keys.name[i], said.keys.value[i], err) < 0)
			rc = -1;
	vol_head_free(&said);
	return rc;
}

struct vol_in *nifti_open(const char *path, const struct nifti_want *want, struct vol_head *head, struct vol_err *err)
{
	struct nifti_ext ours = {0};
	struct vol_in *in;

	vol_head_init(head);
	in = open_file(path, want, head, &ours, err);
	if (in && ours.text && take_ours(&ours, in, head, err) < 0) {
		vol_close(in);
		in = NULL;
	}
	free(ours.text);
	if (!in)
		vol_head_free(head);
	return in;
}
