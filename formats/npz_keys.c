/* npz_keys.c - the keys of a volume as the text that an archive has beside the voxels.
 *
 * A line on the axes, then the lines NAME:=VALUE of an NRRD header, escaped as there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "npy.h"

static const struct {
	const char *line;
	int dims;
	bool list, colour;
} axes[] = {
	{"axes: z y x", 3, false, false},
	{"axes: z y x colour", 4, false, true},
	{"axes: list z y x", 4, true, false},
	{"axes: list z y x colour", 5, true, true},
};

enum { KINDS = sizeof axes / sizeof *axes };

int npz_keys_print(const struct vol_head *head, char **text, size_t *len, struct vol_err *err)
{
	char *whole, *line, *to;
	size_t n;

	if (vol_head_print(head, NULL, &whole, &n, err) < 0)
		return -1;
	*text = malloc(n + 64);
	if (!*text) {
		free(whole);
		return vol_fail(err, "header", "out of memory");
	}
	to = *text;
	for (int i = 0; i < KINDS; i++)
		if (axes[i].list == (head->list > 0) && axes[i].colour == (head->channels > 1))
			to += sprintf(to, "%s\n", axes[i].line);
	for (line = whole; line < whole + n;) {
		char *end = memchr(line, '\n', (size_t)(whole + n - line));
		size_t all = end ? (size_t)(end - line) + 1 : (size_t)(whole + n - line);
		char *colon = memchr(line, ':', all);

		if (line[0] != '#' && colon && colon + 1 < line + all && colon[1] == '=') {
			memcpy(to, line, all);
			to += all;
		}
		line += all;
	}
	*len = (size_t)(to - *text);
	free(whole);
	return 0;
}

/* The keys in front of which an NRRD header stands that says nothing. */
static int parse(const char *lines, struct vol_head *keys, const char *subject, struct vol_err *err)
{
	struct nrrd_layout layout;
	char *text;
	int rc, n = asprintf(&text, "NRRD0005\ntype: uint8\ndimension: 3\nspace: left-posterior-superior\nsizes: 1 1 1\n"
	                     "space directions: (1,0,0) (0,1,0) (0,0,1)\nencoding: raw\nspace origin: (0,0,0)\n%s\n", lines);

	if (n < 0)
		return vol_fail(err, subject, "out of memory");
	rc = vol_head_parse(text, (size_t)n, keys, &layout, subject, err);
	if (rc == 0)
		nrrd_layout_free(&layout);
	free(text);
	return rc;
}

/* Only lines that are keys, or the text could say more than is its right. */
static bool all_keys(const char *lines)
{
	while (*lines) {
		size_t n = strcspn(lines, "\n");
		const char *colon = memchr(lines, ':', n);

		if (n > 0 && (lines[0] == '#' || !colon || colon[1] != '='))
			return false;
		lines += n + (lines[n] == '\n');
	}
	return true;
}

int npz_keys_take(const char *text, size_t len, int dims, struct vol_head *head, bool *colour, const char *subject,
                  struct vol_err *err)
{
	const char *end = memchr(text, '\n', len);
	size_t n = end ? (size_t)(end - text) : len;
	struct vol_head keys;
	int kind = -1;

	for (int i = 0; i < KINDS; i++)
		if (strlen(axes[i].line) == n && memcmp(axes[i].line, text, n) == 0)
			kind = i;
	if (kind < 0 || memchr(text, '\0', len))
		return vol_fail(err, subject, "keys do not begin with a line on the axes that is known");
	*colour = axes[kind].colour;
	if (axes[kind].dims != dims)
		return 0;
	text += end ? n + 1 : n;
	if (!all_keys(text))
		return vol_fail(err, subject, "keys have a line that is none");
	if (parse(text, &keys, subject, err) < 0)
		return -1;
	head->keys = keys.keys; /* theirs now; nothing else in there is owned */
	return 1;
}
