/* paths.h - which files the user means. */
#ifndef DICOM_PATHS_H
#define DICOM_PATHS_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

struct dicom_paths {
	char **path; /* sorted by bytes, no file twice; owned */
	size_t n;
	/* while they are collected: archives that were taken, and stdin */
	void *archives; /* a tree */
	bool took_stdin;
};

/* dicom_paths_collect - every file named by the operands.
 *
 *   operands     n of: a file; a folder, searched to its depth with symbolic links followed; a DICOMDIR, which stands
 *                for itself and the files it refers to (upper or lower case, never outside its own folder); an archive,
 *                which stands for its members; "-" for stdin, which may be a file or an archive. See unpack_operand
 *   files0_from  NULL, or a file ("-": stdin) that lists more files and folders, separated by
 *                NUL, or by newlines when it has no NUL
 *
 * The names are for input_open. A name that does not exist, a folder that cannot be read and a DICOMDIR that names a
 * file that is not there are errors: slices could be missing. So is an archive that is damaged. -1 with err; paths is
 * then empty. */
int dicom_paths_collect(char *const *operands, size_t n, const char *files0_from,
                        struct dicom_paths *paths, struct vol_err *err);
void dicom_paths_free(struct dicom_paths *paths);

#endif
