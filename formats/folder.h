/* folder.h - files that a header names: only those beside it. */
#ifndef VOL_FOLDER_H
#define VOL_FOLDER_H

#include <limits.h>

#include "err.h"

/* folder_file - the path of the file `name` in the folder of the file `header`, or in one below, into `path`. A header
 * comes from anywhere and must not be able to point at other people's files: names that lead out, by "..", as an
 * absolute path or through a symbolic link, are refused, and so is a file that is not there. 0; -1 with err. */
int folder_file(const char *header, const char *name, char path[PATH_MAX], struct vol_err *err);

#endif
