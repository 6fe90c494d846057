#include "structures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dcmtk.h"
#include "read.h"

enum { TEXT = 1024 };

#define RTSTRUCT "1.2.840.10008.5.1.4.1.1.481.3"

struct maker {
	struct structures *s;
	const struct structures_how *how;
	const char *path;
	struct dcmtk_header *h;
	struct vol_err *err;
	size_t room, contour_room, point_room;
	struct grid_affine index;  /* mm to voxels */
	double apart, tolerance, plane; /* mm: between slices; see structures_how; within which heights are the same */
	/* in work */
	struct structure *structure;
	size_t number;             /* contour of it, from 1 */
	bool refers, known;
};

#define WRONG(m, reason, ...) \
	__extension__({ \
		char what_[400]; \
		snprintf(what_, sizeof what_, __VA_ARGS__); \
		vol_fail((m)->err, (m)->path, "%s [%s]", what_, reason); \
	})

static int no_memory(const struct maker *m)
{
	return vol_fail(m->err, m->path, "out of memory");
}

/* Room for n more. */
static bool grow(void **at, size_t have, size_t n, size_t *room, size_t size)
{
	size_t want = have + n > 2 * *room ? have + n + 16 : 2 * *room;
	void *p;

	if (have + n <= *room)
		return true;
	p = reallocarray(*at, want, size);
	if (!p)
		return false;
	*at = p;
	*room = want;
	return true;
}

static bool whole(const char *s, long *n)
{
	char *end;

	*n = s ? strtol(s, &end, 10) : 0;
	return s && *s && *end == '\0';
}

/* ---- structures ---- */

static int take_structure(void *ctx, struct dcmtk_item *item)
{
	struct maker *m = ctx;
	struct structures *s = m->s;
	char buf[TEXT], utf8[TEXT];
	struct structure *r;
	const char *t;

	if (!grow((void **)&s->at, s->n, 1, &m->room, sizeof *s->at))
		return no_memory(m);
	r = &s->at[s->n];
	*r = (struct structure){0};
	if (!whole(dcmtk_item_text(m->h, item, 0x30060022, buf, sizeof buf), &r->number))
		return WRONG(m, "unsupported", "structure %zu has no sound ROINumber (3006,0022)", s->n + 1);
	t = dcmtk_item_text(m->h, item, 0x30060026, buf, sizeof buf);
	if (t)
		t = dcmtk_utf8(m->h, t, utf8, sizeof utf8);
	else
		snprintf(utf8, sizeof utf8, "ROI %ld", r->number);
	r->name = strdup(t ? t : utf8);
	s->n++;
	for (char *c = r->name; c && *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127)
			*c = ' ';
	t = dcmtk_item_text(m->h, item, 0x30060024, buf, sizeof buf);
	if (t)
		r->reference = strdup(t);
	return r->name && (!t || r->reference) ? 0 : no_memory(m);
}

static struct structure *find(const struct structures *s, long number)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->at[i].number == number)
			return &s->at[i];
	return NULL;
}

/* "1 Heart, 2 Lung" */
static const char *list(const struct structures *s, char *buf, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (at + 100 > size) {
			snprintf(buf + at, size - at, ", and %zu more", s->n - i);
			break;
		}
		at += (size_t)snprintf(buf + at, size - at, "%s%ld %.40s", i ? ", " : "", s->at[i].number, s->at[i].name);
	}
	return buf;
}

/* The structure that is wanted; NULL with err. */
static struct structure *choose(const struct maker *m)
{
	const struct structures *s = m->s;
	struct structure *found = NULL;
	char text[300];
	long n;

	if (whole(m->how->wanted, &n) && (found = find(s, n)) != NULL)
		return found;
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->at[i].name, m->how->wanted) != 0)
			continue;
		if (found) {
			WRONG(m, "several-structures", "structures %ld and %ld are both called '%.80s': --roi takes a number, too", found->number,
			      s->at[i].number, found->name);
			return NULL;
		}
		found = &s->at[i];
	}
	if (!found)
		WRONG(m, "no-structure", "no structure '%.60s': there is %s", m->how->wanted, list(s, text, sizeof text));
	return found;
}

/* A label is the structure's number, where a label can be: else they are counted. */
static int label(const struct maker *m)
{
	struct structures *s = m->s;
	struct structure *only = m->how->wanted ? choose(m) : NULL;
	bool as_numbered = true;

	if (m->how->wanted) {
		if (only)
			only->label = s->greatest = 1;
		return only ? 0 : -1;
	}
	for (size_t i = 0; i < s->n; i++)
		as_numbered = as_numbered && s->at[i].number >= 1 && s->at[i].number <= UINT16_MAX;
	if (!as_numbered)
		vol_warn(m->path, "not all ROI numbers can be labels, 1 to %d: structures are counted from 1", UINT16_MAX);
	for (size_t i = 0; i < s->n; i++) {
		s->at[i].label = as_numbered ? (uint32_t)s->at[i].number : (uint32_t)i + 1;
		s->greatest = s->at[i].label > s->greatest ? s->at[i].label : s->greatest;
	}
	return 0;
}

static int by_number(const void *va, const void *vb)
{
	const long *a = va, *b = vb;

	return *a < *b ? -1 : *a > *b;
}

static int check_numbers(const struct maker *m)
{
	const struct structures *s = m->s;
	long *number = calloc(s->n + 1, sizeof *number);
	int rc = 0;

	if (!number)
		return no_memory(m);
	for (size_t i = 0; i < s->n; i++)
		number[i] = s->at[i].number;
	qsort(number, s->n, sizeof *number, by_number);
	for (size_t i = 1; rc == 0 && i < s->n; i++)
		if (number[i] == number[i - 1])
			rc = WRONG(m, "unsupported", "two structures have the ROINumber (3006,0022) %ld", number[i]);
	free(number);
	return rc;
}

static int structures(struct maker *m)
{
	if (dcmtk_each(m->h, NULL, 0x30060020, take_structure, m))
		return -1;
	if (m->s->n == 0)
		return WRONG(m, "no-structure", "has no StructureSetROISequence (3006,0020)");
	if (m->s->n > UINT16_MAX)
		return WRONG(m, "unsupported", "%zu structures", m->s->n);
	return check_numbers(m) < 0 ? -1 : label(m);
}

/* ---- one contour ---- */

static int bad(const struct maker *m, const char *reason, const char *what)
{
	return WRONG(m, reason, "contour %zu of structure %ld %.60s %s", m->number, m->structure->number, m->structure->name, what);
}

#define BAD(m, reason, ...) \
	__extension__({ \
		char text_[250]; \
		snprintf(text_, sizeof text_, __VA_ARGS__); \
		bad(m, reason, text_); \
	})

/* The n points of v, in mm, as a contour on the grid. */
static int put(struct maker *m, const double *v, size_t n, bool xor)
{
	const struct vol_grid *g = m->how->grid;
	struct structures *s = m->s;
	double least = INFINITY, most = -INFINITY, off, middle, index[3];
	bool cut = false;
	int64_t slice;

	if (!grow((void **)&s->point, s->points, n, &m->point_room, sizeof *s->point) ||
	    !grow((void **)&s->contour, s->contours, 1, &m->contour_room, sizeof *s->contour))
		return no_memory(m);
	for (size_t i = 0; i < n; i++) {
		struct polygon_point *p = &s->point[s->points + i];

		grid_affine_apply(&m->index, v + 3 * i, index);
		if (!polygon_fix(index[0], &p->x) || !polygon_fix(index[1], &p->y) || !(fabs(index[2]) <= POLYGON_FAR))
			return BAD(m, "unsupported", "has a point over %.0g voxels from the volume", POLYGON_FAR);
		least = fmin(least, index[2]);
		most = fmax(most, index[2]);
		for (int w = 0; w < 2; w++)
			cut = cut || index[w] < -0.5 || index[w] > (double)g->size[w] - 0.5;
	}
	middle = (least + most) / 2;
	slice = llrint(middle);
	if ((most - least) * m->apart > 2 * m->tolerance)
		return BAD(m, "oblique-contour", "crosses slices: its points lie in a layer of %.4g mm", (most - least) * m->apart);
	off = fmax(fabs(least - (double)slice), fabs(most - (double)slice)) * m->apart;
	if (off > m->tolerance && !(middle < 0 || middle > (double)g->size[2] - 1))
		return BAD(m, "between-slices", "lies %.4g mm off the nearest slice, %lld: --distance takes it there", off, (long long)slice);
	if (off > m->tolerance || slice < 0 || (uint64_t)slice >= g->size[2]) {
		m->structure->outside++;
		return 0;
	}
	m->structure->cut += cut;
	s->contour[s->contours++] = (struct structure_contour){(uint64_t)slice, (size_t)(m->structure - s->at), s->points, n, middle, xor};
	s->points += n;
	return 0;
}

static int points(struct maker *m, struct dcmtk_item *item, bool xor)
{
	char *text = dcmtk_item_long(m->h, item, 0x30060050), buf[TEXT];
	size_t n = 1;
	double *v;
	long stated;
	int rc;

	if (!text || !*text) {
		free(text);
		return bad(m, "unsupported", "has no ContourData (3006,0050)");
	}
	for (const char *c = text; *c; c++)
		n += *c == '\\';
	v = calloc(n, sizeof *v);
	if (!v) {
		free(text);
		return no_memory(m);
	}
	if (n % 3)
		rc = BAD(m, "unsupported", "has ContourData (3006,0050) of %zu numbers, not three a point", n);
	else if (whole(dcmtk_item_text(m->h, item, 0x30060046, buf, sizeof buf), &stated) && stated != (long)(n / 3))
		rc = BAD(m, "unsupported", "has %zu points, and NumberOfContourPoints (3006,0046) is %ld", n / 3, stated);
	else if (dicom_decimals(text, (int)n, v) <= 0)
		rc = bad(m, "unsupported", "has ContourData (3006,0050) with what is no number");
	else if (n < 9) {
		m->structure->open++;
		rc = 0;
	} else {
		rc = put(m, v, n / 3, xor);
	}
	free(v);
	free(text);
	return rc;
}

static int by_text(const void *va, const void *vb)
{
	const char *const *a = va, *const *b = vb;

	return strcmp(*a, *b);
}

static int take_image(void *ctx, struct dcmtk_item *item)
{
	struct maker *m = ctx;
	char buf[TEXT];
	const char *uid = dcmtk_item_text(m->h, item, 0x00081155, buf, sizeof buf);

	if (!uid)
		return 0;
	m->refers = true;
	m->known = m->known || bsearch(&uid, m->how->image, m->how->images, sizeof uid, by_text);
	return 0;
}

static int take_contour(void *ctx, struct dcmtk_item *item)
{
	struct maker *m = ctx;
	char buf[TEXT];
	const char *type = dcmtk_item_text(m->h, item, 0x30060042, buf, sizeof buf);

	m->number++;
	m->refers = m->known = false;
	if (m->how->image)
		dcmtk_each(m->h, item, 0x30060016, take_image, m);
	m->structure->known += m->known;
	m->structure->absent += m->refers && !m->known;
	if (type && strcmp(type, "CLOSED_PLANAR") == 0)
		return points(m, item, false);
	if (type && (strcmp(type, "CLOSEDPLANAR_XOR") == 0 || strcmp(type, "CLOSED_PLANAR_XOR") == 0))
		return points(m, item, true);
	if (!type || (strcmp(type, "POINT") != 0 && strncmp(type, "OPEN_", 5) != 0))
		return BAD(m, "unsupported", "has the ContourGeometricType (3006,0042) '%.40s'", type ? type : "");
	m->structure->open++;
	return 0;
}

/* The contours of a structure. */
static int take_contours(void *ctx, struct dcmtk_item *item)
{
	struct maker *m = ctx;
	char buf[TEXT];
	long n;

	if (!whole(dcmtk_item_text(m->h, item, 0x30060084, buf, sizeof buf), &n) || !(m->structure = find(m->s, n)))
		return WRONG(m, "unsupported", "contours refer to a structure, ReferencedROINumber (3006,0084), that is not there");
	m->number = 0;
	return m->structure->label ? dcmtk_each(m->h, item, 0x30060040, take_contour, m) : 0;
}

/* ---- all contours ---- */

static int by_slice(const void *va, const void *vb)
{
	const struct structure_contour *a = va, *b = vb;

	if (a->slice != b->slice)
		return a->slice < b->slice ? -1 : 1;
	if (a->structure != b->structure)
		return a->structure < b->structure ? -1 : 1;
	return a->first < b->first ? -1 : a->first > b->first;
}

static bool is_twice(const struct structures *s, size_t i, size_t from)
{
	const struct structure_contour *c = &s->contour[i];

	for (size_t k = from; k < i && !c->xor; k++)
		if (s->contour[k].n == c->n && memcmp(s->point + s->contour[k].first, s->point + c->first, c->n * sizeof *s->point) == 0)
			return true;
	return false;
}

/* Contours of one structure on one slice are one drawing: of one plane, and none twice, which would cancel itself. */
static int sort(const struct maker *m)
{
	struct structures *s = m->s;
	size_t to = 0, begun = 0;

	qsort(s->contour, s->contours, sizeof *s->contour, by_slice);
	for (size_t i = 0; i < s->contours; i++) {
		struct structure_contour c = s->contour[i];
		struct structure *r = &s->at[c.structure];
		bool first = to == 0 || s->contour[to - 1].slice != c.slice || s->contour[to - 1].structure != c.structure;

		if (first)
			begun = to;
		s->contour[to] = c;
		if (fabs(c.height - s->contour[begun].height) * m->apart > m->plane)
			return WRONG(m, "between-slices", "contours of structure %ld %.60s of two heights, %.4g mm apart, would fall on slice %llu",
			             r->number, r->name, fabs(c.height - s->contour[begun].height) * m->apart, (unsigned long long)c.slice);
		if (is_twice(s, to, begun)) {
			r->twice++;
			continue;
		}
		to++;
		r->first = r->taken == 0 ? c.slice : r->first;
		r->last = c.slice;
		r->slices += first;
		r->taken++;
	}
	s->contours = to;
	return 0;
}

static int check_reference(const struct maker *m)
{
	const struct structures *s = m->s;

	for (size_t i = 0; i < s->n; i++) {
		const struct structure *r = &s->at[i];

		if (!r->label || !r->reference || !m->how->reference || strcmp(r->reference, m->how->reference) == 0)
			continue;
		if (r->known && !r->absent)
			vol_warn(m->path, "structure %ld %.60s has another FrameOfReferenceUID (3006,0024) than the images, but its contours refer to "
			         "these: taken", r->number, r->name);
		else if (m->how->accept_reference)
			vol_warn(m->path, "accepted as it is: structure %ld %.60s has another FrameOfReferenceUID (3006,0024) than the images "
			         "[frame-of-reference]", r->number, r->name);
		else
			return WRONG(m, "frame-of-reference", "structure %ld %.60s has another FrameOfReferenceUID (3006,0024) than the images: "
			             "nothing says where it lies on them", r->number, r->name);
	}
	return 0;
}

static int look_at_grid(struct maker *m)
{
	struct grid_affine mm = grid_affine_of(m->how->grid);
	double sum = 0;

	if (!grid_affine_invert(&mm, &m->index))
		return vol_fail(m->err, m->path, "the grid to draw on has no room");
	for (int w = 0; w < 3; w++)
		sum += m->index.m[2][w] * m->index.m[2][w];
	m->apart = 1 / sqrt(sum);
	m->plane = fmin(0.1, 0.1 * m->apart);
	m->tolerance = isnan(m->how->tolerance) ? m->plane : m->how->tolerance;
	return 0;
}

int structures_read(struct structures *s, const char *path, const struct structures_how *how, struct vol_err *err)
{
	struct maker m = {.s = s, .how = how, .path = path, .err = err};
	char buf[TEXT];
	const char *why, *class;
	uint64_t at;
	int rc;

	memset(s, 0, sizeof *s);
	dcmtk_start();
	m.h = dcmtk_header_open(path);
	if (!m.h)
		return no_memory(&m);
	class = dcmtk_text(m.h, 0x0008, 0x0016, buf, sizeof buf);
	if (dcmtk_header_end(m.h, &why, &at) != DCMTK_AT_END)
		rc = WRONG(&m, "truncated", "cannot be read to its end%s%s", why ? ": " : "", why ? why : "");
	else if (!class || strcmp(class, RTSTRUCT) != 0)
		rc = WRONG(&m, "no-structure", "is no RT Structure Set");
	else if (look_at_grid(&m) < 0 || structures(&m) < 0 || dcmtk_each(m.h, NULL, 0x30060039, take_contours, &m) ||
	         sort(&m) < 0 || check_reference(&m) < 0)
		rc = -1;
	else
		rc = dcmtk_header_end(m.h, &why, &at) == DCMTK_AT_END ? 0 : no_memory(&m);
	dcmtk_header_close(m.h);
	return rc;
}

void structures_free(struct structures *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->at[i].name);
		free(s->at[i].reference);
	}
	free(s->at);
	free(s->contour);
	free(s->point);
}
