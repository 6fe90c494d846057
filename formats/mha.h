/* mha.h - private to mha*.c: what the header of a MetaImage file says.
 *
 * The format of ITK's MetaIO library: itk.org/Wiki/MetaIO/Documentation, and where that says nothing, as ITK 5 reads
 * and writes it. Lines NAME = VALUE; the last of them, ElementDataFile, says where the voxels are: right behind it
 * (LOCAL), in a file, or in several. The first axis varies fastest. Lengths are mm, places are LPS. */
#ifndef FORMATS_MHA_H
#define FORMATS_MHA_H

#include <limits.h>
#include <stdio.h>

#include "format.h"

enum { MHA_DIMS = 4 };

enum mha_files { MHA_LOCAL, MHA_ONE, MHA_LIST, MHA_PATTERN };

/* How the voxels are stored. Texts are in that of the header. */
struct mha_layout {
	bool big;                 /* big-endian */
	bool text;                /* numbers with blanks between them */
	bool compressed;          /* each file is a zlib stream, or gzip data */
	char whole64;             /* i, u: integers of 64 bits, signed or not; 0: other numbers */
	uint64_t vector;          /* numbers side by side that the list axis is to take apart; 1: none */
	int64_t header_size;      /* bytes of each file before the voxels, from its start; -1: they are its last bytes */
	uint64_t compressed_size; /* 0: not said */
	enum mha_files kind;
	uint64_t files;           /* how many hold the same number of bytes each, one after the other */
	const char *name;         /* ONE: the file; LIST: the lines with the names; PATTERN: with a place for a number */
	long long first, step;    /* PATTERN: that number */
};

/* ---- mha_text.c: the text of a header ---- */

/* mha_is_head - do these first bytes look like the header of a MetaImage file? */
bool mha_is_head(const unsigned char *start, size_t n);

/* mha_name_length - bytes of the name that a line of n bytes starts with; 0 when no "=" or ":" follows it. *value:
 * where its value starts. mha_strip - take the blanks off both ends, in place. */
size_t mha_name_length(const char *line, size_t n, size_t *value);
char *mha_strip(char *s);

/* mha_whole - a whole number, within lo..hi. mha_numbers - exactly n finite numbers with blanks between them. False
 * when the text is anything else. */
bool mha_whole(const char *s, long long lo, long long hi, long long *x);
bool mha_numbers(const char *text, double *x, int n);

struct bytes;

/* mha_read_head - take the header off b, from the first line to that of ElementDataFile or, for a list, to the end,
 * and no byte more. The text, with a zero at its end, is the caller's to free; *n its length. NULL with err. */
char *mha_read_head(struct bytes *b, size_t *n, struct vol_err *err);

/* ---- mha_head.c ---- */

struct mha_kept;

/* mha_head_parse - such a text: it is taken apart, and layout points into it. head: initialised; filled, keys too. The
 * type of whole64 is left open. kept: all zero; gets the header that is kept in fields. -1 with err that names the
 * field. */
int mha_head_parse(char *text, struct vol_head *head, struct mha_layout *layout, struct mha_kept *kept,
                   const char *subject, struct vol_err *err);

/* mha_type_name - the ElementType of a voxel type, "MET_SHORT". mha_modality - those of DICOM's that Modality has, as
 * "MET_MOD_CT"; NULL-ended. */
const char *mha_type_name(enum voxel_type type);
extern const char *const mha_modality[];

/* ---- mha_place.c ---- */

/* What the header says of the place; NULL where it does not. */
struct mha_place {
	const char *spacing, *size, *matrix, *offset, *centre, *anatomical, *unit;
};

/* mha_grid - the LPS grid, of 2 to 4 dimensions, its sizes being there; warns of what is assumed. */
int mha_grid(const struct mha_place *p, int dims, struct vol_grid *g, const char *subject, struct vol_err *err);

/* mha_anatomical - the three letters that ITK writes: where each axis comes from, "RAI" for left, posterior,
 * superior. False when two axes run most along the same. */
bool mha_anatomical(const struct vol_grid *g, char letters[4]);

/* ---- mha_kept.c ---- */

/* The text of kept.h, put together again. */
struct mha_kept {
	char *text;              /* n bytes, and a zero; NULL: none; owned */
	size_t n, size;
	long long count;         /* of the fields */
	bool broken;             /* one is missing, or is not as it was written */
};

/* mha_kept_print - the fields that keep a text. mha_kept_add - take a field, if it is one of them, in their order. -1
 * when memory runs out. */
void mha_kept_print(FILE *f, const char *text);
int mha_kept_add(struct mha_kept *k, const char *field, const char *value, const char *subject, struct vol_err *err);

/* ---- mha_names.c ---- */

/* mha_data_file - the value of ElementDataFile; rest: the lines after it, NULL when there are none; size: of all
 * axes. */
int mha_data_file(char *value, char *rest, int dims, const uint64_t size[MHA_DIMS], struct mha_layout *l,
                  const char *subject, struct vol_err *err);

/* mha_file_name - the name of file i; of a list, *list is layout's name for the first file, and goes on to the next.
 * False when it is too long. */
bool mha_file_name(const struct mha_layout *l, uint64_t i, const char **list, char name[PATH_MAX]);

/* ---- mha_files.c ---- */

/* mha_open_voxels - a reader over the voxels. b stands behind the header, of which head_bytes were taken, and is taken
 * in any case; path: of the header, NULL or "-" for stdin; text: the header's, to which layout points, taken too.
 * head: its type is set where layout left it open. NULL with err. */
struct vol_in *mha_open_voxels(struct bytes *b, size_t head_bytes, const struct mha_layout *layout, char *text,
                               const char *path, struct vol_head *head, struct vol_err *err);

/* ---- mha_numbers.c: numbers that do not lie as in a volume ---- */

/* mha_read_text - up to n numbers, written as text, as that type. Returns how many, fewer only at the end; -1 with
 * err. */
ssize_t mha_read_text(struct bytes *b, enum voxel_type type, void *numbers, size_t n, struct vol_err *err);

/* mha_apart - a reader of the numbers that come through source, the list axis of head being fastest there, in the
 * order of a volume: through a file without a name under TMPDIR. Owns ctx from here on. NULL with err. */
struct vol_in *mha_apart(const struct vol_source *source, void *ctx, const char *name, const struct vol_head *head,
                         bool big, struct vol_err *err);

/* ---- mha_read.c, mha_write.c ---- */
struct vol_in *mha_decode(const char *path, struct vol_head *head, struct vol_err *err);
int mha_encode(struct vol_in *in, const struct vol_head *head, const char *path, const struct format_write *how,
               struct vol_err *err);

/* mha_each_file - as each_file of struct vol_format. */
void mha_each_file(const char *path, const struct vol_head *head, const struct format_write *how,
                   void (*what)(const char *name));

#endif
