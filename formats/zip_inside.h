/* zip_inside.h - private to zip_read.c and zip_member.c: an archive that is open for reading. */
#ifndef FORMATS_ZIP_INSIDE_H
#define FORMATS_ZIP_INSIDE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "zip.h"

struct zip {
	char *name;
	int fd, users;
	uint64_t base, size;         /* the archive in the file; all offsets count from base */
	uint64_t directory;          /* offset */
	unsigned char *text;         /* the directory */
	size_t text_len;
	struct zip_entry *entry;
	size_t n;
};

/* zip_little - a number of so many bytes. zip_is - do these four bytes mark what they should? */
static inline uint64_t zip_little(const unsigned char *p, int bytes)
{
	uint64_t x = 0;

	while (bytes--)
		x = x << 8 | p[bytes];
	return x;
}

static inline bool zip_is(const unsigned char *p, const char mark[4])
{
	return memcmp(p, mark, 4) == 0;
}

/* zip_damaged - -1 with err: the directory cannot be. */
int zip_damaged(const struct zip *z, struct vol_err *err);

/* zip_get - all n bytes at an offset of the archive, which lie inside. */
int zip_get(const struct zip *z, void *buf, size_t n, uint64_t offset, struct vol_err *err);

#endif
