/* sidecar_fields.c - the attributes that go into a sidecar as they are, but for their unit. */
#include <math.h>
#include <string.h>

#include "read.h"
#include "sidecar_inside.h"

enum kind {
	TEXT,
	TYPED,    /* a text that a person may have typed: only with identifiers */
	TEXTS,    /* an array */
	MAKER,    /* Manufacturer, by the name that BIDS data sets use */
	NUMBER,
	POSITIVE, /* a number; 0 means that it does not apply */
	STATE,    /* false for NONE, true for any other term but UNKNOWN */
	LABELING  /* ArterialSpinLabelingContrast, by BIDS' words */
};

/* Where a name stands several times the first one that has a value counts. A group is the sequence of functional groups that
 * holds the attribute in enhanced files (PS3.3, C.7.6.16.2 and C.8.13.5); elsewhere it is outermost. */
static const struct field {
	const char *name;
	enum kind kind;
	uint32_t group, tag;
	double divide; /* by this for BIDS' unit */
	const char *creator; /* of a private attribute, its tag without block; or of the private sequence that holds it */
} fields[] = {
	{"Modality", TEXT, 0, 0x00080060, 1, 0},
	{"MagneticFieldStrength", POSITIVE, 0, 0x00180087, 1, 0},
	{"ImagingFrequency", POSITIVE, 0x00189006, 0x00189098, 1, 0},
	{"ImagingFrequency", POSITIVE, 0, 0x00180084, 1, 0},
	{"Manufacturer", MAKER, 0, 0x00080070, 1, 0},
	{"ManufacturersModelName", TEXT, 0, 0x00081090, 1, 0},
	{"SoftwareVersions", TEXT, 0, 0x00181020, 1, 0},
	{"BodyPart", TEXT, 0, 0x00180015, 1, 0},
	{"PatientPosition", TEXT, 0, 0x00185100, 1, 0},
	{"SeriesDescription", TYPED, 0, 0x0008103e, 1, 0},
	{"ProtocolName", TYPED, 0, 0x00181030, 1, 0},
	{"ReceiveCoilName", TEXT, 0x00189042, 0x00181250, 1, 0},
	{"MRAcquisitionType", TEXT, 0, 0x00180023, 1, 0},
	{"ScanningSequence", TEXT, 0, 0x00180020, 1, 0},
	{"ScanningSequence", TEXT, 0x002110fe, 0x0021105a, 1, "SIEMENS MR SDS 01"},
	{"ScanningSequence", TEXT, 0x2005140f, 0x00180020, 1, "Philips MR Imaging DD 005"},
	{"SequenceVariant", TEXT, 0, 0x00180021, 1, 0},
	{"SequenceVariant", TEXT, 0x2005140f, 0x00180021, 1, "Philips MR Imaging DD 005"},
	{"SequenceVariant", TEXT, 0x002110fe, 0x0021105b, 1, "SIEMENS MR SDS 01"},
	{"ScanOptions", TEXT, 0, 0x00180022, 1, 0},
	{"ScanOptions", TEXT, 0x002110fe, 0x0021105c, 1, "SIEMENS MR SDS 01"},
	{"SequenceName", TEXT, 0, 0x00180024, 1, 0},
	{"SequenceName", TEXT, 0, 0x00189005, 1, 0},
	{"PulseSequenceName", TEXT, 0, 0x00189005, 1, 0},
	{"PulseSequenceName", TEXT, 0, 0x0019009c, 1, "GEMS_ACQU_01"},
	{"InternalPulseSequenceName", TEXT, 0, 0x0019009e, 1, "GEMS_ACQU_01"},
	{"ArterialSpinLabelingType", LABELING, 0, 0x00189250, 1, 0},
	{"ImageType", TEXTS, 0x00189226, 0x00089007, 1, 0},
	{"ImageType", TEXTS, 0x00189329, 0x00089007, 1, 0},
	{"ImageType", TEXTS, 0x00189751, 0x00089007, 1, 0},
	{"ImageType", TEXTS, 0, 0x00080008, 1, 0},
	{"ImageTypeText", TEXTS, 0x002111fe, 0x00211175, 1, "SIEMENS MR SDI 02"},
	{"SliceThickness", POSITIVE, 0x00289110, 0x00180050, 1, 0},
	{"SpacingBetweenSlices", POSITIVE, 0x00289110, 0x00180088, 1, 0},
	{"SAR", POSITIVE, 0, 0x00181316, 1, 0},
	{"EchoTime", POSITIVE, 0x00189114, 0x00189082, 1000, 0},
	{"EchoTime", POSITIVE, 0, 0x00180081, 1000, 0},
	{"RepetitionTime", POSITIVE, 0x00189112, 0x00180080, 1000, 0},
	{"InversionTime", POSITIVE, 0x00189115, 0x00189079, 1000, 0},
	{"InversionTime", POSITIVE, 0, 0x00180082, 1000, 0},
	{"FlipAngle", POSITIVE, 0x00189112, 0x00181314, 1, 0},
	{"MTState", STATE, 0x00189006, 0x00189020, 1, 0},
	{"SpoilingState", STATE, 0x00189115, 0x00189016, 1, 0},
	{"AcquisitionDuration", POSITIVE, 0, 0x00189073, 1, 0},
	{"AcquisitionDuration", POSITIVE, 0, 0x0019005a, 1e6, "GEMS_ACQU_01"},
	{"NumberOfKSpaceTrajectories", POSITIVE, 0, 0x00189093, 1, 0},
	{"EchoTrainLength", POSITIVE, 0x00189112, 0x00180091, 1, 0},
	{"PercentPhaseFOV", POSITIVE, 0x00189125, 0x00180094, 1, 0},
	{"PercentSampling", POSITIVE, 0x00189125, 0x00180093, 1, 0},
	{"PartialFourierDirection", TEXT, 0x00189115, 0x00189036, 1, 0},
	{"PhaseEncodingSteps", POSITIVE, 0x00189125, 0x00189231, 1, 0},
	{"PhaseEncodingSteps", POSITIVE, 0, 0x00180089, 1, 0},
	{"FrequencyEncodingSteps", POSITIVE, 0x00189125, 0x00189058, 1, 0},
	{"PhaseEncodingStepsOutOfPlane", POSITIVE, 0x00189125, 0x00189232, 1, 0},
	{"ParallelAcquisitionTechnique", TEXT, 0x00189115, 0x00189078, 1, 0},
	{"ParallelReductionFactorOutOfPlane", POSITIVE, 0x00189115, 0x00189155, 1, 0},
	{"PixelBandwidth", POSITIVE, 0x00189006, 0x00180095, 1, 0},
	{"KVP", POSITIVE, 0x00189325, 0x00180060, 1, 0},
	{"XRayExposure", POSITIVE, 0, 0x00181152, 1, 0},
	{"XRayExposure", POSITIVE, 0x00189321, 0x00189332, 1, 0},
	{"ExposureTime", POSITIVE, 0, 0x00181150, 1000, 0},
	{"ExposureTime", POSITIVE, 0x00189321, 0x00189328, 1000, 0},
	{"XRayTubeCurrent", POSITIVE, 0, 0x00181151, 1, 0},
	{"XRayTubeCurrent", POSITIVE, 0x00189321, 0x00189330, 1, 0},
	{"ConvolutionKernel", TEXT, 0x00189314, 0x00181210, 1, 0},
	{"GantryTilt", NUMBER, 0x00189304, 0x00189182, 1, 0},
	{"GantryTilt", NUMBER, 0, 0x00181120, 1, 0},
	{"SpiralPitchFactor", POSITIVE, 0x00189308, 0x00189311, 1, 0},
	{"Units", TEXT, 0, 0x00541001, 1, 0},
	{"DecayCorrection", TEXT, 0, 0x00541102, 1, 0},
	{"AttenuationCorrectionMethod", TEXT, 0, 0x00541101, 1, 0},
	{"ScatterCorrectionMethod", TEXT, 0, 0x00541105, 1, 0},
	{"RandomsCorrectionMethod", TEXT, 0, 0x00541100, 1, 0},
	{"ReconstructionMethod", TEXT, 0, 0x00541103, 1, 0},
	{"DoseCalibrationFactor", POSITIVE, 0, 0x00541322, 1, 0},
	/* not written themselves */
	{"/PhaseDirection", TEXT, 0x00189125, 0x00181312, 1, 0},
	{"/AcquisitionMatrix", TEXT, 0, 0x00181310, 1, 0},
	{"/InPlaneReduction", POSITIVE, 0x00189115, 0x00189069, 1, 0},
};

enum { FIELDS = sizeof fields / sizeof *fields };

_Static_assert(sizeof fields / sizeof *fields <= (size_t)SIDECAR_FIELDS, "more fields than a sidecar holds");

const struct dicom_attribute dicom_sidecar_tags[] = {
	{0x0008, 0x0081, "ST", "InstitutionAddress"},
	{0x0008, 0x1048, "PN", "PhysiciansOfRecord"},
	{0x0008, 0x1050, "PN", "PerformingPhysicianName"},
	{0x0008, 0x1060, "PN", "NameOfPhysiciansReadingStudy"},
	{0x0008, 0x1070, "PN", "OperatorsName"},
	{0x0008, 0x1090, "LO", "ManufacturerModelName"},
	{0x0010, 0x1000, "LO", "OtherPatientIDs"},
	{0x0010, 0x1001, "PN", "OtherPatientNames"},
	{0x0018, 0x0024, "SH", "SequenceName"},
	{0x0018, 0x0031, "LO", "Radiopharmaceutical"},
	{0x0018, 0x1020, "LO", "SoftwareVersions"},
	{0x0018, 0x1060, "DS", "TriggerTime"},
	{0x0018, 0x1072, "TM", "RadiopharmaceuticalStartTime"},
	{0x0018, 0x1074, "DS", "RadionuclideTotalDose"},
	{0x0018, 0x1075, "DS", "RadionuclideHalfLife"},
	{0x0018, 0x1076, "DS", "RadionuclidePositronFraction"},
	{0x0018, 0x1078, "DT", "RadiopharmaceuticalStartDateTime"},
	{0x0018, 0x1242, "IS", "ActualFrameDuration"},
	{0x0018, 0x1250, "SH", "ReceiveCoilName"},
	{0x0018, 0x9005, "SH", "PulseSequenceName"},
	{0x0018, 0x9006, "SQ", "MRImagingModifierSequence"},
	{0x0018, 0x9016, "CS", "Spoiling"},
	{0x0018, 0x9020, "CS", "MagnetizationTransfer"},
	{0x0018, 0x9036, "CS", "PartialFourierDirection"},
	{0x0018, 0x9042, "SQ", "MRReceiveCoilSequence"},
	{0x0018, 0x9058, "US", "MRAcquisitionFrequencyEncodingSteps"},
	{0x0018, 0x9069, "FD", "ParallelReductionFactorInPlane"},
	{0x0018, 0x9073, "FD", "AcquisitionDuration"},
	{0x0018, 0x9078, "CS", "ParallelAcquisitionTechnique"},
	{0x0018, 0x9079, "FD", "InversionTimes"},
	{0x0018, 0x9093, "US", "NumberOfKSpaceTrajectories"},
	{0x0018, 0x9098, "FD", "TransmitterFrequency"},
	{0x0018, 0x9115, "SQ", "MRModifierSequence"},
	{0x0018, 0x9125, "SQ", "MRFOVGeometrySequence"},
	{0x0018, 0x9155, "FD", "ParallelReductionFactorOutOfPlane"},
	{0x0018, 0x9231, "US", "MRAcquisitionPhaseEncodingStepsInPlane"},
	{0x0018, 0x9232, "US", "MRAcquisitionPhaseEncodingStepsOutOfPlane"},
	{0x0018, 0x9250, "CS", "ArterialSpinLabelingContrast"},
	{0x0018, 0x9304, "SQ", "CTAcquisitionDetailsSequence"},
	{0x0018, 0x9308, "SQ", "CTTableDynamicsSequence"},
	{0x0018, 0x9321, "SQ", "CTExposureSequence"},
	{0x0018, 0x9328, "FD", "ExposureTimeInms"},
	{0x0018, 0x9330, "FD", "XRayTubeCurrentInmA"},
	{0x0018, 0x9332, "FD", "ExposureInmAs"},
	{0x0020, 0x0010, "SH", "StudyID"},
	{0x0020, 0x9057, "UL", "InStackPositionNumber"},
	{0x0040, 0x1001, "SH", "RequestedProcedureID"},
	{0x0040, 0x0253, "SH", "PerformedProcedureStepID"},
	{0x0054, 0x0016, "SQ", "RadiopharmaceuticalInformationSequence"},
	{0x0054, 0x0300, "SQ", "RadionuclideCodeSequence"},
	{0x0008, 0x0100, "SH", "CodeValue"},
	{0x0008, 0x0104, "LO", "CodeMeaning"},
	{0x0054, 0x1100, "CS", "RandomsCorrectionMethod"},
	{0x0054, 0x1101, "LO", "AttenuationCorrectionMethod"},
	{0x0054, 0x1103, "LO", "ReconstructionMethod"},
	{0x0054, 0x1105, "LO", "ScatterCorrectionMethod"},
	{0x0054, 0x1300, "DS", "FrameReferenceTime"},
	{0x0054, 0x1321, "DS", "DecayFactor"},
	{0x0054, 0x1322, "DS", "DoseCalibrationFactor"},
	{0, 0, "", 0},
};

/* ---- taking ---- */

char *sidecar_value(const struct sidecar_source *from, uint32_t group, uint32_t tag, char buf[SIDECAR_TEXT])
{
	const uint32_t path[] = {group, tag};
	char *text = NULL;

	if (group && from->enhanced)
		text = dcmtk_frame_text(from->header, from->frame->number - 1, path, 2, buf, SIDECAR_TEXT);
	return text ? text : dcmtk_text(from->header, (uint16_t)(tag >> 16), (uint16_t)tag, buf, SIDECAR_TEXT);
}

double sidecar_read(const struct sidecar_source *from, uint32_t group, uint32_t tag)
{
	char buf[SIDECAR_TEXT];
	double x;

	return dicom_decimals(sidecar_value(from, group, tag, buf), 1, &x) > 0 ? x : NAN;
}

uint32_t sidecar_private_tag(struct dcmtk_header *h, uint16_t group, const char *creator, uint8_t element)
{
	char buf[SIDECAR_TEXT];

	for (uint16_t block = 0x10; block < 0x20; block++) {
		const char *owner = dcmtk_text(h, group, block, buf, sizeof buf);

		if (owner && strcmp(owner, creator) == 0)
			return (uint32_t)group << 16 | (uint32_t)block << 8 | element;
	}
	return 0;
}

static uint32_t owner_of(uint32_t tag)
{
	return (tag & 0xffff0000) | (tag >> 8 & 0xff);
}

/* Is the field's private attribute, or sequence, whose it should be? */
static bool owned(const struct sidecar_source *from, const struct field *f)
{
	bool inside = f->tag >> 16 & 1;
	uint32_t path[] = {f->group, owner_of(inside ? f->tag : f->group)};
	char buf[SIDECAR_TEXT], *text;

	if (!from->enhanced)
		return false;
	text = dcmtk_frame_text(from->header, from->frame->number - 1, inside ? path : path + 1, inside ? 2 : 1, buf, sizeof buf);
	return text && strcmp(text, f->creator) == 0;
}

/* The text of a field in the source; NULL: none, or one that is no line of text. */
static char *value_of(const struct sidecar_source *from, const struct field *f, char buf[SIDECAR_TEXT])
{
	uint32_t tag = f->tag;
	char *text;

	if (f->creator && !f->group)
		tag = sidecar_private_tag(from->header, (uint16_t)(tag >> 16), f->creator, (uint8_t)tag);
	else if (f->creator && !owned(from, f))
		tag = 0;
	text = tag ? sidecar_value(from, f->group, tag, buf) : NULL;
	return text && strlen(text) <= 256 && strcspn(text, "\n\r\t\f\033") == strlen(text) ? text : NULL;
}

int sidecar_fields_take(struct sidecar *s, const struct sidecar_source *from)
{
	char buf[SIDECAR_TEXT], utf8[4 * SIDECAR_TEXT];

	for (size_t i = 0; i < FIELDS; i++) {
		const char *text, *kept = NULL;

		/* what stands outermost is of all frames of the file */
		if (s->differs[i] || s->private[i] || (from->again && !fields[i].group))
			continue;
		text = value_of(from, &fields[i], buf);
		if (from->again && text && s->value[i] && strcmp(text, s->value[i]) == 0)
			continue;
		if (text && fields[i].kind < NUMBER) {
			/* what is typed is asked for as what identifies */
			s->private[i] = fields[i].kind == TYPED ? !s->ask->identifiers : sidecar_identifies(&from->words, text);
			text = dcmtk_utf8(from->header, text, utf8, sizeof utf8);
		}
		if (text && !(kept = dicom_intern(s->set->strings, text)))
			return vol_fail(s->err, s->subject, "out of memory");
		s->differs[i] = s->seen > 0 && kept != s->value[i];
		s->value[i] = kept;
	}
	return 0;
}

/* ---- giving ---- */

static bool usable(const struct sidecar *s, size_t i)
{
	double x;

	if (!s->value[i] || s->differs[i] || s->private[i])
		return false;
	if (fields[i].kind == STATE)
		return strcmp(s->value[i], "UNKNOWN") != 0;
	if (fields[i].kind == LABELING)
		return strcmp(s->value[i], "CONTINUOUS") == 0 || strcmp(s->value[i], "PULSED") == 0 ||
		       strcmp(s->value[i], "PSEUDOCONTINUOUS") == 0;
	if (fields[i].kind != NUMBER && fields[i].kind != POSITIVE)
		return true;
	/* 7.23e+75 and such is how a scanner says "not set" */
	return dicom_decimals(s->value[i], 1, &x) > 0 && fabs(x) < 1e30 && (fields[i].kind == NUMBER || x > 0);
}

static size_t find(const struct sidecar *s, const char *name)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (strcmp(fields[i].name, name) == 0 && usable(s, i))
			return i;
	return FIELDS;
}

const char *sidecar_field(const struct sidecar *s, const char *name)
{
	size_t i = find(s, name);

	return i < FIELDS ? s->value[i] : NULL;
}

double sidecar_number(const struct sidecar *s, const char *name)
{
	size_t i = find(s, name);
	double x;

	return i < FIELDS && dicom_decimals(s->value[i], 1, &x) > 0 ? x / fields[i].divide : NAN;
}

static void put(struct sidecar *s, const struct field *f, const char *value)
{
	const char *maker = sidecar_vendor_name(value);

	switch (f->kind) {
	case TEXTS:
		json_out_texts(&s->out, f->name, value, '\\');
		break;
	case STATE:
		json_out_bool(&s->out, f->name, strcmp(value, "NONE") != 0);
		break;
	case NUMBER:
	case POSITIVE:
		json_out_number(&s->out, f->name, sidecar_number(s, f->name));
		break;
	case LABELING:
		json_out_text(&s->out, f->name, value[0] == 'C' ? "CASL" : strcmp(value, "PULSED") == 0 ? "PASL" : "PCASL");
		break;
	default:
		json_out_text(&s->out, f->name, f->kind == MAKER && maker ? maker : value);
	}
}

void sidecar_fields_put(struct sidecar *s)
{
	for (size_t i = 0; i < FIELDS; i++) {
		if (s->private[i] && fields[i].kind != TYPED)
			vol_note(s->subject, "%s is left out of the sidecar: it holds a value that identifies", fields[i].name);
		if (fields[i].name[0] != '/' && usable(s, i) && find(s, fields[i].name) == i)
			put(s, &fields[i], s->value[i]);
	}
}
