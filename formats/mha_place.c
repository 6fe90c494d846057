/* mha_place.c - where the voxels of a MetaImage file are.
 *
 * A row of TransformMatrix is the direction of one axis in patient space, Offset the centre of voxel 0, both LPS: that
 * is how ITK reads them. It asks neither AnatomicalOrientation nor CenterOfRotation. */
#include <math.h>
#include <string.h>

#include "mha.h"

/* The letters for left, posterior, superior, and for where an axis that runs there comes from. */
static const char to[] = "LPS", from[] = "RAI";

static int bad(const char *name, const char *value, int n, const char *subject, struct vol_err *err)
{
	return vol_fail(err, subject, "%s is '%.100s', not %d numbers", name, value, n);
}

static int take_unit(const char *unit, double *mm, const char *subject, struct vol_err *err)
{
	*mm = 1;
	if (!unit || strcmp(unit, "mm") == 0 || strcmp(unit, "?") == 0)
		return 0;
	if (strcmp(unit, "um") == 0)
		*mm = 1e-3;
	else if (strcmp(unit, "cm") == 0)
		*mm = 10;
	else
		return vol_fail(err, subject, "DistanceUnits is '%.40s', not um, mm or cm", unit);
	vol_warn(subject, "DistanceUnits is %s: lengths turned into mm, which not every program does", unit);
	return 0;
}

/* Lengths that may be negative: then the axis runs the other way, as in ITK. */
static int take_spacing(const struct mha_place *p, int dims, double *mm, const char *subject, struct vol_err *err)
{
	const char *name = p->spacing ? "ElementSpacing" : "ElementSize", *text = p->spacing ? p->spacing : p->size;

	if (!text) {
		vol_warn(subject, "spacing is not stated: taken as 1 mm");
		return 0;
	}
	if (!mha_numbers(text, mm, dims))
		return bad(name, text, dims, subject, err);
	for (int i = 0; i < dims && i < 3; i++)
		if (mm[i] == 0)
			return vol_fail(err, subject, "%s is 0 along axis %d", name, i + 1);
	return 0;
}

static int take_matrix(const char *text, int dims, double row[MHA_DIMS][MHA_DIMS], const char *subject,
                       struct vol_err *err)
{
	double x[MHA_DIMS * MHA_DIMS];

	if (!text)
		return 0;
	if (!mha_numbers(text, x, dims * dims))
		return bad("TransformMatrix", text, dims * dims, subject, err);
	for (int i = 0; i < dims; i++)
		for (int k = 0; k < dims; k++) {
			row[i][k] = x[dims * i + k];
			if (dims == 4 && row[i][k] != 0 && (i == 3) != (k == 3))
				return vol_fail(err, subject, "TransformMatrix leads from space into the fourth dimension");
		}
	return 0;
}

/* Letters that stand for three different axes. */
static bool is_anatomical(const char *s)
{
	int seen = 0;

	for (int i = 0; i < 3; i++) {
		const char *a = strchr(to, s[i]), *b = strchr(from, s[i]);

		if (!s[i] || (!a && !b))
			return false;
		seen |= 1 << (a ? a - to : b - from);
	}
	return s[3] == '\0' && seen == 7;
}

bool mha_anatomical(const struct vol_grid *g, char letters[4])
{
	for (int a = 0; a < 3; a++) {
		const double *d = g->direction[a];
		int w = 0;

		for (int k = 1; k < 3; k++)
			if (fabs(d[k]) > fabs(d[w]))
				w = k;
		letters[a] = d[w] > 0 ? from[w] : to[w];
	}
	letters[3] = '\0';
	return is_anatomical(letters);
}

static void warn_of_others(const struct mha_place *p, int dims, const struct vol_grid *g, const char *subject)
{
	double centre[MHA_DIMS] = {0};
	char letters[4];

	if (p->centre && mha_numbers(p->centre, centre, dims) && (centre[0] != 0 || centre[1] != 0 || centre[2] != 0))
		vol_warn(subject, "CenterOfRotation is not 0: not applied, as in ITK");
	if (p->anatomical && is_anatomical(p->anatomical) && mha_anatomical(g, letters) &&
	    strcmp(letters, p->anatomical) != 0)
		vol_warn(subject, "AnatomicalOrientation is %s, but TransformMatrix says %s: matrix taken, as in ITK",
		         p->anatomical, letters);
}

int mha_grid(const struct mha_place *p, int dims, struct vol_grid *g, const char *subject, struct vol_err *err)
{
	double row[MHA_DIMS][MHA_DIMS] = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
	double spacing[MHA_DIMS] = {1, 1, 1, 1}, offset[MHA_DIMS] = {0}, mm;
	struct vol_err why;

	if (take_unit(p->unit, &mm, subject, err) < 0 || take_spacing(p, dims, spacing, subject, err) < 0 ||
	    take_matrix(p->matrix, dims, row, subject, err) < 0)
		return -1;
	if (p->offset && !mha_numbers(p->offset, offset, dims))
		return bad("Offset", p->offset, dims, subject, err);
	if (!p->offset)
		vol_warn(subject, "Offset is not stated: the first voxel is taken to lie at 0,0,0 mm");
	if (dims == 2)
		vol_warn(subject, "has 2 dimensions: taken as one slice, 1 mm thick");
	for (int a = 0; a < 3; a++) {
		/* + 0: no "-0" */
		for (int w = 0; w < 3; w++)
			g->direction[a][w] = mm * spacing[a] * row[a][w] + 0;
		g->origin[a] = mm * offset[a] + 0;
	}
	if (grid_check(g, subject, &why) < 0)
		return vol_fail(err, subject, "TransformMatrix and ElementSpacing: %s", why.what);
	warn_of_others(p, dims, g, subject);
	return 0;
}
