/* detached.h - a header that names the file of its voxels, which is written beside it: NRRD's .nhdr, MetaImage's .mhd. */
#ifndef VOL_DETACHED_H
#define VOL_DETACHED_H

#include "err.h"

/* detached_name - the path with its suffix (".nhdr") replaced by that of the voxels (".raw"). never: characters that no name
 * in such a header can have; format: its name for messages. The caller's to free; NULL with err, also for a name that
 * would mean something else in a header. */
char *detached_name(const char *path, const char *suffix, const char *data_suffix, const char *never, const char *format,
                 struct vol_err *err);

/* detached_base - the name of that file as it stands in the header: without the folder. */
const char *detached_base(const char *path);

#endif
