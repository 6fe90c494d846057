/* scrub_kind.c - just as much of formats as tells text from voxels. */
#include <math.h>
#include <string.h>

#include "scrub.h"

static bool starts(const unsigned char *p, size_t n, const char *magic, size_t k)
{
	return n >= k && memcmp(p, magic, k) == 0;
}

enum scrub_kind scrub_kind(const unsigned char *p, size_t n, const char **packer)
{
	static const struct {
		const char *magic;
		size_t n;
		const char *name;
	} packers[] = {{"BZh", 3, "bzip2"},           {"\xfd" "7zXZ", 5, "xz"},     {"\x28\xb5\x2f\xfd", 4, "zstd"},
	               {"7z\xbc\xaf\x27\x1c", 6, "7-Zip"}, {"Rar!", 4, "RAR"},      {"\x1f\x9d", 2, "compress"},
	               {"\x04\x22\x4d\x18", 4, "lz4"}};

	for (size_t i = 0; i < sizeof packers / sizeof *packers; i++)
		if (starts(p, n, packers[i].magic, packers[i].n)) {
			*packer = packers[i].name;
			return SCRUB_OPAQUE;
		}
	if (starts(p, n, "II*\0", 4) || starts(p, n, "MM\0*", 4) || starts(p, n, "II+\0", 4) || starts(p, n, "MM\0+", 4))
		return SCRUB_TIFF;
	if (starts(p, n, "\x89HDF\r\n\x1a\n", 8))
		return SCRUB_HDF5;
	if (starts(p, n, "\x89PNG\r\n\x1a\n", 8))
		return SCRUB_PNG;
	if (starts(p, n, "PK\3\4", 4))
		return SCRUB_ZIP;
	if (n > 132 && starts(p + 128, 4, "DICM", 4))
		return SCRUB_DICOM;
	return starts(p, n, "\x1f\x8b\x08", 3) ? SCRUB_GZIP : SCRUB_PLAIN;
}

static uint64_t number(const unsigned char *p, int bytes, bool big)
{
	uint64_t x = 0;

	for (int i = 0; i < bytes; i++)
		x = x << 8 | p[big ? i : bytes - 1 - i];
	return x;
}

static bool nifti(const unsigned char *p, size_t n, uint64_t *from)
{
	if (n >= 352 && starts(p + 344, 8, "n+1\0", 4)) {
		uint32_t bits = (uint32_t)number(p + 108, 4, p[0] == 0);
		float offset;

		memcpy(&offset, &bits, sizeof offset);
		*from = offset >= 352 && offset < 0x1p62f ? (uint64_t)offset : 352;
		return true;
	}
	if (n >= 544 && starts(p + 4, 8, "n+2\0", 4)) {
		*from = number(p + 168, 8, p[0] == 0);
		*from = *from < 544 ? 544 : *from;
		return true;
	}
	return false;
}

/* FreeSurfer's: voxels, and text behind them. */
static bool mgh(const unsigned char *p, size_t n, uint64_t *from, uint64_t *to)
{
	static const int bytes[] = {1, 4, 0, 4, 2};
	uint64_t size = 1;

	if (n < 284 || number(p, 4, true) != 1 || number(p + 20, 4, true) > 4 || !bytes[number(p + 20, 4, true)])
		return false;
	for (int i = 1; i <= 4; i++) {
		uint64_t dim = number(p + 4 * i, 4, true);

		if (dim == 0 || size > UINT64_MAX / 16 / dim)
			return false;
		size *= dim;
	}
	*from = 284;
	*to = 284 + size * (uint64_t)bytes[number(p + 20, 4, true)];
	return true;
}

static bool after(const unsigned char *p, size_t n, const char *mark, uint64_t *from)
{
	const unsigned char *at = memmem(p, n, mark, strlen(mark));

	if (at)
		*from = (uint64_t)(at - p) + strlen(mark);
	return at != NULL;
}

bool scrub_voxels(const unsigned char *p, size_t n, uint64_t *from, uint64_t *to)
{
	*to = UINT64_MAX;
	if (starts(p, n, "NRRD000", 7)) {
		uint64_t crlf = 0;
		bool other = after(p, n, "\r\n\r\n", &crlf);

		if (!after(p, n, "\n\n", from) || (other && crlf < *from)) {
			*from = crlf;
			return other;
		}
		return true;
	}
	if (starts(p, n, "\x93NUMPY", 6) && n >= 12) {
		*from = p[6] == 1 ? 10 + number(p + 8, 2, false) : 12 + number(p + 8, 4, false);
		return true;
	}
	if (starts(p, n, "ObjectType", 10) || starts(p, n, "NDims", 5))
		return after(p, n, "ElementDataFile = LOCAL\n", from) || after(p, n, "ElementDataFile = LOCAL\r\n", from);
	return nifti(p, n, from) || mgh(p, n, from, to);
}

/* PS3.10, 7.1: behind 132 bytes the meta header, whose first value is its length. */
uint64_t scrub_deflated(const unsigned char *p, size_t n)
{
	static const char syntax[] = "1.2.840.10008.1.2.1.99";
	uint64_t end;

	if (n < 144 || !starts(p + 128, 4, "DICM", 4) || !starts(p + 132, 4, "\2\0\0\0", 4))
		return 0;
	end = 144 + number(p + 140, 4, false);
	return end <= n && memmem(p, (size_t)end, syntax, sizeof syntax - 1) ? end : 0;
}

bool scrub_pixels(const unsigned char *p, size_t n, size_t *from, uint64_t *length)
{
	static const char tag[] = "\xe0\x7f\x10\0O";
	const unsigned char *at = memmem(p, n, tag, 5);

	if (!at || at + 12 > p + n || (at[5] != 'W' && at[5] != 'B') || at[6] || at[7])
		return false;
	*from = (size_t)(at - p) + 12;
	*length = number(at + 8, 4, false);
	return true;
}

size_t scrub_gzip_header(const unsigned char *p, size_t n)
{
	size_t at = 10;

	if (n < at || !starts(p, n, "\x1f\x8b\x08", 3) || (p[3] & 0xe0))
		return 0;
	if (p[3] & 4)
		at += n >= 12 ? 2 + (size_t)number(p + 10, 2, false) : n;
	for (int zeros = (p[3] >> 3 & 1) + (p[3] >> 4 & 1); zeros; zeros--) {
		const unsigned char *end = at < n ? memchr(p + at, 0, n - at) : NULL;

		if (!end)
			return 0;
		at = (size_t)(end - p) + 1;
	}
	at += p[3] & 2;
	return at <= n ? at : 0;
}
