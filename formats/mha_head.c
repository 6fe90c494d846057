/* mha_head.c - MetaImage as a format, and the fields of its header. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
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
};

/* ---- fields ---- */

enum field {
	OBJECT_TYPE, NDIMS, DIM_SIZE, ELEMENT_TYPE, CHANNELS, BINARY, BIG, ELEMENT_BIG, COMPRESSED, COMPRESSED_SIZE,
	HEADER_SIZE, SPACING, SIZE, MATRIX, ROTATION, ORIENTATION, ORIGIN, OFFSET, POSITION, CENTRE, ANATOMICAL, UNIT,
	MODALITY, SLOPE, INTERCEPT, DATA_FILE,
	FIELDS
};

static const char *const field_name[FIELDS] = {
	[OBJECT_TYPE] = "ObjectType", [NDIMS] = "NDims", [DIM_SIZE] = "DimSize", [ELEMENT_TYPE] = "ElementType",
	[CHANNELS] = "ElementNumberOfChannels", [BINARY] = "BinaryData", [BIG] = "BinaryDataByteOrderMSB",
	[ELEMENT_BIG] = "ElementByteOrderMSB", [COMPRESSED] = "CompressedData",
	[COMPRESSED_SIZE] = "CompressedDataSize", [HEADER_SIZE] = "HeaderSize", [SPACING] = "ElementSpacing",
	[SIZE] = "ElementSize", [MATRIX] = "TransformMatrix", [ROTATION] = "Rotation", [ORIENTATION] = "Orientation",
	[ORIGIN] = "Origin", [OFFSET] = "Offset", [POSITION] = "Position", [CENTRE] = "CenterOfRotation",
	[ANATOMICAL] = "AnatomicalOrientation", [UNIT] = "DistanceUnits", [MODALITY] = "Modality",
	[SLOPE] = "ElementToIntensityFunctionSlope", [INTERCEPT] = "ElementToIntensityFunctionOffset",
	[DATA_FILE] = "ElementDataFile",
};

/* The others that MetaIO writes before any of these. */
static const char *const first_fields[] = {"Comment", "ObjectSubType", "TransformType", "Name", "ID", "ParentID",
                                           "AcquisitionDate", "Color"};

static const char blanks[] = " \t\r\v\f";

/* Bytes of the name that a line starts with; 0 when no "=" or ":" follows it. *value: where its value starts. */
static size_t name_length(const char *line, size_t n, size_t *value)
{
	size_t end = 0;

	while (end < n && line[end] != '=' && line[end] != ':' && line[end] != '\n')
		end++;
	if (end == n || line[end] == '\n')
		return 0;
	*value = end + 1;
	while (end > 0 && strchr(blanks, line[end - 1]))
		end--;
	return end;
}

static bool is_name(const char *line, size_t n, const char *name)
{
	return n == strlen(name) && memcmp(line, name, n) == 0;
}

bool mha_is_head(const unsigned char *start, size_t n)
{
	const char *s = (const char *)start;
	size_t value, len;

	while (n > 0 && (*s == '\n' || strchr(blanks, *s)) && *s) {
		s++;
		n--;
	}
	len = name_length(s, n, &value);
	for (int i = 0; len && i < FIELDS; i++)
		if (is_name(s, len, field_name[i]))
			return true;
	for (size_t i = 0; len && i < sizeof first_fields / sizeof *first_fields; i++)
		/* words of any text: one of ours has to follow */
		if (is_name(s, len, first_fields[i]))
			return memmem(s, n, "NDims", 5) || memmem(s, n, "ObjectType", 10);
	return false;
}

bool mha_line_ends_head(const char *line, size_t n, bool *list)
{
	size_t value, len;

	while (n > 0 && strchr(blanks, *line) && *line) {
		line++;
		n--;
	}
	len = name_length(line, n, &value);
	if (!is_name(line, len, field_name[DATA_FILE]))
		return false;
	while (value < n && strchr(blanks, line[value]))
		value++;
	*list = n - value >= 4 && memcmp(line + value, "LIST", 4) == 0 &&
		(n - value == 4 || strchr(blanks, line[value + 4]) || line[value + 4] == '\n');
	return true;
}

/* Take the blanks off both ends. */
static char *strip(char *s)
{
	size_t n;

	s += strspn(s, blanks);
	n = strlen(s);
	while (n > 0 && strchr(blanks, s[n - 1]))
		s[--n] = '\0';
	return s;
}

/* The lines, up to that of the voxels' file; *rest is what follows it. Where a field stands twice, the last counts. */
static int take_fields(char *text, const char *field[FIELDS], char **rest, struct vol_head *head, struct vol_err *err)
{
	char *next;

	for (char *line = text; line && !field[DATA_FILE]; line = next) {
		size_t value, n;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		line = strip(line);
		n = name_length(line, strlen(line), &value);
		if (n == 0)
			continue;
		line[n] = '\0';
		for (int i = 0; i < FIELDS; i++)
			if (strcmp(line, field_name[i]) == 0)
				field[i] = strip(line + value);
		if (mha_key_take(head, line, strip(line + value), err) < 0)
			return -1;
		*rest = next;
	}
	return mha_keys_done(head, err);
}

static int missing(int i, const char *subject, struct vol_err *err)
{
	return vol_fail(err, subject, "has no %s", field_name[i]);
}

static int bad(const char *const *field, int i, const char *subject, struct vol_err *err)
{
	return vol_fail(err, subject, "%s is '%.60s'", field_name[i], field[i]);
}

/* A whole number, within lo..hi. */
static bool whole(const char *s, long long lo, long long hi, long long *x)
{
	char *end;

	if (!*s || strspn(s, "+-0123456789") != strlen(s))
		return false;
	errno = 0;
	*x = strtoll(s, &end, 10);
	return errno == 0 && !*end && *x >= lo && *x <= hi;
}

static bool truth(const char *s, bool *x)
{
	*x = *s && strchr("Tt1", *s);
	return *s && strchr("TtFf10", *s);
}

/* A field that may be absent: *x stays as it is then. */
static int take_truth(const char *const *field, int i, bool *x, const char *subject, struct vol_err *err)
{
	return !field[i] || truth(field[i], x) ? 0 : bad(field, i, subject, err);
}

bool mha_numbers(const char *text, double *x, int n)
{
	char word[64];

	for (int i = 0; i < n; i++) {
		size_t len;

		text += strspn(text, blanks);
		len = strcspn(text, blanks);
		if (len == 0 || len >= sizeof word)
			return false;
		memcpy(word, text, len);
		word[len] = '\0';
		if (!vol_parse_number(word, &x[i]) || !isfinite(x[i]))
			return false;
		text += len;
	}
	return text[strspn(text, blanks)] == '\0';
}

/* ---- what a voxel is ---- */

static const struct {
	const char *name;
	enum voxel_type type; /* VOXEL_TYPES: a vol stream has no such voxels */
} types[] = {
	{"MET_UCHAR", VOXEL_UINT8}, {"MET_CHAR", VOXEL_INT8}, {"MET_USHORT", VOXEL_UINT16},
	{"MET_SHORT", VOXEL_INT16}, {"MET_UINT", VOXEL_UINT32}, {"MET_INT", VOXEL_INT32},
	{"MET_FLOAT", VOXEL_FLOAT}, {"MET_DOUBLE", VOXEL_DOUBLE},
	/* of 32 bits in MetaIO, on any machine */
	{"MET_ULONG", VOXEL_UINT32}, {"MET_LONG", VOXEL_INT32}, {"MET_ASCII_CHAR", VOXEL_INT8},
	{"MET_ULONG_LONG", VOXEL_TYPES}, {"MET_LONG_LONG", VOXEL_TYPES}, {"MET_STRING", VOXEL_TYPES},
	{"MET_OTHER", VOXEL_TYPES}, {"MET_NONE", VOXEL_TYPES},
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
static int take_type(const char *name, struct vol_head *head, const char *subject, struct vol_err *err)
{
	size_t n = strlen(name);
	int i = 0;

	if (n > 6 && strcmp(name + n - 6, "_ARRAY") == 0)
		n -= 6;
	while (i < TYPES && !is_name(name, n, types[i].name))
		i++;
	if (i == TYPES)
		return vol_fail(err, subject, "ElementType is '%.40s', which MetaImage does not know", name);
	if (types[i].type == VOXEL_TYPES)
		return vol_fail(err, subject, "ElementType is %s: a volume stream has no such voxels", types[i].name);
	head->type = types[i].type;
	return 0;
}

/* Nothing tells colour from vectors; but colours are whole numbers, and vectors are not. */
static int take_channels(const char *const *field, struct vol_head *head, const char *subject, struct vol_err *err)
{
	long long n = 1;

	if (field[CHANNELS] && !whole(field[CHANNELS], 1, INT32_MAX, &n))
		return bad(field, CHANNELS, subject, err);
	if (n != 1 && n != 3 && n != 4)
		return vol_fail(err, subject, "has %lld channels: a volume stream has 1, or 3 and 4 of colour", n);
	if (n > 1 && !voxel_is_integer(head->type, NULL, NULL))
		return vol_fail(err, subject, "has %lld channels of %s: vectors, which a volume stream does not hold", n,
		                voxel_name(head->type));
	head->channels = (unsigned)n;
	return 0;
}

/* Values that are to be multiplied first. Our own key has more to say. */
static int take_scaling(const char *const *field, struct vol_head *head, const char *subject, struct vol_err *err)
{
	double slope = 1, intercept = 0;
	const struct vol_rescale r = {.n = 1, .slope = &slope, .intercept = &intercept};

	if (field[SLOPE] && (!mha_numbers(field[SLOPE], &slope, 1) || slope == 0))
		return bad(field, SLOPE, subject, err);
	if (field[INTERCEPT] && !mha_numbers(field[INTERCEPT], &intercept, 1))
		return bad(field, INTERCEPT, subject, err);
	if ((slope == 1 && intercept == 0) || key_get(head, "rescale"))
		return 0;
	if (key_set(head, err, "unit", "stored") < 0)
		return -1;
	return key_set_rescale(head, &r, err);
}

static int take_modality(const char *name, struct vol_head *head, struct vol_err *err)
{
	static const char *const known[] = {"CT", "MR", "NM", "US"};

	for (size_t i = 0; name && i < sizeof known / sizeof *known && !key_get(head, "modality"); i++)
		if (strncmp(name, "MET_MOD_", 8) == 0 && strcmp(name + 8, known[i]) == 0)
			return key_set(head, err, "modality", "%s", known[i]);
	return 0;
}

/* ---- sizes ---- */

static int take_sizes(const char *const *field, int *dims, struct vol_head *head, const char *subject,
                      struct vol_err *err)
{
	double size[MHA_DIMS] = {1, 1, 1, 1};
	long long n;

	if (!whole(field[NDIMS], 1, INT32_MAX, &n))
		return bad(field, NDIMS, subject, err);
	if (n < 2 || n > MHA_DIMS)
		return vol_fail(err, subject, "NDims is %lld: a volume stream has 3 dimensions in space and 1 beside them",
		                n);
	*dims = (int)n;
	if (!mha_numbers(field[DIM_SIZE], size, *dims))
		return vol_fail(err, subject, "DimSize is '%.60s', not %d numbers", field[DIM_SIZE], *dims);
	for (int i = 0; i < MHA_DIMS; i++) {
		/* 2^53: from there on a double does not tell neighbours apart */
		if (!(size[i] >= 1 && size[i] < 9007199254740992.0) || size[i] != floor(size[i]))
			return vol_fail(err, subject, "DimSize is %g along axis %d", size[i], i + 1);
		if (i < 3)
			head->grid.size[i] = (uint64_t)size[i];
		else if (*dims > 3)
			head->list = (uint64_t)size[i];
	}
	return 0;
}

static int take_grid(const char *const *field, int dims, struct vol_head *head, const char *subject,
                     struct vol_err *err)
{
	/* of several names for one thing, in MetaIO's order */
	const struct mha_place p = {
		.spacing = field[SPACING], .size = field[SIZE],
		.matrix = field[MATRIX] ? field[MATRIX] : field[ROTATION] ? field[ROTATION] : field[ORIENTATION],
		.offset = field[ORIGIN] ? field[ORIGIN] : field[OFFSET] ? field[OFFSET] : field[POSITION],
		.centre = field[CENTRE], .anatomical = field[ANATOMICAL], .unit = field[UNIT],
	};

	if (mha_grid(&p, dims, &head->grid, subject, err) < 0)
		return -1;
	return vol_head_check(head, subject, err);
}

/* ---- where the voxels are ---- */

/* "LIST", and perhaps how many dimensions each file has: the names stand in the lines that follow. */
static int take_list(const char *value, int dims, const struct vol_head *head, char *names, struct mha_layout *l,
                     const char *subject, struct vol_err *err)
{
	const uint64_t size[MHA_DIMS] = {head->grid.size[0], head->grid.size[1], head->grid.size[2], head->list};
	uint64_t have = 0, want = 1;
	int each = dims - 1;

	value += 4 + strspn(value + 4, blanks);
	if (*value) {
		each = *value - '0';
		if (each < 1 || each > dims || (value[1] && strcmp(value + 1, "D") != 0))
			return vol_fail(err, subject, "ElementDataFile is a list of '%.40s'", value);
	}
	for (int i = each; i < dims; i++)
		want *= size[i]; /* no more than voxels, which were counted */
	for (char *line = names, *next; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		have += *strip(line) != '\0';
		if (next)
			next[-1] = '\n';
	}
	if (have != want)
		return vol_fail(err, subject, "lists %llu files of voxels, not %llu", (unsigned long long)have,
		                (unsigned long long)want);
	l->kind = MHA_LIST;
	l->files = want;
	l->name = names ? names : "";
	return 0;
}

/* "slice%03d.raw 1 20 1": a place for a number, and first, last and step, if they are not 1, ..., 1. */
static int take_pattern(char *value, uint64_t files, struct mha_layout *l, const char *subject, struct vol_err *err)
{
	enum { FAR = 1 << 30 };
	long long n[3] = {1, 0, 1};
	int given = 0;
	char *save, *word = strtok_r(value, blanks, &save), *number;

	l->kind = MHA_PATTERN;
	l->name = word;
	l->files = files;
	number = strchr(word, '%') + 1;
	number += strspn(number, "0123456789");
	if (number - strchr(word, '%') > 3 || !strchr("diu", *number) || !*number || strchr(number, '%'))
		return vol_fail(err, subject, "ElementDataFile is '%.100s', not a name with one number such as %%03d", word);
	while ((word = strtok_r(NULL, blanks, &save)))
		if (given == 3 || !whole(word, -FAR, FAR, &n[given++]))
			return vol_fail(err, subject, "ElementDataFile has '%.40s' after its name, not first, last and step",
			                word);
	if (files > FAR)
		return vol_fail(err, subject, "ElementDataFile stands for too many files");
	if (given == 2 && files > 1 && (n[1] - n[0]) % ((long long)files - 1) == 0)
		n[2] = (n[1] - n[0]) / ((long long)files - 1);
	if (given >= 2 && (n[1] - n[0] != n[2] * ((long long)files - 1) || (files > 1 && n[2] == 0)))
		return vol_fail(err, subject, "ElementDataFile counts from %lld to %lld by %lld, which is not %llu files", n[0],
		                n[1], n[2], (unsigned long long)files);
	l->first = n[0];
	l->step = n[2];
	return 0;
}

static int take_data_file(const char *value, int dims, const struct vol_head *head, char *rest, struct mha_layout *l,
                          const char *subject, struct vol_err *err)
{
	uint64_t last = dims == 4 ? head->list : dims == 3 ? head->grid.size[2] : head->grid.size[1];
	bool list;
	char line[64];

	l->files = 1;
	snprintf(line, sizeof line, "%s=%s", field_name[DATA_FILE], value);
	if (mha_line_ends_head(line, strlen(line), &list) && list)
		return take_list(value, dims, head, rest, l, subject, err);
	if (!*value)
		return vol_fail(err, subject, "ElementDataFile is empty");
	if (strchr(value, '%'))
		return take_pattern((char *)value, last, l, subject, err);
	l->kind = strcmp(value, "LOCAL") == 0 || strcmp(value, "Local") == 0 || strcmp(value, "local") == 0 ? MHA_LOCAL
														    : MHA_ONE;
	l->name = value;
	return 0;
}

static int take_layout(const char *const *field, struct mha_layout *l, const char *subject, struct vol_err *err)
{
	bool binary = true;
	long long skip = 0, packed = 0;

	if (take_truth(field, BINARY, &binary, subject, err) < 0 ||
	    take_truth(field, ELEMENT_BIG, &l->big, subject, err) < 0 ||
	    take_truth(field, BIG, &l->big, subject, err) < 0 ||
	    take_truth(field, COMPRESSED, &l->compressed, subject, err) < 0)
		return -1;
	if (!binary)
		return vol_fail(err, subject, "BinaryData is False: voxels written as text are not supported");
	if (field[HEADER_SIZE] && !whole(field[HEADER_SIZE], -1, INT64_MAX, &skip))
		return bad(field, HEADER_SIZE, subject, err);
	if (field[COMPRESSED_SIZE] && !whole(field[COMPRESSED_SIZE], 0, INT64_MAX, &packed))
		return bad(field, COMPRESSED_SIZE, subject, err);
	l->header_size = skip;
	l->compressed_size = (uint64_t)packed;
	return 0;
}

int mha_head_parse(char *text, struct vol_head *head, struct mha_layout *layout, const char *subject,
                   struct vol_err *err)
{
	static const int needed[] = {NDIMS, DIM_SIZE, ELEMENT_TYPE, DATA_FILE};
	const char *field[FIELDS] = {NULL};
	char *rest = NULL;
	int dims;

	memset(layout, 0, sizeof *layout);
	if (take_fields(text, field, &rest, head, err) < 0)
		return -1;
	if (field[OBJECT_TYPE] && strcmp(field[OBJECT_TYPE], "Image") != 0)
		return vol_fail(err, subject, "ObjectType is %.40s, not Image", field[OBJECT_TYPE]);
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (!field[needed[i]])
			return missing(needed[i], subject, err);
	if (take_sizes(field, &dims, head, subject, err) < 0 ||
	    take_type(field[ELEMENT_TYPE], head, subject, err) < 0 || take_channels(field, head, subject, err) < 0 ||
	    take_grid(field, dims, head, subject, err) < 0 || take_layout(field, layout, subject, err) < 0)
		return -1;
	if (take_scaling(field, head, subject, err) < 0 || take_modality(field[MODALITY], head, err) < 0)
		return -1;
	return take_data_file(field[DATA_FILE], dims, head, rest, layout, subject, err);
}
