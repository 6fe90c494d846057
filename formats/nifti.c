/* nifti.c - NIfTI-1 and NIfTI-2 as a format: its names and its first bytes.
 *
 * nifti.nimh.nih.gov: nifti1.h and nifti2.h are the standard. Structs and the arithmetic of the
 * quaternion are nifticlib's; files and streams are ours, as its writer does not report a full
 * disk and its reader cannot read a pipe. */
#include "nifti.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const suffixes[] = {".nii.gz", ".hdr.gz", ".img.gz", ".nii", ".hdr", ".img", NULL};

static bool sniff(const unsigned char *start, size_t n)
{
	return nifti_head_bytes(start, n) != 0;
}

const struct vol_format vol_format_nifti = {
	.name = "NIfTI",
	.suffixes = suffixes,
	.sniff = sniff,
	.decode = nifti_decode,
	.encode = nifti_encode,
};

/* Bytes of the path before ".hdr" or ".img"; 0 when it does not end so. */
static size_t stem(const char *path)
{
	static const char *const ends[] = {".hdr.gz", ".img.gz", ".hdr", ".img"};

	for (size_t i = 0; path && i < sizeof ends / sizeof *ends; i++)
		if (format_has_suffix(path, ends[i]))
			return strlen(path) - strlen(ends[i]);
	return 0;
}

bool nifti_is_pair(const char *path)
{
	return stem(path) > 0;
}

char *nifti_pair_name(const char *path, const char *part, bool gz)
{
	size_t n = stem(path);
	char *name;

	if (asprintf(&name, "%.*s.%s%s", (int)n, path, part, gz ? ".gz" : "") < 0)
		return NULL;
	/* X.HDR goes with X.IMG */
	for (char *c = name + n; isupper((unsigned char)path[n + 1]) && *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return name;
}
