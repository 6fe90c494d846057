/* bytes_source.h - voxels that lie in a row of bytes as they do in a stream: its context is the struct bytes, which it
 * owns. */
#ifndef VOL_BYTES_SOURCE_H
#define VOL_BYTES_SOURCE_H

#include "io/vol.h"

/* bytes_exact - the last voxel has to be the end. bytes_padded - a note tells what is left out after it. */
extern const struct vol_source bytes_exact, bytes_padded;

#endif
