/* scrub.h - all that a file says, packed or not, searched for strings that it must not say.
 *
 * The bytes are searched as they are, and so is what comes out of them: gzip members, zlib streams and deflated zip members
 * are found by their first bytes wherever they stand, so that TIFF strips, chunks of HDF5, compressed text in PNG and
 * files within archives are looked into without a reader for each. One pass; some MiB of memory at any length. */
#ifndef VOL_SCRUB_H
#define VOL_SCRUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alg/match.h"
#include "err.h"

enum { SCRUB_DEPTH = 6 }; /* data packed in packed data, so deep */

/* Where a string was found. */
struct scrub_place {
	uint64_t at[SCRUB_DEPTH + 1]; /* in the file; in what was unpacked from there; and so on */
	size_t n;
	size_t string;                /* number in the match */
};

struct scrub {
	const struct match *match;
	/* is it one that voxels and packed data do not hold by chance? Others are not looked for where such data are */
	bool (*strong)(void *ctx, size_t string);
	void (*found)(void *ctx, const struct scrub_place *p); /* in order of place; what was packed in there before it */
	void *ctx;
};

/* scrub_file - all of a file ("-": stdin). A string that lies within another one that was found is not told. Voxels are
 * where streams, NRRD, NIfTI, MetaImage, MGH, NPY, DICOM and TIFF say, in files of that name (.img, .raw, .zraw, .rec), and
 * in what was deflated in TIFF, HDF5 and PNG images.
 *
 * -1 with err: it cannot be read; or looked into: gzip and zip data that are damaged or encrypted, other packers' data,
 * data packed more than SCRUB_DEPTH times. */
int scrub_file(const struct scrub *s, const char *path, struct vol_err *err);

/* ---- for scrub.c: what bytes are ---- */

enum scrub_kind {
	SCRUB_PLAIN, SCRUB_TIFF, SCRUB_HDF5, SCRUB_PNG, SCRUB_ZIP, SCRUB_GZIP, SCRUB_DICOM,
	SCRUB_OPAQUE /* of a packer that we do not know */
};

/* scrub_kind - by the first bytes. SCRUB_OPAQUE: *packer is the name. */
enum scrub_kind scrub_kind(const unsigned char *p, size_t n, const char **packer);

/* scrub_voxels - where the voxels begin and end, by the first bytes, up to the whole file; false: no such format. Of a
 * header of text its end is to be within n. */
bool scrub_voxels(const unsigned char *p, size_t n, uint64_t *from, uint64_t *to);

/* scrub_deflated - of a DICOM file, where its deflated data set begins (PS3.5, A.5); 0: it is not deflated.
 * scrub_pixels - where in bytes of one the pixels begin, and their length, UINT32_MAX: up to the end. False: not here. */
uint64_t scrub_deflated(const unsigned char *p, size_t n);
bool scrub_pixels(const unsigned char *p, size_t n, size_t *from, uint64_t *length);

/* scrub_tiff - calls take for each run of strips or tiles of a TIFF file that can be read at any place; once for those that
 * follow each other. */
void scrub_tiff(int fd, void (*take)(void *ctx, uint64_t from, uint64_t to), void *ctx);

/* scrub_gzip_header - its length; 0: there is none, or it is longer than n. */
size_t scrub_gzip_header(const unsigned char *p, size_t n);

#endif
