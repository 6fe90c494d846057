/* analyze.h - Analyze 7.5: a header of 348 bytes, x.hdr, and the voxels beside it, x.img.
 *
 * Mayo Clinic's ANALYZE 7.5 file format, with what SPM99 put where that left room: the voxel at 0,0,0 mm
 * (originator), a slope (funused1), unsigned and signed types. Neither says which side is left. */
#ifndef FORMATS_ANALYZE_H
#define FORMATS_ANALYZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format.h"

/* How to read one. All zero: by the file alone, warning of what it does not say. */
struct analyze_read {
	/* where the axes run to: "radiological" (x to the left) or "neurological" (to the right), the others
	 * as the file's orient says; or three letters as for orient_parse, whatever it says. NULL: not stated */
	const char *axes;
	bool plain;          /* SPM's fields mean something else here: leave them */
};

/* analyze_axes_known - is it one of these? */
bool analyze_axes_known(const char *axes);

/* analyze_open - as the decode of struct vol_format, in the way that is said. */
struct vol_in *analyze_open(const char *path, const struct analyze_read *how, struct vol_head *head,
                            struct vol_err *err);

/* What analyze_encode gives up when format_write's `lossy` names it. NULL-ended. */
extern const char *const analyze_lossy[];

/* ---- private to analyze*.c ---- */

enum { ANALYZE_BYTES = 348 };

/* Names as in the format's dbh.h, where it has them. */
struct analyze_head {
	bool big;            /* big-endian, voxels too */
	int16_t dim[8];
	int16_t datatype, bitpix;
	float pixdim[8];     /* mm; [4]: ms */
	char vox_units[5], cal_units[9];
	float vox_offset;
	float slope, inter;  /* funused1, funused2 */
	int orient;
	int16_t origin[3];   /* voxel at 0,0,0 mm, counted from 1; all 0: not stated */
};

enum analyze_type {
	ANALYZE_UINT8 = 2, ANALYZE_INT16 = 4, ANALYZE_INT32 = 8, ANALYZE_FLOAT = 16, ANALYZE_DOUBLE = 64,
	/* SPM's: 128 more for the other sign */
	ANALYZE_INT8 = 130, ANALYZE_UINT16 = 132, ANALYZE_UINT32 = 136
};

/* analyze_is_head - do these bytes start a header of Analyze, and not of NIfTI, in either byte order? */
bool analyze_is_head(const unsigned char *start, size_t n);

/* analyze_unpack, analyze_pack - ANALYZE_BYTES bytes to and from a header (little-endian); nothing is judged. */
void analyze_unpack(const unsigned char *bytes, struct analyze_head *h);
void analyze_pack(const struct analyze_head *h, unsigned char *bytes);

/* analyze_has_origin - is `origin` what SPM writes? Anything else may be there too: it has to be in the volume,
 * or not farther beside it than its size. */
bool analyze_has_origin(const struct analyze_head *h);

struct orient;

/* analyze_grid - the LPS grid of a header whose axes run as said; without an origin (or `plain`) the middle of the
 * volume is at 0,0,0 mm. */
void analyze_grid(const struct analyze_head *h, const struct orient *axes, bool plain, struct vol_grid *g);

/* analyze_write.c */
int analyze_encode(struct vol_in *in, const struct vol_head *head, const char *path,
                   const struct format_write *how, struct vol_err *err);

#endif
