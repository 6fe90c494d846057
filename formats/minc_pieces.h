/* minc_pieces.h - private to minc_write.c: voxels packed by several threads into the pieces of an HDF5 dataset. */
#ifndef FORMATS_MINC_PIECES_H
#define FORMATS_MINC_PIECES_H

#include "hdf5_out.h"
#include "io/head.h"
#include "io/vol.h"

struct minc_pieces {
	uint64_t address;          /* where the next one goes */
	struct hdf5_piece *piece;  /* those written; owned */
	uint64_t n, room;
	double lo, hi;             /* of floats: what occurred */
};

/* minc_pieces_plan - the size of a piece, into d->piece: whole slices, or rows of one slice, of about 256 KiB to 1 MiB;
 * what follows each other in the stream is together. -1 with err when a row is too long for any. */
int minc_pieces_plan(struct hdf5_data *d, const struct vol_head *head, const char *subject, struct vol_err *err);

/* minc_pieces_write - all voxels of `in`, one piece after the other to fd, and the table of them. Levels 1 and 2 by ISA-L
 * where it is built in, the others by zlib; the bytes do not depend on the number of threads. */
int minc_pieces_write(struct minc_pieces *p, const struct hdf5_data *d, struct vol_in *in, const struct vol_head *head,
                      int fd, const char *name, int threads, struct vol_err *err);

#endif
