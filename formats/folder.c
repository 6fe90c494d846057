#include "folder.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool leads_up(const char *name)
{
	for (const char *p = name; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0'))
			return true;
	}
	return name[0] == '/';
}

static int inside(const char *folder, const char *path, bool *yes)
{
	char *real = realpath(path, NULL), *dir = real ? realpath(folder, NULL) : NULL;
	size_t n = dir ? strlen(dir) : 0;
	int rc = real && dir ? 0 : -1, why = errno;

	*yes = rc == 0 && (n == 1 || (strncmp(real, dir, n) == 0 && real[n] == '/'));
	free(real);
	free(dir);
	errno = why;
	return rc;
}

int folder_file(const char *header, const char *name, char path[PATH_MAX], struct vol_err *err)
{
	const char *slash = strrchr(header, '/');
	int n = slash ? (int)(slash - header) + 1 : 0;
	char folder[PATH_MAX];
	bool yes;

	if (leads_up(name))
		return vol_fail(err, header, "data file '%.200s' lies outside its folder", name);
	if (snprintf(folder, sizeof folder, "%.*s.", n, header) >= PATH_MAX ||
	    snprintf(path, PATH_MAX, "%.*s%s", n, header, name) >= PATH_MAX)
		return vol_fail(err, header, "name of the data file is too long");
	if (inside(folder, path, &yes) < 0)
		return vol_fail(err, header, "data file '%.200s' cannot be opened: %s", name,
		                strerror(errno));
	if (!yes)
		return vol_fail(err, header, "data file '%.200s' lies outside its folder", name);
	return 0;
}
