/* structures.c - which structures a structure set has; structures_contours.c: their contours. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "structures_inside.h"

#define RTSTRUCT "1.2.840.10008.5.1.4.1.1.481.3"

static int no_memory(const struct structures_maker *m)
{
	return vol_fail(m->err, m->path, "out of memory");
}

bool structures_grow(void **at, size_t have, size_t n, size_t *room, size_t size)
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

bool structures_whole(const char *s, long *n)
{
	char *end;

	*n = s ? strtol(s, &end, 10) : 0;
	return s && *s && *end == '\0';
}

/* ---- structures ---- */

static int take_structure(void *ctx, struct dcmtk_item *item)
{
	struct structures_maker *m = ctx;
	struct structures *s = m->s;
	char buf[STRUCTURES_TEXT], utf8[STRUCTURES_TEXT];
	struct structure *r;
	const char *t;

	if (!structures_grow((void **)&s->at, s->n, 1, &m->room, sizeof *s->at))
		return no_memory(m);
	r = &s->at[s->n];
	*r = (struct structure){0};
	if (!structures_whole(dcmtk_item_text(m->h, item, 0x30060022, buf, sizeof buf), &r->number))
		return STRUCTURES_WRONG(m, "unsupported", "structure %zu has no sound ROINumber (3006,0022)", s->n + 1);
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

struct structure *structures_find(const struct structures *s, long number)
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
static struct structure *choose(const struct structures_maker *m)
{
	const struct structures *s = m->s;
	struct structure *found = NULL;
	char text[300];
	long n;

	if (structures_whole(m->how->wanted, &n) && (found = structures_find(s, n)) != NULL)
		return found;
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->at[i].name, m->how->wanted) != 0)
			continue;
		if (found) {
			STRUCTURES_WRONG(m, "several-structures", "structures %ld and %ld are both called '%.80s': --roi takes a "
			                 "number, too", found->number, s->at[i].number, found->name);
			return NULL;
		}
		found = &s->at[i];
	}
	if (!found)
		STRUCTURES_WRONG(m, "no-structure", "no structure '%.60s': there is %s", m->how->wanted, list(s, text, sizeof text));
	return found;
}

/* A label is the structure's number, where a label can be: else they are counted. */
static int label(const struct structures_maker *m)
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

static int check_numbers(const struct structures_maker *m)
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
			rc = STRUCTURES_WRONG(m, "unsupported", "two structures have the ROINumber (3006,0022) %ld", number[i]);
	free(number);
	return rc;
}

static int structures(struct structures_maker *m)
{
	if (dcmtk_each(m->h, NULL, 0x30060020, take_structure, m))
		return -1;
	if (m->s->n == 0)
		return STRUCTURES_WRONG(m, "no-structure", "has no StructureSetROISequence (3006,0020)");
	if (m->s->n > UINT16_MAX)
		return STRUCTURES_WRONG(m, "unsupported", "%zu structures", m->s->n);
	return check_numbers(m) < 0 ? -1 : label(m);
}

/* ---- the file ---- */

static int check_reference(const struct structures_maker *m)
{
	const struct structures *s = m->s;
	char what[200];

	for (size_t i = 0; i < s->n; i++) {
		const struct structure *r = &s->at[i];

		if (!r->label || !r->reference || !m->how->reference || strcmp(r->reference, m->how->reference) == 0)
			continue;
		snprintf(what, sizeof what, "structure %ld %.60s has another FrameOfReferenceUID (3006,0024) than the images",
		         r->number, r->name);
		if (r->known && !r->absent)
			vol_warn(m->path, "%s, but its contours refer to these: taken", what);
		else if (m->how->accept_reference)
			vol_warn(m->path, "accepted as it is: %s [frame-of-reference]", what);
		else
			return STRUCTURES_WRONG(m, "frame-of-reference", "%s: nothing says where it lies on them", what);
	}
	return 0;
}

static int look_at_grid(struct structures_maker *m)
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
	struct structures_maker m = {.s = s, .how = how, .path = path, .err = err};
	char buf[STRUCTURES_TEXT];
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
		rc = STRUCTURES_WRONG(&m, "truncated", "cannot be read to its end%s%s", why ? ": " : "", why ? why : "");
	else if (!class || strcmp(class, RTSTRUCT) != 0)
		rc = STRUCTURES_WRONG(&m, "no-structure", "is no RT Structure Set");
	else if (look_at_grid(&m) < 0 || structures(&m) < 0 || dcmtk_each(m.h, NULL, 0x30060039, structures_contours, &m) ||
	         structures_sort(&m) < 0 || check_reference(&m) < 0)
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
