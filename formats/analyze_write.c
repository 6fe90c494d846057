/* analyze_write.c - a volume as an Analyze 7.5 pair.
 *
 * Voxels stay in stream order: axes that run otherwise than programs take them to run are refused, as no field
 * that those programs read would say so. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "alg/orient.h"
#include "analyze.h"
#include "io/keys.h"
#include "pair.h"
#include "part.h"
#include "times.h"

/* Corners may lie so far from where they should: above what floats lose, below what can matter. */
#define PLACE_MM 0.01

const char *const analyze_lossy[] = {"oblique", "shear", "place", "unit", "labels", "axis", NULL};

/* ---- voxels ---- */

static int set_type(struct analyze_head *h, const struct vol_head *head, const char *subject, struct vol_err *err)
{
	static const int16_t code[VOXEL_TYPES] = {
		[VOXEL_UINT8] = ANALYZE_UINT8, [VOXEL_INT8] = ANALYZE_INT8,
		[VOXEL_UINT16] = ANALYZE_UINT16, [VOXEL_INT16] = ANALYZE_INT16,
		[VOXEL_UINT32] = ANALYZE_UINT32, [VOXEL_INT32] = ANALYZE_INT32,
		[VOXEL_FLOAT] = ANALYZE_FLOAT, [VOXEL_DOUBLE] = ANALYZE_DOUBLE,
	};

	if (head->channels > 1)
		return vol_fail(err, subject, "is in colour, which programs store in Analyze in different ways: use "
		                              "vol2nii");
	h->datatype = code[head->type];
	h->bitpix = (int16_t)(8 * voxel_size(head->type));
	if (h->datatype > 128)
		vol_warn(subject, "%s is SPM's addition to Analyze (datatype %d), which not all programs read: volcast "
		                  "makes another type", voxel_name(head->type), h->datatype);
	return 0;
}

static int set_dim(struct analyze_head *h, const struct vol_head *head, const char *subject, struct vol_err *err)
{
	h->dim[0] = 4;
	for (int i = 1; i < 8; i++) {
		uint64_t n = i < 4 ? head->grid.size[i - 1] : i == 4 && head->list ? head->list : 1;

		if (n > INT16_MAX)
			return vol_fail(err, subject, "%llu along an axis is more than Analyze can count: use vol2nii",
			                (unsigned long long)n);
		h->dim[i] = (int16_t)n;
	}
	return 0;
}

static int set_slope(struct analyze_head *h, const struct vol_rescale *r, const char *subject, struct vol_err *err)
{
	char number[32];

	h->slope = 1;
	if (r->n == 0)
		return 0;
	if (r->n > 1)
		return vol_fail(err, subject, "slopes differ by slice, which Analyze cannot hold: run volhu first");
	if (r->intercept[0] != 0)
		return vol_fail(err, subject, "rescale has an intercept, which Analyze cannot hold: run volhu first");
	h->slope = (float)r->slope[0];
	if (h->slope == 0 || !isfinite(h->slope))
		return vol_fail(err, subject, "slope %s does not fit a float: run volhu first",
		                vol_number(number, r->slope[0]));
	if ((double)h->slope != r->slope[0])
		vol_note(subject, "slope %s is rounded to float", vol_number(number, r->slope[0]));
	return 0;
}

static int set_unit(struct analyze_head *h, const char *unit, const struct format_write *how, const char *subject,
                    struct vol_err *err)
{
	size_t n = unit ? strlen(unit) : 0;
	bool fits = n < sizeof h->cal_units - 1;

	for (size_t i = 0; i < n; i++)
		fits = fits && unit[i] > ' ' && unit[i] < 0x7f;
	if (fits && n)
		memcpy(h->cal_units, unit, n);
	if (fits || format_may_lose(how, "unit"))
		return 0;
	return vol_fail(err, subject, "unit '%.40s' is no word of up to 7 letters: --lossy unit leaves it out", unit);
}

/* Labels are told by their unit, but not what they are called. */
static int set_values(struct analyze_head *h, const struct vol_head *head, const struct format_write *how,
                      const char *subject, struct vol_err *err)
{
	const char *unit = key_get(head, "unit");
	struct vol_rescale r = {0};
	int rc;

	if (key_get(head, "labels") && !format_may_lose(how, "labels"))
		return vol_fail(err, subject, "has names of labels, which Analyze cannot hold: --lossy labels leaves "
		                              "them out");
	if (unit && strcmp(unit, "stored") == 0) {
		if (key_rescale(head, &r, subject, err) < 0)
			return -1;
		rescale_simplify(&r);
		unit = r.n ? key_get(head, "rescale.unit") : NULL;
	}
	rc = set_slope(h, &r, subject, err);
	rescale_free(&r);
	return rc < 0 ? -1 : set_unit(h, unit, how, subject, err);
}

static int set_times(struct analyze_head *h, const struct vol_head *head, const struct format_write *how,
                     const char *subject, struct vol_err *err)
{
	const char *axis = key_get(head, "axis");
	double start, step;
	bool ms;

	if (head->list < 2 || !axis)
		return 0;
	if (times_even(head, &ms, &start, &step) && start == 0) {
		h->pixdim[4] = (float)(ms ? step : 1000 * step);
		return 0;
	}
	if (format_may_lose(how, "axis"))
		return 0;
	return vol_fail(err, subject, "Analyze has no place for the values along the list axis (%.*s), but for even "
	                              "times from 0: --lossy axis leaves them out", (int)strcspn(axis, " "), axis);
}

/* ---- the place ---- */

static int check_axes(const struct orient *o, const struct format_write *how, const char *subject, struct vol_err *err)
{
	const char *wanted = how->neurological ? "RAS" : "LAS";
	char code[4] = {orient_to(o, 0), orient_to(o, 1), orient_to(o, 2), '\0'};

	if (strcmp(code, wanted) == 0)
		return 0;
	return vol_fail(err, subject, "axes run to %s, and programs take those of Analyze to run to %s: run volorient %s "
	                              "first%s", code, wanted, wanted,
	                strcmp(code, "RAS") == 0 ? ", or give --orient neurological" : "");
}

/* The grid with its axes along the patient's, turned about the middle of the volume. */
static void align(const struct vol_grid *g, const struct orient *axes, struct analyze_head *h, struct vol_grid *to)
{
	for (int a = 0; a < 3; a++)
		h->pixdim[a + 1] = (float)grid_spacing(g, a);
	analyze_grid(h, axes, true, to); /* its middle is at 0 */
	for (int w = 0; w < 3; w++)
		for (int a = 0; a < 3; a++)
			to->origin[w] += (double)(g->size[a] - 1) / 2 * g->direction[a][w];
	for (int w = 0; w < 3; w++)
		to->origin[w] += g->origin[w];
}

static int check_directions(const struct vol_grid *g, const struct vol_grid *aligned, const struct format_write *how,
                            const char *subject, struct vol_err *err)
{
	double apart = grid_corner_distance(g, aligned), shear = grid_shear_mm(g);

	if (shear > PLACE_MM && !format_may_lose(how, "shear"))
		return vol_fail(err, subject, "is sheared, by %.3g mm at the worst corner, which Analyze cannot hold: "
		                              "use volresample or vol2nii, or --lossy shear writes it as a box", shear);
	if (apart > fmax(PLACE_MM, shear) && !format_may_lose(how, "oblique"))
		return vol_fail(err, subject, "is oblique, by %.3g mm at the worst corner, which Analyze cannot hold: "
		                              "use volresample or vol2nii, or --lossy oblique writes it as if it were not",
		                apart);
	return 0;
}

/* The voxel at 0,0,0 mm is a whole one, in the volume or not far; or the middle of the volume is there. */
static int set_origin(struct analyze_head *h, const struct orient *axes, const struct vol_grid *g,
                      const struct format_write *how, const char *subject, struct vol_err *err)
{
	double at[3], middle, rounded = INFINITY, moved;
	struct vol_grid there;

	analyze_grid(h, axes, false, &there);
	middle = grid_corner_distance(&there, g);
	for (int a = 0; a < 3; a++) {
		int w = axes->world[a];

		at[a] = 1 - g->origin[w] / g->direction[a][w];
		h->origin[a] = fabs(at[a]) < INT16_MAX ? (int16_t)lround(at[a]) : INT16_MAX;
	}
	if (analyze_has_origin(h)) {
		analyze_grid(h, axes, false, &there);
		rounded = grid_corner_distance(&there, g);
	}
	if (!(rounded < middle))
		memset(h->origin, 0, sizeof h->origin);
	moved = fmin(rounded, middle);
	if (moved <= PLACE_MM || format_may_lose(how, "place"))
		return 0;
	return vol_fail(err, subject, "0,0,0 mm is at voxel %.6g %.6g %.6g, counted from 1, and Analyze states a whole "
	                              "one in or near the volume: --lossy place moves it by %.3g mm", at[0], at[1], at[2],
	                moved);
}

static int set_place(struct analyze_head *h, const struct vol_grid *g, const struct format_write *how,
                     const char *subject, struct vol_err *err)
{
	struct orient axes = orient_of(g);
	struct vol_grid aligned;
	struct vol_err why;

	memcpy(h->vox_units, "mm", 2);
	if (check_axes(&axes, how, subject, err) < 0)
		return -1;
	align(g, &axes, h, &aligned);
	if (grid_check(&aligned, subject, &why) < 0)
		return vol_fail(err, subject, "has numbers too large or small for the floats of Analyze: use vol2nii "
		                              "--nifti2");
	if (check_directions(g, &aligned, how, subject, err) < 0)
		return -1;
	return set_origin(h, &axes, &aligned, how, subject, err);
}

/* ---- files ---- */

int analyze_encode(struct vol_in *in, const struct vol_head *head, const char *path,
                   const struct format_write *how, struct vol_err *err)
{
	struct part voxels = {.in = in, .number = voxel_size(head->type)}, header = {.n = ANALYZE_BYTES};
	const char *subject = vol_in_name(in);
	unsigned char bytes[ANALYZE_BYTES];
	struct analyze_head h = {0};

	if (!pair_is(path))
		return vol_fail(err, path && strcmp(path, "-") != 0 ? path : "stdout",
		                "an Analyze volume is two files: give a name ending in .hdr");
	if (set_type(&h, head, subject, err) < 0 || set_dim(&h, head, subject, err) < 0 ||
	    set_times(&h, head, how, subject, err) < 0 || set_values(&h, head, how, subject, err) < 0 ||
	    set_place(&h, &head->grid, how, subject, err) < 0)
		return -1;
	analyze_pack(&h, bytes);
	header.start = bytes;
	return part_write_pair(&header, &voxels, path, how, err);
}
