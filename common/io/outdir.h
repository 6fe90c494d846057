/* outdir.h - an output folder of files that appears whole under its name, or not at all.
 *
 * The files go to a folder with a temporary name (".NAME.PID-N.tmp") beside it; commit gives it the
 * name. Failed, abandoned or ended by SIGINT, SIGTERM, SIGHUP or SIGPIPE before that, nothing stays;
 * ended by SIGKILL, the temporary folder does. */
#ifndef VOL_OUTDIR_H
#define VOL_OUTDIR_H

#include "err.h"

struct outdir;

/* outdir_create - the folder must not be there yet, or be empty (and not even that with
 * OUTFILE_NO_CLOBBER in flags). Slashes at the end of path do not count. NULL with err. */
struct outdir *outdir_create(const char *path, int flags, struct vol_err *err);

const char *outdir_name(const struct outdir *o); /* for messages: the path */
const char *outdir_path(const struct outdir *o); /* where the files are until commit */

/* outdir_open - a new file in it, or, again, one that is there: to read and write. Its descriptor, the
 * caller's to close; -1 with err. */
int outdir_open(struct outdir *o, const char *file, struct vol_err *err);

/* outdir_commit - give the folder its name, free. Syncing the files is the caller's. On -1 the folder is
 * gone, and freed too. */
int outdir_commit(struct outdir *o, struct vol_err *err);

/* outdir_abandon - remove it with its files, free. NULL is fine. */
void outdir_abandon(struct outdir *o);

#endif
