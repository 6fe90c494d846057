/* analyze_read.c - an Analyze 7.5 pair as a volume. */
#include <math.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "alg/orient.h"
#include "analyze.h"
#include "bytes.h"
#include "bytes_source.h"
#include "io/keys.h"
#include "meant.h"
#include "nifti.h"
#include "pair.h"
#include "times.h"

/* ---- voxels ---- */

static const struct datatype {
	int code, bits;
	const char *name;    /* of those that no stream holds */
	enum voxel_type type;
} datatypes[] = {
	{ANALYZE_UINT8, 8, NULL, VOXEL_UINT8},
	{ANALYZE_INT16, 16, NULL, VOXEL_INT16},
	{ANALYZE_INT32, 32, NULL, VOXEL_INT32},
	{ANALYZE_FLOAT, 32, NULL, VOXEL_FLOAT},
	{ANALYZE_DOUBLE, 64, NULL, VOXEL_DOUBLE},
	{ANALYZE_INT8, 8, NULL, VOXEL_INT8},
	{ANALYZE_UINT16, 16, NULL, VOXEL_UINT16},
	{ANALYZE_UINT32, 32, NULL, VOXEL_UINT32},
	{1, 1, "binary", VOXEL_TYPES},
	{32, 64, "complex", VOXEL_TYPES},
	/* in triplets for some programs, in planes for others */
	{128, 24, "RGB", VOXEL_TYPES},
};

static int take_type(const struct analyze_head *h, struct vol_head *head, const char *subject,
                     struct vol_err *err)
{
	const struct datatype *d = NULL;

	for (size_t i = 0; i < sizeof datatypes / sizeof *datatypes; i++)
		if (datatypes[i].code == h->datatype)
			d = &datatypes[i];
	if (!d)
		return vol_fail(err, subject, "datatype is %d, which neither Analyze nor SPM knows", h->datatype);
	if (d->name && d->bits == 24)
		return vol_fail(err, subject, "datatype is RGB, which programs store in different ways: not read");
	if (d->name)
		return vol_fail(err, subject, "datatype is %s: a volume stream has no such voxels", d->name);
	if (h->bitpix != d->bits)
		return vol_fail(err, subject, "bitpix is %d, but datatype %d has %d bits", h->bitpix, d->code, d->bits);
	head->type = d->type;
	return 0;
}

static int take_scaling(const struct analyze_head *h, const struct analyze_read *how, struct vol_head *head,
                        const char *subject, struct vol_err *err)
{
	double slope = (double)h->slope, inter = (double)h->inter;
	struct vol_rescale r = {.n = 1, .slope = &slope, .intercept = &inter};
	const char *unit = h->cal_units[0] ? h->cal_units : NULL;

	if (how->plain || slope == 0 || (slope == 1 && inter == 0))
		return unit ? key_set(head, err, "unit", "%s", unit) : 0;
	if (!isfinite(slope) || !isfinite(inter))
		return vol_fail(err, subject, "funused%d is %g, and no slope of SPM: --plain leaves it",
		                isfinite(slope) ? 2 : 1, isfinite(slope) ? inter : slope);
	if (key_set(head, err, "unit", "stored") < 0 ||
	    (unit && key_set(head, err, "rescale.unit", "%s", unit) < 0))
		return -1;
	return key_set_rescale(head, &r, err);
}

/* ---- where they are ---- */

/* By orient: transverse, coronal, sagittal; the same flipped, as FreeSurfer reads them. */
static const char by_orient[6][4] = {"LAS", "LSA", "ASL", "LPS", "LIA", "AIL"};

bool analyze_axes_known(const char *axes)
{
	struct orient o;

	return strcmp(axes, "radiological") == 0 || strcmp(axes, "neurological") == 0 || orient_parse(axes, &o);
}

static void take_axes(const struct analyze_head *h, const struct analyze_read *how, struct orient *axes,
                      const char *subject)
{
	int orient = h->orient < 6 ? h->orient : 0;
	char code[4];

	if (how->axes && orient_parse(how->axes, axes))
		return;
	memcpy(code, by_orient[orient], sizeof code);
	if (how->axes && strcmp(how->axes, "neurological") == 0)
		*strchr(code, 'L') = 'R';
	(void)orient_parse(code, axes);
	if (h->orient > 5)
		vol_warn(subject, "orient is %d, which Analyze does not know: taken as 0 (transverse)", h->orient);
	else if (orient > 2)
		vol_warn(subject, "orient is %d (flipped), which programs read differently: axes taken as %s; --orient "
		                  "with three letters states them", orient, code);
	if (!how->axes)
		vol_warn(subject, "left and right are not told apart in Analyze: axes taken as %s (radiological); "
		                  "--orient states them", code);
}

/* SPM keeps a matrix in a third file, which also says where the volume is. */
static void look_for_matrix(const char *path, const char *subject)
{
	char *mat = pair_name(path, "mat", false);

	if (mat && access(mat, F_OK) == 0)
		vol_warn(subject, "SPM's matrix beside it (%s) is not read: place and directions may be others", mat);
	free(mat);
}

static int take_grid(const struct analyze_head *h, const struct analyze_read *how, struct vol_head *head,
                     const char *subject, struct vol_err *err)
{
	struct orient axes;

	for (int i = 1; i <= 3; i++)
		if (!(h->pixdim[i] > 0 && isfinite(h->pixdim[i])))
			return vol_fail(err, subject, "pixdim[%d] is %g: no spacing", i, (double)h->pixdim[i]);
	if (h->vox_units[0] && strcasecmp(h->vox_units, "mm") != 0)
		vol_warn(subject, "vox_units is %s: lengths taken as mm all the same, as other programs do",
		         h->vox_units);
	take_axes(h, how, &axes, subject);
	if (how->plain || !analyze_has_origin(h))
		vol_warn(subject, "place is not stated: the middle of the volume is taken as 0,0,0 mm");
	analyze_grid(h, &axes, how->plain, &head->grid);
	return grid_check(&head->grid, subject, err);
}

static int take_list(const struct analyze_head *h, struct vol_head *head, const char *subject, struct vol_err *err)
{
	double step = meant(h->pixdim[4], 1);

	if (h->dim[4] < 2)
		return 0;
	head->list = (uint64_t)h->dim[4];
	if (!(step > 0 && isfinite(step)) || head->list > TIMES_MAX)
		return 0;
	/* the format says ms; nobody scans a volume in less */
	if (step < 20)
		vol_warn(subject, "pixdim[4] is %g, in ms as Analyze has it: some programs write seconds", step);
	return times_set(head, "ms", 0, step, err);
}

static int take_dim(struct analyze_head *h, const char *subject, struct vol_err *err)
{
	if (h->dim[0] < 1 || h->dim[0] > 7)
		return vol_fail(err, subject, "dim[0] is %d: an Analyze file has 1 to 7 dimensions", h->dim[0]);
	for (int i = 1; i < 8; i++) {
		/* what is beyond them means nothing; some have a fourth of 0 */
		if (i > h->dim[0] || (i > 3 && h->dim[i] == 0))
			h->dim[i] = 1;
		if (h->dim[i] < 1)
			return vol_fail(err, subject, "dim[%d] is %d", i, h->dim[i]);
		if (i > 4 && h->dim[i] > 1)
			return vol_fail(err, subject, "dim[%d] is %d: beside x, y and z there is room for one more axis "
			                              "only", i, h->dim[i]);
	}
	return 0;
}

static int take_head(struct analyze_head *h, const struct analyze_read *how, struct vol_head *head,
                     const char *subject, struct vol_err *err)
{
	if (take_dim(h, subject, err) < 0 || take_type(h, head, subject, err) < 0 ||
	    take_list(h, head, subject, err) < 0 || take_scaling(h, how, head, subject, err) < 0 ||
	    take_grid(h, how, head, subject, err) < 0 || vol_head_check(head, subject, err) < 0)
		return -1;
	return key_source(head, err);
}

/* ---- files ---- */

/* The half of this name, which may be the one that was given. */
static struct bytes *open_half(const char *path, bool voxels, struct vol_err *err)
{
	char *name = pair_is_voxels(path) == voxels ? strdup(path) : pair_find(path, voxels ? "img" : "hdr", err);
	struct bytes *b = name ? bytes_open(name, err) : NULL;

	free(name);
	return b;
}

static int read_header(const char *path, struct analyze_head *h, const struct analyze_read *how,
                       struct vol_head *head, struct vol_err *err)
{
	unsigned char bytes[ANALYZE_BYTES];
	struct bytes *b = open_half(path, false, err);
	ssize_t got = b ? bytes_read(b, bytes, sizeof bytes, err) : -1;
	int rc = got < 0 ? -1 : 0;

	if (got == 0)
		rc = vol_fail(err, bytes_name(b), "is empty: nothing came to read");
	else if (got > 0 && nifti_has_magic(bytes, (size_t)got))
		rc = vol_fail(err, bytes_name(b), "is NIfTI, not Analyze 7.5: use nii2vol");
	else if (got > 0 && (got < 4 || (memcmp(bytes, "\0\0\1\134", 4) != 0 && memcmp(bytes, "\134\1\0\0", 4) != 0)))
		rc = vol_fail(err, bytes_name(b), "is not the header of an Analyze file (sizeof_hdr is not 348)");
	else if (got > 0 && (size_t)got < sizeof bytes)
		rc = vol_fail(err, bytes_name(b), "ends inside the header (%zd of %d bytes)", got, ANALYZE_BYTES);
	if (rc == 0) {
		SHA256Data(bytes, sizeof bytes, head->digest);
		analyze_unpack(bytes, h);
		look_for_matrix(path, bytes_name(b));
		rc = take_head(h, how, head, bytes_name(b), err);
	}
	bytes_close(b);
	return rc;
}

static int go_to_voxels(struct bytes *b, const struct analyze_head *h, struct vol_err *err)
{
	struct vol_err why;

	if (!(h->vox_offset >= 0 && h->vox_offset <= 0x1p53f) || h->vox_offset != truncf(h->vox_offset))
		return vol_fail(err, bytes_name(b), "vox_offset is %g, not a number of bytes from the start",
		                (double)h->vox_offset);
	if (bytes_skip(b, (uint64_t)h->vox_offset, &why) < 0)
		return vol_fail(err, bytes_name(b), "vox_offset is %g: %s", (double)h->vox_offset, why.what);
	return 0;
}

struct vol_in *analyze_open(const char *path, const struct analyze_read *how, struct vol_head *head,
                            struct vol_err *err)
{
	struct analyze_head h;
	struct bytes *b = NULL;
	struct vol_in *in = NULL;

	vol_head_init(head);
	if (!pair_is(path)) {
		vol_fail(err, path && strcmp(path, "-") != 0 ? path : "stdin",
		         "an Analyze volume is two files: give the name of the one ending in .hdr");
		return NULL;
	}
	if (read_header(path, &h, how, head, err) == 0 && (b = open_half(path, true, err)) &&
	    go_to_voxels(b, &h, err) == 0) {
		in = vol_open_source(&bytes_padded, b, bytes_name(b), head, h.big, err);
		b = NULL;
	}
	bytes_close(b);
	if (!in)
		vol_head_free(head);
	return in;
}
