#include "place.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "colour.h"
#include "pixels.h"

bool dicom_sniff(const unsigned char *start, size_t n)
{
	bool little, big;

	if (n >= 132 && memcmp(start + 128, "DICM", 4) == 0)
		return true;
	if (n < 8)
		return false;
	/* without preamble the first element is of group 2 or 8, in either byte order */
	little = (start[0] == 2 || start[0] == 8) && start[1] == 0;
	big = start[0] == 0 && (start[1] == 2 || start[1] == 8);
	return little || big;
}

static uint32_t number(const unsigned char *b, bool big)
{
	if (big)
		return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
	return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

static enum dicom_status check_native(uint64_t end, const struct dicom_pixels *p, uint64_t need, char *why, size_t n)
{
	if (p->length == 0xffffffff) {
		snprintf(why, n, "pixels of undefined length in a native transfer syntax");
		return DICOM_UNSUPPORTED;
	}
	if (p->length < need) {
		snprintf(why, n, "states %llu bytes of pixels where %llu are needed",
		         (unsigned long long)p->length, (unsigned long long)need);
		return DICOM_TRUNCATED;
	}
	/* said to be halved, and there as if it were not: a program that made colours of JPEG left the old name */
	if (colour_halved(p) && p->length >= need / 2 * 3) {
		snprintf(why, n, "YBR_FULL_422 with the %llu bytes of chroma that is not halved", (unsigned long long)p->length);
		return DICOM_UNSUPPORTED;
	}
	if (p->offset + need > end) {
		snprintf(why, n, "ends after %llu of %llu bytes of pixels",
		         (unsigned long long)(end > p->offset ? end - p->offset : 0),
		         (unsigned long long)need);
		return DICOM_TRUNCATED;
	}
	return DICOM_USED;
}

enum dicom_status dicom_place_pixels(int fd, uint64_t start, uint64_t end, struct dicom_frame *frame, size_t frames, uint64_t at,
                                     bool implicit, bool big, char *why, size_t n)
{
	static const unsigned char tag[2][4] = {{0xe0, 0x7f, 0x10, 0x00}, {0x7f, 0xe0, 0x00, 0x10}};
	struct dicom_pixels *p = &frame->pixels;
	uint64_t one = dicom_pixels_stored(p);
	size_t header = implicit ? 8 : 12;
	unsigned char b[12];

	p->offset = at;
	if (p->codec != DICOM_DEFLATED) {
		if (at < start + header || pread(fd, b, header, (off_t)(at - header)) != (ssize_t)header || memcmp(b, tag[big], 4) != 0) {
			snprintf(why, n, "pixel data cannot be found where the header says");
			return DICOM_OTHER;
		}
		p->length = number(b + header - 4, big);
		/* OW is a row of 16-bit words (PS3.5, 6.2): 8-bit pixels are pairs in one, 32-bit pixels are
		 * two, the low one first */
		if (big && (p->allocated > 8 || (b[4] == 'O' && b[5] == 'W')))
			p->swap = 2;
	}
	for (size_t i = 1; i < frames; i++)
		frame[i].pixels = *p;
	if (p->codec != DICOM_NATIVE && p->codec != DICOM_DEFLATED)
		return dicom_place_fragments(fd, start, end, frame, frames, at, why, n);
	if (frames > 1 && p->swap && one % 2) {
		snprintf(why, n, "big-endian words that hold pixels of two frames");
		return DICOM_UNSUPPORTED;
	}
	for (size_t i = 1; i < frames; i++)
		frame[i].pixels.offset = at + i * one;
	return p->codec == DICOM_DEFLATED ? DICOM_USED : check_native(end, p, frames * one, why, n);
}
