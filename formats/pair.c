#include "pair.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format.h"

/* Bytes of the path before ".hdr" or ".img"; 0 when it does not end so. */
static size_t stem(const char *path)
{
	static const char *const ends[] = {".hdr.gz", ".img.gz", ".hdr", ".img"};

	for (size_t i = 0; path && i < sizeof ends / sizeof *ends; i++)
		if (format_has_suffix(path, ends[i]))
			return strlen(path) - strlen(ends[i]);
	return 0;
}

bool pair_is(const char *path)
{
	return stem(path) > 0;
}

bool pair_is_voxels(const char *path)
{
	return path && (format_has_suffix(path, ".img") || format_has_suffix(path, ".img.gz"));
}

char *pair_name(const char *path, const char *part, bool gz)
{
	size_t n = stem(path);
	char *name;

	if (asprintf(&name, "%.*s.%s%s", (int)n, path, part, gz ? ".gz" : "") < 0)
		return NULL;
	/* X.HDR goes with X.IMG */
	for (char *c = name + n; isupper((unsigned char)path[n + 1]) && *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return name;
}

char *pair_find(const char *path, const char *part, struct vol_err *err)
{
	bool gz = format_has_suffix(path, ".gz");
	char *first = pair_name(path, part, gz), *second = pair_name(path, part, !gz);

	if (!first || !second) {
		vol_fail(err, path, "out of memory");
	} else if (access(first, F_OK) == 0) {
		free(second);
		return first;
	} else if (access(second, F_OK) == 0) {
		free(first);
		return second;
	} else {
		vol_fail(err, path, "is half of a pair, and the other half is missing: %s", first);
	}
	free(first);
	free(second);
	return NULL;
}

void pair_each_file(const char *path, const struct vol_head *head, const struct format_write *how,
                    void (*what)(const char *name))
{
	char *other = pair_is(path) ? pair_name(path, pair_is_voxels(path) ? "hdr" : "img", format_has_suffix(path, ".gz")) : NULL;

	(void)head;
	(void)how;
	what(path);
	if (other)
		what(other);
	free(other);
}
