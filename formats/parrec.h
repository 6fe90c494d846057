/* parrec.h - Philips PAR/REC: a header in text (.PAR) with a line for each image, and the images as raw
 * numbers in a file beside it (.REC).
 *
 * There is no public standard. A file describes itself: "IMAGE INFORMATION DEFINITION" names the columns of
 * its table, "PIXEL VALUES" the two scalings. Versions 3, 4, 4.1 and 4.2 of the "research image export tool"
 * differ by their columns, and by what stands once for all images in "GENERAL INFORMATION". */
#ifndef FORMATS_PARREC_H
#define FORMATS_PARREC_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "format.h"

/* What is said of one image: columns of the table, those of several numbers side by side. */
enum parrec_field {
	PARREC_SLICE, PARREC_ECHO, PARREC_DYNAMIC, PARREC_PHASE, PARREC_TYPE, PARREC_SEQUENCE,
	PARREC_INDEX,            /* of the image in the REC file */
	PARREC_BITS,
	PARREC_SIZE,             /* x, y */
	PARREC_INTERCEPT = PARREC_SIZE + 2, PARREC_SLOPE, PARREC_SCALE, /* RI, RS, SS of the header */
	PARREC_ANGLE,            /* ap, fh, rl, degrees */
	PARREC_CENTRE = PARREC_ANGLE + 3, /* of the image: ap, fh, rl, mm */
	PARREC_THICKNESS = PARREC_CENTRE + 3, PARREC_GAP, /* mm */
	PARREC_ORIENTATION,      /* 1 transverse, 2 sagittal, 3 coronal */
	PARREC_SPACING,          /* x, y, mm */
	PARREC_ECHO_TIME = PARREC_SPACING + 2, /* ms */
	PARREC_BEGIN,            /* of the dynamic, s */
	PARREC_TRIGGER,          /* ms after the trigger */
	PARREC_B,                /* s/mm2 */
	PARREC_AVERAGES, PARREC_FLIP,
	PARREC_B_NUMBER, PARREC_GRADIENT, /* which b-value, which direction; from 4.1 on */
	PARREC_DIRECTION,        /* of the diffusion gradient: ap, fh, rl; from 4.1 on */
	PARREC_LABEL = PARREC_DIRECTION + 3, /* arterial spin labelling: labelled or not; 4.2 */
	PARREC_FIELDS
};

struct parrec_image {
	double v[PARREC_FIELDS]; /* 0 where the file does not say; whole numbers are checked to be such */
	size_t line;             /* in the PAR file, from 1 */
	unsigned repeat;         /* how many images with all the same numbers came before */
};

struct parrec_head {
	bool has[PARREC_FIELDS];     /* does the file say it? */
	struct parrec_image *images; /* owned */
	size_t n;
	bool ended;                  /* the line that ends the description was there */
	int slices, dynamics;        /* how many there should be; 0: not said */
	bool diffusion;
	bool has_angle, has_centre;  /* of the middle slice, with more digits than the images have */
	double angle[3], centre[3];
	int repetition_times;        /* how many stand there; the first is: */
	double repetition_time;      /* ms */
	char position[4];            /* "HFS" as in DICOM; "" when not known */
	char digest[65];
};

/* image_type_mr 0 to 3: magnitude, real, imaginary, phase. Others have numbers only. */
#define PARREC_TYPES "MRIP"

/* What of a file to read, and how. The default is what one volume or list there is, as displayed. */
struct parrec_choice {
	bool precise;                 /* floating point values, not display values */
	int type;                     /* image_type_mr; -1: the only one */
	int only[PARREC_FIELDS];      /* images with this number; -1: with any */
	int skip[PARREC_FIELDS];      /* not those that have all of these; -1: whatever this is */
	bool skips;                   /* is anything to be skipped? */
	int stack;                    /* from 1; 0: the only one */
	bool partial;                 /* leave out volumes that are not complete */
	bool joined;                  /* one list of all volumes, whatever tells them apart */
};

/* parrec_choice_init - the default. The others read an option's text into it; false when it is none: a type
 * ("M", "R", "I", "P" or a number), "echo=2,dynamic=1" and the like, "partial,joined". */
void parrec_choice_init(struct parrec_choice *choice);
bool parrec_choice_type(struct parrec_choice *choice, const char *text);
bool parrec_choice_only(struct parrec_choice *choice, const char *text);
bool parrec_choice_skip(struct parrec_choice *choice, const char *text);
bool parrec_choice_accept(struct parrec_choice *choice, const char *text);

/* parrec_open - as a format's decode, with a choice. path is the name of either file; never stdin. */
struct vol_in *parrec_open(const char *path, const struct parrec_choice *choice, struct vol_head *head,
                           struct vol_err *err);

/* ---- between parrec*.c ---- */

/* parrec_choice.c: what tells volumes apart, and its name for --only. Slowest first: the order of a list. */
enum { PARREC_NUMBERS = 7 };
extern const struct parrec_number {
	enum parrec_field field;
	const char *name;
} parrec_numbers[PARREC_NUMBERS];

/* parrec_head.c: parrec_head_read - the header of a PAR file; -1 with err, and then there is nothing to free. */
int parrec_head_read(struct parrec_head *h, const char *path, struct vol_err *err);
void parrec_head_free(struct parrec_head *h);

/* The images that make the volume, in stream order: slice by slice, volume by volume. */
struct parrec_pick {
	const struct parrec_image **image; /* owned */
	size_t n;
	size_t slices, volumes;            /* n = slices * volumes */
};

/* parrec_pick.c: parrec_pick_images - what the choice leaves, complete volumes of one stack. -1 with err. */
int parrec_pick_images(struct parrec_pick *pick, struct parrec_head *h, const struct parrec_choice *choice,
                       const char *subject, struct vol_err *err);

/* parrec_place.c: parrec_stacks - into stack[i] the stack, from 1, to which slices[i] belongs: n images of one
 * volume in the order of their slices. Slices of a stack are alike and follow each other in one step. Returns
 * how many stacks there are. */
size_t parrec_stacks(const struct parrec_image *const *slices, size_t n, size_t *stack);

/* parrec_place_grid - the LPS grid of the picked images, all of one stack. -1 with err. */
int parrec_place_grid(const struct parrec_pick *pick, const struct parrec_head *h, struct vol_grid *grid,
                      const char *subject, struct vol_err *err);

/* parrec_keys.c: parrec_keys_set - scaling, list axis, diffusion and acquisition into head->keys, for which
 * type, grid and list are set. -1 with err. */
int parrec_keys_set(const struct parrec_pick *pick, const struct parrec_head *h, const struct parrec_choice *choice,
                    struct vol_head *head, const char *subject, struct vol_err *err);

#endif
