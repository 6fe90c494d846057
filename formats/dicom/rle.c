/* rle.c - DICOM's run-length code (PS3.5, annex G): each byte of the words is a segment of its own,
 * the most significant first, of colour those of red, then green, then blue. Not by DCMTK, whose decoder trusts the offsets in the file. */
#include "pixels.h"

enum { HEADER = 64, SEGMENTS = 15 };

static uint32_t little32(const unsigned char *b)
{
	return b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;
}

/* One segment to every `step`th byte of out, n of them. False when it ends before that; what a
 * last run has beyond n is padding. */
static bool unpack(const unsigned char *in, const unsigned char *end, unsigned char *out, size_t n,
                   size_t step)
{
	while (n) {
		unsigned code;
		size_t run;

		if (end - in < 2)
			return false;
		code = *in++;
		if (code == 128)
			continue;
		run = code < 128 ? code + 1 : 257 - code;
		if (code < 128 && run > (size_t)(end - in))
			return false;
		if (run > n)
			run = n;
		n -= run;
		for (size_t i = 0; i < run; i++, out += step)
			*out = code < 128 ? in[i] : in[0];
		in += code < 128 ? run : 1;
	}
	return true;
}

int rle_decode(const char *path, const unsigned char *data, size_t n, const struct dicom_pixels *p,
               void *out, struct vol_err *err)
{
	size_t word = p->allocated / 8, pixel = word * dicom_pixels_samples(p), segments = pixel, count = (size_t)p->rows * p->columns;

	if (n < HEADER || little32(data) != segments)
		return vol_fail(err, path, "RLE pixels have no header for %zu segments", segments);
	for (size_t i = 0; i < segments; i++) {
		size_t from = little32(data + 4 + 4 * i), to = n;

		if (i + 1 < segments)
			to = little32(data + 8 + 4 * i);
		if (from < HEADER || from > to || to > n)
			return vol_fail(err, path, "RLE segment %zu lies outside of the pixels", i);
		/* host order: little-endian */
		if (!unpack(data + from, data + to, (unsigned char *)out + i / word * word + word - 1 - i % word, count,
		            pixel))
			return vol_fail(err, path, "RLE segment %zu ends early [truncated]", i);
	}
	return 0;
}
