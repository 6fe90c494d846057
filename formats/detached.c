#include "detached.h"

#include <stdio.h>
#include <string.h>

#include "format.h"

const char *detached_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *detached_name(const char *path, const char *suffix, const char *data_suffix, const char *never, const char *format,
                 struct vol_err *err)
{
	const char *base = detached_base(path);
	size_t n = strlen(path) - (format_has_suffix(path, suffix) ? strlen(suffix) : 0);
	char *name;

	if (strncmp(base, "LIST", 4) == 0 || base[0] == ' ' || strchr(base, '%'))
		vol_fail(err, path, "such a name has a meaning of its own in %s: choose another", format);
	else if (strpbrk(base, never))
		vol_fail(err, path, "a name with control characters cannot stand in %s", format);
	else if (asprintf(&name, "%.*s%s", (int)n, path, data_suffix) < 0)
		vol_fail(err, path, "out of memory");
	else
		return name;
	return NULL;
}
