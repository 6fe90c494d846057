/* mha_write.c - a volume as a MetaImage file, in one file or two, compressed or not.
 *
 * Voxels stay in stream order, whatever the orientation. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "detached.h"
#include "gzip_out.h"
#include "io/fd.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "kept.h"
#include "mha.h"

/* What the header says beyond the volume. */
struct said {
	const char *data;      /* ElementDataFile */
	bool compressed;
	uint64_t packed;       /* CompressedDataSize, in `width` columns: then its length is that of any */
	int width;
	double slope, intercept;
	const char *kept;      /* the header, see kept.h */
};

/* ---- what MetaImage can hold ---- */

static int take_scaling(struct said *said, const struct vol_head *head, const char *subject, struct vol_err *err)
{
	const char *unit = key_get(head, "unit");
	struct vol_rescale r;
	size_t pairs;

	said->slope = 1;
	said->intercept = 0;
	if (!unit || strcmp(unit, "stored") != 0)
		return 0;
	if (key_rescale(head, &r, subject, err) < 0)
		return -1;
	rescale_simplify(&r);
	pairs = r.n;
	if (pairs == 1) {
		said->slope = r.slope[0];
		said->intercept = r.intercept[0];
	}
	rescale_free(&r);
	if (pairs > 1)
		return vol_fail(err, subject, "slopes differ by slice, which MetaImage cannot hold: run volhu first");
	if (said->slope != 1 || said->intercept != 0)
		vol_warn(subject, "values are stored units, and few programs look at the slope and intercept of "
		                  "MetaImage: volhu applies them");
	return 0;
}

static int check(const struct vol_head *head, const char *subject, struct vol_err *err)
{
	if (head->channels > 1 && head->type != VOXEL_UINT8)
		return vol_fail(err, subject, "colour is %s: in MetaImage only uint8 is told from vectors: run volcast "
		                              "--type uint8 first", voxel_name(head->type));
	for (int i = 0; i < 4; i++)
		if ((i < 3 ? head->grid.size[i] : head->list) > INT32_MAX)
			return vol_fail(err, subject, "%llu along an axis is more than MetaImage can count: use vol2nrrd",
			                (unsigned long long)(i < 3 ? head->grid.size[i] : head->list));
	return vol_head_check(head, subject, err);
}

/* ---- the header ---- */

static void print_numbers(FILE *f, const char *name, const double *x, int n)
{
	char number[32];

	fprintf(f, "%s =", name);
	for (int i = 0; i < n; i++)
		fprintf(f, " %s", vol_number(number, x[i] + 0)); /* + 0: no "-0" */
	fputc('\n', f);
}

/* In the fourth dimension: steps of 1 from 0, as its unit could not be told. */
static void print_place(FILE *f, const struct vol_grid *g, int dims)
{
	double matrix[MHA_DIMS * MHA_DIMS] = {0}, spacing[MHA_DIMS] = {1, 1, 1, 1}, offset[MHA_DIMS] = {0};
	const double centre[MHA_DIMS] = {0};
	char letters[4];

	for (int a = 0; a < dims; a++) {
		if (a == 3) {
			matrix[a * dims + a] = 1;
			continue;
		}
		spacing[a] = grid_spacing(g, a);
		offset[a] = g->origin[a];
		for (int w = 0; w < 3; w++)
			matrix[a * dims + w] = g->direction[a][w] / spacing[a];
	}
	print_numbers(f, "TransformMatrix", matrix, dims * dims);
	print_numbers(f, "Offset", offset, dims);
	print_numbers(f, "CenterOfRotation", centre, dims);
	fprintf(f, "AnatomicalOrientation = %s\n", mha_anatomical(g, letters) ? letters : "???");
	print_numbers(f, "ElementSpacing", spacing, dims);
}

static void print_values(FILE *f, const struct vol_head *head, const struct said *said)
{
	const char *modality = key_get(head, "modality");

	for (int i = 0; modality && mha_modality[i]; i++)
		if (strcmp(modality, mha_modality[i]) == 0)
			fprintf(f, "Modality = MET_MOD_%s\n", modality);
	if (said->slope != 1 || said->intercept != 0) {
		print_numbers(f, "ElementToIntensityFunctionSlope", &said->slope, 1);
		print_numbers(f, "ElementToIntensityFunctionOffset", &said->intercept, 1);
	}
	if (head->channels > 1)
		fprintf(f, "ElementNumberOfChannels = %u\n", head->channels);
	fprintf(f, "ElementType = %s\n", mha_type_name(head->type));
}

/* In the order in which ITK writes them. */
static int write_header(struct outfile *o, const struct vol_head *head, const struct said *said, struct vol_err *err)
{
	int dims = head->list ? 4 : 3, rc;
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (!f)
		return vol_fail(err, outfile_name(o), "out of memory");
	fprintf(f, "ObjectType = Image\nNDims = %d\nBinaryData = True\nBinaryDataByteOrderMSB = False\n", dims);
	fprintf(f, "CompressedData = %s\n", said->compressed ? "True" : "False");
	if (said->compressed)
		fprintf(f, "CompressedDataSize = %*llu\n", said->width, (unsigned long long)said->packed);
	print_place(f, &head->grid, dims);
	mha_kept_print(f, said->kept);
	fputs("DimSize =", f);
	for (int i = 0; i < dims; i++)
		fprintf(f, " %llu", (unsigned long long)(i < 3 ? head->grid.size[i] : head->list));
	fputc('\n', f);
	print_values(f, head, said);
	fprintf(f, "ElementDataFile = %s\n", said->data);
	rc = ferror(f);
	rc |= fclose(f);
	if (rc)
		rc = vol_fail(err, outfile_name(o), "out of memory");
	else
		rc = outfile_write(o, text, n, err);
	free(text);
	return rc;
}

/* ---- voxels ---- */

/* As a zlib stream (RFC 1950), the only kind that all readers take. */
static int write_packed(struct vol_in *in, const struct vol_head *head, struct outfile *o,
                        const struct format_write *how, uint64_t *packed, struct vol_err *err)
{
	static const unsigned char start[2] = {0x78, 0x9c};
	unsigned char end[4];
	uLong adler = adler32_z(0, NULL, 0);
	struct gzip_out *z;
	struct vol_slab slab;
	uint32_t crc;
	int got;

	if (outfile_write(o, start, sizeof start, err) < 0)
		return -1;
	z = gzip_out_bare(outfile_fd(o), outfile_name(o), how->level, how->threads, err);
	if (!z)
		return -1;
	while ((got = vol_next(in, &slab, err)) > 0) {
		size_t n = slab.n * voxel_size(head->type);

		adler = adler32_z(adler, slab.voxels, n);
		if (gzip_out_write(z, slab.voxels, n, err) < 0) {
			got = -1;
			break;
		}
	}
	if (got < 0) {
		gzip_out_abandon(z);
		return -1;
	}
	if (gzip_out_finish_bare(z, &crc, packed, err) < 0)
		return -1;
	*packed += sizeof start + sizeof end;
	for (int i = 0; i < 4; i++)
		end[i] = (unsigned char)(adler >> (24 - 8 * i));
	return outfile_write(o, end, sizeof end, err);
}

static int write_voxels(struct vol_in *in, const struct vol_head *head, struct outfile *o,
                        const struct format_write *how, struct said *said, struct vol_err *err)
{
	return said->compressed ? write_packed(in, head, o, how, &said->packed, err)
	                        : vol_drain(in, outfile_fd(o), outfile_name(o), err);
}

/* ---- files ---- */

/* Their length stands before compressed voxels: room is left for it, and the header written again. */
static int fill_one(struct vol_in *in, const struct vol_head *head, struct outfile *o, const struct format_write *how,
                    struct said *said, struct vol_err *err)
{
	if (write_header(o, head, said, err) < 0 || write_voxels(in, head, o, how, said, err) < 0)
		return -1;
	if (!said->compressed)
		return 0;
	if (lseek(outfile_fd(o), 0, SEEK_SET) != 0)
		return vol_fail_errno(err, outfile_name(o), "cannot be written");
	return write_header(o, head, said, err);
}

static int write_one(struct vol_in *in, const struct vol_head *head, const char *path, const struct format_write *how,
                     struct said *said, struct vol_err *err)
{
	struct outfile *o = outfile_create(path, how->flags | OUTFILE_BINARY, err);
	int rc;

	if (!o)
		return -1;
	said->data = "LOCAL";
	said->width = 20;
	if (said->compressed && (!path || strcmp(path, "-") == 0 || !outfile_is_file(o)))
		rc = vol_fail(err, outfile_name(o), "cannot take compressed voxels, as their length stands before them: "
		                                    "use -o FILE");
	else
		rc = fill_one(in, head, o, how, said, err);
	if (rc == 0)
		return outfile_commit(o, err);
	outfile_abandon(o);
	return -1;
}

/* x.mhd -> x.raw or x.zraw. */
static char *data_path(const char *path, const struct format_write *how, struct vol_err *err)
{
	return detached_name(path, ".mhd", how->level > 0 ? ".zraw" : ".raw", "\n\r\t\v\f", "MetaImage", err);
}

void mha_each_file(const char *path, const struct vol_head *head, const struct format_write *how,
                   void (*what)(const char *name))
{
	struct vol_err why;
	char *data = format_has_suffix(path, ".mhd") ? data_path(path, how, &why) : NULL;

	(void)head;
	what(path);
	if (data)
		what(data);
	free(data);
}

static int write_two(struct vol_in *in, const struct vol_head *head, const char *path, const struct format_write *how,
                     struct said *said, struct vol_err *err)
{
	char *name = data_path(path, how, err);
	struct outfile *text = NULL, *data = NULL;
	int rc = -1;

	if (!name)
		return -1;
	said->data = detached_base(name);
	data = outfile_create(name, how->flags | OUTFILE_BINARY, err);
	if (data)
		text = outfile_create(path, how->flags | OUTFILE_BINARY, err);
	if (text && write_voxels(in, head, data, how, said, err) == 0 && write_header(text, head, said, err) == 0) {
		rc = outfile_commit_both(data, text, err);
	} else {
		outfile_abandon(text);
		outfile_abandon(data);
	}
	free(name);
	return rc;
}

int mha_encode(struct vol_in *in, const struct vol_head *head, const char *path, const struct format_write *how,
               struct vol_err *err)
{
	struct said said = {.compressed = how->level > 0};
	char *kept;
	size_t n;
	int rc;

	if (check(head, vol_in_name(in), err) < 0 || take_scaling(&said, head, vol_in_name(in), err) < 0 ||
	    kept_print(in, head, &kept, &n, err) < 0)
		return -1;
	said.kept = kept;
	rc = path && format_has_suffix(path, ".mhd") ? write_two(in, head, path, how, &said, err)
	                                             : write_one(in, head, path, how, &said, err);
	free(kept);
	return rc;
}
