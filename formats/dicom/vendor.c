/* vendor.c - what an image says by the way, and what scanners say of it in attributes of their own. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "read.h"
#include "read_inside.h"

enum { FIRST_BLOCK = 0x10, LAST_BLOCK = 0xff, LAST_NESTED = 0x1f };

uint32_t read_private(struct reader *r, uint16_t group, const char *owner, uint8_t element)
{
	uint32_t first = (uint32_t)group << 16 | FIRST_BLOCK, last = (uint32_t)group << 16 | LAST_BLOCK, at = first;
	char buf[READ_TEXT];

	while ((at = dcmtk_tag_from(r->header, at)) != 0 && at <= last) {
		const char *text = dcmtk_text(r->header, group, (uint16_t)at, buf, sizeof buf);

		if (text && strcmp(text, owner) == 0)
			return (uint32_t)group << 16 | (at & 0xff) << 8 | element;
		at++;
	}
	return 0;
}

static double number_of(const char *text)
{
	double x;

	return dicom_decimals(text, 1, &x) > 0 ? x : NAN;
}

static double number_at(struct reader *r, uint16_t group, uint16_t element)
{
	char buf[READ_TEXT];

	return number_of(dcmtk_text(r->header, group, element, buf, sizeof buf));
}

static double private_number(struct reader *r, uint16_t group, const char *owner, uint8_t element)
{
	uint32_t tag = read_private(r, group, owner, element);

	return tag ? number_at(r, group, (uint16_t)tag) : NAN;
}

/* ---- order ---- */

static void indices(struct reader *r)
{
	char buf[READ_TEXT];
	const char *text = r->enhanced ? read_value(r, 0x00209111, 0x00209157, buf) : NULL;

	for (int i = 0; i < DICOM_INDICES; i++) {
		r->frame->order[DICOM_ORDER_INDEX + i] = number_of(text);
		text = text ? strchr(text, '\\') : NULL;
		text = text ? text + 1 : NULL;
	}
}

/* How many positions: GE says it in its own words; ImagesInAcquisition is about all volumes with some scanners. */
static void order(struct reader *r)
{
	struct dicom_frame *f = r->frame;
	char date[READ_TEXT], time[READ_TEXT], buf[READ_TEXT];

	f->order[DICOM_ORDER_ACQUISITION] = number_of(r->enhanced ? read_value(r, 0x00209111, 0x00209156, buf) : NULL);
	if (isnan(f->order[DICOM_ORDER_ACQUISITION]))
		f->order[DICOM_ORDER_ACQUISITION] = number_at(r, 0x0020, 0x0012);
	f->order[DICOM_ORDER_TRIGGER] = number_at(r, 0x0018, 0x1060);
	f->order[DICOM_ORDER_INSTANCE] = number_at(r, 0x0020, 0x0013);
	if (!dcmtk_text(r->header, 0x0008, 0x0023, date, sizeof date))
		date[0] = '\0';
	if (!dcmtk_text(r->header, 0x0008, 0x0033, time, sizeof time) ||
	    !frames_seconds(date, time, &f->order[DICOM_ORDER_CONTENT]))
		f->order[DICOM_ORDER_CONTENT] = NAN;
	f->times = number_at(r, 0x0020, 0x0105);
	if (!(f->times > 1)) /* with some scanners the phases of the heart are no points in time */
		f->times = number_at(r, 0x0018, 0x1090);
	f->positions = private_number(r, 0x0021, "GEMS_RELA_01", 0x4f);
	f->counted = "LocationsInAcquisition (0021,xx4F)";
	if (isnan(f->positions)) {
		f->positions = number_at(r, 0x0020, 0x1002);
		f->counted = "ImagesInAcquisition (0020,1002)";
	}
	if (isnan(f->positions)) {
		f->positions = number_at(r, 0x0054, 0x0081);
		f->counted = "NumberOfSlices (0054,0081)";
	}
}

/* ---- which part of the complex signal ---- */

/* Of single images: as the standard's attribute says, or GE's number for it. What Siemens and Philips say is in ImageType. */
static void component(struct reader *r)
{
	static const char *const raw[] = {"MAGNITUDE", "PHASE", "REAL", "IMAGINARY"};
	char buf[READ_TEXT];
	const char *text = dcmtk_text(r->header, 0x0008, 0x9208, buf, sizeof buf);
	double number;

	if (!text) {
		number = private_number(r, 0x0043, "GEMS_PARM_01", 0x2f);
		if (number >= 0 && number <= 3 && number == rint(number))
			text = raw[(int)number];
	}
	r->frame->component = read_keep(r, text);
}

/* ---- scaling ---- */

/* The text of an FL; where an archive made UN of it, its bytes: "d0\0f\49\40". */
static bool single(const char *text, double *x)
{
	unsigned byte[4];
	uint32_t bits = 0;
	float f;

	if (dicom_decimals(text, 1, x) > 0 && !strchr(text, '\\'))
		return true;
	if (!text || strlen(text) != 11 || sscanf(text, "%2x\\%2x\\%2x\\%2x", &byte[0], &byte[1], &byte[2], &byte[3]) != 4)
		return false;
	for (int i = 4; i-- > 0;)
		bits = bits << 8 | byte[i];
	memcpy(&f, &bits, sizeof f);
	*x = (double)f;
	return isfinite(f);
}

/* The block that an owner has in the functional groups of the frame in work: at the end of path[n], of which the last stands
 * for it. 0: none. */
static uint32_t nested_block(struct reader *r, uint32_t *path, size_t n, uint32_t group, const char *owner)
{
	char buf[READ_TEXT];

	for (uint32_t block = FIRST_BLOCK; block <= LAST_NESTED; block++) {
		const char *text;

		path[n - 1] = group << 16 | block;
		text = dcmtk_frame_text(r->header, r->frame->number - 1, path, n, buf, sizeof buf);
		if (text && strcmp(text, owner) == 0)
			return group << 16 | block << 8;
	}
	return 0;
}

/* A private value of Philips' for the frame in work: outermost, or in the sequence that stands with each frame. */
static const char *philips_text(struct reader *r, uint8_t element, char buf[READ_TEXT])
{
	static const char owner[] = "Philips MR Imaging DD 001";
	uint32_t path[2], sequence, block, tag;

	if (!r->enhanced) {
		tag = read_private(r, 0x2005, owner, element);
		return tag ? dcmtk_text(r->header, 0x2005, (uint16_t)tag, buf, READ_TEXT) : NULL;
	}
	sequence = nested_block(r, path, 1, 0x2005, "Philips MR Imaging DD 005");
	if (!sequence)
		return NULL;
	path[0] = sequence | 0x0f;
	block = nested_block(r, path, 2, 0x2005, owner);
	path[1] = block | element;
	return block ? dcmtk_frame_text(r->header, r->frame->number - 1, path, 2, buf, READ_TEXT) : NULL;
}

static void scale(struct reader *r)
{
	struct dicom_frame *f = r->frame;
	char buf[READ_TEXT];

	/* asked of each frame, it is not cheap: only where it can be */
	if (!dcmtk_text(r->header, 0x0008, 0x0070, buf, sizeof buf) || strncasecmp(buf, "philips", 7) != 0)
		return;
	f->has_scale = single(philips_text(r, 0x0e, buf), &f->scale[0]) && f->scale[0] != 0;
	if (f->has_scale && !single(philips_text(r, 0x0d, buf), &f->scale[1]))
		f->scale[1] = 0;
}

/* ---- real-world values (PS3.3, C.7.6.16.2.11) ---- */

static const char *real_world_text(struct reader *r, const uint32_t *path, size_t n, char buf[READ_TEXT])
{
	const char *text = r->enhanced ? dcmtk_frame_text(r->header, r->frame->number - 1, path, n, buf, READ_TEXT) : NULL;

	return text ? text : dcmtk_path_text(r->header, 0, path, n, buf, READ_TEXT);
}

static void real_world(struct reader *r)
{
	static const uint32_t slope[] = {0x00409096, 0x00409225}, intercept[] = {0x00409096, 0x00409224},
			      unit[] = {0x00409096, 0x004008ea, 0x00080100}, scheme[] = {0x00409096, 0x004008ea, 0x00080102};
	struct dicom_frame *f = r->frame;
	char buf[READ_TEXT];
	const char *text;

	f->has_real_world = dicom_decimals(real_world_text(r, slope, 2, buf), 1, &f->real_world[0]) > 0 && f->real_world[0] != 0 &&
			    dicom_decimals(real_world_text(r, intercept, 2, buf), 1, &f->real_world[1]) > 0;
	if (!f->has_real_world)
		return;
	text = real_world_text(r, scheme, 3, buf);
	if (!text || strcmp(text, "UCUM") != 0)
		return;
	text = real_world_text(r, unit, 3, buf);
	f->real_world_unit = read_keep(r, text && strlen(text) <= 16 && strcspn(text, " \n\t\r") == strlen(text) ? text : NULL);
}

void vendor_facts(struct reader *r)
{
	order(r);
	indices(r);
	component(r);
	scale(r);
	real_world(r);
}
