#include "contours.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/keys.h"
#include "io/outfile.h"

enum { BUFFER = 64 << 10, LINE = 128 };

struct contours_out {
	struct outfile *file;
	const struct vol_grid *grid;
	bool mm;
	int decimals;              /* of mm */
	uint64_t slice;
	uint32_t label;            /* the last that the text has; 0: none yet */
	size_t used;
	char buf[BUFFER];
};

static int flush(struct contours_out *o, struct vol_err *err)
{
	size_t n = o->used;

	o->used = 0;
	return n ? outfile_write(o->file, o->buf, n, err) : 0;
}

/* Room for a line. */
static char *line(struct contours_out *o, struct vol_err *err)
{
	if (o->used + LINE > BUFFER && flush(o, err) < 0)
		return NULL;
	return o->buf + o->used;
}

static int put(struct contours_out *o, const char *text, size_t n, struct vol_err *err)
{
	while (n) {
		size_t part = n < BUFFER - o->used ? n : BUFFER - o->used;

		memcpy(o->buf + o->used, text, part);
		o->used += part;
		text += part;
		n -= part;
		if (o->used == BUFFER && flush(o, err) < 0)
			return -1;
	}
	return 0;
}

static int put_line(struct contours_out *o, struct vol_err *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int put_line(struct contours_out *o, struct vol_err *err, const char *fmt, ...)
{
	char text[LINE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return put(o, text, strlen(text), err);
}

/* A line of "N name" for each label that has one; what would not read back as such is left out. */
static int put_names(struct contours_out *o, const struct vol_head *head, struct vol_err *err)
{
	const char *s = key_get(head, "labels");

	for (size_t n; s && *s; s += n, s += *s == '\n') {
		char *end;
		unsigned long long label;
		bool good;

		n = strcspn(s, "\n");
		label = strtoull(s, &end, 10);
		good = *s >= '0' && *s <= '9' && label >= 1 && label <= UINT32_MAX && n < 4000 && *end == ' ';
		for (size_t i = 0; good && i < n; i++)
			good = (unsigned char)s[i] >= ' ' && s[i] != 127;
		if (good && (put(o, "label ", 6, err) < 0 || put(o, s, n, err) < 0 || put(o, "\n", 1, err) < 0))
			return -1;
	}
	return 0;
}

/* Decimals of mm that keep a place within some 1e-5 pixels, also where axes lie close together. */
static int decimals_for(const struct vol_grid *g)
{
	double volume = 1, least = INFINITY, n;

	for (int k = 0; k < 3; k++) {
		double s = grid_spacing(g, k);

		volume *= s;
		least = s < least ? s : least;
	}
	n = ceil(5 - log10(least * fabs(grid_det(g)) / volume));
	return n < 0 ? 0 : n > 17 ? 17 : (int)n;
}

struct contours_out *contours_create(const char *path, int flags, const struct vol_head *head, bool mm,
                                     struct vol_err *err)
{
	const struct vol_grid *g = &head->grid;
	struct contours_out *o = malloc(sizeof *o);
	int rc;

	if (!o) {
		vol_fail(err, "", "out of memory");
		return NULL;
	}
	o->file = outfile_create(path, flags, err);
	if (!o->file) {
		free(o);
		return NULL;
	}
	o->grid = g;
	o->mm = mm;
	o->used = 0;
	o->label = 0;
	o->slice = UINT64_MAX;
	o->decimals = decimals_for(g);
	rc = put_line(o, err, "# contours, see volcontour(5)\nunit %s\n", mm ? "mm" : "pixel");
	/* pixels of another grid would be other places */
	if (rc == 0 && !mm)
		rc = put_line(o, err, "size %llu %llu %llu\n", (unsigned long long)g->size[0],
		              (unsigned long long)g->size[1], (unsigned long long)g->size[2]);
	if (rc == 0)
		rc = put_names(o, head, err);
	if (rc == 0)
		return o;
	contours_abandon(o);
	return NULL;
}

/* n - 1/2 */
static int half_below(char *s, size_t n)
{
	return n ? sprintf(s, "%zu.5", n - 1) : sprintf(s, "-0.5");
}

/* A number with at most so many decimals, and no zeros at its end. */
static int rounded(char *s, double v, int decimals)
{
	int n = snprintf(s, 40, "%.*f", decimals, v);

	if (n >= 40)
		return snprintf(s, 40, "%.17g", v);
	while (decimals && s[n - 1] == '0')
		n--;
	if (decimals && s[n - 1] == '.')
		n--;
	s[n] = '\0';
	if (strcmp(s, "-0") == 0)
		return sprintf(s, "0");
	return n;
}

static int put_point(struct contours_out *o, uint64_t slice, const struct outline_corner *c, struct vol_err *err)
{
	char *s = line(o, err), *at = s;
	double mm[3];

	if (!s)
		return -1;
	if (o->mm) {
		grid_point(o->grid, (double[3]){(double)c->x - 0.5, (double)c->y - 0.5, (double)slice}, mm);
		for (int k = 0; k < 3; k++) {
			at += rounded(at, mm[k], o->decimals);
			*at++ = k < 2 ? ' ' : '\n';
		}
	} else {
		at += half_below(at, c->x);
		*at++ = ' ';
		at += half_below(at, c->y);
		*at++ = '\n';
	}
	o->used += (size_t)(at - s);
	return 0;
}

int contours_put(struct contours_out *o, uint64_t slice, uint32_t label, const struct outline_corner *corner,
                 size_t n, struct vol_err *err)
{
	int rc = put_line(o, err, "\n");

	if (rc == 0 && slice != o->slice)
		rc = put_line(o, err, "%sslice %llu\n", o->mm ? "# " : "", (unsigned long long)slice);
	if (rc == 0 && label != o->label)
		rc = put_line(o, err, "label %lu\n", (unsigned long)label);
	o->slice = slice;
	o->label = label;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = put_point(o, slice, &corner[i], err);
	return rc;
}

int contours_finish(struct contours_out *o, struct vol_err *err)
{
	int rc = flush(o, err);

	if (rc == 0)
		rc = outfile_commit(o->file, err);
	else
		outfile_abandon(o->file);
	free(o);
	return rc;
}

void contours_abandon(struct contours_out *o)
{
	if (!o)
		return;
	outfile_abandon(o->file);
	free(o);
}
