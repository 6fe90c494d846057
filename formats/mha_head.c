/* mha_head.c - MetaImage as a format, and the fields of its header. */
#include <math.h>
#include <string.h>

#include "io/keys.h"
#include "mha.h"

static const char *const suffixes[] = {".mha", ".mhd", NULL};

const struct vol_format vol_format_mha = {
	.name = "MetaImage",
	.suffixes = suffixes,
	.sniff = mha_is_head,
	.decode = mha_decode,
	.encode = mha_encode,
	.each_file = mha_each_file,
};

/* ---- fields ---- */

enum field {
	OBJECT_TYPE, NDIMS, DIM_SIZE, ELEMENT_TYPE, CHANNELS, BINARY, BIG, ELEMENT_BIG, COMPRESSED, COMPRESSED_SIZE,
	HEADER_SIZE, SPACING, SIZE, MATRIX, ROTATION, ORIENTATION, IMAGE_POSITION, ORIGIN, OFFSET, POSITION, CENTRE,
	ANATOMICAL, UNIT, MODALITY, SLOPE, INTERCEPT, DATA_FILE,
	FIELDS
};

static const char *const field_name[FIELDS] = {
	[OBJECT_TYPE] = "ObjectType", [NDIMS] = "NDims", [DIM_SIZE] = "DimSize", [ELEMENT_TYPE] = "ElementType",
	[CHANNELS] = "ElementNumberOfChannels", [BINARY] = "BinaryData", [BIG] = "BinaryDataByteOrderMSB",
	[ELEMENT_BIG] = "ElementByteOrderMSB", [COMPRESSED] = "CompressedData",
	[COMPRESSED_SIZE] = "CompressedDataSize", [HEADER_SIZE] = "HeaderSize", [SPACING] = "ElementSpacing",
	[SIZE] = "ElementSize", [MATRIX] = "TransformMatrix", [ROTATION] = "Rotation", [ORIENTATION] = "Orientation",
	[IMAGE_POSITION] = "ImagePosition", [ORIGIN] = "Origin", [OFFSET] = "Offset", [POSITION] = "Position",
	[CENTRE] = "CenterOfRotation", [ANATOMICAL] = "AnatomicalOrientation", [UNIT] = "DistanceUnits",
	[MODALITY] = "Modality", [SLOPE] = "ElementToIntensityFunctionSlope",
	[INTERCEPT] = "ElementToIntensityFunctionOffset", [DATA_FILE] = "ElementDataFile",
};

/* The lines, up to that of the voxels' file; *rest: the text after it, NULL when there is none. Where a field stands
 * twice, the last counts. */
static int take_fields(char *text, char *field[FIELDS], char **rest, struct mha_kept *kept, const char *subject,
                       struct vol_err *err)
{
	char *next = text;

	while (next && !field[DATA_FILE]) {
		char *line = next;
		size_t value, n;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		line = mha_strip(line);
		n = mha_name_length(line, strlen(line), &value);
		if (n == 0)
			continue;
		line[n] = '\0';
		for (int i = 0; i < FIELDS; i++)
			if (strcmp(line, field_name[i]) == 0)
				field[i] = mha_strip(line + value);
		if (mha_kept_add(kept, line, mha_strip(line + value), subject, err) < 0)
			return -1;
	}
	*rest = next;
	return 0;
}

static int bad(char *const *field, int i, const char *subject, struct vol_err *err)
{
	return vol_fail(err, subject, "%s is '%.60s'", field_name[i], field[i]);
}

/* A field that may be absent: *x stays as it is then. */
static int take_truth(char *const *field, int i, bool *x, const char *subject, struct vol_err *err)
{
	if (!field[i])
		return 0;
	if (!*field[i] || !strchr("TtFf10", *field[i]))
		return bad(field, i, subject, err);
	*x = strchr("Tt1", *field[i]) != NULL;
	return 0;
}

/* ---- what a voxel is ---- */

static const struct {
	const char *name;
	enum voxel_type type; /* VOXEL_TYPES: a vol stream has no such voxels */
	char whole64;
} types[] = {
	{"MET_UCHAR", VOXEL_UINT8, 0}, {"MET_CHAR", VOXEL_INT8, 0}, {"MET_USHORT", VOXEL_UINT16, 0},
	{"MET_SHORT", VOXEL_INT16, 0}, {"MET_UINT", VOXEL_UINT32, 0}, {"MET_INT", VOXEL_INT32, 0},
	{"MET_FLOAT", VOXEL_FLOAT, 0}, {"MET_DOUBLE", VOXEL_DOUBLE, 0},
	/* of 32 bits in MetaIO, on any machine */
	{"MET_ULONG", VOXEL_UINT32, 0}, {"MET_LONG", VOXEL_INT32, 0}, {"MET_ASCII_CHAR", VOXEL_INT8, 0},
	{"MET_ULONG_LONG", VOXEL_DOUBLE, 'u'}, {"MET_LONG_LONG", VOXEL_DOUBLE, 'i'},
	{"MET_STRING", VOXEL_TYPES, 0}, {"MET_OTHER", VOXEL_TYPES, 0}, {"MET_NONE", VOXEL_TYPES, 0},
};

enum { TYPES = sizeof types / sizeof *types };

const char *mha_type_name(enum voxel_type type)
{
	int i = 0;

	while (types[i].type != type)
		i++;
	return types[i].name;
}

/* MET_SHORT_ARRAY is MET_SHORT, of several channels. */
static int take_type(const char *name, struct vol_head *head, struct mha_layout *l, const char *subject,
                     struct vol_err *err)
{
	size_t n = strlen(name);
	int i = 0;

	if (n > 6 && strcmp(name + n - 6, "_ARRAY") == 0)
		n -= 6;
	while (i < TYPES && (strlen(types[i].name) != n || memcmp(name, types[i].name, n) != 0))
		i++;
	if (i == TYPES)
		return vol_fail(err, subject, "ElementType is '%.40s', which MetaImage does not know", name);
	if (types[i].type == VOXEL_TYPES)
		return vol_fail(err, subject, "ElementType is %s: a volume stream has no such voxels", types[i].name);
	head->type = types[i].type;
	l->whole64 = types[i].whole64;
	return 0;
}

/* Nothing tells colour from vectors; but colours are bytes, and vectors are not. */
static int take_channels(char *const *field, int dims, struct vol_head *head, struct mha_layout *l,
                         const char *subject, struct vol_err *err)
{
	long long n = 1;

	if (field[CHANNELS] && !mha_whole(field[CHANNELS], 1, INT32_MAX, &n))
		return bad(field, CHANNELS, subject, err);
	l->vector = 1;
	if (n == 1)
		return 0;
	if (head->type == VOXEL_UINT8 && (n == 3 || n == 4)) {
		head->channels = (unsigned)n;
		return 0;
	}
	if (dims == 4 && head->list > 1)
		return vol_fail(err, subject, "has 4 dimensions and %lld channels: beside x, y and z there is room for "
		                              "one more axis only", n);
	head->list = l->vector = (uint64_t)n;
	return 0;
}

/* Values that are to be multiplied first. */
static int take_scaling(char *const *field, struct vol_head *head, const char *subject, struct vol_err *err)
{
	double slope = 1, intercept = 0;
	const struct vol_rescale r = {.n = 1, .slope = &slope, .intercept = &intercept};

	if (field[SLOPE] && (!mha_numbers(field[SLOPE], &slope, 1) || slope == 0))
		return bad(field, SLOPE, subject, err);
	if (field[INTERCEPT] && !mha_numbers(field[INTERCEPT], &intercept, 1))
		return bad(field, INTERCEPT, subject, err);
	if (head->channels > 1 || (slope == 1 && intercept == 0))
		return 0;
	if (key_set(head, err, "unit", "stored") < 0)
		return -1;
	return key_set_rescale(head, &r, err);
}

const char *const mha_modality[] = {"CT", "MR", "NM", "US", NULL};

static int take_modality(const char *name, struct vol_head *head, struct vol_err *err)
{
	for (size_t i = 0; name && mha_modality[i]; i++)
		if (strncmp(name, "MET_MOD_", 8) == 0 && strcmp(name + 8, mha_modality[i]) == 0)
			return key_set(head, err, "modality", "%s", name + 8);
	return 0;
}

/* ---- sizes ---- */

static int take_sizes(char *const *field, int *dims, struct vol_head *head, const char *subject, struct vol_err *err)
{
	double size[MHA_DIMS] = {1, 1, 1, 1};
	long long n;

	if (!mha_whole(field[NDIMS], 1, INT32_MAX, &n))
		return bad(field, NDIMS, subject, err);
	if (n < 2 || n > MHA_DIMS)
		return vol_fail(err, subject, "NDims is %lld: a volume stream has 3 dimensions in space and 1 beside "
		                              "them", n);
	*dims = (int)n;
	if (!mha_numbers(field[DIM_SIZE], size, *dims))
		return vol_fail(err, subject, "DimSize is '%.60s', not %d numbers", field[DIM_SIZE], *dims);
	for (int i = 0; i < *dims; i++) {
		/* 2^53: from there on a double does not tell neighbours apart */
		if (!(size[i] >= 1 && size[i] < 9007199254740992.0) || size[i] != floor(size[i]))
			return vol_fail(err, subject, "DimSize is %g along axis %d", size[i], i + 1);
	}
	for (int i = 0; i < 3; i++)
		head->grid.size[i] = (uint64_t)size[i];
	head->list = *dims == 4 ? (uint64_t)size[3] : 0;
	return 0;
}

static int take_grid(char *const *field, int dims, struct vol_head *head, const char *subject, struct vol_err *err)
{
	/* of several names for one thing, in MetaIO's order */
	const struct mha_place p = {
		.spacing = field[SPACING], .size = field[SIZE],
		.matrix = field[MATRIX] ? field[MATRIX] : field[ROTATION] ? field[ROTATION] : field[ORIENTATION],
		.offset = field[IMAGE_POSITION] ? field[IMAGE_POSITION] : field[ORIGIN] ? field[ORIGIN]
		        : field[OFFSET] ? field[OFFSET] : field[POSITION],
		.centre = field[CENTRE], .anatomical = field[ANATOMICAL], .unit = field[UNIT],
	};

	if (mha_grid(&p, dims, &head->grid, subject, err) < 0)
		return -1;
	return vol_head_check(head, subject, err);
}

/* ---- the whole ---- */

static int take_layout(char *const *field, struct mha_layout *l, const char *subject, struct vol_err *err)
{
	bool binary = true;
	long long skip = 0, packed = 0;

	if (take_truth(field, BINARY, &binary, subject, err) < 0 ||
	    take_truth(field, ELEMENT_BIG, &l->big, subject, err) < 0 ||
	    take_truth(field, BIG, &l->big, subject, err) < 0 ||
	    take_truth(field, COMPRESSED, &l->compressed, subject, err) < 0)
		return -1;
	if (field[HEADER_SIZE] && !mha_whole(field[HEADER_SIZE], -1, INT64_MAX, &skip))
		return bad(field, HEADER_SIZE, subject, err);
	if (field[COMPRESSED_SIZE] && !mha_whole(field[COMPRESSED_SIZE], 0, INT64_MAX, &packed))
		return bad(field, COMPRESSED_SIZE, subject, err);
	if (!binary && l->whole64)
		return vol_fail(err, subject, "has integers of 64 bits as text, which are not supported");
	if (!binary && skip < 0)
		return vol_fail(err, subject, "HeaderSize is -1, but the length of text is not known");
	l->text = !binary;
	l->big = l->big && binary;
	l->compressed = l->compressed && binary; /* as MetaIO has it */
	l->header_size = skip;
	l->compressed_size = (uint64_t)packed;
	return 0;
}

int mha_head_parse(char *text, struct vol_head *head, struct mha_layout *layout, struct mha_kept *kept,
                   const char *subject, struct vol_err *err)
{
	static const int needed[] = {NDIMS, DIM_SIZE, ELEMENT_TYPE, DATA_FILE};
	char *field[FIELDS] = {NULL}, *rest;
	uint64_t size[MHA_DIMS];
	int dims = 0;

	memset(layout, 0, sizeof *layout);
	if (take_fields(text, field, &rest, kept, subject, err) < 0)
		return -1;
	if (field[OBJECT_TYPE] && strcmp(field[OBJECT_TYPE], "Image") != 0)
		return vol_fail(err, subject, "ObjectType is %.40s, not Image", field[OBJECT_TYPE]);
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (!field[needed[i]])
			return vol_fail(err, subject, "has no %s", field_name[needed[i]]);
	if (take_sizes(field, &dims, head, subject, err) < 0)
		return -1;
	memcpy(size, head->grid.size, sizeof head->grid.size);
	size[3] = head->list;
	if (take_type(field[ELEMENT_TYPE], head, layout, subject, err) < 0 ||
	    take_channels(field, dims, head, layout, subject, err) < 0 ||
	    take_grid(field, dims, head, subject, err) < 0 || take_layout(field, layout, subject, err) < 0 ||
	    take_scaling(field, head, subject, err) < 0 || take_modality(field[MODALITY], head, err) < 0)
		return -1;
	return mha_data_file(field[DATA_FILE], rest, dims, size, layout, subject, err);
}
