/* members_admit.c - which entries of an archive are files to be taken, and which would harm or hide something. */
#include <dlfcn.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "members_inside.h"

enum { FREE_MEMBERS = 100000, BYTES_A_MEMBER = 16 };

int members_load(struct archive_lib *lib, const char *subject, struct vol_err *err)
{
	void *so = dlopen(ARCHIVE_SO, RTLD_NOW | RTLD_LOCAL);

	if (!so)
		return vol_fail(err, subject, "is an archive, which needs libarchive: install %s (Debian: libarchive13)",
		                ARCHIVE_SO);
#define X(f) \
	*(void **)&lib->f = dlsym(so, #f); \
	if (!lib->f) \
		return vol_fail(err, subject, "%s has no function %s: it is another version", ARCHIVE_SO, #f);
	ARCHIVE_FUNCTIONS(X)
#undef X
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* "./a//b" is a/b. False: an absolute name, or one that leads out. */
static bool settle_name(const char *name, char *buf, size_t size)
{
	size_t n = 0;

	if (name[0] == '/' || strlen(name) >= size)
		return false;
	while (*name) {
		size_t len = strcspn(name, "/");

		if (len == 2 && memcmp(name, "..", 2) == 0)
			return false;
		if (len && !(len == 1 && name[0] == '.')) {
			if (n)
				buf[n++] = '/';
			memcpy(buf + n, name, len);
			n += len;
		}
		name += len;
		name += *name == '/';
	}
	buf[n] = '\0';
	return n > 0;
}

static int remember(struct unpacking *u, const char *name)
{
	char *copy = strdup(name), **found = copy ? tsearch(copy, &u->names, by_text) : NULL;

	if (found && *found == copy)
		return 0;
	free(copy);
	return found ? vol_fail(u->err, u->source->name, "has two members of the name '%.300s'", name)
		     : vol_fail(u->err, u->source->name, "out of memory");
}

int members_admit(struct unpacking *u, struct archive_entry *e, char *buf)
{
	const struct archive_lib *l = &u->lib;
	const char *archive = u->source->name, *name = l->archive_entry_pathname_utf8(e), *target;
	unsigned type = l->archive_entry_filetype(e);
	char other[MEMBER_NAME];

	if (!name)
		name = l->archive_entry_pathname(e);
	if (!name)
		return vol_fail(u->err, archive, "has a member without a name");
	if (++u->members > FREE_MEMBERS + u->in / BYTES_A_MEMBER)
		return vol_fail(u->err, archive, "has over %d members and one each %d bytes: refused as a decompression bomb",
		                FREE_MEMBERS, BYTES_A_MEMBER);
	target = l->archive_entry_hardlink(e);
	if (type == AE_IFDIR && !target && strspn(name, "./") == strlen(name) && !strstr(name, "..") && name[0] != '/')
		return 0; /* "./": the top */
	if (!settle_name(name, buf, MEMBER_NAME))
		return vol_fail(u->err, archive, "has a member '%.300s', which leads out of the archive", name);
	if (type == AE_IFDIR && !target)
		return 0;
	if (target) {
		/* one file, one name: the first */
		if (settle_name(target, other, sizeof other) && tfind(other, &u->names, by_text))
			return 0;
		return vol_fail(u->err, archive, "member '%.300s' is a link to '%.300s', which is not in the archive before it",
		                buf, target);
	}
	if (type != AE_IFREG)
		return vol_fail(u->err, archive, "member '%.300s' is %s; links are not followed in archives: take it out, or "
		                "unpack and give the folder", buf, type == AE_IFLNK ? "a symbolic link" : "no file");
	if (l->archive_entry_is_encrypted(e))
		return vol_fail(u->err, archive, "member '%.300s' is encrypted", buf);
	if (!u->source->tar) {
		const char *how = l->archive_format_name(u->a);

		/* the other methods of zip take up to gigabytes of memory by what a few bytes say */
		if (how && !strstr(how, "(uncompressed)") && !strstr(how, "(deflation)"))
			return vol_fail(u->err, archive, "member '%.300s' is packed in another way than deflate (%.60s)", buf, how);
	}
	return remember(u, buf) < 0 ? -1 : 1;
}
