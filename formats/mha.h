/* mha.h - private to mha*.c: what the header of a MetaImage file says.
 *
 * The format of ITK's MetaIO library: itk.org/Wiki/MetaIO/Documentation, and where that says nothing, as ITK 5 reads
 * and writes it. Lines NAME = VALUE; the last of them, ElementDataFile, says where the voxels are: right behind it
 * (LOCAL), in a file, or in several. The first axis varies fastest. Lengths are mm, places are LPS. */
#ifndef FORMATS_MHA_H
#define FORMATS_MHA_H

#include <stdio.h>

#include "format.h"

enum { MHA_DIMS = 4 };

enum mha_files { MHA_LOCAL, MHA_ONE, MHA_LIST, MHA_PATTERN };

/* How the voxels are stored. Texts are in that of the header. */
struct mha_layout {
	bool big;                 /* big-endian */
	bool compressed;          /* each file is a zlib stream, or gzip data */
	int64_t header_size;      /* bytes of each file before the voxels, from its start; -1: they are its last bytes */
	uint64_t compressed_size; /* 0: not said */
	enum mha_files kind;
	uint64_t files;           /* how many hold the same number of bytes each, one after the other */
	const char *name;         /* ONE: the file; LIST: the lines with the names; PATTERN: with a place for a number */
	long long first, step;    /* PATTERN: that number */
};

/* mha_head.c */

/* mha_is_head - do these first bytes look like the header of a MetaImage file? */
bool mha_is_head(const unsigned char *start, size_t n);

/* mha_line_ends_head - is this line, of n bytes, the last one of a header? *list: lines with names follow. */
bool mha_line_ends_head(const char *line, size_t n, bool *list);

/* mha_head_parse - the text of a header, from the first line to that of ElementDataFile or, for a list, the last name;
 * it is taken apart, and layout points into it. head: initialised; filled, keys too. -1 with err that names the field. */
int mha_head_parse(char *text, struct vol_head *head, struct mha_layout *layout, const char *subject,
                   struct vol_err *err);

/* mha_type_name - the ElementType of a voxel type, "MET_SHORT". */
const char *mha_type_name(enum voxel_type type);

/* mha_numbers - exactly n finite numbers with blanks between them. False when the text is anything else. */
bool mha_numbers(const char *text, double *x, int n);

/* mha_place.c */

/* What the header says of the place; NULL where it does not. */
struct mha_place {
	const char *spacing, *size, *matrix, *offset, *centre, *anatomical, *unit;
};

/* mha_grid - the LPS grid, of 2 to 4 dimensions, its sizes being there; warns of what is assumed. */
int mha_grid(const struct mha_place *p, int dims, struct vol_grid *g, const char *subject, struct vol_err *err);

/* mha_anatomical - the three letters that ITK writes: where each axis comes from, "RAI" for left, posterior,
 * superior. False when two axes run most along the same. */
bool mha_anatomical(const struct vol_grid *g, char letters[4]);

/* mha_keys.c: keys as fields of their own, for which MetaIO has a place. The field is named as the key, with volpipe.
 * before those that are not vol.; old readers end at lines of 500 bytes, so long values go on in fields NAME+0001, ... */

/* mha_keys_print - all keys as lines. */
void mha_keys_print(FILE *f, const struct vol_keys *keys);

/* mha_key_take - a field of that kind into keys, escaped as it is; other fields are left out. mha_keys_done - after the
 * last one: undo the escapes. */
int mha_key_take(struct vol_head *head, const char *field, const char *value, struct vol_err *err);
int mha_keys_done(struct vol_head *head, struct vol_err *err);

/* mha_files.c */

struct bytes;

/* mha_open_voxels - a reader over the voxels. b stands behind the header, of which `head_bytes` were taken, and is
 * taken in any case; path: of the header, NULL or "-" for stdin; text: the header's, to which layout points, taken
 * too. NULL with err. */
struct vol_in *mha_open_voxels(struct bytes *b, uint64_t head_bytes, const struct mha_layout *layout, char *text,
                               const char *path, const struct vol_head *head, struct vol_err *err);

/* mha_read.c, mha_write.c */
struct vol_in *mha_decode(const char *path, struct vol_head *head, struct vol_err *err);
int mha_encode(struct vol_in *in, const struct vol_head *head, const char *path, const struct format_write *how,
               struct vol_err *err);

#endif
