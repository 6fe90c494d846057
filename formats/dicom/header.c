#include "header.h"

#include <math.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dcmtk.h"
#include "io/keys.h"
#include "philips.h"
#include "pixels.h"

struct maker {
	const struct dicom_set *set;
	const struct dicom_series *series;
	const char *subject;
	struct vol_head *h;
	struct vol_err *err;
};

static const struct dicom_frame *frame_of(const struct maker *m, size_t i)
{
	return &m->set->frames[m->series->frame[i]];
}

static enum voxel_type type_of(const struct dicom_pixels *p)
{
	unsigned bits = dicom_pixels_bits(p);

	if (bits == 8)
		return p->is_signed ? VOXEL_INT8 : VOXEL_UINT8;
	if (bits == 16)
		return p->is_signed ? VOXEL_INT16 : VOXEL_UINT16;
	return p->is_signed ? VOXEL_INT32 : VOXEL_UINT32;
}

/* One pair when all slices agree, else one a slice. */
static int set_rescale(struct maker *m)
{
	const struct dicom_frame *first = frame_of(m, 0);
	size_t n = m->series->n_frames;
	struct vol_rescale r = {0};
	bool same = true;
	int rc;

	if (!first->has_rescale)
		return 0;
	for (size_t i = 1; i < n; i++)
		same = same && frame_of(m, i)->slope == first->slope &&
		       frame_of(m, i)->intercept == first->intercept;
	r.n = same ? 1 : n;
	r.slope = calloc(r.n, sizeof *r.slope);
	r.intercept = calloc(r.n, sizeof *r.intercept);
	if (!r.slope || !r.intercept) {
		rescale_free(&r);
		return vol_fail(m->err, m->subject, "out of memory");
	}
	for (size_t i = 0; i < r.n; i++) {
		r.slope[i] = frame_of(m, i)->slope;
		r.intercept[i] = frame_of(m, i)->intercept;
	}
	rc = key_set_rescale(m->h, &r, m->err);
	rescale_free(&r);
	for (size_t i = 1; i < n; i++)
		if (frame_of(m, i)->rescale_unit != first->rescale_unit)
			return rc; /* interned: another address is another unit, or none */
	if (rc == 0 && first->rescale_unit)
		rc = key_set(m->h, m->err, "rescale.unit", "%s", first->rescale_unit);
	return rc;
}

static int set_padding(struct maker *m)
{
	const struct dicom_frame *first = frame_of(m, 0);

	for (size_t i = 1; i < m->series->n_frames; i++) {
		const struct dicom_frame *f = frame_of(m, i);

		if (f->has_padding == first->has_padding &&
		    (!f->has_padding ||
		     (f->padding[0] == first->padding[0] && f->padding[1] == first->padding[1])))
			continue;
		vol_warn(m->subject, "PixelPaddingValue (0028,0120) differs between slices (%s): not carried on",
		         m->set->files[f->file].path);
		return 0;
	}
	if (!first->has_padding)
		return 0;
	if (first->padding[0] == first->padding[1])
		return key_set(m->h, m->err, "padding", "%lld", (long long)first->padding[0]);
	return key_set(m->h, m->err, "padding", "%lld %lld", (long long)first->padding[0],
	               (long long)first->padding[1]);
}

/* DICOM states the window in rescaled values; the key is in the present unit, stored values. */
static int set_window(struct maker *m)
{
	const struct dicom_frame *first = frame_of(m, 0);
	char c[32], w[32];
	double slope = first->has_rescale ? first->slope : 1;
	double intercept = first->has_rescale ? first->intercept : 0;

	for (size_t i = 0; i < m->series->n_frames; i++) {
		const struct dicom_frame *f = frame_of(m, i);

		if (!f->has_window || f->window[0] != first->window[0] || f->window[1] != first->window[1] ||
		    (f->has_rescale && (f->slope != slope || f->intercept != intercept)))
			return 0;
	}
	return key_set(m->h, m->err, "window", "%s %s", vol_number(c, (first->window[0] - intercept) / slope),
	               vol_number(w, first->window[1] / fabs(slope)));
}

/* What stored values can be: by the bits, or as measured where that was done for all slices. */
static int set_range(struct maker *m)
{
	int64_t lo = INT64_MAX, hi = INT64_MIN;

	for (size_t i = 0; i < m->series->n_frames; i++) {
		const struct dicom_frame *f = frame_of(m, i);
		const struct dicom_pixels *p = &f->pixels;
		unsigned bits = p->palette ? dicom_pixels_bits(p) : p->stored;
		int64_t least = p->is_signed ? -((int64_t)1 << (bits - 1)) : 0;
		int64_t most = ((int64_t)1 << (bits - p->is_signed)) - 1;

		if (f->has_measured) {
			least = f->measured[0];
			most = f->measured[1];
		}
		lo = least < lo ? least : lo;
		hi = most > hi ? most : hi;
	}
	return key_set(m->h, m->err, "stored.range", "%lld %lld", (long long)lo, (long long)hi);
}

static bool any_slice_says(const struct maker *m, size_t attribute, const char *text)
{
	for (size_t i = 0; i < m->series->n_frames; i++) {
		const char *said = frame_of(m, i)->acquisition[attribute];

		if (said && strcmp(said, text) == 0)
			return true;
	}
	return false;
}

static int set_acquisition(struct maker *m)
{
	const struct dicom_frame *first = frame_of(m, 0);
	char name[128];

	for (size_t a = 0; dicom_acquisition[a].keyword; a++) {
		bool same = first->acquisition[a] != NULL;

		/* one slice is enough to make a volume one that was lossy once */
		if (strcmp(dicom_acquisition[a].keyword, "LossyImageCompression") == 0 && any_slice_says(m, a, "01")) {
			if (key_set(m->h, m->err, "dicom.LossyImageCompression", "01") < 0)
				return -1;
			continue;
		}

		for (size_t i = 1; same && i < m->series->n_frames; i++)
			same = frame_of(m, i)->acquisition[a] == first->acquisition[a];
		if (!same)
			continue;
		snprintf(name, sizeof name, "dicom.%s", dicom_acquisition[a].keyword);
		if (key_set(m->h, m->err, name, "%s", first->acquisition[a]) < 0)
			return -1;
	}
	return 0;
}

static int take_identifier(void *ctx, const char *keyword, const char *value)
{
	struct maker *m = ctx;
	char name[128];

	snprintf(name, sizeof name, "dicom.%s", keyword);
	return key_set(m->h, m->err, name, "%s", value);
}

/* Which images these are, in one number that does not tell their UIDs. */
static void digest(struct maker *m)
{
	SHA2_CTX sha;

	SHA256Init(&sha);
	for (size_t i = 0; i < m->series->n_frames; i++) {
		const char *uid = m->set->files[frame_of(m, i)->file].sop_uid;

		if (uid)
			SHA256Update(&sha, (const uint8_t *)uid, strlen(uid));
		SHA256Update(&sha, (const uint8_t *)"\n", 1);
	}
	SHA256End(&sha, m->h->digest);
}

/* NRRD's keys for diffusion: the greatest b-value, and for each volume a vector whose square is its share of it. */
static int set_gradients(struct maker *m, size_t volumes, size_t each)
{
	double most = 0;
	char name[48], a[32], b[32], c[32];

	for (size_t v = 0; v < volumes; v++) {
		const struct dicom_frame *f = frame_of(m, v * each);

		if (f->along[DICOM_BY_BVALUE] > 0 && !f->has_gradient) {
			vol_warn(m->subject, "volume %zu of b-value %g has no direction (a trace?): no gradients are carried on", v + 1,
			         f->along[DICOM_BY_BVALUE]);
			return 0;
		}
		most = fmax(most, f->along[DICOM_BY_BVALUE]);
	}
	if (!(most > 0))
		return 0;
	if (key_set_full(m->h, "modality", "DWMRI", m->err) < 0 ||
	    key_set_full(m->h, "DWMRI_b-value", vol_number(a, most), m->err) < 0)
		return -1;
	for (size_t v = 0; v < volumes; v++) {
		const struct dicom_frame *f = frame_of(m, v * each);
		const double *g = f->gradient;
		double weight = f->along[DICOM_BY_BVALUE], length = sqrt(g[0] * g[0] + g[1] * g[1] + g[2] * g[2]);
		double by = weight > 0 && length > 0 ? sqrt(weight / most) / length : 0;
		char text[100];

		/* 0 +: no minus zeros */
		snprintf(text, sizeof text, "%s %s %s", vol_number(a, 0 + by * g[0]), vol_number(b, 0 + by * g[1]),
		         vol_number(c, 0 + by * g[2]));
		snprintf(name, sizeof name, "DWMRI_gradient_%04zu", v);
		if (key_set_full(m->h, name, text, m->err) < 0)
			return -1;
	}
	return 0;
}

/* A volume for itself, of one weighting: it was one of several in another series. */
static int set_single(struct maker *m)
{
	const struct dicom_frame *first = frame_of(m, 0);
	char digits[32];

	for (size_t i = 1; i < m->series->n_frames; i++) {
		const struct dicom_frame *f = frame_of(m, i);
		bool same = f->along[DICOM_BY_BVALUE] == first->along[DICOM_BY_BVALUE] && f->has_gradient == first->has_gradient;

		for (int w = 0; w < 3; w++)
			same = same && f->gradient_stated[w] == first->gradient_stated[w];
		if (!same)
			return 0;
	}
	if (!(first->along[DICOM_BY_BVALUE] > 0))
		return 0;
	if (key_set(m->h, m->err, "axis", "bvalue s/mm2 %s", vol_number(digits, first->along[DICOM_BY_BVALUE])) < 0)
		return -1;
	return first->has_gradient ? set_gradients(m, 1, 0) : 0;
}

static int set_axis(struct maker *m)
{
	const struct dicom_list *list = &m->series->list;
	char *text;
	int rc;

	if (list->n == 0)
		return set_single(m);
	text = dicom_axis_text(m->set, m->series->frame, m->series->n_frames, list);
	if (!text) {
		vol_note(m->subject, "what tells the %zu volumes apart is not carried on", list->n);
		return 0;
	}
	rc = key_set(m->h, m->err, "axis", "%s", text);
	free(text);
	return rc == 0 && list->axis == DICOM_BY_BVALUE ? set_gradients(m, list->n, m->series->n_frames / list->n) : rc;
}

/* What the files leave out and the standard makes plain, once for all that leave out the same. */
static void warn_assumed(const struct maker *m)
{
	const char *said = NULL;

	for (size_t i = 0; i < m->series->n_frames; i++) {
		const char *assumed = frame_of(m, i)->assumed;

		if (assumed && assumed != said)
			vol_warn(m->set->files[frame_of(m, i)->file].path, "%s", assumed);
		said = assumed ? assumed : said;
	}
}

static int fill(struct maker *m, bool identifiers)
{
	const struct dicom_file *first = &m->set->files[frame_of(m, 0)->file];

	if (frame_of(m, 0)->pixels.allocated == 32 && frame_of(m, 0)->pixels.swap)
		vol_warn(m->subject, "32-bit big-endian pixels: read as 16-bit words, low one first (DICOM PS3.5); "
		                     "some programs write them otherwise");
	m->h->type = type_of(&frame_of(m, 0)->pixels);
	m->h->channels = dicom_pixels_channels(&frame_of(m, 0)->pixels);
	warn_assumed(m);
	m->h->grid = m->series->geometry.grid;
	m->h->list = m->series->list.n;
	if (vol_head_check(m->h, m->subject, m->err) < 0)
		return -1;
	if (key_set(m->h, m->err, "unit", "stored") < 0 || key_source(m->h, m->err) < 0)
		return -1;
	if (first->modality && key_set(m->h, m->err, "modality", "%s", first->modality) < 0)
		return -1;
	if (set_axis(m) < 0 || set_rescale(m) < 0 || set_padding(m) < 0 || set_window(m) < 0 || set_range(m) < 0 ||
	    set_acquisition(m) < 0 || dicom_philips_keys(m->set, m->series, m->h, m->err) < 0)
		return -1;
	digest(m);
	return identifiers ? dcmtk_identifiers(first->path, take_identifier, m, m->err) : 0;
}

int dicom_header(const struct dicom_set *set, const struct dicom_series *series, bool identifiers,
                 const char *subject, struct vol_head *h, struct vol_err *err)
{
	struct maker m = {set, series, subject, h, err};

	vol_head_init(h);
	if (fill(&m, identifiers) == 0)
		return 0;
	vol_head_free(h);
	return -1;
}
