#include "sidecar.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sidecar_inside.h"

struct dcmtk_header *sidecar_open(struct sidecar *s, size_t file)
{
	const char *path = s->set->files[file].path, *why;
	struct dcmtk_header *h = dcmtk_header_open(path);
	uint64_t at;

	if (!h) {
		vol_fail(s->err, path, "out of memory");
	} else if (dcmtk_header_end(h, &why, &at) != DCMTK_AT_PIXELS) {
		dcmtk_header_close(h);
		vol_fail(s->err, path, "cannot be read again");
		h = NULL;
	}
	return h;
}

/* What one frame says; what all say is kept. */
static int take(struct sidecar *s, struct sidecar_source *from, size_t i)
{
	s->each[i].trigger = sidecar_read(from, 0, 0x00181060) / 1000;
	s->each[i].number = sidecar_read(from, 0x00209111, 0x00209057);
	s->each[i].duration = sidecar_read(from, 0, 0x00181242) / 1000;
	s->each[i].decay = sidecar_read(from, 0, 0x00541321);
	s->each[i].echo = sidecar_read(from, 0x00189114, 0x00189082) / 1000;
	if (isnan(s->each[i].echo))
		s->each[i].echo = sidecar_read(from, 0, 0x00180081) / 1000;
	if (from->again && !from->enhanced) /* tiles of a mosaic say the same */
		return 0;
	if (sidecar_fields_take(s, from) < 0)
		return -1;
	sidecar_facts(from);
	if (s->seen == 0)
		s->vendor = from->vendor;
	for (size_t k = 0; k < SIDECAR_FACTS; k++)
		if (s->seen == 0)
			s->fact[k] = from->fact[k];
		else if (s->fact[k] != from->fact[k])
			s->fact[k] = NAN;
	s->seen++;
	return 0;
}

/* All frames of the series that are in one file, order[0..n-1]. */
static int take_file(struct sidecar *s, const size_t *order, size_t n)
{
	const struct dicom_frame *first = &s->set->frames[s->series->frame[order[0]]];
	struct sidecar_source from = {.header = sidecar_open(s, first->file)};
	int rc = 0;

	if (!from.header)
		return -1;
	from.enhanced = dcmtk_frames(from.header) > 0 && !first->pixels.mosaic_columns;
	from.vendor = sidecar_vendor_of(from.header);
	sidecar_words(from.header, &from.words);
	for (size_t k = 0; k < n && rc == 0; k++) {
		from.frame = &s->set->frames[s->series->frame[order[k]]];
		from.again = k > 0;
		rc = take(s, &from, order[k]);
	}
	dcmtk_header_close(from.header);
	return rc;
}

struct place {
	size_t file, i;
};

static int by_file(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->file != y->file ? (x->file > y->file) - (x->file < y->file) : (x->i > y->i) - (x->i < y->i);
}

/* Each file once. */
static int take_all(struct sidecar *s)
{
	size_t n = s->series->n_frames;
	struct place *place = calloc(n, sizeof *place);
	size_t *order = calloc(n, sizeof *order);
	int rc = 0;

	if (!place || !order)
		rc = vol_fail(s->err, s->subject, "out of memory");
	for (size_t i = 0; i < n && rc == 0; i++)
		place[i] = (struct place){s->set->frames[s->series->frame[i]].file, i};
	if (rc == 0)
		qsort(place, n, sizeof *place, by_file);
	for (size_t i = 0, end; i < n && rc == 0; i = end) {
		for (end = i; end < n && place[end].file == place[i].file; end++)
			order[end - i] = place[end].i;
		rc = take_file(s, order, end - i);
	}
	free(place);
	free(order);
	return rc;
}

/* Echo times along the list axis, where they are what it is. */
static void echoes(struct sidecar *s)
{
	size_t volumes = s->series->list.n, each = volumes ? s->series->n_frames / volumes : 0;
	double *x;

	if (volumes == 0 || s->series->list.axis != DICOM_BY_ECHO || !(x = calloc(volumes, sizeof *x)))
		return;
	for (size_t v = 0; v < volumes; v++)
		x[v] = s->each[v * each].echo;
	json_out_numbers(&s->out, "EchoTime", x, volumes);
	free(x);
}

static int fill(struct sidecar *s)
{
	if (take_all(s) < 0 || sidecar_slice_times(s) < 0)
		return -1;
	sidecar_fields_put(s);
	echoes(s);
	sidecar_phase_put(s);
	if (sidecar_pet_put(s) < 0)
		return -1;
	json_out_numbers(&s->out, "ImageOrientationPatientDICOM", s->set->frames[s->series->frame[0]].orientation, 6);
	json_out_text(&s->out, "ConversionSoftware", "volpipe");
	json_out_text(&s->out, "ConversionSoftwareVersion", VOLPIPE_VERSION);
	return 0;
}

char *dicom_sidecar(const struct dicom_set *set, const struct dicom_series *series, const struct sidecar_ask *ask,
                    const char *subject, struct vol_err *err)
{
	struct sidecar s = {.set = set, .series = series, .ask = ask, .subject = subject, .err = err};
	char *text;
	int rc;

	s.each = calloc(series->n_frames, sizeof *s.each);
	rc = s.each ? fill(&s) : vol_fail(err, subject, "out of memory");
	text = json_out_end(&s.out);
	if (rc == 0 && !text)
		vol_fail(err, subject, "out of memory");
	if (rc < 0) {
		free(text);
		text = NULL;
	}
	free(s.each);
	free(s.slice_times);
	free(s.spare);
	return text;
}
