/* colour_head.c - what a header says of the numbers of a pixel (PS3.3, C.7.6.3.1.2 to C.7.6.3.1.6, C.7.9), and what is taken
 * for granted where an archive dropped it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "colour.h"
#include "read_inside.h"

enum { DESCRIPTOR = 0x1101, TABLE = 0x1201, SEGMENTED = 0x1221 };

static const char *const channel[3] = {"Red", "Green", "Blue"};

/* ---- what was dropped ---- */

void read_assume(struct reader *r, const char *fmt, const char *what)
{
	char one[200], all[600];

	snprintf(one, sizeof one, fmt, what);
	snprintf(all, sizeof all, "%s%s%s", r->frame->assumed ? r->frame->assumed : "", r->frame->assumed ? "; " : "", one);
	r->frame->assumed = read_keep(r, all);
}

/* ---- palettes ---- */

/* One table's entries as 16-bit numbers, whatever they are packed in. 1; 0: the status says why not. */
static int take_table(struct reader *r, unsigned c, unsigned bits, uint32_t entries, uint16_t *to)
{
	size_t n = 0;
	const uint16_t *words = dcmtk_words(r->header, 0x0028, (uint16_t)(TABLE + c), &n);
	uint16_t most = 0;

	if (!words && dcmtk_has(r->header, 0x0028, (uint16_t)(SEGMENTED + c)))
		return read_because(r, DICOM_UNSUPPORTED, "the palette is segmented (0028,%04x)", SEGMENTED + c);
	if (!words)
		return read_because(r, DICOM_UNSUPPORTED, "no %sPaletteColorLookupTableData (0028,%04x)", channel[c], TABLE + c);
	if (n == entries) {
		for (size_t i = 0; i < n; i++) {
			to[i] = words[i];
			most = words[i] > most ? words[i] : most;
		}
		if (bits == 16 || most < 256)
			return 1;
	} else if (bits == 8 && n == (entries + 1) / 2) {
		for (size_t i = 0; i < entries; i++)
			to[i] = i % 2 ? words[i / 2] >> 8 : words[i / 2] & 0xff;
		return 1;
	}
	return read_because(r, DICOM_UNSUPPORTED, "%sPaletteColorLookupTableData (0028,%04x) is not %u entries of %u bits",
	                    channel[c], TABLE + c, entries, bits);
}

/* Entries of 16 bits that hold 8: each byte twice, or the upper one alone. */
static void narrow(struct dicom_palette *t)
{
	bool twice = true, upper = true;

	for (size_t i = 0; i < 3 * (size_t)t->entries; i++) {
		twice = twice && t->value[i] >> 8 == (t->value[i] & 0xff);
		upper = upper && (t->value[i] & 0xff) == 0;
	}
	if (!twice && !upper)
		return;
	t->bits = 8;
	for (size_t i = 0; i < 3 * (size_t)t->entries; i++)
		t->value[i] >>= 8;
}

static int take_palette(struct reader *r)
{
	struct dicom_palette *t;
	const uint16_t *first = NULL, *d;
	uint32_t entries = 0;
	size_t n, bytes;
	int good = 1;

	for (unsigned c = 0; c < 3; c++) {
		d = dcmtk_words(r->header, 0x0028, (uint16_t)(DESCRIPTOR + c), &n);
		if (!d || n != 3 || (d[2] != 8 && d[2] != 16))
			return read_because(r, DICOM_UNSUPPORTED, "no sound %sPaletteColorLookupTableDescriptor (0028,%04x)", channel[c],
			                    DESCRIPTOR + c);
		if (first && memcmp(first, d, 3 * sizeof *d) != 0)
			return read_because(r, DICOM_UNSUPPORTED, "the palette's descriptors (0028,%04x) differ", DESCRIPTOR);
		first = d;
		entries = d[0] ? d[0] : 65536; /* C.7.6.3.1.5 */
	}
	bytes = sizeof *t + 3 * (size_t)entries * sizeof t->value[0];
	t = calloc(1, bytes);
	if (!t) {
		r->no_memory = true;
		return 0;
	}
	t->entries = entries;
	t->first = first[1]; /* of unsigned pixels, the only ones here */
	t->bits = first[2];
	for (unsigned c = 0; good && c < 3; c++)
		good = take_table(r, c, t->bits, entries, t->value + c * (size_t)entries);
	if (good && t->bits == 16)
		narrow(t);
	if (good && !(r->frame->pixels.palette = dicom_intern_block(r->strings, t, bytes)))
		r->no_memory = true;
	free(t);
	return good;
}

/* ---- which colour ---- */

static const struct {
	const char *photometric;
	unsigned samples;
	enum dicom_colour colour;
	bool jpeg2000; /* and in nothing else */
} known[] = {
	{"MONOCHROME1", 1, DICOM_GREY, false},
	{"MONOCHROME2", 1, DICOM_GREY, false},
	{"RGB", 3, DICOM_RGB, false},
	{"YBR_FULL", 3, DICOM_YBR, false},
	{"YBR_FULL_422", 3, DICOM_YBR_422, false},
	{"YBR_RCT", 3, DICOM_RGB_CODED, true},
	{"YBR_ICT", 3, DICOM_RGB_CODED, true},
	{"PALETTE COLOR", 1, DICOM_PALETTE, false},
};

static bool syntax_is(const struct reader *r, const char *last)
{
	return strcmp(r->frame->pixels.syntax + strlen("1.2.840.10008.1.2"), last) == 0;
}

/* What a transfer syntax cannot hold; halved chroma only JPEG and plain pixels can, and lossy indexes are other colours. */
static bool fits(const struct reader *r, size_t i)
{
	const struct dicom_pixels *p = &r->frame->pixels;
	bool jpeg_ls = syntax_is(r, ".4.80") || syntax_is(r, ".4.81");
	bool lossy = syntax_is(r, ".4.50") || syntax_is(r, ".4.51") || syntax_is(r, ".4.81") || syntax_is(r, ".4.91");

	if (known[i].jpeg2000)
		return p->codec == DICOM_JPEG2000;
	if (known[i].colour == DICOM_YBR_422)
		return p->codec == DICOM_NATIVE || p->codec == DICOM_DEFLATED || (p->codec == DICOM_DCMTK && !jpeg_ls);
	return known[i].colour != DICOM_PALETTE || !lossy;
}

/* What is not stated and follows from the rest. 1; 0: it does not. */
static int complete(struct reader *r, char photometric[READ_TEXT], uint16_t *samples, size_t *i)
{
	bool has_samples = dcmtk_u16(r->header, 0x0028, 0x0002, samples);

	if (!dcmtk_text(r->header, 0x0028, 0x0004, photometric, READ_TEXT)) {
		/* without a palette one number a pixel is grey, and which end is white changes no value */
		if (!has_samples || *samples != 1 || dcmtk_has(r->header, 0x0028, DESCRIPTOR))
			return read_because(r, DICOM_UNSUPPORTED, "no PhotometricInterpretation (0028,0004)");
		read_assume(r, "PhotometricInterpretation (0028,0004) is not stated; one sample a pixel is taken for %s", "grey");
		strcpy(photometric, "MONOCHROME2");
	}
	for (*i = 0; *i < sizeof known / sizeof *known; (*i)++)
		if (strcmp(photometric, known[*i].photometric) == 0)
			break;
	if (*i == sizeof known / sizeof *known || (has_samples && *samples != known[*i].samples))
		return read_because(r, DICOM_UNSUPPORTED, "PhotometricInterpretation (0028,0004) is '%.40s', of %u samples",
		                    photometric, has_samples ? *samples : 0);
	if (!has_samples)
		read_assume(r, "SamplesPerPixel (0028,0002) is not stated, and is that of %s", known[*i].photometric);
	return 1;
}

/* The sign, and how the numbers of a colour lie. */
static int check_colour(struct reader *r, const char *photometric)
{
	struct dicom_pixels *p = &r->frame->pixels;
	uint16_t planar = 2;

	if (r->no_sign)
		read_assume(r, "PixelRepresentation (0028,0103) is not stated; %s is unsigned", photometric);
	if (p->is_signed)
		return read_because(r, DICOM_UNSUPPORTED, "signed pixels (PixelRepresentation (0028,0103) is 1) of %s", photometric);
	if (p->colour == DICOM_PALETTE && p->allocated > 16)
		return read_because(r, DICOM_UNSUPPORTED, "palette indexes of %u bits", p->allocated);
	if (p->colour == DICOM_PALETTE)
		return take_palette(r);
	if (p->codec != DICOM_NATIVE && p->codec != DICOM_DEFLATED)
		return 1;
	if (p->colour == DICOM_YBR_422)
		return p->columns % 2 == 0 ? 1 : read_because(r, DICOM_UNSUPPORTED, "YBR_FULL_422 of %u columns, an odd number",
		                                              p->columns);
	if (!dcmtk_u16(r->header, 0x0028, 0x0006, &planar) || planar > 1)
		return read_because(r, DICOM_UNSUPPORTED, "no sound PlanarConfiguration (0028,0006)");
	p->planar = planar == 1;
	return 1;
}

int colour_head(struct reader *r)
{
	struct dicom_pixels *p = &r->frame->pixels;
	char photometric[READ_TEXT];
	uint16_t samples = 0;
	size_t i = 0;

	if (!complete(r, photometric, &samples, &i))
		return 0;
	if (!fits(r, i))
		return read_because(r, DICOM_UNSUPPORTED, "PhotometricInterpretation (0028,0004) is %s in transfer syntax %s", photometric,
		                    p->syntax);
	p->colour = known[i].colour;
	if (p->colour != DICOM_GREY)
		return check_colour(r, photometric);
	if (r->no_sign)
		return read_because(r, DICOM_UNSUPPORTED, "no sound PixelRepresentation (0028,0103)");
	return 1;
}
