/* SPDX-License-Identifier: BSD-2-Clause
 *
 * attributes.c - the data set around the pixels: identity, acquisition, geometry, pixel
 * description. */
#include "mkseries.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixed {
	uint32_t tag;
	const char *vr, *text;
};

/* All that must never come out of a volume stream carries the word SECRET, or a date and time found
 * nowhere else. */
static const struct fixed identity[] = {
	{0x00080012, "DA", "19471103"},                     /* InstanceCreationDate */
	{0x00080013, "TM", "031415.926535"},                /* InstanceCreationTime */
	{0x00080020, "DA", "19471103"},                     /* StudyDate */
	{0x00080021, "DA", "19471103"},                     /* SeriesDate */
	{0x00080022, "DA", "19471103"},                     /* AcquisitionDate */
	{0x00080023, "DA", "19471103"},                     /* ContentDate */
	{0x00080030, "TM", "031415.926535"},                /* StudyTime */
	{0x00080031, "TM", "031415.926535"},                /* SeriesTime */
	{0x00080032, "TM", "031415.926535"},                /* AcquisitionTime */
	{0x00080033, "TM", "031415.926535"},                /* ContentTime */
	{0x00080050, "SH", "SECRETACCESSION"},              /* AccessionNumber */
	{0x00080080, "LO", "SECRET HOSPITAL"},              /* InstitutionName */
	{0x00080081, "ST", "SECRET STREET 1, SECRET TOWN"}, /* InstitutionAddress */
	{0x00080090, "PN", "SECRETREFERRER^DOCTOR"},        /* ReferringPhysicianName */
	{0x00081010, "SH", "SECRETSTATION"},                /* StationName */
	{0x00081030, "LO", "SECRET STUDY"},                 /* StudyDescription */
	{0x00081040, "LO", "SECRET DEPARTMENT"},            /* InstitutionalDepartmentName */
	{0x00081050, "PN", "SECRETPERFORMER^DOCTOR"},       /* PerformingPhysicianName */
	{0x00081070, "PN", "SECRETOPERATOR^NURSE"},         /* OperatorsName */
	{0x00090010, "LO", "SECRET PRIVATE 1.0"},           /* private */
	{0x00091001, "LO", "SECRET private element"},       /* private */
	{0x00100020, "LO", "SECRETID0815"},                 /* PatientID */
	{0x00100030, "DA", "19481224"},                     /* PatientBirthDate */
	{0x00100040, "CS", "O"},                            /* PatientSex */
	{0x00101000, "LO", "SECRETOTHERID"},                /* OtherPatientIDs */
	{0x00101010, "AS", "076Y"},                         /* PatientAge */
	{0x00101040, "LO", "SECRET ADDRESS 7"},             /* PatientAddress */
	{0x00102154, "SH", "SECRETPHONE"},                  /* PatientTelephoneNumbers */
	{0x00104000, "LT", "SECRET patient comments"},      /* PatientComments */
	{0x00181000, "LO", "SECRETSERIAL"},                 /* DeviceSerialNumber */
	{0x00181030, "LO", "SECRET PROTOCOL"},              /* ProtocolName */
	{0x00200010, "SH", "SECRETSTUDYID"},                /* StudyID */
	{0x00204000, "LT", "SECRET image comments"},        /* ImageComments */
};

static const struct fixed equipment[] = {
	{0x00080070, "LO", "Phantom Works"}, /* Manufacturer */
	{0x00081090, "LO", "mkseries"},      /* ManufacturerModelName */
	{0x00181020, "LO", "1.0"},           /* SoftwareVersions */
	{0x00201040, "LO", ""},              /* PositionReferenceIndicator */
};

static const struct fixed ct[] = {
	{0x00180022, "CS", "HELICAL MODE"}, /* ScanOptions */
	{0x00180060, "DS", "120"},          /* KVP */
	{0x00180090, "DS", "500"},          /* DataCollectionDiameter */
	{0x00181100, "DS", "409.6"},        /* ReconstructionDiameter */
	{0x00181110, "DS", "1040"},         /* DistanceSourceToDetector */
	{0x00181111, "DS", "570"},          /* DistanceSourceToPatient */
	{0x00181130, "DS", "152.5"},        /* TableHeight */
	{0x00181140, "CS", "CW"},           /* RotationDirection */
	{0x00181150, "IS", "500"},          /* ExposureTime */
	{0x00181151, "IS", "240"},          /* XRayTubeCurrent */
	{0x00181152, "IS", "120"},          /* Exposure */
	{0x00181160, "SH", "BODY FILTER"},  /* FilterType */
	{0x00181170, "IS", "28"},           /* GeneratorPower */
	{0x00181190, "DS", "1.2"},          /* FocalSpots */
	{0x00181210, "SH", "B60f"},         /* ConvolutionKernel */
};

static const struct fixed mr[] = {
	{0x00180020, "CS", "GR"},     /* ScanningSequence */
	{0x00180021, "CS", "SP"},     /* SequenceVariant */
	{0x00180022, "CS", ""},       /* ScanOptions */
	{0x00180023, "CS", "3D"},     /* MRAcquisitionType */
	{0x00180024, "SH", "*fl3d1"}, /* SequenceName */
	{0x00180080, "DS", "9.2"},    /* RepetitionTime */
	{0x00180081, "DS", "4.6"},    /* EchoTime */
	{0x00180083, "DS", "1"},      /* NumberOfAverages */
	{0x00180084, "DS", "63.87"},  /* ImagingFrequency */
	{0x00180085, "SH", "1H"},     /* ImagedNucleus */
	{0x00180086, "IS", "1"},      /* EchoNumbers */
	{0x00180087, "DS", "1.5"},    /* MagneticFieldStrength */
	{0x00180091, "IS", "1"},      /* EchoTrainLength */
	{0x00180095, "DS", "150"},    /* PixelBandwidth */
	{0x00181250, "SH", "Body"},   /* ReceiveCoilName */
	{0x00181312, "CS", "ROW"},    /* InPlanePhaseEncodingDirection */
	{0x00181314, "DS", "8"},      /* FlipAngle */
};

static const struct fixed pt[] = {
	{0x00101030, "DS", "75"},                     /* PatientWeight */
	{0x00180071, "CS", "TIME"},                   /* AcquisitionTerminationCondition */
	{0x00181181, "CS", "NONE"},                   /* CollimatorType */
	{0x00181242, "IS", "180000"},                 /* ActualFrameDuration */
	{0x00280051, "CS", "DECY\\ATTN\\SCAT\\NORM"}, /* CorrectedImage */
	{0x00541000, "CS", "STATIC\\IMAGE"},          /* SeriesType */
	{0x00541001, "CS", "BQML"},                   /* Units */
	{0x00541002, "CS", "EMISSION"},               /* CountsSource */
	{0x00541102, "CS", "START"},                  /* DecayCorrection */
	{0x00541103, "LO", "OSEM 3i24s"},             /* ReconstructionMethod */
	{0x00541300, "DS", "90000"},                  /* FrameReferenceTime */
	{0x00541321, "DS", "1"},                      /* DecayFactor */
	{0x00540013, "SQ", ""},                       /* EnergyWindowRangeSequence */
	{0x00540410, "SQ", ""},                       /* PatientOrientationCodeSequence */
	{0x00540414, "SQ", ""},                       /* PatientGantryRelationshipCodeSequence */
};

static const struct fixed radiopharmaceutical[] = {
	{0x00180031, "LO", "FDG -- fluorodeoxyglucose"}, /* Radiopharmaceutical */
	{0x00181072, "TM", "021415"},                    /* RadiopharmaceuticalStartTime */
	{0x00181074, "DS", "350000000"},                 /* RadionuclideTotalDose */
	{0x00181075, "DS", "6586.2"},                    /* RadionuclideHalfLife */
	{0x00181076, "DS", "0.967"},                     /* RadionuclidePositronFraction */
};

static const struct fixed fluorine[] = {
	{0x00080100, "SH", "C-111A1"},      /* CodeValue */
	{0x00080102, "SH", "SRT"},          /* CodingSchemeDesignator */
	{0x00080104, "LO", "^18^Fluorine"}, /* CodeMeaning */
};

#define ADD(ds, table) add_fixed(ds, table, sizeof(table) / sizeof(*(table)))

static void add_fixed(struct dataset *ds, const struct fixed *f, size_t n)
{
	for (; n > 0; n--, f++)
		ds_text(ds, f->tag, f->vr, f->text);
}

const char *sop_class(const struct config *cfg)
{
	static const char *const uid[] = {
		[CT] = "1.2.840.10008.5.1.4.1.1.2",
		[MR] = "1.2.840.10008.5.1.4.1.1.4",
		[PT] = "1.2.840.10008.5.1.4.1.1.128",
	};

	return uid[cfg->modality];
}

const char *syntax_uid(enum syntax s)
{
	static const char *const uid[] = {
		[TS_EXPLICIT] = "1.2.840.10008.1.2.1",
		[TS_IMPLICIT] = "1.2.840.10008.1.2",
		[TS_BIG_ENDIAN] = "1.2.840.10008.1.2.2",
		[TS_DEFLATED] = "1.2.840.10008.1.2.1.99",
		[TS_RLE] = "1.2.840.10008.1.2.5",
		[TS_JPEG_BASELINE] = "1.2.840.10008.1.2.4.50",
		[TS_JPEG_EXTENDED] = "1.2.840.10008.1.2.4.51",
		[TS_JPEG_LOSSLESS] = "1.2.840.10008.1.2.4.70",
		[TS_JPEG_LOSSLESS14] = "1.2.840.10008.1.2.4.57",
		[TS_JPEG_LS] = "1.2.840.10008.1.2.4.80",
		[TS_JPEG_LS_NEAR] = "1.2.840.10008.1.2.4.81",
		[TS_JPEG2000] = "1.2.840.10008.1.2.4.90",
		[TS_JPEG2000_LOSSY] = "1.2.840.10008.1.2.4.91",
	};

	return uid[s];
}

bool is_encapsulated(enum syntax s)
{
	return s >= TS_RLE;
}

void study_uid(const struct config *cfg, char uid[72])
{
	make_uid(uid, mix((uint64_t)cfg->seed, 11), 1);
}

/* The file meta group, always explicit little-endian. */
void attributes_meta(struct buf *out, const char *class_uid, const char *sop_uid,
		     const char *syntax)
{
	struct dataset *ds = ds_new();

	ds_bytes(ds, 0x00020001, "OB", "\0\1", 2);
	ds_text(ds, 0x00020002, "UI", class_uid);
	ds_text(ds, 0x00020003, "UI", sop_uid);
	ds_text(ds, 0x00020010, "UI", syntax);
	ds_text(ds, 0x00020012, "UI", "2.25.190519471103031415926535");
	ds_text(ds, 0x00020013, "SH", "MKSERIES_1");
	ds_ul(ds, 0x00020000, (uint32_t)ds_size(ds));
	ds_encode(ds, ENC_EXPLICIT, out);
	ds_free(ds);
}

/* Who and when: patient, study, place. */
void attributes_identity(const struct config *cfg, struct dataset *ds)
{
	char uid[72];

	ADD(ds, identity);
	ds_text(ds, 0x00080005, "CS", cfg->iso2022 ? "\\ISO 2022 IR 87" : "ISO_IR 192");
	ds_text(ds, 0x00100010, "PN", cfg->patient);
	if (cfg->iso2022) {
		/* the same name in kanji, after the Latin one */
		char *name = xprintf("%s=\033$B;3ED\033(B^\033$BB@O:\033(B", cfg->patient);

		ds_text(ds, 0x00100010, "PN", name);
		free(name);
	}
	study_uid(cfg, uid);
	ds_text(ds, 0x0020000d, "UI", uid);
}

static void add_modality(const struct config *cfg, const struct image *im, struct dataset *ds)
{
	static const char *const name[] = {[CT] = "CT", [MR] = "MR", [PT] = "PT"};
	static const char *const type[] = {
		[CT] = "ORIGINAL\\PRIMARY\\AXIAL",
		[MR] = "ORIGINAL\\PRIMARY\\M\\ND",
		[PT] = "ORIGINAL\\PRIMARY",
	};

	ds_text(ds, 0x00080060, "CS", name[cfg->modality]);
	ds_text(ds, 0x00080008, "CS",
		im->role == LOCALIZER ? "ORIGINAL\\PRIMARY\\LOCALIZER" : type[cfg->modality]);
	if (cfg->modality == CT) {
		ADD(ds, ct);
		ds_ds(ds, 0x00181120, &cfg->tilt, 1);
	} else if (cfg->modality == MR) {
		ADD(ds, mr);
		ds_ds(ds, 0x00180088, &cfg->spacing[2], 1);
	} else {
		struct dataset *drug = ds_new(), *code = ds_new();

		ADD(ds, pt);
		ADD(drug, radiopharmaceutical);
		ADD(code, fluorine);
		ds_item(drug, 0x00540300, code);
		ds_item(ds, 0x00540016, drug);
		ds_us(ds, 0x00540081, (unsigned)cfg->size[2]);
		ds_us(ds, 0x00541330, (unsigned)im->k + 1);
	}
}

static void add_series(const struct config *cfg, const struct image *im, struct dataset *ds)
{
	char uid[72], t[24];

	ds_text(ds, 0x00080016, "UI", sop_class(cfg));
	ds_text(ds, 0x00080018, "UI", im->sop_uid);
	ds_text(ds, 0x0008103e, "LO", cfg->description);
	ds_text(ds, 0x0020000e, "UI", im->series_uid);
	ds_is(ds, 0x00200011, cfg->series_number);
	ds_is(ds, 0x00200012, im->pass == 1 ? 2 : 1);
	ds_text(ds, 0x00185100, "CS", cfg->patient_position);
	ds_text(ds, 0x00180015, "CS", cfg->phantom == HEAD ? "HEAD" : "CHEST");
	make_uid(uid, mix((uint64_t)cfg->seed, 12), 1);
	ds_text(ds, 0x00200052, "UI", uid);
	ds_text(ds, 0x00200013, "IS", "");
	if (im->number)
		ds_is(ds, 0x00200013, im->number);
	if (im->pass == 1) {
		/* a second pass over the same places, half a minute later */
		snprintf(t, sizeof t, "031445.926535");
		ds_text(ds, 0x00080032, "TM", t);
		ds_text(ds, 0x00080033, "TM", t);
	}
}

static void add_geometry(const struct config *cfg, const struct image *im, struct dataset *ds)
{
	double cosines[6], spacing[2] = {im->spacing[1], im->spacing[0]}, location = 0;
	char point = im->defects & BIT(D_COMMA_POSITION) ? ',' : '.';
	int decimals = cfg->defects & BIT(D_DECIMALS) ? cfg->decimals : -1;

	for (int i = 0; i < 3; i++) {
		cosines[i] = im->row[i];
		cosines[i + 3] = im->col[i];
		location += im->position[i] * cfg->normal[i];
	}
	ds_ds(ds, 0x00180050, &cfg->thickness, 1);
	ds_ds(ds, 0x00201041, &location, 1);
	if (!(im->defects & BIT(D_NO_POSITION)))
		ds_ds_decimals(ds, 0x00200032, im->shown, 3, decimals, point);
	if (!(im->defects & BIT(D_NO_ORIENTATION)))
		ds_ds_decimals(ds, 0x00200037, cosines, 6, decimals, '.');
	if (im->defects & BIT(D_ZERO_SPACING))
		spacing[0] = spacing[1] = 0;
	if (!(im->defects & BIT(D_NO_SPACING)))
		ds_ds(ds, 0x00280030, spacing, 2);
}

/* A Modality LUT over all stored values, up to 65536 of them. */
static void add_modality_lut(const struct config *cfg, const struct image *im, struct dataset *ds)
{
	struct dataset *lut = ds_new();
	long long lo, hi, n;
	uint8_t *data, head[6];

	stored_range(cfg, im->is_signed, &lo, &hi);
	n = hi - lo + 1;
	head[0] = n & 255;
	head[1] = n >> 8 & 255; /* 65536 entries are written as 0 */
	head[2] = lo & 255;
	head[3] = lo >> 8 & 255;
	head[4] = 16;
	head[5] = 0;
	data = xalloc((size_t)n * 2);
	for (long long i = 0; i < n; i++) {
		unsigned v = (unsigned)pixel_truth(cfg, im, lo + i);

		data[2 * i] = v & 255;
		data[2 * i + 1] = v >> 8 & 255;
	}
	ds_bytes(lut, 0x00283002, im->is_signed ? "SS" : "US", head, 6);
	ds_text(lut, 0x00283004, "LO", "US");
	ds_bytes(lut, 0x00283006, "OW", data, (size_t)n * 2);
	ds_item(ds, 0x00283000, lut);
	free(data);
}

static void add_window(const struct config *cfg, struct dataset *ds)
{
	static const double window[3][2] = {
		[CT] = {-500, 1500}, [MR] = {450, 900}, [PT] = {8000, 16000}};
	const double *w = cfg->modality == CT && cfg->phantom == HEAD ? (double[]){40, 120}
								      : window[cfg->modality];

	ds_ds(ds, 0x00281050, &w[0], 1);
	ds_ds(ds, 0x00281051, &w[1], 1);
}

static void add_rescale(const struct config *cfg, const struct image *im, struct dataset *ds)
{
	if (im->defects & BIT(D_MODALITY_LUT)) {
		add_modality_lut(cfg, im, ds);
	} else if (cfg->rescale && !(im->defects & BIT(D_NO_RESCALE))) {
		ds_ds(ds, 0x00281052, &im->intercept, 1);
		ds_ds(ds, 0x00281053, &im->slope, 1);
		if (cfg->modality == CT)
			ds_text(ds, 0x00281054, "LO", "HU");
	}
}

static void add_padding(const struct config *cfg, const struct image *im, struct dataset *ds)
{
	long long v[2] = {cfg->pad, cfg->pad_limit}, lo, hi;

	stored_range(cfg, im->is_signed, &lo, &hi);
	for (int i = 0; i <= cfg->pad_range; i++) {
		v[i] = v[i] < lo ? lo : v[i] > hi ? hi : v[i]; /* a slice of the other sign */
		ds_ss_or_us(ds, 0x00280120 + (uint32_t)i, im->is_signed, v[i]);
	}
}

static void add_pixel_module(const struct config *cfg, const struct image *im, struct dataset *ds)
{
	bool colour = im->defects & BIT(D_COLOUR);

	ds_us(ds, 0x00280002, colour ? 3 : 1);
	ds_text(ds, 0x00280004, "CS",
		colour                 ? "RGB"
		: cfg->monochrome == 1 ? "MONOCHROME1"
				       : "MONOCHROME2");
	if (colour)
		ds_us(ds, 0x00280006, 0);
	ds_us(ds, 0x00280010, im->defects & BIT(D_ZERO_ROWS) ? 0 : (unsigned)im->rows);
	ds_us(ds, 0x00280011, (unsigned)im->cols);
	ds_us(ds, 0x00280100, colour ? 8 : (unsigned)cfg->alloc);
	ds_us(ds, 0x00280101, colour ? 8 : (unsigned)cfg->stored);
	ds_us(ds, 0x00280102, colour ? 7 : (unsigned)cfg->high);
	ds_us(ds, 0x00280103, !colour && im->is_signed);
	if (im->frames > 1)
		ds_is(ds, 0x00280008, im->frames);
	if (cfg->padded && !colour)
		add_padding(cfg, im, ds);
	if (cfg->syntax == TS_JPEG2000_LOSSY) {
		ds_text(ds, 0x00282110, "CS", "01");
		ds_text(ds, 0x00282112, "DS", "8");
		ds_text(ds, 0x00282114, "CS", "ISO_15444_1");
	}
}

struct dataset *attributes(const struct config *cfg, const struct image *im)
{
	struct dataset *ds = ds_new();

	attributes_identity(cfg, ds);
	ADD(ds, equipment);
	add_modality(cfg, im, ds);
	add_series(cfg, im, ds);
	add_geometry(cfg, im, ds);
	add_pixel_module(cfg, im, ds);
	add_rescale(cfg, im, ds);
	add_window(cfg, ds);
	return ds;
}
