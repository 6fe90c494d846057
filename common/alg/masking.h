/* masking.h - what stays of a row of voxels under a mask, and which labels count. */
#ifndef ALG_MASKING_H
#define ALG_MASKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voxel.h"

/* masking_keep - n voxels: dst is src where keep is 1, and fill (which the type holds) where it is 0.
 * dst may be src. */
void masking_keep(const void *src, enum voxel_type type, size_t n, const uint8_t *keep, double fill,
                  void *dst);

/* A choice of labels, in ranges; none: all but 0. */
struct masking_labels {
	struct {
		double lo, hi;
	} range[64];
	size_t n;
};

/* masking_labels_parse - "1,2,5-7". False when it is anything else, or over 64 ranges. */
bool masking_labels_parse(const char *text, struct masking_labels *labels);

/* masking_select - 1 where the number is one of the labels; NaN is none. scratch: n bytes. */
void masking_select(const void *src, enum voxel_type type, size_t n, const struct masking_labels *labels,
                    uint8_t *scratch, uint8_t *dst);

#endif
