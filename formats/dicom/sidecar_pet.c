/* sidecar_pet.c - PET: the tracer, and the times of the frames. Only differences of times go on. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "read.h"
#include "read_inside.h"
#include "sidecar_inside.h"

enum { TRACER = 0x00540016 };

static char *tracer(struct dcmtk_header *h, uint32_t tag, char buf[SIDECAR_TEXT])
{
	const uint32_t path[] = {TRACER, tag};

	return dcmtk_path_text(h, 0, path, 2, buf, SIDECAR_TEXT);
}

static double tracer_number(struct dcmtk_header *h, uint32_t tag)
{
	char buf[SIDECAR_TEXT];
	double x;

	return dicom_decimals(tracer(h, tag, buf), 1, &x) > 0 && x > 0 ? x : NAN;
}

/* "^18^Fluorine" as BIDS writes it: "F18". */
static void nuclide(struct sidecar *s, struct dcmtk_header *h)
{
	static const char *const elements[][2] = {
		{"Fluorine", "F"}, {"Carbon", "C"}, {"Nitrogen", "N"}, {"Oxygen", "O"}, {"Gallium", "Ga"}, {"Copper", "Cu"},
		{"Rubidium", "Rb"}, {"Zirconium", "Zr"}, {"Iodine", "I"}, {"Yttrium", "Y"},
	};
	const uint32_t path[] = {TRACER, 0x00540300, 0x00080104};
	char buf[SIDECAR_TEXT], text[16], *name, *mass = dcmtk_path_text(h, 0, path, 3, buf, sizeof buf);
	size_t n = mass && *mass == '^' ? strspn(++mass, "0123456789") : 0;

	if (n == 0 || n > 3 || mass[n] != '^')
		return;
	name = mass + n + 1;
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
		if (strcmp(name, elements[i][0]) == 0) {
			strcpy(text, elements[i][1]);
			strncat(text, mass, n);
			json_out_text(&s->out, "TracerRadionuclide", text);
		}
}

/* When the tracer was given, s before the scan: by date and time, or for short-lived nuclides by the time of day. */
static void injection(struct sidecar *s, struct dcmtk_header *h, double half_life)
{
	char buf[SIDECAR_TEXT], date[9] = "", *text;
	double scan = INFINITY, given, day = 86400;

	for (size_t i = 0; i < s->series->n_frames; i++) {
		const struct dicom_frame *f = &s->set->frames[s->series->frame[i]];

		if (!f->has_time)
			return;
		scan = fmin(scan, f->time);
	}
	text = tracer(h, 0x00181078, buf);
	if (text && strlen(text) >= 14 && scan > 366 * day) {
		memcpy(date, text, 8);
		if (!frames_seconds(date, text + 8, &given))
			return;
		given -= scan;
	} else {
		if (!(half_life < day / 2) || !(text = tracer(h, 0x00181072, buf)) || !frames_seconds("", text, &given))
			return;
		given -= fmod(scan, day);
		given -= given > 0 ? day : 0;
	}
	if (given > 0 || given < -30 * day)
		return;
	json_out_number(&s->out, "ScanStart", 0);
	json_out_number(&s->out, "InjectionStart", rint(given * 1000) / 1000);
}

static int tracer_put(struct sidecar *s)
{
	struct dcmtk_header *h = sidecar_open(s, s->set->frames[s->series->frame[0]].file);
	char buf[SIDECAR_TEXT], utf8[4 * SIDECAR_TEXT];
	struct sidecar_words words;
	double dose, half_life, fraction;
	const char *text;

	if (!h)
		return -1;
	text = tracer(h, 0x00180031, buf);
	sidecar_words(h, &words);
	if (text && !sidecar_identifies(&words, text) && dcmtk_utf8(h, text, utf8, sizeof utf8))
		json_out_text(&s->out, "Radiopharmaceutical", utf8);
	nuclide(s, h);
	dose = tracer_number(h, 0x00181074);
	half_life = tracer_number(h, 0x00181075);
	fraction = tracer_number(h, 0x00181076);
	if (!isnan(dose)) {
		json_out_number(&s->out, "RadionuclideTotalDose", dose);
		json_out_number(&s->out, "InjectedRadioactivity", dose / 1e6);
		json_out_text(&s->out, "InjectedRadioactivityUnits", "MBq");
	}
	if (!isnan(half_life))
		json_out_number(&s->out, "RadionuclideHalfLife", half_life);
	if (!isnan(fraction))
		json_out_number(&s->out, "RadionuclidePositronFraction", fraction);
	injection(s, h, half_life);
	dcmtk_header_close(h);
	return 0;
}

/* A value of each volume that all its slices share, as an array. */
static void by_volume(struct sidecar *s, const char *name, double (*value)(const struct sidecar *s, size_t i), double *x)
{
	size_t n = (size_t)s->series->geometry.grid.size[2], volumes = s->series->n_frames / n;

	for (size_t i = 0; i < s->series->n_frames; i++) {
		double v = value(s, i);

		if (isnan(v) || (i % n && v != x[i / n]))
			return;
		x[i / n] = v;
	}
	json_out_numbers(&s->out, name, x, volumes);
}

static double duration(const struct sidecar *s, size_t i)
{
	return s->each[i].duration;
}

static double decay(const struct sidecar *s, size_t i)
{
	return s->each[i].decay;
}

static double start(const struct sidecar *s, size_t i)
{
	const struct dicom_frame *f = &s->set->frames[s->series->frame[i]], *first = &s->set->frames[s->series->frame[0]];

	return f->has_time && first->has_time && f->time >= first->time ? rint((f->time - first->time) * 1000) / 1000 : NAN;
}

int sidecar_pet_put(struct sidecar *s)
{
	const char *modality = sidecar_field(s, "Modality"), *correction = sidecar_field(s, "DecayCorrection");
	double *x;

	if (!modality || strcmp(modality, "PT") != 0)
		return 0;
	x = calloc(s->series->n_frames, sizeof *x);
	if (!x)
		return vol_fail(s->err, s->subject, "out of memory");
	by_volume(s, "FrameTimesStart", start, x);
	by_volume(s, "FrameDuration", duration, x);
	by_volume(s, "DecayFactor", decay, x);
	free(x);
	if (correction &&
	    (strcmp(correction, "START") == 0 || strcmp(correction, "ADMIN") == 0 || strcmp(correction, "NONE") == 0))
		json_out_bool(&s->out, "ImageDecayCorrected", strcmp(correction, "NONE") != 0);
	return tracer_put(s);
}
