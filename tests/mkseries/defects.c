/* SPDX-License-Identifier: BSD-2-Clause
 *
 * defects.c - the defects by name, and how they are asked for. */
#include "mkseries.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How a defect is asked for. */
static const struct {
	const char *name;
	enum defect defect;
	enum { NOTHING, NUMBER, SLICE_NUMBER } arg;
} defect_table[] = {
	{"repeat", D_REPEAT, NOTHING},
	{"irregular", D_IRREGULAR, NOTHING},
	{"jitter", D_JITTER, NUMBER},
	{"decimals", D_DECIMALS, NUMBER},
	{"tilt", D_TILT, NUMBER},
	{"tilt-position", D_TILT_POSITION, NUMBER},
	{"localizer", D_LOCALIZER, NOTHING},
	{"second-series", D_SECOND_SERIES, NOTHING},
	{"junk", D_JUNK, NOTHING},
	{"no-orientation", D_NO_ORIENTATION, NOTHING},
	{"no-spacing", D_NO_SPACING, NOTHING},
	{"zero-spacing", D_ZERO_SPACING, NOTHING},
	{"comma-position", D_COMMA_POSITION, NOTHING},
	{"no-rescale", D_NO_RESCALE, NOTHING},
	{"zero-rows", D_ZERO_ROWS, NOTHING},
	{"modality-lut", D_MODALITY_LUT, NOTHING},
	{"same-position", D_SAME_POSITION, NOTHING},
	{"variable", D_VARIABLE, SLICE_NUMBER},
	{"missing", D_MISSING, SLICE_NUMBER},
	{"duplicate", D_DUPLICATE, SLICE_NUMBER},
	{"overlap", D_OVERLAP, SLICE_NUMBER},
	{"mixed-orientation", D_MIXED_ORIENTATION, SLICE_NUMBER},
	{"mixed-size", D_MIXED_SIZE, SLICE_NUMBER},
	{"mixed-spacing", D_MIXED_SPACING, SLICE_NUMBER},
	{"mixed-sign", D_MIXED_SIGN, SLICE_NUMBER},
	{"truncate", D_TRUNCATE, SLICE_NUMBER},
	{"cut-header", D_CUT_HEADER, SLICE_NUMBER},
	{"no-position", D_NO_POSITION, SLICE_NUMBER},
	{"nan-position", D_NAN_POSITION, SLICE_NUMBER},
	{"huge-position", D_HUGE_POSITION, SLICE_NUMBER},
	{"colour", D_COLOUR, SLICE_NUMBER},
	{"multiframe", D_MULTIFRAME, SLICE_NUMBER},
	{"bad-length", D_BAD_LENGTH, SLICE_NUMBER},
};

static void slice_defect(struct config *cfg, enum defect d, const char *text, const char *arg)
{
	char *end;
	long k, last = cfg->size[2] - 1;

	if (d == D_NO_POSITION && arg && !strcmp(arg, "all")) {
		for (k = 0; k <= last; k++)
			cfg->slice_defects[k] |= BIT(d);
		return;
	}
	if (d == D_MULTIFRAME && !arg)
		arg = "0";
	k = arg ? strtol(arg, &end, 10) : -1;
	if (!arg || end == arg || k < 0 || k > last)
		usage_error("--defect: '%s': wants a slice, 0 to %ld", text, last);
	if (d == D_TRUNCATE && *end == ',')
		cfg->keep_bytes[k] = strtol(end + 1, &end, 10);
	if (*end || cfg->keep_bytes[k] < -1)
		usage_error("--defect: '%s': not a slice and, for truncate, a length", text);
	if (d == D_VARIABLE)
		cfg->variable_from = (int)k;
	else
		cfg->slice_defects[k] |= BIT(d);
}

void set_defect(struct config *cfg, const char *text)
{
	const char *eq = strchr(text, '='), *arg = eq ? eq + 1 : NULL;
	size_t len = eq ? (size_t)(eq - text) : strlen(text);
	size_t i = 0, n = sizeof defect_table / sizeof *defect_table;
	enum defect d;

	while (i < n &&
	       (strlen(defect_table[i].name) != len || memcmp(defect_table[i].name, text, len)))
		i++;
	if (i == n)
		usage_error("--defect: unknown: '%s'", text);
	d = defect_table[i].defect;
	cfg->defects |= BIT(d);
	if (defect_table[i].arg == SLICE_NUMBER) {
		slice_defect(cfg, d, text, arg);
		return;
	}
	if (!arg != (defect_table[i].arg == NOTHING))
		usage_error("--defect: '%s': %s", text, arg ? "takes no value" : "wants a value");
	if (d == D_JITTER)
		cfg->jitter = fabs(number("defect jitter", arg));
	else if (d == D_DECIMALS)
		cfg->decimals = (int)whole("defect decimals", arg, 0, 12);
	else if (d == D_TILT)
		cfg->tilt = number("defect tilt", arg);
	else if (d == D_TILT_POSITION)
		cfg->tilt_position = number("defect tilt-position", arg);
	if (fabs(cfg->tilt) > 80 || fabs(cfg->tilt_position) > 80)
		usage_error("--defect: '%s': more than 80 degrees", text);
}
