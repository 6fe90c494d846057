#include "follow.h"

#include <stdlib.h>
#include <string.h>

#include "keys.h"

/* ---- what a tool may ask for ---- */

bool is_labels(const struct vol_head *h)
{
	const char *unit = key_get(h, "unit");

	return unit && strcmp(unit, "label") == 0;
}

int want_hu(const struct vol_head *h, const char *subject, struct vol_err *err)
{
	const char *unit = key_get(h, "unit");

	if (unit && strcmp(unit, "HU") == 0)
		return 0;
	if (unit && strcmp(unit, "stored") == 0)
		return vol_fail(err, subject, "values are stored units, not HU: run volhu first");
	if (unit)
		return vol_fail(err, subject, "values are %s, not HU", unit);
	return vol_fail(err, subject, "the unit of the values is not known: if they are HU, say so with "
	                              "volhu --slope 1 --intercept 0");
}

int want_physical(const struct vol_head *h, const char *subject, struct vol_err *err)
{
	const char *unit = key_get(h, "unit");
	struct vol_rescale r;
	bool plain = true;

	if (!unit || strcmp(unit, "stored") != 0)
		return 0;
	if (key_rescale(h, &r, subject, err) < 0)
		return -1;
	for (size_t i = 0; i < r.n; i++)
		plain = plain && r.slope[i] == 1 && r.intercept[i] == 0;
	rescale_free(&r);
	return plain ? 0 : vol_fail(err, subject, "values are stored units, a rescale is still to be "
	                                          "applied: run volhu first");
}

int want_image(const struct vol_head *h, const char *subject, struct vol_err *err)
{
	return is_labels(h) ? vol_fail(err, subject, "voxels are labels, not intensities") : 0;
}

int want_scalar(const struct vol_head *h, const char *subject, struct vol_err *err)
{
	return h->channels == 1 ? 0 : vol_fail(err, subject, "voxels are colours of %u numbers, not single "
	                                                     "numbers", h->channels);
}

int want_3d(const struct vol_head *h, const char *subject, struct vol_err *err)
{
	return h->list <= 1 ? 0 : vol_fail(err, subject, "has a list axis of %llu volumes: take one with "
	                                                 "volsplit", (unsigned long long)h->list);
}

/* ---- what a tool did ---- */

int follow_slices(struct vol_head *h, const uint64_t *from, uint64_t n, struct vol_err *err)
{
	struct vol_rescale r, taken = {0};
	int rc = -1;

	if (key_rescale(h, &r, "", err) < 0)
		return -1;
	if (r.n <= 1) {
		rescale_free(&r);
		return 0;
	}
	taken.n = (size_t)n;
	taken.slope = calloc(taken.n, sizeof(double));
	taken.intercept = calloc(taken.n, sizeof(double));
	if (taken.slope && taken.intercept) {
		for (size_t i = 0; i < taken.n; i++) {
			taken.slope[i] = r.slope[from[i]];
			taken.intercept[i] = r.intercept[from[i]];
		}
		rc = key_set_rescale(h, &taken, err);
	} else {
		vol_fail(err, "", "out of memory");
	}
	rescale_free(&taken);
	rescale_free(&r);
	return rc;
}

static void forget(struct vol_head *h)
{
	key_drop(h, "rescale");
	key_drop(h, "rescale.unit");
	key_drop(h, "window");
	key_drop(h, "stored.range");
}

int follow_labels(struct vol_head *h, const char *table, struct vol_err *err)
{
	forget(h);
	key_drop(h, "padding");
	key_drop(h, "labels");
	if (table && key_set(h, err, "labels", "%s", table) < 0)
		return -1;
	return key_set(h, err, "unit", "label");
}

int follow_values(struct vol_head *h, const char *unit, struct vol_err *err)
{
	forget(h);
	key_drop(h, "labels");
	if (unit)
		return key_set(h, err, "unit", "%s", unit);
	key_drop(h, "unit");
	return 0;
}

int follow_mixed(struct vol_head *h, const char *subject, struct vol_err *err)
{
	struct vol_rescale r;
	size_t n;

	if (key_rescale(h, &r, subject, err) < 0)
		return -1;
	n = r.n;
	rescale_free(&r);
	if (n > 1)
		return vol_fail(err, subject, "slope and intercept differ by slice: run volhu first");
	key_drop(h, "stored.range");
	return 0;
}
