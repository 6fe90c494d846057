/* nifti.c - NIfTI-1 and NIfTI-2 as a format: its names and its first bytes.
 *
 * nifti.nimh.nih.gov: nifti1.h and nifti2.h are the standard. Structs and the arithmetic of the
 * quaternion are nifticlib's; files and streams are ours, as its writer does not report a full
 * disk and its reader cannot read a pipe. */
#include "nifti.h"

#include <stddef.h>

#include "pair.h"

static const char *const suffixes[] = {".nii.gz", ".hdr.gz", ".img.gz", ".nii", ".hdr", ".img", NULL};

static bool sniff(const unsigned char *start, size_t n)
{
	size_t size = nifti_head_bytes(start, n);

	/* version 1 without a magic is Analyze 7.5 */
	return size == NIFTI2_BYTES || (size == NIFTI1_BYTES && (n < size || nifti_has_magic(start, n)));
}

static struct vol_in *decode(const char *path, struct vol_head *head, struct vol_err *err)
{
	const struct nifti_want as_the_page_says = {0};

	return nifti_open(path, &as_the_page_says, head, err);
}

const struct vol_format vol_format_nifti = {
	.name = "NIfTI",
	.suffixes = suffixes,
	.sniff = sniff,
	.decode = decode,
	.encode = nifti_encode,
	.each_file = pair_each_file,
};
