/* sidecar_vendor.c - what Siemens, GE and Philips say in private attributes about the readout. There is no standard for them;
 * what is used here was seen to agree with other programs on real files. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "csa.h"
#include "inflate.h"
#include "read.h"
#include "sidecar_inside.h"

const char *sidecar_vendor_name(const char *manufacturer)
{
	static const struct {
		const char *part, *name;
	} known[] = {
		{"siemens", "Siemens"}, {"philips", "Philips"}, {"ge medical", "GE"}, {"ge healthcare", "GE"},
	};

	if (strcasecmp(manufacturer, "GE") == 0)
		return "GE";
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcasestr(manufacturer, known[i].part))
			return known[i].name;
	return NULL;
}

enum sidecar_vendor sidecar_vendor_of(struct dcmtk_header *h)
{
	char buf[SIDECAR_TEXT];
	const char *text = dcmtk_text(h, 0x0008, 0x0070, buf, sizeof buf), *name = text ? sidecar_vendor_name(text) : NULL;

	return !name ? VENDOR_OTHER : name[0] == 'S' ? VENDOR_SIEMENS : name[0] == 'G' ? VENDOR_GE : VENDOR_PHILIPS;
}

static double own(const struct sidecar_source *from, uint16_t group, const char *creator, uint8_t element)
{
	uint32_t tag = sidecar_private_tag(from->header, group, creator, element);

	return tag ? sidecar_read(from, 0, tag) : NAN;
}

/* ---- Siemens ---- */

static const unsigned char *csa_of(const struct sidecar_source *from, uint8_t element, size_t *n)
{
	uint32_t tag = sidecar_private_tag(from->header, 0x0029, "SIEMENS CSA HEADER", element);

	return tag ? dcmtk_bytes(from->header, 0x0029, (uint16_t)tag, n) : NULL;
}

/* A number of the protocol (text NULL: there is none), lines of "name = value" within the series' header; value in C's
 * ways. */
static double protocol(const unsigned char *text, size_t n, const char *name)
{
	const char *at = text ? memmem(text, n, "### ASCCONV BEGIN", 17) : NULL, *all_end = (const char *)text + n, *end;
	size_t length = strlen(name);

	end = at ? memmem(at, (size_t)(all_end - at), "### ASCCONV END", 15) : NULL;
	while (end && (at = memmem(at, (size_t)(end - at), name, length)) != NULL) {
		const char *line = at, *value = at += length;
		char number[24] = "", *rest;
		double x;

		while (value < end && (*value == ' ' || *value == '\t'))
			value++;
		if (line[-1] != '\n' || value == end || *value++ != '=')
			continue;
		while (value < end && (*value == ' ' || *value == '\t'))
			value++;
		for (size_t i = 0; i + 1 < sizeof number && value < end && strchr("0123456789abcdefxX+-.", *value); i++)
			number[i] = *value++;
		x = strtod(number, &rest);
		return number[0] && !*rest ? x : NAN;
	}
	return NAN;
}

/* The share of k-space by the protocol's code. */
static double partial(double code)
{
	return code == 1 ? 0.5 : code == 2 ? 0.625 : code == 4 ? 0.75 : code == 8 ? 0.875 : code == 16 ? 1 : NAN;
}

static void siemens_protocol(const unsigned char *text, size_t n, double fact[SIDECAR_FACTS])
{
	double multiband = protocol(text, n, "sSliceAcceleration.lMultiBandFactor");

	fact[FACT_ACCELERATION] = protocol(text, n, "sPat.lAccelFactPE");
	fact[FACT_PARTIAL] = partial(protocol(text, n, "sKSpace.ucPhasePartialFourier"));
	fact[FACT_BASE_RESOLUTION] = protocol(text, n, "sKSpace.lBaseResolution");
	fact[FACT_PHASE_RESOLUTION] = protocol(text, n, "sKSpace.dPhaseResolution");
	fact[FACT_DELAY] = protocol(text, n, "lDelayTimeInTR") / 1e6;
	fact[FACT_REFERENCE_LINES] = protocol(text, n, "sPat.lRefLinesPE");
	if (multiband > 1)
		fact[FACT_MULTIBAND] = multiband;
}

/* Software of the XA line: enhanced files, with the scanner's own groups among the functional ones. */
static void siemens_xa(const struct sidecar_source *from, double fact[SIDECAR_FACTS])
{
	static const uint32_t owner[] = {0x002111fe, 0x00210011}, shared[] = {0x002110fe, 0x00210010},
	                      text_path[] = {0x002110fe, 0x00211019};
	size_t frame = from->frame->number - 1, n = 0;
	char buf[SIDECAR_TEXT];
	const char *text = dcmtk_frame_text(from->header, frame, owner, 2, buf, sizeof buf);

	if (text && strcmp(text, "SIEMENS MR SDI 02") == 0) {
		fact[FACT_PE_POSITIVE] = sidecar_read(from, 0x002111fe, 0x0021111c);
		fact[FACT_PE_BANDWIDTH] = sidecar_read(from, 0x002111fe, 0x00211153);
		fact[FACT_DWELL] = sidecar_read(from, 0x002111fe, 0x00211142) / 1e9;
	}
	if (from->again) /* the protocol is of all frames */
		return;
	text = dcmtk_frame_text(from->header, frame, shared, 2, buf, sizeof buf);
	if (text && strcmp(text, "SIEMENS MR SDS 01") == 0) {
		const unsigned char *bytes = dcmtk_frame_bytes(from->header, frame, text_path, 2, &n);

		siemens_protocol(bytes, n, fact);
	}
}

/* Software of the XA line also writes an image a file, with what it has of a frame outermost. */
static void siemens(const struct sidecar_source *from, double fact[SIDECAR_FACTS])
{
	static const char new_line[] = "SIEMENS MR SDI 02";
	const unsigned char *csa;
	size_t n = 0;

	if (from->enhanced) {
		siemens_xa(from, fact);
		return;
	}
	csa = csa_of(from, 0x10, &n);
	if (!csa || !csa_numbers(csa, n, "PhaseEncodingDirectionPositive", 1, &fact[FACT_PE_POSITIVE]))
		fact[FACT_PE_POSITIVE] = own(from, 0x0021, new_line, 0x1c);
	fact[FACT_PE_BANDWIDTH] = own(from, 0x0019, "SIEMENS MR HEADER", 0x28);
	if (isnan(fact[FACT_PE_BANDWIDTH]) &&
	    (!csa || !csa_numbers(csa, n, "BandwidthPerPixelPhaseEncode", 1, &fact[FACT_PE_BANDWIDTH])))
		fact[FACT_PE_BANDWIDTH] = own(from, 0x0021, new_line, 0x53);
	fact[FACT_DWELL] = own(from, 0x0019, "SIEMENS MR HEADER", 0x18) / 1e9;
	if (isnan(fact[FACT_DWELL]))
		fact[FACT_DWELL] = own(from, 0x0021, new_line, 0x42) / 1e9;
	csa = csa_of(from, 0x20, &n);
	siemens_protocol(csa, n, fact);
}

bool sidecar_siemens_times(const struct sidecar_source *from, size_t n, double *times)
{
	size_t size = 0;
	const unsigned char *csa = csa_of(from, 0x10, &size);

	if (!csa || !csa_numbers(csa, size, "MosaicRefAcqTimes", n, times))
		return false;
	for (size_t i = 0; i < n; i++)
		times[i] = rint(times[i] * 1000) / 1e6; /* ms, with noise in the eighth place */
	return true;
}

/* ---- GE ---- */

static unsigned half(const unsigned char *b)
{
	return b[0] | (unsigned)b[1] << 8;
}

/* Which way EPI is read, by the user-defined data (0043,102A): little-endian, the scan's own header at the offset that its 24th
 * byte says, which begins with its version. */
static double ge_positive(const unsigned char *b, size_t n)
{
	size_t at, shift, order;
	uint32_t bits;
	float version;
	bool flipped;

	if (!b || n < 26)
		return NAN;
	at = half(b + 24);
	if (n < at + 4)
		return NAN;
	bits = half(b + at) | (uint32_t)half(b + at + 2) << 16;
	memcpy(&version, &bits, sizeof version);
	if (!(version >= 5 && version <= 40))
		return NAN;
	shift = version >= 25.002F ? 0x4c : 0;
	order = at + shift + (version >= 25.002F ? 0x308 : 0x394);
	if (n < order + 2 || !(half(b + at + shift + 0x3a) & 0x800)) /* no EPI */
		return NAN;
	flipped = (half(b + at + shift + 0x30) & 4) != 0; /* the polarity of the phase */
	if (half(b + order) == 2)                         /* lines are read from the other end */
		flipped = !flipped;
	return !flipped;
}

/* A whole number of the protocol, lines of NAME "value" packed by gzip behind a length of four bytes. */
static double ge_protocol(const unsigned char *b, size_t n, const char *name)
{
	enum { ROOM = 1 << 18 };
	struct inflater *z = b && n > 22 && b[4] == 0x1f && b[5] == 0x8b ? inflater_new() : NULL;
	unsigned char *text = z ? malloc(ROOM + 1) : NULL, *to = text;
	const unsigned char *in = b ? b + 4 : NULL;
	enum inflate_step step = INFLATE_ON;
	double x = NAN;

	if (text) {
		inflater_member(z);
		while (step == INFLATE_ON && to < text + ROOM && in < b + n)
			step = inflater_step(z, &in, (size_t)(b + n - in), &to, (size_t)(text + ROOM - to));
		*to = '\0';
	}
	if (step == INFLATE_MEMBER_END) {
		size_t length = strlen(name);

		for (const char *line = (const char *)text; line; line = strchr(line, '\n')) {
			line += *line == '\n';
			if (strncmp(line, name, length) == 0 && line[length] == ' ' && line[length + 1] == '"')
				x = strtod(line + length + 2, NULL);
		}
	}
	free(text);
	inflater_free(z);
	return x;
}

static void ge(const struct sidecar_source *from, double fact[SIDECAR_FACTS])
{
	uint32_t data = sidecar_private_tag(from->header, 0x0043, "GEMS_PARM_01", 0x2a);
	uint32_t packed = sidecar_private_tag(from->header, 0x0025, "GEMS_SERS_01", 0x1b);
	double asset = own(from, 0x0043, "GEMS_PARM_01", 0x83), spacing = own(from, 0x0043, "GEMS_PARM_01", 0x2c);
	double multiband = own(from, 0x0043, "GEMS_PARM_01", 0xb6);
	const unsigned char *bytes;
	size_t n = 0;

	bytes = data ? dcmtk_bytes(from->header, 0x0043, (uint16_t)data, &n) : NULL;
	fact[FACT_PE_POSITIVE] = ge_positive(bytes, n);
	bytes = packed ? dcmtk_bytes(from->header, 0x0025, (uint16_t)packed, &n) : NULL;
	fact[FACT_SLICE_ORDER] = ge_protocol(bytes, n, "SLICEORDER");
	fact[FACT_GROUP_DELAY] = own(from, 0x0043, "GEMS_PARM_01", 0x7c);
	if (asset > 0)
		fact[FACT_ACCELERATION] = rint(1e4 / asset) / 1e4;
	if (spacing > 0)
		fact[FACT_ECHO_SPACING] = spacing / 1e6;
	if (multiband > 1)
		fact[FACT_MULTIBAND] = multiband;
}

/* ---- all ---- */

void sidecar_facts(struct sidecar_source *from)
{
	if (from->again) {
		if (from->vendor == VENDOR_SIEMENS)
			siemens(from, from->fact);
		return;
	}
	for (size_t i = 0; i < SIDECAR_FACTS; i++)
		from->fact[i] = NAN;
	if (from->vendor == VENDOR_SIEMENS)
		siemens(from, from->fact);
	else if (from->vendor == VENDOR_GE)
		ge(from, from->fact);
	else if (from->vendor == VENDOR_PHILIPS)
		from->fact[FACT_WATER_FAT] = own(from, 0x2001, "Philips Imaging DD 001", 0x22);
}
