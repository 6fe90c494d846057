/* segmentation_inside.h - what the files that read a segmentation share. */
#ifndef DICOM_SEGMENTATION_INSIDE_H
#define DICOM_SEGMENTATION_INSIDE_H

#include "segmentation.h"

enum { SEGMENTS_MAX = 65535 };

struct segment {
	uint16_t number;             /* in the file */
	uint16_t label;              /* in the volume */
	char *name;                  /* one line of UTF-8; owned */
	size_t frames;
};

struct segmentation_frame {
	size_t number;               /* in the file, from 0 */
	size_t segment;              /* index; 0 in a label map, whose frames hold all */
	double position[3];          /* of its first pixel, mm, LPS */
	double at;                   /* along the normal of the slices */
	struct dicom_pixels pixels;
	/* on the grid */
	uint64_t slice;
	int64_t x, y;                /* voxel of its first pixel */
};

struct segmentation {
	char *path;
	enum { SEGMENTATION_BINARY, SEGMENTATION_FRACTIONAL, SEGMENTATION_LABELMAP } type;
	bool occupancy;              /* of fractional ones: else probability */
	uint16_t most;               /* what stands for 1 there */
	bool has_padding;
	uint16_t padding;            /* of a label map: where nothing was looked at */
	char instance[65];           /* SOP Instance UID; "": absent */
	struct segment *segment;     /* by number; owned */
	size_t segments;
	struct segmentation_frame *frame; /* owned */
	size_t frames;
	uint32_t rows, columns;
	bool bits;                   /* of one bit a pixel, one behind the other across frames */
	bool frames_deflated;        /* each by itself */
	double orientation[6], spacing[2]; /* as in dicom_frame */
	double step, thickness;      /* SpacingBetweenSlices, SliceThickness; 0: absent */
	int unpacked;                /* all pixels as they are in the data set, where the file has it deflated; else -1 */
	bool back_x, back_y;         /* pixels go against the grid's voxels */
};

/* segmentation_read - all but the pixels. 0, or -1 with err; segmentation_free in any case. */
int segmentation_read(struct segmentation *s, const char *path, struct vol_err *err);
void segmentation_free(struct segmentation *s);

/* segmentation_find - the one segment that is wanted, by number or name; NULL: all (of a fractional one, the only one).
 * 0, or -1 with err. */
int segmentation_find(const struct segmentation *s, const char *wanted, const char *subject, const struct segment **only,
                      struct vol_err *err);

/* segmentation_place - find the pixels of all frames behind the header h, which ends `at`. */
struct dcmtk_header;
int segmentation_place(struct segmentation *s, struct dcmtk_header *h, uint64_t at, struct vol_err *err);

/* segmentation_frame - the pixels of a frame, one a number; bits: 0 and 1. `room`: rows * columns * 2 + 16 bytes. 0, or
 * -1 with err. */
int segmentation_frame(const struct segmentation *s, const struct segmentation_frame *f, uint16_t *pixel, void *room,
                       struct vol_err *err);

/* segmentation_grid - the grid of the frames, and where on it each lies. segmentation_onto - the same for a grid that is
 * given. 0, or -1 with err. */
int segmentation_grid(struct segmentation *s, const char *subject, struct vol_grid *g, struct vol_err *err);
int segmentation_onto(struct segmentation *s, const struct vol_grid *g, const char *name, const char *subject,
                      struct vol_err *err);

#endif
