/* write_common.c - what all derived objects say: whose they are, where they lie, what they were made by. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/entries.h"
#include "write_inside.h"

/* Corners may lie so far from where they should: above what formats lose, below what can matter. */
#define PLACE_MM 0.01

bool dicom_write_labels(const struct vol_head *head)
{
	const char *unit = key_get(head, "unit");

	return key_get(head, "labels") || (unit && strcmp(unit, "label") == 0);
}

/* ---- the grid ---- */

static double dot(const double a[3], const double b[3])
{
	return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static int set_grid(struct derived *d, struct vol_err *err)
{
	const struct vol_grid *g = &d->head->grid;
	double normal[3], along, off, length;

	d->columns = g->size[0];
	d->rows = g->size[1];
	d->slices = g->size[2];
	if (d->columns > UINT16_MAX || d->rows > UINT16_MAX || d->slices > 99999999)
		return vol_fail(err, d->subject, "%llu x %llu x %llu voxels are more than DICOM can count: volcrop or "
		                                 "volresample first",
		                (unsigned long long)d->columns, (unsigned long long)d->rows, (unsigned long long)d->slices);
	d->spacing[0] = grid_spacing(g, 1);
	d->spacing[1] = grid_spacing(g, 0);
	for (int w = 0; w < 3; w++) {
		d->row[w] = g->direction[0][w] / d->spacing[1];
		d->column[w] = g->direction[1][w] / d->spacing[0];
	}
	/* a reader takes rows and columns to be perpendicular: how far off is the corner then? */
	off = fabs(dot(d->row, d->column)) * fmin((double)d->columns * d->spacing[1], (double)d->rows * d->spacing[0]);
	if (!(off <= PLACE_MM))
		return vol_fail(err, d->subject, "rows and columns are not perpendicular (%.3g mm off at the corner), which "
		                                 "DICOM cannot hold: volresample to a grid without shear",
		                off);
	for (int w = 0; w < 3; w++)
		normal[w] = d->row[(w + 1) % 3] * d->column[(w + 2) % 3] - d->row[(w + 2) % 3] * d->column[(w + 1) % 3];
	length = sqrt(dot(normal, normal));
	along = dot(g->direction[2], normal) / length;
	d->reversed = along < 0;
	d->step = round(fabs(along) * 1e9) / 1e9; /* the arithmetic's noise; places say it exactly */
	if (!(d->step > 0))
		return vol_fail(err, d->subject, "slices lie %.3g mm from each other, which is next to nothing", fabs(along));
	return 0;
}

/* Slices as thick as the scanner said, where nobody changed the distance between them; else as thick as they
 * are far apart. */
static void set_thickness(struct derived *d)
{
	const char *text = key_get(d->head, "dicom.SliceThickness");
	struct vol_grid source;
	struct vol_err ignored;
	double mm;

	d->thickness = d->step;
	if (text && vol_parse_number(text, &mm) && mm > 0 && key_source_grid(d->head, &source, "", &ignored) > 0 &&
	    fabs(grid_spacing(&source, 2) - grid_spacing(&d->head->grid, 2)) < 1e-3)
		d->thickness = mm;
}

uint64_t derived_number(const struct derived *d, uint64_t i)
{
	return d->reversed ? d->slices - 1 - i : i;
}

void derived_position(const struct derived *d, uint64_t i, double mm[3])
{
	grid_point(&d->head->grid, (double[3]){0, 0, (double)i}, mm);
}

/* ---- texts ---- */

/* Bytes of the UTF-8 character at s, 0 where there is none. */
static size_t character(const unsigned char *s)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

void derived_text(struct dataset *to, uint32_t tag, const char *vr, const char *text, size_t most)
{
	bool lines = strcmp(vr, "ST") == 0;
	char clean[4 * 1024 + 1];
	size_t n = 0, len;

	for (const unsigned char *s = (const void *)text; s && *s && most > 0 && n + 4 < sizeof clean; most--) {
		len = character(s);
		if (len > 1)
			memcpy(clean + n, s, len);
		else
			clean[n] = len == 0 ? '?' : *s < ' ' || *s == 0x7f ? ' ' : *s == '\\' && !lines ? '/' : (char)*s;
		len = len ? len : 1;
		n += len;
		s += len;
	}
	while (n && clean[n - 1] == ' ')
		n--;
	clean[n] = '\0';
	dataset_text(to, tag, vr, clean);
}

static bool is_ascii(const char *text)
{
	for (; text && *text; text++)
		if ((unsigned char)*text > 0x7e)
			return false;
	return true;
}

/* What was done to the volume, as far as there is room. */
static void put_history(const struct derived *d, struct dataset *to)
{
	char text[1025] = "", name[32];
	const char *line;
	size_t n = 0;

	for (int i = 1; n < sizeof text - 4; i++) {
		snprintf(name, sizeof name, "history.%d", i);
		line = key_get(d->head, name);
		if (!line)
			break;
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", n ? "; " : "", line);
	}
	if (n >= sizeof text)
		strcpy(text + sizeof text - 4, "...");
	if (n)
		derived_text(to, 0x00082111, "ST", text, 1024);
}

/* ---- identity ---- */

static void add(struct derived *d, const char *text)
{
	if (text)
		SHA256Update(&d->sha, (const uint8_t *)text, strlen(text));
	SHA256Update(&d->sha, (const uint8_t *)"\n", 1);
}

static int seal_begin(struct derived *d, struct vol_err *err)
{
	struct vol_head copy;
	char *text, buf[1024];
	size_t n;

	SHA256Init(&d->sha);
	add(d, "vol2dcm " VOLPIPE_VERSION);
	if (vol_head_copy(&copy, d->head, err) < 0)
		return -1;
	if (vol_head_print(&copy, NULL, &text, &n, err) < 0) {
		vol_head_free(&copy);
		return -1;
	}
	vol_head_free(&copy);
	SHA256Update(&d->sha, (const uint8_t *)text, n);
	free(text);
	add(d, d->how->modality);
	add(d, d->how->description);
	snprintf(buf, sizeof buf, "%d %d", d->how->number, d->how->quantise);
	add(d, buf);
	if (d->like)
		add(d, dicom_like_text(d->like, 0x00200052, buf, sizeof buf));
	for (const struct dicom_attribute *a = dicom_carried; d->like && a->keyword; a++)
		add(d, dicom_like_text(d->like, (uint32_t)a->group << 16 | a->element, buf, sizeof buf));
	for (size_t i = 0; d->like && i < d->like->set.n_files; i++)
		add(d, d->like->set.files[i].sop_uid);
	return 0;
}

static void make_uids(struct derived *d)
{
	char buf[1024];
	const char *text = d->like ? dicom_like_text(d->like, 0x0020000d, buf, sizeof d->study) : NULL;

	dicom_uid(d->series, d->key, "series", 0);
	if (text)
		strcpy(d->study, text);
	else
		dicom_uid(d->study, d->key, "study", 0);
	/* a patient who was moved lies in a space of its own */
	text = d->like && !key_get(d->head, "transform") ? dicom_like_text(d->like, 0x00200052, buf, sizeof d->frame) : NULL;
	if (text)
		strcpy(d->frame, text);
	else
		dicom_uid(d->frame, d->key, "frame of reference", 0);
}

void derived_sealed(struct derived *d)
{
	SHA256Final(d->key, &d->sha);
	make_uids(d);
}

int derived_begin(struct derived *d, struct vol_in *in, const struct vol_head *head, const struct dicom_write *how,
                  struct vol_err *err)
{
	memset(d, 0, sizeof *d);
	d->head = head;
	d->how = how;
	d->subject = vol_in_name(in);
	if (entries_in(head) > 1)
		return vol_fail(err, d->subject, "has %llu volumes, which a series cannot hold one after the other: volsplit "
		                                 "makes them single", (unsigned long long)head->list);
	if (head->channels > 1)
		return vol_fail(err, d->subject, "is in colour, which is not written as DICOM");
	if (set_grid(d, err) < 0)
		return -1;
	set_thickness(d);
	if (how->like) {
		d->like = calloc(1, sizeof *d->like);
		if (!d->like)
			return vol_fail(err, d->subject, "out of memory");
		if (dicom_like_open(d->like, how->like, how->series, how->threads, err) < 0)
			return -1;
	}
	d->utf8 = !is_ascii(how->description);
	for (size_t i = 0; i < head->keys.n; i++)
		d->utf8 = d->utf8 || (strncmp(head->keys.name[i], "vol.", 4) == 0 && !is_ascii(head->keys.value[i]));
	make_uids(d);
	return seal_begin(d, err);
}

void derived_end(struct derived *d)
{
	if (d->like)
		dicom_like_close(d->like);
	free(d->like);
}

/* ---- modules ---- */

/* That these bytes are ours (PS3.3, C.12.1.1.5); whose the picture was stays with General Equipment. */
static void put_contributor(struct dataset *to)
{
	struct dataset_bytes items = {0};
	struct dataset item = {0};

	dataset_text(&item, 0x00080070, "LO", "volpipe");
	dataset_text(&item, 0x00081090, "LO", "vol2dcm");
	dataset_text(&item, 0x00181020, "LO", VOLPIPE_VERSION);
	dataset_code(&item, 0x0040a170, "109103", "DCM", "Modifying Equipment");
	dataset_item(&items, &item);
	dataset_sequence(to, 0x0018a001, &items);
}

/* As scanners number what they derive: 301 from 3. */
static int series_number(const struct derived *d)
{
	const struct dicom_series *source = d->like ? d->like->series : NULL;

	if (d->how->number)
		return d->how->number;
	return source && source->has_number && source->number > 0 && source->number < 1000000 ? 100 * source->number + 1 : 1;
}

void derived_put(const struct derived *d, const char *modality, const char *sop_class, const char *sop_instance,
                 struct dataset *to)
{
	/* type 2: there, and empty where nothing is known */
	static const struct {
		uint32_t tag;
		const char *vr;
	} empty[] = {
		{0x00080020, "DA"}, {0x00080030, "TM"}, {0x00080050, "SH"}, {0x00080070, "LO"}, {0x00080090, "PN"},
		{0x00100010, "PN"}, {0x00100020, "LO"}, {0x00100030, "DA"}, {0x00100040, "CS"}, {0x00200010, "SH"},
	};
	char number[16];

	dataset_text(to, 0x00080016, "UI", sop_class);
	dataset_text(to, 0x00080018, "UI", sop_instance);
	dataset_text(to, 0x00080060, "CS", modality);
	dataset_text(to, 0x0020000d, "UI", d->study);
	dataset_text(to, 0x0020000e, "UI", d->series);
	dataset_text(to, 0x00200052, "UI", d->frame);
	snprintf(number, sizeof number, "%d", series_number(d));
	dataset_text(to, 0x00200011, "IS", number);
	if (d->how->description)
		derived_text(to, 0x0008103e, "LO", d->how->description, 64);
	if (d->like)
		dicom_like_put(d->like, d->utf8, to);
	else if (d->utf8)
		dataset_text(to, 0x00080005, "CS", "ISO_IR 192");
	for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
		dataset_text(to, empty[i].tag, empty[i].vr, NULL);
	put_contributor(to);
	put_history(d, to);
}
