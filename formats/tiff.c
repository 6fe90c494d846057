#include "tiff.h"

#include <string.h>

static const char *const suffixes[] = {".tiff", ".tif", NULL};

/* Both byte orders of TIFF, and of BigTIFF. */
static bool tiff_sniff(const unsigned char *start, size_t n)
{
	return n >= 4 && (memcmp(start, "II*\0", 4) == 0 || memcmp(start, "MM\0*", 4) == 0 ||
	                  memcmp(start, "II+\0", 4) == 0 || memcmp(start, "MM\0+", 4) == 0);
}

static struct vol_in *tiff_decode(const char *path, struct vol_head *head, struct vol_err *err)
{
	char *name = (char *)path;

	return tiff_open(&name, 1, &(struct tiff_read){0}, head, err);
}

const struct vol_format vol_format_tiff = {
	.name = "TIFF", .suffixes = suffixes, .sniff = tiff_sniff, .decode = tiff_decode, .encode = tiff_encode,
	.each_file = tiff_each_file,
};
