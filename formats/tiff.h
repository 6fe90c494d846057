/* tiff.h - TIFF stacks, and slices in a TIFF file each.
 *
 * TIFF revision 6.0 (Adobe, 1992), BigTIFF (bigtiff.org, libtiff), and the description in which ImageJ keeps what TIFF
 * has no tag for (ij.io.TiffEncoder, ij.io.TiffDecoder, imagej.net). libtiff finds the tags and undoes compression. */
#ifndef FORMATS_TIFF_H
#define FORMATS_TIFF_H

#include "bare.h"
#include "format.h"

enum tiff_compress { TIFF_PLAIN, TIFF_DEFLATE, TIFF_LZW, TIFF_ZSTD };

/* How to read. All zero: what the file says. */
struct tiff_read {
	struct bare_place place; /* spacing or grid, instead of the file's */
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
 * nothing tells the distance of voxels (how->place may; a grid is not put in here). */
int tiff_text_read(struct tiff_file *f, const struct tiff_read *how, struct vol_head *head, bool *ours,
                   struct vol_err *err);

/* tiff_text_images - how many pages ImageJ says there are; 0 when it does not. */
uint64_t tiff_text_images(const char *text);

/* tiff_text_make - the description of a volume; the caller's to free. crc: that of kept_crc, NULL: not to be said. NULL
 * with err. tiff_text_is_of - 1 when the voxels of `in`, none of which is taken yet, are those that a description was
 * made for, or it does not say; 0; -1 with err. */
char *tiff_text_make(const struct vol_head *head, const char *crc, struct vol_err *err);
int tiff_text_is_of(const char *text, struct vol_in *in, struct vol_err *err);

/* How the line of it begins, in which crc is. */
#define TIFF_TEXT_CRC "# # first voxels "

/* tiff_listen - what libtiff has to say goes to our messages, not to stderr; to be called before it is used. */
void tiff_listen(void);

/* tiff_unit_mm - the length of a unit by ImageJ's name for it, in mm; 0 when it is none. */
double tiff_unit_mm(const char *unit);

/* ---- writing ---- */

/* tiff_encode - one stack, or, where path has a place for a number (pattern.h), a file a slice. */
int tiff_encode(struct vol_in *in, const struct vol_head *head, const char *path, const struct format_write *how,
                struct vol_err *err);
int tiff_encode_slices(struct vol_in *in, const struct vol_head *head, const char *pattern,
                       const struct format_write *how, struct vol_err *err);

/* tiff_each_file - as each_file of struct vol_format. */
void tiff_each_file(const char *path, const struct vol_head *head, const struct format_write *how,
                    void (*what)(const char *name));

/* tiff_names_stray - is there a file beside those that the pattern makes for n slices which reading the pattern would
 * take for one? 0; -1 with err naming it, or when the folder cannot be read. */
int tiff_names_stray(const char *pattern, uint64_t n, struct vol_err *err);

enum { TIFF_PAGES_MAX = 1 << 20 }; /* libtiff reads no more (before 4.5: 65535) */

/* What all pages of a file have in their tags. */
struct tiff_tags {
	bool big;                  /* BigTIFF */
	uint32_t width, height;
	enum voxel_type type;
	uint16_t channels;
	enum tiff_compress compress;
	uint32_t strip_rows;
	uint32_t resolution[2][2]; /* x, y: numerator, denominator; pixels per mm */
};

/* tiff_tags_make - for a volume, uncompressed or not. -1 with err about what TIFF cannot hold. */
int tiff_tags_make(const struct vol_head *head, const struct format_write *how, const char *name, struct tiff_tags *t,
                   struct vol_err *err);

/* tiff_predictor - what goes before the compressor: 1 nothing, 2 differences along x, 3 the same of floats by bytes. */
uint16_t tiff_predictor(const struct tiff_tags *t);

/* A page: strips of them, where they lie and how many bytes they are; text may be NULL. */
struct tiff_ifd {
	const struct tiff_tags *tags;
	const char *text;
	const uint64_t *strip_at, *strip_bytes;
	uint32_t strips;
};

/* tiff_head_print - the start of a file, of tiff_head_size bytes: where its first page's tags are.
 * tiff_ifd_size - bytes of a page's tags, a multiple of 8. tiff_ifd_print - them, to lie at `at`, a multiple of 8; next:
 * where those of the next page are, 0 after the last. tiff_ifd_next - where in them `next` stands. */
enum { TIFF_HEAD_MAX = 16 };
size_t tiff_head_size(const struct tiff_tags *t);
void tiff_head_print(const struct tiff_tags *t, uint64_t first, unsigned char out[TIFF_HEAD_MAX]);
size_t tiff_ifd_size(const struct tiff_ifd *d);
void tiff_ifd_print(const struct tiff_ifd *d, uint64_t at, uint64_t next, unsigned char *out);
size_t tiff_ifd_next(const struct tiff_ifd *d);

/* tiff_plain_start - all that comes before the voxels of an uncompressed file: they follow, page by page. */
int tiff_plain_start(int fd, const char *fd_name, const struct tiff_tags *t, const char *text, uint64_t pages,
                     struct vol_err *err);

struct tiff_codec;

/* tiff_codec_new - a compressor of strips of pages with such tags, which are borrowed, for one thread at a time. level:
 * 0, the method's own. NULL when memory runs out, or there is no such compression: tiff_codec_is_there tells.
 * tiff_codec_strip - n bytes of voxels, whole rows; *out is the codec's, good until its next strip. Returns how many bytes
 * they became, 0 when it failed. tiff_codec_free - NULL is fine. */
struct tiff_codec *tiff_codec_new(const struct tiff_tags *t, int level);
bool tiff_codec_is_there(const struct tiff_tags *t);
size_t tiff_codec_strip(struct tiff_codec *c, const unsigned char *voxels, size_t n, const unsigned char **out);
void tiff_codec_free(struct tiff_codec *c);

struct tiff_pack;

/* tiff_pack_new - threads to compress pages with such tags, which are borrowed, as is all else that is given here.
 * tiff_pack_begin - start a file, at the start of fd, in which one can go back. tiff_pack_put - voxels of its pages, in
 * runs of any length; a page's tags follow it. tiff_pack_end - the file is complete.
 * tiff_pack_free - also in the middle of a file; NULL is fine. */
struct tiff_pack *tiff_pack_new(const struct tiff_tags *t, const struct format_write *how, struct vol_err *err);
int tiff_pack_begin(struct tiff_pack *p, int fd, const char *fd_name, const char *text, uint64_t pages,
                    struct vol_err *err);
int tiff_pack_put(struct tiff_pack *p, const void *voxels, size_t bytes, struct vol_err *err);
int tiff_pack_end(struct tiff_pack *p, struct vol_err *err);
void tiff_pack_free(struct tiff_pack *p);

#endif
