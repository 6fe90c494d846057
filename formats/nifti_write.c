/* nifti_write.c - a volume as a NIfTI file.
 *
 * Voxels stay in stream order, whatever the orientation: the matrix says where they are. */
#include <float.h>
#include <math.h>
#include <nifti1.h>
#include <stdlib.h>
#include <string.h>

#include "io/keys.h"
#include "nifti.h"
#include "pair.h"
#include "part.h"
#include "times.h"

/* ---- the header ---- */

static int set_type(struct nifti_head *n, const struct vol_head *head, const char *subject,
                    struct vol_err *err)
{
	static const int code[VOXEL_TYPES] = {
		[VOXEL_UINT8] = DT_UINT8, [VOXEL_INT8] = DT_INT8,
		[VOXEL_UINT16] = DT_UINT16, [VOXEL_INT16] = DT_INT16,
		[VOXEL_UINT32] = DT_UINT32, [VOXEL_INT32] = DT_INT32,
		[VOXEL_FLOAT] = DT_FLOAT32, [VOXEL_DOUBLE] = DT_FLOAT64,
	};

	n->datatype = code[head->type];
	n->bitpix = (int)(8 * head->channels * voxel_size(head->type));
	if (head->channels == 1)
		return 0;
	if (head->type != VOXEL_UINT8)
		return vol_fail(err, subject, "colour is %s: NIfTI holds it as uint8 only",
		                voxel_name(head->type));
	n->datatype = head->channels == 3 ? DT_RGB24 : DT_RGBA32;
	return 0;
}

/* The lengths of a fourth to seventh axis which a list was read from, if it still is as long. */
static bool set_more_axes(struct nifti_head *n, const struct vol_head *head)
{
	const char *text = key_get(head, "nifti.dim");
	uint64_t list = 1, dim[4];
	int axes = 0;

	for (char *end; text && *text; text = end + (*end == ' '), axes++) {
		if (axes == 4 || *text < '0' || *text > '9')
			return false;
		dim[axes] = strtoull(text, &end, 10);
		if (dim[axes] == 0 || dim[axes] > INT64_MAX || !size_mul(list, dim[axes], &list) || (*end && *end != ' '))
			return false;
	}
	if (axes < 2 || list != head->list)
		return false;
	n->dim[0] = 3 + axes;
	for (int i = 0; i < axes; i++)
		n->dim[4 + i] = (int64_t)dim[i];
	return true;
}

static void set_dim(struct nifti_head *n, const struct vol_head *head)
{
	n->dim[0] = head->list ? 4 : 3;
	for (int i = 1; i < 8; i++) {
		n->dim[i] = 1;
		n->pixdim[i] = 1;
	}
	for (int a = 0; a < 3; a++)
		n->dim[a + 1] = (int64_t)head->grid.size[a];
	if (head->list && !set_more_axes(n, head))
		n->dim[4] = (int64_t)head->list;
	for (int i = 1; i < 8; i++)
		if (n->dim[i] > INT16_MAX)
			n->version = 2;
}

/* "No scaling" is written 1, 0 and not as slope 0: readers that multiply without looking then get
 * the values too, and those that look find that nothing is to be done. */
static int set_scaling(struct nifti_head *n, const struct vol_head *head, const char *subject,
                       struct vol_err *err)
{
	const char *unit = key_get(head, "unit");
	struct vol_rescale r;
	int rc = 0;

	n->slope = 1;
	if (!unit || strcmp(unit, "stored") != 0)
		return 0;
	if (key_rescale(head, &r, subject, err) < 0)
		return -1;
	for (size_t i = 1; rc == 0 && i < r.n; i++)
		if (r.slope[i] != r.slope[0] || r.intercept[i] != r.intercept[0])
			rc = vol_fail(err, subject, "slopes differ by slice, which NIfTI cannot hold: "
			                            "run volhu first");
	if (r.n) {
		n->slope = r.slope[0];
		n->inter = r.intercept[0];
	}
	rescale_free(&r);
	return rc;
}

static void set_times(struct nifti_head *n, const struct vol_head *head, bool plain, const char *subject)
{
	const char *axis = key_get(head, "axis");
	double start, step;
	bool ms;

	n->xyzt_units = NIFTI_UNITS_MM;
	if (!head->list || !axis)
		return;
	if (!times_even(head, &ms, &start, &step)) {
		if (plain)
			vol_warn(subject, "NIfTI has no place for the values along the list axis (%.*s); left out",
			         (int)strcspn(axis, " "), axis);
		return;
	}
	n->xyzt_units |= ms ? NIFTI_UNITS_MSEC : NIFTI_UNITS_SEC;
	n->toffset = start;
	n->pixdim[4] = step;
}

/* How far a reader may find the qform from the sform at the worst corner. The fourth part of the
 * quaternion follows from the other three; near 0 it is all rounding, and there readers differ:
 * nifticlib takes it as 0, nibabel takes it as it comes. */
static double qform_apart_mm(const struct nifti_head *n)
{
	return fmax(nifti_quatern_apart_mm(n, 1, false), nifti_quatern_apart_mm(n, 1, true));
}

/* Round the quaternion to the floats, among their neighbours, that say best what it says; not to
 * ones so far beyond length 1 that nibabel refuses them (3.6e-7). */
static void round_quatern(struct nifti_head *n)
{
	const double exact[3] = {n->quatern[0], n->quatern[1], n->quatern[2]};
	struct nifti_head t = *n;
	double best = INFINITY;

	for (int way = 0; way < 27; way++) {
		double square = 0, mm;

		for (int i = 0, w = way; i < 3; i++, w /= 3) {
			float f = (float)exact[i];

			t.quatern[i] = w % 3 == 0 ? f : nextafterf(f, w % 3 == 1 ? 2 : -2);
			square += t.quatern[i] * t.quatern[i];
		}
		mm = qform_apart_mm(&t);
		if (way == 0 || (mm < best && square < 1 + 3e-7)) {
			best = mm;
			memcpy(n->quatern, t.quatern, sizeof n->quatern);
		}
	}
}

/* A quaternion can turn, mirror and stretch but not shear, and its three floats turn a large
 * volume less exactly than twelve do. Programs differ in which form they believe. So the second
 * form is written only where it says the same as the first: to 1 um at the worst corner, far below
 * any voxel, and above the rounding of a float. */
static void set_qform(struct nifti_head *n)
{
	nifti_quatern_set(n);
	if (n->version == 1) {
		for (int i = 0; i < 3; i++) {
			n->pixdim[i + 1] = (float)n->pixdim[i + 1];
			n->qoffset[i] = (float)n->qoffset[i];
		}
		round_quatern(n);
	}
	n->qform_code = NIFTI_XFORM_SCANNER_ANAT;
	if (qform_apart_mm(n) <= 1e-3)
		return;
	n->qform_code = NIFTI_XFORM_UNKNOWN;
	n->pixdim[0] = 1;
	memset(n->quatern, 0, sizeof n->quatern);
	memset(n->qoffset, 0, sizeof n->qoffset);
}

static void set_sform(struct nifti_head *n, const struct vol_grid *g)
{
	n->sform_code = NIFTI_XFORM_SCANNER_ANAT;
	for (int w = 0; w < 3; w++) {
		double sign = w < 2 ? -1 : 1;

		/* + 0: no "-0", which some readers print */
		for (int a = 0; a < 3; a++)
			n->srow[w][a] = sign * g->direction[a][w] + 0;
		n->srow[w][3] = sign * g->origin[w] + 0;
	}
}

static bool to_float(double *x)
{
	bool fits = fabs(*x) <= FLT_MAX;

	if (fits)
		*x = (float)*x;
	return fits;
}

/* Version 1 has floats: make them here, to judge what will be in the file. */
static int round_numbers(struct nifti_head *n, const char *subject, struct vol_err *err)
{
	double slope = n->slope, inter = n->inter;
	bool fits = to_float(&n->slope) && to_float(&n->inter) && to_float(&n->toffset) &&
	            to_float(&n->pixdim[4]) && n->slope != 0 && n->pixdim[4] > 0;
	struct vol_grid g;
	struct vol_err why;
	char a[32], b[32];

	for (int i = 0; i < 12; i++)
		fits = fits && to_float(&n->srow[i / 4][i % 4]);
	if (fits)
		nifti_grid(n, n->srow, 1, &g);
	if (!fits || grid_check(&g, subject, &why) < 0)
		return vol_fail(err, subject, "has numbers too large or small for the floats of "
		                              "NIfTI-1: use --nifti2");
	if (n->slope != slope || n->inter != inter)
		vol_note(subject, "rescale %s %s is rounded to float: NIfTI-2 has all digits",
		         vol_number(a, slope), vol_number(b, inter));
	return 0;
}

/* All but where the voxels start. */
static int make_head(struct nifti_head *n, const struct vol_head *head, bool pair,
                     const struct format_write *how, const char *subject, struct vol_err *err)
{
	memset(n, 0, sizeof *n);
	n->version = how->version2 ? 2 : 1;
	n->pair = pair;
	set_dim(n, head);
	if (set_type(n, head, subject, err) < 0 || set_scaling(n, head, subject, err) < 0)
		return -1;
	set_times(n, head, how->plain, subject);
	set_sform(n, &head->grid);
	if (n->version == 1 && round_numbers(n, subject, err) < 0)
		return -1;
	set_qform(n);
	return 0;
}

/* ---- files ---- */

/* Header, flag and extensions: the n bytes at *bytes, which is the caller's to free. */
static int make_start(struct vol_in *in, const struct vol_head *head, bool pair, const struct format_write *how,
                      char **bytes, size_t *n, struct vol_err *err)
{
	unsigned char packed[NIFTI_HEAD_MAX];
	struct nifti_head h;
	size_t header, more = NIFTI_FLAG;
	char *ext = NULL;

	if (make_head(&h, head, pair, how, vol_in_name(in), err) < 0 ||
	    (!how->plain && nifti_ext_make(in, head, &ext, &more, err) < 0))
		return -1;
	header = h.version == 1 ? NIFTI1_BYTES : NIFTI2_BYTES;
	*n = header + more;
	h.vox_offset = pair ? 0 : (int64_t)*n;
	nifti_head_pack(&h, packed);
	*bytes = malloc(*n);
	if (*bytes) {
		memcpy(*bytes, packed, header + NIFTI_FLAG);
		if (ext)
			memcpy(*bytes + header, ext, more);
	}
	free(ext);
	return *bytes ? 0 : vol_fail(err, vol_in_name(in), "out of memory");
}

int nifti_encode(struct vol_in *in, const struct vol_head *head, const char *path,
                 const struct format_write *how, struct vol_err *err)
{
	bool to_stdout = !path || strcmp(path, "-") == 0;
	bool pair = !to_stdout && pair_is(path);
	struct part header = {0}, voxels = {.in = in, .number = voxel_size(head->type)};
	char *bytes;
	int rc;

	if (make_start(in, head, pair, how, &bytes, &header.n, err) < 0)
		return -1;
	header.start = bytes;
	if (pair) {
		rc = part_write_pair(&header, &voxels, path, how, err);
	} else {
		voxels.start = bytes;
		voxels.n = header.n;
		rc = part_write(&voxels, path, how, to_stdout ? how->level > 0 : format_has_suffix(path, ".gz"), err);
	}
	free(bytes);
	return rc;
}
