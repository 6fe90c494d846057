/* read_values.c - the values of one file that is being read, as text and as numbers, and why it is not used. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read.h"
#include "read_inside.h"

enum { TEXT = READ_TEXT };

int read_because(struct reader *r, enum dicom_status status, const char *fmt, ...)
{
	va_list ap;

	free(r->file->reason);
	r->file->reason = NULL;
	r->file->status = status;
	va_start(ap, fmt);
	if (vasprintf(&r->file->reason, fmt, ap) < 0)
		r->file->reason = NULL;
	va_end(ap);
	return 0;
}

const char *read_keep(struct reader *r, const char *text)
{
	const char *kept = text ? dicom_intern(r->strings, text) : NULL;

	if (text && !kept)
		r->no_memory = true;
	return kept;
}

const char *read_text(struct reader *r, uint16_t group, uint16_t element)
{
	char buf[TEXT];

	return read_keep(r, dcmtk_text(r->header, group, element, buf, sizeof buf));
}

/* Does a list "ORIGINAL\PRIMARY\AXIAL" have this value? */
bool read_has(const char *list, const char *word)
{
	size_t n = strlen(word);

	while (*list) {
		size_t len = strcspn(list, "\\");
		size_t lead = strspn(list, " "), end = len;

		while (end > lead && list[end - 1] == ' ')
			end--;
		if (lead < end && end - lead == n && memcmp(list + lead, word, n) == 0)
			return true;
		list += len + (list[len] == '\\');
	}
	return false;
}

int dicom_decimals(const char *text, int n, double *values)
{
	if (!text)
		return 0;
	for (int i = 0; i < n; i++) {
		size_t lead = strspn(text, " "), len = strcspn(text, "\\"), k;
		char number[64], *end;

		k = len > lead ? len - lead : 0;
		while (k && text[lead + k - 1] == ' ')
			k--;
		if (k == 0 || k >= sizeof number)
			return -1;
		memcpy(number, text + lead, k);
		number[k] = '\0';
		if (strspn(number, "0123456789+-.eE") != k)
			return -1;
		values[i] = strtod(number, &end);
		if (*end || !isfinite(values[i]))
			return -1;
		text += len + (text[len] == '\\');
	}
	return 1;
}

char *read_value(struct reader *r, uint32_t group, uint32_t tag, char buf[TEXT])
{
	const uint32_t path[] = {group, tag};

	if (r->enhanced && group)
		return dcmtk_frame_text(r->header, r->frame->number ? r->frame->number - 1 : 0, path, 2, buf, TEXT);
	return dcmtk_text(r->header, (uint16_t)(tag >> 16), (uint16_t)tag, buf, TEXT);
}

int read_decimals(struct reader *r, uint32_t group, uint32_t tag, int n, double *values)
{
	char buf[TEXT];

	return dicom_decimals(read_value(r, group, tag, buf), n, values);
}

int read_bad(struct reader *r, const char *name, uint32_t group, uint32_t tag)
{
	char buf[TEXT], which[32] = "";
	const char *text = read_value(r, group, tag, buf);

	if (r->frame->number)
		snprintf(which, sizeof which, "frame %u: ", r->frame->number);
	return read_because(r, DICOM_UNSUPPORTED, "%s%s (%04x,%04x) is '%.80s'", which, name, tag >> 16, tag & 0xffff,
	                    text ? text : "");
}

int read_several(struct reader *r, size_t n)
{
	r->all = calloc(n, sizeof *r->all);
	if (!r->all) {
		r->no_memory = true;
		return read_because(r, DICOM_UNREADABLE, "cannot be read: out of memory");
	}
	r->all[0] = *r->frame;
	r->frame = r->all;
	r->n = n;
	return 1;
}

void read_behind(struct reader *r, size_t i, double mm)
{
	struct dicom_frame *f = &r->all[i], from = *r->frame;
	const double *o = from.orientation;

	*f = from;
	f->number = (uint32_t)i + 1;
	for (int w = 0; w < 3; w++)
		f->position[w] += mm * (o[(w + 1) % 3] * o[3 + (w + 2) % 3] - o[(w + 2) % 3] * o[3 + (w + 1) % 3]);
}
