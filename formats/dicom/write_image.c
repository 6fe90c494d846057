/* write_image.c - a volume as a folder of CT, MR or secondary capture images, one a slice.
 *
 * UIDs are a digest of the voxels, and stand before them in every file: the files are written with UIDs of the same
 * length that stand for nothing, and get theirs when the last voxel has come. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "io/fd.h"
#include "io/outdir.h"
#include "read.h"
#include "write_inside.h"

struct images {
	struct derived d;
	enum kind { CT = 1, MR = 2, OT = 4 } kind;
	struct values16 values;
	struct vol_rescale rescale;  /* of the numbers that are written; n 0: none */
	char unit[17];               /* what it leads to, as Rescale Type; "": unknown */
	bool has_padding, has_window;
	uint16_t padding[2];
	double window[2];            /* in rescaled values */
	struct outdir *dir;
	uint32_t *crc;               /* of each slice, by its number; where it will be verified */
};

static const struct {
	enum kind kind;
	const char *modality, *sop_class;
} kinds[] = {{CT, "CT", SOP_CLASS "2"}, {MR, "MR", SOP_CLASS "4"}, {OT, "OT", SOP_CLASS "7"}};

enum { KINDS = sizeof kinds / sizeof *kinds };

/* The acquisition facts that are as true of the derived image, in whose modules they stand (PS3.3 C.7.3.1, C.8.2.1,
 * C.8.3.1). Those that hang on the grid it was scanned on are not among them. */
static const struct {
	const char *keyword;
	int kinds;
} kept[] = {
	{"Manufacturer", CT | MR | OT}, {"BodyPartExamined", CT | MR | OT}, {"PatientPosition", CT | MR | OT},
	{"BurnedInAnnotation", CT | MR | OT}, {"ScanOptions", CT | MR}, {"KVP", CT}, {"DataCollectionDiameter", CT},
	{"RotationDirection", CT}, {"ExposureTime", CT}, {"XRayTubeCurrent", CT}, {"Exposure", CT}, {"FilterType", CT},
	{"FocalSpots", CT}, {"ConvolutionKernel", CT}, {"SingleCollimationWidth", CT}, {"TotalCollimationWidth", CT},
	{"SpiralPitchFactor", CT}, {"ScanningSequence", MR}, {"SequenceVariant", MR}, {"MRAcquisitionType", MR},
	{"RepetitionTime", MR}, {"EchoTime", MR}, {"NumberOfAverages", MR},
	{"ImagingFrequency", MR}, {"ImagedNucleus", MR}, {"EchoNumbers", MR}, {"MagneticFieldStrength", MR},
	{"NumberOfPhaseEncodingSteps", MR}, {"EchoTrainLength", MR}, {"PercentSampling", MR},
	{"PercentPhaseFieldOfView", MR}, {"PixelBandwidth", MR}, {"FlipAngle", MR}, {"SAR", MR},
};

/* ---- what the image is ---- */

static const char *modality_of(const struct derived *d, char *buf, size_t size)
{
	const char *key = key_get(d->head, "modality"), *like;

	if (d->how->modality)
		return d->how->modality;
	like = d->like ? dicom_like_text(d->like, 0x00080060, buf, size) : NULL;
	return key ? key : like;
}

static int set_kind(struct images *m, struct vol_err *err)
{
	char buf[64];
	const char *modality = modality_of(&m->d, buf, sizeof buf);

	for (int i = 0; i < KINDS; i++)
		if (modality && strcmp(modality, kinds[i].modality) == 0)
			m->kind = kinds[i].kind;
	if (m->kind)
		return 0;
	if (modality)
		return vol_fail(err, m->d.subject, "images of modality %.16s are not written: say CT, MR or OT (secondary "
		                                   "capture) with --modality", modality);
	return vol_fail(err, m->d.subject, "modality is not known: say CT, MR or OT (secondary capture) with --modality");
}

/* ---- what the numbers mean ---- */

static int set_rescale(struct images *m, struct vol_err *err)
{
	const struct vol_head *h = m->d.head;
	const struct values16 *v = &m->values;
	const char *unit = key_get(h, "unit");
	bool stored = !unit || strcmp(unit, "stored") == 0;

	if (stored && key_rescale(h, &m->rescale, m->d.subject, err) < 0)
		return -1;
	rescale_simplify(&m->rescale);
	if (stored)
		unit = m->rescale.n ? key_get(h, "rescale.unit") : NULL;
	if (unit && strlen(unit) < sizeof m->unit && !strchr(unit, '\\'))
		strcpy(m->unit, unit);
	else if (unit)
		vol_warn(m->d.subject, "unit '%.40s' does not fit 16 characters: not written", unit);
	if (m->rescale.n == 0 && (m->kind == CT || v->mapped || m->unit[0])) {
		m->rescale.slope = malloc(sizeof(double));
		m->rescale.intercept = malloc(sizeof(double));
		if (!m->rescale.slope || !m->rescale.intercept)
			return vol_fail(err, m->d.subject, "out of memory");
		m->rescale.n = 1;
		m->rescale.slope[0] = 1;
		m->rescale.intercept[0] = 0;
	}
	for (size_t i = 0; i < m->rescale.n; i++) {
		char text[17];
		double slope = m->rescale.slope[i] * v->slope;
		double intercept = m->rescale.slope[i] * v->intercept + m->rescale.intercept[i];

		if (strtod(dataset_decimal(text, slope), NULL) != slope || strtod(dataset_decimal(text, intercept), NULL) != intercept)
			vol_note(m->d.subject, "rescale %.17g %.17g is cut to the 16 characters of a DS", slope, intercept);
		m->rescale.slope[i] = slope;
		m->rescale.intercept[i] = intercept;
	}
	return 0;
}

/* A value of the volume as the number that is written; false when there is none. */
static bool written(const struct images *m, double value, uint16_t *number)
{
	double x = round((value - m->values.intercept) / m->values.slope), lo, hi;

	voxel_is_integer(m->values.to, &lo, &hi);
	if (!(x >= lo && x <= hi) || (!m->values.mapped && x != value))
		return false;
	*number = (uint16_t)(int32_t)x;
	return true;
}

static int set_padding(struct images *m, struct vol_err *err)
{
	double lo, hi;
	int got = key_padding(m->d.head, &lo, &hi, m->d.subject, err);

	if (got <= 0)
		return got;
	m->has_padding = written(m, lo, &m->padding[0]) && written(m, hi, &m->padding[1]);
	if (!m->has_padding)
		vol_warn(m->d.subject, "padding %g to %g is nothing that the voxels can hold: not written", lo, hi);
	return 0;
}

/* The key is in the volume's unit, DICOM's window in rescaled values. */
static void set_window(struct images *m)
{
	double centre, width, slope = 1, intercept = 0;

	if (!key_window(m->d.head, &centre, &width) || m->rescale.n > 1)
		return;
	if (m->rescale.n == 1) {
		slope = m->rescale.slope[0] / m->values.slope;
		intercept = m->rescale.intercept[0] - slope * m->values.intercept;
	}
	m->window[0] = centre * slope + intercept;
	m->window[1] = width * fabs(slope);
	m->has_window = m->window[1] >= 1;
}

/* ---- elements ---- */

/* One value of a list, of the characters and the length that the VR allows. */
static bool sound_value(const char *vr, const char *text, size_t n)
{
	static const struct {
		const char *vr, *characters;
		size_t most;
	} rules[] = {
		{"CS", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _", 16}, {"DS", "0123456789+-.eE ", 16}, {"FD", "0123456789+-.eE", 32},
		{"IS", "0123456789+- ", 12}, {"SH", NULL, 16}, {"LO", NULL, 64},
	};

	size_t i = 0;

	while (i < sizeof rules / sizeof *rules && strcmp(vr, rules[i].vr) != 0)
		i++;
	if (i == sizeof rules / sizeof *rules || n == 0 || n > rules[i].most ||
	    (rules[i].characters && strspn(text, rules[i].characters) < n))
		return false;
	for (size_t k = 0; k < n; k++)
		if ((unsigned char)text[k] < ' ')
			return false;
	return true;
}

static bool sound(const char *vr, const char *text)
{
	size_t n, values = 0;
	double numbers[8];

	for (const char *at = text;; at += n + 1) {
		n = strcspn(at, "\\");
		values++;
		if (!sound_value(vr, at, n))
			return false;
		if (!at[n])
			break;
	}
	if (strcmp(vr, "DS") == 0 || strcmp(vr, "FD") == 0 || strcmp(vr, "IS") == 0)
		return values <= 8 && dicom_decimals(text, (int)values, numbers) > 0;
	return true;
}

static void put_acquisition(const struct images *m, struct dataset *to)
{
	char name[128];

	for (const struct dicom_attribute *a = dicom_acquisition; a->keyword; a++) {
		uint32_t tag = (uint32_t)a->group << 16 | a->element;
		const char *text;
		double x;
		size_t i = 0;

		while (i < sizeof kept / sizeof *kept && strcmp(kept[i].keyword, a->keyword) != 0)
			i++;
		snprintf(name, sizeof name, "dicom.%s", a->keyword);
		text = key_get(m->d.head, name);
		if (i == sizeof kept / sizeof *kept || !(kept[i].kinds & (int)m->kind) || !text || !sound(a->vr, text))
			continue;
		if (strcmp(a->vr, "FD") != 0)
			dataset_text(to, tag, a->vr, text);
		else if (vol_parse_number(text, &x))
			dataset_f64(to, tag, 1, &x);
	}
}

/* A fact about the scan, from the stream or the source; NULL: not known, or nothing that the VR allows. */
static const char *scan_fact(const struct images *m, const char *keyword, uint32_t tag, const char *vr, char *buf, size_t size)
{
	char name[64];
	const char *text;

	snprintf(name, sizeof name, "dicom.%s", keyword);
	text = key_get(m->d.head, name);
	if (!text && m->d.like)
		text = dicom_like_text(m->d.like, tag, buf, size);
	return text && sound(vr, text) ? text : NULL;
}

static const char *scanning_sequence(const struct images *m, char *buf, size_t size)
{
	return scan_fact(m, "ScanningSequence", 0x00180020, "CS", buf, size);
}

/* Only inversion recovery has an inversion time (PS3.3, C.8.3.1). */
static void put_inversion(const struct images *m, struct dataset *to)
{
	char buf[128], time[128];
	const char *sequence = scanning_sequence(m, buf, sizeof buf);

	if (sequence && strstr(sequence, "IR"))
		dataset_text(to, 0x00180082, "DS", scan_fact(m, "InversionTime", 0x00180082, "DS", time, sizeof time));
}

/* Of a part of which there are two, or may be, it is to be said which, or that nobody knows (PS3.3, C.7.3.1). */
static void put_laterality(const struct images *m, struct dataset *to)
{
	static const char *const pairs[] = {"ANKLE", "ARM", "BREAST", "CALF", "CLAVICLE", "EAR", "ELBOW", "EYE", "FEMUR", "FINGER", "FOOT",
	                                    "HAND", "HIP", "HUMERUS", "KNEE", "LEG", "SCAPULA", "SHOULDER", "THIGH", "THUMB", "TOE",
	                                    "WRIST"};
	const char *part = key_get(m->d.head, "dicom.BodyPartExamined");
	char buf[32];
	bool ask = !part || !sound("CS", part);

	for (size_t i = 0; !ask && i < sizeof pairs / sizeof *pairs; i++)
		ask = strcmp(part, pairs[i]) == 0;
	if (ask)
		dataset_text(to, 0x00200060, "CS", scan_fact(m, "Laterality", 0x00200060, "CS", buf, sizeof buf));
}

/* What the image's kind asks for, whether it is known or not. */
static void put_kind(const struct images *m, struct dataset *to)
{
	static const struct {
		uint32_t tag;
		const char *vr, *unknown;
		int kinds;
		bool from_like;
	} asked[] = {
		{0x00185100, "CS", NULL, CT | MR, true},   /* PatientPosition */
		{0x00180060, "DS", NULL, CT, false},       /* KVP */
		{0x00200012, "IS", NULL, CT, false},       /* AcquisitionNumber */
		{0x00180020, "CS", "RM", MR, true},        /* ScanningSequence: research mode */
		{0x00180021, "CS", "NONE", MR, true},      /* SequenceVariant */
		{0x00180022, "CS", NULL, MR, false},       /* ScanOptions */
		{0x00180023, "CS", NULL, MR, true},        /* MRAcquisitionType */
		{0x00180080, "DS", NULL, MR, true},        /* RepetitionTime */
		{0x00180081, "DS", NULL, MR, true},        /* EchoTime */
		{0x00180091, "IS", NULL, MR, true},        /* EchoTrainLength */
		{0x00080064, "CS", "WSD", OT, false},      /* ConversionType: from a workstation */
		{0x00200020, "CS", NULL, OT, false},       /* PatientOrientation: by the cosines */
	};

	put_acquisition(m, to);
	put_laterality(m, to);
	if (m->kind == MR)
		put_inversion(m, to);
	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		char buf[128];
		const char *text = NULL;

		if (!(asked[i].kinds & (int)m->kind))
			continue;
		if (m->d.like && asked[i].from_like)
			text = dicom_like_text(m->d.like, asked[i].tag, buf, sizeof buf);
		dataset_text(to, asked[i].tag, asked[i].vr, text && sound(asked[i].vr, text) ? text : asked[i].unknown);
	}
	dataset_text(to, 0x00080008, "CS", m->kind == CT ? "DERIVED\\SECONDARY\\AXIAL" :
	                                   m->kind == MR ? "DERIVED\\SECONDARY\\OTHER" : "DERIVED\\SECONDARY");
}

static void put_place(const struct images *m, uint64_t i, struct dataset *to)
{
	double cosines[6], at[3], normal[3], along = 0;

	memcpy(cosines, m->d.row, sizeof m->d.row);
	memcpy(cosines + 3, m->d.column, sizeof m->d.column);
	derived_position(&m->d, i, at);
	for (int w = 0; w < 3; w++) {
		normal[w] = cosines[(w + 1) % 3] * cosines[3 + (w + 2) % 3] - cosines[(w + 2) % 3] * cosines[3 + (w + 1) % 3];
		along += normal[w] * at[w];
	}
	dataset_decimals(to, 0x00200032, 3, at);
	dataset_decimals(to, 0x00200037, 6, cosines);
	dataset_decimals(to, 0x00280030, 2, m->d.spacing);
	dataset_decimals(to, 0x00180088, 1, &m->d.step);
	if (m->kind == OT) /* which has no more room for them than needs be */
		return;
	dataset_decimals(to, 0x00180050, 1, &m->d.thickness);
	along = round(along * 1e6) / 1e6;
	dataset_decimals(to, 0x00201041, 1, &along); /* SliceLocation */
}

static void put_pixels(const struct images *m, uint64_t i, struct dataset *to)
{
	const struct vol_rescale *r = &m->rescale;
	uint16_t sign = m->values.to == VOXEL_INT16;
	const char *vr = sign ? "SS" : "US";
	size_t pair = r->n > 1 ? (size_t)i : 0;

	dataset_u16(to, 0x00280002, "US", 1, &(uint16_t){1});
	dataset_text(to, 0x00280004, "CS", "MONOCHROME2");
	dataset_u16(to, 0x00280010, "US", 1, &(uint16_t){(uint16_t)m->d.rows});
	dataset_u16(to, 0x00280011, "US", 1, &(uint16_t){(uint16_t)m->d.columns});
	dataset_u16(to, 0x00280100, "US", 1, &(uint16_t){16});
	dataset_u16(to, 0x00280101, "US", 1, &(uint16_t){16});
	dataset_u16(to, 0x00280102, "US", 1, &(uint16_t){15});
	dataset_u16(to, 0x00280103, "US", 1, &sign);
	if (m->has_padding)
		dataset_u16(to, 0x00280120, vr, 1, &m->padding[0]);
	if (m->has_padding && m->padding[0] != m->padding[1])
		dataset_u16(to, 0x00280121, vr, 1, &m->padding[1]);
	if (m->has_window) {
		dataset_decimals(to, 0x00281050, 1, &m->window[0]);
		dataset_decimals(to, 0x00281051, 1, &m->window[1]);
	}
	if (r->n) {
		dataset_decimals(to, 0x00281052, 1, &r->intercept[pair]);
		dataset_decimals(to, 0x00281053, 1, &r->slope[pair]);
		derived_text(to, 0x00281054, "LO", m->unit[0] ? m->unit : "US", 16);
	}
}

/* The file of slice i of the stream up to its voxels. */
static int make_head(const struct images *m, uint64_t i, struct dataset_bytes *text, struct vol_err *err)
{
	uint64_t number = derived_number(&m->d, i);
	char instance[DICOM_UID], digits[16];
	struct dataset d = {0};
	int k = 0;

	while (kinds[k].kind != m->kind)
		k++;
	dicom_uid(instance, m->d.key, "instance", number);
	snprintf(digits, sizeof digits, "%llu", (unsigned long long)number + 1);
	dataset_text(&d, 0x00200013, "IS", digits);
	put_kind(m, &d);
	put_place(m, i, &d);
	put_pixels(m, i, &d);
	if (m->kind != OT)
		dataset_text(&d, 0x00201040, "LO", NULL);
	derived_put(&m->d, kinds[k].modality, kinds[k].sop_class, instance, &d);
	dataset_file(&d, kinds[k].sop_class, instance, text);
	dataset_begin(text, 0x7fe00010, "OW", (uint32_t)(2 * m->d.rows * m->d.columns));
	return text->failed ? vol_fail(err, m->d.subject, "out of memory") : 0;
}

/* ---- files ---- */

static int open_slice(const struct images *m, uint64_t i, struct vol_err *err)
{
	char name[32];

	snprintf(name, sizeof name, "%04llu.dcm", (unsigned long long)derived_number(&m->d, i) + 1);
	return outdir_open(m->dir, name, err);
}

/* Slices one by one, as voxels come. */
struct filling {
	uint64_t slice;    /* of the stream */
	uint64_t left;     /* numbers of it that are still to come; 0: none begun */
	int fd;
	uint16_t numbers[32768];
};

static int begin(struct images *m, struct filling *f, struct vol_err *err)
{
	struct dataset_bytes text = {0};
	int rc = make_head(m, f->slice, &text, err);

	if (rc == 0)
		f->fd = open_slice(m, f->slice, err);
	if (rc == 0)
		rc = f->fd < 0 ? -1 : fd_write(f->fd, text.at, text.n, outdir_name(m->dir), err);
	dataset_bytes_free(&text);
	f->left = m->d.rows * m->d.columns;
	return rc;
}

static int end(struct images *m, struct filling *f, struct vol_err *err)
{
	int fd = f->fd;

	f->fd = -1;
	f->slice++;
	return close(fd) < 0 ? vol_fail_errno(err, outdir_name(m->dir), "a file in it cannot be closed") : 0;
}

static int take(struct images *m, struct filling *f, const struct vol_slab *slab, struct vol_err *err)
{
	const char *at = slab->voxels;
	size_t size = voxel_size(m->values.from);

	SHA256Update(&m->d.sha, slab->voxels, slab->n * size);
	for (size_t done = 0, n; done < slab->n; done += n) {
		if (f->left == 0 && begin(m, f, err) < 0)
			return -1;
		n = sizeof f->numbers / sizeof *f->numbers;
		n = slab->n - done < n ? slab->n - done : n;
		n = f->left < n ? (size_t)f->left : n;
		values16_make(&m->values, at + done * size, n, f->numbers);
		if (m->crc) {
			uint32_t *crc = &m->crc[derived_number(&m->d, f->slice)];

			*crc = (uint32_t)crc32_z(*crc, (const void *)f->numbers, 2 * n);
		}
		if (fd_write(f->fd, f->numbers, 2 * n, outdir_name(m->dir), err) < 0)
			return -1;
		f->left -= n;
		if (f->left == 0 && end(m, f, err) < 0)
			return -1;
	}
	return 0;
}

static int fill(struct images *m, struct vol_in *in, struct vol_err *err)
{
	struct filling *f = calloc(1, sizeof *f);
	struct vol_slab slab;
	int got = -1;

	if (!f)
		return vol_fail(err, m->d.subject, "out of memory");
	f->fd = -1;
	while ((got = vol_next(in, &slab, err)) > 0)
		if (take(m, f, &slab, err) < 0) {
			got = -1;
			break;
		}
	if (f->fd >= 0)
		close(f->fd);
	free(f);
	return got;
}

/* The head again, now with UIDs that are true; then the file is on the disk. */
static int seal_slice(const struct images *m, uint64_t i, struct vol_err *err)
{
	int fd = open_slice(m, i, err), rc = -1;
	struct dataset_bytes text = {0};

	if (fd >= 0 && make_head(m, i, &text, err) == 0)
		rc = fd_write(fd, text.at, text.n, outdir_name(m->dir), err);
	dataset_bytes_free(&text);
	if (rc == 0 && fsync(fd) < 0 && errno != EINVAL && errno != EROFS)
		rc = vol_fail_errno(err, outdir_name(m->dir), "cannot be written to disk");
	if (rc == 0 && m->crc)
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); /* it is the disk that will be asked */
	if (fd >= 0)
		close(fd);
	return rc;
}

static int write_folder(struct images *m, struct vol_in *in, const char *path, struct vol_err *err)
{
	int rc;

	m->dir = outdir_create(path, m->d.how->flags, err);
	if (!m->dir)
		return -1;
	rc = fill(m, in, err);
	derived_sealed(&m->d);
	for (uint64_t i = 0; rc == 0 && i < m->d.slices; i++)
		rc = seal_slice(m, i, err);
	if (rc == 0 && m->crc)
		rc = verify_series(&m->d, outdir_path(m->dir), outdir_name(m->dir), m->values.to, m->crc, err);
	if (rc == 0)
		return outdir_commit(m->dir, err);
	outdir_abandon(m->dir);
	return -1;
}

static int prepare(struct images *m, struct vol_in *in, struct vol_err *err)
{
	char buf[128];

	if (m->d.rows * m->d.columns > INT32_MAX)
		return vol_fail(err, m->d.subject, "a slice of %llu x %llu voxels does not fit a DICOM file: volcrop or "
		                                   "volresample first",
		                (unsigned long long)m->d.columns, (unsigned long long)m->d.rows);
	if (set_kind(m, err) < 0 || values16_plan(&m->values, in, m->d.head, m->d.how->quantise, err) < 0 ||
	    set_rescale(m, err) < 0 || set_padding(m, err) < 0)
		return -1;
	set_window(m);
	if (m->kind == MR && !scanning_sequence(m, buf, sizeof buf))
		vol_warn(m->d.subject, "nothing says how the scanner worked: ScanningSequence is RM (research mode)");
	if (!m->d.how->verify)
		return 0;
	m->crc = calloc((size_t)m->d.slices, sizeof *m->crc);
	return m->crc ? 0 : vol_fail(err, m->d.subject, "out of memory");
}

int dicom_write_series(struct vol_in *in, const struct vol_head *head, const char *path, const struct dicom_write *how,
                       struct vol_err *err)
{
	struct images m = {0};
	int rc = derived_begin(&m.d, in, head, how, err);

	if (rc == 0)
		rc = prepare(&m, in, err);
	if (rc == 0)
		rc = write_folder(&m, in, path, err);
	free(m.crc);
	rescale_free(&m.rescale);
	derived_end(&m.d);
	return rc;
}
