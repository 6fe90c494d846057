/* jpeg.c - what a JPEG or JPEG-LS code stream says of its own frame. DCMTK believes the data set and
 * leaves the rest of the picture as it finds it when the code stream holds fewer rows. */
#include "pixels.h"

#include <string.h>

static unsigned big16(const unsigned char *b)
{
	return (unsigned)b[0] << 8 | b[1];
}

/* SOF0 to SOF15 without DHT, JPG and DAC between them (ITU-T T.81, table B.1); SOF55 (T.87) */
static bool starts_frame(unsigned char marker)
{
	return (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) ||
	       marker == 0xf7;
}

/* What a code stream says of its colours, if anything: JFIF's are YCbCr (ITU-T T.871, 6.1), Adobe's segment names the
 * transform, and red and blue are as fine as green. */
enum said {
	NOTHING, IS_RGB, IS_YBR
};

/* A segment from its marker's second byte on; its length counts from the byte after that. */
static void listen(const unsigned char *b, size_t length, enum said *said)
{
	enum { APP0 = 0xe0, APP14 = 0xee, ADOBE_BYTES = 14 };

	if (b[0] == APP0 && length >= 7 && memcmp(b + 3, "JFIF", 5) == 0)
		*said = IS_YBR;
	if (b[0] == APP14 && length >= ADOBE_BYTES && memcmp(b + 3, "Adobe", 5) == 0)
		*said = b[14] == 1 ? IS_YBR : IS_RGB;
}

/* Is the first of three components, which follow each other by three bytes, sampled finer than another? */
static bool halves(const unsigned char *component)
{
	return component[1] != component[4] || component[1] != component[7];
}

static bool disagree(const struct dicom_pixels *p, enum said said)
{
	return dicom_pixels_samples(p) == 3 && said != NOTHING && (said == IS_RGB) != (p->colour == DICOM_RGB);
}

int jpeg_check(const char *path, const unsigned char *data, size_t n, const struct dicom_pixels *p,
               struct vol_err *err)
{
	enum { SOI = 0xd8, TEM = 0x01, FRAME_BYTES = 8 };
	enum said said = NOTHING;
	size_t at = 2, length;

	if (n < 4 || data[0] != 0xff || data[1] != SOI)
		return vol_fail(err, path, "JPEG pixels do not begin like JPEG");
	for (; at + 4 <= n; at += 2 + length) {
		const unsigned char *b = data + at;
		unsigned rows, columns, precision;

		length = 0;
		if (b[0] != 0xff)
			break;
		if (b[1] == 0xff) { /* a fill byte */
			at--;
			continue;
		}
		if (b[1] == TEM || b[1] == SOI)
			continue;
		length = big16(b + 2);
		if (length <= n - at - 2)
			listen(b + 1, length, &said);
		if (!starts_frame(b[1]))
			continue;
		if (length < FRAME_BYTES || length > n - at - 2)
			break;
		precision = b[4], rows = big16(b + 5), columns = big16(b + 7);
		if (rows != p->rows || columns != p->columns)
			return vol_fail(err, path, "JPEG pixels are of %u rows and %u columns, not %u and %u", rows,
			                columns, p->rows, p->columns);
		if (b[9] != dicom_pixels_samples(p))
			return vol_fail(err, path, "JPEG pixels have %u components, not %u", b[9], dicom_pixels_samples(p));
		if (b[9] == 3 && length >= FRAME_BYTES + 9)
			said = halves(b + 10) ? IS_YBR : said;
		if (disagree(p, said))
			return vol_fail(err, path, "colour is %s by PhotometricInterpretation (0028,0004), and %s by the JPEG pixels",
			                p->colour == DICOM_RGB ? "RGB" : "YBR", p->colour == DICOM_RGB ? "YBR" : "RGB");
		if (precision > p->allocated || (precision <= 8) != (p->allocated == 8))
			return vol_fail(err, path, "JPEG pixels have %u bits, Bits Allocated is %u", precision, p->allocated);
		return 0;
	}
	return vol_fail(err, path, "JPEG pixels have no frame header [truncated]");
}
