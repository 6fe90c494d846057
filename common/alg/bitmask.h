/* bitmask.h - a volume of yes and no, one bit a voxel.
 *
 * A row is padded to whole words of 64 voxels: voxel x of a row is bit x % 64 of word x / 64, and the
 * bits beyond the row's end are always 0 - all functions here keep that, and rely on it. Rows follow
 * each other, then slices, so that whatever works on one row works on a slice or a volume as well: a
 * step along y is `row` words, a step along z `slice` words.
 *
 * The memory holds nothing until a slice has been packed, and is not touched before. */
#ifndef ALG_BITMASK_H
#define ALG_BITMASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bitmask {
	size_t size[3];  /* voxels along x, y, z */
	size_t row;      /* words in a row */
	size_t slice;    /* words in a slice */
	uint64_t *word;  /* size[2] slices; owned */
};

/* bitmask_new - room for a volume of that size; its bits are not set to anything. 0; -1 when there is
 * not that much memory (m then needs no bitmask_free). */
int bitmask_new(struct bitmask *m, const uint64_t size[3]);
void bitmask_free(struct bitmask *m);

/* bitmask_row_words - words in a row of nx voxels. */
static inline size_t bitmask_row_words(size_t nx)
{
	return nx / 64 + (nx % 64 != 0);
}

/* bitmask_tail - the bits that the last word of a row of nx voxels may have. */
static inline uint64_t bitmask_tail(size_t nx)
{
	return nx % 64 ? (UINT64_C(1) << nx % 64) - 1 : ~UINT64_C(0);
}

/* bitmask_at_slice, bitmask_at_row - the words of slice z, and of its row y. */
static inline uint64_t *bitmask_at_slice(const struct bitmask *m, size_t z)
{
	return m->word + z * m->slice;
}

static inline uint64_t *bitmask_at_row(const struct bitmask *m, size_t y, size_t z)
{
	return m->word + z * m->slice + y * m->row;
}

static inline bool bitmask_get(const struct bitmask *m, size_t x, size_t y, size_t z)
{
	return bitmask_at_row(m, y, z)[x / 64] >> x % 64 & 1;
}

/* ---- bytes and bits ---- */

/* bitmask_pack - rows * nx bytes, each 1 or 0 (as alg/select.h gives), to rows of words; from one row
 * to all of a slice. bitmask_unpack - the reverse: `value` where the bit is set, else 0.
 * bitmask_paint - the same, but leaves the bytes whose bit is not set as they are. */
void bitmask_pack(const uint8_t *bytes, size_t nx, size_t rows, uint64_t *words);
void bitmask_unpack(const uint64_t *words, size_t nx, size_t rows, uint8_t value, uint8_t *bytes);
void bitmask_paint(const uint64_t *words, size_t nx, size_t rows, uint8_t value, uint8_t *bytes);

/* ---- many voxels at a time: n words, of a row, a slice or a volume ---- */

void words_and(uint64_t *dst, const uint64_t *src, size_t n);
void words_or(uint64_t *dst, const uint64_t *src, size_t n);
void words_xor(uint64_t *dst, const uint64_t *src, size_t n);
void words_minus(uint64_t *dst, const uint64_t *src, size_t n); /* dst and not src */
uint64_t words_count(const uint64_t *w, size_t n);              /* voxels that are set */
bool words_any(const uint64_t *w, size_t n);

/* words_not - dst = not src, in rows of nx voxels, their ends kept clean. May be the same. */
void words_not(uint64_t *dst, const uint64_t *src, size_t nx, size_t rows);

/* words_set - set the voxels lo <= x < hi of a row. */
void words_set(uint64_t *row, size_t lo, size_t hi);

/* words_shift - dst[x + by] = src[x] for a row of nx voxels; unset voxels enter. Not the same row. */
void words_shift(uint64_t *restrict dst, const uint64_t *restrict src, size_t nx, int64_t by);

/* ---- whole volumes ---- */

/* bitmask_shift - to[x + by] = from[x] along the three axes; unset voxels enter. Two different masks
 * of the same size. */
void bitmask_shift(struct bitmask *to, const struct bitmask *from, const int64_t by[3]);

/* bitmask_count - voxels that are set. bitmask_box - the least box that holds them, closed; false when
 * there are none. */
uint64_t bitmask_count(const struct bitmask *m);
bool bitmask_box(const struct bitmask *m, size_t lo[3], size_t hi[3]);

#endif
