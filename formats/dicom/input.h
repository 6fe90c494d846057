/* input.h - the bytes of a file that the user means, wherever they lie.
 *
 * What lies in an archive or in gzip data, or comes through stdin, is unpacked once, to files without a name under
 * TMPDIR, and is read from there as often as needed, as files are. Each has a name that no file on the disk can
 * have: "ct.tar/IM1" where ct.tar is no folder; a gzip file keeps its own, and is the unpacked one from then on.
 * All that reads DICOM opens files with input_open, and with nothing else. Any thread. */
#ifndef DICOM_INPUT_H
#define DICOM_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* input_open - a descriptor to read with pread, the caller's to close; its position is shared and means nothing. The
 * file is bytes start to end of it: positions in struct dicom_pixels are such, too. -1 with errno. */
int input_open(const char *path, uint64_t *start, uint64_t *end);

/* input_unpacked - is that the name of something unpacked? */
bool input_unpacked(const char *path);

/* ---- unpacking ---- */

/* What may come out of packed data: 256 MiB and 100 times what went in; a series of DICOM images is far from both. What
 * claims more was made to fill memories and disks. */
enum { INPUT_FREE_MIB = 256, INPUT_RATIO = 100 };

/* input_check_growth - -1 with err when so many bytes out of so many are too many. */
int input_check_growth(const char *name, uint64_t out, uint64_t in, struct vol_err *err);

struct input_spool;

/* input_spool_take - a place to unpack to, the caller's own until input_spool_give. NULL with err. */
struct input_spool *input_spool_take(struct vol_err *err);

/* input_spool_write - n more bytes of the file that is being unpacked. input_spool_hole - n more, zero, which take no
 * room. -1 with err. */
int input_spool_write(struct input_spool *s, const void *buf, size_t n, struct vol_err *err);
void input_spool_hole(struct input_spool *s, uint64_t n);

/* input_spool_keep - all that was written since the last keep or drop is the file of that name. -1 with err.
 * input_spool_drop - it is nothing. */
int input_spool_keep(struct input_spool *s, const char *name, struct vol_err *err);
void input_spool_drop(struct input_spool *s);

void input_spool_give(struct input_spool *s); /* drops what was not kept */

#endif
