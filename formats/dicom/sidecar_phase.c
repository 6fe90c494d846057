/* sidecar_phase.c - which way the phase was encoded, and how long the readout of an echo-planar image took. */
#include <math.h>
#include <string.h>

#include "read.h"
#include "sidecar_inside.h"

static bool lists(const char *text, const char *word)
{
	return text && strstr(text, word);
}

/* Lines acquired along the phase: AcquisitionMatrix is rows and columns of the frequency, then of the phase, one of
 * each 0. */
static double acquired(const struct sidecar *s)
{
	double m[4];

	if (dicom_decimals(sidecar_field(s, "/AcquisitionMatrix"), 4, m) > 0 && (m[2] > 0) != (m[3] > 0))
		return m[2] + m[3];
	return sidecar_number(s, "PhaseEncodingSteps");
}

/* In the plane; NAN: not said. DICOM's own attribute counts, and a vendor's word for more than one. */
static double reduction(const struct sidecar *s)
{
	double stated = sidecar_number(s, "/InPlaneReduction");

	return !isnan(stated) ? stated : s->fact[FACT_ACCELERATION] > 1 ? s->fact[FACT_ACCELERATION] : NAN;
}

static void positive(struct sidecar *s, const char *name, double x)
{
	if (x > 0 && isfinite(x))
		json_out_number(&s->out, name, x);
}

/* Slices excited at once: as the protocol says, else how many have each of the times. */
static double multiband(const struct sidecar *s)
{
	size_t most = 0, least = s->n_times;

	if (s->fact[FACT_MULTIBAND] > 1)
		return s->fact[FACT_MULTIBAND];
	for (size_t i = 0; i < s->n_times; i++) {
		size_t same = 0;

		for (size_t k = 0; k < s->n_times; k++)
			same += fabs(s->slice_times[k] - s->slice_times[i]) < 1e-6;
		most = same > most ? same : most;
		least = same < least ? same : least;
	}
	return most == least && most > 1 ? (double)most : NAN;
}

/* Echo spacing of the image as if each of its lines had been acquired, and the time from the first of these to the last. */
static void readout(struct sidecar *s, double lines)
{
	double bandwidth = s->fact[FACT_PE_BANDWIDTH], spacing = s->fact[FACT_ECHO_SPACING], reduced = reduction(s), total;
	double fat = s->fact[FACT_WATER_FAT], train = sidecar_number(s, "EchoTrainLength");
	double MHz = sidecar_number(s, "ImagingFrequency");
	const char *options = sidecar_field(s, "ScanOptions");
	bool echo_planar = lists(sidecar_field(s, "ScanningSequence"), "EP") || lists(options, "EPI_GEMS");

	if (bandwidth > 0) {
		double effective = 1 / (bandwidth * lines);

		json_out_number(&s->out, "BandwidthPerPixelPhaseEncode", bandwidth);
		json_out_number(&s->out, "EffectiveEchoSpacing", effective);
		json_out_number(&s->out, "DerivedVendorReportedEchoSpacing", effective * (reduced > 1 ? reduced : 1));
		json_out_number(&s->out, "TotalReadoutTime", effective * (lines - 1));
	} else if (spacing > 0 && echo_planar && acquired(s) > 1) {
		/* GE acquires an even number of lines, with partial Fourier along the phase a multiple of four */
		double by = lists(options, "PFP") ? 4 : 2;

		total = (ceil(acquired(s) / (reduced > 1 ? reduced : 1) / by - 1e-6) * by - 1) * spacing;
		json_out_number(&s->out, "EffectiveEchoSpacing", total / (lines - 1));
		json_out_number(&s->out, "TotalReadoutTime", total);
	} else if (fat > 0) {
		json_out_number(&s->out, "WaterFatShift", fat);
		/* fat lies 3.4 ppm beside water; the shift is over the whole echo train */
		if (train > 1 && MHz > 0) {
			total = fat / (MHz * 3.4 * (train + 1)) * train;
			json_out_number(&s->out, "EstimatedEffectiveEchoSpacing", total / (lines - 1));
			json_out_number(&s->out, "EstimatedTotalReadoutTime", total);
		}
	}
}

static void direction(struct sidecar *s, char axis)
{
	const char *type = sidecar_field(s, "MRAcquisitionType");
	double sign = s->fact[FACT_PE_POSITIVE];
	char text[3] = {axis, '\0', '\0'};

	if (s->vendor == VENDOR_GE && (sign == 0 || sign == 1))
		json_out_text(&s->out, "PhaseEncodingPolarityGE", sign == 1 ? "Unflipped" : "Flipped");
	if (type && strcmp(type, "3D") == 0) /* the phase has two axes */
		return;
	/* nobody has shown what GE's polarity means along rows */
	if ((sign != 0 && sign != 1) || (s->vendor == VENDOR_GE && axis == 'i')) {
		json_out_text(&s->out, "PhaseEncodingAxis", text);
		return;
	}
	if (sign == 0)
		text[1] = '-';
	json_out_text(&s->out, "PhaseEncodingDirection", text);
}

/* Siemens' and others' words in ImageType: ND is not distortion-corrected, DIS2D and DIS3D are. */
static void correction(struct sidecar *s)
{
	const char *text = sidecar_field(s, "ImageTypeText");
	bool is, not;

	if (!text)
		text = sidecar_field(s, "ImageType");
	is = lists(text, "\\DIS2D") || lists(text, "\\DIS3D");
	not = lists(text, "\\ND\\") || (text && strlen(text) > 3 && strcmp(text + strlen(text) - 3, "\\ND") == 0);
	if (s->vendor == VENDOR_SIEMENS && is != not)
		json_out_bool(&s->out, "NonlinearGradientCorrection", is);
}

void sidecar_phase_put(struct sidecar *s)
{
	const char *along = sidecar_field(s, "/PhaseDirection"), *modality = sidecar_field(s, "Modality");
	const struct dicom_pixels *p = &s->set->frames[s->series->frame[0]].pixels;
	bool columns = along && strncmp(along, "COL", 3) == 0, rows = along && strcmp(along, "ROW") == 0;

	if (!modality || strcmp(modality, "MR") != 0)
		return;
	correction(s);
	positive(s, "PartialFourier", s->fact[FACT_PARTIAL]);
	positive(s, "BaseResolution", s->fact[FACT_BASE_RESOLUTION]);
	positive(s, "PhaseResolution", s->fact[FACT_PHASE_RESOLUTION]);
	positive(s, "DelayTime", s->fact[FACT_DELAY]);
	positive(s, "RefLinesPE", s->fact[FACT_REFERENCE_LINES]);
	positive(s, "ParallelReductionFactorInPlane", reduction(s));
	positive(s, "MultibandAccelerationFactor", multiband(s));
	positive(s, "DwellTime", s->fact[FACT_DWELL]);
	if (s->n_times)
		json_out_numbers(&s->out, "SliceTiming", s->slice_times, s->n_times);
	if (!columns && !rows)
		return;
	json_out_text(&s->out, "InPlanePhaseEncodingDirectionDICOM", columns ? "COL" : "ROW");
	positive(s, "AcquisitionMatrixPE", acquired(s));
	json_out_number(&s->out, "ReconMatrixPE", columns ? p->rows : p->columns);
	if ((columns ? p->rows : p->columns) > 1)
		readout(s, columns ? p->rows : p->columns);
	direction(s, columns ? 'j' : 'i');
}
