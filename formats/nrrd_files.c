#include "nrrd_files.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folder.h"

enum { WIDTH_MAX = 99 }; /* digits of the number in a name */

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t\r");
}

static bool is_list(const char *named)
{
	const char *rest = named + 4;

	return strncmp(named, "LIST", 4) == 0 && strspn(rest, " \t0123456789") == strlen(rest) &&
	       (!*rest || *rest == ' ' || *rest == '\t');
}

/* A name with a % in it, and numbers after it. */
static bool is_pattern(const char *named)
{
	const char *blank = strpbrk(named, " \t");

	return blank && memchr(named, '%', (size_t)(blank - named)) && *skip_blanks(blank) &&
	       strspn(blank, " \t0123456789+-") == strlen(blank);
}

bool nrrd_files_are(const char *named)
{
	return is_list(named) || is_pattern(named);
}

/* ---- how many ---- */

/* The line that starts at p, without blanks at its end; false at the end of the list: an empty line, or of the text. */
static bool list_line(const char *p, size_t *n)
{
	*n = strcspn(p, "\n");
	while (*n && isspace((unsigned char)p[*n - 1]))
		(*n)--;
	return *n > 0;
}

static const char *after_line(const char *p)
{
	p += strcspn(p, "\n");
	return *p ? p + 1 : p;
}

static uint64_t count_lines(const char *p)
{
	uint64_t lines = 0;
	size_t n;

	for (; list_line(p, &n); p = after_line(p))
		lines++;
	return lines;
}

/* Next whole number of a text that has nothing else. */
static bool take_whole(const char **p, long long *x)
{
	char *end;

	*p = skip_blanks(*p);
	*x = strtoll(*p, &end, 10);
	if (end == *p || *x > INT_MAX || *x < INT_MIN)
		return false;
	*p = end;
	return !*end || *end == ' ' || *end == '\t';
}

/* %d, %i or %u, perhaps with zeros and a width; nothing that printf would make of it is left to printf. */
static const char *conversion(const char *named, int *width, bool *zeros, const char **after)
{
	const char *at = strchr(named, '%'), *p = at + 1;

	*zeros = *p == '0';
	*width = 0;
	for (; isdigit((unsigned char)*p) && *width <= WIDTH_MAX; p++)
		*width = 10 * *width + *p - '0';
	*after = p + 1;
	if (*width > WIDTH_MAX || !(*p == 'd' || *p == 'i' || *p == 'u'))
		return NULL;
	p = strpbrk(*after, " \t%");
	return p && *p == '%' ? NULL : at;
}

static int plan_pattern(struct nrrd_files *f, long long *dim, struct vol_err *err)
{
	const char *p = strpbrk(f->named, " \t"), *after;
	long long last, gap;
	int width;
	bool zeros;

	if (!conversion(f->named, &width, &zeros, &after))
		return vol_fail(err, f->header, "names of data files '%.100s' have no single %%d, or more than that", f->named);
	if (!take_whole(&p, &f->first) || !take_whole(&p, &last) || !take_whole(&p, &f->step) || f->step == 0)
		return vol_fail(err, f->header, "data files '%.100s': the first, the last and the step should follow", f->named);
	gap = last - f->first;
	if (gap && (gap > 0) != (f->step > 0))
		return vol_fail(err, f->header, "data files '%.100s': the step leads away from the last", f->named);
	f->n = (uint64_t)(gap / f->step) + 1;
	p = skip_blanks(p);
	if (*p && (!take_whole(&p, dim) || *skip_blanks(p)))
		return vol_fail(err, f->header, "data files '%.100s' have too many numbers", f->named);
	return 0;
}

/* A file holds the first dim axes; or, where dim is all of them, a part of the last one. */
static int check_count(const struct nrrd_files *f, const struct vol_head *head, long long dim, struct vol_err *err)
{
	uint64_t size[5], want = 1;
	int dims = 0;

	if (head->channels > 1)
		size[dims++] = head->channels;
	for (int a = 0; a < 3; a++)
		size[dims++] = head->grid.size[a];
	if (head->list)
		size[dims++] = head->list;
	if (dim == 0)
		dim = dims - 1;
	if (dim < 1 || dim > dims)
		return vol_fail(err, f->header, "data files are said to have %lld dimensions, the volume %d", dim, dims);
	if (dim == dims && f->n && size[dims - 1] % f->n == 0)
		return 0;
	for (int a = (int)dim; a < dims; a++)
		want *= size[a]; /* vol_head_check has seen that it fits */
	if (dim == dims || f->n != want)
		return vol_fail(err, f->header, "names %llu data files, which do not fit its sizes%s", (unsigned long long)f->n,
		                dim == dims ? "" : ": one for each index of the last axes is wanted");
	return 0;
}

int nrrd_files_plan(struct nrrd_files *f, const char *header, const char *named, const char *list,
                    const struct vol_head *head, struct vol_err *err)
{
	long long dim = 0;

	*f = (struct nrrd_files){.header = header, .named = named, .n = 1};
	if (is_list(named)) {
		const char *p = named + 4;

		f->list = list ? list : "";
		f->n = count_lines(f->list);
		if (*skip_blanks(p) && !take_whole(&p, &dim))
			return vol_fail(err, header, "'%.100s' cannot be read", named);
	} else if (is_pattern(named)) {
		f->pattern = true;
		if (plan_pattern(f, &dim, err) < 0)
			return -1;
	}
	nrrd_files_again(f);
	return f->list || f->pattern ? check_count(f, head, dim, err) : 0;
}

/* ---- which ---- */

void nrrd_files_again(struct nrrd_files *f)
{
	f->given = 0;
	f->next = f->list;
}

static void print_name(const struct nrrd_files *f, char name[PATH_MAX])
{
	const char *after, *at;
	int width, end;
	long long number = f->first + (long long)f->given * f->step;
	bool zeros;

	at = conversion(f->named, &width, &zeros, &after);
	end = (int)strcspn(after, " \t");
	snprintf(name, PATH_MAX, zeros ? "%.*s%0*lld%.*s" : "%.*s%*lld%.*s", (int)(at - f->named), f->named, width, number,
	         end, after);
}

int nrrd_files_next(struct nrrd_files *f, char path[PATH_MAX], struct vol_err *err)
{
	char name[PATH_MAX];
	size_t n;

	if (f->list) {
		list_line(f->next, &n);
		snprintf(name, sizeof name, "%.*s", (int)(n < PATH_MAX ? n : PATH_MAX - 1), f->next);
		f->next = after_line(f->next);
	} else if (f->pattern) {
		print_name(f, name);
	} else {
		snprintf(name, sizeof name, "%s", f->named);
	}
	f->given++;
	return folder_file(f->header, name, path, err);
}
