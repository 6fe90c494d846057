/* head.h - what a vol stream says before its first voxel: type, shape, grid, keys.
 *
 * Everything that travels is in here, and what a key means after a change of unit, type or grid
 * is decided here once and not in each tool. See volstream(5). */
#ifndef VOL_HEAD_H
#define VOL_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "grid.h"
#include "voxel.h"

/* Ordered by name (history last, by number), so that one volume has one header. */
struct vol_keys {
	char **name; /* "vol.unit", or a foreign name; owned */
	char **value; /* unescaped: may hold newlines; owned */
	size_t n;
};

struct vol_head {
	enum voxel_type type;
	unsigned channels;      /* numbers a voxel: 1, or 3 and 4 for RGB and RGBA */
	struct vol_grid grid;
	uint64_t list;          /* length of the list axis (time, echo, ...); 0 when there is none */
	struct vol_keys keys;
	char digest[65];        /* SHA-256, hex, of the header text that was read; "" when none was */
};

/* How the voxels lie in an NRRD file, beyond what `vol_head` says. All zero for a vol stream. */
struct nrrd_layout {
	char encoding[16];      /* "raw", "gzip", "bzip2", "ascii", "hex", "zrl" */
	bool big_endian;
	char whole64;           /* i, u: integers of 64 bits, signed or not, and `type` is to be found; 0: other numbers */
	int64_t byte_skip;      /* -1: the voxels are the last bytes of the data */
	uint64_t line_skip;
	char *data_file;        /* NULL when the data is attached; owned */
	double time_start, time_step; /* of the list axis, in a space with time; step 0: none */
	char time_unit[8];      /* "s", "ms" or another, "" when it is not said */
};

/* vol_head_init - an empty header of 1 channel with no keys. vol_head_free - give back the keys. */
void vol_head_init(struct vol_head *h);
void vol_head_free(struct vol_head *h);

/* vol_head_copy - deep copy into an uninitialised `to`. -1 when memory runs out. */
int vol_head_copy(struct vol_head *to, const struct vol_head *from, struct vol_err *err);

/* Sizes. slices: all slices of all list entries. slice_bytes and bytes cannot overflow once
 * vol_head_check has passed. */
uint64_t vol_head_slices(const struct vol_head *h);
uint64_t vol_head_slice_bytes(const struct vol_head *h);
uint64_t vol_head_bytes(const struct vol_head *h);

/* vol_head_check - 0 when the grid is sound and the volume's bytes fit an int64_t. */
int vol_head_check(const struct vol_head *h, const char *subject, struct vol_err *err);

/* vol_head_parse - read the text of an NRRD header.
 *
 *   text, len   from the magic to the empty line that ends the header (or the end of the file)
 *   h           filled; made canonical: LPS, mm, spatial axes x, y, z, list axis last
 *   layout      how the data is stored
 *   subject     for messages
 *
 * Tolerant about field order, CRLF, version, other spaces, missing directions (with a warning).
 * On -1 the header is empty and err names the field. NRRD0005 as described at
 * teem.sourceforge.net/nrrd/format.html. */
int vol_head_parse(const char *text, size_t len, struct vol_head *h, struct nrrd_layout *layout,
                   const char *subject, struct vol_err *err);

/* vol_head_parse_stream - the same, refusing what a vol stream may not hold: another encoding
 * than raw, voxels in another file. The layout's skips and byte order are left to the caller. */
int vol_head_parse_stream(const char *text, size_t len, struct vol_head *h,
                          struct nrrd_layout *layout, const char *subject, struct vol_err *err);
void nrrd_layout_free(struct nrrd_layout *layout);

/* vol_head_print - the canonical header text, with the empty line, padded to a multiple of 4096
 * bytes. layout (NULL for a vol stream) gives another encoding or a data file; a header with a
 * data file is not padded and has no empty line. *text is the caller's to free.
 * -1 when memory runs out or the header is over 16 MiB. */
int vol_head_print(const struct vol_head *h, const struct nrrd_layout *layout, char **text,
                   size_t *len, struct vol_err *err);

/* vol_number - the shortest text that reads back to the same double; buf of at least 32 bytes. */
char *vol_number(char *buf, double x);

/* vol_parse_number - a whole string as a double, with a dot in every locale; "nan" and "inf"
 * count. Returns false when there is anything else in it. */
bool vol_parse_number(const char *s, double *x);

#endif
