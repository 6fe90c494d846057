/* nrrd_files.h - private to nrrd*.c: the data files that a detached header names: one, a list, or a pattern. */
#ifndef FORMATS_NRRD_FILES_H
#define FORMATS_NRRD_FILES_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "io/head.h"

struct nrrd_files {
	const char *header;      /* the path of the header; borrowed, as are the texts */
	const char *named;       /* the field's value */
	const char *list;        /* the names, one a line, when it is a list */
	const char *next;        /* of them */
	bool pattern;            /* NAME%dNAME FIRST LAST STEP */
	long long first, step;
	uint64_t n, given;       /* how many files there are, and names that were given */
};

/* nrrd_files_are - does the value of "data file" stand for more than one? */
bool nrrd_files_are(const char *named);

/* nrrd_files_plan - the files of a volume. list: what follows the field, for LIST; else not looked at. Each file holds
 * as many voxels as the others; that their number fits the sizes is seen here. -1 with err. */
int nrrd_files_plan(struct nrrd_files *f, const char *header, const char *named, const char *list,
                    const struct vol_head *head, struct vol_err *err);

/* nrrd_files_next - the path of the next file, which lies in the header's folder or below (see folder.h); none is left
 * after n. -1 with err. nrrd_files_again - from the first one. */
int nrrd_files_next(struct nrrd_files *f, char path[PATH_MAX], struct vol_err *err);
void nrrd_files_again(struct nrrd_files *f);

#endif
