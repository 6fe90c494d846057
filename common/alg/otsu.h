/* otsu.h - the threshold that parts a histogram best in two (Otsu, IEEE Trans. SMC 9, 1979). */
#ifndef ALG_OTSU_H
#define ALG_OTSU_H

#include <stddef.h>
#include <stdint.h>

#include "voxel.h"

enum { OTSU_BINS = 65536 };

/* Bins of one value each for 8 and 16 bits; else OTSU_BINS of the same width from least to most. */
struct otsu {
	enum voxel_type type;
	double least, most;         /* of what counts; 8 and 16 bits: of the type */
	uint64_t count[OTSU_BINS];
};

/* otsu_begin - least and most are used only for 32 bits, float and double. */
void otsu_begin(struct otsu *o, enum voxel_type type, double least, double most);

/* otsu_add - n more numbers; but not those that are not finite, nor within pad_lo..pad_hi (NAN, NAN:
 * all count). */
void otsu_add(struct otsu *o, const void *voxels, size_t n, double pad_lo, double pad_hi);

/* otsu_end - the value (of 8 and 16 bits) or the centre of the bin up to which numbers belong to the
 * lower class: of those that maximise the variance between the classes the first. NAN when all that
 * was added lies in one bin, or nothing was. */
double otsu_end(const struct otsu *o);

#endif
