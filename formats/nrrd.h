/* nrrd.h - private to nrrd*.c. */
#ifndef FORMATS_NRRD_H
#define FORMATS_NRRD_H

#include "format.h"

/* nrrd_write.c: the encode of vol_format_nrrd. */
int nrrd_encode(struct vol_in *in, const struct vol_head *head, const char *path,
                const struct format_write *how, struct vol_err *err);

#endif
