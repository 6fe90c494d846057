/* SPDX-License-Identifier: BSD-2-Clause
 *
 * mkseries.h - what the files of the phantom maker share.
 *
 * options.c reads the command line into a struct config; plan.c turns it into a list of images, one
 * a file; for each image phantom.c and pixels.c make stored values, attributes.c the data set
 * around them, codecs.c the coded pixels, output.c the file. Nothing here uses the code
 * under test. */
#ifndef MKSERIES_H
#define MKSERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum modality { CT, MR, PT };
enum phantom_kind { THORAX, HEAD, RAMP, EDGES };
enum name_style { SEQUENTIAL, SHUFFLED, REVERSED, UTF8 };
enum number_style { NUM_SEQUENTIAL, NUM_REVERSED, NUM_RANDOM, NUM_NONE };

enum syntax {
	TS_EXPLICIT,
	TS_IMPLICIT,
	TS_BIG_ENDIAN,
	TS_DEFLATED,
	TS_RLE,
	TS_JPEG_BASELINE,
	TS_JPEG_EXTENDED,
	TS_JPEG_LOSSLESS,
	TS_JPEG_LOSSLESS14,
	TS_JPEG_LS,
	TS_JPEG_LS_NEAR,
	TS_JPEG2000,
	TS_JPEG2000_LOSSY
};

/* What can be wrong with a series. From D_PER_SLICE on, a slice is named and that image marked. */
enum defect {
	D_REPEAT,        /* all slices again with other UIDs, noise and a later time */
	D_IRREGULAR,     /* steps of 1, 1.2, 0.85, 1.1, 0.8 and so on */
	D_VARIABLE,      /* twice the step from a slice on */
	D_JITTER,        /* printed positions off by up to so much along each axis */
	D_DECIMALS,      /* positions and cosines printed with so many decimals */
	D_TILT,          /* images lean about their rows; the table moves as it would without */
	D_TILT_POSITION, /* upright images that drift down their columns, by that angle */
	D_LOCALIZER,     /* one image across the stack, larger, in the same series */
	D_SECOND_SERIES, /* another series at the same places with the same number */
	D_JUNK,          /* files that are no images */
	D_NO_ORIENTATION,
	D_NO_SPACING,
	D_ZERO_SPACING,
	D_COMMA_POSITION, /* decimal commas */
	D_NO_RESCALE,     /* stored values as with a rescale, but it is not said */
	D_ZERO_ROWS,
	D_MODALITY_LUT, /* a table in place of the rescale, giving HU + 1024 */
	D_SAME_POSITION,
	D_PER_SLICE,
	D_MISSING = D_PER_SLICE,
	D_DUPLICATE,         /* the same file twice */
	D_OVERLAP,           /* one more slice, 0.3 steps further */
	D_MIXED_ORIENTATION, /* turned by 20 degrees about its columns */
	D_MIXED_SIZE,        /* half as many rows and columns, about */
	D_MIXED_SPACING,     /* 1.25 times the pixel spacing */
	D_MIXED_SIGN,        /* the other PixelRepresentation */
	D_TRUNCATE,          /* cut to so many bytes, or to three quarters */
	D_CUT_HEADER,        /* cut half-way to the pixels */
	D_NO_POSITION,
	D_NAN_POSITION,  /* its third number is NaN */
	D_HUGE_POSITION, /* its third number is 1e300 */
	D_COLOUR,        /* 8-bit RGB */
	D_MULTIFRAME,    /* a second frame in the file, that of the next slice */
	D_BAD_LENGTH     /* pixel data (coded: their first fragment) said to be 4096 bytes longer */
};
#define BIT(d) ((uint64_t)1 << (d))

/* config - the command line. Lengths in mm, patient axes (LPS). */
struct config {
	const char *dir, *truth, *truth_stored, *description, *patient;
	int size[3]; /* columns, rows, slices */
	double spacing[3], thickness;
	double origin[3];                 /* centre of the first voxel */
	double row[3], col[3], normal[3]; /* unit vectors along a row, down a column, row x col */
	double step[3];               /* from slice to slice; not along the normal when tilted */
	const char *patient_position; /* HFS, HFP, FFS */
	enum modality modality;
	enum phantom_kind phantom;
	double noise; /* standard deviation, in the modality's unit */
	int alloc, stored, high;
	bool is_signed;
	bool rescale, slope_per_slice, intercept_per_slice;
	double slope, intercept;
	bool padded, pad_range;
	long long pad, pad_limit;
	int monochrome;
	enum syntax syntax;
	int fragments;
	bool offset_table, junk_bits, preamble, meta, iso2022, append, dicomdir;
	enum name_style names;
	enum number_style numbers;
	int series_number, series_seed, seed;
	uint64_t defects;        /* BIT() of every defect asked for */
	uint64_t *slice_defects; /* the same for each slice */
	long *keep_bytes;        /* for each slice: what D_TRUNCATE leaves, -1: three quarters */
	double jitter, tilt, tilt_position; /* mm, degrees, degrees */
	int decimals;
	int variable_from;
};

enum role { SLICE, OVERLAP, LOCALIZER };

/* image - one file to be. Geometry here is what the phantom is cut by; `shown` is what the header
 * says. */
struct image {
	enum role role;
	int k;    /* slice number, 0 first; for OVERLAP and LOCALIZER a number past the last */
	int pass; /* 0; 1 for the repeated pass, 2 for the second series */
	bool in_truth, written;
	int cols, rows, frames;
	double spacing[2]; /* between columns, between rows */
	double position[3], shown[3];
	double row[3], col[3];
	bool is_signed;
	double slope, intercept; /* as a reader finds them after printing */
	uint64_t defects;
	long keep_bytes;
	int number; /* InstanceNumber; 0: none */
	char series_uid[72], sop_uid[72];
	char *name, *second_name; /* below the directory; the second for D_DUPLICATE, else NULL */
};

struct plan {
	struct image *image;
	int n;
};

struct buf {
	uint8_t *p;
	size_t n, cap;
};

/* main.c */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* options.c. name: the option, for the message; whole numbers in lo..hi, n numbers with commas
 * between */
const struct config *options(int argc, char **argv);
double number(const char *name, const char *arg);
long whole(const char *name, const char *arg, long lo, long hi);

/* defects.c: takes NAME[=ARG] */
void set_defect(struct config *cfg, const char *text);

/* util.c: things that must come out the same on every machine */
void *xalloc(size_t n); /* zeroed, or dies */
char *xprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
uint64_t mix(uint64_t a, uint64_t b); /* a hash of two words */
void sincos_deg(double deg, double *s, double *c);
/* prints v in at most 16 characters; returns what they read back as */
double ds_value(double v, char text[24]);
void make_uid(char uid[72], uint64_t a, uint64_t b);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_u16(struct buf *b, unsigned v, bool big);
void buf_u32(struct buf *b, uint32_t v, bool big);
void buf_free(struct buf *b);

/* plan.c. place_volume: normal and step, the tilt put in, an origin that centres it if none is
 * given */
void place_volume(struct config *cfg, bool has_origin);
void plan_make(struct plan *plan, const struct config *cfg);

/* phantom.c: physical values of one image, no noise. value: float[rows][cols] */
struct phantom;
struct phantom *phantom_new(const struct config *cfg);
void phantom_paint(const struct phantom *ph, const struct image *im, float *value);
void phantom_free(struct phantom *ph);

/* pixels.c */
void stored_range(const struct config *cfg, bool is_signed, long long *lo, long long *hi);
void pixels_make(const struct config *cfg, const struct phantom *ph, const struct image *im,
		 int64_t *v);
void pixels_pack(const struct config *cfg, const struct image *im, const int64_t *v, uint8_t *out);
double pixel_truth(const struct config *cfg, const struct image *im, int64_t v);

/* dataset.c: elements in any order, written in tag order */
enum encoding { ENC_EXPLICIT, ENC_IMPLICIT, ENC_BIG };
struct dataset;
struct dataset *ds_new(void);
void ds_bytes(struct dataset *ds, uint32_t tag, const char *vr, const void *p, size_t n);
void ds_text(struct dataset *ds, uint32_t tag, const char *vr, const char *text);
void ds_us(struct dataset *ds, uint32_t tag, unsigned v);
void ds_ss_or_us(struct dataset *ds, uint32_t tag, bool is_signed, long long v);
void ds_ul(struct dataset *ds, uint32_t tag, uint32_t v);
void ds_is(struct dataset *ds, uint32_t tag, long v);
void ds_ds(struct dataset *ds, uint32_t tag, const double *v, int n);
void ds_ds_decimals(struct dataset *ds, uint32_t tag, const double *v, int n, int decimals,
		    char point);
/* appends to a sequence and takes the item */
void ds_item(struct dataset *ds, uint32_t tag, struct dataset *item);
void ds_encode(struct dataset *ds, enum encoding enc, struct buf *out);
size_t ds_size(struct dataset *ds); /* encoded explicit, without an item header */
void ds_free(struct dataset *ds);

/* attributes.c */
const char *sop_class(const struct config *cfg);
const char *syntax_uid(enum syntax s);
struct dataset *attributes(const struct config *cfg, const struct image *im);
void attributes_identity(const struct config *cfg, struct dataset *ds);
void attributes_meta(struct buf *out, const char *class_uid, const char *sop_uid,
		     const char *syntax);
bool is_encapsulated(enum syntax s);
void study_uid(const struct config *cfg, char uid[72]);

/* raster - what a frame is made of; the samples of a pixel lie side by side */
struct raster {
	int cols, rows, samples, bits;
	bool is_signed;
};

/* codecs.c: each appends one coded frame, made even */
void rle_frame(const uint8_t *px, int cols, int rows, int samples, int bytes, struct buf *out);
void j2k_frame(const struct raster *r, const int64_t *v, bool lossy, struct buf *out);
void deflate_dataset(const struct buf *in, size_t from, struct buf *out);
void encapsulate(const struct buf *frame, int frames, int fragments, bool table, struct buf *out);
void jpeg_by_dcmtk(enum syntax s, const char *in, const char *out);

/* output.c */
void output_run(const struct config *cfg, const struct plan *plan);

/* dicomdir.c */
void dicomdir_write(const struct config *cfg, const struct plan *plan, const char *path);

/* file.c */
void file_write(const char *path, const struct buf *b);
void file_read(const char *path, struct buf *b);
int files_below(const char *dir);
void make_dirs(const char *path);
void write_junk(const struct config *cfg);

/* nrrd.c: a raw volume filled slice by slice, from any thread */
struct truth;
struct truth *truth_new(const struct config *cfg, const struct plan *plan, const char *path,
			bool stored);
void truth_put(struct truth *t, const struct image *im, const int64_t *v);
void truth_finish(struct truth *t);

#endif
