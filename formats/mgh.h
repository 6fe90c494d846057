/* mgh.h - private to mgh*.c: what an MGH file says before and after its voxels.
 *
 * FreeSurfer's own format: surfer.nmr.mgh.harvard.edu/fswiki/FsTutorial/MghFormat. All is big-endian: a
 * header of 284 bytes, the voxels, five floats about the scan, and tags: a number, a length, a text. The
 * file may end after the voxels, or after any of the floats. */
#ifndef FORMATS_MGH_H
#define FORMATS_MGH_H

#include <stdint.h>

#include "format.h"

enum { MGH_HEAD_BYTES = 284 };

struct mgh_head {
	int32_t version;     /* 1 in its lowest byte; what the values are for above it */
	int32_t dim[4];      /* x, y, z, frames */
	int32_t type;        /* enum mgh_type */
	bool good_ras;       /* spacing, cosine and centre are stated */
	float spacing[3];    /* mm */
	float cosine[3][3];  /* [axis][R,A,S]: where one step goes */
	float centre[3];     /* RAS mm of the index dim/2, which lies between voxels where dim is odd */
};

enum mgh_type {
	MGH_UCHAR = 0,
	MGH_INT = 1,
	MGH_FLOAT = 3,
	MGH_SHORT = 4,
	MGH_USHORT = 10      /* newer than the others */
};

/* mgh_head.c */

/* mgh_is_head - do these bytes, at least 24, start an MGH file? */
bool mgh_is_head(const unsigned char *start, size_t n);

/* mgh_head_unpack, mgh_head_pack - MGH_HEAD_BYTES bytes to and from a header; nothing is judged. */
void mgh_head_unpack(const unsigned char *bytes, struct mgh_head *m);
void mgh_head_pack(const struct mgh_head *m, unsigned char *bytes);

/* mgh_grid - the LPS grid that the header describes. */
void mgh_grid(const struct mgh_head *m, struct vol_grid *g);

/* mgh_foot.c */

struct bytes;

/* mgh_foot_read - take all that follows the voxels, to the end of the file. said: initialised, without keys; gets
 * vol.dicom.RepetitionTime, EchoTime and InversionTime (ms) and FlipAngle (degrees) from the floats. *kept: the text of
 * kept_print among the tags, the caller's to free; NULL: none. -1 with err where the file ends inside. */
int mgh_foot_read(struct bytes *b, struct vol_head *said, char **kept, struct vol_err *err);

/* mgh_foot_make - those bytes for the voxels of `in`, none of which is taken yet; the caller's to free. -1 with err. */
int mgh_foot_make(struct vol_in *in, const struct vol_head *head, char **bytes, size_t *n, struct vol_err *err);

/* mgh_read.c, mgh_write.c */
struct vol_in *mgh_decode(const char *path, struct vol_head *head, struct vol_err *err);
int mgh_encode(struct vol_in *in, const struct vol_head *head, const char *path,
               const struct format_write *how, struct vol_err *err);

#endif
