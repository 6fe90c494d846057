/* minc.h - private to minc*.c: what a MINC file says, for both versions alike. */
#ifndef FORMATS_MINC_H
#define FORMATS_MINC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "format.h"

enum { MINC_DIMS = 8, MINC_NAME = 64 };

/* One dimension of the image. */
struct minc_dim {
	char name[MINC_NAME];    /* "xspace", "time", "vector_dimension", ... */
	char unit[MINC_NAME];    /* "" when the file does not say */
	uint64_t size;
	bool stated;             /* the file says where it starts, and its step */
	double start, step;
	double cosine[3];        /* RAS */
	bool irregular;
};

/* An open file: what it says, and the way to its voxels. */
struct minc_file {
	int dims;
	struct minc_dim dim[MINC_DIMS]; /* as in the file, the slowest first */
	enum voxel_type type;
	bool big;                /* read() gives big-endian numbers */
	double valid[2];         /* the stored values that stand for lo and hi; valid[0] < valid[1] */
	int range_dims;          /* lo and hi have one entry for each index of the first so many dimensions */
	double *lo, *hi;         /* real values of valid[0], valid[1]; owned */
	double *times;           /* of an irregular time; owned, or NULL */
	bool label;              /* values are names, not numbers */
	char *labels;            /* the text of vol.labels; owned, or NULL */
	char modality[MINC_NAME];
	char *history, *kept;    /* the file's history; the header that our own writer left in it; owned, or NULL */
	uint64_t chunk[MINC_DIMS]; /* voxels along each dimension that are stored as one piece; 0: not known */

	/* read - the numbers of a block, in the file's order of dimensions. -1 with err. */
	int (*read)(struct minc_file *f, const uint64_t start[], const uint64_t count[], void *buf, struct vol_err *err);
	void *ctx;               /* of read */
	const char *name;        /* for messages; borrowed */
};

/* minc_file_free - give back what the file owns, which may be partly set; not ctx. */
void minc_file_free(struct minc_file *f);

/* How the file's dimensions become the stream's axes, and how far the walk through them is. */
struct minc_walk {
	struct minc_file *f;
	int space[3];            /* the file's dimension that is the stream's x, y, z; -1: one voxel, not in the file */
	int list, colour;        /* the file's dimension, or -1 */
	uint64_t size[3];        /* of the stream's axes */
	uint64_t lists, channels;
	bool *flat;              /* slices in which all stored values mean the same; owned, NULL when there are none */
	uint64_t t, z, y;        /* where the next block starts */
	uint64_t thick, rows;    /* how many slices, or rows of one slice, a block has */
	unsigned char *block, *turned; /* owned */
	size_t have, taken;      /* bytes of the block, and how many of them were given */
};

/* minc_plan - the stream that the file is: *head and the walk through the voxels. -1 with err when a stream
 * cannot hold it; minc_walk_free either way. */
int minc_plan(struct minc_file *f, struct vol_head *head, struct minc_walk *w, struct vol_err *err);

/* minc_is_plain - are the voxels in the file's order those of the stream? */
bool minc_is_plain(const struct minc_walk *w);

/* minc_plan_block - how much of it is read at once. */
void minc_plan_block(struct minc_walk *w);

/* minc_next - the next voxels in stream order, some slices or rows. Returns the bytes at *p, which are good
 * until the next call; 0 at the end, -1 with err. */
ssize_t minc_next(struct minc_walk *w, const unsigned char **p, struct vol_err *err);
void minc_walk_free(struct minc_walk *w);

/* minc_block_bytes - how much memory minc_next takes for a block, beside what the file's reader takes. */
uint64_t minc_block_bytes(const struct minc_walk *w);

/* minc_history - the history that a file of this volume gets: what the vol.history keys say, a line each, the
 * latest that fit. The caller's to free; NULL when memory runs out. */
char *minc_history(const struct vol_head *head);

/* The text that our files keep of the stream's header, in pieces that HDF5 can hold: attributes NAME, NAME2, ... of
 * the variable "volpipe". */
#define MINC_KEPT_NAME "header"
enum { MINC_KEPT_PIECE = 30000, MINC_KEPT_MAX = 16 << 20 };

/* minc_seekable - a descriptor of the file at its start, which can be read anywhere: the file itself, or all of
 * stdin, a pipe or gzip data in an unnamed file under TMPDIR. *name gets what to call it in messages, the
 * caller's to free; start the first bytes, of which there are *n. -1 with err. */
int minc_seekable(const char *path, char **name, unsigned char start[8], size_t *n, struct vol_err *err);

/* minc1_open, minc2_open - a reader over MINC 1 (netCDF) or MINC 2 (HDF5). They own fd and name from here on. */
struct vol_in *minc1_open(int fd, char *name, struct vol_head *head, struct vol_err *err);
struct vol_in *minc2_open(int fd, char *name, struct vol_head *head, struct vol_err *err);

/* minc_write.c */
int minc_encode(struct vol_in *in, const struct vol_head *head, const char *path, const struct format_write *how,
                struct vol_err *err);

#endif
