/* write_image_head.c - all that an image says beside its voxels: PS3.3, C.7.6 (image), C.8.2 (CT), C.8.3 (MR), C.8.6
 * (secondary capture), C.11 (scale and window). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "read.h"
#include "write_image.h"

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

/* One value of a list, of the characters and the length that the VR allows. */
static bool sound_value(const char *vr, const char *text, size_t n)
{
	static const struct {
		const char *vr, *characters;
		size_t most;
	} rules[] = {
		{"CS", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _", 16},
		{"DS", "0123456789+-.eE ", 16}, {"FD", "0123456789+-.eE", 32},
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
		if (i == sizeof kept / sizeof *kept || !(kept[i].kinds & (int)m->kind->kind) || !text || !sound(a->vr, text))
			continue;
		if (strcmp(a->vr, "FD") != 0)
			dataset_text(to, tag, a->vr, text);
		else if (vol_parse_number(text, &x))
			dataset_f64(to, tag, 1, &x);
	}
}

/* A fact about the scan, from the stream or the source; NULL: not known, or nothing that the VR allows. */
static const char *scan_fact(const struct images *m, const char *keyword, uint32_t tag, const char *vr,
                             char *buf, size_t size)
{
	char name[64];
	const char *text;

	snprintf(name, sizeof name, "dicom.%s", keyword);
	text = key_get(m->d.head, name);
	if (!text && m->d.like)
		text = dicom_like_text(m->d.like, tag, buf, size);
	return text && sound(vr, text) ? text : NULL;
}

const char *image_scanning_sequence(const struct images *m, char *buf, size_t size)
{
	return scan_fact(m, "ScanningSequence", 0x00180020, "CS", buf, size);
}

/* Only inversion recovery has an inversion time (PS3.3, C.8.3.1). */
static void put_inversion(const struct images *m, struct dataset *to)
{
	char buf[128], time[128];
	const char *sequence = image_scanning_sequence(m, buf, sizeof buf);

	if (sequence && strstr(sequence, "IR"))
		dataset_text(to, 0x00180082, "DS", scan_fact(m, "InversionTime", 0x00180082, "DS", time, sizeof time));
}

/* Of a part of which there are two, or may be, it is to be said which, or that nobody knows (PS3.3, C.7.3.1). */
static void put_laterality(const struct images *m, struct dataset *to)
{
	static const char *const pairs[] = {
		"ANKLE", "ARM", "BREAST", "CALF", "CLAVICLE", "EAR", "ELBOW", "EYE", "FEMUR", "FINGER", "FOOT", "HAND",
		"HIP", "HUMERUS", "KNEE", "LEG", "SCAPULA", "SHOULDER", "THIGH", "THUMB", "TOE", "WRIST",
	};
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
	if (m->kind->kind == MR)
		put_inversion(m, to);
	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		char buf[128];
		const char *text = NULL;

		if (!(asked[i].kinds & (int)m->kind->kind))
			continue;
		if (m->d.like && asked[i].from_like)
			text = dicom_like_text(m->d.like, asked[i].tag, buf, sizeof buf);
		dataset_text(to, asked[i].tag, asked[i].vr, text && sound(asked[i].vr, text) ? text : asked[i].unknown);
	}
	dataset_text(to, 0x00080008, "CS", m->kind->kind == CT ? "DERIVED\\SECONDARY\\AXIAL" :
	                                   m->kind->kind == MR ? "DERIVED\\SECONDARY\\OTHER" : "DERIVED\\SECONDARY");
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
	if (m->kind->kind == OT) /* which has no more room for them than needs be */
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

int image_head(const struct images *m, uint64_t i, struct dataset_bytes *text, struct vol_err *err)
{
	uint64_t number = derived_number(&m->d, i);
	char instance[DICOM_UID], digits[16];
	struct dataset d = {0};

	dicom_uid(instance, m->d.key, "instance", number);
	snprintf(digits, sizeof digits, "%llu", (unsigned long long)number + 1);
	dataset_text(&d, 0x00200013, "IS", digits);
	put_kind(m, &d);
	put_place(m, i, &d);
	put_pixels(m, i, &d);
	if (m->kind->kind != OT)
		dataset_text(&d, 0x00201040, "LO", NULL);
	derived_put(&m->d, m->kind->modality, m->kind->sop_class, instance, &d);
	dataset_file(&d, m->kind->sop_class, instance, text);
	dataset_begin(text, 0x7fe00010, "OW", (uint32_t)(2 * m->d.rows * m->d.columns));
	return text->failed ? vol_fail(err, m->d.subject, "out of memory") : 0;
}
