/* SPDX-License-Identifier: BSD-2-Clause
 *
 * dicomdir.c - the index of a file set: patient, study, series, images, linked by offsets. */
#include "mkseries.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* record - one directory record; next and lower are numbers of other records, -1: none. */
struct record {
	struct dataset *ds;
	int next, lower;
};

struct index {
	struct record *record;
	int n;
};

static struct dataset *add_record(struct index *ix, const char *type)
{
	struct record *r = &ix->record[ix->n++];

	*r = (struct record){.ds = ds_new(), .next = -1, .lower = -1};
	ds_ul(r->ds, 0x00041400, 0);
	ds_us(r->ds, 0x00041410, 0xffff);
	ds_ul(r->ds, 0x00041420, 0);
	ds_text(r->ds, 0x00041430, "CS", type);
	return r->ds;
}

/* Patient and study, with as much of the files' identity as a record has a place for. */
static void add_patient_and_study(const struct config *cfg, struct index *ix)
{
	char uid[72];
	struct dataset *ds = add_record(ix, "PATIENT");

	ds_text(ds, 0x00080005, "CS", cfg->iso2022 ? "\\ISO 2022 IR 87" : "ISO_IR 192");
	ds_text(ds, 0x00100010, "PN", cfg->patient);
	ds_text(ds, 0x00100020, "LO", "SECRETID0815");
	ds = add_record(ix, "STUDY");
	study_uid(cfg, uid);
	ds_text(ds, 0x00080020, "DA", "19471103");
	ds_text(ds, 0x00080030, "TM", "031415.926535");
	ds_text(ds, 0x00080050, "SH", "SECRETACCESSION");
	ds_text(ds, 0x00081030, "LO", "SECRET STUDY");
	ds_text(ds, 0x0020000d, "UI", uid);
	ds_text(ds, 0x00200010, "SH", "SECRETSTUDYID");
	ix->record[0].lower = 1;
}

static void add_image(const struct config *cfg, const struct image *im, struct index *ix)
{
	struct dataset *ds = add_record(ix, "IMAGE");
	char *file = xprintf("%s", im->name), *slash = strchr(file, '/');

	*slash = '\\';
	ds_text(ds, 0x00041500, "CS", file);
	ds_text(ds, 0x00041510, "UI", sop_class(cfg));
	ds_text(ds, 0x00041511, "UI", im->sop_uid);
	ds_text(ds, 0x00041512, "UI", syntax_uid(cfg->syntax));
	ds_is(ds, 0x00200013, im->number);
	free(file);
}

static void add_series(const struct config *cfg, const struct plan *plan, bool second,
		       struct index *ix)
{
	static const char *const modality[] = {[CT] = "CT", [MR] = "MR", [PT] = "PT"};
	struct dataset *ds = add_record(ix, "SERIES");
	int series = ix->n - 1, last = -1;

	ds_text(ds, 0x00080060, "CS", modality[cfg->modality]);
	ds_is(ds, 0x00200011, cfg->series_number);
	for (int i = 0; i < plan->n; i++) {
		const struct image *im = &plan->image[i];

		if (!im->written || (im->pass == 2) != second)
			continue;
		ds_text(ds, 0x0020000e, "UI", im->series_uid);
		add_image(cfg, im, ix);
		if (last < 0)
			ix->record[series].lower = ix->n - 1;
		else
			ix->record[last].next = ix->n - 1;
		last = ix->n - 1;
	}
}

/* Puts the items' offsets, counted from the start of the file, where they are referred to. */
static void link_records(struct index *ix, size_t first)
{
	size_t *at = xalloc((size_t)(ix->n + 1) * sizeof *at);

	at[0] = first;
	for (int i = 0; i < ix->n; i++)
		at[i + 1] = at[i] + 8 + ds_size(ix->record[i].ds);
	for (int i = 0; i < ix->n; i++) {
		const struct record *r = &ix->record[i];

		ds_ul(r->ds, 0x00041400, r->next < 0 ? 0 : (uint32_t)at[r->next]);
		ds_ul(r->ds, 0x00041420, r->lower < 0 ? 0 : (uint32_t)at[r->lower]);
	}
	free(at);
}

void dicomdir_write(const struct config *cfg, const struct plan *plan, const char *path)
{
	static const char class_uid[] = "1.2.840.10008.1.3.10";
	struct index ix = {.record = xalloc((size_t)(plan->n + 4) * sizeof(struct record))};
	struct dataset *ds = ds_new();
	struct buf b = {0};
	uint8_t preamble[132] = {0};
	char uid[72];
	size_t first;

	make_uid(uid, mix((uint64_t)cfg->seed, (uint64_t)cfg->series_seed), 99);
	memcpy(preamble + 128, "DICM", 4);
	buf_add(&b, preamble, sizeof preamble);
	attributes_meta(&b, class_uid, uid, syntax_uid(TS_EXPLICIT));
	add_patient_and_study(cfg, &ix);
	ix.record[1].lower = ix.n;
	add_series(cfg, plan, false, &ix);
	if (cfg->defects & BIT(D_SECOND_SERIES)) {
		ix.record[2].next = ix.n;
		add_series(cfg, plan, true, &ix);
	}
	ds_text(ds, 0x00041130, "CS", "PHANTOM");
	ds_ul(ds, 0x00041200, 0);
	ds_ul(ds, 0x00041202, 0);
	ds_us(ds, 0x00041212, 0);
	first = b.n + ds_size(ds) + 12; /* the header of the sequence is 12 bytes */
	ds_ul(ds, 0x00041200, (uint32_t)first);
	ds_ul(ds, 0x00041202, (uint32_t)first);
	link_records(&ix, first);
	for (int i = 0; i < ix.n; i++)
		ds_item(ds, 0x00041220, ix.record[i].ds);
	ds_encode(ds, ENC_EXPLICIT, &b);
	file_write(path, &b);
	ds_free(ds);
	buf_free(&b);
	free(ix.record);
}
