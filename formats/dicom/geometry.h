/* geometry.h - the order and the grid of one series' slices, or what is wrong with them.
 *
 * Plain C over facts; nothing here reads a file. */
#ifndef DICOM_GEOMETRY_H
#define DICOM_GEOMETRY_H

#include "facts.h"
#include "grid.h"

/* What can be wrong. The names are what the user sees in brackets, and in dcmls --json. */
enum dicom_problem {
	DICOM_REGULAR,
	DICOM_P_UNSUPPORTED,
	DICOM_P_TRUNCATED,
	DICOM_P_NO_POSITION,
	DICOM_P_NO_SPACING,
	DICOM_P_MIXED_SIZE,
	DICOM_P_MIXED_PIXELS,
	DICOM_P_MIXED_SPACING,
	DICOM_P_MIXED_ORIENTATION,
	DICOM_P_MIXED_REFERENCE,
	DICOM_P_DUPLICATE_POSITION,
	DICOM_P_TILT,
	DICOM_P_MISSING_SLICE,
	DICOM_P_OVERLAPPING_SLICES,
	DICOM_P_IRREGULAR_SPACING,
	DICOM_PROBLEMS
};

/* dicom_problem_name - "missing-slice", ...; "" for DICOM_REGULAR. */
const char *dicom_problem_name(enum dicom_problem p);

struct dicom_geometry {
	enum dicom_problem problem;
	unsigned accept;        /* bits 1 << problem: what the user takes as it is */
	char detail[700];       /* which files or positions, one line */
	struct vol_grid grid;   /* sound when regular; sizes and in-plane spacing when possible */
	double shear_degrees;   /* what the slices lean by against an upright stack, as the grid does; 0: upright */
	double normal[3];       /* row direction x column direction, of length one */
	double slope[3];        /* sideways, mm for one mm along the normal; 0 0 0: upright */
	double step_mm;         /* the distance that a regular grid for these slices would have: the usual one where slices
	                         * are missing, else what a quarter of the distances do not exceed; 0: unknown */
	double tolerance_mm;    /* how far a slice may lie from the regular grid, see below */
};

/* dicom_arrange - put the frames of one series in order along the slice normal and fit the grid.
 *
 *   set     the facts; only files' paths are used, for messages
 *   frame   n >= 1 indexes into set->frames; sorted in place by position along row x column
 *
 * The slice step comes from the positions alone; only a single slice takes it from
 * SpacingBetweenSlices or, failing that, SliceThickness.
 *
 * Slices that move sideways evenly (a tilted gantry) are a sheared grid, which holds them exactly; beyond 45 degrees,
 * which no gantry leans by, that is a problem.
 *
 * Tolerance: 0.1 mm, or a tenth of the step when that is less. Some scanners write positions on
 * a grid of 0.1 mm, which on an oblique stack puts slices up to 0.087 mm (half a unit in each of
 * three coordinates) off the line that they were taken on; that is noise of writing, not an
 * irregular stack. So no slice may lie further than this from the fitted regular stack, along the
 * normal or sideways, and no pixel may move further than this by differing cosines. What is
 * further off is irregular. It is a fifth of the smallest voxels in clinical use.
 */
void dicom_arrange(const struct dicom_set *set, size_t *frame, size_t n, struct dicom_geometry *out);

/* dicom_arrange_accepting - the same; problems in `accept`, bits of DICOM_ACCEPTABLE, are warned of and taken as they
 * are. Irregular slices count as evenly spaced along the regular stack that fits their positions best (least squares);
 * of what differs between slices the first one's counts. */
enum {
	DICOM_ACCEPTABLE = 1 << DICOM_P_MIXED_SPACING | 1 << DICOM_P_MIXED_ORIENTATION | 1 << DICOM_P_TILT |
	                   1 << DICOM_P_MISSING_SLICE | 1 << DICOM_P_OVERLAPPING_SLICES | 1 << DICOM_P_IRREGULAR_SPACING
};
void dicom_arrange_accepting(const struct dicom_set *set, size_t *frame, size_t n, unsigned accept,
                             struct dicom_geometry *out);

/* dicom_problem_named - the problem of that name; DICOM_REGULAR for none. */
enum dicom_problem dicom_problem_named(const char *name, size_t n);

#endif
