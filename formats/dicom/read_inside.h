/* read_inside.h - what read.c, frames.c and mosaic.c share: one file being read. */
#ifndef DICOM_READ_INSIDE_H
#define DICOM_READ_INSIDE_H

#include "dcmtk.h"
#include "facts.h"

enum { READ_TEXT = 1024, READ_FRAMES_MAX = 100000 };

struct reader {
	struct dicom_file *file;
	struct dicom_frame *frame; /* the one in work */
	struct dicom_frame *all;   /* all n of the file, where it has several; owned */
	size_t n;
	bool mosaic, grid;         /* of Siemens'; of United Imaging's */
	bool enhanced;             /* facts of frames stand in functional groups */
	int (*spread)(struct reader *); /* makes n frames of the one that is outermost; NULL: there is one, or `enhanced` */
	struct dicom_strings *strings;
	struct dcmtk_header *header;
	int fd;
	uint64_t start, end; /* of the file in fd, see input_open */
	bool no_sign;      /* PixelRepresentation is not stated */
	bool has_preamble; /* and DICM behind it */
	char sop_class[READ_TEXT];
	bool no_memory;
};

/* read_because - why the file is not used. Returns 0, the number of frames. */
int read_because(struct reader *r, enum dicom_status status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* read_keep - the text interned; NULL stays NULL. */
const char *read_keep(struct reader *r, const char *text);

/* read_value - an attribute of the frame in work: from the functional group `group` (0: any file has it outermost) where
 * the file is enhanced, else outermost. Tags are group << 16 | element. As dcmtk_text. */
char *read_value(struct reader *r, uint32_t group, uint32_t tag, char buf[READ_TEXT]);

/* read_private - the tag, group << 16 | element, of a private attribute of the data set: `element` is its low byte, and the
 * block is the one that `owner` reserved (PS3.5, 7.8.1). 0: the owner has none. */
uint32_t read_private(struct reader *r, uint16_t group, const char *owner, uint8_t element);

/* read_several - make room for n frames; the first is a copy of the one in work, and becomes it. 1; 0: out of memory. */
int read_several(struct reader *r, size_t n);

/* read_assume - a warning for whoever takes the image: something was not stated. fmt has one %s, for what. */
void read_assume(struct reader *r, const char *fmt, const char *what) __attribute__((format(printf, 2, 0)));

/* colour_head - what the numbers of a pixel are, into the frame's pixels, of which all else is known. 1; 0: the status says
 * why they cannot be had. */
int colour_head(struct reader *r);

/* read_behind - frame i of all becomes what the one in work is, mm along the normal of its rows and columns from where it
 * lies. */
void read_behind(struct reader *r, size_t i, double mm);

/* nuclear_is_volume - does ImageType tell of reconstructed slices? nuclear_frames, dose_frames - the n frames of a file of
 * Nuclear Medicine, of RT Dose. 1; 0: the status says why not. */
int nuclear_is_volume(struct reader *r, const char *image_type);
int nuclear_frames(struct reader *r);
int dose_frames(struct reader *r);

/* read_codec - how pixels in a transfer syntax are stored. False: in no way that we know. */
bool read_codec(const char *uid, enum dicom_codec *codec);

/* frames_facts - what an enhanced file says of the frame in work beyond what every image has: what kind of picture, where
 * on which axis, and acquisition facts. */
void frames_facts(struct reader *r);

/* frames_outermost - the same of an image that is no frame of an enhanced file: echo time, b-value and gradient, temporal
 * position and when it was taken. */
void frames_outermost(struct reader *r);

/* vendor_facts - what the image or frame in work says by the way or in private attributes: in which order it was made, which
 * part of the complex signal it is, how Philips scales it, and the real-world values (vendor.c). */
void vendor_facts(struct reader *r);

/* diffusion_facts - b-value and direction of the gradient of the frame in work, whose geometry is known; also where only the
 * scanner's maker has attributes for them. */
void diffusion_facts(struct reader *r);

/* frames_stacks - where the frames of the file belong to several stacks, that is a part of their kind. */
void frames_stacks(struct reader *r);

/* frames_seconds - a DICOM date and time (PS3.5, 6.2: DT, or TM with date "") as seconds since 2000-01-01, without regard
 * to zones. False: neither. */
bool frames_seconds(const char *date, const char *time, double *seconds);

/* mosaic_is - does Siemens' scanner say that the image is a mosaic of slices? mosaic_split - one frame for each slice from
 * the only one, whose geometry is that of the whole mosaic. 1; 0: the status says why not. */
bool mosaic_is(struct reader *r, const char *image_type);
int mosaic_split(struct reader *r);

/* mosaic_tiles - the only frame, of the size of the whole image, as n tiles in rows of `side`, `down` rows of them: each a copy
 * of it but for its number and its pixels. what: who made it, for messages. 1; 0: the status says why not. */
int mosaic_tiles(struct reader *r, const char *what, size_t n, unsigned side, unsigned down);

/* uih_is, uih_split - the same two for the grids of United Imaging ("VFRAME", uih.c), where each slice states its place. */
bool uih_is(const char *image_type);
int uih_split(struct reader *r);

#endif
