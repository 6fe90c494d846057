#include "place.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* Are all items of the encapsulated pixels in the file? Their lengths are walked, not read. */
static enum dicom_status walk_fragments(int fd, uint64_t start, uint64_t end, uint64_t at, char *why, size_t n)
{
	unsigned char b[8];

	while (at + 8 <= end && pread(fd, b, 8, (off_t)at) == 8) {
		if (b[0] != 0xfe || b[1] != 0xff || b[3] != 0xe0 || (b[2] != 0 && b[2] != 0xdd)) {
			snprintf(why, n, "encapsulated pixels are damaged at byte %llu", (unsigned long long)(at - start));
			return DICOM_UNSUPPORTED;
		}
		at += 8;
		if (b[2] == 0xdd)
			return DICOM_USED;
		at += number(b + 4, false);
	}
	snprintf(why, n, "ends inside the compressed pixels");
	return DICOM_TRUNCATED;
}

static enum dicom_status check_native(uint64_t end, const struct dicom_pixels *p, char *why, size_t n)
{
	uint64_t need = (uint64_t)p->rows * p->columns * (p->allocated / 8);

	if (p->length == 0xffffffff) {
		snprintf(why, n, "pixels of undefined length in a native transfer syntax");
		return DICOM_UNSUPPORTED;
	}
	if (p->length < need) {
		snprintf(why, n, "states %llu bytes of pixels where %llu are needed",
		         (unsigned long long)p->length, (unsigned long long)need);
		return DICOM_TRUNCATED;
	}
	if (p->offset + need > end) {
		snprintf(why, n, "ends after %llu of %llu bytes of pixels",
		         (unsigned long long)(end > p->offset ? end - p->offset : 0),
		         (unsigned long long)need);
		return DICOM_TRUNCATED;
	}
	return DICOM_USED;
}

enum dicom_status dicom_place_pixels(int fd, uint64_t start, uint64_t end, struct dicom_pixels *p, uint64_t at,
                                     bool implicit, bool big, char *why, size_t n)
{
	static const unsigned char tag[2][4] = {{0xe0, 0x7f, 0x10, 0x00}, {0x7f, 0xe0, 0x00, 0x10}};
	size_t header = implicit ? 8 : 12;
	unsigned char b[12];

	p->offset = at;
	if (p->codec == DICOM_DEFLATED)
		return DICOM_USED;
	if (at < start + header || pread(fd, b, header, (off_t)(at - header)) != (ssize_t)header ||
	    memcmp(b, tag[big], 4) != 0) {
		snprintf(why, n, "pixel data cannot be found where the header says");
		return DICOM_OTHER;
	}
	p->length = number(b + header - 4, big);
	if (p->codec != DICOM_NATIVE)
		return walk_fragments(fd, start, end, at, why, n);
	/* OW is a row of 16-bit words (PS3.5, 6.2): 8-bit pixels are pairs in one, 32-bit pixels are
	 * two, the low one first */
	if (big && (p->allocated > 8 || (b[4] == 'O' && b[5] == 'W')))
		p->swap = 2;
	return check_native(end, p, why, n);
}
