#include "gradients.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/keys.h"
#include "io/outfile.h"

enum { TABLES = 3 };

/* Cosine of the angle between two axes up to which they count as perpendicular: positions and cosines are rounded. */
static const double SKEW = 0.01;

struct gradients {
	struct outfile *file[TABLES]; /* NULL: not wanted */
};

struct weighting {
	size_t n;
	double *b;              /* n, s/mm2 */
	double (*direction)[3]; /* n, patient space (LPS), of length 1, or 0 0 0; NULL: not known of all */
};

static void weighting_free(struct weighting *w)
{
	free(w->b);
	free(w->direction);
}

/* ---- from the keys ---- */

/* "bvalue s/mm2 0 1000 1000" */
static int read_b(const struct vol_head *head, struct weighting *w, const char *subject, struct vol_err *err)
{
	static const char axis[] = "bvalue s/mm2 ";
	const char *at = key_get(head, "axis");
	double most = 0;

	if (!at || strncmp(at, axis, sizeof axis - 1) != 0)
		return vol_fail(err, subject, "its b-values are not known: there is no diffusion to write a table of [no-diffusion]");
	at += sizeof axis - 2;
	for (size_t i = 0; i < w->n; i++) {
		char *end;

		w->b[i] = strtod(at, &end);
		if (end == at || !isfinite(w->b[i]))
			return vol_fail(err, subject, "vol.axis has no b-value for entry %zu of %zu", i + 1, w->n);
		at = end;
		most = fmax(most, w->b[i]);
	}
	if (!(most > 0))
		return vol_fail(err, subject, "all b-values are 0: there is no diffusion to write a table of [no-diffusion]");
	return 0;
}

/* False: not of all entries that are weighted. */
static bool read_directions(const struct vol_head *head, struct weighting *w)
{
	for (size_t i = 0; i < w->n; i++) {
		double *g = w->direction[i], length;
		char name[48];
		const char *text;
		int n = 0;

		if (!(w->b[i] > 0))
			continue;
		snprintf(name, sizeof name, "DWMRI_gradient_%04zu", i);
		text = key_get_full(head, name);
		for (char *end; text && n < 3; n++, text = end) {
			g[n] = strtod(text, &end);
			if (end == text)
				break;
		}
		length = sqrt(g[0] * g[0] + g[1] * g[1] + g[2] * g[2]);
		if (n != 3 || !(length > 0) || !isfinite(length))
			return false;
		for (int a = 0; a < 3; a++)
			g[a] /= length;
	}
	return true;
}

static int read_weighting(const struct vol_head *head, struct weighting *w, const char *subject, struct vol_err *err)
{
	w->n = head->list ? (size_t)head->list : 1;
	w->b = calloc(w->n, sizeof *w->b);
	w->direction = calloc(w->n, sizeof *w->direction);
	if (!w->b || !w->direction)
		return vol_fail(err, subject, "out of memory");
	if (read_b(head, w, subject, err) < 0)
		return -1;
	if (!read_directions(head, w)) {
		free(w->direction);
		w->direction = NULL;
	}
	return 0;
}

/* ---- to text ---- */

static double dot(const double a[3], const double b[3])
{
	return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Unit vectors along the axes of the voxels, made perpendicular; x as FSL has it. */
static int fsl_axes(const struct vol_grid *g, double axis[3][3], const char *subject, struct vol_err *err)
{
	for (int a = 0; a < 3; a++) {
		for (int w = 0; w < 3; w++)
			axis[a][w] = g->direction[a][w] / grid_spacing(g, a);
		for (int b = 0; b < a; b++) {
			double along = dot(axis[a], axis[b]);

			if (fabs(along) > SKEW)
				return vol_fail(err, subject, "its axes are not perpendicular (a tilt?), which FSL's vectors take for "
				                              "granted: dcm2vol --untilt, or --bvec-scanner");
			for (int w = 0; w < 3; w++)
				axis[a][w] -= along * axis[b][w];
		}
		for (double length = sqrt(dot(axis[a], axis[a])), *x = axis[a]; x < axis[a] + 3; x++)
			*x /= length;
	}
	/* the determinant in RAS is the same as in LPS: two of its rows change sign */
	for (int w = 0; grid_det(g) > 0 && w < 3; w++)
		axis[0][w] = -axis[0][w];
	return 0;
}

static void print_b(FILE *f, const struct weighting *w)
{
	char digits[32];

	for (size_t i = 0; i < w->n; i++)
		fprintf(f, "%s%s", i ? " " : "", vol_number(digits, w->b[i]));
	fputc('\n', f);
}

static void print_vectors(FILE *f, const struct weighting *w, double axis[3][3])
{
	char digits[32];

	for (int a = 0; a < 3; a++) {
		/* to 1e-8, far beyond what anybody knows of a gradient; 0 +: no minus zeros */
		for (size_t i = 0; i < w->n; i++)
			fprintf(f, "%s%s", i ? " " : "", vol_number(digits, 0 + round(dot(w->direction[i], axis[a]) * 1e8) / 1e8));
		fputc('\n', f);
	}
}

/* The file of one table, of directions along the axes, or of b-values (NULL): written, on the disk, without a name. */
static struct outfile *put(const struct weighting *w, double (*axis)[3], const char *path, int flags, struct vol_err *err)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);
	struct outfile *o = NULL;

	if (f && axis)
		print_vectors(f, w, axis);
	else if (f)
		print_b(f, w);
	if (!f || fclose(f) != 0)
		vol_fail(err, path, "out of memory");
	else
		o = outfile_create(path, flags, err);
	if (o && (outfile_write(o, text, n, err) < 0 || outfile_sync(o, err) < 0)) {
		outfile_abandon(o);
		o = NULL;
	}
	free(text);
	return o;
}

/* ---- files ---- */

static int put_all(const struct vol_head *head, const struct weighting *w, const struct gradients_want *want, int flags,
                   const char *subject, struct gradients *t, struct vol_err *err)
{
	double fsl[3][3], ras[3][3] = {{-1, 0, 0}, {0, -1, 0}, {0, 0, 1}};

	if ((want->bvec || want->bvec_scanner) && !w->direction)
		return vol_fail(err, subject, "the directions of the diffusion gradients are not known of all its volumes: no table of "
		                              "them [no-gradients]");
	if (want->bvec && fsl_axes(&head->grid, fsl, subject, err) < 0)
		return -1;
	if ((want->bval && !(t->file[0] = put(w, NULL, want->bval, flags, err))) ||
	    (want->bvec && !(t->file[1] = put(w, fsl, want->bvec, flags, err))) ||
	    (want->bvec_scanner && !(t->file[2] = put(w, ras, want->bvec_scanner, flags, err))))
		return -1;
	return 0;
}

int gradients_write(const struct vol_head *head, const struct gradients_want *want, int flags, const char *subject,
                    struct gradients **tables, struct vol_err *err)
{
	struct weighting w = {0};
	int rc;

	*tables = NULL;
	if (!want->bval && !want->bvec && !want->bvec_scanner)
		return 0;
	*tables = calloc(1, sizeof **tables);
	rc = *tables ? read_weighting(head, &w, subject, err) : vol_fail(err, subject, "out of memory");
	if (rc == 0)
		rc = put_all(head, &w, want, flags, subject, *tables, err);
	weighting_free(&w);
	if (rc < 0) {
		gradients_abandon(*tables);
		*tables = NULL;
	}
	return rc;
}

int gradients_commit(struct gradients *tables, struct vol_err *err)
{
	char *name[TABLES] = {NULL};
	int rc = 0;

	for (int i = 0; tables && i < TABLES && rc == 0; i++) {
		if (!tables->file[i])
			continue;
		name[i] = strdup(outfile_name(tables->file[i]));
		rc = name[i] ? outfile_commit(tables->file[i], err) : vol_fail(err, "", "out of memory");
		if (name[i])
			tables->file[i] = NULL;
		if (rc < 0) /* one alone would look as if all were there */
			for (int k = 0; k < i; k++)
				if (name[k])
					unlink(name[k]);
	}
	for (int i = 0; i < TABLES; i++)
		free(name[i]);
	gradients_abandon(tables);
	return rc;
}

void gradients_abandon(struct gradients *tables)
{
	for (int i = 0; tables && i < TABLES; i++)
		outfile_abandon(tables->file[i]);
	free(tables);
}

/* Two paths of one file, which need not be there yet. */
static bool same_file(const char *a, const char *b)
{
	const char *path[] = {a, b}, *name[2];
	struct stat folder[2];

	for (int i = 0; i < 2; i++) {
		const char *slash = strrchr(path[i], '/');
		char *in = slash ? strndup(path[i], (size_t)(slash - path[i]) + 1) : strdup(".");
		bool found = in && stat(in, &folder[i]) == 0;

		free(in);
		if (!found)
			return strcmp(a, b) == 0;
		name[i] = slash ? slash + 1 : path[i];
	}
	if (strcmp(name[0], name[1]) == 0 && folder[0].st_dev == folder[1].st_dev && folder[0].st_ino == folder[1].st_ino)
		return true;
	return stat(a, &folder[0]) == 0 && stat(b, &folder[1]) == 0 && folder[0].st_dev == folder[1].st_dev &&
	       folder[0].st_ino == folder[1].st_ino;
}

const char *gradients_clash(const struct gradients_want *want, const char *output)
{
	const char *name[] = {want->bval, want->bvec, want->bvec_scanner, output};

	for (int i = 0; i < TABLES; i++) {
		if (name[i] && strcmp(name[i], "-") == 0)
			return name[i];
		for (int k = i + 1; name[i] && k <= TABLES; k++)
			if (name[k] && same_file(name[i], name[k]))
				return name[i];
	}
	return NULL;
}
