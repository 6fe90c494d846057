/* format.h - an outside format: one source file behind one table of functions.
 *
 * To add one: formats/NAME.c with its `vol_format_NAME`, one line in formats/formats.c, its test
 * and its page. */
#ifndef VOL_FORMAT_H
#define VOL_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "io/head.h"
#include "io/vol.h"

/* How to write. All zero: plain, one thread, replacing an existing file. */
struct format_write {
	int level;           /* 0: uncompressed; 1..9: gzip level, see gzip_out.h */
	int threads;
	int flags;           /* enum outfile_flags */
	bool detached;       /* header and voxels in two files, where the format has that */
	bool version2;       /* NIfTI-2 even where NIfTI-1 would do */
	bool plain;          /* NIfTI: no extension with what its header has no fields for */
	bool verify;         /* for format_write */
	bool neurological;   /* Analyze: x runs to the right, which whoever reads it has to know */
	const char *lossy;   /* what the format cannot hold and may be given up: words with commas; NULL: nothing */
	bool big;            /* big-endian, where a format leaves that open */
	int compress;        /* TIFF: enum tiff_compress */
	bool bigtiff;        /* TIFF: with 64-bit offsets even where 32 bits would do */
};

struct vol_format {
	const char *name;             /* "NIfTI" */
	const char *const *suffixes;  /* ".nii", ".nii.gz", ...; NULL-ended, longest first */

	/* sniff - do these first bytes (uncompressed, up to 512) start a file of this format? NULL: it has no mark, and
	 * decode says who can read it. */
	bool (*sniff)(const unsigned char *start, size_t n);

	/* decode - open path (NULL or "-": stdin) as a volume. *head is filled, the caller's to
	 * free. NULL with err. Compressed input is seen by content. */
	struct vol_in *(*decode)(const char *path, struct vol_head *head, struct vol_err *err);

	/* encode - write the volume, whole or not at all, to path (NULL or "-": stdout). Takes all
	 * voxels of `in`; does not close it. What the format cannot hold is an error naming it. NULL
	 * for a format that is only read. */
	int (*encode)(struct vol_in *in, const struct vol_head *head, const char *path,
	              const struct format_write *how, struct vol_err *err);

	bool bare;                    /* its files say where no voxel is */

	/* each_file - only where encode may make more than the file at path: the name of every file it makes goes to what. */
	void (*each_file)(const char *path, const struct vol_head *head, const struct format_write *how,
	                  void (*what)(const char *name));

	/* reread - only where a file says less than decode must know: open what encode made, `given` and
	 * `how` saying the rest, the grid among it. NULL with err. */
	struct vol_in *(*reread)(const char *path, const struct vol_head *given, const struct format_write *how,
	                         struct vol_head *head, struct vol_err *err);
};

extern const struct vol_format vol_format_analyze, vol_format_mgh, vol_format_mha, vol_format_minc, vol_format_nifti,
                               vol_format_npy, vol_format_npz, vol_format_nrrd, vol_format_parrec, vol_format_raw,
                               vol_format_tiff;

/* format_by_suffix - the format whose files have such a name, NULL when none does. */
const struct vol_format *format_by_suffix(const char *path);

/* format_has_suffix - does path end in suffix (any case)? */
bool format_has_suffix(const char *path, const char *suffix);

/* format_write - encode the volume; then, with how->verify, read the file back from the disk, and tell that its voxels
 * (by CRC-32, in the type that was given), its grid (to a hundredth of a millimetre) and its scaling are those that were
 * given; else -1 with err, and the file is taken away again. path is a file's then. Of a format that is reread, only the
 * voxels. */
int format_write(const struct vol_format *f, struct vol_in *in, const struct vol_head *head, const char *path,
                 const struct format_write *how, struct vol_err *err);
/* format_may_lose - does how->lossy name this word? format_lossy_word - the first word of a list that is none
 * of the NULL-ended `known`, as a pointer into it; NULL when all are. */
bool format_may_lose(const struct format_write *how, const char *word);
const char *format_lossy_word(const char *list, const char *const *known);

/* format_save - format_write for a vol stream (path NULL or "-": stdin), from opening to closing; progress: as for
 * vol_progress. */
int format_save(const struct vol_format *f, const char *stream, const char *path, const struct format_write *how,
                void (*progress)(void *ctx, uint64_t done, uint64_t total), struct vol_err *err);

/* format_load - the reverse, from what `in` reads (NULL where opening failed, with err) and its header to a vol stream at
 * path, with a line of history; as vol_save. Both are closed. */
int format_load(struct vol_in *in, struct vol_head *head, const char *history, const char *path, int flags,
                void (*progress)(void *ctx, uint64_t done, uint64_t total), struct vol_err *err);

/* format_put - format_load to a file of any format: f NULL is a vol stream. */
int format_put(const struct vol_format *f, struct vol_in *in, struct vol_head *head, const char *history, const char *path,
               const struct format_write *how, void (*progress)(void *ctx, uint64_t done, uint64_t total),
               struct vol_err *err);

/* format_open - open a volume in any format that can be read: vol stream, and every format in the
 * table, told apart by content. */
struct vol_in *format_open(const char *path, struct vol_head *head, struct vol_err *err);

#endif
