#include "read.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input.h"
#include "place.h"
#include "read_inside.h"
#include "unpack.h"

enum { TEXT = READ_TEXT };

/* A rescale is a slip of the pen where what comes of it leaves single precision, in which most formats and programs hold it. */
static const double LEAST_SLOPE = 1e-37, GREATEST_VALUE = 3e38;

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

/* ---- values ---- */

const char *read_keep(struct reader *r, const char *text)
{
	const char *kept = text ? dicom_intern(r->strings, text) : NULL;

	if (text && !kept)
		r->no_memory = true;
	return kept;
}

static const char *keep_text(struct reader *r, uint16_t group, uint16_t element)
{
	char buf[TEXT];

	return read_keep(r, dcmtk_text(r->header, group, element, buf, sizeof buf));
}

/* Does a list "ORIGINAL\PRIMARY\AXIAL" have this value? */
static bool has_value(const char *list, const char *word)
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

static int decimals(struct reader *r, uint32_t group, uint32_t tag, int n, double *values)
{
	char buf[TEXT];

	return dicom_decimals(read_value(r, group, tag, buf), n, values);
}

static int bad_value(struct reader *r, const char *name, uint32_t group, uint32_t tag)
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

/* ---- which series, which image, what kind ---- */

static void identify(struct reader *r)
{
	struct dicom_file *f = r->file;
	char buf[TEXT], utf8[TEXT], *end;
	const char *text;
	long number;

	if (!dcmtk_text(r->header, 0x0008, 0x0016, r->sop_class, sizeof r->sop_class) &&
	    !dcmtk_text(r->header, 0x0002, 0x0002, r->sop_class, sizeof r->sop_class))
		r->sop_class[0] = '\0';
	f->series_uid = keep_text(r, 0x0020, 0x000e);
	f->sop_uid = keep_text(r, 0x0008, 0x0018);
	f->modality = keep_text(r, 0x0008, 0x0060);
	text = dcmtk_text(r->header, 0x0008, 0x103e, buf, sizeof buf); /* SeriesDescription */
	if (text)
		f->description = read_keep(r, dcmtk_utf8(r->header, text, utf8, sizeof utf8));
	text = dcmtk_text(r->header, 0x0020, 0x0011, buf, sizeof buf); /* SeriesNumber */
	if (text) {
		number = strtol(text, &end, 10);
		f->has_number = *end == '\0' && number > -1000000000L && number < 1000000000L;
		f->number = (int)number;
	}
}

#define SOP "1.2.840.10008.5.1.4.1.1."

struct sop_kind {
	const char *uid; /* a prefix when it ends with a point */
	enum dicom_status status;
	const char *what;
	bool enhanced; /* what frames are stands in functional groups */
};

static const struct sop_kind sop_kinds[] = {
	{SOP "2", DICOM_USED, "CT", false},
	{SOP "4", DICOM_USED, "MR", false},
	{SOP "128", DICOM_USED, "PET", false},
	{SOP "7", DICOM_USED, "secondary capture", false}, /* where it states its geometry */
	{SOP "2.1", DICOM_USED, "enhanced CT", true},
	{SOP "2.2", DICOM_USED, "legacy converted CT", true},
	{SOP "4.1", DICOM_USED, "enhanced MR", true},
	{SOP "4.3", DICOM_USED, "enhanced MR colour", true},
	{SOP "4.4", DICOM_USED, "legacy converted MR", true},
	{SOP "130", DICOM_USED, "enhanced PET", true},
	{SOP "128.1", DICOM_USED, "legacy converted PET", true},
	{SOP "7.2", DICOM_USED, "multi-frame secondary capture of bytes", true},
	{SOP "7.3", DICOM_USED, "multi-frame secondary capture of words", true},
	{SOP "7.4", DICOM_USED, "multi-frame secondary capture in colour", true},
	{SOP "13.1.1", DICOM_USED, "3-D X-ray angiography", true},
	{SOP "13.1.2", DICOM_USED, "3-D craniofacial X-ray", true},
	{SOP "13.1.3", DICOM_USED, "breast tomosynthesis", true},
	{SOP "20", DICOM_USED, "nuclear medicine", false},
	{SOP "481.2", DICOM_USED, "dose", false},
	{SOP "6.1", DICOM_USED, "ultrasound", false}, /* where it states its geometry, as secondary capture */
	{SOP "3.1", DICOM_USED, "ultrasound", false},
	{SOP "6.2", DICOM_UNSUPPORTED, "an ultrasound volume, whose planes lie in the transducer's space, not the patient's", false},
	{SOP "12.1", DICOM_UNSUPPORTED, "X-ray angiography: projections, which are no slices", false},
	{SOP "12.1.1", DICOM_UNSUPPORTED, "enhanced X-ray angiography: projections, which are no slices", false},
	{SOP "12.2", DICOM_UNSUPPORTED, "X-ray fluoroscopy: projections, which are no slices", false},
	{SOP "12.2.1", DICOM_UNSUPPORTED, "enhanced X-ray fluoroscopy: projections, which are no slices", false},
	{SOP "66.4", DICOM_OTHER, "segmentation object", false},
	{SOP "66.7", DICOM_OTHER, "label map segmentation object", false},
	{SOP "30", DICOM_OTHER, "parametric map", false},
	{SOP "481.", DICOM_OTHER, "radiotherapy object", false},
};

static const struct sop_kind *sop_kind(const char *uid)
{
	for (size_t i = 0; i < sizeof sop_kinds / sizeof *sop_kinds; i++) {
		const char *known = sop_kinds[i].uid;
		size_t n = strlen(known);

		if (known[n - 1] == '.' ? strncmp(uid, known, n) == 0 : strcmp(uid, known) == 0)
			return &sop_kinds[i];
	}
	return NULL;
}

/* NumberOfFrames, an IS; 0: it is no number. */
static size_t whole_number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	return *end || end == text || text[0] == '-' ? 0 : n;
}

/* As many frames as there are descriptions of frames; without either, no word is believed. */
static int count_frames(struct reader *r, const struct sop_kind *kind, const char *stated)
{
	size_t described = dcmtk_frames(r->header);
	char digits[24];

	r->spread = strcmp(r->sop_class, SOP "20") == 0    ? nuclear_frames :
	            strcmp(r->sop_class, SOP "481.2") == 0 ? dose_frames : NULL;
	if (r->spread) {
		r->n = stated ? whole_number(stated) : 1;
		if (r->n < 1 || r->n > READ_FRAMES_MAX)
			return read_because(r, DICOM_UNSUPPORTED, "NumberOfFrames (0028,0008) is '%.12s'", stated);
		return 1;
	}
	if (!kind || !kind->enhanced) {
		if (stated && whole_number(stated) != 1)
			return read_because(r, DICOM_UNSUPPORTED, "multi-frame (%.12s frames%s%s), and nothing says where they lie", stated,
			                    kind ? " of " : "", kind ? kind->what : "");
		return 1;
	}
	if (described == 0)
		return read_because(r, DICOM_UNSUPPORTED, "%s without PerFrameFunctionalGroupsSequence (5200,9230)", kind->what);
	snprintf(digits, sizeof digits, "%zu", described);
	if (!stated || whole_number(stated) != described)
		return read_because(r, DICOM_UNSUPPORTED, "NumberOfFrames (0028,0008) is '%.12s', and there are functional groups of %s",
		                    stated ? stated : "", digits);
	if (described > READ_FRAMES_MAX)
		return read_because(r, DICOM_UNSUPPORTED, "%s frames", digits);
	r->enhanced = true;
	r->n = described;
	return 1;
}

/* 1: an image of the kind this program converts. 0: the status says what else. */
static int classify(struct reader *r, bool has_pixels)
{
	const struct sop_kind *kind = sop_kind(r->sop_class);
	const char *modality = r->file->modality ? r->file->modality : "no modality";
	char image_type[TEXT], buf[TEXT];
	const char *text;

	if (!dcmtk_text(r->header, 0x0008, 0x0008, image_type, sizeof image_type))
		image_type[0] = '\0';
	/* an image without pixels was cut between two attributes */
	if (!has_pixels && kind && kind->status != DICOM_OTHER)
		return read_because(r, DICOM_TRUNCATED, "ends before its pixels");
	if (!has_pixels)
		return read_because(r, DICOM_NO_PIXELS, "%s without pixels", modality);
	if (kind && kind->status == DICOM_OTHER)
		return read_because(r, DICOM_OTHER, "%s", kind->what);
	if (kind && kind->status == DICOM_UNSUPPORTED)
		return read_because(r, DICOM_UNSUPPORTED, "%s", kind->what);
	if (has_value(image_type, "LOCALIZER"))
		return read_because(r, DICOM_LOCALIZER, "ImageType is %s", image_type);
	text = dcmtk_text(r->header, 0x0028, 0x0008, buf, sizeof buf); /* NumberOfFrames */
	if (!count_frames(r, kind, text))
		return 0;
	if (!kind && r->sop_class[0])
		return read_because(r, DICOM_UNSUPPORTED, "SOP class %.64s (%s)", r->sop_class, modality);
	if (r->spread == nuclear_frames && !nuclear_is_volume(r, image_type))
		return 0;
	r->grid = !r->enhanced && !r->spread && uih_is(image_type);
	r->mosaic = !r->enhanced && !r->spread && !r->grid && mosaic_is(r, image_type);
	if (dcmtk_has(r->header, 0x0028, 0x3000))
		return read_because(r, DICOM_UNSUPPORTED, "values go through a Modality LUT");
	return 1;
}

/* ---- pixels ---- */

#define TS "1.2.840.10008.1.2"

static const struct {
	const char *uid;
	enum dicom_codec codec;
} codecs[] = {
	{TS, DICOM_NATIVE},
	{TS ".1", DICOM_NATIVE},
	{TS ".2", DICOM_NATIVE},
	{TS ".1.99", DICOM_DEFLATED},
	{TS ".5", DICOM_RLE},
	{TS ".4.50", DICOM_DCMTK}, /* JPEG baseline */
	{TS ".4.51", DICOM_DCMTK}, /* JPEG extended */
	{TS ".4.57", DICOM_DCMTK}, /* JPEG lossless, any predictor */
	{TS ".4.70", DICOM_DCMTK}, /* JPEG lossless, first-order prediction */
	{TS ".4.80", DICOM_DCMTK}, /* JPEG-LS lossless */
	{TS ".4.81", DICOM_DCMTK}, /* JPEG-LS near-lossless */
	{TS ".4.90", DICOM_JPEG2000},
	{TS ".4.91", DICOM_JPEG2000},
};

bool read_codec(const char *uid, enum dicom_codec *codec)
{
	for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++)
		if (strcmp(codecs[i].uid, uid) == 0) {
			*codec = codecs[i].codec;
			return true;
		}
	return false;
}

/* What the file states must be known, though DCMTK read it in some way; how it was read counts. */
static int pixel_codec(struct reader *r)
{
	char buf[TEXT];
	const char *stated = dcmtk_text(r->header, 0x0002, 0x0010, buf, sizeof buf);
	const char *as_read = dcmtk_transfer_syntax(r->header);
	enum dicom_codec ignored;

	if (stated && !read_codec(stated, &ignored))
		return read_because(r, DICOM_UNSUPPORTED, "transfer syntax %.64s", stated);
	if (!read_codec(as_read, &r->frame->pixels.codec))
		return read_because(r, DICOM_UNSUPPORTED, "transfer syntax %.64s", as_read);
	r->frame->pixels.syntax = as_read;
	return 1;
}

/* Each says the other (PS3.3, C.7.6.3: High Bit is one less than Bits Stored). Without either nothing tells what lies in the
 * upper bits of a word, but a byte is no more than a byte. */
static int bits_stored(struct reader *r, uint16_t allocated, uint16_t *stored, uint16_t *high)
{
	bool has_stored = dcmtk_u16(r->header, 0x0028, 0x0101, stored), has_high = dcmtk_u16(r->header, 0x0028, 0x0102, high);

	if (!has_stored && !has_high && allocated > 8)
		return read_because(r, DICOM_UNSUPPORTED, "no BitsStored (0028,0101), of %u allocated", allocated);
	if (!has_stored) {
		*stored = has_high ? (uint16_t)(*high + 1) : allocated;
		read_assume(r, "BitsStored (0028,0101) is not stated, and follows from %s", has_high ? "HighBit (0028,0102)"
		                                                                                  : "8 bits allocated");
	}
	if (!has_high) {
		*high = (uint16_t)(*stored - 1);
		read_assume(r, "HighBit (0028,0102) is not stated, and follows from %s", "BitsStored (0028,0101)");
	}
	return 1;
}

static int pixel_format(struct reader *r)
{
	struct dicom_pixels *p = &r->frame->pixels;
	uint16_t rows = 0, columns = 0, allocated, stored, high, sign = 2;

	if (pixel_codec(r) <= 0)
		return 0;
	dcmtk_u16(r->header, 0x0028, 0x0010, &rows);
	dcmtk_u16(r->header, 0x0028, 0x0011, &columns);
	if (!rows || !columns)
		return read_because(r, DICOM_UNSUPPORTED, "Rows x Columns is %u x %u", rows, columns);
	if (!dcmtk_u16(r->header, 0x0028, 0x0100, &allocated))
		return read_because(r, DICOM_UNSUPPORTED, "no BitsAllocated (0028,0100)");
	if (!bits_stored(r, allocated, &stored, &high))
		return 0;
	r->no_sign = !dcmtk_u16(r->header, 0x0028, 0x0103, &sign);
	if (!r->no_sign && sign > 1)
		return read_because(r, DICOM_UNSUPPORTED, "no sound PixelRepresentation (0028,0103)");
	if ((allocated != 8 && allocated != 16 && allocated != 32) || stored < 1 || stored > allocated ||
	    high >= allocated || high + 1 < stored)
		return read_because(r, DICOM_UNSUPPORTED, "bits allocated %u, stored %u, high %u", allocated, stored,
		               high);
	p->rows = rows;
	p->columns = columns;
	p->allocated = allocated;
	p->stored = stored;
	p->high = high;
	p->is_signed = sign == 1;
	return 1;
}

/* ---- geometry ---- */

static int geometry(struct reader *r)
{
	struct dicom_frame *f = r->frame;
	int got = decimals(r, 0x00209113, 0x00200032, 3, f->position);
	char reference[TEXT];

	for (int w = 0; got > 0 && w < 3; w++)
		if (fabs(f->position[w]) > 1e5) /* a hundred metres: no scanner is that long */
			got = -1;
	if (got < 0)
		return bad_value(r, "ImagePositionPatient", 0x00209113, 0x00200032);
	f->has_position = got > 0;
	f->reference = read_keep(r, read_value(r, 0, 0x00200052, reference));
	if (f->reference && !f->reference[0])
		f->reference = NULL;
	got = decimals(r, 0x00209116, 0x00200037, 6, f->orientation);
	if (got < 0)
		return bad_value(r, "ImageOrientationPatient", 0x00209116, 0x00200037);
	f->has_orientation = got > 0;
	got = decimals(r, 0x00289110, 0x00280030, 2, f->spacing);
	if (got < 0 || (got > 0 && !(f->spacing[0] > 0 && f->spacing[1] > 0)))
		return bad_value(r, "PixelSpacing", 0x00289110, 0x00280030);
	f->has_spacing = got > 0;
	if (decimals(r, 0x00289110, 0x00180050, 1, &f->thickness) <= 0 || f->thickness < 0)
		f->thickness = 0;
	if (decimals(r, 0x00289110, 0x00180088, 1, &f->slice_step) <= 0)
		f->slice_step = 0;
	f->slice_step = fabs(f->slice_step); /* some scanners sign it by the direction of travel */
	return 1;
}

/* ---- what stored values mean ---- */

static const char *rescale_unit(struct reader *r)
{
	const char *modality = r->file->modality ? r->file->modality : "";
	char type[TEXT], units[TEXT];
	bool has_type = read_value(r, 0x00289145, 0x00281054, type);
	bool has_units = dcmtk_text(r->header, 0x0054, 0x1001, units, sizeof units);

	if (strcmp(modality, "PT") == 0) {
		if (!has_units)
			return NULL;
		return strcmp(units, "BQML") == 0 ? read_keep(r, "Bq/ml") :
		       strcmp(units, "GML") == 0 ? read_keep(r, "g/ml") :
		       strcmp(units, "CNTS") == 0 ? read_keep(r, "counts") : NULL;
	}
	/* PS3.3 C.8.2.1: HU is what original CT images rescale to */
	if (strcmp(modality, "CT") == 0 && (!has_type || strcmp(type, "HU") == 0))
		return read_keep(r, "HU");
	/* US: unspecified */
	return has_type && strcmp(type, "US") != 0 && strlen(type) <= 16 ? read_keep(r, type) : NULL;
}

static int rescale(struct reader *r)
{
	struct dicom_frame *f = r->frame;
	int slope = decimals(r, 0x00289145, 0x00281053, 1, &f->slope);
	int intercept = decimals(r, 0x00289145, 0x00281052, 1, &f->intercept);

	if (slope < 0 || (slope > 0 && !(fabs(f->slope) >= LEAST_SLOPE && fabs(f->slope) * exp2(f->pixels.stored) <= GREATEST_VALUE)))
		return bad_value(r, "RescaleSlope", 0x00289145, 0x00281053);
	if (intercept < 0 || (intercept > 0 && fabs(f->intercept) > GREATEST_VALUE))
		return bad_value(r, "RescaleIntercept", 0x00289145, 0x00281052);
	if (slope != intercept)
		return read_because(r, DICOM_UNSUPPORTED, slope ? "has RescaleSlope (0028,1053) without RescaleIntercept (0028,1052)"
		                                           : "has RescaleIntercept (0028,1052) without RescaleSlope (0028,1053)");
	/* C.11.1 is of measured values */
	if (f->pixels.colour != DICOM_GREY && slope > 0 && (f->slope != 1 || f->intercept != 0))
		return read_because(r, DICOM_UNSUPPORTED, "colour has RescaleSlope (0028,1053) %g and RescaleIntercept (0028,1052) %g",
		                    f->slope, f->intercept);
	f->has_rescale = slope > 0 && f->pixels.colour == DICOM_GREY;
	if (f->pixels.colour != DICOM_GREY)
		return 1;
	f->rescale_unit = rescale_unit(r);
	return 1;
}

/* A 16-bit pattern as the stored value it stands for. */
static int64_t stored_value(uint16_t bits, const struct dicom_pixels *p)
{
	return p->is_signed ? (int16_t)bits : (int64_t)bits;
}

static void padding(struct reader *r)
{
	struct dicom_frame *f = r->frame;
	uint16_t value, limit;
	int64_t a, b;

	f->has_padding = f->pixels.colour == DICOM_GREY && dcmtk_u16(r->header, 0x0028, 0x0120, &value);
	if (!f->has_padding)
		return;
	if (!dcmtk_u16(r->header, 0x0028, 0x0121, &limit))
		limit = value;
	a = stored_value(value, &f->pixels);
	b = stored_value(limit, &f->pixels);
	f->padding[0] = a < b ? a : b;
	f->padding[1] = a < b ? b : a;
}

static bool is_lossy(const char *syntax)
{
	return strcmp(syntax, TS ".4.50") == 0 || strcmp(syntax, TS ".4.51") == 0 || strcmp(syntax, TS ".4.81") == 0;
}

static void acquisition(struct reader *r)
{
	char buf[257];

	for (size_t i = 0; dicom_acquisition[i].keyword; i++) {
		const char *text = dcmtk_text(r->header, dicom_acquisition[i].group,
		                              dicom_acquisition[i].element, buf, sizeof buf);

		/* control characters have no place in a header line, and none in these attributes */
		for (const char *c = text; c && *c; c++)
			if ((unsigned char)*c < ' ')
				text = NULL;
		/* these leave no choice (PS3.3, C.7.6.1.1.5), whatever an archive left out */
		if (strcmp(dicom_acquisition[i].keyword, "LossyImageCompression") == 0 && is_lossy(r->frame->pixels.syntax))
			text = "01";
		r->frame->acquisition[i] = read_keep(r, text);
	}
}

/* ---- one file ---- */

static bool unpack(struct reader *r);

/* Open it, and see whether it can be DICOM at all before DCMTK guesses. */
static bool open_file(struct reader *r, bool unpacked)
{
	struct stat st;
	unsigned char start[UNPACK_LOOK] = {0};
	uint64_t size;
	ssize_t n;

	if (r->fd >= 0)
		close(r->fd);
	r->fd = input_open(r->file->path, &r->start, &r->end);
	if (r->fd < 0 || fstat(r->fd, &st) < 0)
		return read_because(r, DICOM_UNREADABLE, "cannot be opened: %s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return read_because(r, DICOM_OTHER, "not a regular file");
	size = r->end - r->start;
	n = pread(r->fd, start, size < sizeof start ? (size_t)size : sizeof start, (off_t)r->start);
	if (n < 0)
		return read_because(r, DICOM_UNREADABLE, "cannot be read: %s", strerror(errno));
	if (size == 0 && (n = pread(r->fd, start, 1, (off_t)r->start)) != 0)
		return read_because(r, DICOM_UNREADABLE, "cannot be read: %s", n < 0 ? strerror(errno) : "its size is 0, but it has bytes");
	if (n == 0)
		return read_because(r, DICOM_NOT_DICOM, "empty file");
	if (size == 132)
		return read_because(r, DICOM_NOT_DICOM, "nothing behind the preamble");
	r->has_preamble = n >= 132 && memcmp(start + 128, "DICM", 4) == 0;
	if (dicom_sniff(start, (size_t)n))
		return true;
	if (n >= 2 && start[0] == 0x1f && start[1] == 0x8b && !unpacked)
		return unpack(r);
	if (unpack_needed(start, (size_t)n) && !unpacked)
		return read_because(r, DICOM_NOT_DICOM, "an archive; name it to have it read");
	return read_because(r, DICOM_NOT_DICOM, "no DICOM header");
}

/* gzip data: to the file inside. What cannot be unpacked may be an image. */
static bool unpack(struct reader *r)
{
	struct vol_err err;
	bool is_dicom;

	if (unpack_gzip(r->file->path, &is_dicom, &err) < 0)
		return read_because(r, DICOM_UNREADABLE, "%s", err.what);
	if (!is_dicom)
		return read_because(r, DICOM_NOT_DICOM, "compressed (gzip), and no DICOM file inside");
	return open_file(r, true);
}

/* 1: the header is sound. 0: the status says what it is. */
static int check_header(struct reader *r, enum dcmtk_end end, const char *why)
{
	size_t attributes = dcmtk_header_count(r->header);

	if (end == DCMTK_REFUSED)
		return read_because(r, DICOM_TRUNCATED, "%s", why);
	/* DICM at its place: then it was DICOM, and nothing in it means that it was cut */
	if (attributes == 0 && r->has_preamble)
		return read_because(r, DICOM_TRUNCATED, "ends inside the header");
	if (attributes == 0 || (!r->sop_class[0] && !dcmtk_has(r->header, 0x0028, 0x0010))) {
		if (end == DCMTK_CUT)
			return read_because(r, DICOM_TRUNCATED, "ends inside the header");
		return read_because(r, DICOM_NOT_DICOM, "no DICOM attributes");
	}
	if (strcmp(r->sop_class, "1.2.840.10008.1.3.10") == 0)
		return read_because(r, DICOM_OTHER, "DICOMDIR");
	if (end == DCMTK_CUT && why)
		return read_because(r, DICOM_TRUNCATED, "header cannot be read to its end: %s", why);
	if (end == DCMTK_CUT)
		return read_because(r, DICOM_TRUNCATED, "ends inside the header");
	return 1;
}

/* What stands with the frame in work: in its functional groups, or outermost where there is but one. */
static int frame_facts(struct reader *r)
{
	struct dicom_frame *f = r->frame;

	if (geometry(r) <= 0 || rescale(r) <= 0)
		return 0;
	f->has_window = f->pixels.colour == DICOM_GREY && decimals(r, 0x00289132, 0x00281050, 1, &f->window[0]) > 0 &&
			decimals(r, 0x00289132, 0x00281051, 1, &f->window[1]) > 0;
	return 1;
}

static int all_frames(struct reader *r)
{
	struct dicom_frame first = *r->frame;

	if (!read_several(r, r->n))
		return 0;
	for (size_t i = 0; i < r->n; i++) {
		r->frame = &r->all[i];
		*r->frame = first;
		r->frame->number = (uint32_t)i + 1;
		if (!frame_facts(r))
			return 0;
		frames_facts(r);
		vendor_facts(r);
	}
	frames_stacks(r);
	return 1;
}

static int read_image(struct reader *r, bool has_pixels, uint64_t at)
{
	const char *syntax = dcmtk_transfer_syntax(r->header);
	enum dicom_status status;
	char why[160] = "";

	if (classify(r, has_pixels) <= 0 || pixel_format(r) <= 0 || colour_head(r) <= 0)
		return 0;
	padding(r);
	acquisition(r);
	r->frame->pixels.deflated_from = dcmtk_deflated_from(r->header);
	if (r->enhanced ? !all_frames(r) : !frame_facts(r))
		return 0;
	if (!r->enhanced) {
		frames_outermost(r);
		vendor_facts(r);
	}
	if (r->spread && !r->spread(r))
		return 0;
	status = dicom_place_pixels(r->fd, r->start, r->end, r->all ? r->all : r->frame, r->n, at, strcmp(syntax, TS) == 0,
	                            strcmp(syntax, TS ".2") == 0, why, sizeof why);
	r->file->status = status;
	if (status != DICOM_USED)
		read_because(r, status, "%s", why);
	if (status == DICOM_USED && ((r->mosaic && !mosaic_split(r)) || (r->grid && !uih_split(r))))
		return 0;
	return status == DICOM_USED || status == DICOM_TRUNCATED ? (int)r->n : 0;
}

static int read_header(struct reader *r)
{
	enum dcmtk_end end;
	const char *why;
	uint64_t at;
	int frames = 0;

	r->header = dcmtk_header_open(r->file->path);
	if (!r->header)
		return read_because(r, DICOM_UNREADABLE, "cannot be read: out of memory");
	end = dcmtk_header_end(r->header, &why, &at);
	/* of a refused header nothing is believed, not even its UIDs; of a cut one they are when more
	 * came after them: the last value may be half of one */
	if (end != DCMTK_REFUSED && (end != DCMTK_CUT || dcmtk_has(r->header, 0x0028, 0x0010)))
		identify(r);
	if (check_header(r, end, why))
		frames = read_image(r, end == DCMTK_AT_PIXELS || at + 1 < r->end, at);
	if (r->no_memory || (dcmtk_header_end(r->header, &why, &at) == DCMTK_REFUSED && end != DCMTK_REFUSED))
		frames = read_because(r, DICOM_UNREADABLE, "cannot be read: out of memory");
	dcmtk_header_close(r->header);
	return frames;
}

int dicom_read_facts(struct dicom_file *file, struct dicom_frame *frame, struct dicom_frame **several,
                     struct dicom_strings *strings)
{
	struct reader r = {.file = file, .frame = frame, .n = 1, .strings = strings, .fd = -1};
	int frames = open_file(&r, false) ? read_header(&r) : 0;

	if (r.fd >= 0)
		close(r.fd);
	*several = NULL;
	if (frames == 1 && r.all)
		*frame = r.all[0];
	if (frames > 1)
		*several = r.all;
	else
		free(r.all);
	return frames;
}
