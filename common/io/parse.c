/* parse.c - an NRRD header of any legal shape, made canonical.
 *
 * Two steps: the lines are taken apart into raw field values, in whatever order they come; then
 * the fields are understood together, since what one means depends on others. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "head.h"
#include "keys.h"

enum {
	MAX_DIM = 5,
	MAX_KEYS = 16384, /* more than any header holds; inserting stays quick */
};

enum field {
	TYPE, DIMENSION, SPACE, SPACE_DIMENSION, SIZES, DIRECTIONS, KINDS, ENDIAN, ENCODING,
	SPACE_UNITS, ORIGIN, SPACINGS, UNITS, FRAME, LINE_SKIP, BYTE_SKIP, DATA_FILE, BLOCK_SIZE,
	/* known, and of no use to a volume */
	IGNORED,
	FIELDS
};

static const struct {
	const char *name;
	enum field field;
} field_names[] = {
	{"type", TYPE}, {"dimension", DIMENSION}, {"space", SPACE},
	{"space dimension", SPACE_DIMENSION}, {"sizes", SIZES}, {"space directions", DIRECTIONS},
	{"kinds", KINDS}, {"endian", ENDIAN}, {"encoding", ENCODING}, {"space units", SPACE_UNITS},
	{"space origin", ORIGIN}, {"spacings", SPACINGS}, {"units", UNITS},
	{"measurement frame", FRAME}, {"line skip", LINE_SKIP}, {"lineskip", LINE_SKIP},
	{"byte skip", BYTE_SKIP}, {"byteskip", BYTE_SKIP}, {"data file", DATA_FILE},
	{"datafile", DATA_FILE}, {"block size", BLOCK_SIZE}, {"blocksize", BLOCK_SIZE},
	{"thicknesses", IGNORED}, {"axis mins", IGNORED}, {"axismins", IGNORED},
	{"axis maxs", IGNORED}, {"axismaxs", IGNORED}, {"centers", IGNORED}, {"centerings", IGNORED},
	{"labels", IGNORED}, {"min", IGNORED}, {"max", IGNORED}, {"old min", IGNORED},
	{"oldmin", IGNORED}, {"old max", IGNORED}, {"oldmax", IGNORED}, {"content", IGNORED},
	{"number", IGNORED}, {"sample units", IGNORED}, {"sampleunits", IGNORED},
};

static const struct {
	const char *name;
	enum voxel_type type;
} type_names[] = {
	{"signed char", VOXEL_INT8}, {"int8", VOXEL_INT8}, {"int8_t", VOXEL_INT8},
	{"uchar", VOXEL_UINT8}, {"unsigned char", VOXEL_UINT8}, {"uint8", VOXEL_UINT8},
	{"uint8_t", VOXEL_UINT8}, {"short", VOXEL_INT16}, {"short int", VOXEL_INT16},
	{"signed short", VOXEL_INT16}, {"signed short int", VOXEL_INT16}, {"int16", VOXEL_INT16},
	{"int16_t", VOXEL_INT16}, {"ushort", VOXEL_UINT16}, {"unsigned short", VOXEL_UINT16},
	{"unsigned short int", VOXEL_UINT16}, {"uint16", VOXEL_UINT16}, {"uint16_t", VOXEL_UINT16},
	{"int", VOXEL_INT32}, {"signed int", VOXEL_INT32}, {"int32", VOXEL_INT32},
	{"int32_t", VOXEL_INT32}, {"uint", VOXEL_UINT32}, {"unsigned int", VOXEL_UINT32},
	{"uint32", VOXEL_UINT32}, {"uint32_t", VOXEL_UINT32}, {"float", VOXEL_FLOAT},
	{"double", VOXEL_DOUBLE},
};

struct axis {
	uint64_t size;
	bool spatial;
	char kind[32];
	double direction[3];
	double time;         /* a step along it takes so long, in a space with time */
};

struct parser {
	const char *subject;
	struct vol_err *err;
	char *field[FIELDS]; /* raw values, pointing into text */
	char *text;
	int dim;
	bool has_time;       /* vectors have four numbers, the last of them time */
	double time_start;
	struct axis axis[MAX_DIM];
};

static int bad(struct parser *p, const char *field, const char *value)
{
	return vol_fail(p->err, p->subject, "header field '%s' cannot be read: '%.60s'", field, value);
}

/* ---- lines ---- */

/* "\n" and "\\" as NRRD escapes them, in place */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] == 'n') {
			*to++ = '\n';
			s++;
		} else if (s[0] == '\\' && s[1] == '\\') {
			*to++ = '\\';
			s++;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

static void trim(char **s)
{
	size_t n;

	while (isspace((unsigned char)**s))
		(*s)++;
	n = strlen(*s);
	while (n && isspace((unsigned char)(*s)[n - 1]))
		(*s)[--n] = '\0';
}

static int take_field(struct parser *p, char *name, char *value)
{
	trim(&name);
	trim(&value);
	for (size_t i = 0; i < sizeof field_names / sizeof *field_names; i++) {
		enum field f = field_names[i].field;

		if (strcasecmp(name, field_names[i].name) != 0)
			continue;
		if (f != IGNORED && p->field[f])
			return vol_fail(p->err, p->subject, "header field '%s' stands twice", name);
		p->field[f] = value;
		return 0;
	}
	return vol_fail(p->err, p->subject, "header field '%.60s' is not known to NRRD", name);
}

static int take_line(struct parser *p, char *line, struct vol_head *h)
{
	char *colon;

	if (line[0] == '#')
		return 0;
	colon = strchr(line, ':');
	if (!colon)
		return vol_fail(p->err, p->subject, "header line without a colon: '%.60s'", line);
	*colon = '\0';
	if (colon[1] != '=')
		return take_field(p, line, colon + 1);
	unescape(colon + 2);
	if (!*line)
		return vol_fail(p->err, p->subject, "header key without a name");
	if (h->keys.n >= MAX_KEYS)
		return vol_fail(p->err, p->subject, "header has more than %d keys", MAX_KEYS);
	return key_set_full(h, line, colon + 2, p->err);
}

/* "LIST" or "LIST <dimension>", and no file that is called so */
static bool is_list(const char *data_file)
{
	return data_file && strncmp(data_file, "LIST", 4) == 0 &&
	       strspn(data_file + 4, " \t0123456789") == strlen(data_file + 4) &&
	       (data_file[4] == '\0' || isspace((unsigned char)data_file[4]));
}

static int take_lines(struct parser *p, struct vol_head *h)
{
	char *line = p->text, *next;
	bool first = true;

	for (; line && *line; line = next, first = false) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		size_t n = strlen(line);

		if (n && line[n - 1] == '\r')
			line[--n] = '\0';
		if (first) {
			if (strncmp(line, "NRRD000", 7) != 0 || line[7] < '1' || line[7] > '6' || line[8])
				return vol_fail(p->err, p->subject, "not a volume stream (no NRRD magic)");
			continue;
		}
		if (n == 0)
			break;
		/* what follows are file names, one a line: the format that reads them keeps them */
		if (is_list(p->field[DATA_FILE]))
			break;
		if (take_line(p, line, h) < 0)
			return -1;
	}
	return 0;
}

/* ---- single values ---- */

/* Next blank-separated word, or a "(...)" group, or a "..." string, copied to word. */
static bool next_word(const char **s, char *word, size_t size)
{
	size_t n;

	*s += strspn(*s, " \t");
	if (!**s)
		return false;
	if (**s == '(') {
		n = strcspn(*s, ")");
		n += (*s)[n] == ')';
	} else if (**s == '"') {
		(*s)++;
		n = strcspn(*s, "\"");
		snprintf(word, size, "%.*s", (int)(n < size ? n : size - 1), *s);
		*s += n + ((*s)[n] == '"');
		return true;
	} else {
		n = strcspn(*s, " \t");
	}
	if (n >= size)
		return false;
	memcpy(word, *s, n);
	word[n] = '\0';
	*s += n;
	return true;
}

/* "(x,y,z)" of n numbers. */
static bool parse_vector(const char *word, double *v, int n_numbers)
{
	char part[64];
	const char *s = word;

	if (*s++ != '(')
		return false;
	for (int i = 0; i < n_numbers; i++) {
		size_t n;

		s += strspn(s, " \t");
		n = strcspn(s, " \t,)");
		if (n == 0 || n >= sizeof part)
			return false;
		memcpy(part, s, n);
		part[n] = '\0';
		if (!vol_parse_number(part, &v[i]))
			return false;
		s += n;
		s += strspn(s, " \t");
		if (*s++ != (i < n_numbers - 1 ? ',' : ')'))
			return false;
	}
	return *s == '\0';
}

static bool parse_count(const char *word, uint64_t *n)
{
	char *end;

	if (!isdigit((unsigned char)word[0]))
		return false;
	errno = 0;
	*n = strtoull(word, &end, 10);
	return errno == 0 && *end == '\0';
}

static int parse_type(struct parser *p, struct vol_head *h, struct nrrd_layout *layout)
{
	static const char *const whole64[] = {"int64", "int64_t", "longlong", "long long", "long long int", "signed long long",
	                                      "signed long long int"},
	                  *const unsigned64[] = {"uint64", "uint64_t", "ulonglong", "unsigned long long",
	                                         "unsigned long long int"};
	const char *s = p->field[TYPE];

	if (!s)
		return vol_fail(p->err, p->subject, "header has no type");
	for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++)
		if (strcasecmp(s, type_names[i].name) == 0) {
			h->type = type_names[i].type;
			return 0;
		}
	h->type = VOXEL_DOUBLE;
	for (size_t i = 0; i < sizeof whole64 / sizeof *whole64; i++)
		if (strcasecmp(s, whole64[i]) == 0)
			layout->whole64 = 'i';
	for (size_t i = 0; i < sizeof unsigned64 / sizeof *unsigned64; i++)
		if (strcasecmp(s, unsigned64[i]) == 0)
			layout->whole64 = 'u';
	if (layout->whole64)
		return 0;
	return vol_fail(p->err, p->subject, "voxel type '%.40s' has no place in a volume stream", s);
}

/* ---- the axes ---- */

static int parse_sizes(struct parser *p)
{
	const char *s = p->field[SIZES];
	char word[64];
	uint64_t dim;

	if (!p->field[DIMENSION] || !s)
		return vol_fail(p->err, p->subject, "header has no %s", s ? "dimension" : "sizes");
	if (!parse_count(p->field[DIMENSION], &dim))
		return bad(p, "dimension", p->field[DIMENSION]);
	if (dim < 3 || dim > MAX_DIM)
		return vol_fail(p->err, p->subject, "is %llu-D, not a volume", (unsigned long long)dim);
	p->dim = (int)dim;
	for (int a = 0; a < p->dim; a++) {
		if (!next_word(&s, word, sizeof word) || !parse_count(word, &p->axis[a].size))
			return bad(p, "sizes", p->field[SIZES]);
		if (p->axis[a].size == 0)
			return vol_fail(p->err, p->subject, "size is zero along axis %d", a);
	}
	return next_word(&s, word, sizeof word) ? bad(p, "sizes", p->field[SIZES]) : 0;
}

static int parse_kinds(struct parser *p)
{
	const char *s = p->field[KINDS];

	for (int a = 0; s && a < p->dim; a++)
		if (!next_word(&s, p->axis[a].kind, sizeof p->axis[a].kind))
			return bad(p, "kinds", p->field[KINDS]);
	return 0;
}

/* Without directions: spacings along the axes that are not said to be something else. */
static int parse_spacings(struct parser *p)
{
	const char *s = p->field[SPACINGS];
	char word[64];
	int along = 0;

	if (!s)
		return vol_fail(p->err, p->subject, "header has no spacing: neither 'space directions' nor 'spacings'");
	for (int a = 0; a < p->dim; a++) {
		struct axis *x = &p->axis[a];
		double mm;

		if (!next_word(&s, word, sizeof word) || !vol_parse_number(word, &mm))
			return bad(p, "spacings", p->field[SPACINGS]);
		x->spatial = along < 3 && !isnan(mm) &&
			     (!x->kind[0] || strcasecmp(x->kind, "domain") == 0 ||
		              strcasecmp(x->kind, "space") == 0 || strcmp(x->kind, "???") == 0);
		if (x->spatial)
			x->direction[along++] = mm;
	}
	vol_warn(p->subject, "no 'space directions': axes taken as %s",
	         p->field[SPACE] ? "those of its space" : "left, posterior, superior");
	return 0;
}

/* Along space or along time, not both. */
static bool parse_direction(const struct parser *p, struct axis *x, const char *word)
{
	double v[4] = {0};

	if (!parse_vector(word, v, p->has_time ? 4 : 3))
		return false;
	memcpy(x->direction, v, sizeof x->direction);
	x->time = v[3];
	x->spatial = x->time == 0;
	return x->spatial || (v[0] == 0 && v[1] == 0 && v[2] == 0);
}

static int parse_directions(struct parser *p)
{
	const char *s = p->field[DIRECTIONS];
	char word[256];

	if (!s)
		return parse_spacings(p);
	for (int a = 0; a < p->dim; a++) {
		if (!next_word(&s, word, sizeof word))
			return bad(p, "space directions", p->field[DIRECTIONS]);
		if (strcasecmp(word, "none") == 0)
			continue;
		if (!parse_direction(p, &p->axis[a], word))
			return bad(p, "space directions", p->field[DIRECTIONS]);
	}
	return next_word(&s, word, sizeof word) ? bad(p, "space directions", p->field[DIRECTIONS]) : 0;
}

/* [colour] x y z [list], nothing else */
static int place_axes(struct parser *p, struct vol_head *h)
{
	int first = 0;

	if (!p->axis[0].spatial) {
		const char *kind = p->axis[0].kind;

		if (strcasecmp(kind, "RGB-color") == 0 && p->axis[0].size == 3)
			h->channels = 3;
		else if (strcasecmp(kind, "RGBA-color") == 0 && p->axis[0].size == 4)
			h->channels = 4;
		else
			return vol_fail(p->err, p->subject,
			                "first axis (kind '%s', size %llu) is neither space nor colour%s",
			                kind[0] ? kind : "none", (unsigned long long)p->axis[0].size,
			                p->dim == 4 ? ": unu permute -p 1 2 3 0 makes a list of it" : "");
		first = 1;
	}
	for (int a = 0; a < 3; a++) {
		if (first + a >= p->dim || !p->axis[first + a].spatial)
			return vol_fail(p->err, p->subject, "has fewer than three axes in space, one after another");
		h->grid.size[a] = p->axis[first + a].size;
		memcpy(h->grid.direction[a], p->axis[first + a].direction, sizeof h->grid.direction[a]);
	}
	if (first + 3 < p->dim) {
		if (p->axis[first + 3].spatial || first + 4 < p->dim)
			return vol_fail(p->err, p->subject, "has more axes than colour, three in space and one list");
		h->list = p->axis[first + 3].size;
	}
	return 0;
}

/* ---- the space ---- */

static void flip(struct vol_head *h, int world)
{
	for (int a = 0; a < 3; a++)
		h->grid.direction[a][world] = -h->grid.direction[a][world];
	h->grid.origin[world] = -h->grid.origin[world];
}

/* The name of the space without its time, into name; "" when it is too long to be any. */
static void space_name(struct parser *p, char name[40])
{
	static const char *const with_time[][2] = {{"RAST", "RAS"}, {"LAST", "LAS"}, {"LPST", "LPS"}};
	const char *s = p->field[SPACE];
	size_t n = strlen(s);

	p->has_time = n > 5 && strcasecmp(s + n - 5, "-time") == 0;
	snprintf(name, 40, "%.*s", n < 40 ? (int)(p->has_time ? n - 5 : n) : 0, s);
	for (int i = 0; i < 3; i++)
		if (strcasecmp(s, with_time[i][0]) == 0) {
			p->has_time = true;
			snprintf(name, 40, "%s", with_time[i][1]);
		}
}

static int to_lps(struct parser *p, struct vol_head *h)
{
	static const struct {
		const char *name;
		bool flip_x, flip_y, patient;
	} spaces[] = {
		{"left-posterior-superior", false, false, true}, {"LPS", false, false, true},
		{"right-anterior-superior", true, true, true}, {"RAS", true, true, true},
		{"left-anterior-superior", false, true, true}, {"LAS", false, true, true},
		{"scanner-xyz", false, false, false}, {"3D-right-handed", false, false, false},
		{"3D-left-handed", false, true, false},
	};
	const char *s = p->field[SPACE];
	char name[40];

	if (!s) {
		uint64_t n;

		if (p->field[SPACE_DIMENSION] &&
		    (!parse_count(p->field[SPACE_DIMENSION], &n) || n != 3))
			return vol_fail(p->err, p->subject, "space dimension is '%.20s', not 3",
			                p->field[SPACE_DIMENSION]);
		if (p->field[DIRECTIONS])
			vol_warn(p->subject, "no patient space named: taken as left-posterior-superior");
		return 0;
	}
	space_name(p, name);
	for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
		if (strcasecmp(name, spaces[i].name) != 0)
			continue;
		if (spaces[i].flip_x)
			flip(h, 0);
		if (spaces[i].flip_y)
			flip(h, 1);
		if (!spaces[i].patient)
			vol_warn(p->subject, "space '%s' does not say how the patient lies: taken as left-%s-superior", s,
			         spaces[i].flip_y ? "anterior" : "posterior");
		return 0;
	}
	return vol_fail(p->err, p->subject, "space '%.40s' cannot be turned into left-posterior-superior", s);
}

static int to_mm(struct parser *p, struct vol_head *h)
{
	static const struct {
		const char *name;
		double mm;
	} units[] = {{"mm", 1}, {"millimeter", 1}, {"millimeters", 1}, {"", 1}, {"???", 1},
		     {"um", 1e-3}, {"cm", 10}, {"m", 1000}};
	const char *s = p->field[SPACE_UNITS];
	char word[64];
	double mm = 0;

	for (int w = 0; s && w < 3 && next_word(&s, word, sizeof word); w++) {
		double one = 0;

		for (size_t i = 0; i < sizeof units / sizeof *units; i++)
			if (strcmp(word, units[i].name) == 0)
				one = units[i].mm;
		if (one == 0 || (mm != 0 && one != mm))
			return vol_fail(p->err, p->subject, "space units '%.60s' are not all mm, um, cm or m",
			                p->field[SPACE_UNITS]);
		mm = one;
	}
	if (mm == 0 || mm == 1)
		return 0;
	for (int w = 0; w < 3; w++) {
		h->grid.origin[w] *= mm;
		for (int a = 0; a < 3; a++)
			h->grid.direction[a][w] *= mm;
	}
	return 0;
}

static int parse_space(struct parser *p, struct vol_head *h)
{
	double origin[4] = {0};

	if (p->field[ORIGIN] && !parse_vector(p->field[ORIGIN], origin, p->has_time ? 4 : 3))
		return bad(p, "space origin", p->field[ORIGIN]);
	memcpy(h->grid.origin, origin, sizeof h->grid.origin);
	p->time_start = origin[3];
	if (!p->field[ORIGIN])
		vol_warn(p->subject, "no 'space origin': first voxel taken to lie at 0,0,0 mm");
	if (p->field[FRAME])
		vol_warn(p->subject, "'measurement frame' is not carried on");
	if (to_lps(p, h) < 0)
		return -1;
	return to_mm(p, h);
}

/* ---- the data ---- */

static int parse_layout(struct parser *p, const struct vol_head *h, struct nrrd_layout *layout)
{
	const char *encoding = p->field[ENCODING] ? p->field[ENCODING] : "";
	const char *endian = p->field[ENDIAN];

	if (strcasecmp(encoding, "gz") == 0)
		encoding = "gzip";
	else if (strcasecmp(encoding, "bz2") == 0)
		encoding = "bzip2";
	else if (strcasecmp(encoding, "txt") == 0 || strcasecmp(encoding, "text") == 0)
		encoding = "ascii";
	if (!*encoding)
		return vol_fail(p->err, p->subject, "header has no encoding");
	for (size_t i = 0;; i++) {
		layout->encoding[i] = (char)tolower((unsigned char)encoding[i]);
		if (!encoding[i])
			break;
		if (i + 2 > sizeof layout->encoding)
			return bad(p, "encoding", encoding);
	}
	if (endian && strcasecmp(endian, "big") == 0)
		layout->big_endian = true;
	else if (endian && strcasecmp(endian, "little") != 0)
		return bad(p, "endian", endian);
	else if (!endian && voxel_size(h->type) > 1 && strcmp(layout->encoding, "ascii") != 0)
		return vol_fail(p->err, p->subject, "header has no endian");
	if (p->field[LINE_SKIP] && !parse_count(p->field[LINE_SKIP], &layout->line_skip))
		return bad(p, "line skip", p->field[LINE_SKIP]);
	if (p->field[BYTE_SKIP]) {
		char *end;

		errno = 0;
		layout->byte_skip = strtoll(p->field[BYTE_SKIP], &end, 10);
		if (errno || *end || end == p->field[BYTE_SKIP] || layout->byte_skip < -1)
			return bad(p, "byte skip", p->field[BYTE_SKIP]);
	}
	if (p->field[DATA_FILE]) {
		layout->data_file = strdup(p->field[DATA_FILE]);
		if (!layout->data_file)
			return vol_fail(p->err, p->subject, "out of memory");
	}
	return 0;
}

void nrrd_layout_free(struct nrrd_layout *layout)
{
	free(layout->data_file);
	memset(layout, 0, sizeof *layout);
}

/* When the entries of the list were, where the space has time. */
static void parse_time(struct parser *p, const struct vol_head *h, struct nrrd_layout *layout)
{
	const char *s = p->field[SPACE_UNITS];
	char word[64] = "";

	if (!p->has_time || !h->list)
		return;
	layout->time_start = p->time_start;
	layout->time_step = p->axis[p->dim - 1].time;
	for (int w = 0; w < 4; w++)
		if (!s || !next_word(&s, word, sizeof word))
			word[0] = '\0';
	snprintf(layout->time_unit, sizeof layout->time_unit, "%.7s", word);
}

static int understand(struct parser *p, struct vol_head *h, struct nrrd_layout *layout)
{
	char name[40];

	if (p->field[SPACE])
		space_name(p, name); /* how many numbers a vector has */
	if (p->field[BLOCK_SIZE])
		return vol_fail(p->err, p->subject, "type 'block' has no place in a volume stream");
	if (parse_type(p, h, layout) < 0 || parse_sizes(p) < 0 || parse_kinds(p) < 0 ||
	    parse_directions(p) < 0 || place_axes(p, h) < 0)
		return -1;
	/* the cheap refusals first: warnings about the space of a file we refuse are noise */
	if (parse_layout(p, h, layout) < 0 || parse_space(p, h) < 0)
		return -1;
	parse_time(p, h, layout);
	return vol_head_check(h, p->subject, p->err);
}

int vol_head_parse(const char *text, size_t len, struct vol_head *h, struct nrrd_layout *layout,
                   const char *subject, struct vol_err *err)
{
	struct parser p = {.subject = subject, .err = err};
	int rc;

	vol_head_init(h);
	memset(layout, 0, sizeof *layout);
	if (memchr(text, '\0', len))
		return vol_fail(err, subject, "header has a zero byte in it");
	p.text = strndup(text, len);
	if (!p.text)
		return vol_fail(err, subject, "out of memory");
	rc = take_lines(&p, h);
	if (rc == 0)
		rc = understand(&p, h, layout);
	free(p.text);
	if (rc < 0) {
		vol_head_free(h);
		nrrd_layout_free(layout);
		return -1;
	}
	SHA256Data((const uint8_t *)text, len, h->digest);
	return 0;
}

int vol_head_parse_stream(const char *text, size_t len, struct vol_head *h,
                          struct nrrd_layout *layout, const char *subject, struct vol_err *err)
{
	int rc = 0;

	if (vol_head_parse(text, len, h, layout, subject, err) < 0)
		return -1;
	if (layout->data_file)
		rc = vol_fail(err, subject, "voxels are in another file (%.200s): use nrrd2vol",
		              layout->data_file);
	else if (layout->whole64)
		rc = vol_fail(err, subject, "voxels are integers of 64 bits: use nrrd2vol");
	else if (strcmp(layout->encoding, "raw") != 0)
		rc = vol_fail(err, subject, "encoding is %s, not raw: use nrrd2vol", layout->encoding);
	else if (layout->byte_skip < 0)
		rc = vol_fail(err, subject, "byte skip -1 needs the whole file: use nrrd2vol");
	if (rc < 0) {
		vol_head_free(h);
		nrrd_layout_free(layout);
	}
	return rc;
}
