#include "transform.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/head.h"

enum { FILE_MAX = 64 << 10, NUMBERS = 16 };

/* Blank-separated numbers up to the end of the text; comments from # to the end of a line. Returns how many,
 * at most `most` are kept; -1 when a word is no number. */
static int numbers(const char *text, double *x, int most)
{
	static const char blank[] = " \t\r\n,";
	int n = 0;

	for (;;) {
		char word[64];
		size_t len;
		double value;

		text += strspn(text, blank);
		if (*text == '#') {
			text += strcspn(text, "\n");
			continue;
		}
		if (!*text)
			return n;
		len = strcspn(text, " \t\r\n,#");
		if (len >= sizeof word)
			return -1;
		memcpy(word, text, len);
		word[len] = '\0';
		text += len;
		if (!vol_parse_number(word, &value) || !isfinite(value))
			return -1;
		if (n < most)
			x[n] = value;
		n++;
	}
}

static int check(const struct grid_affine *t, const char *subject, struct vol_err *err)
{
	struct grid_affine inverse;

	if (!grid_affine_invert(t, &inverse))
		return vol_fail(err, subject, "the transform cannot be inverted");
	return 0;
}

static int parse_numbers(const char *text, struct grid_affine *t, const char *subject, struct vol_err *err)
{
	double x[NUMBERS];
	int n = numbers(text, x, NUMBERS);

	if (n != 16 && n != 12)
		return vol_fail(err, subject, "is not a matrix of 4x4 (or 3x4) numbers");
	if (n == 16 && (x[12] != 0 || x[13] != 0 || x[14] != 0 || x[15] != 1))
		return vol_fail(err, subject, "the last row of the matrix is not 0 0 0 1: transposed, or not affine");
	for (int i = 0; i < 12; i++)
		t->m[i / 4][i % 4] = x[i];
	return check(t, subject, err);
}

/* ---- Insight Transform Files ---- */

static void turn(double m[3][3], int axis, double angle)
{
	double c = cos(angle), s = sin(angle), r[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, p[3][3];
	int i = (axis + 1) % 3, k = (axis + 2) % 3;

	r[i][i] = r[k][k] = c;
	r[i][k] = -s;
	r[k][i] = s;
	for (int a = 0; a < 3; a++)
		for (int b = 0; b < 3; b++)
			p[a][b] = m[a][0] * r[0][b] + m[a][1] * r[1][b] + m[a][2] * r[2][b];
	memcpy(m, p, sizeof p);
}

/* A unit quaternion by its vector part. */
static bool versor(const double v[3], double m[3][3])
{
	double w2 = 1 - v[0] * v[0] - v[1] * v[1] - v[2] * v[2], w = sqrt(fmax(w2, 0)), x = v[0], y = v[1], z = v[2];
	double r[3][3] = {{1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)},
	                  {2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)},
	                  {2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)}};

	memcpy(m, r, sizeof r);
	return w2 > -1e-6;
}

static bool is_kind(const char *kind, const char *name)
{
	size_t n = strlen(name);

	return strncmp(kind, name, n) == 0 && kind[n] == '_';
}

/* The text after "KEY:" at the beginning of a line, up to its end, into buf; how often it occurs. */
static int field(const char *text, const char *key, char *buf, size_t room)
{
	size_t n = strlen(key);
	int found = 0;

	buf[0] = '\0';
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, n) != 0 || line[n] != ':')
			continue;
		const char *from = line + n + 1 + strspn(line + n + 1, " \t");
		size_t len = strcspn(from, "\r\n");

		if (found++ == 0)
			snprintf(buf, room, "%.*s", (int)(len < room ? len : room - 1), from);
	}
	return found;
}

static int parse_itk(const char *text, struct grid_affine *t, const char *path, struct vol_err *err)
{
	char kind[128], buf[4096];
	double p[13], centre[4] = {0}, m[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
	const double *shift = p + 9;
	int want = 12, got, fixed, kinds = field(text, "Transform", kind, sizeof kind);

	if (kinds != 1 || is_kind(kind, "CompositeTransform"))
		return vol_fail(err, path, "holds %d transforms, not one: flatten it first", kinds);
	if (!strstr(kind, "_3_3"))
		return vol_fail(err, path, "'%.60s' is not a transform of 3-D space", kind);
	field(text, "Parameters", buf, sizeof buf);
	got = numbers(buf, p, 13);
	field(text, "FixedParameters", buf, sizeof buf);
	fixed = numbers(buf, centre, 4);
	if (is_kind(kind, "Euler3DTransform") || is_kind(kind, "VersorRigid3DTransform")) {
		want = 6;
		shift = p + 3;
	} else if (is_kind(kind, "TranslationTransform")) {
		want = 3;
		shift = p;
	} else if (!is_kind(kind, "AffineTransform") && !is_kind(kind, "MatrixOffsetTransformBase") &&
	           !is_kind(kind, "Rigid3DTransform")) {
		return vol_fail(err, path, "'%.60s' is not an affine transform that is known here: AffineTransform, "
		                           "MatrixOffsetTransformBase, Rigid3DTransform, Euler3DTransform, "
		                           "VersorRigid3DTransform, TranslationTransform", kind);
	}
	if (got != want)
		return vol_fail(err, path, "Parameters of %.60s are not %d numbers", kind, want);
	if (want != 3 && fixed != 3 && !(fixed == 4 && is_kind(kind, "Euler3DTransform")))
		return vol_fail(err, path, "FixedParameters are not the three numbers of a centre");
	if (want == 12)
		memcpy(m, p, sizeof m);
	if (is_kind(kind, "VersorRigid3DTransform") && !versor(p, m))
		return vol_fail(err, path, "Parameters are not of a unit versor");
	if (is_kind(kind, "Euler3DTransform")) {
		/* by itself z after x after y; the fourth fixed parameter says z after y after x */
		bool zyx = fixed == 4 && centre[3] != 0;

		turn(m, 2, p[2]);
		turn(m, zyx ? 1 : 0, p[zyx ? 1 : 0]);
		turn(m, zyx ? 0 : 1, p[zyx ? 0 : 1]);
	}
	if (want == 3)
		memset(centre, 0, sizeof centre);
	/* about the centre: m (x - c) + c + shift */
	for (int w = 0; w < 3; w++) {
		t->m[w][3] = centre[w] + shift[w];
		for (int k = 0; k < 3; k++) {
			t->m[w][k] = m[w][k];
			t->m[w][3] -= m[w][k] * centre[k];
		}
	}
	return check(t, path, err);
}

int transform_read(const char *path, struct grid_affine *t, struct vol_err *err)
{
	FILE *f = fopen(path, "r");
	char *text = malloc(FILE_MAX + 1);
	size_t n = 0;
	int rc = -1;

	if (!f) {
		free(text);
		return vol_fail_errno(err, path, "cannot open");
	}
	if (text)
		n = fread(text, 1, FILE_MAX + 1, f);
	if (!text)
		vol_fail(err, path, "out of memory");
	else if (ferror(f))
		vol_fail_errno(err, path, "cannot read");
	else if (n > FILE_MAX || memchr(text, '\0', n))
		vol_fail(err, path, "is not a text file of an affine transform");
	else {
		text[n] = '\0';
		rc = strncmp(text, "#Insight Transform File", 23) == 0 ? parse_itk(text, t, path, err)
		                                                       : parse_numbers(text, t, path, err);
	}
	free(text);
	fclose(f);
	return rc;
}
