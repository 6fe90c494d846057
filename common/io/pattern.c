#include "pattern.h"

#include <stdio.h>
#include <stdlib.h>

size_t pattern_field(const char *s, int *width)
{
	const char *p = s + 1;

	*width = 0;
	if (*s != '{')
		return 0;
	if (*p == ':') {
		for (p++; *p >= '0' && *p <= '9' && *width < 100; p++)
			*width = *width * 10 + (*p - '0');
		if (*p != 'd' || *width >= 100)
			return 0;
		p++;
		*width = *width ? *width : 1;
	}
	return *p == '}' ? (size_t)(p + 1 - s) : 0;
}

bool pattern_has(const char *name)
{
	int width;

	for (; name && *name; name++)
		if (pattern_field(name, &width))
			return true;
	return false;
}

char *pattern_name(const char *pattern, uint64_t i, uint64_t entries)
{
	char *name = NULL;
	size_t len, n;
	int width, natural = snprintf(NULL, 0, "%llu", (unsigned long long)entries - 1);
	FILE *f = open_memstream(&name, &len);

	if (!f)
		return NULL;
	for (; *pattern; pattern += n) {
		n = pattern_field(pattern, &width);
		if (n)
			fprintf(f, "%0*llu", width ? width : natural, (unsigned long long)i);
		else
			fputc(*pattern, f);
		n = n ? n : 1;
	}
	if (fclose(f) == 0)
		return name;
	free(name);
	return NULL;
}
