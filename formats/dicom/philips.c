#include "philips.h"

#include <math.h>
#include <string.h>

#include "io/keys.h"

int dicom_philips_precise(struct dicom_set *set, const struct dicom_series *series, struct vol_err *err)
{
	for (size_t i = 0; i < series->n_frames; i++) {
		const struct dicom_frame *f = &set->frames[series->frame[i]];

		if (!f->has_scale)
			return vol_fail(err, set->files[f->file].path, "has no Scale Slope (2005,100e) of Philips', which "
			                "--philips-precise needs");
		if (!f->has_rescale || !isfinite(1 / f->scale[0]) || !isfinite(f->intercept / (f->slope * f->scale[0])))
			return vol_fail(err, set->files[f->file].path, "Rescale Slope and Scale Slope (2005,100e) lead to no value: %s",
			                f->has_rescale ? "out of range" : "no RescaleSlope (0028,1053)");
	}
	for (size_t i = 0; i < series->n_frames; i++) {
		struct dicom_frame *f = &set->frames[series->frame[i]];
		double slope = 1 / f->scale[0], intercept = f->intercept / (f->slope * f->scale[0]);

		f->precise = true;
		f->display[0] = f->slope;
		f->display[1] = f->intercept;
		f->window[0] = (f->window[0] - f->intercept) / f->slope * slope + intercept;
		f->window[1] = fabs(f->window[1] / f->slope * slope);
		f->slope = slope;
		f->intercept = intercept;
		f->rescale_unit = NULL;
	}
	return 0;
}

static bool display(const struct dicom_frame *f, double pair[2])
{
	pair[0] = f->precise ? f->display[0] : f->slope;
	pair[1] = f->precise ? f->display[1] : f->intercept;
	return f->has_scale && f->has_rescale;
}

static bool scale(const struct dicom_frame *f, double pair[2])
{
	memcpy(pair, f->scale, sizeof f->scale);
	return f->has_scale && f->has_rescale;
}

static bool real_world(const struct dicom_frame *f, double pair[2])
{
	memcpy(pair, f->real_world, sizeof f->real_world);
	return f->has_real_world;
}

/* A pair of numbers that all frames have alike, and the real-world values' unit. */
static int set_pair(const struct dicom_set *set, const struct dicom_series *series, const char *name,
                    bool (*get)(const struct dicom_frame *, double[2]), struct vol_head *h, struct vol_err *err)
{
	const struct dicom_frame *first = &set->frames[series->frame[0]];
	const char *unit = get == real_world ? first->real_world_unit : NULL;
	double pair[2], other[2];
	char a[32], b[32];

	if (!get(first, pair))
		return 0;
	for (size_t i = 1; i < series->n_frames; i++) {
		const struct dicom_frame *f = &set->frames[series->frame[i]];

		if (!get(f, other) || other[0] != pair[0] || other[1] != pair[1] ||
		    (get == real_world && f->real_world_unit != unit))
			return 0;
	}
	return key_set(h, err, name, "%s %s%s%s", vol_number(a, pair[0]), vol_number(b, pair[1]), unit ? " " : "", unit ? unit : "");
}

int dicom_philips_keys(const struct dicom_set *set, const struct dicom_series *series, struct vol_head *h, struct vol_err *err)
{
	if (set_pair(set, series, "philips.rescale", display, h, err) < 0 || set_pair(set, series, "philips.scale", scale, h, err) < 0)
		return -1;
	return set_pair(set, series, "realworld", real_world, h, err);
}
