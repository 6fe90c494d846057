/* read_pixels.c - how the pixels of a file are stored. */
#include <stdio.h>
#include <string.h>

#include "read_inside.h"

enum { TEXT = READ_TEXT };

static const struct {
	const char *uid;
	enum dicom_codec codec;
} codecs[] = {
	{TS, DICOM_NATIVE},
	{TS ".1", DICOM_NATIVE},
	{TS ".2", DICOM_NATIVE},
	{TS ".1.99", DICOM_DEFLATED},
	{TS ".5", DICOM_RLE},
	{TS ".4.50", DICOM_DCMTK}, /* JPEG baseline */
	{TS ".4.51", DICOM_DCMTK}, /* JPEG extended */
	{TS ".4.57", DICOM_DCMTK}, /* JPEG lossless, any predictor */
	{TS ".4.70", DICOM_DCMTK}, /* JPEG lossless, first-order prediction */
	{TS ".4.80", DICOM_DCMTK}, /* JPEG-LS lossless */
	{TS ".4.81", DICOM_DCMTK}, /* JPEG-LS near-lossless */
	{TS ".4.90", DICOM_JPEG2000},
	{TS ".4.91", DICOM_JPEG2000},
};

bool read_codec(const char *uid, enum dicom_codec *codec)
{
	for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++)
		if (strcmp(codecs[i].uid, uid) == 0) {
			*codec = codecs[i].codec;
			return true;
		}
	return false;
}

/* What the file states must be known, though DCMTK read it in some way; how it was read counts. */
static int pixel_codec(struct reader *r)
{
	char buf[TEXT];
	const char *stated = dcmtk_text(r->header, 0x0002, 0x0010, buf, sizeof buf);
	const char *as_read = dcmtk_transfer_syntax(r->header);
	enum dicom_codec ignored;

	if (stated && !read_codec(stated, &ignored))
		return read_because(r, DICOM_UNSUPPORTED, "transfer syntax %.64s", stated);
	if (!read_codec(as_read, &r->frame->pixels.codec))
		return read_because(r, DICOM_UNSUPPORTED, "transfer syntax %.64s", as_read);
	r->frame->pixels.syntax = as_read;
	return 1;
}

/* Each says the other (PS3.3, C.7.6.3: High Bit is one less than Bits Stored). Without either nothing tells what lies in the
 * upper bits of a word, but a byte is no more than a byte. */
static int bits_stored(struct reader *r, uint16_t allocated, uint16_t *stored, uint16_t *high)
{
	bool has_stored = dcmtk_u16(r->header, 0x0028, 0x0101, stored), has_high = dcmtk_u16(r->header, 0x0028, 0x0102, high);

	if (!has_stored && !has_high && allocated > 8)
		return read_because(r, DICOM_UNSUPPORTED, "no BitsStored (0028,0101), of %u allocated", allocated);
	if (!has_stored) {
		*stored = has_high ? (uint16_t)(*high + 1) : allocated;
		read_assume(r, "BitsStored (0028,0101) is not stated, and follows from %s", has_high ? "HighBit (0028,0102)"
		                                                                                  : "8 bits allocated");
	}
	if (!has_high) {
		*high = (uint16_t)(*stored - 1);
		read_assume(r, "HighBit (0028,0102) is not stated, and follows from %s", "BitsStored (0028,0101)");
	}
	return 1;
}

int read_pixels(struct reader *r)
{
	struct dicom_pixels *p = &r->frame->pixels;
	uint16_t rows = 0, columns = 0, allocated, stored, high, sign = 2;

	if (pixel_codec(r) <= 0)
		return 0;
	dcmtk_u16(r->header, 0x0028, 0x0010, &rows);
	dcmtk_u16(r->header, 0x0028, 0x0011, &columns);
	if (!rows || !columns)
		return read_because(r, DICOM_UNSUPPORTED, "Rows x Columns is %u x %u", rows, columns);
	if (!dcmtk_u16(r->header, 0x0028, 0x0100, &allocated))
		return read_because(r, DICOM_UNSUPPORTED, "no BitsAllocated (0028,0100)");
	if (!bits_stored(r, allocated, &stored, &high))
		return 0;
	r->no_sign = !dcmtk_u16(r->header, 0x0028, 0x0103, &sign);
	if (!r->no_sign && sign > 1)
		return read_because(r, DICOM_UNSUPPORTED, "no sound PixelRepresentation (0028,0103)");
	if ((allocated != 8 && allocated != 16 && allocated != 32) || stored < 1 || stored > allocated ||
	    high >= allocated || high + 1 < stored)
		return read_because(r, DICOM_UNSUPPORTED, "bits allocated %u, stored %u, high %u", allocated, stored,
		               high);
	p->rows = rows;
	p->columns = columns;
	p->allocated = allocated;
	p->stored = stored;
	p->high = high;
	p->is_signed = sign == 1;
	return 1;
}
