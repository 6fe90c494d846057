/* nrrd.h - private to nrrd*.c. */
#ifndef FORMATS_NRRD_H
#define FORMATS_NRRD_H

#include "format.h"

/* nrrd_write.c: the encode of vol_format_nrrd. */
int nrrd_encode(struct vol_in *in, const struct vol_head *head, const char *path,
                const struct format_write *how, struct vol_err *err);

/* nrrd_each_file - as each_file of struct vol_format. */
void nrrd_each_file(const char *path, const struct vol_head *head, const struct format_write *how,
                    void (*what)(const char *name));

#endif
