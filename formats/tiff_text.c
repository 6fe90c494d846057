/* tiff_text.c - ImageDescription: ImageJ's lines, and after them the header of a vol stream.
 *
 * ImageJ keeps in the first page what TIFF has no tag for, in lines NAME=VALUE that start with its version (FileSaver's
 * getDescriptionString, FileOpener's decodeDescriptionString): how pages are slices and frames, the unit of length for
 * the resolution tags too, the distance of slices in it, and the line from stored numbers to values. It leaves out
 * spacing=1. It reads signed 16-bit numbers as unsigned ones, 32768 more, and its line goes for those.
 *
 * Our own lines are volstream(5) without padding, each after "# ", which makes comments of them for ImageJ. */
#include <math.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/keys.h"
#include "kept.h"
#include "tiff.h"
#include "times.h"

/* how they begin */
#define MARK "\n# NRRD0005\n# # volpipe vol stream 1\n"

/* relative; libtiff gives resolutions as floats */
#define SAME_SPACING 1e-5

/* ---- ImageJ's lines ---- */

/* The value of a line, NULL when there is none; *n: its length. */
static const char *line_of(const char *text, const char *name, size_t *n)
{
	size_t len = strlen(name);

	if (strncmp(text, "ImageJ=", 7) != 0)
		return NULL;
	for (const char *at = text; at && *at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, name, len) == 0 && at[len] == '=') {
			*n = strcspn(at + len + 1, "\r\n");
			return at + len + 1;
		}
	}
	return NULL;
}

/* The same as a short text, without blanks around it; "" when there is none, or it is no plain text. */
static void word_of(const char *text, const char *name, char word[32])
{
	size_t n = 0;
	const char *at = line_of(text, name, &n);

	word[0] = '\0';
	for (; at && n > 0 && *at == ' '; n--)
		at++;
	while (at && n > 0 && at[n - 1] == ' ')
		n--;
	if (!at || n >= 32)
		return;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)at[i] < ' ' || at[i] == 0x7f)
			return;
	memcpy(word, at, n);
	word[n] = '\0';
}

static bool number_of(const char *text, const char *name, double *x)
{
	char word[32];

	word_of(text, name, word);
	return *word && vol_parse_number(word, x) && isfinite(*x);
}

static uint64_t count_of(const char *text, const char *name)
{
	double x;

	return number_of(text, name, &x) && x >= 1 && x < 1e15 && x == floor(x) ? (uint64_t)x : 0;
}

uint64_t tiff_text_images(const char *text)
{
	return count_of(text, "images");
}

double tiff_unit_mm(const char *unit)
{
	static const struct {
		const char *name;
		double mm;
	} units[] = {
		{"mm", 1}, {"millimeter", 1}, {"millimetre", 1}, {"cm", 10}, {"centimeter", 10}, {"m", 1000}, {"meter", 1000},
		{"um", 1e-3}, {"\\u00B5m", 1e-3}, {"\xc2\xb5m", 1e-3}, {"\xb5m", 1e-3}, {"micron", 1e-3}, {"microns", 1e-3},
		{"micrometer", 1e-3}, {"nm", 1e-6}, {"nanometer", 1e-6}, {"inch", 25.4}, {"in", 25.4},
	};

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strcmp(unit, units[i].name) == 0)
			return units[i].mm;
	return 0;
}

/* ---- shape ---- */

static int take_shape(struct tiff_file *f, const struct tiff_read *how, struct vol_head *head, struct vol_err *err)
{
	const char *text = tiff_file_text(f), *name = tiff_file_name(f);
	const struct tiff_page *p = tiff_file_page(f);
	uint64_t pages = tiff_file_pages(f), frames = count_of(text, "frames"), slices = count_of(text, "slices");

	if (how->slices)
		frames = slices = 0;
	else if (count_of(text, "channels") > 1)
		return vol_fail(err, name, "has %llu channels: split them first, save it as RGB, or give --slices if its pages "
		                           "are slices", (unsigned long long)count_of(text, "channels"));
	else if (tiff_text_images(text) > pages)
		return vol_fail(err, name, "has %llu of the %llu pages that its description tells", (unsigned long long)pages,
		                (unsigned long long)tiff_text_images(text));
	frames = frames ? frames : 1;
	if (pages % frames != 0 || (slices && slices != pages / frames))
		return vol_fail(err, name, "has %llu pages, which are not %llu frames of %llu slices",
		                (unsigned long long)pages, (unsigned long long)frames, (unsigned long long)slices);
	head->type = p->type;
	head->channels = p->channels;
	head->grid.size[0] = p->width;
	head->grid.size[1] = p->height;
	head->grid.size[2] = pages / frames;
	head->list = frames > 1 ? frames : 0;
	return 0;
}

/* ---- spacing ---- */

/* x by the fewest digits that give the same float, as n of them. */
static double short_of(double x, bool inverse, int *digits)
{
	char text[32];
	double y = x;

	for (*digits = 1; *digits <= 9; ++*digits) {
		snprintf(text, sizeof text, "%.*g", *digits, inverse ? 1 / x : x);
		y = strtod(text, NULL);
		if ((float)(inverse ? 1 / y : y) == (float)x)
			break;
	}
	return inverse ? y : 1 / y;
}

/* Units a pixel, for pixels a unit, which libtiff gives as a float: of 1.4285715 a unit it is 0.7 that was meant, and of
 * 300 a unit, a 300th. */
static double units_of(double per_unit)
{
	int digits[2];
	double one = short_of(per_unit, false, &digits[0]), other = short_of(per_unit, true, &digits[1]);

	return digits[1] < digits[0] ? other : one;
}

/* Pixels: mm along x and y, when the file tells. */
static int pixel_mm(const struct tiff_file *f, double mm[2], double *unit_mm, struct vol_err *err)
{
	const char *text = tiff_file_text(f);
	double per_unit[2], said;
	char unit[32];
	int tag;

	mm[0] = mm[1] = 0;
	word_of(text, "unit", unit);
	said = tiff_unit_mm(unit);
	*unit_mm = said;
	if (!tiff_file_resolution(f, per_unit, &tag)) {
		*unit_mm = 0;
		return 0;
	}
	if (tag == 3 && said != 0 && said != 10)
		return vol_fail(err, tiff_file_name(f), "has resolution in cm and says '%s' in its description: "
		                                          "tif2vol --spacing X,Y,Z says which is right", unit);
	if (*unit == '\0' && tag == 3)
		*unit_mm = 10;
	else if (*unit == '\0' && tag == 2 && per_unit[0] != 72) /* 72: what programs write that do not know */
		*unit_mm = 25.4;
	for (int i = 0; *unit_mm > 0 && i < 2; i++)
		mm[i] = *unit_mm * units_of(per_unit[i]);
	return 0;
}

static int take_spacing(const struct tiff_file *f, const struct tiff_read *how, double mm[3], struct vol_err *err)
{
	const char *text = tiff_file_text(f), *name = tiff_file_name(f);
	double unit_mm, z;
	bool stack = strncmp(text, "ImageJ=", 7) == 0 && tiff_file_pages(f) > 1;
	char a[32], b[32];

	if (bare_said(&how->place)) {
		for (int a = 0; a < 3; a++)
			mm[a] = how->place.grid ? 1 : how->place.spacing[a];
		return 0;
	}
	if (pixel_mm(f, mm, &unit_mm, err) < 0)
		return -1;
	if (unit_mm == 0)
		return vol_fail(err, name, "does not tell the distance of its voxels in a unit of length: tif2vol "
		                           "--spacing X,Y,Z gives it");
	if (!number_of(text, "spacing", &z)) {
		z = stack ? 1 : 0;
		if (stack)
			vol_warn(name, "has no distance of slices, which is 1 in ImageJ: taken as %s mm", vol_number(a, unit_mm));
	}
	if (z <= 0)
		return vol_fail(err, name, "has pixels of %s x %s mm, but no distance of slices: tif2vol --spacing "
		                           "%s,%s,Z gives it", vol_number(a, mm[0]), vol_number(b, mm[1]), a, b);
	mm[2] = z * unit_mm;
	return 0;
}

/* ---- values ---- */

static int take_line(const struct tiff_file *f, struct vol_head *head, const char *unit, struct vol_err *err)
{
	const char *text = tiff_file_text(f);
	double slope, inter, kind;
	struct vol_rescale r = {.n = 1, .slope = &slope, .intercept = &inter};

	if (!number_of(text, "cf", &kind))
		return 0;
	if (kind != 0 || !number_of(text, "c0", &inter) || !number_of(text, "c1", &slope) || slope == 0) {
		vol_warn(tiff_file_name(f), "has a calibration that is no straight line: left out");
		return 0;
	}
	if (head->type == VOXEL_INT16)
		inter += 32768 * slope;
	if (slope == 1 && inter == 0)
		return *unit ? key_set(head, err, "unit", "%s", unit) : 0;
	if (key_set(head, err, "unit", "stored") < 0 || key_set_rescale(head, &r, err) < 0)
		return -1;
	return *unit ? key_set(head, err, "rescale.unit", "%s", unit) : 0;
}

static int take_values(const struct tiff_file *f, struct vol_head *head, struct vol_err *err)
{
	char unit[32];

	word_of(tiff_file_text(f), "vunit", unit);
	if (strcasecmp(unit, "gray value") == 0)
		*unit = '\0';
	if (voxel_size(head->type) <= 2)
		return take_line(f, head, unit, err);
	return *unit ? key_set(head, err, "unit", "%s", unit) : 0;
}

static int take_times(const struct tiff_file *f, struct vol_head *head, struct vol_err *err)
{
	const char *text = tiff_file_text(f);
	char unit[32];
	double step;

	word_of(text, "tunit", unit);
	if (head->list == 0 || head->list > TIMES_MAX || !number_of(text, "finterval", &step) || step <= 0)
		return 0;
	if (*unit == '\0' || strcmp(unit, "sec") == 0 || strcmp(unit, "s") == 0)
		return times_set(head, "s", 0, step, err);
	if (strcmp(unit, "ms") == 0 || strcmp(unit, "msec") == 0)
		return times_set(head, "ms", 0, step, err);
	vol_note(tiff_file_name(f), "times in '%s' are left out", unit);
	return 0;
}

static int take_foreign(struct tiff_file *f, const struct tiff_read *how, struct vol_head *head, struct vol_err *err)
{
	double mm[3] = {0};
	const char *text = tiff_file_text(f);

	vol_head_init(head);
	if (take_shape(f, how, head, err) < 0 || take_spacing(f, how, mm, err) < 0)
		return -1;
	for (int a = 0; a < 3; a++) {
		memset(head->grid.direction[a], 0, sizeof head->grid.direction[a]);
		head->grid.direction[a][a] = mm[a];
		head->grid.origin[a] = 0;
	}
	if (!how->place.grid)
		vol_warn(tiff_file_name(f), "orientation is unknown: axes taken as left, posterior, superior, from 0,0,0 mm");
	if (take_values(f, head, err) < 0 || take_times(f, head, err) < 0)
		return -1;
	SHA256Data((const uint8_t *)text, strlen(text), head->digest);
	return 0;
}

/* ---- our own lines ---- */

/* The header as a stream has it. 1, *lines the caller's to free; 0 when the description has no such lines; -1. */
static int own_lines(const struct tiff_file *f, char **lines, struct vol_err *err)
{
	const char *at = strstr(tiff_file_text(f), MARK);
	size_t used = 0, n;

	*lines = NULL;
	if (!at)
		return 0;
	at++;
	*lines = malloc(strlen(at) + 2);
	if (!*lines)
		return vol_fail(err, tiff_file_name(f), "out of memory");
	for (; *at == '#'; at += n + (at[n] == '\n')) {
		at += 1 + (at[1] == ' ');
		n = strcspn(at, "\n");
		memcpy(*lines + used, at, n);
		used += n;
		(*lines)[used++] = '\n';
	}
	(*lines)[used] = '\0';
	return 1;
}

/* Other programs change a picture and keep its description. NULL: it fits; else what does not. */
static const char *misfit(const struct tiff_file *f, const struct vol_head *head)
{
	const struct tiff_page *p = tiff_file_page(f);
	double per_unit[2];
	int unit;

	if (head->type != p->type || head->channels != p->channels)
		return "type";
	if (head->grid.size[0] != p->width || head->grid.size[1] != p->height ||
	    vol_head_slices(head) != tiff_file_pages(f))
		return "sizes";
	if (!tiff_file_resolution(f, per_unit, &unit))
		return "resolution";
	for (int a = 0; a < 2; a++)
		if (!(fabs(per_unit[a] * grid_spacing(&head->grid, a) - 1) <= SAME_SPACING))
			return "resolution";
	return NULL;
}

static int take_own(struct tiff_file *f, const char *lines, struct vol_head *head, struct vol_err *err)
{
	struct nrrd_layout layout;
	struct vol_err why;
	const char *wrong;

	if (vol_head_parse_stream(lines, strlen(lines), head, &layout, tiff_file_name(f), &why) < 0)
		return vol_fail(err, tiff_file_name(f), "has damaged lines of volpipe in its description (%.200s): tif2vol "
		                                        "--spacing X,Y,Z reads it without them", why.what);
	nrrd_layout_free(&layout);
	wrong = misfit(f, head);
	if (!wrong)
		return 0;
	vol_head_free(head);
	return vol_fail(err, tiff_file_name(f), "has another %s than the lines of volpipe in its description: tif2vol "
	                                        "--spacing X,Y,Z reads it without them", wrong);
}

int tiff_text_read(struct tiff_file *f, const struct tiff_read *how, struct vol_head *head, bool *ours,
                   struct vol_err *err)
{
	uint64_t images = tiff_text_images(tiff_file_text(f));
	char *lines;
	int rc;

	*ours = false;
	if (tiff_file_pages(f) == 1 && images > 1 && tiff_file_repeat(f, images, err) < 0)
		return -1;
	rc = own_lines(f, &lines, err);
	if (rc > 0 && take_own(f, lines, head, err) == 0)
		*ours = true;
	else if (rc > 0 && !bare_said(&how->place))
		rc = -1;
	free(lines);
	if (rc < 0)
		return -1;
	return *ours ? 0 : take_foreign(f, how, head, err);
}

int tiff_text_is_of(const char *text, struct vol_in *in, struct vol_err *err)
{
	const char *said = strstr(text, "\n" TIFF_TEXT_CRC);
	char crc[KEPT_CRC];

	if (!said)
		return 1;
	if (kept_crc(in, crc, err) < 0)
		return -1;
	return strncmp(said + sizeof TIFF_TEXT_CRC, crc, KEPT_CRC - 1) == 0;
}
