/* parrec_head.c - the text of a PAR file: general information, the columns, the table. */
#include <ctype.h>
#include <math.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bytes.h"
#include "parrec.h"

enum { TEXT_MAX = 16 << 20, LINE_MAX_BYTES = 4096, COLUMNS_MAX = 128, WHOLE_MAX = 1 << 30 };

/* Columns are known by how their names begin, blanks counted once. What version 3 says once for all images
 * stands under another name in the general information. */
static const struct column {
	const char *name, *general;
	enum parrec_field field;
	int numbers;
	bool whole, needed;
} columns[] = {
	{"slice number", NULL, PARREC_SLICE, 1, true, true},
	{"echo number", NULL, PARREC_ECHO, 1, true, true},
	{"dynamic scan number", NULL, PARREC_DYNAMIC, 1, true, true},
	{"cardiac phase number", NULL, PARREC_PHASE, 1, true, true},
	{"image_type_mr", NULL, PARREC_TYPE, 1, true, true},
	{"scanning sequence", NULL, PARREC_SEQUENCE, 1, true, false},
	{"index in rec file", NULL, PARREC_INDEX, 1, true, true},
	{"image pixel size", "image pixel size", PARREC_BITS, 1, true, true},
	{"recon resolution", "recon resolution", PARREC_SIZE, 2, true, true},
	{"rescale intercept", NULL, PARREC_INTERCEPT, 1, false, true},
	{"rescale slope", NULL, PARREC_SLOPE, 1, false, true},
	{"scale slope", NULL, PARREC_SCALE, 1, false, true},
	{"image angulation", NULL, PARREC_ANGLE, 3, false, true},
	{"image offcentre", NULL, PARREC_CENTRE, 3, false, true},
	{"slice thickness", "slice thickness", PARREC_THICKNESS, 1, false, true},
	{"slice gap", "slice gap", PARREC_GAP, 1, false, true},
	{"slice orientation", NULL, PARREC_ORIENTATION, 1, true, true},
	{"pixel spacing", NULL, PARREC_SPACING, 2, false, true},
	{"echo_time", NULL, PARREC_ECHO_TIME, 1, false, false},
	{"dyn_scan_begin_time", NULL, PARREC_BEGIN, 1, false, false},
	{"trigger_time", NULL, PARREC_TRIGGER, 1, false, false},
	{"diffusion_b_factor", NULL, PARREC_B, 1, false, false},
	{"number of averages", "number of averages", PARREC_AVERAGES, 1, true, false},
	{"image_flip_angle", NULL, PARREC_FLIP, 1, false, false},
	{"diffusion b value number", NULL, PARREC_B_NUMBER, 1, true, false},
	{"gradient orientation number", NULL, PARREC_GRADIENT, 1, true, false},
	{"diffusion (", NULL, PARREC_DIRECTION, 3, false, false},
	{"label type", NULL, PARREC_LABEL, 1, true, false},
};

enum { COLUMNS = sizeof columns / sizeof *columns };

struct parser {
	const char *subject;
	struct vol_err *err;
	struct parrec_head *h;
	double general[PARREC_FIELDS];     /* what goes for all images */
	const struct column *column[COLUMNS_MAX]; /* by position in the line; NULL: of no use here */
	int width;                         /* numbers and words in a line of the table */
	size_t room;                       /* images that h->images has room for */
	size_t line;
	enum { GENERAL, DEFINITION, TABLE } part;
};

/* ---- words ---- */

static bool begins(const char *s, const char *with)
{
	return strncasecmp(s, with, strlen(with)) == 0;
}

/* Blanks once, none at the ends, in place. */
static void tidy(char *s)
{
	char *to = s;

	for (const char *from = s; *from; from++)
		if (!isspace((unsigned char)*from))
			*to++ = *from;
		else if (to > s && to[-1] != ' ')
			*to++ = ' ';
	if (to > s && to[-1] == ' ')
		to--;
	*to = '\0';
}

/* The next word of a tidy line, ended in place; NULL after the last. */
static char *word(char **s)
{
	char *w = *s, *end = strchr(w, ' ');

	if (!*w)
		return NULL;
	*s = end ? end + 1 : w + strlen(w);
	if (end)
		*end = '\0';
	return w;
}

static bool number(const char *w, double *x)
{
	return w && vol_parse_number(w, x) && isfinite(*x);
}

static bool whole_number(double x)
{
	return x == floor(x) && fabs(x) <= WHOLE_MAX;
}

/* Up to n numbers of text; returns how many there are from its start on, at most n + 1. */
static int numbers(const char *text, double *x, int n)
{
	char copy[LINE_MAX_BYTES], *s = copy;
	double one;
	int got = 0;

	snprintf(copy, sizeof copy, "%s", text);
	tidy(copy);
	while (got <= n && number(word(&s), &one)) {
		if (got < n)
			x[got] = one;
		got++;
	}
	return got;
}

/* ---- general information ---- */

static int bad_general(struct parser *p, const char *name, const char *value)
{
	return vol_fail(p->err, p->subject, "line %zu: '%.60s' is '%.60s'", p->line, name, value);
}

static int take_count(struct parser *p, const char *name, const char *value, int *n)
{
	double x;

	if (numbers(value, &x, 1) != 1 || !whole_number(x) || x < 0)
		return bad_general(p, name, value);
	*n = (int)x;
	return 0;
}

/* "Head First Supine" to "HFS", what DICOM calls it. */
static void take_position(struct parser *p, const char *value)
{
	static const char *const known[] = {"Head First Supine", "Head First Prone", "Feet First Supine",
	                                    "Feet First Prone"};
	static const char *const code[] = {"HFS", "HFP", "FFS", "FFP"};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcasecmp(value, known[i]) == 0)
			snprintf(p->h->position, sizeof p->h->position, "%s", code[i]);
}

static int take_for_all(struct parser *p, const char *name, const char *value)
{
	for (int i = 0; i < COLUMNS; i++) {
		const struct column *c = &columns[i];

		if (!c->general || !begins(name, c->general))
			continue;
		if (numbers(value, &p->general[c->field], c->numbers) != c->numbers ||
		    (c->whole && !whole_number(p->general[c->field])))
			return bad_general(p, name, value);
		p->h->has[c->field] = true;
	}
	return 0;
}

/* ".  NAME : VALUE". Of all that identifies somebody nothing is even looked at. */
static int take_general(struct parser *p, char *line)
{
	struct parrec_head *h = p->h;
	char *name = line + 1, *value = strchr(name, ':');

	if (!value)
		return vol_fail(p->err, p->subject, "line %zu: general information without a colon", p->line);
	*value++ = '\0';
	tidy(name);
	tidy(value);
	if (begins(name, "max. number of slices"))
		return take_count(p, name, value, &h->slices);
	if (begins(name, "max. number of dynamics"))
		return take_count(p, name, value, &h->dynamics);
	if (begins(name, "diffusion <") || strcasecmp(name, "diffusion") == 0) {
		int yes = 0;

		if (take_count(p, name, value, &yes) < 0)
			return -1;
		h->diffusion = yes != 0;
	} else if (begins(name, "angulation midslice")) {
		h->has_angle = numbers(value, h->angle, 3) == 3;
	} else if (begins(name, "off centre midslice")) {
		h->has_centre = numbers(value, h->centre, 3) == 3;
	} else if (begins(name, "repetition time")) {
		h->repetition_times = numbers(value, &h->repetition_time, 1);
	} else if (begins(name, "patient position")) {
		take_position(p, value);
	}
	return take_for_all(p, name, value);
}

/* ---- the columns ---- */

/* "#  image offcentre (ap,fh,rl in mm )        (3*float)" */
static int take_definition(struct parser *p, char *line)
{
	static const char *const kinds[] = {"integer)", "float)", "string)"};
	char *name = line + 1, *kind;
	long n = 1;
	bool known = false;

	tidy(name);
	kind = strrchr(name, '(');
	if (!kind)
		return 0; /* the sentence above the columns, or nothing at all */
	kind++;
	if (isdigit((unsigned char)*kind)) {
		n = strtol(kind, &kind, 10);
		if (*kind++ != '*')
			n = 0;
	}
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		known |= begins(kind, kinds[i]);
	if (!known || n < 1 || n > COLUMNS_MAX - p->width)
		return vol_fail(p->err, p->subject, "line %zu: '%.60s' does not define a column", p->line, name);
	for (int i = 0; i < COLUMNS; i++) {
		if (!begins(name, columns[i].name))
			continue;
		if (columns[i].numbers != n)
			return vol_fail(p->err, p->subject, "line %zu: '%.60s' is of %ld numbers, not %d", p->line,
			                columns[i].name, n, columns[i].numbers);
		for (int k = 0; k < p->width; k++)
			if (p->column[k] == &columns[i])
				return vol_fail(p->err, p->subject, "line %zu: column '%s' is there twice", p->line,
				                columns[i].name);
		p->column[p->width] = &columns[i];
		p->h->has[columns[i].field] = true;
	}
	p->width += (int)n;
	return 0;
}

static int check_columns(struct parser *p)
{
	if (p->width == 0)
		return vol_fail(p->err, p->subject, "line %zu: the table has no definition of its columns", p->line);
	for (int i = 0; i < COLUMNS; i++)
		if (columns[i].needed && !p->h->has[columns[i].field])
			return vol_fail(p->err, p->subject, "nothing says '%s': not a PAR file of version 3 to 4.2",
			                columns[i].name);
	return 0;
}

/* ---- the table ---- */

static int take_image(struct parser *p, char *line)
{
	struct parrec_image *image;
	char *w;
	int at = 0;

	if (p->h->n == 0 && check_columns(p) < 0)
		return -1;
	if (p->h->n == p->room) {
		struct parrec_image *more = realloc(p->h->images, (p->room = 64 + 2 * p->room) * sizeof *more);

		if (!more)
			return vol_fail(p->err, p->subject, "out of memory");
		p->h->images = more;
	}
	image = &p->h->images[p->h->n];
	memcpy(image->v, p->general, sizeof image->v);
	image->line = p->line;
	image->repeat = 0;
	tidy(line);
	const struct column *c = NULL;
	int begun = 0;

	while ((w = word(&line))) {
		double x = 0;

		if (at < p->width && p->column[at]) {
			c = p->column[at];
			begun = at;
		}
		if (c && at - begun < c->numbers) {
			if (!number(w, &x) || (c->whole && !whole_number(x)))
				return vol_fail(p->err, p->subject, "line %zu: '%s' is '%.40s'", p->line, c->name, w);
			image->v[c->field + at - begun] = x;
		}
		at++;
	}
	if (at != p->width)
		return vol_fail(p->err, p->subject, "line %zu: %d columns, where %d are defined", p->line, at, p->width);
	p->h->n++;
	return 0;
}

static int take_line(struct parser *p, char *line)
{
	line += strspn(line, " \t\r");
	if (!*line || p->h->ended)
		return 0;
	if (*line == '#') {
		if (strstr(line, "END OF DATA DESCRIPTION"))
			p->h->ended = true;
		else if (strstr(line, "= IMAGE INFORMATION DEFINITION ="))
			p->part = DEFINITION;
		else if (strstr(line, "= IMAGE INFORMATION ="))
			p->part = TABLE;
		else if (p->part == DEFINITION)
			return take_definition(p, line);
		return 0;
	}
	if (*line == '.' && p->part == GENERAL)
		return take_general(p, line);
	if (p->part == TABLE)
		return take_image(p, line);
	return vol_fail(p->err, p->subject, "line %zu is neither a comment nor general information", p->line);
}

/* ---- the file ---- */

static char *read_text(struct bytes *b, size_t *len, struct vol_err *err)
{
	size_t room = 0;
	char *text = NULL;
	ssize_t got;

	*len = 0;
	do {
		if (*len + LINE_MAX_BYTES + 1 > room) {
			char *more = realloc(text, room = 2 * room + 16 * LINE_MAX_BYTES);

			if (!more) {
				vol_fail(err, bytes_name(b), "out of memory");
				break;
			}
			text = more;
		}
		got = bytes_read(b, text + *len, room - 1 - *len, err);
		if (got < 0)
			break;
		*len += (size_t)got;
		text[*len] = '\0';
		if (got == 0)
			return text;
	} while (*len <= TEXT_MAX || vol_fail(err, bytes_name(b), "is over 16 MiB: no PAR file") == 0);
	free(text);
	return NULL;
}

static int parse(struct parser *p, char *text, size_t len)
{
	if (len == 0)
		return vol_fail(p->err, p->subject, "is empty: nothing came to read");
	if (!vol_format_parrec.sniff((unsigned char *)text, len))
		return vol_fail(p->err, p->subject, "is not a PAR file (no '# === DATA DESCRIPTION FILE' in front)");
	if (strlen(text) != len)
		return vol_fail(p->err, p->subject, "byte %zu is zero: no text", strlen(text));
	for (char *line = text, *end; *line; line = end) {
		end = line + strcspn(line, "\n");
		if (end - line >= LINE_MAX_BYTES)
			return vol_fail(p->err, p->subject, "line %zu is longer than %d bytes", p->line + 1,
			                LINE_MAX_BYTES);
		if (*end)
			*end++ = '\0';
		p->line++;
		if (take_line(p, line) < 0)
			return -1;
	}
	if (p->h->n == 0)
		return vol_fail(p->err, p->subject, "its table has no images");
	return 0;
}

int parrec_head_read(struct parrec_head *h, const char *path, struct vol_err *err)
{
	struct parser p = {.subject = path, .err = err, .h = h};
	struct bytes *b = bytes_open_plain(path, err);
	char *text;
	size_t len;
	int rc;

	memset(h, 0, sizeof *h);
	if (!b)
		return -1;
	text = read_text(b, &len, err);
	bytes_close(b);
	if (!text)
		return -1;
	SHA256Data((unsigned char *)text, len, h->digest);
	rc = parse(&p, text, len);
	free(text);
	if (rc < 0)
		parrec_head_free(h);
	return rc;
}

void parrec_head_free(struct parrec_head *h)
{
	free(h->images);
	h->images = NULL;
	h->n = 0;
}
