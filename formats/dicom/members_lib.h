/* members_lib.h - private to members.c: libarchive, loaded when an archive is met.
 *
 * It brings some fifteen libraries with it and takes 3 ms to start, nearly as long as all else: so it is no part of
 * any program, and is looked for by name when it is needed. */
#ifndef DICOM_MEMBERS_LIB_H
#define DICOM_MEMBERS_LIB_H

#include <archive.h>
#include <archive_entry.h>

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

#endif
