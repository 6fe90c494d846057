/* deflate.h - deflate data (RFC 1951), a block at a time, by the fastest library that is built in.
 *
 * Levels 1 and 2 by ISA-L where it is there, the others, and all of them elsewhere, by zlib. */
#ifndef VOL_DEFLATE_H
#define VOL_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>

struct deflate;

/* deflate_new - a compressor of level 1..9 for one thread at a time. NULL when memory runs out. deflate_free - NULL is
 * fine. */
struct deflate *deflate_new(int level);
void deflate_free(struct deflate *d);

/* deflate_is_fast - is the level ISA-L's? */
bool deflate_is_fast(int level);

/* deflate_room - the most that n bytes can become in a block, and what ends it. */
size_t deflate_room(size_t n);

/* deflate_block - compress the n bytes at `in`; the `dict` bytes (up to 32 KiB) right before them are known to whoever
 * inflates them. last: the data ends here; else it ends on a byte, for the next block to follow (sync flush). out has
 * deflate_room(n). Returns how many bytes it became, 0 when it failed. The same bytes whatever was compressed before. */
size_t deflate_block(struct deflate *d, const unsigned char *in, size_t n, size_t dict, bool last, unsigned char *out);

#endif
