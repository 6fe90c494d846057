/* minc2_pieces.h - private to minc2.c: voxels that HDF5 stores in deflated pieces, by this build's own inflater, which is
 * faster than the one of HDF5. */
#ifndef FORMATS_MINC2_PIECES_H
#define FORMATS_MINC2_PIECES_H

#include <stdbool.h>
#include <stdint.h>

#include "minc.h"
#include "minc_lib.h"

struct minc2_pieces;

/* minc2_pieces_new - for a data set of numbers of so many bytes, in this machine's byte order, whose sizes f has; all is
 * borrowed. NULL when it is stored in another way, or memory runs out. */
struct minc2_pieces *minc2_pieces_new(const struct minc_lib *lib, hid_t data, const struct minc_file *f);

/* minc2_pieces_read - as minc_file.read. False where that has to be asked: a piece is not there, or not as it should be. */
bool minc2_pieces_read(struct minc2_pieces *p, const uint64_t start[], const uint64_t count[], void *buf);

#endif
