/* sidecar_inside.h - what the files of the sidecar share. */
#ifndef DICOM_SIDECAR_INSIDE_H
#define DICOM_SIDECAR_INSIDE_H

#include "dcmtk.h"
#include "json_out.h"
#include "sidecar.h"

enum { SIDECAR_TEXT = 1024, SIDECAR_FIELDS = 80, SIDECAR_WORDS = 32 * SIDECAR_TEXT };

/* Whose private attributes. */
enum sidecar_vendor { VENDOR_OTHER, VENDOR_SIEMENS, VENDOR_GE, VENDOR_PHILIPS };

/* What vendors say in private attributes, as numbers; NAN: not said. */
enum sidecar_fact {
	FACT_PE_POSITIVE,    /* 1: phase encoded towards greater columns or rows, 0: towards smaller ones */
	FACT_PE_BANDWIDTH,   /* Hz, for one pixel along the phase */
	FACT_DWELL,          /* s */
	FACT_ACCELERATION,   /* in the plane */
	FACT_PARTIAL,        /* Fourier: the share of k-space */
	FACT_MULTIBAND,
	FACT_BASE_RESOLUTION,
	FACT_PHASE_RESOLUTION, /* share of the resolution along the phase */
	FACT_DELAY,          /* s, within a repetition (Siemens) */
	FACT_REFERENCE_LINES, /* of parallel imaging, along the phase */
	FACT_ECHO_SPACING,   /* s, between echoes as they were acquired (GE) */
	FACT_SLICE_ORDER,    /* GE's protocol: 0 one after the other, 1 first the odd ones */
	FACT_GROUP_DELAY,    /* s, after the last slice of a volume (GE) */
	FACT_WATER_FAT,      /* pixels (Philips) */
	SIDECAR_FACTS
};

/* Of each frame of the series. NAN: not said. */
struct sidecar_frame {
	double trigger;      /* TriggerTime, s */
	double number;       /* InStackPositionNumber */
	double duration;     /* PET: ActualFrameDuration, s */
	double decay;        /* PET: DecayFactor */
	double echo;         /* s */
};

/* What identifies in a file: words, each ended by a NUL. */
struct sidecar_words {
	char text[SIDECAR_WORDS];
	size_t n;
};

/* A file of the series that is open, and the frame in work. */
struct sidecar_source {
	struct dcmtk_header *header;
	const struct dicom_frame *frame;
	bool enhanced, again;  /* again: another frame of it was looked at */
	enum sidecar_vendor vendor;
	double fact[SIDECAR_FACTS]; /* of the last frame that was looked at */
	struct sidecar_words words;
};

struct sidecar {
	const struct dicom_set *set;
	const struct dicom_series *series;
	const struct sidecar_ask *ask;
	const char *subject;
	struct vol_err *err;
	struct json_out out;
	enum sidecar_vendor vendor;
	const char *value[SIDECAR_FIELDS]; /* interned; of sidecar_fields */
	bool differs[SIDECAR_FIELDS];
	bool private[SIDECAR_FIELDS];      /* it holds what identifies */
	double fact[SIDECAR_FACTS];
	size_t seen;                       /* frames that were looked at */
	struct sidecar_frame *each;        /* one for each frame of the series, in its order; owned */
	double *slice_times, *spare;       /* sidecar_slice_times's: s, of the slices in order; owned */
	size_t n_times;                    /* 0: not known */
};

/* sidecar_open - a file's header once more. NULL with err. */
struct dcmtk_header *sidecar_open(struct sidecar *s, size_t file);

/* sidecar_value - a text of the source: from the functional group `group` (0: none) of its frame, else outermost. As
 * dcmtk_text. sidecar_read - as a number; NAN: none. */
char *sidecar_value(const struct sidecar_source *from, uint32_t group, uint32_t tag, char buf[SIDECAR_TEXT]);
double sidecar_read(const struct sidecar_source *from, uint32_t group, uint32_t tag);

/* sidecar_private_tag - where the attribute of a private creator (its element without block) stands; 0: nowhere. */
uint32_t sidecar_private_tag(struct dcmtk_header *h, uint16_t group, const char *creator, uint8_t element);

/* sidecar_fields_take - what the table of attributes has from one frame; -1 with err: out of memory. sidecar_fields_put - what
 * all frames agree on, written. sidecar_field - one of those values; NULL: none. sidecar_number - as a number; NAN. */
int sidecar_fields_take(struct sidecar *s, const struct sidecar_source *from);
void sidecar_fields_put(struct sidecar *s);
const char *sidecar_field(const struct sidecar *s, const char *name);
double sidecar_number(const struct sidecar *s, const char *name);

/* sidecar_words - all that identifies in this file, of names each part. sidecar_identifies - does the text hold one of them? */
void sidecar_words(struct dcmtk_header *h, struct sidecar_words *words);
bool sidecar_identifies(const struct sidecar_words *words, const char *text);

/* sidecar_vendor_of - by Manufacturer (0008,0070). sidecar_vendor_name - as BIDS data sets have it; NULL: others.
 * sidecar_facts - the source's fact[]. */
enum sidecar_vendor sidecar_vendor_of(struct dcmtk_header *h);
const char *sidecar_vendor_name(const char *manufacturer);
void sidecar_facts(struct sidecar_source *from);

/* sidecar_siemens_times - MosaicRefAcqTimes of n tiles, s. */
bool sidecar_siemens_times(const struct sidecar_source *from, size_t n, double *times);

/* sidecar_slice_times - finds slice_times, where the series says them; -1 with err. */
int sidecar_slice_times(struct sidecar *s);

/* sidecar_phase_put, sidecar_pet_put - members about the phase and the readout; of PET. */
void sidecar_phase_put(struct sidecar *s);
int sidecar_pet_put(struct sidecar *s);

#endif
