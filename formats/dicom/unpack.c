#include "unpack.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "input.h"
#include "io/fd.h"
#include "members.h"
#include "place.h"

enum { CHUNK = 64 << 10 };

static bool is_gzip(const unsigned char *start, size_t n)
{
	return n >= 2 && start[0] == 0x1f && start[1] == 0x8b;
}

static bool is_zip(const unsigned char *start, size_t n)
{
	return n >= 4 && (memcmp(start, "PK\3\4", 4) == 0 || memcmp(start, "PK\5\6", 4) == 0);
}

/* By the name of the format, or, in a tar of before POSIX, by the checksum of the first header (blanks in its place). */
static bool is_tar(const unsigned char *start, size_t n)
{
	unsigned long sum = 8 * ' ';
	char stated[9] = "";

	if (n < 512)
		return false;
	if (memcmp(start + 257, "ustar", 5) == 0)
		return true;
	for (size_t i = 0; i < 512; i++)
		if (i < 148 || i >= 156)
			sum += start[i];
	memcpy(stated, start + 148, 8);
	return strtoul(stated, NULL, 8) == sum;
}

bool unpack_needed(const unsigned char *start, size_t n)
{
	if (n >= 132 && memcmp(start + 128, "DICM", 4) == 0)
		return false;
	return is_gzip(start, n) || is_zip(start, n) || is_tar(start, n);
}

/* Of all gzip files together: a bomb may come in many pieces. */
static _Atomic uint64_t gzip_in, gzip_out;

int unpack_file(struct bytes *b, const char *name, bool *is_dicom, struct vol_err *err)
{
	unsigned char *buf = malloc(CHUNK);
	struct input_spool *s = buf ? input_spool_take(err) : NULL;
	uint64_t came = 0;
	bool begun = false;
	ssize_t got = -1;
	int rc = buf ? s ? 0 : -1 : vol_fail(err, name, "out of memory");

	*is_dicom = false;
	while (rc == 0 && (got = bytes_read(b, buf, CHUNK, err)) > 0) {
		if (!begun)
			*is_dicom = dicom_sniff(buf, got < 132 ? (size_t)got : 132);
		begun = true;
		if (bytes_compressed(b)) {
			gzip_in += bytes_came(b) - came;
			came = bytes_came(b);
			gzip_out += (uint64_t)got;
			rc = input_check_growth(name, gzip_out, gzip_in, err);
		}
		if (!*is_dicom && got > MEMBERS_OTHER)
			got = MEMBERS_OTHER;
		if (rc == 0)
			rc = input_spool_write(s, buf, (size_t)got, err);
		if (!*is_dicom)
			break;
	}
	if (rc == 0 && got >= 0)
		rc = input_spool_keep(s, name, err);
	else
		rc = -1;
	input_spool_give(s);
	free(buf);
	return rc;
}

int unpack_gzip(const char *path, bool *is_dicom, struct vol_err *err)
{
	struct bytes *b = bytes_open(path, err);
	int rc = b ? unpack_file(b, path, is_dicom, err) : -1;

	bytes_close(b);
	return rc;
}

/* A zip begins at its end: it must be a file. */
static int zip_fd(struct bytes *b, const char *path, struct vol_err *err)
{
	int fd;

	if (strcmp(path, "-") != 0) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		return fd < 0 ? vol_fail_errno(err, path, "cannot be opened") : fd;
	}
	fd = fd_unnamed(err);
	if (fd >= 0 && (bytes_drain(b, fd, "TMPDIR", INT64_MAX, err) < 0 || lseek(fd, 0, SEEK_SET) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

int unpack_operand(const char *path, int (*take)(void *ctx, const char *name), void *ctx, struct vol_err *err)
{
	struct bytes *b = bytes_open(path, err);
	const unsigned char *start = NULL;
	ssize_t n = b ? bytes_peek(b, &start, UNPACK_LOOK, err) : -1;
	struct members_of source = {.name = b ? bytes_name(b) : path, .path = path, .fd = -1, .take = take, .ctx = ctx};
	bool is_dicom;
	int rc = -1;

	if (n >= 132 && memcmp(start + 128, "DICM", 4) == 0)
		n = 132; /* and no archive, whatever else its preamble is */
	if (n >= 0 && is_zip(start, (size_t)n) && bytes_compressed(b)) {
		rc = vol_fail(err, path, "is a zip archive inside gzip data; take the gzip off first");
	} else if (n >= 0 && is_zip(start, (size_t)n)) {
		source.fd = zip_fd(b, path, err);
		rc = source.fd < 0 ? -1 : members_unpack(&source, err);
	} else if (n >= 0 && is_tar(start, (size_t)n)) {
		source.tar = b;
		rc = members_unpack(&source, err);
	} else if (n >= 0 && strcmp(path, "-") == 0) {
		rc = unpack_file(b, path, &is_dicom, err);
		if (rc == 0)
			rc = take(ctx, path);
	} else if (n >= 0) {
		rc = take(ctx, path);
	}
	bytes_close(b);
	return rc;
}
