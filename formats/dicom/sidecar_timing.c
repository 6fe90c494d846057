/* sidecar_timing.c - when each slice of a volume was taken, from what says so best. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sidecar_inside.h"

static const struct dicom_frame *frame_of(const struct sidecar *s, size_t i)
{
	return &s->set->frames[s->series->frame[i]];
}

/* Times from the first slice on, if they can be: not all at once, and within one repetition. A scanner's clock may have
 * gone wrong (some write the day's 24 hours into times of the first volume). */
static bool sound(const struct sidecar *s, double *times, size_t n)
{
	double first = INFINITY, last = -INFINITY, tr = sidecar_number(s, "RepetitionTime");

	for (size_t k = 0; k < n; k++) {
		if (!isfinite(times[k]))
			return false;
		first = fmin(first, times[k]);
		last = fmax(last, times[k]);
	}
	if (!(last > first) || last - first > (isnan(tr) ? 3600 : tr))
		return false;
	for (size_t k = 0; k < n; k++)
		times[k] = rint((times[k] - first) * 1e6) / 1e6;
	return true;
}

/* Of a mosaic, its file says. 1, 0 or -1. */
static int mosaic_times(struct sidecar *s, size_t volume, size_t n)
{
	const struct dicom_frame *f = frame_of(s, volume * n);
	struct sidecar_source from = {.header = sidecar_open(s, f->file), .frame = f, .vendor = VENDOR_SIEMENS};
	bool good;

	if (!from.header)
		return -1;
	good = sidecar_siemens_times(&from, n, s->spare);
	dcmtk_header_close(from.header);
	for (size_t k = 0; good && k < n; k++) {
		const struct dicom_frame *tile = frame_of(s, volume * n + k);

		good = tile->file == f->file && tile->number >= 1 && tile->number <= n;
		if (good)
			s->slice_times[k] = s->spare[tile->number - 1];
	}
	return good;
}

static bool ge_epi(const struct sidecar *s)
{
	const char *options = sidecar_field(s, "ScanOptions");

	return s->vendor == VENDOR_GE && options && strstr(options, "EPI_GEMS");
}

/* GE's trigger times, which in EPI are the slices'; else the time at which each image was taken, where it is not rounded to
 * seconds. */
static bool stated_times(struct sidecar *s, size_t volume, size_t n)
{
	bool fine = ge_epi(s);

	if (s->vendor == VENDOR_GE && !fine)
		return false;
	for (size_t k = 0; k < n; k++) {
		const struct dicom_frame *f = frame_of(s, volume * n + k);

		if (s->vendor == VENDOR_GE)
			s->slice_times[k] = s->each[volume * n + k].trigger;
		else
			s->slice_times[k] = f->has_time ? f->time : NAN;
		fine = fine || s->slice_times[k] != floor(s->slice_times[k]);
	}
	return fine;
}

/* GE's EPI by its protocol: slices evenly over the repetition but its pause, in the order stated, from the first in the
 * stack. */
static bool protocol_times(struct sidecar *s, size_t n)
{
	double tr = sidecar_number(s, "RepetitionTime"), order = s->fact[FACT_SLICE_ORDER], delay = s->fact[FACT_GROUP_DELAY];

	if (!ge_epi(s) || !(order == 0 || order == 1) || isnan(tr) || s->fact[FACT_MULTIBAND] > 1)
		return false;
	for (size_t k = 0; k < n; k++)
		s->spare[k] = NAN;
	tr -= delay > 0 ? delay : 0;
	for (size_t k = 0; k < n; k++) {
		double number = s->each[k].number;
		size_t i = number >= 1 && number <= (double)n ? (size_t)number - 1 : n;

		if (i == n || !isnan(s->spare[i]))
			return false;
		s->spare[i] = 1;
		s->slice_times[k] = (double)(order == 0 ? i : i % 2 ? (n + 1) / 2 + i / 2 : i / 2) * tr / (double)n;
	}
	return true;
}

int sidecar_slice_times(struct sidecar *s)
{
	const char *type = sidecar_field(s, "MRAcquisitionType"), *modality = sidecar_field(s, "Modality");
	size_t n = (size_t)s->series->geometry.grid.size[2], volumes = n ? s->series->n_frames / n : 0;

	if (s->ask->regridded || n < 2 || !modality || strcmp(modality, "MR") != 0 || (type && strcmp(type, "3D") == 0))
		return 0;
	s->slice_times = calloc(n, sizeof *s->slice_times);
	s->spare = calloc(n, sizeof *s->spare);
	if (!s->slice_times || !s->spare)
		return vol_fail(s->err, s->subject, "out of memory");
	for (size_t v = 0; v < volumes && s->n_times == 0; v++) {
		int good = frame_of(s, v * n)->pixels.mosaic_columns ? mosaic_times(s, v, n) : stated_times(s, v, n);

		if (good < 0)
			return -1;
		if (good && sound(s, s->slice_times, n))
			s->n_times = n;
	}
	if (s->n_times == 0 && protocol_times(s, n) && sound(s, s->slice_times, n))
		s->n_times = n;
	return 0;
}
