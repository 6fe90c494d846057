/* zip_read.c - the directory of an archive, at its end: which members there are. */
#include <fcntl.h>
#include <sha2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "io/fd.h"
#include "zip_inside.h"

enum {
	END_BYTES = 22,
	END64_BYTES = 56,
	LOCATOR_BYTES = 20,
	ENTRY_BYTES = 46,
	COMMENT_MAX = 65535,
	DIRECTORY_MAX = 4 << 20
};

int zip_damaged(const struct zip *z, struct vol_err *err)
{
	return vol_fail(err, z->name, "zip directory is damaged");
}

int zip_get(const struct zip *z, void *buf, size_t n, uint64_t offset, struct vol_err *err)
{
	ssize_t got = fd_pread(z->fd, buf, n, (off_t)(z->base + offset), z->name, err);

	return got < 0 ? -1 : (size_t)got < n ? vol_fail(err, z->name, "ends early") : 0;
}

/* ---- the directory ---- */

struct where {
	uint64_t offset, size, n;
};

/* The record at `at` is only half the truth where a number does not fit it: the other half stands before it. */
static int find_directory64(const struct zip *z, uint64_t at, struct where *w, struct vol_err *err)
{
	unsigned char locator[LOCATOR_BYTES], end[END64_BYTES];
	uint64_t offset;

	if (at < LOCATOR_BYTES || zip_get(z, locator, sizeof locator, at - LOCATOR_BYTES, err) < 0 || !zip_is(locator, "PK\6\7"))
		return zip_damaged(z, err);
	offset = zip_little(locator + 8, 8);
	if (offset > at - LOCATOR_BYTES || at - LOCATOR_BYTES - offset < END64_BYTES)
		return zip_damaged(z, err);
	if (zip_get(z, end, sizeof end, offset, err) < 0)
		return -1;
	if (!zip_is(end, "PK\6\6"))
		return zip_damaged(z, err);
	if (zip_little(locator + 4, 4) || zip_little(locator + 16, 4) > 1 || zip_little(end + 16, 4) || zip_little(end + 20, 4))
		return vol_fail(err, z->name, "is a zip archive in several files: join them first");
	*w = (struct where){.n = zip_little(end + 32, 8), .size = zip_little(end + 40, 8), .offset = zip_little(end + 48, 8)};
	return 0;
}

static int find_directory(const struct zip *z, struct where *w, struct vol_err *err)
{
	size_t n = z->size < END_BYTES + COMMENT_MAX ? (size_t)z->size : END_BYTES + COMMENT_MAX, at = n;
	unsigned char *tail = malloc(n + 1), end[END_BYTES];
	bool found = false;
	uint64_t start;

	if (!tail)
		return vol_fail(err, z->name, "out of memory");
	if (zip_get(z, tail, n, z->size - n, err) < 0) {
		free(tail);
		return -1;
	}
	for (at = n >= END_BYTES ? n - END_BYTES + 1 : 0; !found && at-- > 0;)
		found = zip_is(tail + at, "PK\5\6") && at + END_BYTES + zip_little(tail + at + 20, 2) == n;
	if (found)
		memcpy(end, tail + at, sizeof end);
	free(tail);
	if (!found)
		return vol_fail(err, z->name, "is no zip archive, or it is cut short: no directory at its end");
	start = z->size - n + at;
	*w = (struct where){.n = zip_little(end + 10, 2), .size = zip_little(end + 12, 4), .offset = zip_little(end + 16, 4)};
	if (w->n == 0xffff || w->size == 0xffffffff || w->offset == 0xffffffff) {
		if (find_directory64(z, start, w, err) < 0)
			return -1;
	} else if (zip_little(end + 4, 2) || zip_little(end + 6, 2)) {
		return vol_fail(err, z->name, "is a zip archive in several files: join them first");
	}
	if (w->offset > start || w->size > start - w->offset)
		return zip_damaged(z, err);
	if (w->size > DIRECTORY_MAX)
		return vol_fail(err, z->name, "zip directory is over 4 MiB");
	return 0;
}

/* Numbers of 64 bits stand in an extra field, those only that do not fit where they should. */
static bool take_zip64(struct zip_entry *e, const unsigned char *extra, size_t len)
{
	uint64_t *const number[] = {&e->size, &e->packed, &e->offset};
	bool missing = e->size == 0xffffffff || e->packed == 0xffffffff || e->offset == 0xffffffff;

	while (missing && len >= 4) {
		size_t part = zip_little(extra + 2, 2);
		const unsigned char *p = extra + 4;

		if (part > len - 4)
			return false;
		if (zip_little(extra, 2) == 1) {
			for (int i = 0; i < 3; i++) {
				if (*number[i] != 0xffffffff)
					continue;
				if (part < 8)
					return false;
				*number[i] = zip_little(p, 8);
				p += 8;
				part -= 8;
			}
			return true;
		}
		extra = p + part;
		len -= 4 + part;
	}
	return !missing;
}

static int take_entries(struct zip *z, uint64_t n, struct vol_err *err)
{
	const unsigned char *p = z->text;
	size_t left = z->text_len;

	if (n > left / ENTRY_BYTES)
		return zip_damaged(z, err);
	z->entry = calloc((size_t)n + 1, sizeof *z->entry);
	if (!z->entry)
		return vol_fail(err, z->name, "out of memory");
	for (; z->n < n; z->n++) {
		struct zip_entry *e = &z->entry[z->n];
		size_t extra, all;

		if (left < ENTRY_BYTES || !zip_is(p, "PK\1\2"))
			return zip_damaged(z, err);
		e->name = (const char *)p + ENTRY_BYTES;
		e->name_len = zip_little(p + 28, 2);
		extra = zip_little(p + 30, 2);
		all = ENTRY_BYTES + e->name_len + extra + zip_little(p + 32, 2);
		if (all > left)
			return zip_damaged(z, err);
		e->flags = (unsigned)zip_little(p + 8, 2);
		e->method = (unsigned)zip_little(p + 10, 2);
		e->crc = (uint32_t)zip_little(p + 16, 4);
		e->packed = zip_little(p + 20, 4);
		e->size = zip_little(p + 24, 4);
		e->offset = zip_little(p + 42, 4);
		if (!take_zip64(e, p + ENTRY_BYTES + e->name_len, extra))
			return zip_damaged(z, err);
		p += all;
		left -= all;
	}
	return left ? zip_damaged(z, err) : 0;
}

static int read_directory(struct zip *z, struct vol_err *err)
{
	struct where w = {0};

	if (find_directory(z, &w, err) < 0)
		return -1;
	z->directory = w.offset;
	z->text_len = (size_t)w.size;
	z->text = malloc(z->text_len + 1);
	if (!z->text)
		return vol_fail(err, z->name, "out of memory");
	if (zip_get(z, z->text, z->text_len, w.offset, err) < 0)
		return -1;
	return take_entries(z, w.n, err);
}

/* ---- the file ---- */

/* A file as it is, from where it stands; what comes through a pipe in a file of ours. */
static int open_file(struct zip *z, const char *path, struct vol_err *err)
{
	struct bytes *b = bytes_open_plain(path, err);
	bool from_stdin = !path || strcmp(path, "-") == 0;
	struct stat st;
	off_t at;

	if (!b)
		return -1;
	z->name = strdup(bytes_name(b));
	if (!z->name) {
		bytes_close(b);
		return vol_fail(err, path, "out of memory");
	}
	if (bytes_reopen(b)) {
		z->fd = from_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
		if (z->fd < 0)
			return vol_fail_errno(err, z->name, "cannot be opened");
	} else {
		z->fd = fd_unnamed(err);
		if (z->fd < 0 || bytes_drain(b, z->fd, "temporary file", INT64_MAX, err) < 0) {
			bytes_close(b);
			return -1;
		}
		bytes_close(b);
		if (lseek(z->fd, 0, SEEK_SET) < 0)
			return vol_fail_errno(err, z->name, "cannot be read");
	}
	at = lseek(z->fd, 0, SEEK_CUR);
	if (fstat(z->fd, &st) < 0 || at < 0)
		return vol_fail_errno(err, z->name, "cannot be read");
	z->base = (uint64_t)at;
	z->size = st.st_size > at ? (uint64_t)(st.st_size - at) : 0;
	return z->size ? 0 : vol_fail(err, z->name, "is empty: nothing came to read");
}

struct zip *zip_open(const char *path, struct vol_err *err)
{
	struct zip *z = calloc(1, sizeof *z);

	if (!z) {
		vol_fail(err, path, "out of memory");
		return NULL;
	}
	z->fd = -1;
	z->users = 1;
	if (open_file(z, path, err) == 0 && read_directory(z, err) == 0)
		return z;
	zip_close(z);
	return NULL;
}

void zip_close(struct zip *z)
{
	if (!z || --z->users > 0)
		return;
	if (z->fd >= 0)
		close(z->fd);
	free(z->name);
	free(z->text);
	free(z->entry);
	free(z);
}

const char *zip_name(const struct zip *z)
{
	return z->name;
}

size_t zip_count(const struct zip *z)
{
	return z->n;
}

const struct zip_entry *zip_at(const struct zip *z, size_t i)
{
	return &z->entry[i];
}

int zip_find(const struct zip *z, const char *name, const struct zip_entry **found, struct vol_err *err)
{
	size_t len = strlen(name);

	*found = NULL;
	for (size_t i = 0; i < z->n; i++) {
		const struct zip_entry *e = &z->entry[i];

		if (e->name_len != len || memcmp(e->name, name, len) != 0)
			continue;
		if (*found)
			return vol_fail(err, z->name, "has two members named '%.100s'", name);
		*found = e;
	}
	return *found != NULL;
}

void zip_digest(const struct zip *z, char digest[65])
{
	SHA256Data(z->text, z->text_len, digest);
}
