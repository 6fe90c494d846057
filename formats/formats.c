/* formats.c - the table of formats, for tools that take any of them; those of one format are linked without the rest. A new
 * one is one line here and one in format.h. */
#include "format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "pair.h"

static const struct vol_format *const formats[] = {
	&vol_format_nrrd,
	&vol_format_nifti,
	&vol_format_mgh,
	&vol_format_mha,
	&vol_format_analyze,
	&vol_format_parrec,
	&vol_format_npy,
	&vol_format_npz,
	&vol_format_raw,
	&vol_format_minc,
	&vol_format_tiff,
};

enum { FORMATS = sizeof formats / sizeof *formats, SNIFF = 512 };

const struct vol_format *format_by_suffix(const char *path)
{
	for (size_t i = 0; path && i < FORMATS; i++)
		for (const char *const *s = formats[i]->suffixes; *s; s++)
			if (format_has_suffix(path, *s))
				return formats[i];
	return NULL;
}

static int not_known(const char *name, bool empty, struct vol_err *err)
{
	char list[256] = "vol stream";

	if (empty)
		return vol_fail(err, name, "is empty: nothing came to read");
	for (size_t i = 0; i < FORMATS; i++) {
		size_t n = strlen(list);

		if (formats[i]->sniff)
			snprintf(list + n, sizeof list - n, ", %s", formats[i]->name);
	}
	return vol_fail(err, name, "is no volume in a known format (%s)", list);
}

/* What tells the format: the start of the file, or, where it holds only voxels, of its header. */
static struct bytes *open_start(const char *path, struct vol_err *err)
{
	struct vol_err why;
	char *header = pair_is_voxels(path) ? pair_find(path, "hdr", &why) : NULL;
	struct bytes *b = bytes_open(header ? header : path, err);

	free(header);
	return b;
}

struct vol_in *format_open(const char *path, struct vol_head *head, struct vol_err *err)
{
	struct bytes *b = open_start(path, err);
	const struct vol_format *format = NULL;
	const unsigned char *start;
	ssize_t n;

	vol_head_init(head);
	if (!b)
		return NULL;
	n = bytes_peek(b, &start, SNIFF, err);
	for (size_t i = 0; n >= 0 && !format && i < FORMATS; i++)
		if (formats[i]->sniff && formats[i]->sniff(start, (size_t)n))
			format = formats[i];
	/* damaged, or a format without a mark of its own: its reader knows best what is wrong */
	if (n > 0 && !format)
		format = format_by_suffix(path);
	if (!format) {
		if (n >= 0)
			not_known(bytes_name(b), n == 0, err);
		bytes_close(b);
		return NULL;
	}
	bytes_keep(b);
	return format->decode(path, head, err);
}
