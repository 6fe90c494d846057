#include "kept.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inflate.h"
#include "io/keys.h"

static const char mark[] = "volpipe 1, first voxels ";

enum { MARK = sizeof mark - 1, FIRST_LINE = MARK + KEPT_CRC };

int kept_crc(struct vol_in *in, char crc[KEPT_CRC], struct vol_err *err)
{
	const void *voxels;
	size_t n;

	if (vol_peek(in, &voxels, &n, err) < 0)
		return -1;
	snprintf(crc, KEPT_CRC, "%08lx", (unsigned long)inflate_crc(0, voxels, n));
	return 0;
}

/* The line that the text starts with, and a zero. */
static int first_line(struct vol_in *in, char line[FIRST_LINE + 1], struct vol_err *err)
{
	char crc[KEPT_CRC];

	if (kept_crc(in, crc, err) < 0)
		return -1;
	snprintf(line, FIRST_LINE + 1, "%s%s\n", mark, crc);
	return 0;
}

/* Without the lines that only fill it up. */
static size_t leave_out_comments(char *text, size_t n)
{
	char *to = text;

	for (char *line = text, *end = text + n; line < end;) {
		char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((stop ? stop + 1 : end) - line);

		if (*line != '#') {
			memmove(to, line, len);
			to += len;
		}
		line += len;
	}
	*to = '\0';
	return (size_t)(to - text);
}

int kept_print(struct vol_in *in, const struct vol_head *head, char **text, size_t *n, struct vol_err *err)
{
	char *header, line[FIRST_LINE + 1];

	if (first_line(in, line, err) < 0 || vol_head_print(head, NULL, &header, n, err) < 0)
		return -1;
	*n = leave_out_comments(header, *n);
	*text = malloc(FIRST_LINE + *n + 1);
	if (*text) {
		memcpy(*text, line, FIRST_LINE);
		memcpy(*text + FIRST_LINE, header, *n + 1);
		*n += FIRST_LINE;
	}
	free(header);
	return *text ? 0 : vol_fail(err, vol_in_name(in), "out of memory");
}

bool kept_is(const char *text, size_t n)
{
	return n >= FIRST_LINE && memcmp(text, mark, MARK) == 0;
}

bool kept_same_place(const struct vol_grid *a, const struct vol_grid *b)
{
	double far = 0;

	if (memcmp(a->size, b->size, sizeof a->size) != 0)
		return false;
	for (int i = 0; i < 3; i++)
		far = fmax(far, fabs(a->origin[i]) + grid_spacing(a, i) * (double)a->size[i]);
	return grid_corner_distance(a, b) <= 1e-6 * far;
}

static bool same_scaling(const struct vol_head *a, const struct vol_head *b)
{
	double slope[2], intercept[2];
	struct vol_err why;

	return key_scaling(a, "", &slope[0], &intercept[0], &why) == 0 &&
	       key_scaling(b, "", &slope[1], &intercept[1], &why) == 0 && fabs(slope[0] - slope[1]) <= 1e-6 * fabs(slope[0]) &&
	       fabs(intercept[0] - intercept[1]) <= 1e-6 * fabs(intercept[0]);
}

static bool same(const struct vol_head *kept, const struct vol_head *head, bool scaled)
{
	return kept->type == head->type && kept->channels == head->channels &&
	       (kept->list ? kept->list : 1) == (head->list ? head->list : 1) && kept_same_place(&kept->grid, &head->grid) &&
	       (!scaled || same_scaling(kept, head));
}

int kept_take(const char *text, size_t n, bool scaled, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	struct nrrd_layout layout;
	struct vol_head kept;
	struct vol_err why;
	char line[FIRST_LINE + 1];

	if (first_line(in, line, err) < 0)
		return -1;
	if (!kept_is(text, n) || memcmp(text, line, FIRST_LINE) != 0) {
		vol_note(vol_in_name(in), "its voxels were changed since volpipe wrote it: unit and other keys are left out");
		return 0;
	}
	if (vol_head_parse_stream(text + FIRST_LINE, n - FIRST_LINE, &kept, &layout, vol_in_name(in), &why) < 0) {
		vol_note(vol_in_name(in), "the header that is kept in it is damaged: left out");
		return 0;
	}
	nrrd_layout_free(&layout);
	if (!same(&kept, head, scaled)) {
		vol_note(vol_in_name(in), "its header was changed since volpipe wrote it: unit and other keys are left out");
		vol_head_free(&kept);
		return 0;
	}
	memcpy(kept.digest, head->digest, sizeof kept.digest);
	vol_head_free(head);
	*head = kept;
	return 1;
}
