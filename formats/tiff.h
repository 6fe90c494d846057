/* tiff.h - TIFF stacks, and slices in a TIFF file each.
 *
 * TIFF revision 6.0 (Adobe, 1992), BigTIFF (bigtiff.org, libtiff), and the description in which ImageJ keeps what TIFF
 * has no tag for (ij.io.TiffEncoder, ij.io.TiffDecoder, imagej.net). libtiff finds the tags and undoes compression. */
#ifndef FORMATS_TIFF_H
#define FORMATS_TIFF_H

#include "format.h"

enum tiff_compress { TIFF_PLAIN, TIFF_DEFLATE, TIFF_LZW, TIFF_ZSTD };

/* How to read. All zero: what the file says. */
struct tiff_read {
	double spacing[3];   /* mm, instead of the file's; 0: the file's */
	bool slices;         /* all pages are slices, whatever a description of ImageJ says of channels and frames */
	bool as_given;       /* files in the order of their names on the command line, not by the numbers in them */
};

/* tiff_open - one stack, or n > 1 names of files with a slice each. A name may be NULL or "-" (stdin, one only), a
 * folder (all of its .tif and .tiff), or a pattern ("ct/{}.tif", see pattern.h: all numbers that are there). As for
 * `decode` else. */
struct vol_in *tiff_open(char *const *names, size_t n, const struct tiff_read *how, struct vol_head *head,
                         struct vol_err *err);

/* ---- private to tiff*.c ---- */

/* What the pixels of a page are. */
struct tiff_page {
	uint32_t width, height;
	enum voxel_type type;
	unsigned channels;
	uint64_t row;        /* bytes of a row of pixels */
};

struct tiff_run {
	uint64_t at, bytes;
};

struct tiff_file;

/* tiff_file_open - open a file (or stdin) and look at all of its pages: they are of one kind. What is no file, or
 * compressed with gzip, is put into a temporary one first. NULL with err. */
struct tiff_file *tiff_file_open(const char *path, struct vol_err *err);
void tiff_file_close(struct tiff_file *f); /* NULL is fine */

const char *tiff_file_name(const struct tiff_file *f);
const struct tiff_page *tiff_file_page(const struct tiff_file *f);
uint64_t tiff_file_pages(const struct tiff_file *f);

/* tiff_file_text - ImageDescription of the first page; "" where it has none. The file's.
 * tiff_file_resolution - pixels per unit along x and y, and ResolutionUnit: 1 none, 2 inch, 3 cm; false: not there. */
const char *tiff_file_text(const struct tiff_file *f);
bool tiff_file_resolution(const struct tiff_file *f, double per_unit[2], int *unit);

/* tiff_file_repeat - a file of a single page that ImageJ means as n: the voxels of the others follow those of the
 * first. -1 with err when they do not. */
int tiff_file_repeat(struct tiff_file *f, uint64_t n, struct vol_err *err);

/* tiff_file_as_is - can the voxels be taken as they lie in the file? *big: then they are big-endian. tiff_file_decode -
 * never do so: give all voxels little-endian. */
bool tiff_file_as_is(const struct tiff_file *f, bool *big);
void tiff_file_decode(struct tiff_file *f);

/* tiff_file_read - the next n bytes of voxels, fewer only at the end; -1 with err. tiff_file_drain - all n that are left,
 * or fewer at the end, to fd; only where tiff_file_as_is. */
ssize_t tiff_file_read(struct tiff_file *f, void *buf, size_t n, struct vol_err *err);
int64_t tiff_file_drain(struct tiff_file *f, int fd, const char *fd_name, uint64_t n, struct vol_err *err);

/* tiff_names - the files that the names stand for, in their order; an array of *n, owned like each of them. NULL with
 * err. tiff_names_free - NULL is fine. */
char **tiff_names(char *const *names, size_t *n, bool as_given, struct vol_err *err);
void tiff_names_free(char **names, size_t n);

/* tiff_text_read - the header of a volume in one file whose first page has this description. Directions and origin are
 * those of its own lines, or axes taken as left, posterior, superior. *ours: it has such lines. -1 with err, also when
 * nothing tells the distance of voxels (how->spacing may). repeats: the stack lies behind a single page. */
int tiff_text_read(struct tiff_file *f, const struct tiff_read *how, struct vol_head *head, bool *ours,
                   struct vol_err *err);

/* tiff_text_images - how many pages ImageJ says there are; 0 when it does not. */
uint64_t tiff_text_images(const char *text);

/* tiff_text_make - the description of a volume; the caller's to free. NULL with err. */
char *tiff_text_make(const struct vol_head *head, struct vol_err *err);

/* tiff_unit_mm - the length of a unit by ImageJ's name for it, in mm; 0 when it is none. */
double tiff_unit_mm(const char *unit);

/* tiff_write.c. tiff_pack.c - the compressed pages of a file; path is a file's. */
int tiff_encode(struct vol_in *in, const struct vol_head *head, const char *path, const struct format_write *how,
                struct vol_err *err);

/* What all pages of a file have in their tags. */
struct tiff_tags {
	uint32_t width, height;
	uint16_t bits, sample_format, channels;
	uint32_t resolution[2][2]; /* x, y: numerator, denominator; pixels per mm */
	char *text;                /* owned */
};

struct tiff_pack;

/* tiff_pack_begin - start a file with compressed pages. tiff_pack_page - the next one: all its voxels, in runs of any
 * length. tiff_pack_end - the file is complete under its name; frees, also on -1. tiff_pack_abandon - NULL is fine. */
struct tiff_pack *tiff_pack_begin(const char *path, const struct tiff_tags *t, uint64_t pages,
                                  const struct format_write *how, struct vol_err *err);
int tiff_pack_put(struct tiff_pack *p, const void *voxels, size_t bytes, struct vol_err *err);
int tiff_pack_end(struct tiff_pack *p, struct vol_err *err);
void tiff_pack_abandon(struct tiff_pack *p);

#endif
