/* tiff_names.c - which files are meant, and their order. */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/pattern.h"
#include "tiff.h"

struct names {
	char **at;
	size_t n, room;
};

static int add(struct names *s, char *name, struct vol_err *err)
{
	if (name && s->n == s->room) {
		char **more = realloc(s->at, (s->room = 2 * s->room + 16) * sizeof *more);

		if (!more) {
			free(name);
			name = NULL;
		} else {
			s->at = more;
		}
	}
	if (!name)
		return vol_fail(err, "names", "out of memory");
	s->at[s->n++] = name;
	return 0;
}

/* Numbers in names by their value: slice9, slice10. Names that differ in zeros before numbers only: as texts. */
static int by_number(const void *pa, const void *pb)
{
	const char *first = *(char *const *)pa, *second = *(char *const *)pb, *a = first, *b = second;

	while (*a && *b) {
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			size_t na, nb;
			int order;

			a += strspn(a, "0");
			b += strspn(b, "0");
			na = strspn(a, "0123456789");
			nb = strspn(b, "0123456789");
			order = na != nb ? (na < nb ? -1 : 1) : memcmp(a, b, na);
			if (order)
				return order;
			a += na;
			b += nb;
			continue;
		}
		if (*a != *b)
			return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
		a++;
		b++;
	}
	return *a ? 1 : *b ? -1 : strcmp(first, second);
}

/* The number that the name has in the place of the pattern's field, where the rest is the same; NULL when it does not
 * fit. */
static const char *number_in(const char *name, const char *pattern)
{
	size_t digits, field;
	int width;

	for (; *pattern; pattern++, name++) {
		field = pattern_field(pattern, &width);
		if (field) {
			digits = strspn(name, "0123456789");
			return digits > 0 && strcmp(name + digits, pattern + field) == 0 ? name : NULL;
		}
		if (*name != *pattern)
			return NULL;
	}
	return NULL;
}

/* All files of a folder that fit the pattern, or without one that are named .tif or .tiff. */
static int add_folder(struct names *s, const char *folder, const char *pattern, const char *said, struct vol_err *err)
{
	DIR *d = opendir(*folder ? folder : ".");
	size_t before = s->n;
	struct dirent *e;
	char *name;
	int rc = 0;

	if (!d)
		return vol_fail_errno(err, said, "cannot be opened");
	while (rc == 0 && (e = readdir(d))) {
		bool wanted = pattern ? number_in(e->d_name, pattern) != NULL
		                      : format_has_suffix(e->d_name, ".tif") || format_has_suffix(e->d_name, ".tiff");

		if (!wanted || e->d_name[0] == '.')
			continue;
		if (asprintf(&name, "%s%s%s", folder, *folder && folder[strlen(folder) - 1] != '/' ? "/" : "", e->d_name) < 0)
			name = NULL;
		rc = add(s, name, err);
	}
	closedir(d);
	if (rc == 0 && s->n == before)
		rc = vol_fail(err, said, pattern ? "fits no file that is there" : "has no files that end in .tif or .tiff");
	return rc;
}

static int add_pattern(struct names *s, const char *pattern, struct vol_err *err)
{
	const char *slash = strrchr(pattern, '/'), *base = slash ? slash + 1 : pattern;
	char *folder = strndup(pattern, (size_t)(base - pattern));
	int rc;

	if (!folder)
		return vol_fail(err, pattern, "out of memory");
	if (!pattern_has(base))
		rc = vol_fail(err, pattern, "has its number in the name of a folder: put it in the name of the file");
	else
		rc = add_folder(s, folder, base, pattern, err);
	free(folder);
	return rc;
}

static int add_operand(struct names *s, const char *name, struct vol_err *err)
{
	struct stat st;

	if (!name || strcmp(name, "-") == 0 || (stat(name, &st) == 0 && !S_ISDIR(st.st_mode)))
		return add(s, strdup(name ? name : "-"), err);
	if (stat(name, &st) == 0)
		return add_folder(s, name, NULL, name, err);
	return pattern_has(name) ? add_pattern(s, name, err) : add(s, strdup(name), err);
}

char **tiff_names(char *const *names, size_t *n, bool as_given, struct vol_err *err)
{
	struct names s = {0};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < *n; i++) {
		size_t before = s.n;

		rc = add_operand(&s, names[i], err);
		/* within a folder there is no order to keep */
		if (rc == 0 && as_given)
			qsort(s.at + before, s.n - before, sizeof *s.at, by_number);
	}
	if (rc < 0) {
		tiff_names_free(s.at, s.n);
		return NULL;
	}
	if (!as_given)
		qsort(s.at, s.n, sizeof *s.at, by_number);
	*n = s.n;
	return s.at;
}

void tiff_names_free(char **names, size_t n)
{
	for (size_t i = 0; names && i < n; i++)
		free(names[i]);
	free(names);
}

/* Is it none of those that the pattern makes? */
static bool is_stray(const char *name, const char *pattern, uint64_t n)
{
	const char *number = number_in(name, pattern);
	unsigned long long i = number ? strtoull(number, NULL, 10) : 0;
	char *ours = number && i < n ? pattern_name(pattern, i, n) : NULL;
	bool stray = number && (!ours || strcmp(name, ours) != 0);

	free(ours);
	return stray;
}

int tiff_names_stray(const char *pattern, uint64_t n, struct vol_err *err)
{
	const char *slash = strrchr(pattern, '/'), *base = slash ? slash + 1 : pattern;
	char *folder = slash ? strndup(pattern, (size_t)(base - pattern)) : strdup(".");
	DIR *d = folder ? opendir(folder) : NULL;
	struct dirent *e;
	int rc = 0;

	if (!pattern_has(base))
		rc = vol_fail(err, pattern, "has its number in the name of a folder: put it in the name of the file");
	else if (!d)
		rc = vol_fail_errno(err, folder ? folder : pattern, "cannot be opened");
	while (rc == 0 && (e = readdir(d)))
		if (is_stray(e->d_name, base, n))
			rc = vol_fail(err, pattern, "%s is there and would be taken for a slice too: remove it first, or write to "
			                            "another folder", e->d_name);
	if (d)
		closedir(d);
	free(folder);
	return rc;
}
