/* members_inside.h - what the files that read archives share.
 *
 * libarchive brings some fifteen libraries with it and takes 3 ms to start, nearly as long as all else: so it is no part
 * of any program, and is looked for by name when an archive is met. */
#ifndef DICOM_MEMBERS_INSIDE_H
#define DICOM_MEMBERS_INSIDE_H

#include <archive.h>
#include <archive_entry.h>
#include <stdint.h>

#include "input.h"
#include "members.h"

#define ARCHIVE_FUNCTIONS(X) \
	X(archive_read_new) X(archive_read_free) X(archive_read_support_format_tar) \
	X(archive_read_support_format_zip_seekable) X(archive_read_open) X(archive_read_open_fd) \
	X(archive_read_next_header) X(archive_read_data_block) X(archive_read_header_position) X(archive_filter_bytes) \
	X(archive_format_name) X(archive_error_string) X(archive_entry_pathname) X(archive_entry_pathname_utf8) \
	X(archive_entry_filetype) X(archive_entry_hardlink) X(archive_entry_size) X(archive_entry_is_encrypted)

struct archive_lib {
#define X(f) __typeof__(f) *f;
	ARCHIVE_FUNCTIONS(X)
#undef X
};

enum { MEMBER_NAME = 4096 };

struct unpacking {
	const struct members_of *source;
	struct archive_lib lib;
	struct archive *a;
	struct input_spool *spool;
	void *names;               /* of the members so far, a tree */
	uint64_t members, in, out; /* bytes: of the packed archive so far; of all members */
	struct vol_err *err;
	/* what libarchive reads a tar through */
	unsigned char *block;
	uint64_t given, last;      /* bytes in all; of the last block */
	bool failed;               /* reading did, and err says how */
};

/* members_load - -1 with err when it is not installed. */
int members_load(struct archive_lib *lib, const char *subject, struct vol_err *err);

/* members_admit - is the entry a file to be taken? Then 1, its settled name is in buf[MEMBER_NAME], and is remembered. 0: it
 * is a folder, or a file once more; pass over it. -1 with u->err. */
int members_admit(struct unpacking *u, struct archive_entry *e, char *buf);

#endif
