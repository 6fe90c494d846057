/* bits.h - from the words that a scanner stored to the numbers that they mean. */
#ifndef ALG_BITS_H
#define ALG_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* bits_swap - swap the bytes of each 16-bit word of n bytes, in place; an odd last byte stays. */
void bits_swap(void *buf, size_t n);

/* bits_settle - cut each word down to its `stored` bits, the highest of which is bit `high`, and
 * extend the sign (DICOM PS3.5, 8.1.1). What lies above and below, such as overlays, is dropped.
 *
 *   buf        n words of `allocated` (8, 16, 32) bits, native byte order; in place
 *   is_signed  two's complement in the stored bits
 *
 * Does nothing when the words are full. */
void bits_settle(void *buf, size_t n, unsigned allocated, unsigned stored, unsigned high,
                 bool is_signed);

/* bits_full - true when bits_settle has nothing to do. */
bool bits_full(unsigned allocated, unsigned stored, unsigned high);

/* bits_range_int16, bits_range_uint16 - widen the closed range lo..hi by the n values. */
void bits_range_int16(const int16_t *v, size_t n, int64_t *lo, int64_t *hi);
void bits_range_uint16(const uint16_t *v, size_t n, int64_t *lo, int64_t *hi);

#endif
