/* mha_names.c - the names of the files that hold the voxels of a MetaImage file. */
#include <stdio.h>
#include <string.h>

#include "mha.h"

/* "LIST", and perhaps how many dimensions each file has: the names stand in the lines that follow. */
static int take_list(const char *each_text, char *names, int dims, const uint64_t size[MHA_DIMS],
                     struct mha_layout *l, const char *subject, struct vol_err *err)
{
	uint64_t have = 0;
	int each = dims - 1;

	if (*each_text) {
		each = *each_text - '0';
		if (each < 1 || each > dims || (each_text[1] && strcmp(each_text + 1, "D") != 0))
			return vol_fail(err, subject, "ElementDataFile is a list of '%.40s'", each_text);
	}
	for (int i = each; i < dims; i++)
		l->files *= size[i]; /* no more than voxels, which were counted */
	for (const char *line = names; line && *line; line += strcspn(line, "\n")) {
		line += strspn(line, " \t\r\v\f\n");
		have += *line != '\0';
	}
	if (have != l->files)
		return vol_fail(err, subject, "lists %llu files of voxels, not %llu", (unsigned long long)have,
		                (unsigned long long)l->files);
	l->kind = MHA_LIST;
	l->name = names;
	return 0;
}

/* Take the last word off, when it is a whole number that no file's name needs. */
static bool last_number(char *s, long long *x)
{
	enum { FAR = 1 << 30 };
	char *blank = strrchr(s, ' ');

	if (!blank || !mha_whole(blank + 1, -FAR, FAR, x))
		return false;
	*blank = '\0';
	mha_strip(s);
	return true;
}

/* The number's place in a name: "%d", "%03d", "%3d". *width: 0 where none is given. */
static bool find_place(const char *name, const char **place, const char **after, int *width, bool *zeros)
{
	const char *p = strchr(name, '%');

	*place = p++;
	*zeros = *p == '0';
	for (*width = 0; *p >= '0' && *p <= '9' && *width < 100; p++)
		*width = 10 * *width + *p - '0';
	*after = p + 1;
	return *p == 'd' && *width < 64 && !strchr(p, '%');
}

/* "slice%03d.raw 1 20 1": a name, and first, last and step, if they are not 1, ..., 1. */
static int take_pattern(char *name, uint64_t files, struct mha_layout *l, const char *subject, struct vol_err *err)
{
	long long n[3], first = 1, step = 1, steps = (long long)files - 1;
	const char *place, *after;
	int given = 0, width;
	bool zeros;

	while (given < 3 && last_number(name, &n[given]))
		given++;
	if (!find_place(name, &place, &after, &width, &zeros))
		return vol_fail(err, subject, "ElementDataFile is '%.100s', not a name with one number such as %%03d",
		                name);
	if (files > 1 << 30)
		return vol_fail(err, subject, "ElementDataFile stands for too many files");
	if (given > 0)
		first = n[given - 1];
	if (given == 3)
		step = n[0];
	else if (given == 2 && steps > 0)
		step = (n[0] - first) / steps;
	if (given >= 2 && steps > 0 && (step == 0 || (n[given - 2] - first) / step != steps))
		return vol_fail(err, subject, "ElementDataFile counts from %lld to %lld by %lld, and should name %llu "
		                "files", first, n[given - 2], step, (unsigned long long)files);
	l->kind = MHA_PATTERN;
	l->files = files;
	l->name = name;
	l->first = first;
	l->step = step;
	return 0;
}

int mha_data_file(char *value, char *rest, int dims, const uint64_t size[MHA_DIMS], struct mha_layout *l,
                  const char *subject, struct vol_err *err)
{
	l->files = 1;
	if (strncmp(value, "LIST", 4) == 0)
		return take_list(mha_strip(value + 4), rest, dims, size, l, subject, err);
	if (!*value)
		return vol_fail(err, subject, "ElementDataFile is empty");
	if (strchr(value, '%'))
		return take_pattern(value, size[dims - 1], l, subject, err);
	l->kind = MHA_ONE;
	if (strcmp(value, "LOCAL") == 0 || strcmp(value, "Local") == 0 || strcmp(value, "local") == 0)
		l->kind = MHA_LOCAL;
	l->name = value;
	return 0;
}

bool mha_file_name(const struct mha_layout *l, uint64_t i, const char **list, char name[PATH_MAX])
{
	const char *place, *after;
	int width, n, before;
	bool zeros;

	if (l->kind == MHA_LIST) {
		*list += strspn(*list, " \t\r\v\f\n");
		n = snprintf(name, PATH_MAX, "%.*s", (int)strcspn(*list, "\n"), *list);
		*list += strcspn(*list, "\n");
		if (n < PATH_MAX)
			mha_strip(name);
	} else if (l->kind == MHA_PATTERN) {
		long long number = l->first + (long long)i * l->step;

		(void)find_place(l->name, &place, &after, &width, &zeros);
		before = (int)(place - l->name);
		n = zeros ? snprintf(name, PATH_MAX, "%.*s%0*lld%s", before, l->name, width, number, after)
		          : snprintf(name, PATH_MAX, "%.*s%*lld%s", before, l->name, width, number, after);
	} else {
		n = snprintf(name, PATH_MAX, "%s", l->name);
	}
	return n > 0 && n < PATH_MAX;
}
