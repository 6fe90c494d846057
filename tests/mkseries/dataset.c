/* SPDX-License-Identifier: BSD-2-Clause
 *
 * dataset.c - a DICOM data set written by hand: no dictionary, the caller names each VR. */
#include "mkseries.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* elem - one element. Numbers are kept little-endian, text padded to even; items only for SQ. */
struct elem {
	uint32_t tag;
	char vr[3];
	uint8_t *val;
	size_t len;
	struct dataset **item;
	int items;
};

struct dataset {
	struct elem *e;
	int n;
};

struct dataset *ds_new(void)
{
	return xalloc(sizeof(struct dataset));
}

static void elem_free(struct elem *e)
{
	for (int i = 0; i < e->items; i++)
		ds_free(e->item[i]);
	free(e->item);
	free(e->val);
}

void ds_free(struct dataset *ds)
{
	if (!ds)
		return;
	for (int i = 0; i < ds->n; i++)
		elem_free(&ds->e[i]);
	free(ds->e);
	free(ds);
}

static void forget(struct dataset *ds, uint32_t tag)
{
	for (int i = 0; i < ds->n; i++) {
		if (ds->e[i].tag != tag)
			continue;
		elem_free(&ds->e[i]);
		memmove(&ds->e[i], &ds->e[i + 1], (size_t)(ds->n - i - 1) * sizeof *ds->e);
		ds->n--;
		return;
	}
}

/* The place of a tag, kept in order; an element already there gives way. */
static struct elem *insert(struct dataset *ds, uint32_t tag, const char *vr)
{
	int i;

	forget(ds, tag);
	ds->e = realloc(ds->e, (size_t)(ds->n + 1) * sizeof *ds->e);
	if (!ds->e)
		die("out of memory");
	for (i = ds->n; i > 0 && ds->e[i - 1].tag > tag; i--)
		ds->e[i] = ds->e[i - 1];
	ds->n++;
	ds->e[i] = (struct elem){.tag = tag};
	memcpy(ds->e[i].vr, vr, 2);
	return &ds->e[i];
}

static void put(struct dataset *ds, uint32_t tag, const char *vr, const void *p, size_t n, char pad)
{
	struct elem *e = insert(ds, tag, vr);

	e->len = n + n % 2;
	e->val = xalloc(e->len);
	if (n)
		memcpy(e->val, p, n);
	if (n % 2)
		e->val[n] = (uint8_t)pad;
}

void ds_bytes(struct dataset *ds, uint32_t tag, const char *vr, const void *p, size_t n)
{
	put(ds, tag, vr, p, n, 0);
}

void ds_text(struct dataset *ds, uint32_t tag, const char *vr, const char *text)
{
	put(ds, tag, vr, text, strlen(text), strcmp(vr, "UI") ? ' ' : 0);
}

void ds_us(struct dataset *ds, uint32_t tag, unsigned v)
{
	ds_bytes(ds, tag, "US", (uint8_t[]){v & 255, v >> 8 & 255}, 2);
}

void ds_ss_or_us(struct dataset *ds, uint32_t tag, bool is_signed, long long v)
{
	ds_bytes(ds, tag, is_signed ? "SS" : "US", (uint8_t[]){v & 255, v >> 8 & 255}, 2);
}

void ds_ul(struct dataset *ds, uint32_t tag, uint32_t v)
{
	ds_bytes(ds, tag, "UL", (uint8_t[]){v & 255, v >> 8 & 255, v >> 16 & 255, v >> 24}, 4);
}

void ds_is(struct dataset *ds, uint32_t tag, long v)
{
	char t[24];

	snprintf(t, sizeof t, "%ld", v);
	ds_text(ds, tag, "IS", t);
}

void ds_ds(struct dataset *ds, uint32_t tag, const double *v, int n)
{
	ds_ds_decimals(ds, tag, v, n, -1, '.');
}

/* decimals < 0: as many as 16 characters hold; point: what stands for the decimal point. */
void ds_ds_decimals(struct dataset *ds, uint32_t tag, const double *v, int n, int decimals,
		    char point)
{
	char all[512] = "", t[400];

	for (int i = 0; i < n; i++) {
		ds_value(v[i], t);
		if (decimals >= 0)
			snprintf(t, 17, "%.*f", decimals, v[i]);
		for (char *p = t; *p; p++)
			if (*p == '.')
				*p = point;
		snprintf(all + strlen(all), sizeof all - strlen(all), "%s%.16s", i ? "\\" : "", t);
	}
	ds_text(ds, tag, "DS", all);
}

void ds_item(struct dataset *ds, uint32_t tag, struct dataset *item)
{
	struct elem *e = NULL;

	for (int i = 0; i < ds->n; i++)
		if (ds->e[i].tag == tag)
			e = &ds->e[i];
	if (!e)
		e = insert(ds, tag, "SQ");
	e->item = realloc(e->item, (size_t)(e->items + 1) * sizeof(*e->item));
	if (!e->item)
		die("out of memory");
	e->item[e->items++] = item;
}

/* Bytes of the unit that byte order turns round. */
static int unit(const char *vr)
{
	if (!strcmp(vr, "US") || !strcmp(vr, "SS") || !strcmp(vr, "OW") || !strcmp(vr, "AT"))
		return 2;
	if (!strcmp(vr, "UL") || !strcmp(vr, "SL") || !strcmp(vr, "FL"))
		return 4;
	return !strcmp(vr, "FD") ? 8 : 1;
}

static bool long_form(const char *vr)
{
	return !strcmp(vr, "OB") || !strcmp(vr, "OW") || !strcmp(vr, "SQ") || !strcmp(vr, "UN") ||
	       !strcmp(vr, "UT");
}

static void put_header(const struct elem *e, uint32_t len, enum encoding enc, struct buf *out)
{
	bool big = enc == ENC_BIG;

	buf_u16(out, e->tag >> 16, big);
	buf_u16(out, e->tag & 0xffff, big);
	if (enc == ENC_IMPLICIT) {
		buf_u32(out, len, big);
		return;
	}
	buf_add(out, e->vr, 2);
	if (long_form(e->vr)) {
		buf_u16(out, 0, big);
		buf_u32(out, len, big);
	} else {
		buf_u16(out, len, big);
	}
}

static void put_value(const struct elem *e, enum encoding enc, struct buf *out)
{
	size_t u = (size_t)unit(e->vr), at = out->n;

	buf_add(out, e->val, e->len);
	if (enc != ENC_BIG || u == 1)
		return;
	for (size_t i = 0; i < e->len; i++)
		out->p[at + i] = e->val[i / u * u + (u - 1 - i % u)];
}

static void put_sequence(const struct elem *e, enum encoding enc, struct buf *out)
{
	struct buf items = {0};
	bool big = enc == ENC_BIG;

	for (int i = 0; i < e->items; i++) {
		struct buf one = {0};

		ds_encode(e->item[i], enc, &one);
		buf_u16(&items, 0xfffe, big);
		buf_u16(&items, 0xe000, big);
		buf_u32(&items, (uint32_t)one.n, big);
		buf_add(&items, one.p, one.n);
		buf_free(&one);
	}
	put_header(e, (uint32_t)items.n, enc, out);
	buf_add(out, items.p, items.n);
	buf_free(&items);
}

void ds_encode(struct dataset *ds, enum encoding enc, struct buf *out)
{
	for (int i = 0; i < ds->n; i++) {
		struct elem *e = &ds->e[i];

		if (!strcmp(e->vr, "SQ")) {
			put_sequence(e, enc, out);
			continue;
		}
		put_header(e, (uint32_t)e->len, enc, out);
		put_value(e, enc, out);
	}
}

size_t ds_size(struct dataset *ds)
{
	struct buf b = {0};
	size_t n;

	ds_encode(ds, ENC_EXPLICIT, &b);
	n = b.n;
	buf_free(&b);
	return n;
}
