/* frames.c - what the functional groups of an enhanced file (PS3.3, C.7.6.16) say of one frame. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "read.h"
#include "read_inside.h"

/* ---- time ---- */

/* n digits as a number; -1: they are none. */
static long digits(const char *s, size_t n)
{
	long x = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		x = x * 10 + (s[i] - '0');
	}
	return x;
}

/* Days since 2000-03-01: with the leap day at the end of its year, months follow one rule. */
static long day_number(long year, long month, long day)
{
	long y = year - 2000 - (month < 3), m = (month + 9) % 12;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1;
}

bool frames_seconds(const char *date, const char *time, double *seconds)
{
	long year = digits(date, strnlen(date, 4)), month, day, hours, minutes;
	char rest[24] = "0";
	size_t n;

	*seconds = 0;
	if (date[0]) {
		if (strlen(date) < 8 || year < 1900 || (month = digits(date + 4, 2)) < 1 || month > 12 ||
		    (day = digits(date + 6, 2)) < 1 || day > 31)
			return false;
		*seconds = 86400.0 * (double)day_number(year, month, day);
	}
	if (strlen(time) < 6 || (hours = digits(time, 2)) < 0 || (minutes = digits(time + 2, 2)) < 0)
		return false;
	n = strspn(time + 4, "0123456789."); /* a zone may follow */
	if (n < 2 || n >= sizeof rest)
		return false;
	memcpy(rest, time + 4, n);
	rest[n] = '\0';
	double s;

	if (dicom_decimals(rest, 1, &s) <= 0)
		return false;
	*seconds += 3600.0 * (double)hours + 60.0 * (double)minutes + s;
	return true;
}

/* ---- one frame ---- */

static double number_at(struct reader *r, uint32_t group, uint32_t tag)
{
	char buf[READ_TEXT];
	double x;

	return dicom_decimals(read_value(r, group, tag, buf), 1, &x) > 0 ? x : NAN;
}

/* FrameType of whichever modality, and what part of the complex signal. */
static void kind(struct reader *r)
{
	static const uint32_t groups[] = {0x00189226, 0x00189329, 0x00189751, 0x00189504}; /* MR, CT, PET, 3-D X-ray */
	char type[READ_TEXT], part[READ_TEXT], text[2 * READ_TEXT + 2];

	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		if (!read_value(r, groups[i], 0x00089007, type))
			continue;
		if (!read_value(r, groups[i], 0x00089208, part))
			part[0] = '\0';
		snprintf(text, sizeof text, "%s%s%s", type, part[0] ? " " : "", part);
		r->frame->kind = read_keep(r, text);
		return;
	}
}

static void time_of(struct reader *r)
{
	char buf[READ_TEXT], date[9] = "";

	if (!read_value(r, 0x00209111, 0x00189074, buf) || strlen(buf) < 14)
		return;
	memcpy(date, buf, 8);
	r->frame->has_time = frames_seconds(date, buf + 8, &r->frame->time);
}

/* Facts that travel with the volume, where an enhanced file keeps them. */
static const struct {
	uint32_t group, tag;
	uint32_t as; /* the tag in dicom_acquisition */
} acquired[] = {
	{0x00189226, 0x00089007, 0x00080008}, /* FrameType: ImageType */
	{0x00189329, 0x00089007, 0x00080008},
	{0x00189751, 0x00089007, 0x00080008},
	{0x00289110, 0x00180050, 0x00180050}, /* SliceThickness */
	{0x00289110, 0x00180088, 0x00180088}, /* SpacingBetweenSlices */
	{0x00189112, 0x00180080, 0x00180080}, /* RepetitionTime */
	{0x00189112, 0x00181314, 0x00181314}, /* FlipAngle */
	{0x00189112, 0x00180091, 0x00180091}, /* EchoTrainLength */
	{0x00189114, 0x00189082, 0x00180081}, /* EffectiveEchoTime: EchoTime */
	{0x00189119, 0x00180083, 0x00180083}, /* NumberOfAverages */
	{0x00189325, 0x00180060, 0x00180060}, /* KVP */
	{0x00189314, 0x00181210, 0x00181210}, /* ConvolutionKernel */
	{0x00189314, 0x00181100, 0x00181100}, /* ReconstructionDiameter */
};

static void acquisition(struct reader *r)
{
	char buf[READ_TEXT];

	for (size_t i = 0; i < sizeof acquired / sizeof *acquired; i++) {
		const char *text = read_value(r, acquired[i].group, acquired[i].tag, buf);

		if (!text || strlen(text) > 256 || strcspn(text, "\n\r\t\f\033") != strlen(text))
			continue;
		r->frame->acquisition[dicom_acquired(acquired[i].as)] = read_keep(r, text);
	}
}

void frames_facts(struct reader *r)
{
	struct dicom_frame *f = r->frame;

	kind(r);
	f->along[DICOM_BY_ECHO] = number_at(r, 0x00189114, 0x00189082);
	f->along[DICOM_BY_TRIGGER] = number_at(r, 0x00189118, 0x00209153);
	f->along[DICOM_BY_TIME] = number_at(r, 0x00209111, 0x00209128);
	f->along[DICOM_BY_PASS] = f->along[DICOM_BY_INDEX] = NAN;
	diffusion_facts(r);
	time_of(r);
	acquisition(r);
}

void frames_outermost(struct reader *r)
{
	struct dicom_frame *f = r->frame;
	char date[READ_TEXT], time[READ_TEXT];

	f->along[DICOM_BY_ECHO] = number_at(r, 0, 0x00180081);
	f->along[DICOM_BY_TRIGGER] = NAN;
	f->along[DICOM_BY_TIME] = number_at(r, 0, 0x00200100); /* TemporalPositionIdentifier */
	f->along[DICOM_BY_PASS] = f->along[DICOM_BY_INDEX] = NAN;
	diffusion_facts(r);
	if (!dcmtk_text(r->header, 0x0008, 0x0022, date, sizeof date))
		date[0] = '\0';
	if (dcmtk_text(r->header, 0x0008, 0x0032, time, sizeof time))
		f->has_time = frames_seconds(date, time, &f->time);
}

void frames_stacks(struct reader *r)
{
	char first[READ_TEXT], stack[READ_TEXT], text[3 * READ_TEXT + 16];
	bool several = false;

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < r->n; i++) {
			r->frame = &r->all[i];
			if (!read_value(r, 0x00209111, 0x00209056, stack))
				stack[0] = '\0';
			if (pass == 0 && i == 0)
				strcpy(first, stack);
			several = several || strcmp(first, stack) != 0;
			if (pass == 0)
				continue;
			snprintf(text, sizeof text, "%s%sstack %s", r->frame->kind ? r->frame->kind : "",
			         r->frame->kind ? " " : "", stack[0] ? stack : "without number");
			r->frame->kind = read_keep(r, text);
		}
		if (!several)
			return;
	}
}
