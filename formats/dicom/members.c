#include "members.h"

#include <locale.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input.h"
#include "io/fd.h"
#include "members_inside.h"
#include "place.h"
#include "unpack.h"

enum { BLOCK = 64 << 10 };

static ssize_t next_block(struct unpacking *u)
{
	ssize_t got = bytes_read(u->source->tar, u->block, BLOCK, u->err);

	if (got >= 0) {
		u->given += (uint64_t)got;
		u->last = (uint64_t)got;
		u->in = bytes_came(u->source->tar);
		if (input_check_growth(u->source->name, u->given, u->in, u->err) < 0)
			got = -1;
	}
	u->failed = u->failed || got < 0;
	return got;
}

static la_ssize_t give_block(struct archive *a, void *ctx, const void **block)
{
	struct unpacking *u = ctx;

	(void)a;
	*block = u->block;
	return next_block(u);
}

/* libarchive's own words are about the archive; where reading failed, err says more already. */
static int broken(struct unpacking *u, const char *member)
{
	const char *what = u->lib.archive_error_string(u->a);

	if (u->failed)
		return -1;
	return vol_fail(u->err, u->source->name, "%s%s%scannot be read to its end: %.200s", member ? "member '" : "",
	                member ? member : "", member ? "' " : "", what ? what : "damaged archive");
}

/* ---- contents ---- */

struct content {
	unsigned char start[MEMBERS_OTHER]; /* until it is known what this is */
	size_t held;
	uint64_t n;
	bool known, wanted;
	int packed;                         /* gzip data go to this file first; -1: it is none */
};

static int put(struct unpacking *u, struct content *c, const void *buf, size_t n)
{
	if (c->packed >= 0)
		return fd_write(c->packed, buf, n, "TMPDIR", u->err);
	return input_spool_write(u->spool, buf, n, u->err);
}

/* The first bytes are there, or all: what is it? */
static int decide(struct unpacking *u, struct content *c)
{
	size_t n = c->held;

	c->known = true;
	c->wanted = dicom_sniff(c->start, n < 132 ? n : 132);
	if (!c->wanted && n >= 2 && c->start[0] == 0x1f && c->start[1] == 0x8b) {
		c->packed = fd_unnamed(u->err);
		c->wanted = true;
		if (c->packed < 0)
			return -1;
	}
	return put(u, c, c->start, n);
}

static int take_bytes(struct unpacking *u, struct content *c, const unsigned char *buf, size_t n)
{
	c->n += n;
	u->out += n;
	if (input_check_growth(u->source->name, u->out, u->in, u->err) < 0)
		return -1;
	if (!c->known) {
		size_t part = n < sizeof c->start - c->held ? n : sizeof c->start - c->held;

		if (part)
			memcpy(c->start + c->held, buf, part);
		c->held += part;
		buf += part;
		n -= part;
		if (c->held == sizeof c->start && decide(u, c) < 0)
			return -1;
	}
	return c->wanted && n ? put(u, c, buf, n) : 0;
}

/* Zeros that a sparse member leaves out. */
static int take_hole(struct unpacking *u, struct content *c, uint64_t n)
{
	static const unsigned char zero[4096];

	while (n && (!c->known || c->packed >= 0)) {
		size_t part = n < sizeof zero ? (size_t)n : sizeof zero;

		if (take_bytes(u, c, zero, part) < 0)
			return -1;
		n -= part;
	}
	if (!n)
		return 0;
	c->n += n;
	u->out += n;
	if (input_check_growth(u->source->name, u->out, u->in, u->err) < 0)
		return -1;
	if (c->wanted)
		input_spool_hole(u->spool, n);
	return 0;
}

/* All data of the entry, to where it belongs. Of what nobody wants libarchive skips the rest. */
static int take_content(struct unpacking *u, struct archive_entry *e, const char *name, struct content *c)
{
	const void *buf;
	size_t n;
	la_int64_t at, size = u->lib.archive_entry_size(e);
	int rc;

	while (!c->known || c->wanted) {
		rc = u->lib.archive_read_data_block(u->a, &buf, &n, &at);
		if (rc != ARCHIVE_OK && rc != ARCHIVE_EOF)
			return broken(u, name);
		if (rc == ARCHIVE_EOF)
			at = size;
		if (at > 0 && (uint64_t)at > c->n && take_hole(u, c, (uint64_t)at - c->n) < 0)
			return -1;
		if (rc == ARCHIVE_EOF)
			break;
		if ((uint64_t)at != c->n)
			return vol_fail(u->err, u->source->name, "member '%.300s' is not in order", name);
		if (take_bytes(u, c, buf, n) < 0)
			return -1;
	}
	return c->known ? 0 : decide(u, c);
}

/* gzip data inside the archive: the file in it, under the name of the member. */
static int take_gzip(struct unpacking *u, int fd, const char *name)
{
	struct bytes *b;
	bool is_dicom;
	int rc;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return vol_fail_errno(u->err, name, "cannot be read again");
	b = bytes_open_fd(fd, name, u->err);
	rc = b ? unpack_file(b, name, &is_dicom, u->err) : -1;
	bytes_close(b);
	return rc;
}

static int take_member(struct unpacking *u, struct archive_entry *e)
{
	struct content c = {.packed = -1};
	char name[MEMBER_NAME], *full = NULL;
	int rc = members_admit(u, e, name);

	if (rc <= 0)
		return rc;
	if (asprintf(&full, "%s/%s", u->source->path, name) < 0)
		return vol_fail(u->err, u->source->name, "out of memory");
	rc = take_content(u, e, name, &c);
	if (rc == 0 && c.packed >= 0)
		rc = take_gzip(u, c.packed, full);
	else if (rc == 0)
		rc = input_spool_keep(u->spool, full, u->err);
	else if (c.packed >= 0)
		close(c.packed);
	if (rc == 0)
		rc = u->source->take(u->source->ctx, full);
	free(full);
	return rc;
}

/* A tar ends with a mark, and then with nothing but zeros: one that was cut between two members has none, and of two
 * that were joined only the first would be seen. */
static int check_end(struct unpacking *u)
{
	uint64_t mark = (uint64_t)u->lib.archive_read_header_position(u->a);
	uint64_t stop = (uint64_t)u->lib.archive_filter_bytes(u->a, 0), from = u->given - u->last;
	ssize_t got = (ssize_t)u->last;
	size_t at = stop > from ? (size_t)(stop - from) : 0;

	if (stop <= mark)
		return vol_fail(u->err, u->source->name, "ends without the end mark of a tar archive [truncated]");
	for (; got > 0; at = 0) {
		for (; at < (size_t)got; at++)
			if (u->block[at])
				return vol_fail(u->err, u->source->name, "goes on behind its end mark: is it several archives?");
		got = next_block(u);
	}
	return got < 0 ? -1 : 0;
}

static int open_archive(struct unpacking *u)
{
	const struct archive_lib *l = &u->lib;
	struct stat st;
	int rc;

	u->a = l->archive_read_new();
	u->block = malloc(BLOCK);
	u->spool = input_spool_take(u->err);
	if (!u->spool)
		return -1;
	if (!u->a || !u->block)
		return vol_fail(u->err, u->source->name, "out of memory");
	if (u->source->tar) {
		l->archive_read_support_format_tar(u->a);
		rc = l->archive_read_open(u->a, u, NULL, give_block, NULL);
	} else {
		if (fstat(u->source->fd, &st) == 0)
			u->in = (uint64_t)st.st_size;
		l->archive_read_support_format_zip_seekable(u->a);
		rc = l->archive_read_open_fd(u->a, u->source->fd, BLOCK);
	}
	return rc == ARCHIVE_OK ? 0 : broken(u, NULL);
}

int members_unpack(const struct members_of *source, struct vol_err *err)
{
	struct unpacking u = {.source = source, .err = err};
	/* names that are said to be UTF-8 stay that, whatever the user's locale */
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), before = utf8 ? uselocale(utf8) : (locale_t)0;
	struct archive_entry *e;
	int rc = members_load(&u.lib, source->name, err), got = ARCHIVE_OK;

	if (rc == 0)
		rc = open_archive(&u);
	while (rc == 0 && (got = u.lib.archive_read_next_header(u.a, &e)) == ARCHIVE_OK)
		rc = take_member(&u, e);
	if (rc == 0 && got != ARCHIVE_EOF)
		rc = broken(&u, NULL);
	if (rc == 0 && source->tar)
		rc = check_end(&u);
	input_spool_give(u.spool);
	if (u.a)
		u.lib.archive_read_free(u.a);
	if (source->fd >= 0)
		close(source->fd);
	tdestroy(u.names, free);
	free(u.block);
	if (utf8) {
		uselocale(before);
		freelocale(utf8);
	}
	return rc;
}
