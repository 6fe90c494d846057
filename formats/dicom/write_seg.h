/* write_seg.h - what the two files that write segmentations share. */
#ifndef DICOM_WRITE_SEG_H
#define DICOM_WRITE_SEG_H

#include "write_inside.h"

enum { LABELS = 65536, ROOM = 65536 };

struct seg_frame {
	uint32_t slice;  /* of the stream */
	uint16_t label;
};

struct seg {
	struct derived d;
	/* of the slice that came */
	uint16_t *voxels;
	uint16_t *here;              /* the labels in it */
	size_t n_here;
	uint32_t *first, *last;      /* rows of each label; first UINT32_MAX: not here */
	/* of all */
	struct seg_frame *frame;
	size_t n, room;
	uint16_t *segment;           /* number of each label; 0: does not occur */
	long *source;                /* of each slice: which frame of the source it is; -1: none */
	int bits;                    /* the unnamed file */
	uint32_t crc;
	uint64_t bytes;
	/* bits on their way to it */
	unsigned char out[ROOM];
	size_t filled;
	unsigned acc, held;          /* less than 8 bits */
};

/* seg_sources - find which images of the source were labelled: fills s->source. */
void seg_sources(struct seg *s);

/* seg_head - all elements but those of single frames and the bits, into `to`. seg_frame - one more item of the sequence
 * of frames. */
void seg_head(const struct seg *s, const char *sop_class, const char *instance, struct dataset *to);
void seg_frame(const struct seg *s, const struct seg_frame *f, struct dataset_bytes *items);

#endif
