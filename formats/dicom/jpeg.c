/* jpeg.c - what a JPEG or JPEG-LS code stream says of its own frame. DCMTK believes the data set and
 * leaves the rest of the picture as it finds it when the code stream holds fewer rows. */
#include "pixels.h"

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

int jpeg_check(const char *path, const unsigned char *data, size_t n, const struct dicom_pixels *p,
               struct vol_err *err)
{
	enum { SOI = 0xd8, TEM = 0x01, FRAME_BYTES = 8 };
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
		if (!starts_frame(b[1]))
			continue;
		if (length < FRAME_BYTES || length > n - at - 2)
			break;
		precision = b[4], rows = big16(b + 5), columns = big16(b + 7);
		if (rows != p->rows || columns != p->columns)
			return vol_fail(err, path, "JPEG pixels are of %u rows and %u columns, not %u and %u", rows,
			                columns, p->rows, p->columns);
		if (b[9] != 1)
			return vol_fail(err, path, "JPEG pixels have %u components, not 1", b[9]);
		if (precision > p->allocated || (precision <= 8) != (p->allocated == 8))
			return vol_fail(err, path, "JPEG pixels have %u bits, Bits Allocated is %u", precision, p->allocated);
		return 0;
	}
	return vol_fail(err, path, "JPEG pixels have no frame header [truncated]");
}
