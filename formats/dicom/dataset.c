#include "dataset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct element {
	uint32_t tag;
	size_t at, n, order;
};

/* ---- bytes ---- */

static void add(struct dataset_bytes *b, const void *more, size_t n)
{
	if (b->failed || n == 0)
		return;
	if (b->room - b->n < n) {
		size_t room = b->room * 2 > b->n + n ? b->room * 2 : b->n + n + 256;
		unsigned char *at = room > b->n ? realloc(b->at, room) : NULL;

		if (!at) {
			b->failed = true;
			return;
		}
		b->at = at;
		b->room = room;
	}
	memcpy(b->at + b->n, more, n);
	b->n += n;
}

static void add_number(struct dataset_bytes *b, uint64_t x, size_t n)
{
	unsigned char bytes[8];

	for (size_t i = 0; i < n; i++)
		bytes[i] = (unsigned char)(x >> 8 * i);
	add(b, bytes, n);
}

static void add_tag(struct dataset_bytes *b, uint32_t tag)
{
	add_number(b, tag >> 16, 2);
	add_number(b, tag & 0xffff, 2);
}

void dataset_bytes_free(struct dataset_bytes *b)
{
	free(b->at);
	memset(b, 0, sizeof *b);
}

void dataset_free(struct dataset *d)
{
	dataset_bytes_free(&d->bytes);
	dataset_bytes_free(&d->index);
}

/* ---- elements ---- */

void dataset_begin(struct dataset_bytes *b, uint32_t tag, const char *vr, uint32_t n)
{
	static const char *const wide[] = {"OB", "OW", "SQ", "UT"};
	bool is_wide = false;

	for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
		is_wide = is_wide || memcmp(vr, wide[i], 2) == 0;
	add_tag(b, tag);
	add(b, vr, 2);
	if (is_wide)
		add_number(b, 0, 2);
	add_number(b, n, is_wide ? 4 : 2);
}

static void put(struct dataset *d, uint32_t tag, const char *vr, const void *value, size_t n, char pad)
{
	struct element e = {.tag = tag, .at = d->bytes.n, .order = d->index.n};

	if (n > (memcmp(vr, "SQ", 2) == 0 ? UINT32_MAX - 1 : UINT16_MAX - 1)) {
		d->bytes.failed = true;
		return;
	}
	dataset_begin(&d->bytes, tag, vr, (uint32_t)(n + (n & 1)));
	add(&d->bytes, value, n);
	add(&d->bytes, &pad, n & 1);
	e.n = d->bytes.n - e.at;
	add(&d->index, &e, sizeof e);
}

void dataset_text(struct dataset *d, uint32_t tag, const char *vr, const char *value)
{
	put(d, tag, vr, value, value ? strlen(value) : 0, memcmp(vr, "UI", 2) == 0 ? '\0' : ' ');
}

void dataset_u16(struct dataset *d, uint32_t tag, const char *vr, size_t n, const uint16_t *values)
{
	put(d, tag, vr, values, n * sizeof *values, '\0');
}

void dataset_u32(struct dataset *d, uint32_t tag, size_t n, const uint32_t *values)
{
	put(d, tag, "UL", values, n * sizeof *values, '\0');
}

void dataset_f64(struct dataset *d, uint32_t tag, size_t n, const double *values)
{
	put(d, tag, "FD", values, n * sizeof *values, '\0');
}

char *dataset_decimal(char buf[17], double x)
{
	char text[40];

	snprintf(buf, 17, "0");
	if (!isfinite(x) || x == 0)
		return buf;
	/* from as many digits as whole numbers need: 500, not 5e+02 */
	for (int digits = fabs(x) >= 1 && fabs(x) < 1e15 ? (int)log10(fabs(x)) + 1 : 1; digits <= 17; digits++) {
		if (snprintf(text, sizeof text, "%.*g", digits, x) > 16)
			break;
		strcpy(buf, text);
		if (strtod(text, NULL) == x)
			break;
	}
	return buf;
}

void dataset_decimals(struct dataset *d, uint32_t tag, size_t n, const double *values)
{
	char text[6 * 17 + 1] = "", number[17];

	for (size_t i = 0; i < n && i < 6; i++) {
		strcat(text, i ? "\\" : "");
		strcat(text, dataset_decimal(number, values[i]));
	}
	dataset_text(d, tag, "DS", text);
}

/* ---- the whole ---- */

static int by_tag(const void *va, const void *vb)
{
	const struct element *a = va, *b = vb;

	if (a->tag != b->tag)
		return a->tag < b->tag ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* All elements by their tags behind what is in `to`; d is emptied. */
static void add_all(struct dataset_bytes *to, struct dataset *d)
{
	struct element *e = (void *)d->index.at;
	size_t n = d->index.n / sizeof *e;

	to->failed = to->failed || d->bytes.failed || d->index.failed;
	if (n)
		qsort(e, n, sizeof *e, by_tag);
	for (size_t i = 0; i < n && !to->failed; i++)
		if (i == 0 || e[i].tag != e[i - 1].tag)
			add(to, d->bytes.at + e[i].at, e[i].n);
	dataset_free(d);
}

void dataset_item(struct dataset_bytes *items, struct dataset *item)
{
	struct dataset_bytes all = {0};

	add_all(&all, item);
	items->failed = items->failed || all.failed || all.n > UINT32_MAX - 1;
	add_tag(items, 0xfffee000);
	add_number(items, all.n, 4);
	add(items, all.at, all.n);
	dataset_bytes_free(&all);
}

void dataset_sequence(struct dataset *d, uint32_t tag, struct dataset_bytes *items)
{
	d->bytes.failed = d->bytes.failed || items->failed;
	put(d, tag, "SQ", items->at, items->n, '\0');
	dataset_bytes_free(items);
}

void dataset_code(struct dataset *d, uint32_t tag, const char *value, const char *scheme, const char *meaning)
{
	struct dataset_bytes items = {0};
	struct dataset code = {0};

	dataset_text(&code, 0x00080100, "SH", value);
	dataset_text(&code, 0x00080102, "SH", scheme);
	dataset_text(&code, 0x00080104, "LO", meaning);
	dataset_item(&items, &code);
	dataset_sequence(d, tag, &items);
}

/* The file's own elements, PS3.10, 7.1. */
static void add_meta(struct dataset_bytes *to, const char *sop_class, const char *sop_instance)
{
	struct dataset meta = {0};
	struct dataset_bytes group = {0};

	dataset_text(&meta, 0x00020002, "UI", sop_class);
	dataset_text(&meta, 0x00020003, "UI", sop_instance);
	dataset_text(&meta, 0x00020010, "UI", "1.2.840.10008.1.2.1");
	dataset_text(&meta, 0x00020012, "UI", "2.25.238937329319693475118244147015562513491");
	dataset_text(&meta, 0x00020013, "SH", "VOLPIPE_" VOLPIPE_VERSION);
	dataset_begin(&group, 0x00020001, "OB", 2);
	add(&group, "\0\1", 2);
	add_all(&group, &meta);
	to->failed = to->failed || group.failed;
	dataset_begin(to, 0x00020000, "UL", 4);
	add_number(to, group.n, 4);
	add(to, group.at, group.n);
	dataset_bytes_free(&group);
}

void dataset_file(struct dataset *d, const char *sop_class, const char *sop_instance, struct dataset_bytes *to)
{
	static const char preamble[128];

	add(to, preamble, sizeof preamble);
	add(to, "DICM", 4);
	add_meta(to, sop_class, sop_instance);
	add_all(to, d);
}

void dataset_sequence_begin(struct dataset_bytes *to, uint32_t tag)
{
	dataset_begin(to, tag, "SQ", UINT32_MAX);
}

void dataset_sequence_end(struct dataset_bytes *to)
{
	add_tag(to, 0xfffee0dd);
	add_number(to, 0, 4);
}
