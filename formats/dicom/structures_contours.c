/* structures_contours.c - the contours of structures, on the grid. */
#include <math.h>
#include <string.h>

#include "read.h"
#include "structures_inside.h"

static int no_memory(const struct structures_maker *m)
{
	return vol_fail(m->err, m->path, "out of memory");
}

/* ---- one contour ---- */

static int bad(const struct structures_maker *m, const char *reason, const char *what)
{
	return STRUCTURES_WRONG(m, reason, "contour %zu of structure %ld %.60s %s", m->number, m->structure->number,
	                        m->structure->name, what);
}

#define BAD(m, reason, ...) \
	__extension__({ \
		char text_[250]; \
		snprintf(text_, sizeof text_, __VA_ARGS__); \
		bad(m, reason, text_); \
	})

/* The n points of v, in mm, as a contour on the grid. */
static int put(struct structures_maker *m, const double *v, size_t n, bool xor)
{
	const struct vol_grid *g = m->how->grid;
	struct structures *s = m->s;
	double least = INFINITY, most = -INFINITY, off, middle, index[3];
	bool cut = false;
	int64_t slice;

	if (!structures_grow((void **)&s->point, s->points, n, &m->point_room, sizeof *s->point) ||
	    !structures_grow((void **)&s->contour, s->contours, 1, &m->contour_room, sizeof *s->contour))
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
		return BAD(m, "between-slices", "lies %.4g mm off the nearest slice, %lld: --distance takes it there", off,
		           (long long)slice);
	if (off > m->tolerance || slice < 0 || (uint64_t)slice >= g->size[2]) {
		m->structure->outside++;
		return 0;
	}
	m->structure->cut += cut;
	s->contour[s->contours++] = (struct structure_contour){
		.slice = (uint64_t)slice, .structure = (size_t)(m->structure - s->at), .first = s->points, .n = n, .height = middle,
		.xor = xor,
	};
	s->points += n;
	return 0;
}

static int points(struct structures_maker *m, struct dcmtk_item *item, bool xor)
{
	char *text = dcmtk_item_long(m->h, item, 0x30060050), buf[STRUCTURES_TEXT];
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
	else if (structures_whole(dcmtk_item_text(m->h, item, 0x30060046, buf, sizeof buf), &stated) && stated != (long)(n / 3))
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
	struct structures_maker *m = ctx;
	char buf[STRUCTURES_TEXT];
	const char *uid = dcmtk_item_text(m->h, item, 0x00081155, buf, sizeof buf);

	if (!uid)
		return 0;
	m->refers = true;
	m->known = m->known || bsearch(&uid, m->how->image, m->how->images, sizeof uid, by_text);
	return 0;
}

static int take_contour(void *ctx, struct dcmtk_item *item)
{
	struct structures_maker *m = ctx;
	char buf[STRUCTURES_TEXT];
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
int structures_contours(void *ctx, struct dcmtk_item *item)
{
	struct structures_maker *m = ctx;
	char buf[STRUCTURES_TEXT];
	long n;

	if (!structures_whole(dcmtk_item_text(m->h, item, 0x30060084, buf, sizeof buf), &n) ||
	    !(m->structure = structures_find(m->s, n)))
		return STRUCTURES_WRONG(m, "unsupported", "contours refer to a structure, ReferencedROINumber (3006,0084), that is "
		                        "not there");
	m->number = 0;
	return m->structure->label ? dcmtk_each(m->h, item, 0x30060040, take_contour, m) : 0;
}

/* ---- all contours ---- */

/* Those of one structure on one slice in an order in which equal ones are neighbours. */
static int by_slice(const void *va, const void *vb, void *ctx)
{
	const struct structure_contour *a = va, *b = vb;
	const struct structures *s = ctx;
	int c;

	if (a->slice != b->slice)
		return a->slice < b->slice ? -1 : 1;
	if (a->structure != b->structure)
		return a->structure < b->structure ? -1 : 1;
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	c = memcmp(s->point + a->first, s->point + b->first, a->n * sizeof *s->point);
	return c ? c : a->first < b->first ? -1 : a->first > b->first;
}

static bool same(const struct structures *s, const struct structure_contour *a, const struct structure_contour *b)
{
	return !a->xor && a->n == b->n && memcmp(s->point + a->first, s->point + b->first, a->n * sizeof *s->point) == 0;
}

/* Contours of one structure on one slice are one drawing: of one plane, and none twice, which would cancel itself. */
int structures_sort(const struct structures_maker *m)
{
	struct structures *s = m->s;
	size_t to = 0, begun = 0;

	if (s->contours)
		qsort_r(s->contour, s->contours, sizeof *s->contour, by_slice, s);
	for (size_t i = 0; i < s->contours; i++) {
		struct structure_contour c = s->contour[i];
		struct structure *r = &s->at[c.structure];
		bool first = to == 0 || s->contour[to - 1].slice != c.slice || s->contour[to - 1].structure != c.structure;

		if (first)
			begun = to;
		s->contour[to] = c;
		if (fabs(c.height - s->contour[begun].height) * m->apart > m->plane)
			return STRUCTURES_WRONG(m, "between-slices", "contours of structure %ld %.60s of two heights, %.4g mm apart, "
			                        "would fall on slice %llu", r->number, r->name,
			                        fabs(c.height - s->contour[begun].height) * m->apart, (unsigned long long)c.slice);
		if (!first && same(s, &s->contour[to - 1], &s->contour[to])) {
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
