/* facts.h - what volpipe needs to know of a DICOM file, as plain C.
 *
 * The reader (read.c) turns a file into one `dicom_file` and a `dicom_frame` for each image in
 * it. Everything after that - series, order, geometry, refusals - is plain C over these facts and
 * needs no DICOM file to be tested. Attribute names and tags are those of DICOM PS3.6. */
#ifndef DICOM_FACTS_H
#define DICOM_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* What became of a file. The order is the order of dcmls's counts. */
enum dicom_status {
	DICOM_USED,         /* an image that a volume can be made of, as far as this file tells */
	DICOM_DUPLICATE,    /* same SOP Instance UID as another file */
	DICOM_LOCALIZER,
	DICOM_TRUNCATED,    /* ends inside the header or the pixels */
	DICOM_NOT_DICOM,
	DICOM_NO_PIXELS,    /* DICOM, but not an image: SR, RT plan, presentation state, ... */
	DICOM_OTHER,        /* not a series' image: DICOMDIR, segmentation, dose, unreadable */
	/* in dcmls, these two count as other */
	DICOM_UNSUPPORTED,  /* an image of a series, of a kind that cannot be converted (yet) */
	DICOM_UNREADABLE,   /* cannot be opened or read: nobody knows what is in it */
	DICOM_STATUSES
};

/* dicom_status_name - "used", "duplicate", ..., "not-dicom"; unsupported and unreadable count
 * as "other". */
const char *dicom_status_name(enum dicom_status s);

/* How the pixels are stored. */
enum dicom_codec {
	DICOM_NATIVE,       /* plain in the file, from `offset` on */
	DICOM_DEFLATED,     /* plain, in the deflated data set */
	DICOM_DCMTK,        /* JPEG, JPEG-LS: DCMTK decodes */
	DICOM_RLE,
	DICOM_JPEG2000      /* openjp2 decodes */
};

/* What the numbers of a pixel are (PS3.3, C.7.6.3.1.2). */
enum dicom_colour {
	DICOM_GREY,         /* one, a measured value */
	DICOM_RGB,          /* three */
	DICOM_RGB_CODED,    /* YBR_RCT, YBR_ICT: three, which JPEG 2000 turns back to RGB itself */
	DICOM_YBR,          /* YBR_FULL: three */
	DICOM_YBR_422,      /* YBR_FULL_422: four for two pixels side by side, where it is not JPEG */
	DICOM_PALETTE       /* one, which the palette makes three of */
};

struct dicom_pixels {
	uint32_t rows, columns;
	unsigned allocated, stored, high; /* bits: 8, 16 or 32; 1..allocated; stored-1..allocated-1 */
	bool is_signed;
	enum dicom_codec codec;
	const char *syntax; /* transfer syntax UID; static */
	enum dicom_colour colour;
	bool planar;        /* native colour: all of red (Y), then of green (Cb), then of blue (Cr) */
	const struct dicom_palette *palette; /* see colour.h; interned; NULL: it is none */
	unsigned swap;      /* 2: the bytes of each 16-bit word are to be swapped; else 0 */
	uint64_t offset;    /* of the first byte of this frame in what input_open gives (of the item of its first fragment when
	                     * encapsulated); DICOM_DEFLATED: in that as it would be with all from
	                     * deflated_from on inflated */
	uint64_t deflated_from;
	uint64_t length;    /* bytes of the pixel value of all frames, as stated */
	uint32_t fragments; /* items that hold this frame, one behind the other; encapsulated only */
	uint32_t mosaic_rows, mosaic_columns; /* of the stored image that this one is a tile of; 0: it is no tile */
	uint32_t top, left; /* where in it */
};

/* What tells volumes apart that lie at one place, in the order in which it becomes their list axis. */
enum dicom_axis {
	DICOM_BY_ECHO,      /* effective echo time, ms */
	DICOM_BY_BVALUE,    /* s/mm2; with the gradient's direction */
	DICOM_BY_TRIGGER,   /* nominal cardiac trigger delay, ms */
	DICOM_BY_TIME,      /* number of the point in time */
	DICOM_BY_PASS,      /* number of the acquisition, where nothing above tells it (apart.h) */
	DICOM_BY_INDEX,     /* a dimension index, where nothing else does */
	DICOM_AXES
};

/* What every image says by the way, of which dicom_tell_apart may make an axis. */
enum dicom_order {
	DICOM_ORDER_ACQUISITION, /* AcquisitionNumber */
	DICOM_ORDER_TRIGGER,     /* TriggerTime, ms */
	DICOM_ORDER_CONTENT,     /* ContentDate, ContentTime: seconds since a fixed day */
	DICOM_ORDER_INSTANCE,    /* InstanceNumber */
	DICOM_ORDER_INDEX,       /* DimensionIndexValues, of frames: the first so many */
	DICOM_INDICES = 6,
	DICOM_ORDERS = DICOM_ORDER_INDEX + DICOM_INDICES
};

/* Acquisition facts that cannot identify anyone; the names are in acquisition.c. */
enum { DICOM_ACQUISITION_MAX = 56 };

struct dicom_frame {
	size_t file;                /* index into dicom_set.files */
	struct dicom_pixels pixels;
	bool has_position, has_orientation, has_spacing;
	double position[3];         /* ImagePositionPatient, mm, LPS */
	const char *reference;      /* FrameOfReferenceUID, in which the position is meant; interned; NULL: absent */
	double orientation[6];      /* ImageOrientationPatient: along a row (x), down a column (y) */
	double spacing[2];          /* PixelSpacing as stored: between rows (y), between columns (x) */
	double thickness;           /* SliceThickness, mm; 0: absent */
	double slice_step;          /* SpacingBetweenSlices, mm; 0: absent */
	bool has_rescale;
	double slope, intercept;
	bool has_padding;
	int64_t padding[2];         /* PixelPaddingValue .. PixelPaddingRangeLimit, ordered, in
	                             * stored values */
	bool has_window;
	double window[2];           /* WindowCenter, WindowWidth (first), in rescaled values */
	bool has_measured;
	int64_t measured[2];        /* least and greatest stored value, where it was worth a look */
	const char *rescale_unit;   /* "HU", "Bq/ml", ...; NULL: unknown */
	const char *acquisition[DICOM_ACQUISITION_MAX]; /* interned; NULL: absent */
	uint32_t number;            /* of the frame in its file, from 1; 0: the file is one image */
	const char *assumed;        /* interned: what was not stated, and is taken for what the standard makes plain; or NULL */
	const char *kind;           /* interned: what picture it is, as FrameType says; NULL: not said */
	double along[DICOM_AXES];   /* NAN: not said */
	bool has_gradient;
	double gradient[3];         /* direction of the diffusion gradient, patient space, LPS */
	double gradient_stated[3];  /* as the scanner states it: the same in all slices of a volume, to the last digit; 0: not said */
	bool isotropic;             /* diffusion-weighted in all directions, as a trace is */
	bool has_time;
	double time;                /* of acquisition: seconds since a fixed day; differences alone go on */
	const char *component;      /* interned: part of the complex signal, of an image that is no frame; NULL: not said */
	double order[DICOM_ORDERS]; /* NAN: not said */
	double positions, times;    /* how many the scanner says that the series has; NAN: not said */
	const char *counted;        /* static: the attribute that said how many positions */
	const char *told;           /* static: the attribute that dicom_tell_apart made an axis of; NULL: none */
	bool has_scale;
	double scale[2];            /* Philips' Scale Slope and Intercept (philips.h) */
	bool precise;               /* slope and intercept are made of them, and `display` is what they were */
	double display[2];
	bool has_real_world;
	double real_world[2];       /* Real World Value Slope and Intercept: from stored values */
	const char *real_world_unit; /* UCUM; interned; NULL: not said */
};

struct dicom_file {
	char *path;                 /* owned by the set */
	enum dicom_status status;
	bool same;                  /* DICOM_DUPLICATE: byte for byte the other file, which says all that this one does */
	char *reason;               /* why not used, one line; NULL when used; owned by the set */
	const char *series_uid;     /* interned; NULL: absent (or not DICOM) */
	const char *sop_uid;
	const char *modality;
	const char *description;    /* UTF-8 */
	bool has_number;
	int number;                 /* SeriesNumber */
};

/* Strings that many files share, kept once. Safe from several threads. */
struct dicom_strings;
struct dicom_strings *dicom_strings_new(void);
const char *dicom_intern(struct dicom_strings *s, const char *text); /* NULL: out of memory */
const void *dicom_intern_block(struct dicom_strings *s, const void *data, size_t n); /* the same of n bytes, aligned */
void dicom_strings_free(struct dicom_strings *s);

struct dicom_set {
	struct dicom_file *files;
	size_t n_files;
	struct dicom_frame *frames; /* of files that are USED, DUPLICATE or TRUNCATED images */
	size_t n_frames;
	struct dicom_strings *strings;
};

void dicom_set_free(struct dicom_set *set);

/* The acquisition attributes that travel as vol.dicom.KEYWORD. */
struct dicom_attribute {
	uint16_t group, element;
	const char *vr;
	const char *keyword;
};
extern const struct dicom_attribute dicom_acquisition[]; /* ends with keyword NULL */

/* dicom_acquired - where the attribute with this tag (group << 16 | element) stands in dicom_acquisition and in a frame's
 * acquisition; -1: it is none of them. */
int dicom_acquired(uint32_t tag);

extern const struct dicom_attribute dicom_identifiers[]; /* those of --keep-identifiers */
extern const struct dicom_attribute dicom_carried[];     /* those of vol2dcm --like */
extern const struct dicom_attribute dicom_sidecar_tags[]; /* what the sidecar reads beside all these */

#endif
