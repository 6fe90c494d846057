/* diffusion.c - how strongly an image is diffusion-weighted, and in which direction.
 *
 * DICOM has DiffusionBValue and DiffusionGradientOrientation for it (PS3.3, C.8.13.5.9); most scanners say it, or say it
 * better, in attributes of their own. Those count only where the block's creator is the maker's (PS3.5, 7.8.1). */
#include "diffusion.h"

#include <math.h>
#include <string.h>

#include "csa.h"
#include "read.h"
#include "read_inside.h"

/* Some scanners write 7.23e75 for what they do not know. */
static const double B_MOST = 1e5, SHORTEST = 0.03, LONGEST = 1.5;

struct stated {
	double b;                /* NAN: not stated */
	bool has_direction;
	double direction[3];     /* in the axes of the scanner's choice */
	enum { PATIENT, GE_AXES, IMAGE_AXES } axes;
	bool has_matrix;
	double matrix[6];
	char directionality[17]; /* DIRECTIONAL, BMATRIX, ISOTROPIC, NONE; "": not stated */
};

/* ---- values ---- */

static const char *private_text(struct reader *r, uint16_t group, const char *owner, uint8_t element, char buf[READ_TEXT])
{
	uint16_t block = dcmtk_private_block(r->header, group, owner);

	return block ? dcmtk_text(r->header, group, (uint16_t)(block << 8 | element), buf, READ_TEXT) : NULL;
}

/* n numbers of an attribute of the frame in work: in its groups, or outermost. path: as for dcmtk_frame_text. */
static const char *text_at(struct reader *r, const uint32_t *path, size_t n, char buf[READ_TEXT])
{
	if (r->enhanced)
		return dcmtk_frame_text(r->header, r->frame->number ? r->frame->number - 1 : 0, path, n, buf, READ_TEXT);
	return dcmtk_text(r->header, (uint16_t)(path[n - 1] >> 16), (uint16_t)path[n - 1], buf, READ_TEXT);
}

static void take_b(struct stated *s, const char *text)
{
	double b;

	if (isnan(s->b) && dicom_decimals(text, 1, &b) > 0 && b >= 0 && b <= B_MOST)
		s->b = b;
}

static double length(const double g[3])
{
	return sqrt(g[0] * g[0] + g[1] * g[1] + g[2] * g[2]);
}

static bool take_direction(struct stated *s, const double g[3], int axes)
{
	if (!(length(g) > SHORTEST && length(g) <= LONGEST))
		return false;
	memcpy(s->direction, g, sizeof s->direction);
	s->axes = axes;
	s->has_direction = true;
	return true;
}

static void take_directionality(struct stated *s, const char *text)
{
	if (!s->directionality[0] && text && strlen(text) < sizeof s->directionality)
		strcpy(s->directionality, text);
}

/* ---- DICOM's own ---- */

static void standard(struct reader *r, struct stated *s)
{
	static const uint32_t b[] = {0x00189117, 0x00189087}, how[] = {0x00189117, 0x00189075},
	                      direction[] = {0x00189117, 0x00189076, 0x00189089};
	char buf[READ_TEXT];
	double g[3];

	take_b(s, text_at(r, b, 2, buf));
	take_directionality(s, text_at(r, how, 2, buf));
	if (dicom_decimals(text_at(r, direction, 3, buf), 3, g) > 0)
		take_direction(s, g, PATIENT);
	if (!r->enhanced)
		return;
	s->has_matrix = true;
	for (uint32_t i = 0; i < 6 && s->has_matrix; i++) {
		const uint32_t path[] = {0x00189117, 0x00189601, 0x00189602 + i}; /* DiffusionBValueXX .. ZZ */

		s->has_matrix = dicom_decimals(text_at(r, path, 3, buf), 1, &s->matrix[i]) > 0;
	}
}

/* ---- the makers' ---- */

/* A B_value below 0, and a direction of which each part is below -1, are both ways of saying that there is none. */
static void siemens_values(struct stated *s, double b, const double *g)
{
	if (b < 0 || (g && g[0] < -1 && g[1] < -1 && g[2] < -1))
		s->b = 0;
	else if (isnan(s->b) && b <= B_MOST)
		s->b = b;
	if (!s->has_direction && g)
		take_direction(s, g, PATIENT);
}

static void siemens(struct reader *r, struct stated *s)
{
	static const char owner[] = "SIEMENS MR HEADER";
	uint16_t block;
	const unsigned char *csa = NULL;
	char buf[READ_TEXT];
	double b, g[3];
	size_t n;

	if (dicom_decimals(private_text(r, 0x0019, owner, 0x0c, buf), 1, &b) > 0) {
		bool has_g = dicom_decimals(private_text(r, 0x0019, owner, 0x0e, buf), 3, g) > 0;

		take_directionality(s, private_text(r, 0x0019, owner, 0x0d, buf));
		siemens_values(s, b, has_g ? g : NULL);
		if (!s->has_matrix)
			s->has_matrix = dicom_decimals(private_text(r, 0x0019, owner, 0x27, buf), 6, s->matrix) > 0;
		return;
	}
	block = dcmtk_private_block(r->header, 0x0029, "SIEMENS CSA HEADER");
	if (block)
		csa = dcmtk_bytes(r->header, 0x0029, (uint16_t)(block << 8 | 0x10), &n);
	if (!csa || !csa_numbers(csa, n, "B_value", 1, &b))
		return;
	siemens_values(s, b, csa_numbers(csa, n, "DiffusionGradientDirection", 3, g) ? g : NULL);
	if (!s->has_matrix)
		s->has_matrix = csa_numbers(csa, n, "B_matrix", 6, s->matrix);
}

/* The b-value is the first of four numbers; some versions of the software add 1e9 to it. Of a series with several b-values
 * all have the greatest, and a direction as much shorter as the b-value is less, which is for the square of its length;
 * what was asked for is a multiple of 5. */
static void ge(struct reader *r, struct stated *s)
{
	char buf[READ_TEXT], digits[3][READ_TEXT];
	double b, g[3], scaled;

	if (dicom_decimals(private_text(r, 0x0043, "GEMS_PARM_01", 0x39, buf), 1, &b) > 0 && isnan(s->b) && b >= 0 &&
	    fmod(b, 1e9) <= B_MOST)
		s->b = fmod(b, 1e9);
	if (s->has_direction)
		return;
	for (uint8_t i = 0; i < 3; i++)
		if (dicom_decimals(private_text(r, 0x0019, "GEMS_ACQU_01", (uint8_t)(0xbb + i), digits[i]), 1, &g[i]) <= 0)
			return;
	if (!(s->b > 0) || !take_direction(s, g, GE_AXES) || length(g) >= 0.97)
		return;
	scaled = s->b * length(g) * length(g);
	s->b = scaled < 5 ? 5 : floor((scaled + 2.5) / 5) * 5;
}

/* A trace has I (isotropic) for its direction, or a direction of three zeros. */
static void philips(struct reader *r, struct stated *s)
{
	char buf[READ_TEXT];
	double g[3];
	const char *text = private_text(r, 0x2001, "Philips Imaging DD 001", 0x03, buf);

	if (!text)
		return;
	take_b(s, text);
	text = private_text(r, 0x2001, "Philips Imaging DD 001", 0x04, buf);
	if (text && strcmp(text, "I") == 0)
		take_directionality(s, "ISOTROPIC");
	for (uint8_t i = 0; i < 3; i++) /* to the left, to the back, to the head */
		if (dicom_decimals(private_text(r, 0x2005, "Philips MR Imaging DD 001", (uint8_t)(0xb0 + i), buf), 1, &g[i]) <= 0)
			return;
	if (!s->has_direction && !take_direction(s, g, PATIENT) && length(g) == 0)
		take_directionality(s, "ISOTROPIC");
}

/* Its own direction is along the axes of the image, and to be had where DICOM's is something else. */
static void uih(struct reader *r, struct stated *s)
{
	char buf[READ_TEXT];
	double g[3];

	take_b(s, private_text(r, 0x0065, "Image Private Header", 0x09, buf));
	if (dicom_decimals(private_text(r, 0x0065, "Image Private Header", 0x37, buf), 3, g) > 0)
		take_direction(s, g, IMAGE_AXES);
}

/* ---- into patient space ---- */

bool diffusion_rank_one(const double m[6], double g[3])
{
	const double full[3][3] = {{m[0], m[1], m[2]}, {m[1], m[3], m[4]}, {m[2], m[4], m[5]}};
	double v[3] = {1, 1, 1}, square = 0, most;
	int first = 0;

	for (int i = 0; i < 3; i++)
		if (full[i][i] > full[first][first])
			first = i;
	memcpy(v, full[first], sizeof v);
	for (int step = 0; step < 100; step++) { /* to the eigenvector of the greatest value */
		double next[3], n = length(v);

		if (!(n > 0))
			return false;
		for (int i = 0; i < 3; i++)
			next[i] = (full[i][0] * v[0] + full[i][1] * v[1] + full[i][2] * v[2]) / n;
		memcpy(v, next, sizeof v);
	}
	most = length(v);
	for (int i = 0; i < 9; i++)
		square += full[i / 3][i % 3] * full[i / 3][i % 3];
	/* what is not in that direction: gradients of the image itself, a few hundredths */
	if (!(most > 0) || square - most * most > 0.04 * most * most)
		return false;
	for (first = 0; first < 2 && fabs(v[first]) < 1e-9 * most; first++)
		;
	for (int i = 0; i < 3; i++)
		g[i] = copysign(1, v[first]) * v[i] / most;
	return true;
}

static void normal_of(const double o[6], double normal[3])
{
	for (int w = 0; w < 3; w++)
		normal[w] = o[(w + 1) % 3] * o[3 + (w + 2) % 3] - o[(w + 2) % 3] * o[3 + (w + 1) % 3];
}

/* along a row, down a column, along the normal */
static void from_image(const double o[6], const double image[3], double g[3])
{
	double normal[3];

	normal_of(o, normal);
	for (int w = 0; w < 3; w++)
		g[w] = image[0] * o[w] + image[1] * o[3 + w] + image[2] * normal[w];
}

/* The signs are those found with volunteers and phantoms on GE's scanners (dcm2niix, issues 163, 737 and 970, and its GE
 * notes; MRtrix has the same but for coronal images); the sign of the whole vector means nothing, and is theirs. */
void diffusion_from_ge(const double orientation[6], bool row, const double stated[3], double g[3])
{
	double normal[3], phase, image[3];
	int plane = 2;

	normal_of(orientation, normal);
	for (int w = 0; w < 2; w++)
		if (fabs(normal[w]) > fabs(normal[plane]))
			plane = w;
	phase = plane == 1 ? stated[1] : -stated[1]; /* coronal, and others */
	image[0] = row ? phase : -stated[0];
	image[1] = row ? stated[0] : phase;
	image[2] = stated[2];
	for (int w = 0; plane == 0 && w < 3; w++)
		image[w] = -image[w];
	from_image(orientation, image, g);
}

static bool place_direction(struct reader *r, const struct stated *s, double g[3])
{
	char phase[READ_TEXT];
	bool row;

	if (s->axes == PATIENT) {
		memcpy(g, s->direction, sizeof s->direction);
		return true;
	}
	if (!r->frame->has_orientation)
		return false;
	if (s->axes == IMAGE_AXES) {
		from_image(r->frame->orientation, s->direction, g);
		return true;
	}
	if (!dcmtk_text(r->header, 0x0018, 0x1312, phase, sizeof phase)) /* InPlanePhaseEncodingDirection */
		return false;
	row = strcmp(phase, "ROW") == 0;
	if (!row && strncmp(phase, "COL", 3) != 0)
		return false;
	diffusion_from_ge(r->frame->orientation, row, s->direction, g);
	return true;
}

/* ---- one image ---- */

/* An image that was calculated from several directions. */
static bool is_map(struct reader *r)
{
	char type[READ_TEXT];
	const char *at = r->enhanced ? NULL : dcmtk_text(r->header, 0x0008, 0x0008, type, sizeof type);

	while (at && *at) {
		size_t n = strcspn(at, "\\");

		if ((n == 3 && strncmp(at, "ADC", n) == 0) || (n == 2 && strncmp(at, "FA", n) == 0) ||
		    (n == 6 && strncmp(at, "TRACEW", n) == 0))
			return true;
		at += n + (at[n] == '\\');
	}
	return false;
}

void diffusion_facts(struct reader *r)
{
	struct dicom_frame *f = r->frame;
	struct stated s = {.b = NAN};

	f->along[DICOM_BY_BVALUE] = NAN;
	f->has_gradient = f->isotropic = false;
	memset(f->gradient_stated, 0, sizeof f->gradient_stated);
	if (!r->file->modality || strcmp(r->file->modality, "MR") != 0)
		return;
	standard(r, &s);
	if (!r->enhanced) {
		siemens(r, &s);
		ge(r, &s);
		philips(r, &s);
		uih(r, &s);
	}
	f->along[DICOM_BY_BVALUE] = s.b;
	if (!(s.b > 0))
		return;
	f->isotropic = strcmp(s.directionality, "ISOTROPIC") == 0;
	if (f->isotropic || strcmp(s.directionality, "NONE") == 0 || is_map(r))
		return;
	if (s.has_direction) {
		memcpy(f->gradient_stated, s.direction, sizeof s.direction);
		f->has_gradient = place_direction(r, &s, f->gradient);
	} else if (s.has_matrix) {
		f->has_gradient = diffusion_rank_one(s.matrix, f->gradient);
		memcpy(f->gradient_stated, f->gradient, sizeof f->gradient);
	}
}
