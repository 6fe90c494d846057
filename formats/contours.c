/* contours.c - reading volcontour(5); contours_write.c writes it. */
#include "contours.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

enum { LINE_MAX_ = 4096, BLOCK = 64 << 10 };

struct name {
	uint32_t label;
	uint64_t line;
	char *text;                /* owned */
};

struct reader {
	const struct contours_how *how;
	struct contours *c;
	struct vol_err *err;
	uint64_t line;             /* that is being read, from 1 */

	/* what holds for the points that follow */
	bool mm;
	enum { NOWHERE, ON_SLICE, AT_Z } place;
	int64_t slice;
	double z;
	uint32_t label;

	/* the contour that is being read */
	bool open;
	int numbers;               /* in each of its points, 2 or 3 */
	int64_t on;                /* its slice */
	size_t first;
	uint64_t begun;            /* line */

	struct name *name;
	size_t names, name_room, room, point_room;

	double inverse[3][3];      /* mm from the origin to steps along the axes */
	double apart;              /* mm between the planes of neighbouring slices */
	double tolerance;
};

/* ---- what is wrong ---- */

static int bad_at(struct reader *r, uint64_t line, const char *what)
{
	char subject[sizeof r->err->subject];

	snprintf(subject, sizeof subject, "%.4000s:%llu", r->c->subject, (unsigned long long)line);
	return vol_fail(r->err, subject, "%s", what);
}

#define BAD(r, ...) \
	__extension__({ \
		char what_[512]; \
		snprintf(what_, sizeof what_, __VA_ARGS__); \
		bad_at(r, (r)->line, what_); \
	})

static int no_memory(struct reader *r)
{
	return vol_fail(r->err, r->c->subject, "out of memory");
}

/* Room for one more. */
static bool grow(void **at, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : 64;
	void *p;

	if (n < *room)
		return true;
	p = realloc(*at, more * size);
	if (!p)
		return false;
	*at = p;
	*room = more;
	return true;
}

/* ---- the grid ---- */

static void cross(const double a[3], const double b[3], double out[3])
{
	for (int k = 0; k < 3; k++)
		out[k] = a[(k + 1) % 3] * b[(k + 2) % 3] - a[(k + 2) % 3] * b[(k + 1) % 3];
}

static void look_at_grid(struct reader *r)
{
	const struct vol_grid *g = r->how->grid;
	double det = grid_det(g), area;

	for (int k = 0; k < 3; k++) {
		cross(g->direction[(k + 1) % 3], g->direction[(k + 2) % 3], r->inverse[k]);
		for (int w = 0; w < 3; w++)
			r->inverse[k][w] /= det;
	}
	area = sqrt(r->inverse[2][0] * r->inverse[2][0] + r->inverse[2][1] * r->inverse[2][1] +
	            r->inverse[2][2] * r->inverse[2][2]);
	r->apart = 1 / area;
	r->tolerance = r->how->tolerance;
	if (isnan(r->tolerance))
		r->tolerance = fmin(0.1, 0.1 * r->apart);
}

/* x y z in mm to an index. */
static void index_of(const struct reader *r, const double mm[3], double index[3])
{
	const double *o = r->how->grid->origin;

	for (int k = 0; k < 3; k++)
		index[k] = (mm[0] - o[0]) * r->inverse[k][0] + (mm[1] - o[1]) * r->inverse[k][1] +
		           (mm[2] - o[2]) * r->inverse[k][2];
}

/* x y in mm to an index on a slice: the point of its plane that has these two. */
static int index_on_slice(struct reader *r, const double mm[2], double index[3])
{
	const struct vol_grid *g = r->how->grid;
	const double *a = g->direction[0], *b = g->direction[1], k = (double)r->slice;
	double x = mm[0] - g->origin[0] - k * g->direction[2][0], y = mm[1] - g->origin[1] - k * g->direction[2][1];
	double det = a[0] * b[1] - a[1] * b[0];

	if (!(fabs(det) > 1e-6 * grid_spacing(g, 0) * grid_spacing(g, 1)))
		return BAD(r, "x and y are no place on a slice of this volume, whose planes stand upright: give x y z");
	index[0] = (x * b[1] - y * b[0]) / det;
	index[1] = (y * a[0] - x * a[1]) / det;
	index[2] = k;
	return 0;
}

/* ---- points ---- */

static int close_contour(struct reader *r)
{
	struct contours *c = r->c;
	size_t n = c->points - r->first;

	if (!r->open)
		return 0;
	r->open = false;
	/* some texts give the first point again at the end */
	if (n > 1 && c->point[r->first].x == c->point[c->points - 1].x &&
	    c->point[r->first].y == c->point[c->points - 1].y) {
		c->points--;
		n--;
	}
	if (n < 3)
		return bad_at(r, r->begun, n == 1 ? "a contour of 1 point encloses nothing: it takes 3"
		                                  : "a contour of 2 points encloses nothing: it takes 3");
	if (r->on < 0 || (uint64_t)r->on >= r->how->grid->size[2]) {
		if (c->outside++ == 0)
			c->outside_line = r->begun;
		c->points = r->first;
		return 0;
	}
	if (!grow((void **)&c->at, c->n, &r->room, sizeof *c->at))
		return no_memory(r);
	c->at[c->n++] = (struct contour){(uint64_t)r->on, r->label, r->first, n};
	return 0;
}

static int place(struct reader *r, const double *v, int n, double index[3])
{
	if (n == 3 && r->mm) {
		index_of(r, v, index);
	} else if (n == 3) {
		memcpy(index, v, 3 * sizeof *v);
	} else if (r->place == NOWHERE) {
		return BAD(r, "a point of two numbers, and neither 'slice' nor 'z' before it: --slice says where");
	} else if (r->place == AT_Z && !r->mm) {
		return BAD(r, "'z' is for points in mm: pixels go with 'slice'");
	} else if (r->place == AT_Z) {
		index_of(r, (double[3]){v[0], v[1], r->z}, index);
	} else if (r->mm) {
		return index_on_slice(r, v, index);
	} else {
		index[0] = v[0];
		index[1] = v[1];
		index[2] = (double)r->slice;
	}
	return 0;
}

static int add_point(struct reader *r, const double *v, int n)
{
	struct contours *c = r->c;
	struct polygon_point p;
	double index[3] = {0}, off;

	if (r->open && n != r->numbers)
		return BAD(r, "a point of %d numbers in a contour whose others have %d", n, r->numbers);
	if (place(r, v, n, index) < 0)
		return -1;
	if (!polygon_fix(index[0], &p.x) || !polygon_fix(index[1], &p.y) || !(fabs(index[2]) <= POLYGON_FAR))
		return BAD(r, "a point over %.0g voxels from the volume", POLYGON_FAR);
	if (!r->open) {
		r->open = true;
		r->numbers = n;
		r->on = llrint(index[2]);
		r->first = c->points;
		r->begun = r->line;
		if (r->label > c->greatest)
			c->greatest = r->label;
	}
	off = fabs(index[2] - (double)r->on) * r->apart;
	if (!(off <= r->tolerance))
		return BAD(r, "point lies %.4g mm off the plane of slice %lld%s: --distance allows more", off,
		           (long long)r->on, r->line == r->begun ? "" : ", on which its contour begins");
	if (!grow((void **)&c->point, c->points, &r->point_room, sizeof *c->point))
		return no_memory(r);
	c->point[c->points++] = p;
	return 0;
}

/* ---- lines ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next word of a line, ended with a NUL; NULL: there is none, or a comment. Words are parted by
 * blanks, or by a comma with or without them. */
static char *next_word(char **s)
{
	char *word = *s + strspn(*s, " \t"), *end;

	if (*word == '\0' || *word == '#')
		return NULL;
	end = word + strcspn(word, " \t,");
	*s = end + strspn(end, " \t");
	if (**s == ',') {
		++*s;
		*s += strspn(*s, " \t");
	}
	*end = '\0';
	return word;
}

static int read_point(struct reader *r, char *s)
{
	double v[3];
	int n = 0;

	for (char *word; (word = next_word(&s)); n++) {
		if (n == 3)
			return BAD(r, "over three numbers on a line: a point is x y or x y z");
		if (!vol_parse_number(word, &v[n]))
			return BAD(r, "'%.100s' is no number", word);
		if (!isfinite(v[n]))
			return BAD(r, "'%.100s' is no place", word);
	}
	if (n < 2)
		return BAD(r, "one number: a point is x y or x y z");
	return add_point(r, v, n);
}

/* The value of a keyword that takes one, a number. */
static int one_number(struct reader *r, const char *keyword, char *s, double *v)
{
	char *word = next_word(&s);

	if (!word || next_word(&s))
		return BAD(r, "'%s' takes one number", keyword);
	if (!vol_parse_number(word, v) || !isfinite(*v))
		return BAD(r, "'%.100s' is no number", word);
	return 0;
}

static int read_unit(struct reader *r, char *s)
{
	char *word = next_word(&s);

	if (word && !next_word(&s) && (strcmp(word, "mm") == 0 || strcmp(word, "pixel") == 0)) {
		r->mm = *word == 'm';
		return 0;
	}
	return BAD(r, "'unit' is mm or pixel");
}

static int read_slice(struct reader *r, char *s)
{
	double v;

	if (one_number(r, "slice", s, &v) < 0)
		return -1;
	if (v != floor(v) || !(fabs(v) <= POLYGON_FAR))
		return BAD(r, "'slice' takes a whole number, the first slice is 0");
	r->place = ON_SLICE;
	r->slice = (int64_t)v;
	return 0;
}

static int read_z(struct reader *r, char *s)
{
	if (one_number(r, "z", s, &r->z) < 0)
		return -1;
	r->place = AT_Z;
	return 0;
}

static int read_size(struct reader *r, char *s)
{
	const uint64_t *size = r->how->grid->size;
	bool same = true;
	char *word;
	int n = 0;

	for (; (word = next_word(&s)); n++) {
		double v;

		if (n == 3 || !vol_parse_number(word, &v) || !(v >= 1 && v == floor(v)))
			return BAD(r, "'size' takes three whole numbers");
		same &= v == (double)size[n];
	}
	if (n != 3)
		return BAD(r, "'size' takes three whole numbers");
	return same ? 0 : BAD(r, "contours for a volume of another size; this one has %llu %llu %llu",
	                      (unsigned long long)size[0], (unsigned long long)size[1], (unsigned long long)size[2]);
}

static int read_label(struct reader *r, char *s)
{
	char *word = s + strspn(s, " \t"), *end;
	unsigned long long n;
	size_t len;

	errno = 0;
	n = strtoull(word, &end, 10);
	if (*word < '0' || *word > '9' || errno || n < 1 || n > UINT32_MAX || (*end && !is_blank(*end)))
		return BAD(r, "'label' takes a whole number from 1 to 4294967295, and a name");
	r->label = (uint32_t)n;
	if (r->label > r->c->greatest)
		r->c->greatest = r->label;
	end += strspn(end, " \t");
	for (len = strlen(end); len && is_blank(end[len - 1]);)
		len--;
	if (len == 0)
		return 0;
	if (!grow((void **)&r->name, r->names, &r->name_room, sizeof *r->name))
		return no_memory(r);
	r->name[r->names] = (struct name){r->label, r->line, strndup(end, len)};
	if (!r->name[r->names].text)
		return no_memory(r);
	r->names++;
	return 0;
}

static int read_line(struct reader *r, char *s, size_t len)
{
	static const struct {
		const char *word;
		int (*read)(struct reader *, char *);
	} keywords[] = {{"unit", read_unit}, {"label", read_label}, {"slice", read_slice}, {"z", read_z},
	                {"size", read_size}, {"contour", NULL}};
	size_t n;

	if (len && s[len - 1] == '\r')
		s[--len] = '\0';
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < ' ' ? s[i] != '\t' : s[i] == 127)
			return BAD(r, "is no text: a byte of value %d", s[i]);
	if (r->line == 1 && strncmp(s, "\xef\xbb\xbf", 3) == 0)
		s += 3; /* the mark that some editors put before UTF-8 */
	s += strspn(s, " \t");
	if (*s == '#')
		return 0;
	if (*s && strchr("0123456789+-.,", *s))
		return read_point(r, s);
	/* everything else ends a contour */
	if (close_contour(r) < 0)
		return -1;
	if (!*s)
		return 0;
	n = strcspn(s, " \t");
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
		if (strncmp(s, keywords[i].word, n) == 0 && keywords[i].word[n] == '\0') {
			if (keywords[i].read)
				return keywords[i].read(r, s + n);
			return s[n + strspn(s + n, " \t")] ? BAD(r, "'contour' stands alone on its line") : 0;
		}
	return BAD(r, "'%.60s' begins neither a point nor a line of unit, size, label, slice, z or contour", s);
}

static int read_lines(struct reader *r, struct bytes *in)
{
	char line[LINE_MAX_], *block = malloc(BLOCK);
	ssize_t got = 0;
	size_t len = 0;
	int rc = block ? 0 : no_memory(r);

	r->line = 1;
	while (rc == 0 && (got = bytes_read(in, block, BLOCK, r->err)) > 0)
		for (ssize_t i = 0; rc == 0 && i < got;) {
			char *end = memchr(block + i, '\n', (size_t)(got - i));
			size_t n = end ? (size_t)(end - block - i) : (size_t)(got - i);

			if (len + n >= sizeof line) {
				rc = BAD(r, "is no text of contours: a line of over %d characters", LINE_MAX_ - 1);
				break;
			}
			memcpy(line + len, block + i, n);
			len += n;
			i += (ssize_t)n + (end != NULL);
			if (!end)
				break;
			line[len] = '\0';
			rc = read_line(r, line, len);
			len = 0;
			r->line++;
		}
	free(block);
	if (got < 0)
		rc = -1;
	if (rc == 0 && len) {
		line[len] = '\0';
		rc = read_line(r, line, len);
	}
	return rc < 0 ? rc : close_contour(r);
}

/* ---- in order ---- */

static int by_slice(const void *a, const void *b)
{
	const struct contour *p = a, *q = b;

	if (p->slice != q->slice)
		return p->slice < q->slice ? -1 : 1;
	return (p->label > q->label) - (p->label < q->label);
}

static int by_label(const void *a, const void *b)
{
	const struct name *p = a, *q = b;

	if (p->label != q->label)
		return p->label < q->label ? -1 : 1;
	return (p->line > q->line) - (p->line < q->line);
}

/* The names as a table; a label has one. */
static int list_names(struct reader *r)
{
	size_t bytes = 1, at = 0;
	struct name *n = r->name;

	if (r->names == 0)
		return 0;
	qsort(n, r->names, sizeof *n, by_label);
	for (size_t i = 0; i < r->names; i++) {
		bytes += strlen(n[i].text) + 16;
		if (i && n[i].label == n[i - 1].label && strcmp(n[i].text, n[i - 1].text) != 0) {
			r->line = n[i].line;
			return BAD(r, "label %u is '%.60s' here, '%.60s' on line %llu", n[i].label, n[i].text, n[i - 1].text,
			           (unsigned long long)n[i - 1].line);
		}
	}
	r->c->names = malloc(bytes);
	if (!r->c->names)
		return no_memory(r);
	for (size_t i = 0; i < r->names; i++)
		if (i == 0 || n[i].label != n[i - 1].label)
			at += (size_t)sprintf(r->c->names + at, "%s%u %s", at ? "\n" : "", n[i].label, n[i].text);
	return 0;
}

int contours_read(struct contours *c, const char *path, const struct contours_how *how, struct vol_err *err)
{
	struct bytes *in = bytes_open(path, err);
	struct reader r = {.how = how, .c = c, .err = err, .mm = how->mm, .label = 1};
	int rc;

	*c = (struct contours){0};
	if (!in)
		return -1;
	if (how->slice >= 0 || how->grid->size[2] == 1) {
		r.place = ON_SLICE;
		r.slice = how->slice >= 0 ? how->slice : 0;
	}
	look_at_grid(&r);
	c->subject = strdup(bytes_name(in));
	rc = c->subject ? read_lines(&r, in) : vol_fail(err, "", "out of memory");
	bytes_close(in);
	if (rc == 0)
		rc = list_names(&r);
	if (rc == 0 && c->n)
		qsort(c->at, c->n, sizeof *c->at, by_slice);
	for (size_t i = 0; i < r.names; i++)
		free(r.name[i].text);
	free(r.name);
	return rc;
}

void contours_free(struct contours *c)
{
	free(c->at);
	free(c->point);
	free(c->names);
	free(c->subject);
	*c = (struct contours){0};
}
