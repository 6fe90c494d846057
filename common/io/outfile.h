/* outfile.h - an output file that appears whole under its name, or not at all.
 *
 * The bytes go to an unnamed (or temporary) file in the same folder; commit syncs it to disk and
 * gives it the name. Killed, failed or abandoned before that, the name keeps what it had. Stdout,
 * pipes and devices are written directly. */
#ifndef VOL_OUTFILE_H
#define VOL_OUTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct outfile;

enum outfile_flags {
	OUTFILE_BINARY = 1,    /* refuse a terminal */
	OUTFILE_NO_CLOBBER = 2 /* refuse to replace an existing file */
};

/* outfile_create - path NULL or "-" is stdout. NULL with err on failure. From here on SIGXFSZ is
 * ignored (a file limit is an error like a full disk), and SIGINT, SIGTERM, SIGHUP and SIGPIPE
 * remove the temporary files before they end the process. */
struct outfile *outfile_create(const char *path, int flags, struct vol_err *err);

/* outfile_folders - make the folders that the path lacks, as umask allows. 0, or -1 with err. */
int outfile_folders(const char *path, struct vol_err *err);

int outfile_fd(const struct outfile *o);
const char *outfile_name(const struct outfile *o); /* for messages: the path, or "stdout" */

/* outfile_is_file - true when the output is a regular file (one can seek back in it). */
bool outfile_is_file(const struct outfile *o);

/* outfile_at_a_time - how many such files may be open at once, so that a signal leaves none of them behind: any number
 * where they have no name before they are committed (SIZE_MAX), else those whose temporary names are kept in mind. */
size_t outfile_at_a_time(const struct outfile *o);

int outfile_write(struct outfile *o, const void *buf, size_t n, struct vol_err *err);

/* outfile_sync - all written bytes are on the disk; the name is still the old one. For outputs of
 * more than one file: sync all, then commit all. */
int outfile_sync(struct outfile *o, struct vol_err *err);

/* outfile_commit - sync, give the file its name, free. On -1 the file is gone, and freed too. */
int outfile_commit(struct outfile *o, struct vol_err *err);

/* outfile_commit_both - voxels and the header that makes a volume of them: both are on the disk before either has its name,
 * and the header gets its own last, so that whoever finds one finds its voxels. On -1 neither is there; both are freed. */
int outfile_commit_both(struct outfile *voxels, struct outfile *header, struct vol_err *err);

/* outfile_abandon - forget it and free; the name keeps what it had. NULL is fine. */
void outfile_abandon(struct outfile *o);

/* outfile_unlink_all - remove all temporary files, for a signal handler that ends the process. */
void outfile_unlink_all(void);

#endif
